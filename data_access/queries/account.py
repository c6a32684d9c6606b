"""Everything about one account, followed to the source line."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, Connection, bindparam, func, literal, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.frames import read_frame
from data_access.queries.claim_rows import reason_of
from data_access.queries.table import ColumnSpec, TableReport
from data_access.reference import denial_categories, labels
from data_access.schema import (
    account,
    billing_entry,
    claim,
    claim_ack,
    claim_payment,
    claim_progress,
    facility,
    ledger_entry,
    load,
    patient,
    payer,
    provider,
    remittance,
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
    """One account: its row with names (`head`), a sentence on who owes what and why, and its parts as frames.

    The lines of its claims and payments are read where they are shown (`account_lines`).
    """

    head: dict[str, Any]
    sentence: str
    ledger: pd.DataFrame
    claims: pd.DataFrame
    payments: pd.DataFrame
    statements: pd.DataFrame
    progress: pd.DataFrame
    answers: pd.DataFrame

    def stood(self, on: date) -> bool:
        """Whether a balance was open on a day, as `open_balance` has it."""
        sides: dict[str, Decimal] = defaultdict(Decimal)
        entries = zip(self.ledger["posted_on"], self.ledger["side"], self.ledger["amount"], strict=True)
        for posted_on, side, amount in entries:
            if posted_on <= on:
                sides[side] += amount
        return any(sides.values())


#: What a statement is told when it is sent, so that it is the same for every account.
_ONE = bindparam("account_id", type_=BigInteger())
_THESE = bindparam("ids", type_=BigInteger(), expanding=True)
_HEAD = select(account).where(account.c.account_id == _ONE)
#: What the account's facility, provider and patient are called: each found by its key, NULL for none.
_NAMES = {
    "facility_id": select(facility.c.name.label("facility")).where(facility.c.facility_id == bindparam("key")),
    "provider_id": select(provider.c.name.label("provider")).where(provider.c.provider_id == bindparam("key")),
    "patient_id": select(patient.c.last_name, patient.c.first_name, patient.c.birth_date, patient.c.sex).where(
        patient.c.patient_id == bindparam("key")
    ),
}
_PAYERS_NAMED = select(payer.c.payer_id, payer.c.name, payer.c.payer_type).where(payer.c.payer_id.in_(_THESE))
_FILES = select(load.c.load_id, load.c.file_name).where(load.c.load_id.in_(_THESE))
_IN_ORDER = [ledger_entry.c.posted_on, ledger_entry.c.entry_no]
_LEDGER = (
    select(
        ledger_entry.c.posted_on,
        ledger_entry.c.entry_type,
        ledger_entry.c.side,
        ledger_entry.c.payer_id,
        ledger_entry.c.amount,
        func.sum(ledger_entry.c.amount).over(order_by=_IN_ORDER).label("balance"),
        ledger_entry.c.reason,
        ledger_entry.c.method,
        ledger_entry.c.load_id,
        ledger_entry.c.claim_id,
        ledger_entry.c.claim_payment_id,
        ledger_entry.c.billing_entry_id,
        ledger_entry.c.entry_no,
    )
    .where(ledger_entry.c.account_id == _ONE)
    .order_by(*_IN_ORDER)
)
#: Of a claim and of a payment what is used: to fetch a row's every column takes a database three times as long.
_CLAIMS = (
    select(
        claim.c.claim_id,
        claim.c.load_id,
        claim.c.segment_no,
        claim.c.last_segment,
        claim.c.account_number,
        claim.c.sent_account_key,
        claim.c.payer_id,
        claim.c.sequence,
        claim.c.frequency_code,
        claim.c.submitted_on,
        claim.c.charge,
        claim.c.chain_role,
        claim.c.initial_outcome,
        claim.c.overturned,
    )
    # the key finds the rows by index, the id decides
    .where(claim.c.account_key == bindparam("account_key"), claim.c.account_id == _ONE)
    .order_by(claim.c.submitted_on, claim.c.claim_id)
)
_PAYMENTS = (
    select(
        claim_payment.c.claim_payment_id,
        claim_payment.c.load_id,
        claim_payment.c.segment_no,
        claim_payment.c.last_segment,
        claim_payment.c.account_number,
        claim_payment.c.status_code,
        claim_payment.c.paid_on,
        claim_payment.c.charge,
        claim_payment.c.allowed,
        claim_payment.c.paid,
        claim_payment.c.denied,
        claim_payment.c.patient_share,
        claim_payment.c.interest,
        claim_payment.c.match_status,
        claim_payment.c.match_reason,
        claim_payment.c.reversed,
        remittance.c.payer_name,
        remittance.c.trace_number,
    )
    .join(remittance, remittance.c.remittance_id == claim_payment.c.remittance_id)
    .where(
        claim_payment.c.account_key.in_(_THESE),
        claim_payment.c.account_id == _ONE,
        claim_payment.c.match_status != "set_aside",
    )
    .order_by(claim_payment.c.paid_on, claim_payment.c.claim_payment_id)
)
_STATEMENTS = (
    select(billing_entry.c.posted_on, billing_entry.c.load_id, billing_entry.c.segment_no)
    .where(
        billing_entry.c.account_key.in_(_THESE),
        billing_entry.c.account_id == _ONE,
        billing_entry.c.entry_type == "statement",
    )
    .order_by(billing_entry.c.posted_on, billing_entry.c.billing_entry_id)
)
_PROGRESS = select(
    claim_progress.c.claim_id,
    claim_progress.c.state,
    claim_progress.c.file_status,
    claim_progress.c.file_answered_on,
    claim_progress.c.status,
    claim_progress.c.clearinghouse_on,
    claim_progress.c.payer_on,
    claim_progress.c.rejected_on,
    claim_progress.c.resent_on,
    claim_progress.c.filing_deadline,
).where(claim_progress.c.account_id == _ONE)
#: What was said of the account's claims before they were adjudicated, in order of time.
_ANSWERS = (
    select(
        claim_ack.c.claim_id,
        claim_ack.c.level,
        claim_ack.c.stated_on,
        claim_ack.c.answered_by,
        claim_ack.c.verdict,
        reason_of(claim_ack.c).label("reason"),
        claim_ack.c.message,
        claim_ack.c.payer_claim_number,
        claim_ack.c.load_id,
    )
    .where(claim_ack.c.account_id == _ONE)
    .order_by(claim_ack.c.stated_on, claim_ack.c.claim_ack_id)
)


def load_account(engine: Source, account_id: int) -> Account360:
    """Read one account by its id.

    Raises:
        NoSuchAccount: there is none.
    """
    one = {"account_id": account_id}
    with engine.connect() as connection:
        head = _head(connection, account_id)
        ledger = read_frame(connection, _LEDGER, one)
        claims = read_frame(connection, _CLAIMS, {**one, "account_key": head["account_key"]})
        # by these the index finds rows; a replacement is answered under the number that it was sent under
        keys = {int(head["account_key"]), *map(int, claims["sent_account_key"].dropna())}
        under = {**one, "ids": sorted(keys)}
        payments = read_frame(connection, _PAYMENTS, under)
        statements = read_frame(connection, _STATEMENTS, under)
        answers = read_frame(connection, _ANSWERS, one)
        _name_payers(connection, head, ledger, claims)
        _name_files(connection, ledger, claims, payments, statements, answers)
        return Account360(
            head,
            sentence(head),
            ledger,
            claims,
            payments.assign(status=[_status(code) for code in payments["status_code"]]),
            statements,
            read_frame(connection, _PROGRESS, one),
            answers,
        )


def _head(connection: Connection, account_id: int) -> dict[str, Any]:
    row = connection.execute(_HEAD, {"account_id": account_id}).mappings().first()
    if row is None:
        raise NoSuchAccount("There is no such account. Its files may have been undone, or the link is incomplete.")
    head = dict(row)
    for key, query in _NAMES.items():
        found = connection.execute(query, {"key": head[key]}).mappings().first()
        head |= found or dict.fromkeys(query.selected_columns.keys())
    return head


def _name_payers(connection: Connection, head: dict[str, Any], *frames: pd.DataFrame) -> None:
    """Add the payers' names. By a query of their own, as files' names: every join costs a millisecond."""
    ids = {head[column] for column in _PAYERS.values()} | _ids("payer_id", frames)
    found = {row.payer_id: row for row in connection.execute(_PAYERS_NAMED, {"ids": sorted(ids - {None})})}
    for name, column in _PAYERS.items():
        head[name] = found[head[column]].name if head[column] in found else None
    head["payer_type"] = found[head["payer_id"]].payer_type if head["payer_id"] in found else None
    names = {payer_id: row.name for payer_id, row in found.items()}
    for frame in frames:
        frame["payer"] = _looked_up(frame, "payer_id", names)


def _name_files(connection: Connection, *frames: pd.DataFrame) -> None:
    """Add the names of the files that rows came from."""
    ids = sorted(_ids("load_id", frames))
    names = {row.load_id: row.file_name for row in connection.execute(_FILES, {"ids": ids})}
    for frame in frames:
        frame["file_name"] = _looked_up(frame, "load_id", names)


def _ids(column: str, frames: Iterable[pd.DataFrame]) -> set[int]:
    return {int(value) for frame in frames for value in frame[column] if not pd.isna(value)}


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


def _status(code: str) -> str:
    return labels("claim_status").get(code, f"Status {code}")


@built_once
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
