"""Claims refused at the door: how often, by month and by dimension, with the claims behind each mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from data_access.built_once import built_once
from data_access.dates import last_of_month, months_before
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.metrics import METRICS
from data_access.queries import claim_rows, dimensions
from data_access.queries.measures import Measure, among, ratio
from data_access.queries.table import TableReport
from data_access.rates import RATES
from data_access.schema import claim_progress

#: Rates whose marks narrow to claims -> what the claims of their numerator are called.
BEHIND = {"rejection_rate": "Claims rejected", "clean_claim_rate": "Clean claims"}
#: How many months the rates are shown of, with the as-of date's.
MONTHS = 12
_PARTS = ("numerator", "denominator", "amount")
#: What a row may be marked with, each a digit of one number: by that a million rows are grouped faster than by six
#: columns.
_MARKS = ("in_period", "in_year", *(f"{metric_id}_{of}" for metric_id in BEHIND for of in ("among", "behind")))


class SentSum(NamedTuple):
    """Sendings of one month and value of the dimension that are alike in what counts them.

    Attributes:
        marks: `in_period`, `in_year` and, for each of BEHIND, whether they are of its denominator, and would be of its
            numerator if they are (`rejection_rate_among`, `rejection_rate_behind`).
        amount: their charges.
    """

    month: date
    key: Any
    marks: frozenset[str]
    claims: int
    amount: Decimal


@dataclass(frozen=True)
class Sent:
    """Acknowledged sendings of the period and of the last twelve months, added up by month and a dimension.

    Attributes:
        by: the dimension.
        names: what its values are called.
    """

    filters: Filters
    by: str
    names: Mapping[Any, str]
    sums: Sequence[SentSum]

    def rate(self, metric_id: str) -> Measure:
        """One of BEHIND, in the period."""
        top, under, _ = self._added_up(metric_id, [row for row in self.sums if "in_period" in row.marks])
        return Measure(metric_id, ratio(top, under), Decimal(top), Decimal(under), under, self.filters.as_of)

    def breakdown(self) -> pd.DataFrame:
        """Rejection rate of the period by the dimension: key, label, numerator, denominator, amount, value.

        Most rejected claims first; `amount` is the charges of the numerator.
        """
        frame = self._frame("rejection_rate", "key", lambda row: "in_period" in row.marks)
        frame["label"] = [dimensions.label(self.by, self.names, key) for key in frame["key"]]
        return frame.sort_values(["numerator", "label"], ascending=[False, True], ignore_index=True)

    def over_time(self, metric_id: str) -> pd.DataFrame:
        """One of BEHIND by month of sending up to the as-of date: month, numerator, denominator, amount, value."""
        return self._frame(metric_id, "month", lambda row: "in_year" in row.marks).sort_values(
            "month", ignore_index=True
        )

    def _frame(self, metric_id: str, key: str, chosen: Callable[[SentSum], bool]) -> pd.DataFrame:
        rows: dict[Any, list[SentSum]] = {}
        for row in self.sums:
            if chosen(row):
                rows.setdefault(getattr(row, key), []).append(row)
        found = [(value, *self._added_up(metric_id, group)) for value, group in rows.items()]
        with_value = [(*one, ratio(one[1], one[2])) for one in found if one[2]]
        return pd.DataFrame(with_value, columns=[key, *_PARTS, "value"], dtype=object)

    @staticmethod
    def _added_up(metric_id: str, rows: Sequence[SentSum]) -> tuple[int, int, Decimal]:
        """Numerator, denominator and charges of the numerator."""
        among = [row for row in rows if f"{metric_id}_among" in row.marks]
        counted = [row for row in among if f"{metric_id}_behind" in row.marks]
        cases, under = (sum(row.claims for row in chosen) for chosen in (counted, among))
        return cases, under, sum((row.amount for row in counted), Decimal(0))


def sent(engine: Source, filters: Filters, by: str = "payer") -> Sent:
    """What became of acknowledged sendings, by a dimension, from one scan."""
    found = [
        SentSum(month, key, _marked(digits), claims, Decimal(amount or 0))
        for month, key, digits, claims, amount in map(tuple, read_rows(engine, _sums(filters, by)))
    ]
    return Sent(filters, by, dimensions.labels(engine, by), found)


@built_once
def _sums(filters: Filters, by: str) -> Select:
    row = claim_progress.c
    first, year_end = months_before(filters.as_of, MONTHS - 1), filters.as_of
    in_period = and_(row.sent_on >= filters.date_from, row.sent_on <= filters.date_to)
    in_year = and_(row.sent_on >= first, row.sent_on <= year_end)
    of = {metric_id: RATES[metric_id].among(filters.as_of) for metric_id in BEHIND}
    marks = {"in_period": in_period, "in_year": in_year}
    for metric_id, among_these in of.items():
        marks |= {f"{metric_id}_among": among_these, f"{metric_id}_behind": _behind(metric_id, filters)}
    number = sum((case((marks[name], 1 << place), else_=0) for place, name in enumerate(_MARKS)), literal(0))
    keys = [row.sent_month.label("month"), dimensions.key(claim_progress, by).label("key"), number.label("marks")]
    marked = (
        select(*keys, row.charge)
        .where(
            or_(*of.values()),
            row.sent_on >= min(first, filters.date_from),
            row.sent_on <= max(year_end, filters.date_to),
            *filters.where(claim_progress),
        )
        .subquery("marked")
    )
    names = [marked.c[column.name] for column in keys]
    return select(*names, func.count(), func.sum(marked.c.charge)).group_by(*names)


def _marked(digits: int) -> frozenset[str]:
    return frozenset(name for place, name in enumerate(_MARKS) if digits >> place & 1)


def _behind(metric_id: str, filters: Filters) -> ColumnElement[bool]:
    """The rows that the numerator of one of BEHIND counts, among those of its denominator."""
    behind = RATES[metric_id].behind
    assert behind is not None
    return behind(filters.as_of)


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims behind a mark of a rate, one row a sending: their number is the numerator of the mark.

    Args:
        selection: `rate` (of BEHIND, else the rejection rate), a dimension, `month` of sending (instead of the period).
    """
    selection = selection or {}
    metric_id = selection.get("rate")
    if metric_id not in BEHIND:
        metric_id = "rejection_rate"
    if selection.get("month"):
        last = min(last_of_month(selection["month"]), filters.as_of)
        filters = replace(filters, date_from=selection["month"], date_to=last)
    conditions = [
        *among(RATES[metric_id], filters),
        _behind(metric_id, filters),
        *dimensions.narrow(claim_progress, selection),
    ]
    core = claim_rows.facts(filters, claim_rows.reached(filters)).where(*conditions)
    title = f"{BEHIND[metric_id]}, behind the {METRICS[metric_id].name.lower()}"
    return claim_rows.report(metric_id, title, core, (("sent_on", True),), (metric_id,))
