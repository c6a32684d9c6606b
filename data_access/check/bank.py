"""Reconciliation: deposits, remittances and closings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, SelectBase, func, literal, or_, select, union_all

from data_access.posting import bank, duplicates
from data_access.schema import (
    bank_day,
    billing_entry,
    day_close,
    deposit,
    deposit_match,
    duplicate_posting,
    patient_receipt,
    posted_payment,
    provider_adjustment,
    provider_landing,
    remittance,
    remittance_match,
)


def _matches_add_up() -> SelectBase:
    """What is matched is worth on one side what it is on the other."""
    lines = (
        select(deposit_match.c.match_no, deposit.c.amount)
        .join(deposit, deposit.c.deposit_id == deposit_match.c.deposit_id)
        .where(deposit_match.c.state == "matched")
    )
    remits = (
        select(remittance_match.c.match_no, -remittance.c.amount)
        .join(remittance, remittance.c.remittance_id == remittance_match.c.remittance_id)
        .where(remittance_match.c.state == "matched")
    )
    receipts = select(patient_receipt.c.match_no, -patient_receipt.c.amount).where(patient_receipt.c.state == "matched")
    posted = select(posted_payment.c.match_no, -posted_payment.c.amount).where(posted_payment.c.state == "matched")
    both = union_all(lines, remits, posted, receipts).subquery()
    return select(both.c.match_no).group_by(both.c.match_no).having(func.sum(both.c.amount) != 0)


def _in_one_match() -> SelectBase:
    """Every deposit, remittance and provider-level entry is there once: in one match, or in none."""
    pairs = (
        (deposit, deposit_match, "deposit_id"),
        (remittance, remittance_match, "remittance_id"),
        (provider_adjustment, provider_landing, "provider_adjustment_id"),
    )
    return union_all(
        *(
            select(both.c[0]).group_by(both.c[0]).having(or_(func.count() != 2, func.sum(both.c[1]) != 1))
            for both in (
                union_all(
                    select(fact.c[key].label("id"), literal(1).label("fact")), select(made.c[key], literal(0))
                ).subquery()
                for fact, made, key in pairs
            )
        )
    )


def _days_close() -> SelectBase:
    """Deposits of a day: of each source, explained, returned, and what nothing explains, to the cent."""
    row = bank_day.c
    lines = (
        select(deposit.c.deposited_on, func.sum(deposit.c.amount).label("amount"))
        .join(deposit_match, deposit_match.c.deposit_id == deposit.c.deposit_id)
        .where(deposit_match.c.state != "repeated")
        .group_by(deposit.c.deposited_on)
        .subquery()
    )
    lacks = or_(row.day.is_(None), lines.c.deposited_on.is_(None))
    of: ColumnElement = row.remittances + row.posted + row.patients + row.explained + row.returned + row.open
    return (
        select(row.day, lines.c.deposited_on)
        .join(lines, lines.c.deposited_on == row.day, full=True)
        .where(or_(lacks, row.deposits != lines.c.amount, of != row.deposits))
    )


def _sources_are_entries() -> SelectBase:
    """Payments posted by hand, and days of patient payments, add up to the entries they are made of."""
    row, own, day = billing_entry.c, posted_payment.c, patient_receipt.c
    kinds = row.entry_type.in_(["insurance_payment", "patient_payment"])
    both = union_all(
        select(row.entry_type.label("kind"), row.amount, literal(1).label("entries")).where(kinds, row.amount != 0),
        select(literal("insurance_payment"), -own.amount, -own.entries),
        select(literal("patient_payment"), -day.amount, -day.entries),
    ).subquery()
    off = or_(func.sum(both.c.amount) != 0, func.sum(both.c.entries) != 0)
    return select(both.c.kind).group_by(both.c.kind).having(off)


RULES: dict[str, Callable[[], SelectBase]] = {
    "every matched deposit equals its remittances and payments": _matches_add_up,
    "every deposit, remittance and provider-level entry stands once": _in_one_match,
    "payments posted by hand and days of patient payments add up to their entries": _sources_are_entries,
    "every day of deposits closes to the cent": _days_close,
}


def broken_closings(connection: Connection) -> int:
    """Closings that cannot be replayed: contents that were changed afterwards, or an opening of what was not closed."""
    closed: dict[object, bool] = {}
    broken = 0
    for row in connection.execute(select(day_close).order_by(day_close.c.close_id)):
        held = json.loads(row.contents).values()
        whole = hashlib.sha256(row.contents.encode()).hexdigest() == row.digest
        adds_up = sum((Decimal(line["amount"]) for line in held), Decimal(0)) == row.deposits
        follows = row.action == "close" or closed.get(row.day, False)
        broken += not (whole and adds_up and follows)
        closed[row.day] = row.action == "close"
    return broken


def stale_matches(connection: Connection) -> int:
    """Tables that do not say what follows from deposits, remittances, payments and decisions."""
    return sum(not bank.holds(connection, table, rows) for table, rows in bank.derive(connection).items())


def stale_duplicates(connection: Connection) -> int:
    """Rows about payments posted by hand that a remittance may hold, otherwise than facts and decisions say."""
    kept = {tuple(row) for row in connection.execute(select(duplicate_posting))}
    return len(kept ^ set(duplicates.derive(connection)))


def duplicates_waiting(connection: Connection) -> tuple[Decimal, int]:
    """Of them, what waits for a person: amount and number."""
    row = duplicate_posting.c
    query = select(func.coalesce(func.sum(row.amount), 0), func.count()).where(row.state == "open")
    amount, number = connection.execute(query).one()
    return Decimal(amount), number
