"""CSV files of the billing system: what their columns are, and how a row becomes facts.

The columns are described once, in the modules named here; the templates, the help on the Import page and the
checks all come from that description. A file is loaded whole or, when any row is wrong, not at all.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from data_access.counting import counted, listed
from data_access.ingest import csv_billing, csv_contracts, csv_deposits
from data_access.ingest.csv_cells import BadCell, CsvKind
from data_access.ingest.rows import Problem, Refused, RowBatch
from data_access.ingest.whole_file import read_whole

MAX_PROBLEMS = 50
_BATCH = 5_000
_DELIMITERS = ",;\t|"
#: What a line without contents may hold: programs write the delimiters of empty cells, too.
_NOTHING = f' "\r\n{_DELIMITERS}'
_EXCEL_DELIMITER = re.compile(rf'"?sep=([{_DELIMITERS}])"?[{_DELIMITERS}\s]*', re.IGNORECASE)
#: How programs keep Excel from taking an account number for a number or a date.
_EXCEL_TEXT = re.compile(r'="(.*)"')
_LONGEST_NAME = 60  #: characters of a column's name, in whatever file
_AS_MANY = "put an amount with commas in quotes, and a comma for every cell that is empty"

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
    top = _top(_decode(first_bytes).splitlines())
    header = {name.strip().lower() for name in _cells(top.header, top.delimiter)}
    fits = [kind for kind in KINDS.values() if kind.required <= header]
    # a file of contracts has every column that a fee schedule needs: the kind that knows most of the columns it is
    return max(fits, key=lambda kind: len(header & {column.name for column in kind.columns})).kind if fits else None


def why_no_kind(first_bytes: bytes) -> str | None:
    """Why a CSV file that starts with these bytes is none of ours; None when it is no CSV.

    It names our columns, never the file's: where the header is missing, the first row is a patient's.
    """
    lines = _decode(first_bytes).splitlines()
    top = _top(lines)
    names = _cells(top.header, top.delimiter)
    below = next((line for line in lines[top.before + 1 :] if line.strip(_NOTHING)), "")
    if not _is_header(names) or len(_cells(below, top.delimiter)) != len(names):
        return None
    # as near as names get that were written by hand; to be read, a column must be called as ours is
    alike = {re.sub(r"\W+", "_", name.strip().lower()) for name in names}
    nearest = max(KINDS.values(), key=lambda kind: len(alike & {column.name for column in kind.columns}))
    lacking = sorted(nearest.required - {name.strip().lower() for name in names})
    if alike.isdisjoint(column.name for column in nearest.columns):
        known = ", ".join(f"{kind}.csv" for kind in KINDS)
        what = f"It shares no column with any of them ({known})."
    else:
        columns = "column" if len(lacking) == 1 else "columns"
        what = f"The nearest is {nearest.kind}.csv, of which it lacks the {columns} {listed(lacking)}."
    return (
        f"This is a CSV file whose columns fit none of the files that can be loaded. {what} Import, CSV formats, has "
        "the columns of each and a template; columns must be called as they are there."
    )


def _is_header(names: list[str]) -> bool:
    """Whether cells may be names of columns: each has a letter and no more than a few words."""
    named = [name for name in names if name.strip()]
    return len(named) > 1 and all(re.search("[A-Za-z]", name) and len(name) <= _LONGEST_NAME for name in named)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


@dataclass(frozen=True)
class _Top:
    """Where a file begins: how many lines stand before the header, the header, and what parts its cells."""

    before: int
    header: str
    delimiter: str


def _top(lines: list[str]) -> _Top:
    """The header is the first line that is not empty, or the next one where that is Excel's `sep=;`."""
    before, delimiter = 0, ""
    for line in lines:
        told = _EXCEL_DELIMITER.fullmatch(line)
        if line.strip(_NOTHING) and not told:
            return _Top(before, line, delimiter or max(_DELIMITERS, key=line.count))
        delimiter = told[1] if told else delimiter
        before += 1
    return _Top(before, "", delimiter or ",")


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
        self._error(row_no, "BAD_CELL", f"Row {row_no}, column {column}: {what}.")

    def refuse_row(self, row_no: int, what: str) -> None:
        """Note what is wrong with a whole row: the file will not be loaded."""
        self._error(row_no, "BAD_ROW", f"Row {row_no} {what}.")

    def _error(self, row_no: int, code: str, message: str) -> None:
        self.errors += 1
        self.problems.append(Problem("error", None, row_no, code, message))


def read_csv(stream: BinaryIO, kind: str, load_id: int, salt: bytes) -> CsvResult:
    """Read a CSV of a known kind; see `CsvResult.problems` for what is wrong, by row and column.

    Raises:
        Refused: it cannot be read to its end, or its header names a column twice.
    """
    result = CsvResult(kind)
    text = _decode(read_whole(stream, kind))
    result.lines = text.splitlines()
    _read_rows(_Rows(text, _top(result.lines), kind), result, load_id, salt)
    if not result.rows and not result.errors:
        message = "The file holds a header and no rows: nothing was loaded from it. Export it again if it should."
        result.problems.append(Problem("warning", None, None, "NO_ROWS", message))
    return result


class _Rows:
    """The rows of a file one by one, and in `row_no` the line on which the last one began."""

    def __init__(self, text: str, top: _Top, kind: str) -> None:
        lines = islice(io.StringIO(text), top.before, None)
        self._rows = csv.reader(lines, delimiter=top.delimiter, strict=True)
        self._before = top.before
        self._kind = kind
        self.row_no = 0

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> list[str]:
        read = self._rows.line_num
        self.row_no = self._before + read + 1
        try:
            row = next(self._rows)
        except csv.Error:
            raise self._torn() from None
        if self._rows.line_num > read + 1:  # a quote left open takes in the rows below it until the next quote
            raise self._torn()
        return row

    def _torn(self) -> Refused:
        return Refused(
            f"Nothing was loaded. Row {self.row_no} cannot be read: a line ends within a cell, a quote is never "
            "closed, or one within a quoted cell is not doubled. Put that right, and save the file again as CSV "
            "with the line ends of Windows or Unix.",
            self._kind,
        )


def _read_rows(rows: _Rows, result: CsvResult, load_id: int, salt: bytes) -> None:
    """Read the header and the rows below it."""
    kind = KINDS[result.kind]
    names = _names(rows, result)
    batch = RowBatch({kind.table: []}, {})
    for row in rows:
        if not any(map(str.strip, row)):
            continue
        values = _values(kind, names, row, rows.row_no, result)
        if result.errors:
            if len(result.problems) >= MAX_PROBLEMS:
                break
            continue
        for table, made in kind.make(values, load_id, rows.row_no, salt, batch):
            batch.rows.setdefault(table, []).append(made)
        result.rows += 1
        if kind.sums:
            result.amount += values.get("amount") or Decimal(0)
        if result.rows % _BATCH == 0:
            result.batches.append(batch)
            batch = RowBatch({kind.table: []}, {})
    result.batches.append(batch)


def _names(rows: _Rows, result: CsvResult) -> list[str]:
    """The columns that the header names, with a warning of those that are not used."""
    names = [name.strip().lower() for name in next(rows)]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refused(
            f"Nothing was loaded. The header names a column twice: {', '.join(twice)}. Leave one of them.", result.kind
        )
    unknown = set(names) - {"", *(column.name for column in KINDS[result.kind].columns)}
    if unknown:
        message = f"Columns not used: {', '.join(sorted(unknown))}."
        result.problems.append(Problem("warning", None, rows.row_no, "UNKNOWN_COLUMN", message))
    return names


def _values(kind: CsvKind, names: list[str], row: list[str], row_no: int, result: CsvResult) -> dict[str, Any]:
    """The values of a row by column; what is wrong with it is noted in `result`."""
    if len(row) != len(names):
        # 1,234.50 without quotes is two cells, and moves all cells after it
        result.refuse_row(row_no, f"has {counted(len(row), 'cell')} where the header names {len(names)}; {_AS_MANY}")
        return {}
    cells = {name: cell for name, cell in zip(names, map(_cell, row), strict=True) if cell}
    if "" in cells:
        result.refuse_row(row_no, f"has a cell below no name of the header; {_AS_MANY}")
        return {}
    return _read_cells(kind, cells, row_no, result)


def _cell(raw: str) -> str:
    told = _EXCEL_TEXT.fullmatch(raw.strip())
    return (told[1] if told else raw).strip()


def _read_cells(kind: CsvKind, cells: dict[str, str], row_no: int, result: CsvResult) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors_before = result.errors
    for column in kind.columns:
        values[column.name] = None
        if column.name not in cells:
            if column.required:
                result.refuse(row_no, column.name, "is empty; every row needs it")
            continue
        try:
            values[column.name] = column.read(cells[column.name])
        except BadCell as bad:
            result.refuse(row_no, column.name, str(bad))
    wrong = kind.check(values) if result.errors == errors_before else None
    if wrong:
        result.refuse(row_no, *wrong)
    return values
