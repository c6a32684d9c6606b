"""The tables of a month-end pack, as its CSV files hold them and screen and paper show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from data_access.counting import counted
from data_access.documents.paper import dollars
from data_access.export import FrameReport, nothing_of
from data_access.metrics import METRICS
from data_access.queries import movers
from data_access.queries.measures import Measure
from data_access.queries.month_end import AGES, TRENDS, Figure, Pack
from data_access.queries.overview import words
from data_access.queries.readiness import Check
from data_access.queries.table import ColumnSpec, Kind

STATES = {"fine": "Fine", "open": "Open", "unknown": "Not known"}
_CENT, _PLACES = Decimal("0.01"), Decimal("0.000001")
_UNCOUNTED = ("cash", "avoidable_write_offs")  # their cases are sources, and entries of all kinds
_COUNTED = {"underpayment": "line", "days_to_deposit": "remittance", "unapplied": "payment"}
_LARGE = Decimal(10_000_000)  # from here on cents are noise, and there is no room for them; the CSV has them
_THEN = (("before", "Month before"), ("change", "Change"))


def reports(pack: Pack) -> list[FrameReport]:
    """Every table of the pack, in its order."""
    return [checklist(pack), figures(pack), aging(pack), trends(pack), *sections(pack), moved(pack)]


def sections(pack: Pack) -> list[FrameReport]:
    """The tables of amounts between those and what moved most."""
    return [roll_forward(pack), denials(pack), cash(pack), payments(pack)]


def checklist(pack: Pack) -> FrameReport:
    """Is the month ready to report?"""
    rows = [
        (one.check_id, one.label, STATES[one.state], one.count, _cents(one.amount), one.said) for one in pack.checks
    ]
    columns = (
        ColumnSpec("check", "Check", "text"),
        ColumnSpec("what", "What"),
        ColumnSpec("state", "State"),
        ColumnSpec("count", "Number", "count"),
        ColumnSpec("amount", "Amount", "money"),
        ColumnSpec("more", "More"),
    )
    return _report("checklist", "Is the month ready to report?", columns, rows)


def figures(pack: Pack) -> FrameReport:
    """The figures; a percent is a fraction, money in dollars."""
    rows = [
        (
            one.group,
            one.now.metric_id,
            one.name,
            one.metric.unit,
            *(_exact(value, one) for value in _values(one)),
            {True: "better", False: "worse", None: None}[one.better],
            _part(one.now.numerator, one),
            None if one.now.denominator is None else _part(one.now.denominator, one),
            _cases(one.now),
            one.metric.target,
            one.partial or ("small numbers" if one.few else None),
        )
        for one in pack.figures
    ]
    names: tuple[tuple[str, str, Kind], ...] = (
        ("group", "Group", "text"),
        ("metric", "Metric", "text"),
        ("figure", "Figure", "text"),
        ("unit", "Unit", "text"),
        ("value", "This month", "number"),
        ("before", "Month before", "number"),
        ("change", "Change", "number"),
        ("year_before", "A year before", "number"),
        ("change_is", "Change is", "text"),
        ("numerator", "Numerator", "number"),
        ("denominator", "Denominator", "number"),
        ("n", "Cases", "count"),
        ("target", "Benchmark", "number"),
        ("mark", "Mark", "text"),
    )
    ids = tuple(one.now.metric_id for one in pack.figures)
    return _report("figures", "Figures of the month", [ColumnSpec(*one) for one in names], rows, ids)


def trends(pack: Pack) -> FrameReport:
    """The lines of the charts: A/R at month ends, rates by month; the net collection rate by month of service."""
    rows = [
        (metric_id, METRICS[metric_id].name, month, value if METRICS[metric_id].unit == "percent" else _cents(value))
        for metric_id in TRENDS
        for month, value in zip(pack.trends[metric_id]["month"], pack.trends[metric_id]["value"], strict=True)
    ]
    columns = (
        ColumnSpec("metric", "Metric"),
        ColumnSpec("figure", "Figure"),
        ColumnSpec("month", "Month", "date"),
        ColumnSpec("value", "Value", "number"),
    )
    return _report("trends", "Twelve months", columns, rows, TRENDS)


def roll_forward(pack: Pack) -> FrameReport:
    """What was posted between the two balances, and what is left unexplained."""
    rolled = pack.rolled
    rows = [
        ("Opening balance, net of credits", rolled.opening),
        *((label, amount) for label, _, amount in rolled.lines if amount),
        ("Closing balance, net of credits", rolled.closing),
        ("Difference from open balances", rolled.difference),
    ]
    columns = (ColumnSpec("line", "Line"), ColumnSpec("amount", "Amount", "money"))
    return _report("roll_forward", "A/R roll-forward", columns, rows, ("roll_forward",))


def aging(pack: Pack) -> FrameReport:
    """What is owed by payer type and age, credits left out."""
    columns = (
        ColumnSpec("label", "Payer type"),
        *_money(*((name, f"{name} days") for name in AGES), ("ar", "A/R"), *_THEN),
    )
    return FrameReport("aging", "A/R by payer type and age", pack.aging, columns, ("ar",))


def denials(pack: Pack) -> FrameReport:
    """Denied claims by main reason, with what was denied of them."""
    columns = (
        ColumnSpec("label", "Main reason"),
        ColumnSpec("claims", "Claims denied", "count", total=True),
        ColumnSpec("share", "Of denied claims", "percent"),
        ColumnSpec("claims_before", "Claims before", "count", total=True),
        *_money(("amount", "Denied"), ("amount_before", "Denied before"), ("change", "Change")),
    )
    return FrameReport("denial_reasons", "Why claims were denied", pack.denials, columns, ("initial_denial_rate",))


def cash(pack: Pack) -> FrameReport:
    """Cash by source; it adds up to the figure."""
    columns = (
        ColumnSpec("label", "Source"),
        *_money(("amount", "This month"), *_THEN, ("year", "A year before")),
    )
    return FrameReport("cash", "Cash by source", pack.cash, columns, ("cash",))


def payments(pack: Pack) -> FrameReport:
    """What was posted to accounts of each payer type by insurers and patients, refunds left out."""
    columns = (
        ColumnSpec("label", "Payer type"),
        *_money(("insurance", "Insurance"), ("patient", "Patients"), ("amount", "Together"), *_THEN),
    )
    title = "Payments on accounts by payer type"
    return FrameReport("payments", title, pack.payments, columns, ("cash",))


def moved(pack: Pack) -> FrameReport:
    """The cells that explain most of each change; of the net collection rate the part of it that each loses."""
    rows = [
        (
            row["metric_id"],
            movers.TITLES[row["metric_id"]],
            row["label"],
            *(_exact_move(row["metric_id"], row[name]) for name in ("before", "after", "change")),
            None if row["share"] is None else row["share"].quantize(_PLACES),
        )
        for row in pack.moved.to_dict("records")
    ]
    columns = (
        ColumnSpec("metric", "Metric"),
        ColumnSpec("list", "List"),
        ColumnSpec("what", "What"),
        ColumnSpec("before", "Month before", "number"),
        ColumnSpec("after", "This month", "number"),
        ColumnSpec("change", "Change", "number"),
        ColumnSpec("share", "Of all change that way", "percent"),
    )
    return _report("moved", "What moved most", columns, rows, tuple(movers.TITLES))


def _money(*names: tuple[str, str]) -> list[ColumnSpec]:
    return [ColumnSpec(name, label, "money", total=True) for name, label in names]


def _report(
    name: str, title: str, columns: Sequence[ColumnSpec], rows: Iterable[tuple], metric_ids: Sequence[str] = ()
) -> FrameReport:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    frame = pd.DataFrame({column.name: pd.Series(of, dtype=object) for column, of in zip(columns, values, strict=True)})
    return FrameReport(name, title, frame, tuple(columns), tuple(metric_ids))


def _values(one: Figure) -> tuple[Decimal | None, ...]:
    return one.now.value, one.before.value if one.before else None, one.change, one.year


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_CENT)


def _exact(value: Decimal | None, one: Figure) -> Decimal | None:
    return _cents(value) if one.metric.unit == "money" else value


def _part(value: Decimal, one: Figure) -> Decimal:
    return value.quantize(_CENT) if one.metric.of_amounts or one.metric.unit == "money" else value


def _exact_move(metric_id: str, value: Decimal | int) -> Decimal:
    found = Decimal(int(value)) if metric_id == "initial_denial_rate" else Decimal(value)
    return found.quantize(_CENT) if metric_id in ("ar", "cash") else found


def _cases(found: Measure) -> int | None:
    return None if found.metric_id in _UNCOUNTED else found.n


# as people read them


def said(value: Decimal | None, unit: str) -> str:
    """A figure as people read it, money to the cent."""
    if value is None:
        return "n/a"
    if unit != "money":
        return words(value, unit)
    return dollars(value) if abs(value) < _LARGE else whole_dollars(value)


def whole_dollars(value: Decimal) -> str:
    """An amount without cents, for where there is no room for them."""
    return dollars(value.quantize(Decimal(1)))[:-3]


def change_said(value: Decimal | None, unit: str) -> str:
    """A change as people read it; "none" for one that does not show."""
    if value is None:
        return "n/a"
    size = f"{abs(value) * 100:.1f} points" if unit == "percent" else said(abs(value), unit)
    if not any(digit in size for digit in "123456789"):
        return "none"
    return f"{'+' if value > 0 else '-'}{size}"


def of_what(one: Figure) -> str:
    """What a figure stands on: numerator of denominator of a rate, the number of cases of an amount, and its mark."""
    found, parts = one.now, []
    if found.denominator is not None:
        unit = "money" if one.metric.of_amounts else "count"
        daily = " a day" if one.metric.unit == "days" else ""
        parts.append(f"{words(found.numerator, unit)} of {words(found.denominator, unit)}{daily}")
    elif _cases(found) is not None:
        parts.append(counted(found.n, _COUNTED.get(found.metric_id, "balance")))
    if one.partial:
        parts = [] if found.partial else parts
        parts.append(one.partial)
    if found.value is None:
        return "; ".join(parts)
    if found.low and found.interval:
        low, high = found.interval
        parts.append(f"small numbers: {low * 100:.0f} to {high * 100:.0f} %")
    elif one.few:
        parts.append("small numbers" if found.low else "small numbers before")
    return "; ".join(parts)


def moved_said(metric_id: str, value: Decimal) -> str:
    """The change of a cell: claims, points that the rate loses, or dollars."""
    if metric_id == "initial_denial_rate":
        return f"{'+' if value > 0 else '-'}{counted(int(abs(value)), 'claim')}"
    if metric_id == "net_collection_rate":
        return f"{abs(value) * 100:.2f} points {'less' if value > 0 else 'more'} lost"
    return change_said(value, "money")


def counted_said(check: Check) -> str:
    """How many and how much a line of the checklist is of; none where it counts something and found nothing."""
    parts = [] if check.count is None else [f"{check.count:,}" if check.count else "none"]
    if check.amount:
        parts.append(dollars(check.amount))
    return ", ".join([*parts, check.said] if check.said else parts)


def shown(value: Any, kind: str) -> str:
    """A cell of a table as people read it."""
    if value is None or pd.isna(value):
        return ""
    if kind == "money":
        return said(value, kind)
    if kind == "percent":
        return f"{value * 100:.1f} %"
    if kind == "count":
        return f"{int(value):,}"
    return str(value)


def totals(report: FrameReport) -> dict[str, Decimal | int]:
    """The sums of a table's columns that are summed, where every row has the value."""
    return {
        column.name: sum(report.frame[column.name], nothing_of(column))
        for column in report.columns
        if column.total and len(report.frame) and not report.frame[column.name].isna().any()
    }
