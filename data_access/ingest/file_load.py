"""One file on its way in: what it holds is read, checked for duplicates and handed to the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from data_access import schema
from data_access.bulk import bulk_insert, in_columns
from data_access.engine import next_load_id
from data_access.ingest.duplicates import Verdict, judge, seen_interchanges
from data_access.ingest.reading import Columns, CsvEnd, Part
from data_access.ingest.rows import Problem, Refused, TransactionEnd
from data_access.ingest.store import Store

MAX_PROBLEMS = 500
#: Rows of one file held in memory; a larger file is written piece by piece.
_ROWS_AT_ONCE = 40_000
_TRANSACTION_COLUMNS = ("load_id", "status") + tuple(
    column.name for column in schema.x12_transaction.columns if column.name not in ("load_id", "status")
)


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

    def reject(self, reason: str) -> None:
        """Nothing of the file is loaded."""
        self.status, self.reason = "rejected", reason
        self.claims, self.charge, self.paid, self.balanced = 0, Decimal("0.00"), Decimal("0.00"), None


def skipped(duplicates: int) -> str | None:
    """What is said of a file of which so many transactions were loaded before."""
    return f"{duplicates} of its transactions were already loaded and were skipped." if duplicates else None


class FileLoad:
    """One file being loaded, inside the database transaction of the store it goes to."""

    def __init__(self, store: Store, name: str, digest: str, size: int, who: str, load_id: int | None = None) -> None:
        self.store, self.connection = store, store.connection
        self.name, self.digest, self.size, self.who = name, digest, size, who
        self.result = LoadResult(name)
        self.load_id = next_load_id(self.connection) if load_id is None else load_id
        self.own = Store(self.connection)
        self.written = False
        self.problems: list[Problem] = []
        self.kinds: list[str] = []
        self.transactions = 0
        self.kept_out: list[str] = []
        self.conflicts = 0
        self.duplicates = 0
        self.segments = 0
        self.judged: list[tuple[TransactionEnd, Verdict]] = []

    def load(self, parts: Iterable[Part], in_pieces: bool) -> LoadResult:
        """Take the parts of the file and hand all of it to the store.

        Args:
            in_pieces: write rows before the whole file was read, to bound memory. Only for a file alone in its
                transaction, which must be rolled back when the file is refused.

        Raises:
            Refused, NotX12, CutOff, OSError: the file is to be refused whole; nothing was handed over.
        """
        ends: list[TransactionEnd] = []
        for part in parts:
            if isinstance(part, Columns):
                self.own.add(part)
                if in_pieces and self.own.size() >= _ROWS_AT_ONCE:
                    self.own.write()
                    self.written = True
            elif isinstance(part, TransactionEnd):
                ends.append(part)
            elif isinstance(part, CsvEnd):
                self._end_csv(part)
            else:
                self.segments, self.kinds = part.segments, list(part.kinds)
                self.problems += part.problems
                self._keep(ends)
        self._finish()
        return self.result

    def record_rejection(self, error: Exception) -> LoadResult:
        """Record that the file was refused, and why."""
        reason = str(error)
        self.result.reject(reason)
        self.result.kind = getattr(error, "kind", None) or self.result.kind
        self.problems = [Problem("error", None, None, "REJECTED", reason)]
        self.own.take()
        self.judged = []
        self.segments = self.transactions = 0
        self._record()
        return self.result

    def _end_csv(self, end: CsvEnd) -> None:
        self.kinds = [end.kind]
        self.problems += end.problems
        self.segments, self.transactions = end.lines, 1
        self.result.claims, self.result.charge = end.rows, end.amount

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
        self.judged = list(zip(ends, verdicts, strict=True))

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
        self.own.drop_transaction(transaction_no)
        if not self.written:
            return
        for table in schema.FACT_TABLES:
            if "transaction_no" in table.c:
                mine = (table.c.load_id == self.load_id, table.c.transaction_no == transaction_no)
                self.connection.execute(table.delete().where(*mine))

    def _finish(self) -> None:
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
            result.reason = skipped(self.duplicates)
        result.warnings = [problem.message for problem in self.problems if problem.severity == "warning"]
        self._record()

    def _record(self) -> None:
        self.result.load_id = self.load_id
        # Written at once: the next file of the same transaction is compared with them.
        self.connection.execute(insert(schema.load).values(self._load_row()))
        bulk_insert(self.connection, schema.x12_transaction, _TRANSACTION_COLUMNS, self._transaction_rows())
        if self.problems:
            columns = [column.name for column in schema.load_problem.columns]
            self.own.add(Columns({"load_problem": in_columns(schema.load_problem, columns, self._problem_rows())}))
        self.store.add(self.own.take())

    def _load_row(self) -> dict[str, Any]:
        result = self.result
        return {
            "load_id": self.load_id,
            "file_name": self.name,
            "sha256": self.digest,
            "byte_size": self.size,
            "kind": result.kind,
            "status": result.status,
            "reason": result.reason,
            "loaded_at": datetime.now(UTC).replace(tzinfo=None),
            "loaded_by": self.who,
            "segments": self.segments,
            "transactions": self.transactions,
            "claims": result.claims,
            "charge": result.charge,
            "paid": result.paid,
            "balanced": result.balanced,
        }

    def _transaction_rows(self) -> list[tuple]:
        own = _TRANSACTION_COLUMNS[2:]
        return [(self.load_id, verdict.status, *(getattr(end, name) for name in own)) for end, verdict in self.judged]

    def _problem_rows(self) -> list[tuple]:
        shown = self.problems[:MAX_PROBLEMS]
        if len(self.problems) > MAX_PROBLEMS:
            left = len(self.problems) - MAX_PROBLEMS
            shown.append(Problem("warning", None, None, "MORE_PROBLEMS", f"{left:,} more problems are not listed."))
        return [
            (self.load_id, number, p.severity, p.transaction_no, p.segment_no, p.code, p.message)
            for number, p in enumerate(shown, 1)
        ]

    def _first_error(self) -> str:
        errors = [problem.message for problem in self.problems if problem.severity == "error"]
        return errors[0] if errors else "The file holds no transaction that can be loaded."
