"""Duplicates: whether a transaction was loaded before, told by its business key, else by its body.

The key of an 835 is payer, payee, trace number, date and amount (x12.org RFI 217, 654: TRN02 is unique between
payer and payee); that of an 837 is submitter, batch number, date and time. A re-send under a new envelope has
the same key. The interchange number alone says nothing: some senders never change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Row, select

from data_access.ingest.rows import TransactionEnd
from data_access.schema import x12_transaction

_CHUNK = 1_000


@dataclass(frozen=True)
class Verdict:
    """loaded, duplicate (skipped), conflict (held aside) or refused; `why` for all but loaded."""

    status: str
    why: str | None = None


@dataclass(frozen=True)
class _Known:
    load_id: int
    transaction_no: int
    body_sha256: str


def judge(connection: Connection, load_id: int, ends: list[TransactionEnd]) -> list[Verdict]:
    """One verdict for each transaction of a file, in order; look-alikes within the file are told too."""
    standing: dict[tuple[str, str], _Known] = {}
    table = x12_transaction.c
    for column, values in (
        (table.business_key, {end.business_key for end in ends if end.business_key}),
        (table.body_sha256, {end.body_sha256 for end in ends if not end.business_key}),
    ):
        for row in _loaded(connection, column, values):
            known = _Known(row.load_id, row.transaction_no, row.body_sha256)
            standing.setdefault((row.kind, getattr(row, column.name)), known)
    verdicts = []
    for end in ends:
        key = (end.kind, end.business_key or end.body_sha256)
        verdict = Verdict("refused", end.refused) if end.refused else _verdict(end, standing.get(key), load_id)
        if verdict.status == "loaded":
            standing.setdefault(key, _Known(load_id, end.transaction_no, end.body_sha256))
        verdicts.append(verdict)
    return verdicts


def _loaded(connection: Connection, column: Column, values: Iterable[str]) -> Iterator[Row]:
    wanted = sorted(values)
    for start in range(0, len(wanted), _CHUNK):
        query = select(x12_transaction).where(
            x12_transaction.c.status == "loaded", column.in_(wanted[start : start + _CHUNK])
        )
        yield from connection.execute(query.order_by(x12_transaction.c.load_id, x12_transaction.c.transaction_no))


def _verdict(end: TransactionEnd, known: _Known | None, load_id: int) -> Verdict:
    if known is None:
        return Verdict("loaded")
    where = f"load {known.load_id}, transaction {known.transaction_no}"
    if known.body_sha256 == end.body_sha256:
        return Verdict("duplicate", f"was loaded before as {where}; skipped.")
    if known.load_id == load_id and end.kind != "835":
        return Verdict("loaded")  # some senders stamp every 837 of one file alike
    what = "payer, payee, trace number, date and amount" if end.kind == "835" else "submitter, batch number and time"
    return Verdict(
        "conflict",
        f"has the same {what} as {where}, but other contents. It was held aside: ask the sender which is right, "
        "then undo the wrong one and load the right one.",
    )


def seen_interchanges(connection: Connection, load_id: int, ends: list[TransactionEnd]) -> list[int]:
    """Loads that hold an interchange with the same sender, receiver, time and control number as one of these."""
    found = set()
    for row in _loaded(connection, x12_transaction.c.interchange_key, {end.interchange_key for end in ends}):
        if row.load_id != load_id:
            found.add(row.load_id)
    return sorted(found)
