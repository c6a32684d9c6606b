"""Payments posted by hand without a check number that a remittance may hold as well: both count until a person says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries.reconciliation import Amount, of_payers
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, billing_entry, claim_payment, duplicate_posting, load, payer, remittance

_ROW = duplicate_posting.c


def waiting(engine: Source, filters: Filters | None = None) -> Amount:
    """What may count twice and waits for a person: amount and number, of the whole office or as of the day."""
    ((amount, number),) = read_rows(engine, _waiting(filters))
    return Decimal(amount), number


@built_once
def _waiting(filters: Filters | None) -> Select:
    return select(func.coalesce(func.sum(_ROW.amount), 0), func.count()).where(*_open(filters))


def _open(filters: Filters | None) -> list[ColumnElement[bool]]:
    """Whatever waits is shown however old it is: only the as-of day and the payers of the remittances filter it."""
    conditions: list[ColumnElement[bool]] = [_ROW.state == "open"]
    if filters is not None:
        conditions.append(_ROW.posted_on <= filters.as_of)
        payers = of_payers(remittance, filters)
        if payers:
            paid = claim_payment.c
            of_payments = select(paid.claim_payment_id).join(
                remittance, remittance.c.remittance_id == paid.remittance_id
            )
            conditions.append(_ROW.claim_payment_id.in_(of_payments.where(*payers)))
    return conditions


def _side_by_side(rows: FromClause) -> Select:
    """Join to rows of `duplicate_posting` both payments, each with where it was read."""
    row, paid, sent = billing_entry.c, claim_payment.c, remittance.c
    read, received = load.alias("read"), load.alias("received")
    return (
        select(
            rows.c.billing_entry_id,
            rows.c.claim_payment_id,
            rows.c.account_id,
            account.c.account_number,
            rows.c.amount,
            rows.c.posted_on,
            row.payer_identifier,
            row.method,
            paid.paid_on,
            func.coalesce(payer.c.name, sent.payer_name).label("payer"),
            sent.trace_number,
            rows.c.reason,
            read.c.file_name,
            row.segment_no,
            received.c.file_name.label("remittance_file"),
            paid.segment_no.label("remittance_segment"),
        )
        .join(account, account.c.account_id == rows.c.account_id)
        .join(billing_entry, row.billing_entry_id == rows.c.billing_entry_id)
        .join(read, read.c.load_id == row.load_id)
        .join(claim_payment, paid.claim_payment_id == rows.c.claim_payment_id)
        .join(received, received.c.load_id == paid.load_id)
        .join(remittance, sent.remittance_id == paid.remittance_id)
        .outerjoin(payer, payer.c.payer_id == sent.payer_id)
    )


@built_once
def table(filters: Filters) -> TableReport:
    """What may count twice and waits for a person as of the day, the largest first."""
    columns = (
        ColumnSpec("billing_entry_id", "Entry id", "id", hidden=True),
        ColumnSpec("claim_payment_id", "Payment id", "id", hidden=True),
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("amount", "Amount", "money", total=True),
        ColumnSpec("posted_on", "Posted by hand on", "date"),
        ColumnSpec("paid_on", "Remittance of", "date"),
        ColumnSpec("payer", "Payer of the remittance"),
        ColumnSpec("trace_number", "Its trace number"),
        ColumnSpec("reason", "Why"),
        ColumnSpec("file_name", "File of the entry"),
        ColumnSpec("segment_no", "Its line", "count"),
        ColumnSpec("remittance_file", "File of the remittance"),
        ColumnSpec("remittance_segment", "Its segment", "count"),
    )
    order = (("amount", True), ("posted_on", False), ("billing_entry_id", False))
    core = select(duplicate_posting).where(*_open(filters))
    return TableReport("posted_twice", "May count twice", core, columns, order, join=_side_by_side)


def one(engine: Source, billing_entry_id: int) -> dict[str, Any] | None:
    """The two payments of an entry that waits for a person, as in `table`, with payer_identifier and method of the
    entry; None when nothing about it waits."""
    pair = select(duplicate_posting).where(_ROW.billing_entry_id == billing_entry_id, *_open(None)).subquery("pair")
    query = _side_by_side(pair)
    with engine.connect() as connection:
        found = connection.execute(query).mappings().first()
    return dict(found) if found else None
