"""Coverage: which insured accounts were verified before the service, and what last checks came before denials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    case,
    cast,
    func,
    select,
)

from data_access.engine import Source, read_frame
from data_access.filters import SELF_PAY, Filters
from data_access.queries import dimensions
from data_access.queries.dimensions import named, with_labels
from data_access.queries.measures import Measure, each, ratio, with_value
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import (
    account_coverage,
    coverage_answer,
    coverage_inquiry,
    eligibility_denial,
    payer,
)

NOT_VERIFIED = "not_verified"
#: Standing of an account's coverage -> what people call it, in the order in which it matters.
STANDINGS = {
    NOT_VERIFIED: "Never checked",
    "asked_unanswered": "Asked, no answer",
    "rejected": "Rejected",
    "late": "Checked afterwards",
    "too_early": "Checked too early",
    "inactive": "Not covered on the day",
    "other_payer_primary": "Another payer is first",
    "active": "Active on the day",
}
#: What came before an eligibility denial -> in words, and who could have prevented it.
CAUSES = {
    "never_asked": ("Never asked", "office"),
    "no_answer": ("Asked, no usable answer", "office"),
    "asked_late": ("Asked only afterwards", "office"),
    "too_early": ("Checked too early", "office"),
    "billed_anyway": ("Known not to be covered", "office"),
    "other_payer_known": ("Other payer was known", "office"),
    "payer_reversed": ("Payer had said active", "payer"),
}
_KNOWN, _DENIED = account_coverage.c, eligibility_denial.c


def anything_asked(engine: Source) -> bool:
    """Whether any inquiry or answer is loaded; without one nothing can be said of verification."""
    with engine.connect() as connection:
        return any(
            connection.execute(select(table.c.load_id).limit(1)).first()
            for table in (coverage_answer, coverage_inquiry)
        )


def _served(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    """Insured accounts first served in the period (or in a chosen month), with what was known on the as-of date.

    An account that no claim names a patient for cannot be found in an answer, and is left out.
    """
    on = _KNOWN.service_from
    when = [on >= filters.date_from, on <= filters.date_to]
    if month is not None:
        when = [on >= month, on < (month + timedelta(days=31)).replace(day=1)]
    self_pay = select(payer.c.payer_id).where(payer.c.payer_type == SELF_PAY)
    return [
        _KNOWN.payer_id.not_in(self_pay),
        *when,
        on <= filters.as_of,
        _KNOWN.known_from <= filters.as_of,
        _KNOWN.known_until > filters.as_of,
        *filters.where(account_coverage),
    ]


def _in_time() -> ColumnElement:
    return func.coalesce(cast(func.sum(case((_KNOWN.in_time, 1), else_=0)), Integer), 0)


def standings(engine: Source, filters: Filters) -> pd.DataFrame:
    """Insured accounts served, by standing: key, label, accounts, charge, in_time; in the order of STANDINGS.

    `in_time`: how many of the accounts were verified in time.
    """
    key = _KNOWN.standing.label("key")
    sums = (func.count().label("accounts"), func.sum(_KNOWN.charge).label("charge"), _in_time().label("in_time"))
    frame = read_frame(engine, select(key, *sums).where(*_served(filters)).group_by(key))
    order = {name: place for place, name in enumerate(STANDINGS)}
    frame = frame.assign(label=[STANDINGS[name] for name in frame["key"]])
    return frame.sort_values("key", key=lambda keys: keys.map(order), ignore_index=True)


def verification(engine: Source, *periods: Filters) -> list[Measure]:
    """The insurance verification rate of each period."""
    rows = each(engine, [select(_in_time(), func.count()).where(*_served(period)) for period in periods])
    return [_verification(row[0], row[1], period) for row, period in zip(rows, periods, strict=True)]


def verified(found: pd.DataFrame, filters: Filters) -> Measure:
    """The insurance verification rate of what `standings` found for the filters."""
    return _verification(int(found["in_time"].sum()), int(found["accounts"].sum()), filters)


def _verification(top: int, under: int, filters: Filters) -> Measure:
    return Measure("verification_rate", ratio(top, under), Decimal(top), Decimal(under), under, filters.as_of)


def verification_by(engine: Source, filters: Filters, by: str) -> pd.DataFrame:
    """The rate by a dimension: key, label, numerator, denominator, n, value; most accounts not in time first."""
    key = dimensions.key(account_coverage, by).label("key")
    counts = (_in_time().label("numerator"), func.count().label("denominator"), func.count().label("n"))
    query = select(key, *counts).select_from(dimensions.joined(account_coverage, by))
    query = query.where(*_served(filters)).group_by(key)
    frame = with_labels(engine, with_value(read_frame(engine, query)), by)
    missed = frame["denominator"] - frame["numerator"]
    return frame.assign(missed=missed).sort_values(["missed", "n"], ascending=False, ignore_index=True)


def verification_over_time(engine: Source, filters: Filters, months: int = 12) -> pd.DataFrame:
    """The rate by month of service up to the as-of date: month, numerator, denominator, n, value, partial."""
    first = filters.as_of.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    period = replace(filters, date_from=first, date_to=filters.as_of)
    month = cast(func.date_trunc("month", _KNOWN.service_from), Date)
    counts = (_in_time().label("numerator"), func.count().label("denominator"), func.count().label("n"))
    query = select(month.label("month"), *counts).where(*_served(period))
    frame = with_value(read_frame(engine, query.group_by("month").order_by("month")))
    this = filters.as_of.replace(day=1) if filters.in_midst_of_month else None
    return frame.assign(partial=[value == this for value in frame["month"]])


def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Insured accounts served, one row each, with what is known of their coverage on the day.

    Args:
        selection: any of a dimension, `standing`, `month` of service (instead of the period).
    """
    selection = selection or {}
    conditions = [*_served(filters, selection.get("month")), *dimensions.narrow(account_coverage, selection)]
    if "standing" in selection:
        conditions.append(_KNOWN.standing == selection["standing"])
    core = select(
        *(_KNOWN[name] for name in _SHOWN),
        case((_KNOWN.standing == "active", 1), else_=0).label("fine"),
    ).where(*conditions)
    order = (("fine", False), ("service_from", True), ("account_id", False))
    return TableReport("coverage", "Insured accounts served", core, _COLUMNS, order, ("verification_rate",), named)


_SHOWN = (
    *("account_id", "patient_id", "facility_id", "provider_id", "payer_id", "account_number", "service_from"),
    *("standing", "answered_on", "days_before", "plan", "other_payer", "copay", "deductible_left", "asked_on"),
    *("department", "charge", "insurance_balance"),
)
_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("fine", "Nothing to do", "count", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("standing", "Coverage"),
    ColumnSpec("answered_on", "Answered on", "date"),
    ColumnSpec("days_before", "Before the service", "days"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("plan", "Plan"),
    ColumnSpec("other_payer", "Other insurance"),
    ColumnSpec("copay", "Copay", "money"),
    ColumnSpec("deductible_left", "Deductible left", "money"),
    ColumnSpec("asked_on", "Asked, not answered", "date"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
    ColumnSpec("charge", "Charges", "money", total=True),
    ColumnSpec("insurance_balance", "Insurance owes now", "money", total=True),
)


def _denied(filters: Filters) -> list[ColumnElement[bool]]:
    on = _DENIED.denied_on
    return [on >= filters.date_from, on <= filters.date_to, *filters.where(eligibility_denial)]


def causes(engine: Source, filters: Filters) -> pd.DataFrame:
    """Claims first denied for eligibility in the period, by the last check: key, label, whose, claims, amount."""
    cause = _DENIED.cause.label("key")
    sums = (func.count().label("claims"), func.sum(_DENIED.amount).label("amount"))
    query = select(cause, *sums).where(*_denied(filters)).group_by(cause)
    frame = read_frame(engine, query)
    words = [CAUSES[key] for key in frame["key"]]
    frame = frame.assign(
        label=pd.Series([label for label, _ in words], dtype="str"),
        whose=pd.Series([whose for _, whose in words], dtype="str"),
    )
    return frame.sort_values(["claims", "key"], ascending=[False, True], ignore_index=True)


def denials_table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims denied for eligibility beside the last check before them, one row a claim.

    Args:
        selection: any of a dimension, `cause`.
    """
    selection = selection or {}
    conditions = [*_denied(filters), *dimensions.narrow(eligibility_denial, selection)]
    if "cause" in selection:
        conditions.append(_DENIED.cause == selection["cause"])
    whose = case(*((_DENIED.cause == key, whose) for key, (_, whose) in CAUSES.items()), else_="")
    core = select(eligibility_denial, whose.label("whose")).where(*conditions)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("claim_id", "Claim id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("service_from", "Service date", "date"),
        ColumnSpec("checked_on", "Last check", "date"),
        ColumnSpec("days_before", "Before the service", "days"),
        ColumnSpec("said", "Payer said"),
        ColumnSpec("denied_on", "Denied on", "date"),
        ColumnSpec("cause", "What went wrong"),
        ColumnSpec("whose", "Whose"),
        ColumnSpec("carc", "Reason", "carc"),
        ColumnSpec("amount", "Denied", "money", total=True),
        ColumnSpec("insurance_balance", "Insurance owes now", "money"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
    )
    order = (("denied_on", True), ("claim_id", False))
    title = "Eligibility denials and the last check before them"
    metrics = ("initial_denial_rate", "verification_rate")
    return TableReport("eligibility_denials", title, core, columns, order, metrics, _with_account)


def _with_account(rows: FromClause) -> Select:
    return named(rows, "account_number", "insurance_balance")
