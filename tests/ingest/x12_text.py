"""Writing small X12 files for tests, and reading them back as dicts."""

import io
from decimal import Decimal
from typing import Any

from data_access.ingest.rows import FACT_COLUMNS, PARTY_COLUMNS, FileEnd, Problem, RowBatch, SourceLines, TransactionEnd
from data_access.ingest.x12 import read_x12

SALT = b"test salt"
D = Decimal


def transaction(kind: str, body: list[str], control: str = "0001", count: int | None = None) -> list[str]:
    """ST, body, SE with a right count unless told otherwise."""
    return [f"ST*{kind}*{control}", *body, f"SE*{len(body) + 2 if count is None else count}*{control}"]


def group(
    *transactions: list[str], version: str = "005010X221A1", control: str = "1", day: str = "20250103"
) -> list[str]:
    segments = [segment for one in transactions for segment in one]
    return [f"GS*HP*SENDER*RECEIVER*{day}*1200*{control}*X*{version}", *segments, f"GE*{len(transactions)}*{control}"]


def interchange(*groups: list[str], control: str = "000000001", usage: str = "P") -> list[str]:
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SENDER':15}*ZZ*{'RECEIVER':15}*250103*1200*^*00501*{control}*0*{usage}*:"
    return [isa, *(segment for one in groups for segment in one), f"IEA*{len(groups)}*{control}"]


def encode(
    segments: list[str], element: str = "*", component: str = ":", terminator: str = "~", after: str = "\n"
) -> bytes:
    """The file's bytes with the delimiters asked for."""
    swap = str.maketrans({"*": element, ":": component})
    return "".join(segment.translate(swap) + terminator + after for segment in segments).encode()


def remittance(
    *claims: str, amount: str = "0", trace: str = "T1", extra_header: tuple[str, ...] = (), method: str = "CHK"
) -> list[str]:
    """The body of an 835: header, then the segments given."""
    return [
        f"BPR*I*{amount}*C*{method}************20250110",
        f"TRN*1*{trace}*1999999999",
        "DTM*405*20250109",
        "N1*PR*BIG PAYER*XV*12345",
        "N1*PE*CLINIC*XX*1234567893",
        "REF*TJ*123456789",
        *extra_header,
        *claims,
    ]


def file_835(*bodies: list[str], **options: Any) -> bytes:
    return encode(
        interchange(group(*(transaction("835", body, f"{n:04}") for n, body in enumerate(bodies, 1)))), **options
    )


def file_837(body: list[str], version: str = "005010X222A1", **options: Any) -> bytes:
    return encode(interchange(group(transaction("837", body), version=version)), **options)


class Read:
    """Everything a file yields, as dicts."""

    def __init__(self, data: bytes, chunk_bytes: int = 1 << 20) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FACT_COLUMNS}
        self.parties: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in PARTY_COLUMNS}
        self.ends: list[TransactionEnd] = []
        self.lines: list[str] = []
        self.end: FileEnd | None = None
        self.events = list(read_x12(io.BytesIO(data), 1, SALT, chunk_bytes))
        for event in self.events:
            if isinstance(event, RowBatch):
                self._batch(event)
            elif isinstance(event, TransactionEnd):
                self.ends.append(event)
            elif isinstance(event, SourceLines):
                assert event.first_segment == len(self.lines) + 1
                self.lines += event.lines
            else:
                assert self.end is None
                self.end = event

    def _batch(self, batch: RowBatch) -> None:
        for name, rows in batch.rows.items():
            assert all(len(row) == len(FACT_COLUMNS[name]) for row in rows)
            self.rows[name] += [dict(zip(FACT_COLUMNS[name], row, strict=True)) for row in rows]
        for name, parties in batch.parties.items():
            for key, row in parties.items():
                assert row[0] == key
                self.parties[name].setdefault(key, dict(zip(PARTY_COLUMNS[name], row, strict=True)))

    def one(self, table: str) -> dict[str, Any]:
        (row,) = self.rows[table]
        return row

    @property
    def problems(self) -> list[Problem]:
        assert self.end is not None
        return [problem for end in self.ends for problem in end.problems] + self.end.problems

    @property
    def codes(self) -> set[str]:
        return {problem.code for problem in self.problems}
