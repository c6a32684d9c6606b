"""The delinquent accounts: who owes what, for how long, and which payers have gone silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    FromClause,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)

from data_access.built_once import built_once
from data_access.dates import last_of_month, parted_months
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries import dimensions, due
from data_access.queries.aging import anchor, bucket, side, stands
from data_access.queries.dimensions import named
from data_access.queries.measures import percentiles
from data_access.queries.table import ColumnSpec, TableReport, totals
from data_access.schema import account, answer_month, claim_progress, open_balance

RESPONSIBLE = {"insurance": "Insurance", "unbilled": "Not billed yet", "patient": "Patient", "credit": "Credit"}
#: Days of silence after which a payer without a history of its own counts as silent.
DEFAULT_SILENCE = 45
_MIN_HISTORY = 30
_USUAL = Fraction(9, 10)


@dataclass(frozen=True)
class AccountFilters:
    """What to list beyond the shared filters. `responsible`: keys of RESPONSIBLE, all when empty."""

    responsible: tuple[str, ...] = ()
    min_balance: Decimal | None = None
    max_balance: Decimal | None = None
    min_age: int | None = None
    silent_only: bool = False
    denied_only: bool = False


def silence_limits(engine: Source, as_of: date) -> dict[int, int]:
    """By payer, the 90th percentile of its own days from submission to first answer, over the year to a day."""
    waits: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for payer_id, waited, claims in read_rows(engine, _waits_until(as_of)):
        waits[payer_id][waited] += claims
    enough = {payer_id: cases for payer_id, cases in waits.items() if sum(cases.values()) >= _MIN_HISTORY}
    return {payer_id: int(percentiles(cases, _USUAL)[0]) for payer_id, cases in enough.items()}


@built_once
def _waits_until(as_of: date) -> CompoundSelect:
    """Payer, days and claims: of whole months as they are kept, of the others as is said of each claim."""
    first = as_of - timedelta(days=364)
    parted = parted_months(first, as_of)
    kept, row = answer_month.c, claim_progress.c
    whole = (
        select(kept.payer_id, kept.days, cast(func.sum(kept.claims), BigInteger))
        .where(kept.answered_month >= first, kept.answered_month <= as_of, kept.answered_month.not_in(parted))
        .group_by(kept.payer_id, kept.days)
    )
    parts = (
        select(row.payer_id, row.days_to_adjudication, func.count())
        .where(
            row.counts,
            row.payer_id.is_not(None),
            row.days_to_adjudication.is_not(None),
            row.bill_adjudicated_on >= max(first, month),
            row.bill_adjudicated_on <= min(as_of, last_of_month(month)),
        )
        .group_by(row.payer_id, row.days_to_adjudication)
        for month in parted
    )
    return union_all(whole, *parts)


@built_once
def table(
    filters: Filters,
    chosen: AccountFilters | None = None,
    selection: Mapping[str, Any] | None = None,
    limits: Mapping[int, int] | None = None,
) -> TableReport:
    """Accounts with an open balance, one row for each account and side that owes.

    The balances are those of Aging for the same filters. `limits`: see `silence_limits`, for the column
    of days beyond the payer's own usual time to answer.
    """
    chosen, limits = chosen or AccountFilters(), limits or {}
    row = open_balance.c
    as_of = bindparam(None, filters.as_of, Date)
    age = type_coerce(as_of - anchor(filters), Integer)
    core = select(
        row.account_id,
        row.payer_id,
        row.facility_id,
        row.provider_id,
        side().label("side"),
        row.balance,
        age.label("age"),
        bucket(anchor(filters), filters.as_of).label("bucket"),
        row.unanswered_since,
        row.department,
    )
    conditions = [
        stands(filters.as_of),
        *filters.where(open_balance),
        *dimensions.narrow(open_balance, selection or {}),
        *_chosen(chosen, filters),
    ]
    if chosen.silent_only:
        conditions.append(days_silent(filters, limits, row.payer_id, row.unanswered_since) > 0)
    if chosen.denied_only:
        core = core.join(account, account.c.account_id == row.account_id)
        conditions.append(account.c.denied > 0)
    core = core.where(*conditions)

    def with_account(rows: FromClause) -> Select:
        return _with_account(rows, days_silent(filters, limits, rows.c.payer_id, rows.c.unanswered_since))

    order = (("balance", True), ("account_id", False), ("side", False))
    metric_ids = ("ar", "insurance_ar", "patient_ar")
    return TableReport("accounts", "Balances of accounts", core, _COLUMNS, order, metric_ids, with_account)


def number_of_accounts(engine: Source, report: TableReport) -> int:
    """Of how many accounts the balances of a table are: one with a balance on both sides has a row for each."""
    ((number,),) = read_rows(engine, _number_of_accounts(report.query))
    return number


@built_once
def _number_of_accounts(query: Select) -> Select:
    rows = query.subquery("rows")
    accounts = select(rows.c.account_id).distinct().subquery("accounts")
    return select(func.count()).select_from(accounts)


def _with_account(rows: FromClause, silent: ColumnElement[int]) -> Select:
    """Join to balances what is known of their account, and what its patient, payer, facility and provider are called.

    Not in the core: joining every open balance to its account costs many times what sorting and adding them does.
    """
    still_due = rows.c.account_id.not_in(due.appealed())
    return named(rows, *_ACCOUNT_FACTS, "patient_id").add_columns(
        case((silent > 0, silent)).label("silent"),
        case((still_due, account.c.appeal_deadline)).label("appeal_deadline"),
    )


_ACCOUNT_FACTS = (
    "account_number",
    "denied",
    "denial_category",
    "service_from",
    "last_submitted_on",
    "last_remit_on",
    "last_statement_on",
    "last_payment_on",
)
#: What every list of accounts ends with.
WHEN_AND_WHERE = (
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("last_submitted_on", "Last sent", "date"),
    ColumnSpec("last_remit_on", "Last answer", "date"),
    ColumnSpec("last_statement_on", "Last statement", "date"),
    ColumnSpec("last_payment_on", "Last payment", "date"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)
_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("side", "Owed by"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("balance", "Balance", "money", total=True),
    ColumnSpec("age", "Age", "days"),
    ColumnSpec("bucket", "Bucket"),
    ColumnSpec("silent", "Silent beyond usual", "days"),
    ColumnSpec("denied", "Denied", "money"),
    ColumnSpec("denial_category", "Denial"),
    ColumnSpec("appeal_deadline", "Appeal by", "date"),
    *WHEN_AND_WHERE,
)


def days_silent(
    filters: Filters, limits: Mapping[int, int], payer_id: ColumnElement, unanswered_since: ColumnElement
) -> ColumnElement[int]:
    """Days beyond the payer's own usual time since the last submission, while it owes and has not answered that."""
    limit: Any = (
        case(*((payer_id == key, days) for key, days in limits.items()), else_=DEFAULT_SILENCE)
        if limits
        else literal(DEFAULT_SILENCE)
    )
    waited = type_coerce(bindparam(None, filters.as_of, Date) - unanswered_since, Integer)
    return func.coalesce(waited - limit, 0)


def _chosen(chosen: AccountFilters, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.responsible:
        conditions.append(side().in_(chosen.responsible))
    if chosen.min_balance is not None:
        conditions.append(open_balance.c.balance >= chosen.min_balance)
    if chosen.max_balance is not None:
        conditions.append(open_balance.c.balance <= chosen.max_balance)
    if chosen.min_age is not None:
        conditions.append(anchor(filters) <= filters.as_of - timedelta(days=chosen.min_age))
    return conditions


def silent_total(engine: Source, filters: Filters, limits: Mapping[int, int]) -> tuple[int, Decimal]:
    """Accounts and balance of which the payer has been silent beyond its own usual time, one of `silence_limits`."""
    report = table(filters, AccountFilters(silent_only=True), limits=limits)
    count, sums = totals(engine, report)
    return count, sums["balance"]
