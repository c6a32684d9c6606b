"""The rows behind every mark add up to the mark."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from data_access.filters import ANCHORS
from data_access.queries import aging, cash, claims, collections, denials, movers
from data_access.queries.dimensions import DIMENSIONS
from data_access.queries.table import TableReport, totals
from tests.handworked.conftest import p1, p2


def behind(engine: Engine, report: TableReport) -> tuple[int, dict[str, Decimal]]:
    with engine.connect() as connection:
        return totals(connection, report)


def marks(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as selections, with None for a missing key."""
    rows = frame.astype(object).to_dict("records")
    return [{name: None if _missing(value) else value for name, value in row.items()} for row in rows]


def _missing(value: Any) -> bool:
    return not isinstance(value, Mapping) and bool(pd.isna(value))


@pytest.mark.parametrize("by", DIMENSIONS)
@pytest.mark.parametrize("anchor", ANCHORS)
def test_aging(office: Engine, by: str, anchor: str) -> None:
    filters = p1(anchor=anchor)
    for view in aging.VIEWS if by == "payer_type" else ("seven",):
        found = marks(aging.buckets(office, filters, by, view))
        assert found
        for mark in found:
            selection = {by: mark["key"], "side": mark["side"], "bucket": mark["bucket"]}
            assert behind(office, aging.table(filters, selection, view))[1]["balance"] == mark["balance"], selection
        whole = behind(office, aging.table(filters, {}, view))[1]["balance"]
        assert whole == sum(mark["balance"] for mark in found)
        assert behind(office, aging.summary(filters, view))[1]["balance"] == whole


def test_aging_trend(office: Engine) -> None:
    for mark in marks(aging.trend(office, p1())):
        day = replace(p1(), as_of=mark["day"])
        selection = {"side": mark["side"], "bucket": mark["bucket"]}
        assert behind(office, aging.table(day, selection))[1]["balance"] == mark["balance"], mark


@pytest.mark.parametrize("period", [p1, p2])
@pytest.mark.parametrize("by", DIMENSIONS)
def test_denials_by_dimension(office: Engine, period: Any, by: str) -> None:
    filters = period()
    for mark in marks(denials.breakdown(office, filters, by)):
        assert behind(office, denials.table(filters, {by: mark["key"]}))[0] == mark["numerator"]
        assert behind(office, claims.table(filters, {by: mark["key"]}))[0] == mark["denominator"]
    for mark in marks(denials.breakdown(office, filters, by, "initial_denial_rate_amount")):
        assert behind(office, denials.table(filters, {by: mark["key"]}))[1]["initial_denied"] == mark["numerator"]
        assert behind(office, claims.table(filters, {by: mark["key"]}))[1]["initial_charge"] == mark["denominator"]


@pytest.mark.parametrize("period", [p1, p2])
def test_outcomes_by_payer(office: Engine, period: Any) -> None:
    filters = period()
    for mark in marks(denials.outcomes_by_payer(denials.answered(office, filters))):
        for outcome in ("overturned", "upheld", "pending"):
            key = {"payer": mark["key"], "outcome": outcome}
            assert behind(office, denials.table(filters, key))[0] == mark[outcome]
        assert behind(office, denials.table(filters, {"payer": mark["key"]}))[0] == mark["denied"]


@pytest.mark.parametrize("by", ["category", "carc"])
def test_denials_by_reason(office: Engine, by: str) -> None:
    found = marks(denials.reasons(denials.answered(office, p2()), by))
    for mark in found:
        count, sums = behind(office, denials.table(p2(), {by: mark["key"]}))
        assert (count, sums["initial_denied"]) == (mark["claims"], mark["amount"])
    count, sums = behind(office, denials.table(p2()))
    assert (count, sums["initial_denied"]) == (sum(m["claims"] for m in found), sum(m["amount"] for m in found))
    assert behind(office, denials.reasons_table(p2()))[1]["amount"] == sums["initial_denied"]


def test_denial_heat_map(office: Engine) -> None:
    for mark in marks(denials.heat_map(denials.answered(office, p2()))):
        selection = {"payer": mark["key"], "category": mark["category"]}
        count, sums = behind(office, denials.table(p2(), selection))
        assert (count, sums["initial_denied"]) == (mark["claims"], mark["amount"])


def test_denial_rate_by_month(office: Engine) -> None:
    # April has a denial on the 1st, before the period begins
    for mark in marks(denials.rates_over_time(office, p1())["initial_denial_rate"]):
        assert behind(office, denials.table(p1(), {"month": mark["month"]}))[0] == mark["numerator"], mark
        assert behind(office, claims.table(p1(), {"month": mark["month"]}))[0] == mark["denominator"], mark


def test_first_pass(office: Engine) -> None:
    assert behind(office, claims.table(p1(), {"first_pass": True}))[0] == 10
    assert behind(office, claims.table(p1(), {"first_pass": False}))[0] == 2


def test_cash(office: Engine) -> None:
    found = marks(cash.by_month(office, p1(), date(2025, 12, 1), p1().as_of))
    for mark in found:
        selection = {"month": mark["month"], "source": mark["source"]}
        assert behind(office, collections.table(p1(), selection))[1]["amount"] == mark["amount"], selection
    sources = {mark["source"] for mark in found}
    assert sources == {"insurance", "unapplied", "provider_level", "patient", "refund"}
    in_period = [behind(office, collections.table(p1(), {"source": name}))[1]["amount"] for name in sources]
    assert sum(in_period) == cash.of_period(office, p1()).value


@pytest.mark.parametrize("narrow", [{"departments": ("Cardiology",)}, {"payer_types": ("Medicare",)}])
def test_cash_under_a_filter_is_on_accounts_alone(office: Engine, narrow: dict[str, Any]) -> None:
    filters = p1(**narrow)
    by_source = {name: behind(office, collections.table(filters, {"source": name}))[1] for name in cash.SOURCES}
    assert sum(sums["amount"] for sums in by_source.values()) == cash.of_period(office, filters).value != 0
    assert by_source["provider_level"]["amount"] == by_source["unapplied"]["amount"] == 0


def test_cohorts(office: Engine) -> None:
    for mark in marks(collections.rate_cohorts(office, p1())):
        found = behind(office, collections.table(p1(), {"service_month": mark["month"]}))[1]["amount"]
        assert found == mark["payments"], mark
    for mark in marks(collections.patient_cohorts(office, p1())):
        found = behind(office, collections.table(p1(), {"statement_month": mark["month"]}))[1]["amount"]
        assert found == mark["payments"], mark


def test_write_offs(office: Engine) -> None:
    found = marks(collections.write_offs(office, p1()))
    for mark in found:
        selection = {"kind": mark["kind"], "reason": mark["reason"]}
        assert behind(office, collections.table(p1(), selection))[1]["amount"] == mark["amount"], selection


def test_what_moved(office: Engine) -> None:
    figures = {"aging": "balance", "collections": "amount"}
    found = marks(movers.what_moved(office, p1(), most=50))
    assert {mark["page"] for mark in found} == {"aging", "denials", "collections"}
    # shares of a rate, not amounts: test_uncollected.py adds up their rows
    amounts = [mark for mark in found if mark["metric_id"] != "net_collection_rate"]
    assert len(amounts) < len(found)
    for mark in amounts:
        for filters, wanted in ((p1(), mark["after"]), (p1().comparison(), mark["before"])):
            table = {"aging": aging.table, "denials": denials.table, "collections": collections.table}[mark["page"]]
            count, sums = behind(office, table(filters, mark["selection"]))
            assert (count if mark["page"] == "denials" else sums[figures[mark["page"]]]) == wanted, mark
