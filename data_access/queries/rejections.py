"""Claims refused at the door: how often, by month and by dimension, with the claims behind each mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, or_, select

from data_access.dates import last_of_month, months_before
from data_access.engine import Source
from data_access.filters import Filters
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


@dataclass(frozen=True)
class Sent:
    """Acknowledged sendings of the period and of the last twelve months, added up by month and a dimension.

    Attributes:
        by: the dimension.
        names: what its values are called.
        sums: rows of month, in_period, in_year, key, claims, amount (their charges) and, for each of BEHIND, whether
            they are of its denominator and of its numerator (`rejection_rate_among`, `rejection_rate_counted`).
    """

    filters: Filters
    by: str
    names: Mapping[Any, str]
    sums: Sequence[Any]

    def rate(self, metric_id: str) -> Measure:
        """One of BEHIND, in the period."""
        top, under, _ = self._added_up(metric_id, [row for row in self.sums if row.in_period])
        return Measure(metric_id, ratio(top, under), Decimal(top), Decimal(under), under, self.filters.as_of)

    def breakdown(self) -> pd.DataFrame:
        """Rejection rate of the period by the dimension: key, label, numerator, denominator, amount, value.

        Most rejected claims first; `amount` is the charges of the numerator.
        """
        frame = self._frame("rejection_rate", "key", lambda row: row.in_period)
        frame["label"] = [dimensions.label(self.by, self.names, key) for key in frame["key"]]
        return frame.sort_values(["numerator", "label"], ascending=[False, True], ignore_index=True)

    def over_time(self, metric_id: str) -> pd.DataFrame:
        """One of BEHIND by month of sending up to the as-of date: month, numerator, denominator, amount, value."""
        return self._frame(metric_id, "month", lambda row: row.in_year).sort_values("month", ignore_index=True)

    def _frame(self, metric_id: str, key: str, chosen: Callable[[Any], bool]) -> pd.DataFrame:
        rows: dict[Any, list[Any]] = {}
        for row in self.sums:
            if chosen(row):
                rows.setdefault(getattr(row, key), []).append(row)
        found = [(value, *self._added_up(metric_id, group)) for value, group in rows.items()]
        with_value = [(*one, ratio(one[1], one[2])) for one in found if one[2]]
        return pd.DataFrame(with_value, columns=[key, *_PARTS, "value"], dtype=object)

    @staticmethod
    def _added_up(metric_id: str, rows: Sequence[Any]) -> tuple[int, int, Decimal]:
        """Numerator, denominator and charges of the numerator."""
        counted = [row for row in rows if getattr(row, f"{metric_id}_counted")]
        among = sum(row.claims for row in rows if getattr(row, f"{metric_id}_among"))
        return sum(row.claims for row in counted), among, sum((Decimal(row.amount or 0) for row in counted), Decimal(0))


def sent(engine: Source, filters: Filters, by: str = "payer") -> Sent:
    """What became of acknowledged sendings, by a dimension, from one scan."""
    row = claim_progress.c
    first, year_end = months_before(filters.as_of, MONTHS - 1), filters.as_of
    in_period = and_(row.sent_on >= filters.date_from, row.sent_on <= filters.date_to)
    in_year = and_(row.sent_on >= first, row.sent_on <= year_end)
    of = {metric_id: RATES[metric_id].among(filters.as_of) for metric_id in BEHIND}
    marked = (
        select(
            row.sent_month.label("month"),
            in_period.label("in_period"),
            in_year.label("in_year"),
            dimensions.key(claim_progress, by).label("key"),
            *(of[metric_id].label(f"{metric_id}_among") for metric_id in BEHIND),
            *(and_(of[metric_id], _behind(metric_id, filters)).label(f"{metric_id}_counted") for metric_id in BEHIND),
            row.charge,
        )
        .where(
            or_(*of.values()),
            row.sent_on >= min(first, filters.date_from),
            row.sent_on <= max(year_end, filters.date_to),
            *filters.where(claim_progress),
        )
        .subquery("marked")
    )
    keys = [column for column in marked.c if column.name != "charge"]
    sums = func.count().label("claims"), func.sum(marked.c.charge).label("amount")
    with engine.connect() as connection:
        found = connection.execute(select(*keys, *sums).group_by(*keys)).all()
    return Sent(filters, by, dimensions.labels(engine, by), found)


def _behind(metric_id: str, filters: Filters) -> ColumnElement[bool]:
    """The rows that the numerator of one of BEHIND counts, among those of its denominator."""
    behind = RATES[metric_id].behind
    assert behind is not None
    return behind(filters.as_of)


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
