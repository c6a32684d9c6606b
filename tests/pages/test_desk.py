"""The rep's desk: from one account to the next, and what is recorded there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from data_access.schema import account
from data_access.work import activities, people
from pages.parts import link
from tests.pages import test_pages
from tests.pages.opening import assert_no_failure, opened, words
from tests.queries.office import fill

closed_afterwards = test_pages.closed_afterwards
pytestmark = pytest.mark.usefixtures("closed_afterwards")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The small office with one rep, whom the browser is told of by the link."""
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    engine = open_engine(url)
    fill(engine)
    people.add(engine, "Synthetic Rep")
    monkeypatch.setenv("DATABASE_URL", url)
    yield engine
    engine.dispose()


def account_of(engine: Engine, number: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(account.c.account_id).where(account.c.account_number == number)))


def desk_of(engine: Engine, number: str, **params: str) -> AppTest:
    """An account opened from the worklist by the rep."""
    app = opened("account", {"account": str(account_of(engine, number)), "from": "worklist"} | params)
    app.session_state["person_id"] = 1
    app.run()
    assert_no_failure(app)
    return app


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


@pytest.fixture
def went_to(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts gone to, by their ids."""
    found: list[str] = []
    monkeypatch.setattr(st, "switch_page", lambda _, query_params: found.append(query_params["account"]))
    return found


def test_any_account_is_found_and_what_was_searched_stands_in_no_link(office: Engine) -> None:
    with office.begin() as connection:
        closed = {"insurance_balance": 0, "patient_balance": 0, "balance": 0, "responsible": "closed"}
        connection.execute(account.update().where(account.c.account_number == "F").values(closed))
    app = opened("accounts", {"min": "1000"})
    assert "No account matches" in words(app)
    app.text_input(key="account_search").set_value("PCNF").run()
    assert_no_failure(app)
    assert "**Accounts found** · 1 to 1 of 1" in words(app)
    assert not any("PCNF" in value for values in app.query_params.values() for value in values)
    app.text_input(key="account_search").set_value("PCN").run()
    assert "No account is found by this" in words(app) and "Widen the period" not in words(app)


def test_the_next_account_is_that_of_the_list_as_sorted(office: Engine, went_to: list[str]) -> None:
    app = desk_of(office, "C")  # the largest balance, 300.00
    app.session_state["lists"] = {"worklist": {"worklist-all-sort": ["Balance, highest first"]}}
    app.button(key="step1").click().run()
    assert went_to == [str(account_of(office, "G"))], "250.00"
    app.button(key="step-1").click().run()
    assert [toast.value for toast in app.toast] == ["This is the first of the list."]


def test_the_way_from_the_list_keeps_its_sort_and_the_place(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "follow", lambda *_, **__: None)
    app = opened("worklist", {"worklist-all-sort": "Balance, highest first"})
    assert app.selectbox(key="worklist-all-sort").value == "Balance, highest first"
    button(app, "Open the first").click().run()
    assert_no_failure(app)
    assert app.session_state["lists"]["worklist"]["worklist-all-sort"] == ["Balance, highest first"]
    assert app.session_state["places"] == {("worklist-all", account_of(office, "C")): 1}


def test_after_the_account_was_worked_the_next_is_what_stood_after_it(office: Engine, went_to: list[str]) -> None:
    app = desk_of(office, "C", view="unassigned")
    app.session_state["lists"] = {"worklist": {"worklist-unassigned-sort": ["Account, A to Z first"]}}
    app.session_state["places"] = {("worklist-unassigned", account_of(office, "C")): 3}
    activities.record(office, account_of(office, "C"), 1, [{"kind": "assign", "to_person_id": 1}])
    app.button(key="step1").click().run()
    assert went_to == [str(account_of(office, "D"))]
    assert app.session_state["places"]["worklist-unassigned", account_of(office, "D")] == 3
