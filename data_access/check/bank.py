"""Reconciliation: deposits, remittances and closings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, SelectBase, func, literal, or_, select, union_all

from data_access.posting import bank
from data_access.schema import (
    bank_day,
    day_close,
    deposit,
    deposit_match,
    patient_receipt,
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
    both = union_all(lines, remits, receipts).subquery()
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
    """Deposits of a day: of remittances, patients, explained, returned, and what nothing explains, to the cent."""
    row = bank_day.c
    lines = (
        select(deposit.c.deposited_on, func.sum(deposit.c.amount).label("amount"))
        .join(deposit_match, deposit_match.c.deposit_id == deposit.c.deposit_id)
        .where(deposit_match.c.state != "repeated")
        .group_by(deposit.c.deposited_on)
        .subquery()
    )
    lacks = or_(row.day.is_(None), lines.c.deposited_on.is_(None))
    of: ColumnElement = row.remittances + row.patients + row.explained + row.returned + row.open
    return (
        select(row.day, lines.c.deposited_on)
        .join(lines, lines.c.deposited_on == row.day, full=True)
        .where(or_(lacks, row.deposits != lines.c.amount, of != row.deposits))
    )


RULES: dict[str, Callable[[], SelectBase]] = {
    "every matched deposit equals its remittances and patient payments": _matches_add_up,
    "every deposit, remittance and provider-level entry stands once": _in_one_match,
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
