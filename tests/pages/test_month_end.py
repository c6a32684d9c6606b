"""The month-end screen: the month of its link, the figures of the pack, the way to what is open."""

import json
from datetime import date
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from data_access.filters import Filters
from data_access.month_end import tables
from data_access.month_end.pack import collect
from data_access.queries import overview
from data_access.queries.month_end import Pack, of_month
from pages.parts import link
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]

JUNE, MAY = date(2026, 6, 1), date(2026, 5, 1)
LAST = date(2026, 6, 30)


@pytest.fixture(scope="module")
def found(practice: str) -> SimpleNamespace:
    """The packs of June and May, and the headline figures of May a year before."""
    engine = open_engine(practice)
    every = Filters.of_ninety_days(LAST)
    packs = {month: collect(engine, of_month(every, month, LAST), LAST) for month in (JUNE, MAY)}
    year = overview.tiles(engine, of_month(every, date(2025, 5, 1), LAST))
    engine.dispose()
    return SimpleNamespace(june=packs[JUNE], may=packs[MAY], year=year)


def shows(app: AppTest, pack: Pack) -> bool:
    said = words(app).replace("\N{NO-BREAK SPACE}", " ")
    rows = [f"{one.metric.name} | **{tables.said(one.now.value, one.metric.unit)}** |" for one in pack.figures]
    return all(row in said for row in rows)


@pytest.mark.parametrize("month", [None, "May 2026", "Nonsense 2026"])
def test_the_month_of_the_link(
    month: str | None, found: SimpleNamespace, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("month_end", {"month": month} if month else None)
    assert_no_failure(app)
    here, other = (found.may, found.june) if month == "May 2026" else (found.june, found.may)
    assert app.selectbox(key="month").value == f"{here.month:%B %Y}"
    assert shows(app, here) and not shows(app, other)
    assert here.finding in words(app).replace("\N{NO-BREAK SPACE}", " ")
    assert [button.label for button in app.get("download_button")][:2] == ["PDF for the meeting", "Whole pack (zip)"]


def test_why_claims_were_denied_adds_up_and_gives_shares_as_all_screens_do(
    found: SimpleNamespace, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("month_end")
    (table,) = [frame for frame in app.dataframe if "share" in frame.value]
    claims, (first, *_) = list(table.value["claims"]), list(table.value["share"])
    assert table.value["label"].iloc[-1] == "In all"
    assert claims[-1] == sum(claims[:-1]) == sum(found.june.denials["claims"])
    assert first == pytest.approx(100 * claims[0] / claims[-1], abs=0.001)
    assert json.loads(table.proto.columns)["share"]["type_config"]["format"] == "%.1f %%"


def test_a_year_before_is_what_the_screens_said_then(found: SimpleNamespace) -> None:
    then = {tile.now.metric_id: tile.now.value for tile in found.year}
    assert {one.now.metric_id: one.year for one in found.may.figures if one.now.metric_id in then} == then


def test_an_open_line_leads_to_its_rows(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    followed: list[tuple[str, dict[str, list[str]]]] = []
    monkeypatch.setattr(link, "follow", lambda screen, parameters, **_: followed.append((screen, dict(parameters))))
    app = opened("month_end", {"month": "May 2026", "pt": "Medicaid"})
    next(button for button in app.button if "Days at the bank that balance" in button.label).click().run()
    ((screen, parameters),) = followed
    wanted = {"asof": "2026-05-31", "period": "Month to date", "view": "Daily close", "sel": "state=balanced"}
    assert screen == "reconciliation" and "month" not in parameters and parameters["pt"] == ["Medicaid"]
    assert {name: parameters[name] for name in wanted} == {name: [value] for name, value in wanted.items()}


@pytest.mark.parametrize(("chosen", "said"), [("state=open", "days that do not balance"), ("state=foo", "")])
def test_days_by_state(
    chosen: str, said: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("reconciliation", {"view": "Daily close", "sel": chosen})
    assert_no_failure(app)
    assert (f"Narrowed to {said}" in words(app)) == bool(said)


def test_payments_on_no_account_of_any_age(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("reconciliation", {"view": "Credits", "sel": "unapplied=any"})
    assert_no_failure(app)
    assert "Narrowed to payments on no account, of any age" in words(app)
