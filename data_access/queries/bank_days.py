"""Days at the bank: whether each balances, who closed it, and what changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, union

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.given import zero
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import (
    bank_day,
    bank_decision,
    bank_decision_item,
    day_close,
    deposit,
    deposit_match,
    duplicate_posting,
    patient_receipt,
    payer,
    posted_payment,
    remittance,
    remittance_match,
)

STATES = ("closed", "changed", "balanced", "open")
#: Days before the period from which something open may belong to a deposit in it, and the most rows offered.
_AROUND, _MOST = timedelta(days=120), 500


@built_once
def _days() -> Select:
    """Every day with deposits, or once closed: figures now, the last closing, and the state."""
    last = (
        select(day_close.c.day, func.max(day_close.c.close_id).label("close_id")).group_by(day_close.c.day).subquery()
    )
    every = union(select(bank_day.c.day), select(day_close.c.day)).subquery("every")
    row, signed = bank_day.c, day_close.c
    closed = func.coalesce(signed.action == "close", literal(False))
    state = case(
        (and_(closed, signed.digest == row.digest), "closed"),
        (closed, "changed"),
        (row.open_lines == 0, "balanced"),
        else_="open",
    )

    def amount(name: str) -> ColumnElement:
        return func.coalesce(row[name], zero()).label(name)

    stands = closed.is_(True)
    return (
        select(
            every.c.day,
            state.label("state"),
            func.coalesce(row.lines, 0).label("lines"),
            *(
                amount(name)
                for name in ("deposits", "remittances", "posted", "patients", "explained", "returned", "open")
            ),
            case((stands, signed.deposits)).label("closed_deposits"),
            case((stands, signed.closed_by)).label("closed_by"),
            case((stands, signed.closed_at)).label("closed_at"),
            signed.note,
            row.digest,
        )
        .outerjoin(bank_day, row.day == every.c.day)
        .outerjoin(last, last.c.day == every.c.day)
        .outerjoin(day_close, signed.close_id == last.c.close_id)
    )


@built_once
def table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Days of the period; each day's deposits are what its columns add up to.

    Args:
        chosen: any of state (as in `STATES`), on (a day).
    """
    chosen = chosen or {}
    days = _days().subquery("days")
    conditions: list[ColumnElement[bool]] = [days.c.day >= filters.date_from, days.c.day <= filters.date_to]
    if "state" in chosen:
        conditions.append(days.c.state == chosen["state"])
    if "on" in chosen:
        conditions = [days.c.day == chosen["on"]]
    query = select(*(column for column in days.c if column.name not in ("digest", "closed_at")))
    columns = (
        ColumnSpec("day", "Day", "date"),
        ColumnSpec("state", "State"),
        ColumnSpec("lines", "Bank lines", "count"),
        ColumnSpec("deposits", "Deposits", "money", total=True),
        ColumnSpec("remittances", "Of remittances", "money", total=True),
        ColumnSpec("posted", "Posted by hand", "money", total=True),
        ColumnSpec("patients", "Of patients", "money", total=True),
        ColumnSpec("explained", "Explained", "money", total=True),
        ColumnSpec("returned", "Returned", "money", total=True),
        ColumnSpec("open", "Unexplained", "money", total=True),
        ColumnSpec("closed_deposits", "Deposits when closed", "money"),
        ColumnSpec("closed_by", "Closed by"),
        ColumnSpec("note", "Note"),
    )
    return TableReport("days", "Days", query.where(*conditions), columns, (("day", True),))


def days(engine: Source, filters: Filters) -> pd.DataFrame:
    """The same rows, oldest first, with digest and closed_at: what the calendar draws."""
    return read_frame(engine, _in_order(filters))


@built_once
def _in_order(filters: Filters) -> Select:
    found = _days().subquery("days")
    return select(found).where(found.c.day >= filters.date_from, found.c.day <= filters.date_to).order_by(found.c.day)


def one_day(engine: Source, day: date) -> dict[str, Any] | None:
    """One day as in `days`; None when nothing was deposited or closed on it."""
    found = _days().subquery("days")
    with engine.connect() as connection:
        row = connection.execute(select(found).where(found.c.day == day)).mappings().first()
    return dict(row) if row else None


def reasons(engine: Source, day: date) -> pd.DataFrame:
    """Why a day does not balance: its lines that no source explains. amount, method, trace_number, state,
    difference, reason."""
    row, own = deposit.c, deposit_match.c
    query = (
        select(row.amount, row.method, row.trace_number, own.state, own.difference, own.reason)
        .join(deposit_match, own.deposit_id == row.deposit_id)
        .where(row.deposited_on == day, own.state.in_(["open", "differing"]))
        .order_by(row.amount.desc(), row.deposit_id)
    )
    return read_frame(engine, query)


def expected(engine: Source, day: date) -> pd.DataFrame:
    """Money dated this day that has not come: source, amount, what."""
    state = func.coalesce(remittance_match.c.state, "open")
    remits = (
        select(
            literal("Remittance").label("source"),
            func.coalesce(remittance.c.payer_name, "").label("what"),
            remittance.c.trace_number.label("number"),
            remittance.c.amount,
        )
        .outerjoin(remittance_match, remittance_match.c.remittance_id == remittance.c.remittance_id)
        .where(remittance.c.paid_on == day, state == "open", remittance.c.amount != 0)
    )
    posted = _posted(literal("Posted by hand"), "name", "number", "amount").where(
        posted_payment.c.posted_on == day, posted_payment.c.state == "open"
    )
    receipt = patient_receipt.c
    patients = select(literal("Patient payments"), receipt.method, literal(""), receipt.amount).where(
        receipt.posted_on == day, receipt.state == "open"
    )
    return read_frame(engine, remits.union_all(posted, patients))


def _posted(first: ColumnElement, *names: str) -> Select:
    """Payments posted by hand, with the payer's name and the number as written."""
    row = posted_payment.c
    of = {
        "name": func.coalesce(payer.c.name, ""),
        "number": func.coalesce(row.check_number, ""),
        "none": literal(""),
        "zero": literal(0),
    }
    return select(first, *(of[name] if name in of else row[name] for name in names)).outerjoin(
        payer, payer.c.payer_id == row.payer_id
    )


def history(engine: Source, day: date) -> pd.DataFrame:
    """What was signed about a day, newest first: close_id, action, closed_by, closed_at, deposits, open, note."""
    row = day_close.c
    query = select(row.close_id, row.action, row.closed_by, row.closed_at, row.deposits, row.open, row.note)
    return read_frame(engine, query.where(row.day == day).order_by(row.close_id.desc()))


def changes(engine: Source, day: date) -> list[str]:
    """What of a closed day is otherwise than when it was closed, in words; empty for a day that is as it was."""
    last = select(day_close).where(day_close.c.day == day).order_by(day_close.c.close_id.desc()).limit(1)
    with engine.connect() as connection:
        signed = connection.execute(last).first()
        contents = connection.scalar(select(bank_day.c.contents).where(bank_day.c.day == day))
    if signed is None or signed.action != "close":
        return []
    before, now = json.loads(signed.contents), json.loads(contents or "{}")
    return [
        words
        for key in sorted(before.keys() | now.keys(), key=lambda key: (_line(before.get(key) or now[key]), key))
        for words in _change(before.get(key), now.get(key))
    ]


def _line(line: Mapping[str, Any]) -> str:
    return f"Deposit of ${Decimal(line['amount']):,.2f}" + (f" ({line['what']})" if line["what"] else "")


def _change(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> list[str]:
    if before == now:
        return []
    if before is None and now is not None:
        return [f"{_line(now)} came later."]
    if before is not None and now is None:
        return [f"{_line(before)} is no longer loaded."]
    assert before is not None
    assert now is not None
    return [f"{_line(now)} was {_stood(before)} and is {_stood(now)}."]


def _stood(line: Mapping[str, Any]) -> str:
    words = {"open": "without explanation", "matched": "matched", "explained": "explained by a person"}
    of = f" to {', '.join(line['of'])}" if line["of"] else ""
    return words.get(line["state"], line["state"]) + of


# to be matched by hand


def differing(engine: Source, filters: Filters) -> tuple[Decimal, int]:
    """Deposits of the period whose remittance or posted payment is known, of another amount: by how much in all, and
    how many. What one has too much does not make up for what another lacks.
    """
    ((amount, number),) = read_rows(engine, _differing(filters))
    return Decimal(amount), number


@built_once
def _differing(filters: Filters) -> Select:
    return (
        select(func.coalesce(func.sum(func.abs(deposit_match.c.difference)), 0), func.count())
        .join(deposit_match, deposit_match.c.deposit_id == deposit.c.deposit_id)
        .where(deposit_match.c.state == "differing")
        .where(deposit.c.deposited_on >= filters.date_from, deposit.c.deposited_on <= filters.date_to)
    )


def open_deposits(engine: Source, filters: Filters) -> pd.DataFrame:
    """Deposits to the as-of day that nothing explains: deposit_id, deposited_on, amount, method, trace_number,
    description, state, reason."""
    row, own = deposit.c, deposit_match.c
    query = (
        select(
            row.deposit_id,
            row.deposited_on,
            row.amount,
            row.method,
            row.trace_number,
            row.description,
            own.state,
            own.reason,
        )
        .join(deposit_match, own.deposit_id == row.deposit_id)
        .where(own.state.in_(["open", "differing", "repeated"]))
        .where(row.deposited_on >= filters.date_from, row.deposited_on <= filters.date_to)
        .order_by(row.deposited_on.desc(), row.deposit_id)
        .limit(_MOST)
    )
    return read_frame(engine, query)


def open_sources(engine: Source, filters: Filters) -> pd.DataFrame:
    """Remittances, payments posted by hand and days of patient payments without money: kind, id (of a remittance),
    key (of a payment posted by hand), on, method, payer, number, amount, state."""
    state = func.coalesce(remittance_match.c.state, "open")
    first = filters.date_from - _AROUND
    remits = (
        select(
            literal("remittance").label("kind"),
            remittance.c.remittance_id.label("id"),
            literal("").label("key"),
            remittance.c.paid_on.label("on"),
            remittance.c.payment_method.label("method"),
            remittance.c.payer_name.label("payer"),
            remittance.c.trace_number.label("number"),
            remittance.c.amount,
            state.label("state"),
        )
        .outerjoin(remittance_match, remittance_match.c.remittance_id == remittance.c.remittance_id)
        .where(state.in_(["open", "differing", "repeated"]), remittance.c.amount != 0)
        .where(remittance.c.paid_on >= first, remittance.c.paid_on <= filters.date_to)
    )
    posted = _posted(
        literal("posted"), "zero", "payment_key", "posted_on", "none", "name", "number", "amount", "state"
    ).where(
        posted_payment.c.state.in_(["open", "differing"]),
        posted_payment.c.posted_on >= first,
        posted_payment.c.posted_on <= filters.date_to,
    )
    receipt = patient_receipt.c
    patients = select(
        literal("patient"),
        literal(0),
        literal(""),
        receipt.posted_on,
        receipt.method,
        literal("Patients"),
        literal(""),
        receipt.amount,
        receipt.state,
    ).where(receipt.state == "open", receipt.posted_on >= first, receipt.posted_on <= filters.date_to)
    both = remits.union_all(posted, patients).subquery("both")
    return read_frame(
        engine, select(both).order_by(both.c.on.desc(), both.c.id, both.c.key, both.c.method).limit(_MOST)
    )


def decisions(engine: Source) -> pd.DataFrame:
    """What people decided, newest first: decision_id, decision, reason, decided_by, decided_at, stands, items,
    amount (of the deposits it names, or of the payment posted by hand, where loaded)."""
    return read_frame(engine, _decisions())


@built_once
def _decisions() -> Select:
    row = bank_decision.c
    taken_back = select(row.withdraws).where(row.withdraws.is_not(None))
    items = (
        select(bank_decision_item.c.decision_id, func.count().label("parts"))
        .group_by(bank_decision_item.c.decision_id)
        .subquery("items")
    )
    own = deposit_match.c
    named = (
        select(bank_decision_item.c.decision_id, func.sum(deposit.c.amount).label("amount"))
        .join(deposit_match, own.line_key == bank_decision_item.c.item_key)
        .join(deposit, deposit.c.deposit_id == own.deposit_id)
        .where(bank_decision_item.c.kind == "deposit", own.state != "repeated")
        .group_by(bank_decision_item.c.decision_id)
        .subquery("named")
    )
    return (
        select(
            row.decision_id,
            row.decision,
            row.reason,
            row.decided_by,
            row.decided_at,
            and_(row.decision != "withdraw", row.decision_id.not_in(taken_back)).label("stands"),
            func.coalesce(items.c.parts, 0).label("items"),
            func.coalesce(named.c.amount, duplicate_posting.c.amount).label("amount"),
        )
        .outerjoin(items, items.c.decision_id == row.decision_id)
        .outerjoin(named, named.c.decision_id == row.decision_id)
        .outerjoin(duplicate_posting, duplicate_posting.c.decision_id == row.decision_id)
        .order_by(row.decision_id.desc())
    )
