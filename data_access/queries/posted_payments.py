"""Insurance payments posted by hand, without a remittance: did their money come to the bank?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Engine, func, select

from data_access.engine import read_frame
from data_access.filters import Filters
from data_access.queries.reconciliation import Amount, of_payers
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import payer, posted_payment


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    row = posted_payment.c
    return [row.posted_on >= filters.date_from, row.posted_on <= filters.date_to, *of_payers(posted_payment, filters)]


def by_state(engine: Engine, filters: Filters) -> dict[str, Amount]:
    """Payments posted in the period by what became of them: amount and number."""
    row = posted_payment.c
    query = select(row.state, func.sum(row.amount), func.count()).where(*_conditions(filters)).group_by(row.state)
    with engine.connect() as connection:
        return {state: (amount, number) for state, amount, number in connection.execute(query)}


def by_month(engine: Engine, filters: Filters) -> pd.DataFrame:
    """The same by month of posting: month, state, amount."""
    row = posted_payment.c
    query = (
        select(row.posted_month.label("month"), row.state, func.sum(row.amount).label("amount"))
        .where(*_conditions(filters))
        .group_by(row.posted_month, row.state)
        .order_by(row.posted_month)
    )
    return read_frame(engine, query)


def table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Payments posted in the period, one row a check (or a payer's day where no number is stated).

    Args:
        chosen: any of state, month.
    """
    chosen = chosen or {}
    row = posted_payment.c
    query = (
        select(
            row.payment_key,
            row.posted_on,
            func.coalesce(payer.c.name, "Not stated").label("payer"),
            row.check_number,
            row.entries,
            row.state,
            row.how,
            row.deposited_on,
            row.difference,
            row.reason,
            row.amount,
        )
        .outerjoin(payer, payer.c.payer_id == row.payer_id)
        .where(*_conditions(filters))
    )
    if "month" in chosen:
        query = query.where(row.posted_month == chosen["month"])
    if "state" in chosen:
        query = query.where(row.state == chosen["state"])
    columns = (
        ColumnSpec("payment_key", "Payment key", "id", hidden=True),
        ColumnSpec("posted_on", "Posted on", "date"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("check_number", "Check number"),
        ColumnSpec("amount", "Posted", "money", total=True),
        ColumnSpec("entries", "Entries", "count"),
        ColumnSpec("state", "State"),
        ColumnSpec("deposited_on", "Deposited on", "date"),
        ColumnSpec("difference", "Bank less posted", "money"),
        ColumnSpec("how", "Matched by"),
        ColumnSpec("reason", "Why"),
    )
    order = (("posted_on", True), ("payment_key", False))
    return TableReport("posted_payments", "Insurance payments posted by hand", query, columns, order)
