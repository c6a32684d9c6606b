"""The synthetic practice straight into the tables: the same text and the same reading as files, without the files.

What is left out is what only a real file needs: looking for duplicates, and keeping the segments for the
source view. Memory is bounded by one part of the practice, whatever the size of the whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

from sqlalchemy import Connection, Engine, insert, select

from data_access import schema
from data_access.demo.generate import generate, parts
from data_access.demo.write_x12 import common_files, part_files
from data_access.engine import bulk_insert, next_load_id, salt, write
from data_access.ingest.csv_import import kind_of_header, read_csv
from data_access.ingest.rows import FACT_COLUMNS, PARTY_COLUMNS, RowBatch, TransactionEnd
from data_access.ingest.x12 import read_x12
from data_access.posting import settle

#: Rows gathered before they are inserted together.
_ROWS = 200_000


@dataclass
class _Load:
    """Totals of one file, as the history of loads shows them."""

    kind: str = ""
    transactions: int = 0
    claims: int = 0
    charge: Decimal = Decimal("0.00")
    paid: Decimal = Decimal("0.00")
    balanced: bool | None = None


def write_rows(
    engine: Engine, claims: int, seed: int, until: date, progress: Callable[[int, int], None] | None = None
) -> int:
    """Insert the practice and post it; return the number of files it would have been.

    Args:
        progress: called after each part with the parts done and in all.
    """
    loads, planned = 0, parts(claims)
    with write(engine) as connection:
        rows = _Rows(connection)
        for name, text in common_files(until):
            rows.add(name, text)
        loads += rows.flush()
    for part in planned:
        with write(engine) as connection:
            rows = _Rows(connection)
            for name, text in part_files(part, generate(part, seed, until)):
                rows.add(name, text)
            loads += rows.flush()
        if progress:
            progress(part.number + 1, len(planned))
    with write(engine) as connection:
        _list_unsettled(connection)
    settle(engine)
    return loads


class _Rows:
    """Gathers the rows of several files and inserts them by the hundred thousand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._salt = salt(connection)
        self._facts: dict[str, list[tuple]] = {}
        self._parties: dict[str, dict[int, tuple]] = {}
        self._transactions: list[tuple] = []
        self._count = 0
        self._loads = 0

    def add(self, name: str, text: str) -> None:
        """Read one file's text into rows."""
        data = text.encode("ascii")
        load_id = next_load_id(self._connection)
        load = _Load()
        kind = kind_of_header(data[:4096])
        batches = self._read_csv(data, kind, load_id, load) if kind else self._read_x12(data, load_id, load)
        for batch in batches:
            for table, rows in batch.rows.items():
                self._facts.setdefault(table, []).extend(rows)
                self._count += len(rows)
            for table, parties in batch.parties.items():
                known = self._parties.setdefault(table, {})
                self._parties[table] = parties | known  # the first to name a party names it
        self._write_load(load_id, name, data, load)
        self._loads += 1
        if self._count >= _ROWS:
            self._insert()

    def flush(self) -> int:
        """Insert what is left; return the number of files read."""
        self._insert()
        return self._loads

    def _read_csv(self, data: bytes, kind: str, load_id: int, load: _Load) -> Iterator[RowBatch]:
        held = read_csv(BytesIO(data), kind, load_id, self._salt)
        load.kind, load.transactions, load.claims, load.charge = kind, 1, held.rows, held.amount
        yield from held.batches

    def _read_x12(self, data: bytes, load_id: int, load: _Load) -> Iterator[RowBatch]:
        for event in read_x12(BytesIO(data), load_id, self._salt):
            if isinstance(event, RowBatch):
                yield event
            elif isinstance(event, TransactionEnd):
                load.kind = event.kind
                load.transactions += 1
                load.claims += event.claims
                load.charge += event.charge
                load.paid += event.paid
                if event.balanced is not None:
                    load.balanced = event.balanced and load.balanced is not False
                self._transactions.append((load_id, "loaded", *(getattr(event, name) for name in _TRANSACTION[2:])))

    def _write_load(self, load_id: int, name: str, data: bytes, load: _Load) -> None:
        row = {
            "load_id": load_id,
            "file_name": name,
            "sha256": sha256(data).hexdigest(),
            "byte_size": len(data),
            "status": "loaded",
            "loaded_at": datetime.now(UTC).replace(tzinfo=None),
            "loaded_by": "demo",
            "segments": data.count(b"\n"),
            **vars(load),
        }
        self._connection.execute(insert(schema.load).values(row))

    def _insert(self) -> None:
        connection = self._connection
        for name, rows in self._facts.items():
            bulk_insert(connection, schema.metadata.tables[name], FACT_COLUMNS[name], rows)
        for name, parties in self._parties.items():
            table = schema.metadata.tables[name]
            key = table.c[f"{name}_id"]
            known = set(connection.scalars(select(key).where(key.in_(list(parties)))))
            new = [row for party, row in parties.items() if party not in known]
            bulk_insert(connection, table, PARTY_COLUMNS[name], new)
        bulk_insert(connection, schema.x12_transaction, _TRANSACTION, self._transactions)
        self._facts, self._parties, self._transactions, self._count = {}, {}, [], 0


_TRANSACTION: tuple[str, ...] = (
    "load_id",
    "status",
    *(column.name for column in schema.x12_transaction.columns if column.name not in ("load_id", "status")),
)


def _list_unsettled(connection: Connection) -> None:
    for table in (schema.claim, schema.claim_payment, schema.billing_entry):
        keys = select(table.c.account_key).where(table.c.account_key.is_not(None)).distinct()
        connection.execute(insert(schema.unsettled).from_select(["account_key"], keys))
