"""Reconciliation: deposits against remittances and posted payments, worked out anew for the whole office.

An office has thousands of deposits and remittances where it has millions of claims, so all of them are read, matched in
memory, and written only where something changed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, or_, select

from data_access.bulk import bulk_insert
from data_access.engine import salt
from data_access.ids import party_id
from data_access.posting.bank.days import days
from data_access.posting.bank.facts import Decision, Group, Line, Office, Posted, Receipt, Remit, plain_trace
from data_access.posting.bank.landing import Entry, land
from data_access.posting.bank.match import match
from data_access.posting.bank.posted import posted_rows, read_posted
from data_access.schema import (
    bank_day,
    bank_decision,
    bank_decision_item,
    billing_entry,
    claim_payment,
    deposit,
    deposit_match,
    patient_receipt,
    posted_payment,
    provider_adjustment,
    provider_landing,
    remittance,
    remittance_match,
    x12_transaction,
)

_LOOK_UPS = 10_000  # texts looked up in one statement, each of which reads all payments of an embedded database


def reconcile(connection: Connection) -> bool:
    """Work out what money is of what; returns whether anything came out otherwise than it stood."""
    changed = {table: rows for table, rows in derive(connection).items() if not holds(connection, table, rows)}
    for table, rows in changed.items():
        connection.execute(delete(table))
        bulk_insert(connection, table, [column.name for column in table.columns], rows)
    return bool(changed)


def derive(connection: Connection) -> dict[Table, list[tuple]]:
    """The rows that each derived table must hold."""
    remits = [*_read_remits(connection), *read_posted(connection)]
    office = Office(_read_lines(connection), remits, _read_receipts(connection))
    match(office, standing(connection))
    numbers = _numbers(office)
    made = {
        deposit_match: _lines(office, numbers),
        remittance_match: _remits(office, numbers),
        posted_payment: posted_rows(office, numbers),
        patient_receipt: _receipts(office, numbers),
        bank_day: days(office),
        provider_landing: _landings(connection),
    }
    return {
        table: list(map(itemgetter(*(column.name for column in table.columns)), rows)) for table, rows in made.items()
    }


def holds(connection: Connection, table: Table, rows: list[tuple]) -> bool:
    """Whether a table holds exactly these rows, of which no two are alike."""
    found = connection.execute(select(table)).all()
    return len(found) == len(rows) and set(map(tuple, found)) == set(rows)


def _read_lines(connection: Connection) -> list[Line]:
    seen: dict[tuple, int] = defaultdict(int)
    lines = []
    for row in connection.execute(select(deposit).order_by(deposit.c.deposit_id)).all():
        if row.bank_reference:
            what: tuple = ("reference", row.bank_account, row.bank_reference, row.deposited_on, row.amount)
        else:
            # without the bank's number, the second of two lines alike in one export is another deposit
            alike = (row.deposited_on, row.amount, row.trace_number, row.method, row.description, row.bank_account)
            seen[(row.load_id, *alike)] += 1
            what = ("line", *alike, seen[(row.load_id, *alike)])
        key = hashlib.sha256("\x1f".join(map(str, what)).encode()).hexdigest()[:32]
        trace = plain_trace(row.trace_number)
        lines.append(Line(row.deposit_id, key, row.deposited_on, row.amount, trace, row.method, row.bank_account))
    return lines


def _read_remits(connection: Connection) -> list[Remit]:
    row, sent = remittance.c, x12_transaction.c
    query = select(
        row.remittance_id, sent.body_sha256, row.paid_on, row.amount, row.trace_number, row.payer_id, row.payment_method
    ).outerjoin(x12_transaction, and_(sent.load_id == row.load_id, sent.transaction_no == row.transaction_no))
    return [
        Remit(
            found.remittance_id,
            found.body_sha256 or str(found.remittance_id),
            found.paid_on or date.min,
            found.amount,
            plain_trace(found.trace_number),
            str(found.payer_id or ""),
            found.payment_method,
        )
        for found in connection.execute(query).all()
    ]


def _read_receipts(connection: Connection) -> list[Receipt]:
    row = billing_entry.c
    method = func.lower(func.coalesce(row.method, ""))
    query = (
        select(row.posted_on, method, func.sum(row.amount), func.count())
        .where(row.entry_type == "patient_payment", row.amount != 0)
        .group_by(row.posted_on, method)
    )
    return [Receipt(on, by, amount, entries) for on, by, amount, entries in connection.execute(query).all()]


def standing(connection: Connection) -> list[Decision]:
    """The decisions that nobody took back, in order."""
    taken_back = select(bank_decision.c.withdraws).where(bank_decision.c.withdraws.is_not(None))
    query = (
        select(bank_decision, bank_decision_item.c.kind, bank_decision_item.c.item_key)
        .join(bank_decision_item, bank_decision_item.c.decision_id == bank_decision.c.decision_id)
        .where(bank_decision.c.decision_id.not_in(taken_back))
        .order_by(bank_decision.c.decision_id)
    )
    found: dict[int, tuple[Any, dict[str, set[str]]]] = {}
    for row in connection.execute(query):
        items = found.setdefault(row.decision_id, (row, defaultdict(set)))[1]
        items[row.kind].add(row.item_key)
    return [
        Decision(
            row.decision,
            row.reason,
            frozenset(items["deposit"]),
            frozenset(items["remittance"]),
            frozenset(items["patient"]),
            frozenset(items["posted"]),
        )
        for row, items in found.values()
    ]


# what came out, as rows


def _numbers(office: Office) -> dict[int, int]:
    groups = sorted(office.groups, key=lambda group: group.order)
    return {id(group): number for number, group in enumerate(groups, 1)}


def _state(group: Group | None) -> dict[str, Any]:
    if group is None:
        return {"state": "open", "how": None, "difference": None}
    shown = group.state in ("differing", "explained")
    return {"state": group.state, "how": group.how, "difference": group.difference if shown else None}


def _lines(office: Office, numbers: dict[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "deposit_id": line.deposit_id,
            "line_key": line.key,
            **_state(line.group),
            "source": line.group.source if line.group else None,
            "match_no": numbers[id(line.group)] if line.group else None,
            "reason": line.group.reason if line.group else line.reason,
        }
        for line in office.lines
    ]


def _remits(office: Office, numbers: dict[int, int]) -> list[dict[str, Any]]:
    rows = []
    for remit in office.remits:
        if isinstance(remit, Posted):
            continue
        on = max((line.on for line in remit.group.lines), default=None) if remit.group else None
        rows.append(
            {
                "remittance_id": remit.remittance_id,
                **_state(remit.group),
                "match_no": numbers[id(remit.group)] if remit.group else None,
                "deposited_on": on,
                "days": (on - remit.on).days if on and remit.on != date.min else None,
                "reason": remit.group.reason if remit.group else remit.reason,
            }
        )
    return rows


def _receipts(office: Office, numbers: dict[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "posted_on": receipt.on,
            "method": receipt.method,
            "amount": receipt.amount,
            "entries": receipt.entries,
            "state": receipt.group.state if receipt.group else "open",
            "match_no": numbers[id(receipt.group)] if receipt.group else None,
            "deposited_on": max((line.on for line in receipt.group.lines), default=None) if receipt.group else None,
        }
        for receipt in office.receipts
    ]


def _landings(connection: Connection) -> list[dict[str, Any]]:
    row = provider_adjustment.c
    entries = [
        Entry(
            found.provider_adjustment_id,
            str(found.payer_id or ""),
            found.paid_on or date.min,
            (found.reason_code or "").upper(),
            (found.reference or "").strip(),
            found.amount,
        )
        for found in connection.execute(select(provider_adjustment).order_by(row.provider_adjustment_id)).all()
    ]
    key = salt(connection)

    def find(texts: Iterable[str]) -> Mapping[str, list[tuple[int, str, date]]]:
        return _claims_named(connection, key, sorted(texts))

    return [
        {
            "provider_adjustment_id": landing.entry_id,
            "state": landing.state,
            "claim_payment_id": landing.claim_payment_id,
            "net_no": landing.net_no,
        }
        for landing in land(entries, find)
    ]


def _claims_named(connection: Connection, key: bytes, texts: list[str]) -> dict[str, list[tuple[int, str, date]]]:
    """Claim payments whose account number or payer claim number is one of these texts (upper case)."""
    row = claim_payment.c
    found: dict[str, list[tuple[int, str, date]]] = defaultdict(list)
    for start in range(0, len(texts), _LOOK_UPS):
        part = texts[start : start + _LOOK_UPS]
        keys = [party_id(key, "account-key", text[:20]) for text in part]
        query = select(
            row.claim_payment_id, row.remit_payer_id, row.paid_on, row.account_number, row.payer_claim_number
        ).where(row.is_reversal.is_not(True), or_(row.payer_claim_number.in_(part), row.account_key.in_(keys)))
        wanted = set(part)
        for payment in connection.execute(query).all():
            names = {(payment.account_number or "").strip().upper(), (payment.payer_claim_number or "").strip().upper()}
            for name in names & wanted:
                one = (payment.claim_payment_id, str(payment.remit_payer_id or ""), payment.paid_on or date.min)
                found[name].append(one)
    return found


__all__ = ["derive", "holds", "reconcile", "standing"]
