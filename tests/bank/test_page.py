"""The Reconciliation screen over the hand-worked month: its figures, its views, and a day signed off."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from data_access.filters import Filters
from data_access.queries import cash, collections
from data_access.queries.table import page
from data_access.schema import account, day_close, posted_payment, remittance
from data_access.work import people
from pages.parts import selection, store
from pages.parts.bank_figures import WIDE
from pages.parts.text import name_of
from tests.bank import test_posted_twice
from tests.bank.month import DEPOSITS
from tests.bank.test_posted import POSTED
from tests.ingest.loading import load, remits_835
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
VIEWS = ("Deposits", "Remittances", "Posted by hand", "Provider-level", "Credits", "Daily close")


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
    assert (found["Remittance without money"], found["Money without remittance"]) == ("$80.00", "$13.37")
    assert "$80.00 of 1 remittance has not come to the bank in the usual days" in words(app)
    assert "$13.37 at the bank in 1 deposit has no explanation" in words(app)
    assert found["Another amount"] == "$10.00"
    assert "1 deposit differs from what was remitted or posted, by $10.00" in words(app)


def test_collections_says_what_of_the_cash_is_on_no_account(address: str, closed_afterwards: None) -> None:
    period = {"asof": "2026-03-31", "from": "2026-03-01", "to": "2026-03-31"}
    engine, march = open_engine(address), Filters(date(2026, 3, 31), date(2026, 3, 1), date(2026, 3, 31))
    cash_of_march, rows = cash.of_period(engine, march).value, page(engine, collections.table(march)).totals["amount"]
    engine.dispose()
    assert rows + Decimal("295.00") == cash_of_march  # T102 keeps 40.00 that is posted to no account
    app = opened("collections", period)
    assert_no_failure(app)
    said = "Cash is $295.00 more than these rows: that is on no account (insurance, not on an account yet $335.00; "
    assert f"{said}provider-level adjustments and differences -$40.00)." in words(app)
    ways = {"Reconciliation, Credits", "Reconciliation, Provider-level"}
    assert ways <= {button.label for button in app.button}
    app = opened("collections", period | {"sel": "source=patient"})
    assert_no_failure(app)
    assert "more than these rows" not in words(app)


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


def test_payments_posted_by_hand_have_a_view_and_a_figure(
    month_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(month_url)
    load(engine, tmp_path, posted=POSTED)
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", month_url)
    app = opened("reconciliation", {"view": "Posted by hand", "asof": "2026-03-31", "sel": "state=open"})
    assert_no_failure(app)
    # of the month's own bank lines only T100 fits, and that is in its remittance: 297.00 less 60.00 has not come
    assert tiles(app)["By hand without money"] == "$237.00"
    assert 6 * WIDE + 5 * 15 <= 1280, "six in a row of a window of 1440"
    assert max(map(len, tiles(app))) <= 24, "none is cut in so narrow a tile"
    text = words(app)
    assert "$237.00 posted by hand was not found at the bank" in text
    assert "Narrowed to No money yet" in text
    app = opened("reconciliation", {"view": "Daily close", "asof": "2026-03-31", "sel": "on=2026-03-20"})
    assert_no_failure(app)
    assert "9001, posted by hand, $77.00" in words(app)


def test_a_payment_posted_by_hand_shows_its_entries(
    month_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(month_url)
    load(engine, tmp_path, posted=POSTED)
    with engine.connect() as connection:
        row = posted_payment.c
        key = connection.execute(select(row.payment_key).where(row.amount == 50)).scalar_one()
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", month_url)
    link = {"view": "Posted by hand", "sel": selection.encode({"payment": key})}
    # an as-of date before it was posted: the link shows it all the same, as it shows a remittance
    for as_of in ("2026-03-31", "2025-12-31"):
        app = opened("reconciliation", {**link, "asof": as_of})
        assert_no_failure(app)
        text = words(app)
        assert "Narrowed to the payment of BIG PAYER, check 0007001, 05 Mar 2026: $50.00" in text
        assert "**Entries of the billing system** · 1 to 2 of 2 · Posted $50.00" in text
    rows = app.dataframe[-1].value
    assert list(rows["account_number"]) == ["A1", "A2"]
    assert list(rows["amount"]) == [30, 20]
    assert list(rows["segment_no"]) == [2, 3]
    gone = opened("reconciliation", {**link, "asof": "2026-03-31", "sel": "payment=1|#2"})
    assert "This payment is no longer loaded" in words(gone)


def test_what_may_count_twice_is_decided_side_by_side(
    copy_of: Callable, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = copy_of("duckdb", test_posted_twice.fill)
    people.add(engine, "Synthetic Biller")
    entry, _ = test_posted_twice.pair(engine, "A1")
    url = engine.url.render_as_string()
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    link = {"view": "Posted by hand", "asof": "2026-06-30"}
    app = opened("reconciliation", link)
    assert_no_failure(app)
    assert tiles(app)["May count twice"] == "$260.00"
    text = words(app)
    assert "**$260.00 in 3 payments posted by hand may count twice.** A remittance has the same amount" in text
    assert "**May count twice** · 1 to 3 of 3 · Amount $260.00" in text
    listed = next(table.value for table in app.dataframe if "reason" in table.value and "paid_on" in table.value)
    assert list(listed["account_number"]) == ["A2", "A1", "A4"]

    app = opened("reconciliation", {**link, "sel": f"twice={entry}"})
    assert_no_failure(app)
    assert "Account, payer and amount agree, 2 days apart; the entry states no check number." in words(app)
    compared = next(table.value for table in app.dataframe if "fact" in table.value).set_index("fact")
    assert dict(compared["entry"]) == {
        "Amount": "$60.00",
        "Day": "03 Feb 2026",
        "Payer": "12345",
        "Number": "Not stated",
        "Method": "Check",
        "File": "posted",
        "Where": "line 2",
    }
    assert list(compared["payment"][:4]) == ["$60.00", "01 Feb 2026", "BIG PAYER", "T1"]
    app.session_state["person_id"] = 1
    app.run()
    pressed(app, "The same payment")
    assert [told.value for told in app.warning] == ["Write why: the next person will ask."]
    next(box for box in app.text_input if (box.key or "").startswith("why-")).set_value("the check of T1").run()
    pressed(app, "The same payment")
    assert [told.value for told in app.toast] == ["The remittance counts alone."]
    assert tiles(app)["May count twice"] == "$200.00"
    assert "Decisions on money (1)" in [part.label for part in app.expander]
    assert test_posted_twice.owed(store.engine(), "A1") == 0


def pressed(app: AppTest, label: str) -> None:
    """Click a button."""
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert_no_failure(app)


def test_a_line_sent_again_is_counted_by_itself(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(address)
    (tmp_path / "later").mkdir()
    load(engine, tmp_path / "later", again=DEPOSITS + b"2026-03-26,1.00,,other,ANOTHER,1234,B12\n")
    engine.dispose()
    app = opened("reconciliation", {"asof": "2026-03-31"})
    app.session_state["person_id"] = 1
    app.run()
    pressed(app, "Match by hand")
    (frame,) = [one for one in app.dataframe if (one.key or "").startswith("hand-deposits")]
    states = list(frame.value["state"])
    again, other = states.index(name_of("repeated")), states.index(name_of("open"))

    tick(app, frame.key, again, other)
    (keep,) = [button for button in app.button if button.label == "Keep this"]
    assert keep.disabled and ["Count it first, by itself" in told.value for told in app.warning] == [True]
    tick(app, frame.key, again)
    (keep,) = [button for button in app.button if button.label == "Keep this"]
    assert not keep.disabled and not app.warning


def tick(app: AppTest, key: str, *rows: int) -> None:
    """Tick rows of a table in the dialog, which the same click as before opens."""
    app.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    pressed(app, "Match by hand")


def test_import_counts_what_may_count_twice(
    copy_of: Callable, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = copy_of("duckdb", test_posted_twice.fill)
    url = engine.url.render_as_string()
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    app = opened("imports", {"show": "Waiting"})
    assert_no_failure(app)
    assert "**$260.00** in 3 payments posted by hand may be in a remittance as well and count twice." in words(app)


def test_a_selection_is_what_it_was_whatever_it_is_called() -> None:
    chosen = {"payment": "12|#7001~2", "department": "50%7E~ of = it", "state": None}
    known = dict.fromkeys(chosen, selection.or_none(selection.as_written))
    assert selection.decode(selection.encode(chosen), known) == chosen


def test_an_account_shows_the_interest_its_payer_says_it_paid(
    month_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(month_url)
    load(engine, tmp_path, interest=remits_835(("A3", "75", "75", ("AMT*I*1.23",)), trace="T900"))
    with engine.connect() as connection:
        number = connection.scalar(select(account.c.account_id).where(account.c.account_number == "A3"))
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", month_url)
    app = opened("account", {"account": str(number)})
    app.session_state["show"] = "Remittances and adjustments"
    app.run()
    assert_no_failure(app)
    assert "paid **$75.00**, and by its word $1.23 of interest beside it" in words(app)
