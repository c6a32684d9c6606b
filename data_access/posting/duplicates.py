"""Payments posted by hand that a remittance may hold as well: both count in the ledger, and only one should.

An entry without a check number cannot prove that it is the payment of a remittance, so nothing is dropped by itself: a
person says whether the two are the same payment. Suspected is what agrees in account and amount, in the payer where one
is named, and lies as near in days as a deposit may; one entry for one payment, the nearest first. What was paid and
taken back again is not suspected, nor what an entry under the number of the remittance stands for already.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, and_, exists, func, or_, select

from data_access.bulk import bulk_insert
from data_access.counting import counted
from data_access.posting.bank.facts import plain_number
from data_access.posting.bank.match import TRACE_DAYS
from data_access.posting.scope import Scope, days_between
from data_access.schema import (
    account,
    bank_decision,
    bank_decision_item,
    billing_entry,
    claim_payment,
    duplicate_posting,
    payer,
    remittance,
    x12_transaction,
)

_COLUMNS = [column.name for column in duplicate_posting.columns]


def find(connection: Connection, scope: Scope) -> None:
    """Write what may count twice on the accounts in scope, of which nothing is written yet."""
    bulk_insert(connection, duplicate_posting, _COLUMNS, derive(connection, scope))


def derive(connection: Connection, scope: Scope | None = None) -> list[tuple]:
    """The rows of `duplicate_posting`, of the accounts in scope or of all."""
    of = [] if scope is None else [scope.of(billing_entry)]
    if (
        connection.execute(select(billing_entry.c.billing_entry_id).where(*_without_number(), *of).limit(1)).first()
        is None
    ):
        return []
    pairs = connection.execute(_pairs(of)).all()
    return [tuple(row[name] for name in _COLUMNS) for row in _rows(pairs, _decided(connection))] if pairs else []


def remitted(connection: Connection, account_keys: Collection[int]) -> set[int]:
    """Ids of the entries on these accounts of which a person said that a remittance holds them."""
    row = duplicate_posting.c
    query = select(row.billing_entry_id).join(account, account.c.account_id == row.account_id)
    return set(connection.scalars(query.where(row.state == "same", account.c.account_key.in_(sorted(account_keys)))))


def _without_number() -> list[ColumnElement[bool]]:
    row = billing_entry.c
    return [
        row.entry_type == "insurance_payment",
        row.amount > 0,
        func.coalesce(plain_number(row.check_number), "") == "",
    ]


def _pairs(of: list[ColumnElement[bool]]) -> Select:
    """Every entry beside every payment that it may be."""
    row, paid, sent = billing_entry.c, claim_payment.c, x12_transaction.c
    apart, most = days_between(row.posted_on, paid.paid_on), max(TRACE_DAYS)
    named = func.coalesce(row.payer_identifier, "")
    return (
        select(
            row.account_id,
            row.billing_entry_id,
            paid.claim_payment_id,
            row.account_key,
            row.posted_on,
            row.amount,
            func.upper(named).label("payer"),
            func.lower(func.coalesce(row.method, "")).label("method"),
            func.coalesce(row.billing_npi, "").label("npi"),
            paid.paid_on,
            apart.label("apart"),
            sent.body_sha256,
            (paid.segment_no - sent.first_segment).label("body_segment"),
            or_(paid.reversed, _has_its_number()).label("settled"),
        )
        .join(
            claim_payment,
            and_(paid.account_id == row.account_id, paid.paid == row.amount),
        )
        .join(remittance, remittance.c.remittance_id == paid.remittance_id)
        .join(x12_transaction, and_(sent.load_id == paid.load_id, sent.transaction_no == paid.transaction_no))
        .outerjoin(payer, payer.c.payer_id == remittance.c.payer_id)
        .where(
            *_without_number(),
            *of,
            paid.match_status == "confirmed",
            paid.is_reversal.is_not(True),
            apart >= -most,
            apart <= most,
            or_(named == "", func.upper(payer.c.identifier) == func.upper(named)),
        )
    )


def _has_its_number() -> ColumnElement[bool]:
    """Whether another entry of the same amount states the number of the remittance, and gives way to it."""
    other, paid = billing_entry.alias("other").c, claim_payment.c
    apart, most = days_between(other.posted_on, paid.paid_on), max(TRACE_DAYS)
    number = plain_number(other.check_number)
    return exists().where(
        other.account_id == paid.account_id,
        other.entry_type == "insurance_payment",
        other.amount == paid.paid,
        number != "",
        number == plain_number(remittance.c.trace_number),
        apart >= -most,
        apart <= most,
    )


def _decided(connection: Connection) -> dict[tuple[str, str], tuple[str, int]]:
    """What people said and nobody took back: (key of the entry, key of the payment) -> same or two, decision."""
    row, entry_of, payment_of = bank_decision.c, _items("entry"), _items("claim_payment")
    taken_back = select(row.withdraws).where(row.withdraws.is_not(None))
    query = (
        select(entry_of.c.item_key, payment_of.c.item_key, row.decision, row.decision_id)
        .join(entry_of, entry_of.c.decision_id == row.decision_id)
        .join(payment_of, payment_of.c.decision_id == row.decision_id)
        .where(row.decision.in_(["same", "two"]), row.decision_id.not_in(taken_back))
        .order_by(row.decision_id)
    )
    return {(entry, payment): (said, number) for entry, payment, said, number in connection.execute(query)}


def _items(kind: str) -> Subquery:
    row = bank_decision_item.c
    return select(row.decision_id, row.item_key).where(row.kind == kind).subquery(kind)


def _rows(pairs: Iterable[Row], decided: dict[tuple[str, str], tuple[str, int]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    used: set[tuple[str, str]] = set()
    for pair, entry_key, payment_key in _in_order(pairs, decided):
        said, decision_id = decided.get((entry_key, payment_key), ("open", None))
        members = {("entry", entry_key), ("payment", payment_key)}
        if said == "open" and (pair.settled or members & used):
            continue
        if said != "two":
            used |= members
        found.append(
            {
                "account_id": pair.account_id,
                "billing_entry_id": pair.billing_entry_id,
                "claim_payment_id": pair.claim_payment_id,
                "entry_key": entry_key,
                "payment_key": payment_key,
                "posted_on": pair.posted_on,
                "amount": pair.amount,
                "state": said,
                "decision_id": decision_id,
                "reason": _reason(pair),
            }
        )
    return found


def _in_order(pairs: Iterable[Row], decided: dict[tuple[str, str], tuple[str, int]]) -> list[tuple[Row, str, str]]:
    """Pairs with the keys of their two parts: those decided on first, then the nearest in days."""
    numbers = _numbers(pairs)
    keyed = [
        (pair, _entry_key(pair, numbers[pair.billing_entry_id]), f"{pair.body_sha256}|{pair.body_segment}")
        for pair in pairs
    ]
    return sorted(
        keyed,
        key=lambda one: (one[1:] not in decided, abs(one[0].apart), one[0].posted_on, one[0].paid_on, *one[1:]),
    )


def _numbers(pairs: Iterable[Row]) -> dict[int, int]:
    """Of entries alike in everything: the first, the second ..."""
    seen: Counter[tuple] = Counter()
    numbers: dict[int, int] = {}
    for pair in sorted(pairs, key=lambda pair: pair.billing_entry_id):
        if pair.billing_entry_id not in numbers:
            seen[_told(pair)] += 1
            numbers[pair.billing_entry_id] = seen[_told(pair)]
    return numbers


def _told(pair: Row) -> tuple:
    return (pair.account_key, pair.posted_on, pair.amount, pair.payer, pair.method, pair.npi)


def _entry_key(pair: Row, number: int) -> str:
    return hashlib.sha256("\x1f".join(map(str, (*_told(pair), number))).encode()).hexdigest()[:32]


def _reason(pair: Row) -> str:
    days = abs(pair.apart)
    apart = "on the same day" if not days else f"{counted(days, 'day')} apart"
    if pair.payer:
        return f"Account, payer and amount agree, {apart}; the entry states no check number."
    return f"Account and amount agree, {apart}; the entry states neither payer nor check number."
