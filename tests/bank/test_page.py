"""The Reconciliation screen over the hand-worked month: its figures, its views, and a day signed off."""

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from data_access.schema import day_close, remittance
from data_access.work import people
from pages.parts import store
from tests.pages.test_pages import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
pytestmark = pytest.mark.xdist_group("pages")
VIEWS = ("Deposits", "Remittances", "Provider-level", "Credits", "Daily close")


@pytest.fixture
def address(month_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a copy of the month in DuckDB, where one person works."""
    engine = open_engine(month_url)
    people.add(engine, "Synthetic Biller")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", month_url)
    return month_url


def tiles(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens(view: str, address: str, closed_afterwards: None) -> None:
    app = opened("reconciliation", {"view": view, "asof": "2026-03-31"})
    assert_no_failure(app)
    found = tiles(app)
    assert (found["Deposits"], found["Remittances"]) == ("$458.37", "$515.00")
    assert (found["Remittances without money"], found["Money without remittance"]) == ("$80.00", "$103.37")
    assert "\\$80.00 of 1 remittance has not come to the bank" in words(app)


def test_a_remittance_shows_its_claim_payments(address: str, closed_afterwards: None) -> None:
    engine = open_engine(address)
    with engine.connect() as connection:
        number = connection.scalar(select(remittance.c.remittance_id).where(remittance.c.trace_number == "T102"))
    engine.dispose()
    app = opened("reconciliation", {"view": "Remittances", "asof": "2026-03-31", "sel": f"remittance={number}"})
    assert_no_failure(app)
    text = words(app)
    assert "Narrowed to the remittance of BIG PAYER, T102" in text
    assert "Claim payments of the remittance" in text
    assert "Provider-level entries" in text


def test_a_day_is_closed_by_a_person_with_a_note(address: str, closed_afterwards: None) -> None:
    app = opened("reconciliation", {"view": "Daily close", "asof": "2026-03-31", "sel": "on=2026-03-25"})
    assert_no_failure(app)
    assert "25 Mar 2026: does not balance" in words(app)
    app.session_state["person_id"] = 1
    app.text_input(key="day-note-2026-03-25-0").set_value("sender unknown")
    app.run()
    button = next(button for button in app.button if button.label == "Close this day")
    button.click().run()
    assert_no_failure(app)
    assert "25 Mar 2026: closed" in words(app)
    with store.engine().connect() as connection:  # the dashboard's own: a second one could not open the file
        row = connection.execute(select(day_close)).one()
    assert (row.action, row.closed_by, row.note) == ("close", "Synthetic Biller", "sender unknown")


def test_filters_that_do_not_apply_say_so(address: str, closed_afterwards: None) -> None:
    app = opened("reconciliation", {"asof": "2026-03-31"})
    box = app.multiselect(key="department")
    box.set_value([box.options[0]])
    app.run()
    assert_no_failure(app)
    assert "facility, department and provider narrow credit balances alone" in words(app)
