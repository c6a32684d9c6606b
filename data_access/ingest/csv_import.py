"""CSV files of the billing system: what their columns are, and how a row becomes facts.

The columns are described once, here; the templates, the help on the Import page and the checks all come
from that description. A file is loaded whole or, when any row is wrong, not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, BinaryIO

from data_access.ids import party_id, row_id
from data_access.ingest.parties import account_key
from data_access.ingest.rows import FACT_COLUMNS, PARTY_COLUMNS, Problem, RowBatch
from data_access.reference import payer_types

MAX_PROBLEMS = 50
_BATCH = 5_000
_MOST = Decimal("999999999999.99")

ENTRY_TYPES = (
    "charge",
    "patient_payment",
    "patient_refund",
    "insurance_payment",
    "insurance_refund",
    "write_off",
    "denial_write_off",
    "bad_debt",
    "charity",
    "transfer_to_patient",
    "transfer_to_insurance",
    "statement",
)
WRITE_OFF_REASONS = (
    "timely_filing",
    "no_authorization",
    "missed_appeal",
    "missing_information",
    "small_balance",
    "other",
)


class BadCell(ValueError):
    """A cell that does not hold what its column asks for; the message never repeats the cell."""


@dataclass(frozen=True)
class CsvColumn:
    """One column: its name, what it holds, whether every row needs it, and an example."""

    name: str
    meaning: str
    required: bool
    example: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class CsvKind:
    """One kind of file. `table` is the fact table that its rows fill."""

    kind: str
    title: str
    table: str
    columns: tuple[CsvColumn, ...]

    @property
    def required(self) -> set[str]:
        return {column.name for column in self.columns if column.required}


def _text(value: str) -> str | None:
    return value or None


@lru_cache(4096)
def _day(value: str) -> date | None:
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(value, pattern).date() if value else None
        except ValueError:
            continue
    raise BadCell("is not a date; write it as 2026-01-31")


def _money(value: str) -> Decimal | None:
    if not value:
        return None
    try:
        amount = Decimal(value.replace(",", ""))
    except InvalidOperation:
        raise BadCell("is not an amount; write it as 1234.50") from None
    if not amount.is_finite() or amount < 0 or amount > _MOST:
        raise BadCell("must be zero or more, and less than a trillion; the type of the row gives the sign")
    if amount != amount.quantize(Decimal("0.01")):
        raise BadCell("has more than two decimals")
    return amount


def _whole(value: str) -> int | None:
    if value and not value.isdecimal():
        raise BadCell("is not a whole number")
    return int(value) if value else None


def _npi(value: str) -> str | None:
    if value and not (value.isdecimal() and len(value) == 10):
        raise BadCell("is not a national provider identifier of ten digits")
    return value or None


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str | None]:
    by_lower = {name.lower(): name for name in allowed}

    def read(value: str) -> str | None:
        if value and value.lower() not in by_lower:
            raise BadCell("must be one of " + ", ".join(allowed))
        return by_lower[value.lower()] if value else None

    return read


KINDS: dict[str, CsvKind] = {
    kind.kind: kind
    for kind in (
        CsvKind(
            "transactions",
            "Payments, write-offs, refunds, transfers and statements of the billing system",
            "billing_entry",
            (
                CsvColumn("account_number", "Patient control number, as on the claim", True, "EXAMPLE-1001", _text),
                CsvColumn("posted_on", "Posting date", True, "2026-01-31", _day),
                CsvColumn("type", "One of " + ", ".join(ENTRY_TYPES), True, "patient_payment", _one_of(ENTRY_TYPES)),
                CsvColumn("amount", "Amount without sign; empty for a statement", False, "25.00", _money),
                CsvColumn(
                    "side",
                    "insurance or patient: whose balance it changes; empty: as usual for its type",
                    False,
                    "",
                    _one_of(("insurance", "patient")),
                ),
                CsvColumn(
                    "reason",
                    "Of a write-off: " + ", ".join(WRITE_OFF_REASONS),
                    False,
                    "",
                    _one_of(WRITE_OFF_REASONS),
                ),
                CsvColumn(
                    "method", "How a patient paid: cash, check, card, portal, point_of_service", False, "card", _text
                ),
                CsvColumn(
                    "billing_npi", "Billing provider, where two of them use the same account numbers", False, "", _npi
                ),
                CsvColumn("service_on", "Of a charge: service date", False, "", _day),
                CsvColumn("facility_npi", "Of a charge: where the service was given", False, "", _npi),
                CsvColumn("provider_npi", "Of a charge: rendering provider", False, "", _npi),
                CsvColumn("payer_id", "Of a charge: payer, as on claims; empty for self-pay", False, "", _text),
            ),
        ),
        CsvKind(
            "payers",
            "Payer types, filing limits and appeal limits",
            "payer_rule",
            (
                CsvColumn("payer_id", "Payer identifier, as on claims", True, "EXAMPLE1", _text),
                CsvColumn("name", "Payer name", True, "Example Health Plan", _text),
                CsvColumn("type", "One of " + ", ".join(payer_types()), False, "Commercial", _one_of(payer_types())),
                CsvColumn("filing_limit_days", "Days from service to file a claim", False, "180", _whole),
                CsvColumn("appeal_limit_days", "Days from denial to appeal", False, "90", _whole),
                CsvColumn("source", "Where the limits come from", False, "Provider manual 2026", _text),
                CsvColumn("effective_from", "First day the row applies", False, "2026-01-01", _day),
            ),
        ),
        CsvKind(
            "departments",
            "Departments of providers or facilities",
            "department_assignment",
            (
                CsvColumn("npi", "Rendering provider or facility", True, "1234567893", _npi),
                CsvColumn("department", "Department name", True, "Cardiology", _text),
            ),
        ),
    )
}


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
    fits = [kind.kind for kind in KINDS.values() if kind.required <= header]
    return fits[0] if fits else None


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
    """Read a CSV of a known kind; see `CsvResult.problems` for what is wrong, by row and column."""
    result = CsvResult(kind)
    text = _decode(stream.read())
    result.lines = text.splitlines()
    delimiter = _delimiter(result.lines[0])
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
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
        values = _values(KINDS[kind], positions, row, row_no, result)
        if result.errors:
            if len(result.problems) >= MAX_PROBLEMS:
                break
            continue
        for table, made in _MAKERS[kind](values, load_id, row_no, salt, batch):
            batch.rows.setdefault(table, []).append(made)
        result.rows += 1
        result.amount += values.get("amount") or Decimal(0)
        if result.rows % _BATCH == 0:
            result.batches.append(batch)
            batch = RowBatch({KINDS[kind].table: []}, {})
    result.batches.append(batch)
    return result


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
    sound = result.errors == errors_before
    if sound and kind.kind == "transactions" and values["type"] != "statement" and values["amount"] is None:
        result.refuse(row_no, "amount", "is empty; only a statement has no amount")
    return values


def _fact(table: str, values: dict[str, Any]) -> tuple:
    return tuple(map(values.get, FACT_COLUMNS[table]))


Made = Iterator[tuple[str, tuple]]


def _transaction(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    for kind, npi in (("facility", "facility_npi"), ("facility", "billing_npi"), ("provider", "provider_npi")):
        if values[npi]:
            _name_party(batch, kind, party_id(salt, kind, values[npi]), values[npi], load_id)
    if values["payer_id"]:
        party = party_id(salt, "payer", values["payer_id"])
        _add_party(batch, "payer", party, identifier=values["payer_id"], name=values["payer_id"], load_id=load_id)
    yield (
        "billing_entry",
        _fact(
            "billing_entry",
            values
            | {
                "billing_entry_id": row_id(load_id, row_no),
                "load_id": load_id,
                "segment_no": row_no,
                "account_key": account_key(salt, values["account_number"]) or 0,
                "entry_type": values["type"],
                "payer_identifier": values["payer_id"],
            },
        ),
    )


def _payer(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    party = party_id(salt, "payer", values["payer_id"])
    _add_party(
        batch,
        "payer",
        party,
        identifier=values["payer_id"],
        name=values["name"],
        payer_type=values["type"],
        load_id=load_id,
    )
    rule = values | {"payer_id": party, "payer_type": values["type"], "load_id": load_id, "row_no": row_no}
    yield "payer_rule", _fact("payer_rule", rule)


def _department(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    yield "department_assignment", _fact("department_assignment", values | {"load_id": load_id, "row_no": row_no})


def _name_party(batch: RowBatch, kind: str, party: int, npi: str, load_id: int) -> None:
    _add_party(batch, kind, party, npi=npi, name=f"NPI {npi}", load_id=load_id)


def _add_party(batch: RowBatch, kind: str, party: int, **values: Any) -> None:
    parties = batch.parties.setdefault(kind, {})
    if party not in parties:
        row = {f"{kind}_id": party, **values}
        parties[party] = tuple(row.get(name) for name in PARTY_COLUMNS[kind])


_MAKERS = {"transactions": _transaction, "payers": _payer, "departments": _department}
