"""Who sits here: what the browser remembers is taken for no more than it is."""

from collections.abc import Callable
from unittest.mock import PropertyMock

import pytest
from sqlalchemy import Engine
from streamlit.runtime.context import ContextProxy

from data_access.engine import mark
from data_access.work import people
from tests.pages import test_pages
from tests.pages.opening import assert_no_failure, opened

closed_afterwards = test_pages.closed_afterwards
pytestmark = pytest.mark.usefixtures("closed_afterwards")


def one_and_one_who_left(engine: Engine) -> None:
    people.add(engine, "Synthetic Rep")
    people.retire(engine, people.add(engine, "Synthetic Leaver"))


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("{mark}.1", "You are Synthetic Rep"),
        ("{mark}.2", "Who are you?"),  # left
        ("{mark}.3", "Who are you?"),
        ("{mark}.-1", "Who are you?"),
        ("{mark}.²", "Who are you?"),
        ("{mark}", "Who are you?"),
        ("0123456789ab.1", "Who are you?"),  # another database's
        (".1", "Who are you?"),
        ("", "Who are you?"),
    ],
)
def test_the_browser_remembers_people_of_this_office_only(
    value: str, label: str, office_of: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = office_of("duckdb", one_and_one_who_left)
    cookies = {"patient_accounts_person": value.format(mark=mark(engine))}
    monkeypatch.setattr(ContextProxy, "cookies", PropertyMock(return_value=cookies))
    app = opened("practice")
    assert_no_failure(app)
    assert label in [button.label for button in app.button]
