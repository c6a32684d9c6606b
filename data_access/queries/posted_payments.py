"""Insurance payments posted by hand, without a remittance: did their money come to the bank, and whose is it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, case, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.posting.bank.posted import entries_of
from data_access.queries.reconciliation import Amount, known, of_payers, state_of
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import billing_entry, ledger_entry, load, payer, posted_payment


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    row = posted_payment.c
    return [row.posted_on >= filters.date_from, row.posted_on <= filters.date_to, *of_payers(posted_payment, filters)]


def by_state(engine: Source, filters: Filters) -> dict[str, Amount]:
    """Payments posted in the period by what became of them: amount and number."""
    return {state: (amount, number) for state, amount, number in read_rows(engine, _by_state(filters))}


@built_once
def _by_state(filters: Filters) -> Select:
    row, state = posted_payment.c, state_of(posted_payment, filters)
    return select(state, func.sum(row.amount), func.count()).where(*_conditions(filters)).group_by(state)


def by_month(engine: Source, filters: Filters) -> pd.DataFrame:
    """The same by month of posting: month, state, amount."""
    return read_frame(engine, _by_month(filters))


@built_once
def _by_month(filters: Filters) -> Select:
    row, state = posted_payment.c, state_of(posted_payment, filters)
    return (
        select(row.posted_month.label("month"), state.label("state"), func.sum(row.amount).label("amount"))
        .where(*_conditions(filters))
        .group_by(row.posted_month, state)
        .order_by(row.posted_month)
    )


@built_once
def table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Payments posted in the period, one row a check (or a payer's day where no number is stated).

    Args:
        chosen: any of state, month.
    """
    chosen = chosen or {}
    row, state = posted_payment.c, state_of(posted_payment, filters)
    query = (
        select(
            row.payment_key,
            row.posted_on,
            func.coalesce(payer.c.name, "Not stated").label("payer"),
            row.check_number,
            row.entries,
            state.label("state"),
            *(known(row[name], filters).label(name) for name in ("how", "deposited_on", "difference", "reason")),
            row.amount,
        )
        .outerjoin(payer, payer.c.payer_id == row.payer_id)
        .where(*_conditions(filters))
    )
    if "month" in chosen:
        query = query.where(row.posted_month == chosen["month"])
    if "state" in chosen:
        query = query.where(state == chosen["state"])
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


def one(engine: Source, payment_key: str) -> dict[str, Any] | None:
    """A payment posted by hand: payer, check_number, posted_on, amount, and `entry_ids`, those it is made of; None
    when nothing that is loaded has this key."""
    row = posted_payment.c
    query = (
        select(payer.c.name.label("payer"), row.check_number, row.posted_on, row.amount)
        .outerjoin(payer, payer.c.payer_id == row.payer_id)
        .where(row.payment_key == payment_key)
    )
    with engine.connect() as connection:
        found = connection.execute(query).mappings().first()
        return {**found, "entry_ids": entries_of(connection, payment_key)} if found else None


def entries(entry_ids: Sequence[int]) -> TableReport:
    """Entries of the billing system, whatever their day and payer: those of a payment add up to it to the cent."""
    row = billing_entry.c
    posted = select(ledger_entry.c.account_id).where(
        ledger_entry.c.account_id == row.account_id, ledger_entry.c.billing_entry_id == row.billing_entry_id
    )
    query = (
        select(
            row.billing_entry_id,
            row.account_id,
            row.account_number,
            row.posted_on,
            row.amount,
            case(
                (row.account_id.is_(None), "On no account"),
                (posted.exists(), "In the ledger"),
                else_="In a remittance, which counts",
            ).label("counts"),
            row.payer_identifier,
            row.check_number,
            row.method,
            load.c.file_name,
            row.segment_no,
        )
        .join(load, load.c.load_id == row.load_id)
        .where(row.billing_entry_id.in_(entry_ids))
    )
    columns = (
        ColumnSpec("billing_entry_id", "Entry id", "id", hidden=True),
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("posted_on", "Posted on", "date"),
        ColumnSpec("amount", "Posted", "money", total=True),
        ColumnSpec("counts", "Where it counts"),
        ColumnSpec("payer_identifier", "Payer as stated"),
        ColumnSpec("check_number", "Check number"),
        ColumnSpec("method", "Method"),
        ColumnSpec("file_name", "File"),
        ColumnSpec("segment_no", "Line of the file", "count"),
    )
    order = (("posted_on", False), ("billing_entry_id", False))
    return TableReport("posted_entries", "Entries of the billing system", query, columns, order)
