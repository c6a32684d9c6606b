"""What reading a file hands to the loader: rows in table order, and how each transaction ended.

The events of one file, as `data_access.ingest.x12.read_x12` yields them:

* `RowBatch`: fact rows and parties, at most about 20,000 rows together;
* `TransactionEnd`: after every ST..SE; all rows of that transaction came before it;
* `SourceLines`: every segment as read, in order, for the source view;
* `FileEnd`: once, last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import Table

from data_access import schema

#: Table name -> the columns a load writes, in schema order: all but those marked "derived".
FACT_COLUMNS: dict[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns if not (column.comment or "").startswith("derived:"))
    for table in schema.FACT_TABLES
}

#: Party table name -> all its columns in schema order.
PARTY_COLUMNS: dict[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns) for table in schema.PARTY_TABLES
}


def row_maker(table: Table) -> Callable[[Mapping[str, Any]], tuple]:
    """A fast function from a dict of column values to the table's row tuple; KeyError when one is missing."""
    return itemgetter(*(FACT_COLUMNS.get(table.name) or PARTY_COLUMNS[table.name]))


def fact_row(table: str, values: Mapping[str, Any]) -> tuple:
    """A row of a fact table, its columns in order; null where no value is given."""
    return tuple(map(values.get, FACT_COLUMNS[table]))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should see. `message` never holds patient data."""

    severity: str  # "error": not loaded; "warning": loaded, look at it
    transaction_no: int | None
    segment_no: int | None
    code: str
    message: str
    difference: Decimal | None = None  # what a sum is off by, for the codes *_UNBALANCED and *_MISMATCH of money


@dataclass(slots=True)
class RowBatch:
    """Fact rows by table name in `FACT_COLUMNS` order; parties by table name and id in `PARTY_COLUMNS` order.

    A party may come again in a later batch of the same file: insert those not there yet.
    """

    rows: dict[str, list[tuple]]
    parties: dict[str, dict[int, tuple]]


@dataclass(frozen=True, slots=True)
class TransactionEnd:
    """How one ST..SE ended. When `refused` is set, rows already handed over are to be deleted again."""

    transaction_no: int
    kind: str
    version: str | None
    interchange_key: str
    group_control: str | None
    control_number: str | None
    business_key: str | None
    body_sha256: str
    first_segment: int
    last_segment: int
    claims: int
    charge: Decimal
    paid: Decimal
    balanced: bool | None  # 835 only
    refused: str | None  # the reason
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SourceLines:
    """Segments as read, without terminators; the first has the number `first_segment`."""

    first_segment: int
    lines: list[str]


@dataclass(frozen=True, slots=True)
class FileEnd:
    """End of the file: number of segments, kinds met in order of appearance, and problems of no one transaction."""

    segments: int
    kinds: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)


class Refused(Exception):
    """The whole file is refused; the message says why and what to do. `kind`: what it is, where that is known."""

    def __init__(self, why: str, kind: str | None = None) -> None:
        super().__init__(why, kind)
        self.kind = kind

    def __str__(self) -> str:
        return str(self.args[0])


class NotX12(ValueError):
    """The file is refused whole: it is not X12, or not one that can be read. The message says why and what to do."""


class CutOff(ValueError):
    """The file is refused whole: it ends before its IEA. The message names the last segment and what to do."""


Event = RowBatch | TransactionEnd | SourceLines | FileEnd
