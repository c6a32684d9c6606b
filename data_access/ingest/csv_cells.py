"""What the columns of a CSV file are: how each cell is read, and what is said when it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from data_access.amounts import AS_WRITTEN, LIMIT, number
from data_access.ingest.days import NO_SUCH_DAY, can_happen, can_limit
from data_access.ingest.rows import PARTY_COLUMNS, RowBatch

#: A hundred years: a limit of more is mistyped, and a day so far on is past what databases count.
_MOST_DAYS = 36_500

#: Rows of fact tables that one row of a file makes: table name and values in `FACT_COLUMNS` order.
Made = Iterator[tuple[str, tuple]]


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
    """One kind of file. `table` is the fact table that its rows fill.

    `make` turns the values of a row (with load_id, row number, salt and the batch, for parties) into fact rows;
    `check` looks at a row whose cells are sound and returns a column and what is wrong there, or None.
    """

    kind: str
    title: str
    table: str
    columns: tuple[CsvColumn, ...]
    make: Callable[[dict[str, Any], int, int, bytes, RowBatch], Made]
    check: Callable[[dict[str, Any]], tuple[str, str] | None] = lambda values: None
    sums: bool = True  # whether the amounts of its rows add up to anything

    @property
    def required(self) -> set[str]:
        return {column.name for column in self.columns if column.required}


def text(value: str) -> str | None:
    """Any text; None when empty."""
    return value or None


def day(value: str) -> date | None:
    """The day on which something happened, as 2026-01-31 or 1/31/2026."""
    found = _date(value)
    if found is not None and not can_happen(found):
        raise BadCell(f"{NO_SUCH_DAY}; check the year")
    return found


def limit(value: str) -> date | None:
    """The day on which a term or rule begins or ends, as `day`; 9999-12-31 is one that never comes."""
    found = _date(value)
    if found is not None and not can_limit(found):
        raise BadCell("is a date before 1800; check the year")
    return found


@lru_cache(4096)
def _date(value: str) -> date | None:
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(value, pattern).date() if value else None
        except ValueError:
            continue
    raise BadCell("is not a date; write it as 2026-01-31")


def money(value: str) -> Decimal | None:
    """An amount of zero or more."""
    if not value:
        return None
    amount = number(value)
    if amount is None:
        raise BadCell(f"is not an amount; write it as {AS_WRITTEN}")
    if amount < 0 or amount >= LIMIT:
        raise BadCell("must be zero or more, and less than a billion; the type of the row gives the sign")
    if amount != amount.quantize(Decimal("0.01")):
        raise BadCell("has more than two decimals")
    return amount


def percent(value: str) -> Decimal | None:
    """A percentage of zero or more with up to four decimals: 120 is 120 %."""
    if not value:
        return None
    try:
        share = Decimal(value.removesuffix("%").strip())
    except InvalidOperation:
        raise BadCell("is not a percentage; write 120 for 120 %") from None
    if not share.is_finite() or not 0 <= share < 100_000 or share != share.quantize(Decimal("0.0001")):
        raise BadCell("must be zero or more, below 100,000, with at most four decimals; write 120 for 120 %")
    return share


def code(value: str) -> str | None:
    """A procedure, modifier or place code, in capitals; None when empty."""
    return value.upper() or None


def signed_money(value: str) -> Decimal | None:
    """An amount with its sign: money taken away is written -25.00 or (25.00)."""
    value = value.replace("$", "")
    if value.startswith("(") and value.endswith(")"):
        taken, value = True, value[1:-1]
    else:
        taken, value = value.startswith("-"), value.removeprefix("-")
    amount = money(value.strip())
    if amount is None and taken:
        raise BadCell("is not an amount; write it as 1234.50 or -1234.50")
    return -amount if taken and amount is not None else amount


def whole(value: str) -> int | None:
    """A whole number, of days for instance."""
    if value and not value.isdecimal():
        raise BadCell("is not a whole number")
    if len(value) > 9 or (value and int(value) > _MOST_DAYS):
        raise BadCell(f"is more than {_MOST_DAYS:,}")
    return int(value) if value else None


def npi(value: str) -> str | None:
    """A national provider identifier."""
    if value and not (value.isdecimal() and len(value) == 10):
        raise BadCell("is not a national provider identifier of ten digits")
    return value or None


def one_of(allowed: tuple[str, ...]) -> Callable[[str], str | None]:
    """One of these words, in any case."""
    by_lower = {name.lower(): name for name in allowed}

    def read(value: str) -> str | None:
        if value and value.lower() not in by_lower:
            raise BadCell("must be one of " + ", ".join(allowed))
        return by_lower[value.lower()] if value else None

    return read


def name_party(batch: RowBatch, kind: str, party: int, npi: str, load_id: int) -> None:
    """Note a facility or provider known by its number alone."""
    add_party(batch, kind, party, npi=npi, name=f"NPI {npi}", load_id=load_id)


def add_party(batch: RowBatch, kind: str, party: int, **values: Any) -> None:
    """Note a party that the file names."""
    parties = batch.parties.setdefault(kind, {})
    if party not in parties:
        row = {f"{kind}_id": party, **values}
        parties[party] = tuple(row.get(name) for name in PARTY_COLUMNS[kind])
