"""Credit balances: who is owed, since when, and until when it is to be paid back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import Date, Engine, Subquery, and_, bindparam, case, func, select, type_coerce

from data_access.engine import read_frame
from data_access.filters import Filters
from data_access.queries.aging import bucket, stands
from data_access.queries.dimensions import patient_name
from data_access.queries.measures import Measure, ratio
from data_access.queries.movement import average_daily_charges
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, open_balance, patient, payer

#: Days to report and return a Medicare overpayment after it is identified (42 CFR 401.305).
MEDICARE_DAYS = 60
MEDICARE = "Medicare"


def _since(filters: Filters) -> Subquery:
    """Day from which each balance that is a credit now was a credit without a break: account, side, payer, since."""
    now, row, before = open_balance.alias("now"), open_balance.alias("begins"), open_balance.alias("before")

    def same(one: Any, other: Any) -> Any:
        payers = func.coalesce(one.c.payer_id, 0) == func.coalesce(other.c.payer_id, 0)
        return and_(one.c.account_id == other.c.account_id, one.c.side == other.c.side, payers)

    on, of = filters.as_of, func.coalesce(now.c.payer_id, 0)
    return (
        select(now.c.account_id, now.c.side, of.label("payer_id"), func.max(row.c.from_date).label("since"))
        .join(row, and_(same(row, now), row.c.balance < 0, row.c.from_date <= now.c.from_date))
        .outerjoin(before, and_(same(before, row), before.c.balance < 0, before.c.to_date == row.c.from_date))
        .where(now.c.balance < 0, now.c.from_date <= on, now.c.to_date > on, before.c.account_id.is_(None))
        .group_by(now.c.account_id, now.c.side, of)
        .subquery("since")
    )


def _credits(filters: Filters) -> Subquery:
    """Credits as of the day: account_id, side, payer_id, since, amount (positive)."""
    row, since = open_balance.c, _since(filters)
    return (
        select(row.account_id, row.side, row.payer_id, since.c.since, (-row.balance).label("amount"))
        .join(
            since,
            and_(
                since.c.account_id == row.account_id,
                since.c.side == row.side,
                since.c.payer_id == func.coalesce(row.payer_id, 0),
            ),
        )
        .where(stands(filters.as_of), row.balance < 0, *filters.where(open_balance))
        .subquery("credits")
    )


def by_age(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Credits by side and age since they arose: side, bucket, amount, accounts."""
    found = _credits(filters)
    age = bucket(found.c.since, filters.as_of)
    query = select(
        found.c.side,
        age.label("bucket"),
        func.sum(found.c.amount).label("amount"),
        func.count().label("accounts"),
    ).group_by(found.c.side, age)
    return read_frame(engine, query)


def credit_days(engine: Engine, filters: Filters) -> Measure:
    """Credit balances over average daily gross charges of the 90 days to the as-of day."""
    row = open_balance.c
    query = select(func.coalesce(-func.sum(row.balance), 0), func.count()).where(
        stands(filters.as_of), row.balance < 0, *filters.where(open_balance)
    )
    with engine.connect() as connection:
        amount, n = connection.execute(query).one()
    daily = average_daily_charges(engine, filters, [filters.as_of])[filters.as_of]
    value = ratio(Decimal(amount), daily) if daily else None
    return Measure("credit_days", value, Decimal(amount), daily, n, filters.as_of)


def overdue(engine: Engine, filters: Filters) -> tuple[Decimal, int]:
    """Medicare credits past their 60 days: amount and accounts."""
    found = _credits(filters)
    late = filters.as_of - timedelta(days=MEDICARE_DAYS)
    query = (
        select(func.coalesce(func.sum(found.c.amount), 0), func.count())
        .join(payer, payer.c.payer_id == found.c.payer_id)
        .where(found.c.side == "insurance", payer.c.payer_type == MEDICARE, found.c.since < late)
    )
    with engine.connect() as connection:
        amount, n = connection.execute(query).one()
    return Decimal(amount), n


def table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Credits by account, oldest first.

    A credit counts as identified on the day it arose in the ledger: the office knows no later day. Where no rule is
    known the due date is empty: states and contracts differ.

    Args:
        chosen: any of side, bucket.
    """
    chosen = chosen or {}
    found = _credits(filters)
    age = bucket(found.c.since, filters.as_of)
    to_payer = found.c.side == "insurance"
    medicare = and_(to_payer, payer.c.payer_type == MEDICARE)
    due = type_coerce(found.c.since + MEDICARE_DAYS, Date)
    as_of = bindparam(None, filters.as_of, Date)
    query = (
        select(
            found.c.account_id,
            account.c.account_number,
            patient_name().label("patient"),
            found.c.side,
            case((to_payer, func.coalesce(payer.c.name, "Payer not stated")), else_="Patient").label("owed_to"),
            case((to_payer, func.coalesce(payer.c.payer_type, ""))).label("payer_type"),
            found.c.since,
            age.label("bucket"),
            case((medicare, due)).label("due_on"),
            case(
                (medicare, case((due < as_of, "Past due"), else_="60 days from the day it arose")),
                (to_payer, "By the payer's contract: not known"),
                else_="By state law and office policy: not known",
            ).label("rule"),
            found.c.amount,
        )
        .join(account, account.c.account_id == found.c.account_id)
        .outerjoin(patient, patient.c.patient_id == account.c.patient_id)
        .outerjoin(payer, payer.c.payer_id == found.c.payer_id)
    )
    if "side" in chosen:
        query = query.where(found.c.side == chosen["side"])
    if "bucket" in chosen:
        query = query.where(age == chosen["bucket"])
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
    return TableReport("credits", "Credit balances", query, columns, order, ("credits", "credit_days"))
