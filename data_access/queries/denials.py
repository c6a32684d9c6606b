"""Denials: how many, why, by whom, what came back, and the claims behind every mark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, select

from data_access.built_once import built_once
from data_access.dates import months_before
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.queries import dimensions
from data_access.queries.dimensions import named, numbered, with_labels
from data_access.queries.measures import Measure, percentiles, rate_query, rates_among, ratio, with_value
from data_access.queries.posted import NET_REVENUE, Kinds, posted_by_kind
from data_access.queries.table import ColumnSpec, TableReport
from data_access.rates import RATES, adjudicated, decided, denied
from data_access.schema import claim, denial

_QUARTILES = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
RATE_IDS = ("initial_denial_rate", "initial_denial_rate_amount", "initial_denial_rate_line")
#: Rates whose denominator is among denied claims only.
AMONG_DENIED = ("overturn_rate", "preventable_share")
_PARTS = ("numerator", "denominator", "cases")
_MONTH = claim.c.first_remit_month.label("month")


@dataclass(frozen=True)
class Answered:
    """Claims first answered in a period, added up by payer, whether they were denied, and for which main reason.

    What a screen says of them are sums of these sums.

    Attributes:
        sums: rows of payer_id, refused, category, carc, claims, amount (denied) and, for each rate among these
            claims, its numerator, denominator and cases (`overturn_rate_numerator` and so on).
        payers: what the payers are called.
        submitted: claims sent in the 90 days before the period.
        rework_days: days from denial to the next sending, each with its claims.
        posted: what was posted in the period.
    """

    filters: Filters
    sums: Sequence[Any]
    payers: Mapping[Any, str]
    submitted: int
    rework_days: Mapping[int, int]
    posted: Kinds

    @property
    def refused(self) -> list[Any]:
        """The sums of denied claims."""
        return [row for row in self.sums if row.refused]

    def rate(self, metric_id: str) -> Measure:
        """One of RATE_IDS, or of the rates among denied claims."""
        rows = self.sums if metric_id in RATE_IDS else self.refused
        top, under, cases = (sum(getattr(row, f"{metric_id}_{part}") for row in rows) for part in _PARTS)
        return Measure(metric_id, ratio(top, under), Decimal(top), Decimal(under), int(cases), self.filters.as_of)


def answered(engine: Source, filters: Filters) -> Answered:
    """What the payers first answered in the period."""
    sums = read_rows(engine, _answered(filters))
    ((submitted,),) = read_rows(engine, _submitted_before(filters))
    rework = {one.waited: one.claims for one in read_rows(engine, _rework_days(filters))}
    posted = posted_by_kind(engine, filters, (filters.date_from, filters.date_to))
    return Answered(filters, sums, dimensions.labels(engine, "payer"), submitted, rework, posted)


@built_once
def _answered(filters: Filters) -> Select:
    row = claim.c
    refused = denied()
    reason = row.initial_category.label("category"), row.initial_carc.label("carc")
    parts = [part for metric_id in (*RATE_IDS, *AMONG_DENIED) for part in _sums(metric_id, filters.as_of)]
    return (
        select(
            row.payer_id,
            refused.label("refused"),
            *reason,
            func.count().label("claims"),
            func.sum(row.initial_denied).label("amount"),
            *parts,
        )
        .where(*adjudicated_in_period(filters))
        .group_by(row.payer_id, refused, row.initial_category, row.initial_carc)
    )


@built_once
def _submitted_before(filters: Filters) -> Select:
    row = claim.c
    return select(func.count()).where(
        row.counts,
        row.first_submitted_on < filters.date_from,
        row.first_submitted_on >= filters.date_from - timedelta(days=90),
        *filters.where(claim),
    )


@built_once
def _rework_days(filters: Filters) -> Select:
    row = claim.c
    return (
        select(row.days_to_rework.label("waited"), func.count().label("claims"))
        .where(*_denied_in_period(filters), row.reworked_on <= filters.as_of)
        .group_by(row.days_to_rework)
    )


def _sums(metric_id: str, as_of: date) -> list[ColumnElement]:
    rate = RATES[metric_id]
    expressions = (rate.numerator(as_of), rate.denominator(as_of), rate.cases(as_of))
    return [part.label(f"{metric_id}_{name}") for part, name in zip(expressions, _PARTS, strict=True)]


def rates_over_time(engine: Source, filters: Filters, months: int = 12) -> dict[str, pd.DataFrame]:
    """RATE_IDS by month of first answer, up to the as-of date: month, numerator, denominator, n, value, partial."""
    period = replace(filters, date_from=months_before(filters.as_of, months), date_to=filters.as_of)
    found = rates_among(engine, RATE_IDS, period, [_MONTH])
    over = (filters.as_of + timedelta(days=1)).day == 1
    this = filters.as_of.replace(day=1)
    return {
        metric_id: frame.assign(partial=[value == this and not over for value in frame["month"]])
        for metric_id, frame in found.items()
    }


def breakdown(engine: Source, filters: Filters, by: str, metric_id: str = "initial_denial_rate") -> pd.DataFrame:
    """A rate by payer_type, payer, facility, department or provider: key, label, numerator, denominator, n, value."""
    frame = with_labels(engine, with_value(read_frame(engine, _breakdown(filters, by, metric_id))), by)
    return frame.sort_values("numerator", ascending=False, ignore_index=True)


@built_once
def _breakdown(filters: Filters, by: str, metric_id: str) -> Select:
    key = dimensions.key(claim, by).label("key")
    return rate_query(RATES[metric_id], filters, [key]).select_from(dimensions.joined(claim, by))


def reasons(found: Answered, by: str = "category") -> pd.DataFrame:
    """A Pareto of denied claims by main reason: key, label, claims, amount, share and running share of claims.

    Args:
        by: category or carc.
    """
    labels = dimensions.labels_of_codes(by)
    keys = _added(found.refused, lambda row: getattr(row, by), "claims", "amount")
    rows = [(claims, key, amount) for key, (claims, amount) in keys.items()]
    rows.sort(key=lambda row: (-row[0], row[1] or ""))  # a denial without a reason has no code
    total = sum(claims for claims, _, _ in rows)
    running = accumulate(claims for claims, _, _ in rows)
    return _frame(
        ("key", "label", "claims", "amount", "share", "running"),
        [
            (key, dimensions.label(by, labels, key), claims, amount, ratio(claims, total), ratio(upto, total))
            for (claims, key, amount), upto in zip(rows, running, strict=True)
        ],
    )


def heat_map(found: Answered, payers: int = 12) -> pd.DataFrame:
    """Denied claims of the payers with most of them: key, payer, category, category_label, claims, amount."""
    labels = dimensions.labels_of_codes("category")
    cells = _added(found.refused, lambda row: (row.payer_id, row.category), "claims", "amount")
    of_payers = _added(found.refused, lambda row: row.payer_id, "claims")
    shown = sorted(of_payers, key=lambda key: of_payers[key], reverse=True)[:payers]
    return _frame(
        ("key", "payer", "category", "category_label", "claims", "amount"),
        [
            (key, dimensions.label("payer", found.payers, key), category, labels.get(category, str(category)), *sums)
            for (key, category), sums in cells.items()
            if key in shown
        ],
    )


def variants(found: Answered) -> list[Measure]:
    """The initial denial rate under its rival definitions, side by side."""
    rates = [found.rate(metric_id) for metric_id in RATE_IDS]
    return [*rates, _submitted_basis(found, rates[0])]


def _submitted_basis(found: Answered, by_count: Measure) -> Measure:
    """HFMA form: denied claims over average claims submitted in the three months before."""
    filters, submitted = found.filters, Decimal(found.submitted)
    expected = (submitted * filters.days / 90).quantize(Decimal("0.01"))
    value = ratio(by_count.numerator, expected)
    return Measure("initial_denial_rate_hfma", value, by_count.numerator, expected, found.submitted, filters.as_of)


@dataclass(frozen=True)
class Outcome:
    """What became of the claims denied in the period. Days to rework are quartiles, None without any."""

    overturn: Measure
    preventable: Measure
    final_denial: Measure
    pending: int
    reworked: int
    rework_quartiles: tuple[float, float, float] | None


def outcome(found: Answered) -> Outcome:
    """Overturn rate with its pending claims, preventable share, final denial rate, and days to rework."""
    overturn, preventable = (found.rate(metric_id) for metric_id in AMONG_DENIED)
    quartiles = [float(value) for value in percentiles(found.rework_days, *_QUARTILES)] if found.rework_days else None
    return Outcome(
        overturn,
        preventable,
        _final_denial(found),
        sum(row.claims for row in found.refused) - int(overturn.denominator or 0),
        sum(found.rework_days.values()),
        (quartiles[0], quartiles[1], quartiles[2]) if quartiles else None,
    )


def _final_denial(found: Answered) -> Measure:
    """Denial write-offs over net revenue, posted in the period."""
    top, under = -found.posted.amount("denial_write_off"), found.posted.amount(*NET_REVENUE)
    cases = found.posted.entries("denial_write_off")
    return Measure("final_denial_rate", ratio(top, under), top, under, cases, found.filters.as_of)


def outcomes_by_payer(found: Answered) -> pd.DataFrame:
    """Overturned, upheld and pending denials, most denied first: key, label, denied, overturned, upheld, pending."""
    sums = _added(
        found.refused, lambda row: row.payer_id, "claims", "overturn_rate_numerator", "overturn_rate_denominator"
    )
    rows = [
        (key, dimensions.label("payer", found.payers, key), denied, overturned, decided - overturned, denied - decided)
        for key, (denied, overturned, decided) in sums.items()
    ]
    rows.sort(key=lambda row: (-row[2], row[1]))
    return _frame(("key", "label", "denied", "overturned", "upheld", "pending"), rows)


def _added(rows: Iterable[Any], key: Callable[[Any], Any], *names: str) -> dict[Any, tuple]:
    """Sums of the named columns by key."""
    sums: dict[Any, list[Any]] = defaultdict(lambda: [0] * len(names))
    for row in rows:
        for place, name in enumerate(names):
            sums[key(row)][place] += getattr(row, name)
    return {found: tuple(values) for found, values in sums.items()}


def _frame(columns: Sequence[str], rows: list[tuple]) -> pd.DataFrame:
    """Rows as a frame that changes no value: an amount stays a Decimal, a missing key None."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame({name: pd.Series(of, dtype=object) for name, of in zip(columns, values, strict=True)})


def _denied_in_period(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    return [denied(), *adjudicated_in_period(filters, month)]


def adjudicated_in_period(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    """Claims first adjudicated in the period or, where a month was chosen, in that month up to the as-of date."""
    on = claim.c.first_remit_on
    when = [on >= filters.date_from, on <= filters.date_to]
    if month is not None:
        when = [claim.c.first_remit_month == month, on <= filters.as_of]
    return [adjudicated(), *when, *filters.where(claim)]


@built_once
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
    known = decided(filters.as_of)
    ends = {
        "overturned": and_(claim.c.overturned, known),
        "upheld": and_(~claim.c.overturned, known),
        "pending": ~func.coalesce(known, false()),
    }
    if "outcome" in selection:
        conditions.append(ends[selection["outcome"]])
    return claims_report("denied_claims", "Denied claims", conditions, ("initial_denial_rate", "overturn_rate"))


@built_once
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
