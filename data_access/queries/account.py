"""Everything about one account, followed to the source line."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, literal, select

from data_access.engine import Source
from data_access.frames import read_frame
from data_access.queries.claim_rows import reason_of
from data_access.queries.table import ColumnSpec, TableReport
from data_access.reference import adjustment_reasons, denial_categories, labels
from data_access.schema import (
    account,
    adjustment,
    billing_entry,
    claim,
    claim_ack,
    claim_payment,
    claim_progress,
    facility,
    ledger_entry,
    line_expectation,
    load,
    patient,
    payer,
    payment_line,
    provider,
    remittance,
    service_line,
    source_chunk,
)

#: What the account's payers are called -> the column that holds which they are.
_PAYERS = {
    "payer": "payer_id",
    "responsible_payer": "responsible_payer_id",
    "second_payer": "second_payer_id",
    "appeal_payer": "appeal_payer_id",
}


class NoSuchAccount(LookupError):
    """No account has this id: the link is wrong, or its files were undone."""


@dataclass(frozen=True)
class Account360:
    """One account: its row with names (`head`), a sentence on who owes what and why, and its parts as frames."""

    head: dict[str, Any]
    sentence: str
    ledger: pd.DataFrame
    claims: pd.DataFrame
    lines: pd.DataFrame
    payments: pd.DataFrame
    payment_lines: pd.DataFrame
    adjustments: pd.DataFrame
    statements: pd.DataFrame
    progress: pd.DataFrame
    answers: pd.DataFrame


def load_account(engine: Source, account_id: int) -> Account360:
    """Read one account by its id.

    Raises:
        NoSuchAccount: there is none.
    """
    with engine.connect() as connection:
        head = _head(connection, account_id)
        ledger = read_frame(connection, _ledger(account_id))
        claims = read_frame(connection, _claims(head))
        # by these the index finds rows; a replacement is answered under the number that it was sent under
        keys = {int(head["account_key"]), *map(int, claims["sent_account_key"].dropna())}
        payments = read_frame(connection, _payments(account_id, keys))
        claim_ids = [int(value) for value in claims["claim_id"]]
        payment_ids = [int(value) for value in payments["claim_payment_id"]]
        told = _expected(connection, account_id, payment_ids)
        payment_lines = read_frame(connection, _payment_lines(payment_ids))
        pairs = zip(payment_lines["claim_payment_id"], payment_lines["payment_line_id"], strict=True)
        payment_lines = _with_expected(payment_lines, pairs, told)
        payments = _with_expected(payments, ((payment, None) for payment in payment_ids), told)
        statements = read_frame(connection, _statements(account_id, keys))
        answers = read_frame(connection, _answers(head))
        _name_payers(connection, head, ledger, claims)
        _name_files(connection, ledger, claims, payments, statements, answers)
        return Account360(
            head,
            sentence(head),
            ledger,
            claims,
            read_frame(connection, _lines(claim_ids)),
            payments.assign(status=[_status(code) for code in payments["status_code"]]),
            payment_lines,
            _adjustments(connection, payment_ids, payment_lines),
            statements,
            read_frame(connection, select(claim_progress).where(claim_progress.c.account_id == account_id)),
            answers,
        )


def _head(connection: Connection, account_id: int) -> dict[str, Any]:
    row = connection.execute(select(account).where(account.c.account_id == account_id)).mappings().first()
    if row is None:
        raise NoSuchAccount("There is no such account. Its files may have been undone, or the link is incomplete.")
    head = dict(row)
    of_patient = {name: patient.c[name] for name in ("last_name", "first_name", "birth_date", "sex")}
    for key, columns in (
        (facility.c.facility_id, {"facility": facility.c.name}),
        (provider.c.provider_id, {"provider": provider.c.name}),
        (patient.c.patient_id, of_patient),
    ):
        named = select(*(column.label(name) for name, column in columns.items())).where(key == head[key.name])
        head |= connection.execute(named).mappings().first() or dict.fromkeys(columns)
    return head


def _name_payers(connection: Connection, head: dict[str, Any], *frames: pd.DataFrame) -> None:
    """Add the payers' names. By a query of their own, as files' names: every join costs a millisecond."""
    ids = {head[column] for column in _PAYERS.values()} | _ids("payer_id", frames)
    known = payer.c.payer_id, payer.c.name, payer.c.payer_type
    found = {row.payer_id: row for row in connection.execute(select(*known).where(known[0].in_(ids - {None})))}
    for name, column in _PAYERS.items():
        head[name] = found[head[column]].name if head[column] in found else None
    head["payer_type"] = found[head["payer_id"]].payer_type if head["payer_id"] in found else None
    names = {payer_id: row.name for payer_id, row in found.items()}
    for frame in frames:
        frame["payer"] = _looked_up(frame, "payer_id", names)


def _name_files(connection: Connection, *frames: pd.DataFrame) -> None:
    """Add the names of the files that rows came from."""
    query = select(load.c.load_id, load.c.file_name).where(load.c.load_id.in_(_ids("load_id", frames)))
    names = {row.load_id: row.file_name for row in connection.execute(query)}
    for frame in frames:
        frame["file_name"] = _looked_up(frame, "load_id", names)


def _ids(column: str, frames: Iterable[pd.DataFrame]) -> set[int]:
    return {int(value) for frame in frames for value in frame[column].dropna()}


def _looked_up(frame: pd.DataFrame, column: str, names: dict[int, str]) -> pd.Series:
    found = [None if pd.isna(value) else names.get(value) for value in frame[column]]
    return pd.Series(found, dtype="str", index=frame.index)


def sentence(head: dict[str, Any]) -> str:
    """Who owes what, and why, in plain words."""
    insurance, owed = Decimal(head["insurance_balance"]), Decimal(head["patient_balance"])
    parts = []
    if insurance > 0:
        who = head["responsible_payer"] or "The insurer"
        parts.append(f"{who} owes {_money(insurance)}{_why_insurance(head)}.")
    if owed > 0:
        since = head["patient_since"]
        because = f", theirs since {_day(since)}" if since else ""
        told = head["first_statement_on"]
        billed = f", first statement {_day(told)}" if told else ", no statement sent yet"
        parts.append(f"The patient owes {_money(owed)}{because}{billed}.")
    if insurance < 0:
        parts.append(f"{_money(-insurance)} too much was received from or written off for insurance.")
    if owed < 0:
        how = "ahead of the insurer's answer" if insurance > 0 else "too much"
        parts.append(f"The patient has paid {_money(-owed)} {how}.")
    return " ".join(parts) or "Nothing is owed: the account is closed."


def _why_insurance(head: dict[str, Any]) -> str:
    if Decimal(head["denied"]) > 0:
        category = denial_categories().get(head["denial_category"] or "")
        named = f" ({category.label.lower()})" if category else ""
        return f", of which {_money(Decimal(head['denied']))} is denied{named}"
    if head["rejected_on"] is not None:
        return f"; rejected {_day(head['rejected_on'])} and not sent again"
    if head["first_submitted_on"] is None:
        return "; no claim was sent yet"
    if head["last_remit_on"] is None:
        return f"; sent {_day(head['first_submitted_on'])}, no answer yet"
    if head["last_submitted_on"] and head["last_submitted_on"] > head["last_remit_on"]:
        return f"; sent again {_day(head['last_submitted_on'])}, not answered yet"
    return f"; last answered {_day(head['last_remit_on'])}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"  # not every system knows the directive for a day without a leading zero


def _money(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _ledger(account_id: int) -> Any:
    entry = ledger_entry.c
    order = [entry.posted_on, entry.entry_no]
    return (
        select(
            entry.posted_on,
            entry.entry_type,
            entry.side,
            entry.payer_id,
            entry.amount,
            func.sum(entry.amount).over(order_by=order).label("balance"),
            entry.reason,
            entry.method,
            entry.load_id,
            entry.claim_id,
            entry.claim_payment_id,
            entry.billing_entry_id,
            entry.entry_no,
        )
        .where(entry.account_id == account_id)
        .order_by(*order)
    )


def _claims(head: dict[str, Any]) -> Any:
    row = claim.c
    return (
        select(claim)
        # the key finds the rows by index, the id decides
        .where(row.account_key == head["account_key"], row.account_id == head["account_id"])
        .order_by(row.submitted_on, row.claim_id)
    )


def _lines(claim_ids: list[int]) -> Any:
    row = service_line.c
    return select(service_line).where(row.claim_id.in_(claim_ids)).order_by(row.service_line_id)


def _payments(account_id: int, keys: Collection[int]) -> Any:
    row = claim_payment.c
    return (
        select(
            claim_payment,
            remittance.c.payer_name,
            remittance.c.trace_number,
            remittance.c.payment_method,
        )
        .join(remittance, remittance.c.remittance_id == row.remittance_id)
        .where(
            row.account_key.in_(keys),
            row.account_id == account_id,
            row.match_status != "set_aside",
        )
        .order_by(row.paid_on, row.claim_payment_id)
    )


def _payment_lines(payment_ids: list[int]) -> Any:
    row = payment_line.c
    return select(payment_line).where(row.claim_payment_id.in_(payment_ids)).order_by(row.payment_line_id)


def _expected(
    connection: Connection, account_id: int, payment_ids: list[int]
) -> dict[tuple[int, int | None], tuple[Decimal, str]]:
    """What was expected, and by contract or usual amount, by payment and line; no line: of a payment without lines."""
    row = line_expectation.c
    query = select(row.claim_payment_id, row.payment_line_id, row.expected, row.basis)
    of_account = (
        row.account_id == account_id,
        row.claim_payment_id.in_(payment_ids),
    )  # each is found fast by one database
    query = query.where(*of_account, row.expected.is_not(None))
    return {(payment, line): (expected, basis) for payment, line, expected, basis in connection.execute(query)}


def _with_expected(frame: pd.DataFrame, keys: Iterable[tuple], told: dict) -> pd.DataFrame:
    """Add `expected` and `measured_by` to payments or their lines; a join would read every line of the office."""
    found = [told.get(key, (None, None)) for key in keys]
    columns = {"expected": [one[0] for one in found], "measured_by": [one[1] for one in found]}
    return frame.assign(
        **{name: pd.Series(values, dtype=object, index=frame.index) for name, values in columns.items()}
    )


def _status(code: str) -> str:
    return labels("claim_status").get(code, f"Status {code}")


def _adjustments(connection: Connection, payment_ids: list[int], lines: pd.DataFrame) -> pd.DataFrame:
    """Adjustments with our label and the procedure of their line; a join would read every line of the office."""
    row = adjustment.c
    query = select(adjustment).where(row.claim_payment_id.in_(payment_ids)).order_by(row.adjustment_id)
    frame = read_frame(connection, query)
    reasons = adjustment_reasons()
    codes = dict(zip(lines["payment_line_id"], lines["procedure_code"], strict=True))
    procedures = [None if pd.isna(line) else codes.get(line) for line in frame["payment_line_id"]]
    return frame.assign(
        procedure_code=pd.Series(procedures, dtype="str", index=frame.index),
        label=[reasons[code].label if code in reasons else "Not in our table" for code in frame["carc"]],
    )


def _statements(account_id: int, keys: Collection[int]) -> Any:
    row = billing_entry.c
    return (
        select(row.posted_on, row.load_id, row.segment_no)
        .where(
            row.account_key.in_(keys),
            row.account_id == account_id,
            row.entry_type == "statement",
        )
        .order_by(row.posted_on, row.billing_entry_id)
    )


def _answers(head: dict[str, Any]) -> Any:
    """What was said of the account's claims before they were adjudicated, in order of time."""
    row = claim_ack.c
    return (
        select(
            row.claim_id,
            row.level,
            row.stated_on,
            row.answered_by,
            row.source_name,
            row.verdict,
            reason_of(row).label("reason"),
            row.message,
            row.payer_claim_number,
            row.procedure_code,
            row.load_id,
            row.segment_no,
        )
        .where(row.account_id == head["account_id"])
        .order_by(row.stated_on, row.claim_ack_id)
    )


def ledger_report(date_from: date, date_to: date) -> TableReport:
    """The ledger of all accounts in a period, for export."""
    entry = ledger_entry.c
    query = select(
        entry.account_id,
        account.c.account_number,
        entry.posted_on,
        entry.entry_no,
        entry.entry_type,
        entry.side,
        func.coalesce(payer.c.name, literal("")).label("payer"),
        entry.department,
        entry.reason,
        entry.method,
        entry.amount,
    ).join(account, account.c.account_id == entry.account_id)
    query = query.outerjoin(payer, payer.c.payer_id == entry.payer_id)
    query = query.where(entry.posted_on >= date_from, entry.posted_on <= date_to)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("posted_on", "Posted on", "date"),
        ColumnSpec("entry_no", "Entry", "id", hidden=True),
        ColumnSpec("entry_type", "Kind"),
        ColumnSpec("side", "Side"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("department", "Department"),
        ColumnSpec("reason", "Reason"),
        ColumnSpec("method", "Method"),
        ColumnSpec("amount", "Amount", "money", total=True),
    )
    order = (("account_id", False), ("posted_on", False), ("entry_no", False))
    return TableReport("ledger", "Ledger", query, columns, order, ("roll_forward",))


def source_segments(engine: Source, load_id: int, first: int, last: int) -> list[tuple[int, str]]:
    """The segments (or rows) of a load from `first` to `last`, as they were read, with their numbers."""
    chunk = source_chunk.c
    query = (
        select(chunk.first_segment, chunk.body)
        .where(chunk.load_id == load_id, chunk.first_segment <= last, chunk.last_segment >= first)
        .order_by(chunk.first_segment)
    )
    found = []
    with engine.connect() as connection:
        for start, body in connection.execute(query):
            lines = zlib.decompress(bytes(body)).decode("utf-8").split("\n")
            found += [(number, line) for number, line in enumerate(lines, start) if first <= number <= last]
    return found
