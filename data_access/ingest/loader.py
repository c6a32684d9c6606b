"""Loading: one file, one database transaction; every row keeps its source; nothing is loaded twice.

A file already known is told by four gates, first hit wins: its bytes; its interchange (a warning only,
some senders never change the number); the business key of each transaction; the transaction's body.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine, insert, select

from data_access import schema
from data_access.engine import bulk_insert, next_load_id, salt, write
from data_access.ingest.csv_import import kind_of_header, read_csv
from data_access.ingest.duplicates import Verdict, judge, seen_interchanges
from data_access.ingest.party_rows import insert_parties
from data_access.ingest.rows import (
    FACT_COLUMNS,
    CutOff,
    FileEnd,
    NotX12,
    Problem,
    RowBatch,
    SourceLines,
    TransactionEnd,
)
from data_access.ingest.sources import Source, find
from data_access.ingest.x12 import read_x12
from data_access.posting import settle

STANDING = ("loaded", "partly_loaded")
MAX_PROBLEMS = 500
_CHUNK_LINES = 2_000
_CHUNKS_AT_ONCE = 50
_ROWS_AT_ONCE = 40_000


@dataclass
class LoadResult:
    """What became of one file; `status` is loaded, partly_loaded, already_loaded or rejected."""

    file: str
    kind: str | None = None
    claims: int = 0
    charge: Decimal = Decimal("0.00")
    paid: Decimal = Decimal("0.00")
    balanced: bool | None = None
    status: str = "loaded"
    reason: str | None = None
    warnings: list[str] = field(default_factory=list)
    load_id: int | None = None


class Refused(Exception):
    """The whole file is refused; the message says why and what to do."""


def load_paths(
    engine: Engine, paths: Iterable[Path], who: str, progress: Callable[[LoadResult], None] | None = None
) -> list[LoadResult]:
    """Load files, folders and zips, then post them.

    Args:
        who: recorded as the one who loaded them.
        progress: called after each file.
    """
    return load_sources(engine, find(paths), who, progress)


def load_sources(
    engine: Engine, sources: Iterable[Source], who: str, progress: Callable[[LoadResult], None] | None = None
) -> list[LoadResult]:
    """Load sources one by one, then post what they hold. What an earlier run left unposted is posted too."""
    results = []
    try:
        for source in sources:
            results.append(_load(engine, source, who))
            if progress:
                progress(results[-1])
    finally:
        settle(engine)
    return results


def _load(engine: Engine, source: Source, who: str) -> LoadResult:
    result = LoadResult(source.name)
    digest, size = "", 0
    try:
        if source.refused:
            raise Refused(source.refused)
        digest, size = _digest(source)
        with write(engine) as connection:
            if _already_loaded(connection, digest, result):
                return result
            file = _File(connection, source.name, digest, size, who, result)
            file.load(source)
    except (Refused, NotX12, CutOff, OSError) as error:
        _record_rejection(engine, source.name, digest, size, who, result, str(error))
    return result


def _digest(source: Source) -> tuple[str, int]:
    digest, size = sha256(), 0
    with source.open() as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _already_loaded(connection: Connection, digest: str, result: LoadResult) -> bool:
    query = select(schema.load).where(schema.load.c.sha256 == digest, schema.load.c.status.in_(STANDING))
    known = connection.execute(query.order_by(schema.load.c.load_id)).first()
    if known is None:
        return False
    result.status, result.kind, result.load_id = "already_loaded", known.kind, known.load_id
    result.claims, result.charge, result.paid = known.claims, known.charge, known.paid
    result.balanced = known.balanced
    result.reason = f"The same file was loaded on {known.loaded_at:%Y-%m-%d %H:%M} UTC as load {known.load_id}."
    return True


def _record_rejection(
    engine: Engine, name: str, digest: str, size: int, who: str, result: LoadResult, reason: str
) -> None:
    result.status, result.reason = "rejected", reason
    result.claims, result.charge, result.paid, result.balanced = 0, Decimal("0.00"), Decimal("0.00"), None
    with write(engine) as connection:
        load_id = next_load_id(connection)
        connection.execute(insert(schema.load).values(_load_row(load_id, name, digest, size, who, result)))
        problem = Problem("error", None, None, "REJECTED", reason)
        _insert_problems(connection, load_id, [problem])
    result.load_id = load_id


def _load_row(load_id: int, name: str, digest: str, size: int, who: str, result: LoadResult) -> dict:
    return {
        "load_id": load_id,
        "file_name": name,
        "sha256": digest,
        "byte_size": size,
        "kind": result.kind,
        "status": result.status,
        "reason": result.reason,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
        "loaded_by": who,
        "segments": 0,
        "transactions": 0,
        "claims": result.claims,
        "charge": result.charge,
        "paid": result.paid,
        "balanced": result.balanced,
    }


def _insert_problems(connection: Connection, load_id: int, problems: list[Problem]) -> None:
    shown = problems[:MAX_PROBLEMS]
    if len(problems) > MAX_PROBLEMS:
        left = len(problems) - MAX_PROBLEMS
        shown.append(Problem("warning", None, None, "MORE_PROBLEMS", f"{left:,} more problems are not listed."))
    rows = [
        (load_id, number, p.severity, p.transaction_no, p.segment_no, p.code, p.message)
        for number, p in enumerate(shown, 1)
    ]
    bulk_insert(connection, schema.load_problem, [column.name for column in schema.load_problem.columns], rows)


class _File:
    """The file being loaded, inside its database transaction."""

    def __init__(self, connection: Connection, name: str, digest: str, size: int, who: str, result: LoadResult) -> None:
        self.connection = connection
        self.name, self.digest, self.size, self.who, self.result = name, digest, size, who, result
        self.load_id = next_load_id(connection)
        self.salt = salt(connection)
        self.problems: list[Problem] = []
        self.kinds: list[str] = []
        self.transactions = 0
        self.kept_out: list[str] = []
        self.conflicts = 0
        self.duplicates = 0
        self.segments = 0
        self.lines: list[str] = []
        self.chunks: list[tuple[int, int, int, bytes]] = []
        self.first_line = 1

    def load(self, source: Source) -> None:
        """Read the source and write all of it, or raise with nothing written."""
        with source.open() as stream:
            start = stream.read(4096)
        if not start.strip(b"\xef\xbb\xbf \t\r\n\x00"):
            raise Refused("The file is empty. Get it again from its sender.")
        kind = kind_of_header(start)
        with source.open() as stream:
            if kind:
                self._read_csv(stream, kind)
            else:
                self._read_x12(stream)
        self._finish()

    def _read_csv(self, stream: BinaryIO, kind: str) -> None:
        held = read_csv(stream, kind, self.load_id, self.salt)
        errors = [problem for problem in held.problems if problem.severity == "error"]
        if errors:
            more = f" ({len(errors)} problems in all)" if len(errors) > 1 else ""
            self.result.kind = kind
            raise Refused("Nothing was loaded. " + " ".join(problem.message for problem in errors[:5]) + more)
        for batch in held.batches:
            self._insert(batch)
        self.kinds = [kind]
        self.problems += held.problems
        self._keep_lines(1, held.lines)
        self.segments, self.transactions = len(held.lines), 1
        self.result.claims, self.result.charge = held.rows, held.amount

    def _read_x12(self, stream: BinaryIO) -> None:
        ends: list[TransactionEnd] = []
        waiting = RowBatch({}, {})
        for event in read_x12(stream, self.load_id, self.salt):
            if isinstance(event, RowBatch):
                _merge(waiting, event)
                if sum(map(len, waiting.rows.values())) >= _ROWS_AT_ONCE:
                    self._insert(waiting)
                    waiting = RowBatch({}, {})
            elif isinstance(event, SourceLines):
                self._keep_lines(event.first_segment, event.lines)
            elif isinstance(event, TransactionEnd):
                ends.append(event)
            elif isinstance(event, FileEnd):
                self.segments = event.segments
                self.kinds = list(event.kinds)
                self.problems += event.problems
        self._insert(waiting)
        self._keep(ends)

    def _insert(self, batch: RowBatch) -> None:
        for name, rows in batch.rows.items():
            bulk_insert(self.connection, schema.metadata.tables[name], FACT_COLUMNS[name], rows)
        for name, parties in batch.parties.items():
            insert_parties(self.connection, name, parties)

    def _keep_lines(self, first: int, lines: list[str]) -> None:
        if not self.lines:
            self.first_line = first
        self.lines += lines
        while len(self.lines) >= _CHUNK_LINES:
            self._write_lines(_CHUNK_LINES)

    def _write_lines(self, count: int) -> None:
        lines, self.lines = self.lines[:count], self.lines[count:]
        body = zlib.compress("\n".join(line.replace("\n", " ") for line in lines).encode("utf-8"), 1)
        last = self.first_line + len(lines) - 1
        self.chunks.append((self.load_id, self.first_line, last, body))
        self.first_line = last + 1
        if len(self.chunks) >= _CHUNKS_AT_ONCE:
            self._write_chunks()

    def _write_chunks(self) -> None:
        columns = [column.name for column in schema.source_chunk.columns]
        bulk_insert(self.connection, schema.source_chunk, columns, self.chunks)
        self.chunks = []

    def _keep(self, ends: list[TransactionEnd]) -> None:
        """Record the transactions; take the rows of those out again that are not trusted or not new."""
        seen = seen_interchanges(self.connection, self.load_id, ends)
        if seen:
            loads = ", ".join(str(load_id) for load_id in seen[:5])
            message = f"An interchange with the same sender, time and control number is in load {loads}."
            self.problems.append(Problem("warning", None, None, "INTERCHANGE_SEEN", message))
        verdicts = judge(self.connection, self.load_id, ends)
        balanced = []
        for end, verdict in zip(ends, verdicts, strict=True):
            self.problems += end.problems
            if verdict.status != "loaded":
                self._keep_out(end, verdict)
                continue
            self.transactions += 1
            self.result.claims += end.claims
            self.result.charge += end.charge
            self.result.paid += end.paid
            if end.balanced is not None:
                balanced.append(end.balanced)
        self.result.balanced = all(balanced) if balanced else None
        table = schema.x12_transaction
        own = [column.name for column in table.columns if column.name not in ("load_id", "status")]
        rows = [
            (self.load_id, verdict.status, *(getattr(end, name) for name in own))
            for end, verdict in zip(ends, verdicts, strict=True)
        ]
        bulk_insert(self.connection, table, ["load_id", "status", *own], rows)

    def _keep_out(self, end: TransactionEnd, verdict: Verdict) -> None:
        self._take_out(end.transaction_no)
        where = f"transaction {end.transaction_no} (ST {end.control_number}, segment {end.first_segment})"
        message = f"{where}: {verdict.why}"
        duplicate = verdict.status == "duplicate"
        if not any(p.severity == "error" and p.transaction_no == end.transaction_no for p in end.problems):
            severity = "warning" if duplicate else "error"
            code = verdict.status.upper()
            self.problems.append(Problem(severity, end.transaction_no, end.first_segment, code, message))
        self.duplicates += duplicate
        self.conflicts += verdict.status == "conflict"
        if not duplicate:
            self.kept_out.append(message)
        elif not self.kept_out:
            self.result.reason = message

    def _take_out(self, transaction_no: int) -> None:
        for table in schema.FACT_TABLES:
            if "transaction_no" in table.c:
                mine = (table.c.load_id == self.load_id, table.c.transaction_no == transaction_no)
                self.connection.execute(table.delete().where(*mine))

    def _finish(self) -> None:
        if self.lines:
            self._write_lines(len(self.lines))
        self._write_chunks()
        result = self.result
        result.kind = "+".join(dict.fromkeys(self.kinds)) or None
        if not self.transactions:
            if self.duplicates and not self.kept_out:
                result.status = "already_loaded"
            elif self.conflicts:  # kept, so that both can be shown side by side
                result.status, result.reason = "rejected", self.kept_out[0]
            else:
                raise Refused(self.kept_out[0] if self.kept_out else self._first_error())
        elif self.kept_out:
            result.status = "partly_loaded"
            result.reason = "; ".join(self.kept_out[:3]) + (" ..." if len(self.kept_out) > 3 else "")
        elif self.duplicates:
            result.reason = f"{self.duplicates} of its transactions were already loaded and were skipped."
        result.warnings = [problem.message for problem in self.problems if problem.severity == "warning"]
        result.load_id = self.load_id
        row = _load_row(self.load_id, self.name, self.digest, self.size, self.who, result)
        row |= {"segments": self.segments, "transactions": self.transactions}
        self.connection.execute(insert(schema.load).values(row))
        _insert_problems(self.connection, self.load_id, self.problems)
        list_unsettled(self.connection, self.load_id)

    def _first_error(self) -> str:
        errors = [problem.message for problem in self.problems if problem.severity == "error"]
        return errors[0] if errors else "The file holds no transaction that can be loaded."


def _merge(into: RowBatch, batch: RowBatch) -> None:
    for name, rows in batch.rows.items():
        into.rows.setdefault(name, []).extend(rows)
    for name, parties in batch.parties.items():
        into.parties.setdefault(name, {}).update(parties)


def list_unsettled(connection: Connection, load_id: int) -> None:
    """List the account keys that a load touches as waiting to be posted."""
    for table in (schema.claim, schema.claim_payment, schema.billing_entry):
        keys = select(table.c.account_key).where(table.c.load_id == load_id, table.c.account_key.is_not(None))
        connection.execute(insert(schema.unsettled).from_select(["account_key"], keys.distinct()))
