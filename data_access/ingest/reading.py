"""A file's contents in columns: what the database takes fastest, and what another process can send cheaply.

`read_source` reads one file of any kind that is loaded. `Readers` does so in processes of their own, some files
ahead of the loading, when there is enough to read that starting them pays.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from multiprocessing import get_context
from typing import BinaryIO

import pyarrow as pa

from data_access import schema
from data_access.bulk import in_columns
from data_access.ingest import bai2
from data_access.ingest.csv_import import kind_of_header, read_csv, why_no_kind
from data_access.ingest.party_rows import merge_parties
from data_access.ingest.rows import (
    FACT_COLUMNS,
    Event,
    FileEnd,
    Problem,
    Refused,
    RowBatch,
    SourceLines,
    TransactionEnd,
)
from data_access.ingest.sources import Source
from data_access.ingest.whole_file import without_utf16
from data_access.ingest.x12 import read_x12
from data_access.startup import keep_imports

_CHUNK_LINES = 2_000
#: By these a file's kind is told: the header of a CSV, however wide, and a row below it.
_START_BYTES = 1 << 16
#: Rows gathered before they are put in columns, however few a transaction brings.
_ROWS = 10_000
_CHUNK_COLUMNS = tuple(column.name for column in schema.source_chunk.columns)


@dataclass(slots=True)
class Columns:
    """Rows by table name as Arrow columns, and parties by table name and id in `PARTY_COLUMNS` order."""

    rows: dict[str, pa.Table]
    parties: dict[str, dict[int, tuple]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CsvEnd:
    """End of a CSV file: its kind, lines, rows loaded, the sum of their amounts, and problems."""

    kind: str
    lines: int
    rows: int
    amount: Decimal
    problems: list[Problem]


Part = Columns | TransactionEnd | FileEnd | CsvEnd


def read_source(source: Source, load_id: int, salt: bytes) -> Iterator[Part]:
    """The parts of a file: columns and ends of transactions while it is read, the end of the file last.

    Raises:
        Refused, NotX12, CutOff, OSError: the file is to be refused whole; what was handed over before is void.
    """
    with source.open() as stream:
        start = without_utf16(stream.read(_START_BYTES))
    if not start.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Refused("The file is empty. Get it again from its sender.")
    kind = bai2.KIND if bai2.is_bai2(start) else kind_of_header(start)
    if kind is None and (why := why_no_kind(start)):
        raise Refused(why)
    with source.open() as stream:
        yield from _csv(stream, kind, load_id, salt) if kind else _x12(read_x12(stream, load_id, salt), load_id)


def read_segments_again(segments: Iterable[str], load_id: int, salt: bytes) -> Iterator[Part]:
    """The parts of an X12 file that was loaded before, from its segments, in lines, as they were kept."""
    text = "\n".join([*segments, ""])
    return _x12(read_x12(BytesIO(text.encode("utf-8")), load_id, salt), load_id)


def _csv(stream: BinaryIO, kind: str, load_id: int, salt: bytes) -> Iterator[Part]:
    held = bai2.read_bai2(stream, load_id) if kind == bai2.KIND else read_csv(stream, kind, load_id, salt)
    errors = [problem for problem in held.problems if problem.severity == "error"]
    if errors:
        more = f" ({len(errors)} problems in all)" if len(errors) > 1 else ""
        raise Refused("Nothing was loaded. " + " ".join(problem.message for problem in errors[:5]) + more, kind)
    for batch in held.batches:
        yield columns_of(batch)
    lines = _Lines(load_id)
    yield from lines.add(1, held.lines)
    yield from lines.rest()
    yield CsvEnd(kind, len(held.lines), held.rows, held.amount, held.problems)


def _x12(events: Iterable[Event], load_id: int) -> Iterator[Part]:
    waiting, lines = RowBatch({}, {}), _Lines(load_id)
    for event in events:
        if isinstance(event, SourceLines):
            yield from lines.add(event.first_segment, event.lines)
            continue
        if isinstance(event, RowBatch):
            for name, rows in event.rows.items():
                waiting.rows.setdefault(name, []).extend(rows)
            for name, parties in event.parties.items():
                merge_parties(waiting.parties.setdefault(name, {}), name, parties)
            if sum(map(len, waiting.rows.values())) < _ROWS:
                continue
        if isinstance(event, RowBatch | FileEnd):
            yield columns_of(waiting)
            waiting = RowBatch({}, {})
        if isinstance(event, FileEnd):
            yield from lines.rest()
        if not isinstance(event, RowBatch):
            yield event


def columns_of(batch: RowBatch) -> Columns:
    """The same rows as columns.

    Raises:
        Refused: a number does not fit its column, such as a sum of amounts that each do.
    """
    tables = schema.metadata.tables
    try:
        columns = {
            name: in_columns(tables[name], FACT_COLUMNS[name], rows) for name, rows in batch.rows.items() if rows
        }
    except pa.ArrowInvalid:  # its message holds the number
        raise Refused(
            "Nothing was loaded. An amount or number in the file, or a sum of them, is too large to be one. "
            "Look for mistyped amounts, and get the file again."
        ) from None
    return Columns(columns, batch.parties)


class _Lines:
    """Lines as read, gathered into compressed chunks."""

    def __init__(self, load_id: int) -> None:
        self._load_id = load_id
        self._lines: list[str] = []
        self._first = 1

    def add(self, first: int, lines: list[str]) -> Iterator[Columns]:
        """Take lines in, the first of which has the number `first`."""
        if not self._lines:
            self._first = first
        self._lines += lines
        while len(self._lines) >= _CHUNK_LINES:
            yield self._chunk(_CHUNK_LINES)

    def rest(self) -> Iterator[Columns]:
        """The last chunk, if anything is left for it."""
        if self._lines:
            yield self._chunk(len(self._lines))

    def _chunk(self, count: int) -> Columns:
        lines, self._lines = self._lines[:count], self._lines[count:]
        text = "\n".join(lines)
        if text.count("\n") >= count:  # a line break within a line would be taken for the end of it
            text = "\n".join(line.replace("\n", " ") for line in lines)
        last = self._first + count - 1
        row = (self._load_id, self._first, last, zlib.compress(text.encode("utf-8"), 1))
        self._first = last + 1
        return Columns({"source_chunk": in_columns(schema.source_chunk, _CHUNK_COLUMNS, [row])})


class Readers:
    """Processes that read files ahead of their loading; started with the first file given to them.

    Started afresh, not as a copy of this process: that holds the database open and runs threads.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def begin(self, source: Source, load_id: int, salt: bytes) -> Future[list[Part]]:
        """Have a file read."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, get_context("spawn"), keep_imports)
        try:
            return self._pool.submit(_read_whole, source, load_id, salt)
        except BrokenExecutor as broken:
            failed: Future[list[Part]] = Future()
            failed.set_exception(broken)
            return failed

    def close(self) -> None:
        """Stop the processes, waiting for what they have begun."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _read_whole(source: Source, load_id: int, salt: bytes) -> list[Part]:
    return list(read_source(source, load_id, salt))
