"""Saved views: one's own and those that are shared, as links."""

import pytest
from sqlalchemy import Engine

from data_access.work import people, views


def test_private_views_are_ones_own_and_shared_ones_everybodys(engine: Engine) -> None:
    one, two = people.add(engine, "Synthetic One"), people.add(engine, "Synthetic Two")
    link = {"pt": ["Commercial", "Medicaid"], "sel": ["a=b&c"]}
    mine = views.save(engine, one, "  Old  commercial ", "aging", link, False)
    ours = views.save(engine, two, "Denied", "denials", {}, True)
    (seen, shared) = sorted(views.views(engine, one), key=lambda view: view.view_id)
    assert (seen.view_id, seen.name, seen.owner, seen.shared) == (mine, "Old commercial", "Synthetic One", False)
    assert seen.parameters == link
    assert (shared.view_id, shared.screen, shared.parameters) == (ours, "denials", {})
    assert [view.view_id for view in views.views(engine, two)] == [ours]
    assert [view.view_id for view in views.views(engine, None)] == [ours]
    with pytest.raises(views.NotSaved):
        views.remove(engine, mine, two)
    views.remove(engine, mine, one)
    assert [view.view_id for view in views.views(engine, one)] == [ours]


def test_a_view_of_the_same_name_is_replaced_where_that_is_wanted(engine: Engine) -> None:
    one = people.add(engine, "Synthetic One")
    views.save(engine, one, "Old", "aging", {"pt": ["Medicaid"]}, False)
    with pytest.raises(views.NameInUse, match="named Old on this screen already"):
        views.save(engine, one, "old", "aging", {"pt": ["Commercial"]}, True)
    assert [view.parameters for view in views.views(engine, one)] == [{"pt": ["Medicaid"]}]
    views.save(engine, one, "old", "aging", {"pt": ["Commercial"]}, True, replace=True)
    (only,) = views.views(engine, one)
    assert (only.name, only.parameters, only.shared) == ("old", {"pt": ["Commercial"]}, True)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_view_needs_a_name(engine: Engine, name: str) -> None:
    with pytest.raises(views.NotSaved):
        views.save(engine, 1, name, "aging", {}, False)
