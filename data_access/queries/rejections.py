"""Claims refused at the door: by reason while not sent again, and the rates with the claims behind each mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, Integer, and_, bindparam, case, func, literal, or_, select, type_coerce

from data_access.engine import Source, read_frame
from data_access.filters import Filters
from data_access.metrics import METRICS
from data_access.queries import claim_rows, dimensions
from data_access.queries.dimensions import with_labels
from data_access.queries.measures import among, rates_by, with_value
from data_access.queries.progress import listed
from data_access.queries.table import TableReport
from data_access.rates import RATES
from data_access.reference import statuses
from data_access.schema import claim_progress

#: Rates whose marks narrow to claims -> what the claims of their numerator are called.
BEHIND = {"rejection_rate": "Claims rejected", "clean_claim_rate": "Clean claims"}


def by_reason(engine: Source, filters: Filters) -> pd.DataFrame:
    """Rejected and not sent again, by reason: key, label, mend, claims, amount, days_left (fewest)."""
    row = claim_progress.c
    key = func.coalesce(claim_rows.reason_of(row), literal(""))
    left = type_coerce(func.min(row.filing_deadline) - bindparam(None, filters.as_of, Date), Integer)
    query = (
        select(
            key.label("key"),
            func.count().label("claims"),
            func.sum(row.charge).label("amount"),
            left.label("days_left"),
        )
        .where(*listed(filters, "rejected", {}))
        .group_by(key)
        .order_by(func.count().desc(), key)
    )
    frame = read_frame(engine, query)
    named = {"label": statuses.short, "mend": statuses.mend}
    return frame.assign(**{name: [words(value) for value in frame["key"]] for name, words in named.items()})


def rates_over_time(engine: Source, filters: Filters, months: int = 12) -> dict[str, pd.DataFrame]:
    """Those of BEHIND by month of sending up to the as-of date: month, numerator, denominator, amount, value."""
    first = filters.as_of.replace(day=1)
    for _ in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    row = claim_progress.c
    month = row.sent_month.label("month")
    query = (
        select(month, *(part for metric_id in BEHIND for part in _counts(metric_id)))
        .where(or_(*(RATES[metric_id].among() for metric_id in BEHIND)))
        .where(row.sent_on >= first, row.sent_on <= filters.as_of, *filters.where(claim_progress))
        .group_by(month)
        .order_by(month)
    )
    frame = read_frame(engine, query)
    found = {}
    for metric_id in BEHIND:
        parts = {f"{metric_id}_{name}": name for name in ("numerator", "denominator", "amount")}
        own = frame[["month", *parts]].rename(columns=parts)
        found[metric_id] = with_value(own[own["denominator"] > 0].reset_index(drop=True))
    return found


def _counts(metric_id: str) -> list[ColumnElement]:
    """Numerator, denominator and charges of the numerator of one of BEHIND, among whatever rows are read."""
    rate = RATES[metric_id]
    assert rate.behind is not None
    counted = and_(rate.among(), rate.behind())
    return [
        func.count().filter(counted).label(f"{metric_id}_numerator"),
        func.count().filter(rate.among()).label(f"{metric_id}_denominator"),
        func.coalesce(func.sum(claim_progress.c.charge).filter(counted), 0).label(f"{metric_id}_amount"),
    ]


def breakdown(engine: Source, filters: Filters, by: str = "payer") -> pd.DataFrame:
    """Rejection rate by a dimension: key, label, numerator, denominator, n, amount (of the numerator), value."""
    key = dimensions.key(claim_progress, by).label("key")
    frame = rates_by(engine, "rejection_rate", filters, [key], _amount("rejection_rate"))
    frame = with_labels(engine, frame, by)
    return frame.sort_values(["numerator", "label"], ascending=[False, True], ignore_index=True)


def _amount(metric_id: str) -> Any:
    """Charges of the claims that the numerator counts."""
    behind = RATES[metric_id].behind
    assert behind is not None
    return func.coalesce(func.sum(case((behind(), claim_progress.c.charge))), 0).label("amount")


def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims behind a mark of a rate, one row a sending: their number is the numerator of the mark.

    Args:
        selection: `rate` (of BEHIND, else the rejection rate), a dimension, `month` of sending (instead of the period).
    """
    selection = selection or {}
    metric_id = selection.get("rate")
    if metric_id not in BEHIND:
        metric_id = "rejection_rate"
    rate = RATES[metric_id]
    assert rate.behind is not None
    if selection.get("month"):
        filters = replace(filters, date_from=selection["month"], date_to=min(_last(selection["month"]), filters.as_of))
    conditions = [*among(rate, filters), rate.behind(), *dimensions.narrow(claim_progress, selection)]
    core = claim_rows.facts(filters, claim_rows.reached(filters)).where(*conditions)
    title = f"{BEHIND[metric_id]}, behind the {METRICS[metric_id].name.lower()}"
    return claim_rows.report(metric_id, title, core, (("sent_on", True),), (metric_id,))


def _last(month: date) -> date:
    """The last day of a month."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
