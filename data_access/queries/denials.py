"""Denials: how many, why, by whom, what came back, and the claims behind every mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, and_, func, select

from data_access.engine import Source, read_frame
from data_access.filters import Filters
from data_access.queries import dimensions
from data_access.queries.dimensions import named, numbered, with_labels
from data_access.queries.measures import Measure, percentiles, rate_query, rates, ratio, with_value
from data_access.queries.posted import CONTRACTUAL, posted_by_kind
from data_access.queries.table import ColumnSpec, TableReport
from data_access.rates import RATES, adjudicated, denied
from data_access.schema import claim, denial

_QUARTILES = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
RATE_IDS = ("initial_denial_rate", "initial_denial_rate_amount", "initial_denial_rate_line")


def rates_over_time(
    engine: Source, filters: Filters, metric_id: str = "initial_denial_rate", months: int = 12
) -> pd.DataFrame:
    """A rate by month of first adjudication, up to the as-of date: month, numerator, denominator, n, value, partial."""
    first = filters.as_of.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    period = replace(filters, date_from=first, date_to=filters.as_of)
    month = claim.c.first_remit_month.label("month")
    frame = with_value(read_frame(engine, rate_query(RATES[metric_id], period, [month]).order_by(month)))
    over = (filters.as_of + timedelta(days=1)).day == 1
    return frame.assign(partial=[value == filters.as_of.replace(day=1) and not over for value in frame["month"]])


def breakdown(engine: Source, filters: Filters, by: str, metric_id: str = "initial_denial_rate") -> pd.DataFrame:
    """A rate by payer_type, payer, facility, department or provider: key, label, numerator, denominator, n, value."""
    key = dimensions.key(claim, by).label("key")
    query = rate_query(RATES[metric_id], filters, [key]).select_from(dimensions.joined(claim, by))
    frame = with_labels(engine, with_value(read_frame(engine, query)), by)
    return frame.sort_values("numerator", ascending=False, ignore_index=True)


def reasons(engine: Source, filters: Filters, by: str = "category") -> pd.DataFrame:
    """A Pareto of denied claims by main reason: key, label, claims, amount, share and running share of claims.

    Args:
        by: category or carc.
    """
    key = {"category": claim.c.initial_category, "carc": claim.c.initial_carc}[by].label("key")
    query = (
        select(key, func.count().label("claims"), func.sum(claim.c.initial_denied).label("amount"))
        .where(*_denied_in_period(filters))
        .group_by(key)
    )
    frame = with_labels(engine, read_frame(engine, query), by)
    frame = frame.sort_values(["claims", "key"], ascending=[False, True], ignore_index=True)
    total = int(frame["claims"].sum()) if len(frame) else 0
    shares = [ratio(count, total) for count in frame["claims"]]
    running = [ratio(count, total) for count in frame["claims"].cumsum()]
    return frame.assign(share=pd.Series(shares, dtype=object), running=pd.Series(running, dtype=object))


def heat_map(engine: Source, filters: Filters, payers: int = 12) -> pd.DataFrame:
    """Denied claims of the payers with most of them: key, payer, category, category_label, claims, amount."""
    query = (
        select(
            claim.c.payer_id.label("key"),
            claim.c.initial_category.label("category"),
            func.count().label("claims"),
            func.sum(claim.c.initial_denied).label("amount"),
        )
        .where(*_denied_in_period(filters))
        .group_by(claim.c.payer_id, claim.c.initial_category)
    )
    frame = with_labels(engine, read_frame(engine, query), "payer").rename(columns={"label": "payer"})
    largest = frame.groupby("key", dropna=False)["claims"].sum().nlargest(payers).index
    frame = frame[frame["key"].isin(largest)]
    names = dimensions.labels(engine, "category")
    return frame.assign(category_label=[names.get(value, str(value)) for value in frame["category"]])


def variants(engine: Source, filters: Filters) -> list[Measure]:
    """The initial denial rate under its rival definitions, side by side."""
    found = rates(engine, RATE_IDS, filters)
    return [*found, _submitted_basis(engine, filters, found[0])]


def _submitted_basis(engine: Source, filters: Filters, by_count: Measure) -> Measure:
    """HFMA form: denied claims over average claims submitted in the three months before."""
    before = select(func.count()).where(
        claim.c.counts,
        claim.c.first_submitted_on < filters.date_from,
        claim.c.first_submitted_on >= filters.date_from - timedelta(days=90),
        *filters.where(claim),
    )
    with engine.connect() as connection:
        submitted = Decimal(connection.execute(before).scalar_one())
    expected = (submitted * filters.days / 90).quantize(Decimal("0.01"))
    value = ratio(by_count.numerator, expected)
    return Measure("initial_denial_rate_hfma", value, by_count.numerator, expected, int(submitted), filters.as_of)


@dataclass(frozen=True)
class Outcome:
    """What became of the claims denied in the period. Days to rework are quartiles, None without any."""

    overturn: Measure
    preventable: Measure
    final_denial: Measure
    pending: int
    reworked: int
    rework_quartiles: tuple[float, float, float] | None


def outcome(engine: Source, filters: Filters) -> Outcome:
    """Overturn rate with its pending claims, preventable share, final denial rate, and days to rework."""
    pending, days = claim.c.overturned.is_(None), claim.c.days_to_rework
    query = select(pending, days, func.count()).where(*_denied_in_period(filters)).group_by(pending, days)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    cases: Counter[int] = Counter()
    for _, waited, claims in rows:
        if waited is not None:
            cases[waited] += claims
    quartiles = [float(value) for value in percentiles(cases, *_QUARTILES)] if cases else None
    overturn, preventable = rates(engine, ("overturn_rate", "preventable_share"), filters)
    return Outcome(
        overturn,
        preventable,
        final_denial(engine, filters),
        sum(claims for still_pending, _, claims in rows if still_pending),
        cases.total(),
        (quartiles[0], quartiles[1], quartiles[2]) if quartiles else None,
    )


def final_denial(engine: Source, filters: Filters) -> Measure:
    """Denial write-offs over charges less contractual adjustments, posted in the period."""
    found = posted_by_kind(engine, filters, (filters.date_from, filters.date_to))
    top, under = -found.amount("denial_write_off"), found.amount("charge", *CONTRACTUAL)
    return Measure("final_denial_rate", ratio(top, under), top, under, found.entries("denial_write_off"), filters.as_of)


def outcomes_by(engine: Source, filters: Filters, by: str = "payer") -> pd.DataFrame:
    """Overturned, upheld and pending denials by dimension: key, label, denied, overturned, upheld, pending, value."""
    key = dimensions.key(claim, by).label("key")
    query = (
        select(
            key,
            func.count().label("denied"),
            func.count().filter(claim.c.overturned).label("numerator"),
            func.count().filter(claim.c.overturned.is_not(None)).label("denominator"),
            func.count().filter(claim.c.overturned.is_(None)).label("pending"),
        )
        .select_from(dimensions.joined(claim, by))
        .where(*_denied_in_period(filters))
        .group_by(key)
    )
    frame = with_labels(engine, with_value(read_frame(engine, query)), by)
    return frame.sort_values("denied", ascending=False, ignore_index=True)


def _denied_in_period(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    return [denied(), *adjudicated_in_period(filters, month)]


def adjudicated_in_period(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    """Claims first adjudicated in the period or, where a month was chosen, in that month up to the as-of date."""
    on = claim.c.first_remit_on
    when = [on >= filters.date_from, on <= filters.date_to]
    if month is not None:
        when = [claim.c.first_remit_month == month, on <= filters.as_of]
    return [adjudicated(), *when, *filters.where(claim)]


def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Denied claims behind a mark, one row a claim: its row count and sums are the mark's.

    Args:
        selection: any of a dimension, `category`, `carc` (main reason), `month` (instead of the period),
            `outcome` (overturned, upheld, pending), `preventable`.
    """
    selection = selection or {}
    conditions = [*_denied_in_period(filters, selection.get("month")), *dimensions.narrow(claim, selection)]
    columns = {"category": claim.c.initial_category, "carc": claim.c.initial_carc}
    conditions += [column == selection[name] for name, column in columns.items() if name in selection]
    if "preventable" in selection:
        conditions.append(claim.c.initial_preventable.is_(bool(selection["preventable"])))
    ends = {
        "overturned": claim.c.overturned.is_(True),
        "upheld": claim.c.overturned.is_(False),
        "pending": claim.c.overturned.is_(None),
    }
    if "outcome" in selection:
        conditions.append(ends[selection["outcome"]])
    return claims_report("denied_claims", "Denied claims", conditions, ("initial_denial_rate", "overturn_rate"))


def reasons_table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Every reason of every denied claim, one row a claim and reason: for amounts by reason."""
    selection = selection or {}
    row = denial.c
    conditions = [
        row.denied_on >= filters.date_from,
        row.denied_on <= filters.date_to,
        *filters.where(denial),
        *dimensions.narrow(denial, selection),
    ]
    conditions += [row[name] == selection[name] for name in ("category", "carc") if name in selection]
    own = ("account_id", "claim_id", "payer_id", "facility_id", "department", "provider_id", "denied_on")
    core = select(*(row[name] for name in (*own, "category", "carc", "group_code", "amount"))).where(*conditions)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("claim_id", "Claim id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
        ColumnSpec("provider", "Provider"),
        ColumnSpec("denied_on", "Denied on", "date"),
        ColumnSpec("category", "Category"),
        ColumnSpec("carc", "Reason", "carc"),
        ColumnSpec("group_code", "Group"),
        ColumnSpec("amount", "Denied", "money", total=True),
    )
    order = (("denied_on", True), ("claim_id", False), ("carc", False), ("group_code", False))
    metrics = ("initial_denial_rate_amount",)
    return TableReport("denial_reasons", "Denial reasons", core, columns, order, metrics, numbered)


def claims_report(
    report_id: str, title: str, conditions: list[ColumnElement[bool]], metric_ids: tuple[str, ...]
) -> TableReport:
    """Claims that count in rates, one row each, under the given conditions."""
    row = claim.c
    core = select(
        row.account_id,
        row.claim_id,
        row.patient_id,
        row.payer_id,
        row.facility_id,
        row.department,
        row.provider_id,
        row.service_from,
        row.first_submitted_on,
        row.first_remit_on,
        row.initial_outcome,
        row.initial_category,
        row.initial_carc,
        row.initial_group,
        row.initial_charge,
        row.initial_denied,
        row.days_to_rework,
        row.final_outcome,
    ).where(and_(*conditions))
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("claim_id", "Claim id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
        ColumnSpec("provider", "Provider"),
        ColumnSpec("service_from", "Service date", "date"),
        ColumnSpec("first_submitted_on", "First sent", "date"),
        ColumnSpec("first_remit_on", "First answer", "date"),
        ColumnSpec("initial_outcome", "First outcome"),
        ColumnSpec("initial_category", "Category"),
        ColumnSpec("initial_carc", "Reason", "carc"),
        ColumnSpec("initial_group", "Group"),
        ColumnSpec("initial_charge", "Billed", "money", total=True),
        ColumnSpec("initial_denied", "Denied", "money", total=True),
        ColumnSpec("days_to_rework", "Days to rework", "days"),
        ColumnSpec("final_outcome", "Now"),
        ColumnSpec("insurance_balance", "Insurance owes now", "money"),
    )
    order = (("first_remit_on", True), ("claim_id", False))
    return TableReport(report_id, title, core, columns, order, metric_ids, _with_account)


def _with_account(rows: FromClause) -> Select:
    return named(rows, "account_number", "insurance_balance")
