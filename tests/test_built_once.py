"""What is built once for the same arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from data_access.built_once import KEPT, built_once
from data_access.posting import answers
from data_access.posting.scope import KEY_SPACE, Scope


@dataclass(frozen=True)
class _Table:
    unlike_others: bool


def test_is_built_again_for_other_arguments_only() -> None:
    built = []

    @built_once
    def build(day: date, chosen: Mapping[str, Any] | None = None) -> list[Any]:
        built.append((day, chosen))
        return [day, chosen]

    first, second = date(2026, 6, 29), date(2026, 6, 30)
    assert build(first) is build(first) and build(first) is not build(second)
    assert build(first, {"state": "open", "month": second}) is build(first, {"month": second, "state": "open"})
    assert build(first, {"state": "open"}) == [first, {"state": "open"}]
    assert build(first, chosen={"state": "closed"}) == [first, {"state": "closed"}]
    assert len(built) == 5  # two days without a choice, three choices


def test_the_last_ones_are_kept() -> None:
    built = []
    build = built_once(lambda number: built.append(number))
    for number in range(KEPT + 1):
        build(number)
    build(KEPT)
    assert len(built) == KEPT + 1
    build(0)
    assert len(built) == KEPT + 2


def test_refuses_what_cannot_be_a_key() -> None:
    with pytest.raises(TypeError):
        built_once(lambda days: days)([date(2026, 6, 30)])
    with pytest.raises(TypeError):
        built_once(lambda chosen: chosen)({"days": [date(2026, 6, 30)]})


def test_what_is_built_of_something_unlike_others_is_not_kept() -> None:
    build = built_once(lambda table: [table])
    passing, chosen = _Table(unlike_others=True), _Table(unlike_others=False)
    assert build(chosen) is build(chosen)
    assert build(passing) is not build(passing) and build(table=passing) is not build(table=passing)


def test_what_posts_a_few_accounts_by_name_is_not_kept() -> None:
    few, whole = Scope(0, KEY_SPACE, frozenset([1, 2])), Scope(0, KEY_SPACE)
    assert answers.mark(few) is not answers.mark(few) and answers.mark(whole) is answers.mark(whole)
