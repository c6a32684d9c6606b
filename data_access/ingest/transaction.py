"""What the mappings of claims (837) and remittances (835) share: where rows go and how trouble is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from data_access import schema
from data_access.ids import row_id
from data_access.ingest.parties import Parties
from data_access.ingest.rows import FACT_COLUMNS, Problem, fact_row

#: Rows collected before they are handed over.
BATCH_ROWS = 10_000
#: Problems of one code listed one by one in a transaction; the rest is counted.
LISTED_PROBLEMS = 100

_X12_TABLES = tuple(table for table in schema.FACT_TABLES if "transaction_no" in table.c)

Handler = Callable[[list[str], int], None]


class Refused(Exception):
    """This transaction cannot be trusted and is refused by itself; `str()` says why, without patient data."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Problems:
    """Problems of one transaction (or of the file), each code listed up to a limit, then counted."""

    def __init__(self, transaction_no: int | None = None) -> None:
        self._transaction_no = transaction_no
        self._listed: list[Problem] = []
        self._counts: dict[str, int] = {}

    def warn(self, segment_no: int | None, code: str, message: str, difference: Decimal | None = None) -> None:
        self._add(Problem("warning", self._transaction_no, segment_no, code, message, difference))

    def error(self, segment_no: int | None, code: str, message: str) -> None:
        self._add(Problem("error", self._transaction_no, segment_no, code, message))

    def _add(self, problem: Problem) -> None:
        count = self._counts[problem.code] = self._counts.get(problem.code, 0) + 1
        if count <= LISTED_PROBLEMS:
            self._listed.append(problem)

    def all(self) -> list[Problem]:
        """What is listed, and a last line for each code with more."""
        more = [
            Problem(
                "warning", self._transaction_no, None, code, f"{count - LISTED_PROBLEMS} more of these, not listed."
            )
            for code, count in self._counts.items()
            if count > LISTED_PROBLEMS
        ]
        return self._listed + more


class Output:
    """Fact rows not yet handed over."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple]] = {table.name: [] for table in _X12_TABLES}

    def size(self) -> int:
        return sum(map(len, self.rows.values()))

    def take(self) -> dict[str, list[tuple]]:
        """The rows since the last call. The lists themselves stay in use and are emptied."""
        taken = {name: list(rows) for name, rows in self.rows.items() if rows}
        for rows in self.rows.values():
            rows.clear()
        return taken

    def drop(self, transaction_no: int) -> None:
        """Forget the rows of a refused transaction that were not handed over yet (they are the last ones)."""
        for name, rows in self.rows.items():
            position = _TRANSACTION_COLUMN[name]
            while rows and rows[-1][position] == transaction_no:
                rows.pop()


_TRANSACTION_COLUMN = {table.name: FACT_COLUMNS[table.name].index("transaction_no") for table in _X12_TABLES}


@dataclass(frozen=True, slots=True)
class Context:
    """Where a transaction stands and where its rows go."""

    load_id: int
    salt: bytes
    transaction_no: int
    kind: str
    component: str
    group_date: date | None
    output: Output
    parties: Parties
    problems: Problems
    sender: str = ""  # ISA06
    place: str = ""  # what tells the transaction from all others of its sender: ISA, GS and ST control numbers
    said: set[tuple] = field(default_factory=set)  # words of parties handed over

    def id(self, segment_no: int, position: int = 0) -> int:
        return row_id(self.load_id, segment_no, position)

    def say(self, party: str, party_id: int, segment_no: int, stated_on: date | None, **words: str | None) -> None:
        """Hand over what the transaction says of a party, each word once."""
        word = (party, party_id, stated_on, *words.values())
        if word in self.said:
            return
        self.said.add(word)
        own = {f"{party}_id": party_id, "load_id": self.load_id, "transaction_no": self.transaction_no}
        values = own | {"segment_no": segment_no, "stated_on": stated_on} | words
        self.output.rows[f"{party}_word"].append(fact_row(f"{party}_word", values))


class Mapping(Protocol):
    """Turns the segments of one transaction into rows; one handler a segment tag, unknown tags are passed over."""

    handlers: dict[str, Handler]
    kind: str
    claims: int
    charge: Decimal
    paid: Decimal

    @property
    def balanced(self) -> bool | None:
        """835: whether it balances at line, claim and transaction level."""

    def finish(self, segment_no: int) -> None:
        """The SE was reached: hand over what is still open."""

    def business_key(self) -> str | None:
        """What tells this transaction from all others, or None when the sender gave nothing for it."""
