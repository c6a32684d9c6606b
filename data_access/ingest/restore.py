"""Transactions that were skipped because an earlier load held them: they count once that load is undone.

Their file is read again from its segments, which are kept; so an undo leaves what loading all but the undone file
would have made.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import pyarrow.compute as pc
from sqlalchemy import Connection, delete, func, or_, select, update

from data_access.engine import salt
from data_access.ingest.file_load import skipped
from data_access.ingest.reading import Columns, read_segments_again
from data_access.ingest.rows import FACT_COLUMNS, TransactionEnd
from data_access.ingest.store import Store
from data_access.schema import load, load_problem, source_chunk, x12_transaction

_NOT_UNDONE = ("loaded", "partly_loaded", "already_loaded")


def copies_of(connection: Connection, load_id: int) -> dict[int, set[int]]:
    """By load, the numbers of the transactions that were skipped because this load holds them: one copy of each."""
    undone, copy = x12_transaction.alias("undone"), x12_transaction.c
    own = undone.c
    alike = or_(own.business_key == copy.business_key, own.business_key.is_(None) & copy.business_key.is_(None))
    query = (
        select(copy.load_id, copy.transaction_no, own.transaction_no.label("of"))
        .join_from(x12_transaction, load, load.c.load_id == copy.load_id)
        .join(undone, (own.kind == copy.kind) & (own.body_sha256 == copy.body_sha256) & alike)
        .where(own.load_id == load_id, own.status == "loaded")
        .where(copy.load_id != load_id, copy.status == "duplicate", load.c.status.in_(_NOT_UNDONE))
        .order_by(copy.load_id, copy.transaction_no)
    )
    found: dict[int, tuple[int, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.of, (row.load_id, row.transaction_no))
    copies: dict[int, set[int]] = {}
    for holder, number in found.values():
        copies.setdefault(holder, set()).add(number)
    return copies


def bring_in(connection: Connection, load_id: int, numbers: set[int]) -> None:
    """Load the transactions of these numbers that were skipped when their file was loaded."""
    store, ends = Store(connection), []
    for part in read_segments_again(_segments(connection, load_id), load_id, salt(connection)):
        if isinstance(part, Columns):
            store.add(_of(part, numbers))
        elif isinstance(part, TransactionEnd) and part.transaction_no in numbers:
            if part.refused:  # this version of the program trusts less than the one that skipped it
                store.drop_transaction(part.transaction_no)
            else:
                ends.append(part)
    store.write()
    _record(connection, load_id, ends)


def _segments(connection: Connection, load_id: int) -> Iterator[str]:
    chunk = source_chunk.c
    query = select(chunk.body).where(chunk.load_id == load_id).order_by(chunk.first_segment)
    for body in connection.scalars(query):
        yield zlib.decompress(body).decode("utf-8")


def _of(part: Columns, numbers: set[int]) -> Columns:
    """The facts of these transactions alone; the segments of the file are there already."""
    mine = pc.field("transaction_no").isin(sorted(numbers))
    rows = {
        name: table.filter(mine) for name, table in part.rows.items() if "transaction_no" in FACT_COLUMNS.get(name, ())
    }
    return Columns(rows, part.parties)


def _record(connection: Connection, load_id: int, ends: list[TransactionEnd]) -> None:
    numbers = [end.transaction_no for end in ends]
    row, problem = x12_transaction.c, load_problem.c
    own = (row.load_id == load_id, row.transaction_no.in_(numbers))
    connection.execute(update(x12_transaction).where(*own).values(status="loaded"))
    told = (problem.load_id == load_id, problem.transaction_no.in_(numbers), problem.code == "DUPLICATE")
    connection.execute(delete(load_problem).where(*told))
    left = select(func.count()).where(row.load_id == load_id, row.status == "duplicate")
    before = connection.execute(select(load).where(load.c.load_id == load_id)).one()
    values: dict[str, Any] = {
        "transactions": before.transactions + len(ends),
        "claims": before.claims + sum(end.claims for end in ends),
        "charge": before.charge + sum(end.charge for end in ends),
        "paid": before.paid + sum(end.paid for end in ends),
    }
    balanced = [end.balanced for end in ends if end.balanced is not None]
    if balanced:
        values["balanced"] = before.balanced is not False and all(balanced)
    if before.status != "partly_loaded":  # that has the reason why the rest is not loaded
        values |= {"status": "loaded", "reason": skipped(connection.scalar(left) or 0)}
    connection.execute(update(load).where(load.c.load_id == load_id).values(**values))
