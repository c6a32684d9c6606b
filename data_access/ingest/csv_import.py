"""CSV files of the billing system: what their columns are, and how a row becomes facts.

The columns are described once, in the modules named here; the templates, the help on the Import page and the
checks all come from that description. A file is loaded whole or, when any row is wrong, not at all.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

from data_access.ingest import csv_billing, csv_contracts, csv_deposits
from data_access.ingest.csv_cells import BadCell, CsvKind
from data_access.ingest.rows import Problem, Refused, RowBatch
from data_access.ingest.whole_file import read_whole

MAX_PROBLEMS = 50
_BATCH = 5_000

_MODULES = (csv_billing, csv_contracts, csv_deposits)
KINDS: dict[str, CsvKind] = {kind.kind: kind for module in _MODULES for kind in module.KINDS}


def template(kind: str) -> str:
    """A CSV with the header and one example row, to be replaced by the office's own rows."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow([column.name for column in KINDS[kind].columns])
    writer.writerow([column.example for column in KINDS[kind].columns])
    return lines.getvalue()


def kind_of_header(first_bytes: bytes) -> str | None:
    """The kind of CSV file that starts with these bytes, told by its header; None when it is none of ours."""
    header = _header(_decode(first_bytes).splitlines()[0]) if first_bytes.strip() else set()
    fits = [kind for kind in KINDS.values() if kind.required <= header]
    # a file of contracts has every column that a fee schedule needs: the kind that knows most of the columns it is
    return max(fits, key=lambda kind: len(header & {column.name for column in kind.columns})).kind if fits else None


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _header(line: str) -> set[str]:
    return {name.strip().lower() for name in next(csv.reader([line], delimiter=_delimiter(line)))}


@dataclass
class CsvResult:
    """What a CSV held: rows, the sum of its amounts, the lines as read, and problems (any error refuses the file)."""

    kind: str
    batches: list[RowBatch] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rows: int = 0
    amount: Decimal = Decimal("0.00")
    problems: list[Problem] = field(default_factory=list)
    errors: int = 0

    def refuse(self, row_no: int, column: str, what: str) -> None:
        """Note what is wrong with a cell: the file will not be loaded."""
        self.errors += 1
        self.problems.append(Problem("error", None, row_no, "BAD_CELL", f"Row {row_no}, column {column}: {what}."))


def read_csv(stream: BinaryIO, kind: str, load_id: int, salt: bytes) -> CsvResult:
    """Read a CSV of a known kind; see `CsvResult.problems` for what is wrong, by row and column.

    Raises:
        Refused: it cannot be read to its end.
    """
    result = CsvResult(kind)
    text = _decode(read_whole(stream, kind))
    result.lines = text.splitlines()
    delimiter = _delimiter(result.lines[0])
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        _read_rows(rows, result, load_id, salt)
    except csv.Error:
        raise Refused(
            f"Nothing was loaded. Row {rows.line_num} cannot be read: a line ends within a cell (a carriage return "
            "alone), or a quote is never closed. Save the file again as CSV with the line ends of Windows or Unix.",
            kind,
        ) from None
    return result


def _read_rows(rows: Any, result: CsvResult, load_id: int, salt: bytes) -> None:
    """Read the header and the rows below it, which `rows`, a reader of the csv module, gives one by one."""
    kind = result.kind
    names = [name.strip().lower() for name in next(rows)]
    unknown = set(names) - {column.name for column in KINDS[kind].columns}
    if unknown:
        message = f"Columns not used: {', '.join(sorted(unknown))}."
        result.problems.append(Problem("warning", None, 1, "UNKNOWN_COLUMN", message))
    positions = {name: position for position, name in enumerate(names)}
    batch = RowBatch({KINDS[kind].table: []}, {})
    for row in rows:
        if not row:
            continue
        row_no = rows.line_num
        if any(map(str.strip, row[len(names) :])):
            result.refuse(row_no, str(len(names) + 1), "has no name in the header; put amounts with commas in quotes")
        values = _values(KINDS[kind], positions, row, row_no, result)
        if result.errors:
            if len(result.problems) >= MAX_PROBLEMS:
                break
            continue
        for table, made in KINDS[kind].make(values, load_id, row_no, salt, batch):
            batch.rows.setdefault(table, []).append(made)
        result.rows += 1
        if KINDS[kind].sums:
            result.amount += values.get("amount") or Decimal(0)
        if result.rows % _BATCH == 0:
            result.batches.append(batch)
            batch = RowBatch({KINDS[kind].table: []}, {})
    result.batches.append(batch)


def _values(kind: CsvKind, positions: dict[str, int], row: list[str], row_no: int, result: CsvResult) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors_before = result.errors
    for column in kind.columns:
        position = positions.get(column.name, len(row))
        raw = row[position].strip() if position < len(row) else ""
        values[column.name] = None
        if not raw:
            if column.required:
                result.refuse(row_no, column.name, "is empty; every row needs it")
            continue
        try:
            values[column.name] = column.read(raw)
        except BadCell as bad:
            result.refuse(row_no, column.name, str(bad))
    wrong = kind.check(values) if result.errors == errors_before else None
    if wrong:
        result.refuse(row_no, *wrong)
    return values
