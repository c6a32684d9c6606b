"""Credit balances: who is owed, since when, and until when it is to be paid back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    type_coerce,
)

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.queries.aging import bucket, stands
from data_access.queries.measures import Measure, in_turn, ratio
from data_access.queries.movement import average_daily_charges
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, open_balance, payer

#: Days to report and return an overpayment of Medicare or Medicaid after it is identified (Social Security Act
#: 1128J(d), 42 U.S.C. 1320a-7k(d); for Medicare also 42 CFR 401.305).
RETURN_DAYS = 60
RETURNED_BY_LAW = ("Medicare", "Medicaid")


def _credits(filters: Filters) -> list[ColumnElement[bool]]:
    """Credits as of the day."""
    return [stands(filters.as_of), open_balance.c.balance < 0, *filters.where(open_balance)]


def by_age(engine: Source, filters: Filters) -> pd.DataFrame:
    """Credits by side and age since they arose: side, bucket, amount, accounts."""
    return read_frame(engine, _by_age(filters))


@built_once
def _by_age(filters: Filters) -> Select:
    row = open_balance.c
    age = bucket(row.credit_since, filters.as_of).label("bucket")
    sums = (-func.sum(row.balance)).label("amount"), func.count().label("accounts")
    return select(row.side, age, *sums).where(*_credits(filters)).group_by(row.side, age)


def credit_days(engine: Source, *periods: Filters) -> list[Measure]:
    """Credit balances over average daily gross charges of the 90 days to the as-of day of each period.

    Partial where the data do not cover those days.
    """
    rows = read_rows(engine, _in_all(periods))
    days = [period.as_of for period in periods]
    daily = average_daily_charges(engine, periods[0], days)
    found = [(Decimal(amount), daily[day], n, day) for (amount, n), day in zip(rows, days, strict=True)]
    return [
        Measure("credit_days", ratio(amount, charged), amount, charged, n, day, partial=charged is None)
        for amount, charged, n, day in found
    ]


@built_once
def _in_all(periods: tuple[Filters, ...]) -> Select:
    query = select(func.coalesce(-func.sum(open_balance.c.balance), 0), func.count())
    return in_turn(query.where(*_credits(period)) for period in periods)


def overdue(engine: Source, filters: Filters) -> tuple[Decimal, int]:
    """Credits of Medicare and Medicaid past their 60 days: amount and accounts."""
    ((amount, n),) = read_rows(engine, _overdue(filters))
    return Decimal(amount), n


@built_once
def _overdue(filters: Filters) -> Select:
    row, late = open_balance.c, filters.as_of - timedelta(days=RETURN_DAYS)
    by_law = payer.c.payer_type.in_(RETURNED_BY_LAW)
    return (
        select(func.coalesce(-func.sum(row.balance), 0), func.count())
        .join(payer, payer.c.payer_id == row.payer_id)
        .where(*_credits(filters), row.side == "insurance", by_law, row.credit_since < late)
    )


@built_once
def table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Credits by account, oldest first.

    A credit counts as identified on the day it arose in the ledger: the office knows no later day. Where no rule is
    known the due date is empty: states and contracts differ.

    Args:
        chosen: any of side, bucket.
    """
    chosen = chosen or {}
    row = open_balance.c
    age = bucket(row.credit_since, filters.as_of)
    core = select(
        row.account_id,
        row.side,
        row.payer_id,
        row.credit_since.label("since"),
        age.label("bucket"),
        (-row.balance).label("amount"),
    ).where(*_credits(filters))
    if "side" in chosen:
        core = core.where(row.side == chosen["side"])
    if "bucket" in chosen:
        core = core.where(age == chosen["bucket"])
    as_of = filters.as_of

    def with_names(rows: FromClause) -> Select:
        return _with_names(rows, as_of)

    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("owed_to", "Owed to"),
        ColumnSpec("payer_type", "Payer type"),
        ColumnSpec("amount", "Credit", "money", total=True),
        ColumnSpec("since", "Credit since", "date"),
        ColumnSpec("bucket", "Age in days"),
        ColumnSpec("due_on", "Refund due", "date"),
        ColumnSpec("rule", "Rule"),
        ColumnSpec("side", "Side", hidden=True),
    )
    order = (("since", False), ("account_id", False), ("side", False))
    metrics = ("credits", "credit_days")
    return TableReport("credits", "Credit balances", core, columns, order, metrics, with_names)


def _with_names(rows: FromClause, as_of: date) -> Select:
    """Join to credits what account and payer are called, and until when the money is to be paid back."""
    to_payer = rows.c.side == "insurance"
    by_law = and_(to_payer, payer.c.payer_type.in_(RETURNED_BY_LAW))
    due = type_coerce(rows.c.since + RETURN_DAYS, Date)
    owed = open_balance.alias("owed").c
    waits = select(owed.account_id).where(
        owed.account_id == rows.c.account_id,
        owed.side == "insurance",
        owed.balance > 0,
        owed.from_date <= as_of,
        owed.to_date > as_of,
    )
    return (
        select(
            *(column for column in rows.c if column.name != "payer_id"),
            account.c.account_number,
            account.c.patient_id,
            case((to_payer, func.coalesce(payer.c.name, "Payer not stated")), else_="Patient").label("owed_to"),
            case((to_payer, func.coalesce(payer.c.payer_type, ""))).label("payer_type"),
            case((by_law, due)).label("due_on"),
            case(
                (
                    by_law,
                    case((due < bindparam(None, as_of, Date), "Past due"), else_="60 days from the day it arose"),
                ),
                (to_payer, "By the payer's contract: not known"),
                (waits.exists(), "Paid ahead: the insurer has not settled"),
                else_="By state law and office policy: not known",
            ).label("rule"),
        )
        .join(account, account.c.account_id == rows.c.account_id)
        .outerjoin(payer, payer.c.payer_id == rows.c.payer_id)
    )
