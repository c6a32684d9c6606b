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
    Engine,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    select,
)

from data_access.engine import read_frame
from data_access.filters import SELF_PAY, Filters
from data_access.queries import dimensions
from data_access.queries.denials import adjudicated_in_period
from data_access.queries.dimensions import patient_name, payer_name, with_labels, with_names
from data_access.queries.measures import Measure, ratio, with_value
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import (
    account,
    account_coverage,
    claim,
    coverage_answer,
    coverage_inquiry,
    facility,
    patient,
    payer,
    provider,
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
ELIGIBILITY = "eligibility"
_KNOWN = account_coverage.c


def anything_asked(engine: Engine) -> bool:
    """Whether any inquiry or answer is loaded; without one nothing can be said of verification."""
    with engine.connect() as connection:
        return any(
            connection.execute(select(table.c.load_id).limit(1)).first()
            for table in (coverage_answer, coverage_inquiry)
        )


def _insured() -> FromClause:
    """Accounts with what is known of their coverage; those never asked about have none."""
    return account.outerjoin(account_coverage, _KNOWN.account_id == account.c.account_id)


def _served(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    """Insured accounts first served in the period (or in a chosen month), up to the as-of date.

    An account that no claim names a patient for cannot be found in an answer, and is left out.
    """
    on = account.c.service_from
    when = [on >= filters.date_from, on <= filters.date_to]
    if month is not None:
        when = [on >= month, on < (month + timedelta(days=31)).replace(day=1)]
    self_pay = select(payer.c.payer_id).where(payer.c.payer_type == SELF_PAY)
    return [
        account.c.payer_id.is_not(None),
        account.c.patient_id.is_not(None),
        account.c.payer_id.not_in(self_pay),
        *when,
        on <= filters.as_of,
        *filters.where(account),
    ]


def _standing() -> ColumnElement:
    return func.coalesce(_KNOWN.standing, NOT_VERIFIED)


def _in_time() -> ColumnElement:
    return func.coalesce(cast(func.sum(case((_KNOWN.in_time, 1), else_=0)), Integer), 0)


def standings(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Insured accounts served, by standing: key, label, accounts, charge, in_time; in the order of STANDINGS.

    `in_time`: how many of the accounts were verified in time.
    """
    key = _standing().label("key")
    sums = (func.count().label("accounts"), func.sum(account.c.charge).label("charge"), _in_time().label("in_time"))
    frame = read_frame(engine, select(key, *sums).select_from(_insured()).where(*_served(filters)).group_by("key"))
    order = {name: place for place, name in enumerate(STANDINGS)}
    frame = frame.assign(label=[STANDINGS[name] for name in frame["key"]])
    return frame.sort_values("key", key=lambda keys: keys.map(order), ignore_index=True)


def verification(engine: Engine, filters: Filters) -> Measure:
    """The insurance verification rate of the period."""
    return verified(standings(engine, filters), filters)


def verified(found: pd.DataFrame, filters: Filters) -> Measure:
    """The insurance verification rate of what `standings` found for the filters."""
    top, under = (int(found[name].sum()) for name in ("in_time", "accounts"))
    return Measure("verification_rate", ratio(top, under), Decimal(top), Decimal(under), under, filters.as_of)


def verification_by(engine: Engine, filters: Filters, by: str) -> pd.DataFrame:
    """The rate by a dimension: key, label, numerator, denominator, n, value; most accounts not in time first."""
    joined = _insured()
    if by == "payer_type":
        joined = joined.outerjoin(payer, payer.c.payer_id == account.c.payer_id)
    key = dimensions.key(account, by)
    counts = (_in_time().label("numerator"), func.count().label("denominator"), func.count().label("n"))
    query = select(key.label("key"), *counts).select_from(joined).where(*_served(filters)).group_by("key")
    frame = with_labels(engine, with_value(read_frame(engine, query)), by)
    missed = frame["denominator"] - frame["numerator"]
    return frame.assign(missed=missed).sort_values(["missed", "n"], ascending=False, ignore_index=True)


def verification_over_time(engine: Engine, filters: Filters, months: int = 12) -> pd.DataFrame:
    """The rate by month of service up to the as-of date: month, numerator, denominator, n, value, partial."""
    first = filters.as_of.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    period = replace(filters, date_from=first, date_to=filters.as_of)
    month = cast(func.date_trunc("month", account.c.service_from), Date)
    counts = (_in_time().label("numerator"), func.count().label("denominator"), func.count().label("n"))
    query = select(month.label("month"), *counts).select_from(_insured()).where(*_served(period))
    frame = with_value(read_frame(engine, query.group_by("month").order_by("month")))
    this = filters.as_of.replace(day=1) if filters.in_midst_of_month else None
    return frame.assign(partial=[value == this for value in frame["month"]])


def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Insured accounts served, one row each, with what is known of their coverage on the day.

    Args:
        selection: any of a dimension, `standing`, `month` of service (instead of the period).
    """
    selection = selection or {}
    conditions = [*_served(filters, selection.get("month")), *dimensions.narrow(account, selection)]
    if "standing" in selection:
        conditions.append(_standing() == selection["standing"])
    row = account.c
    core = (
        select(
            row.account_id,
            row.account_number,
            row.patient_id,
            row.payer_id,
            row.facility_id,
            row.department,
            row.provider_id,
            row.service_from,
            row.charge,
            row.insurance_balance,
            _KNOWN.coverage_answer_id,
            _standing().label("standing"),
            case((_KNOWN.standing == "active", 1), else_=0).label("fine"),
            _KNOWN.asked_on,
            _KNOWN.answered_on,
            _KNOWN.days_before,
        )
        .select_from(_insured())
        .where(*conditions)
    )
    whole = _with_answer(core.subquery("core"))
    order = (("fine", False), ("service_from", True), ("account_id", False))
    return TableReport(
        "coverage", "Insured accounts served", whole, _COLUMNS, order, ("verification_rate",), core, _with_answer
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


def _with_answer(rows: FromClause) -> Select:
    """Join to accounts their answer's figures, and names."""
    own = [column for column in rows.c if not column.name.endswith("_id") or column.name == "account_id"]
    said = coverage_answer.c
    query = select(
        *own,
        said.plan,
        said.other_payer,
        said.copay,
        said.deductible_left,
        patient_name().label("patient"),
        payer_name().label("payer"),
        facility.c.name.label("facility"),
        provider.c.name.label("provider"),
    ).select_from(rows)
    query = with_names(query, rows).outerjoin(patient, patient.c.patient_id == rows.c.patient_id)
    return query.outerjoin(coverage_answer, said.coverage_answer_id == rows.c.coverage_answer_id)


def _cause() -> ColumnElement:
    """What the last check before a denial was; what was said only after the claim was sent came too late."""
    known_before = _KNOWN.answered_on <= claim.c.first_submitted_on
    return case(
        (_KNOWN.standing.is_(None), "never_asked"),
        (_KNOWN.standing.in_(["asked_unanswered", "rejected"]), "no_answer"),
        (and_(_KNOWN.standing == "inactive", known_before), "billed_anyway"),
        (and_(_KNOWN.standing == "other_payer_primary", known_before), "other_payer_known"),
        (_KNOWN.days_before < 0, "asked_late"),
        (_KNOWN.standing == "too_early", "too_early"),
        (_KNOWN.standing == "active", "payer_reversed"),
        else_="asked_late",
    )


def _denied(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    return [
        *adjudicated_in_period(filters, month),
        claim.c.initial_outcome.in_(["denied", "partly_denied"]),
        claim.c.initial_category == ELIGIBILITY,
    ]


def _claims() -> FromClause:
    return claim.outerjoin(account_coverage, _KNOWN.account_id == claim.c.account_id)


def causes(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Claims first denied for eligibility in the period, by the last check: key, label, whose, claims, amount."""
    cause = _cause()
    query = (
        select(cause.label("key"), func.count().label("claims"), func.sum(claim.c.initial_denied).label("amount"))
        .select_from(_claims())
        .where(*_denied(filters))
        .group_by("key")
    )
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
    cause = _cause()
    conditions = [*_denied(filters), *dimensions.narrow(claim, selection)]
    if "cause" in selection:
        conditions.append(cause == selection["cause"])
    said = case(
        (_KNOWN.covered.is_(True), "active"),
        (_KNOWN.covered.is_(False), "inactive"),
        else_=func.coalesce(_KNOWN.standing, NOT_VERIFIED),
    )
    core = (
        select(
            claim.c.account_id,
            claim.c.claim_id,
            claim.c.patient_id,
            claim.c.payer_id,
            claim.c.facility_id,
            claim.c.provider_id,
            claim.c.service_from,
            claim.c.first_remit_on,
            claim.c.initial_carc,
            cause.label("cause"),
            case(*((cause == key, whose) for key, (_, whose) in CAUSES.items()), else_="").label("whose"),
            func.coalesce(_KNOWN.answered_on, _KNOWN.asked_on).label("checked_on"),
            _KNOWN.days_before,
            said.label("said"),
            claim.c.department,
            claim.c.initial_denied,
        )
        .select_from(_claims())
        .where(*conditions)
    )
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("claim_id", "Claim id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("service_from", "Service date", "date"),
        ColumnSpec("checked_on", "Last check", "date"),
        ColumnSpec("days_before", "Before the service", "days"),
        ColumnSpec("said", "Payer said"),
        ColumnSpec("first_remit_on", "Denied on", "date"),
        ColumnSpec("cause", "What went wrong"),
        ColumnSpec("whose", "Whose"),
        ColumnSpec("initial_carc", "Reason", "carc"),
        ColumnSpec("initial_denied", "Denied", "money", total=True),
        ColumnSpec("insurance_balance", "Insurance owes now", "money"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
    )
    order = (("first_remit_on", True), ("claim_id", False))
    title = "Eligibility denials and the last check before them"
    metrics = ("initial_denial_rate", "verification_rate")
    whole = _with_account(core.subquery("core"))
    return TableReport("eligibility_denials", title, whole, columns, order, metrics, core, _with_account)


def _with_account(rows: FromClause) -> Select:
    """Join to denied claims their account, and names."""
    kept = ("account_id", "claim_id")
    query = select(
        *(column for column in rows.c if not column.name.endswith("_id") or column.name in kept),
        account.c.account_number,
        account.c.insurance_balance,
        patient_name().label("patient"),
        payer_name().label("payer"),
        facility.c.name.label("facility"),
    ).select_from(rows)
    query = query.join(account, account.c.account_id == rows.c.account_id)
    return with_names(query, rows).outerjoin(patient, patient.c.patient_id == rows.c.patient_id)
