"""BAI2 cash management files of banks: the deposits in them, once their control totals agree.

Records are lines: 01 file, 02 group (one day), 03 account, 16 detail, 88 continues the one before, 49, 98 and 99 close
account, group and file with control totals, which are sums of all amounts as written (in cents). Credits (type
codes 100 to 399) are deposits; of debits only returned items are, the rest has nothing to do with deposits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from data_access.amounts import LIMIT
from data_access.ids import row_id
from data_access.ingest.csv_import import CsvResult
from data_access.ingest.days import NO_SUCH_DAY, can_happen
from data_access.ingest.rows import Problem, RowBatch, fact_row
from data_access.ingest.whole_file import read_whole

KIND = "BAI2"
_RETURNED = {"555", "557", "558"}  # deposited item returned, ACH return item, ACH reversal
_EFT = {"142", "164", "165", "166", "168", "169", "195"}
_LOCKBOX, _LOCKBOX_ITEM = "115", "116"
#: Fields between funds type and bank reference, by funds type; D says itself how many.
_EXTRA = {"V": 2, "S": 3}
_TRACE = re.compile(r"TRN\*1\*([^*~\\/\s]+)")


@dataclass
class _Account:
    """An account on its way through: its detail records and the sum of all amounts so far, in cents."""

    number: str
    cents: int
    details: list[tuple[int, list[str]]] = field(default_factory=list)


class _Bad(ValueError):
    """A record that cannot be trusted; the message says why, without the record."""


def is_bai2(start: bytes) -> bool:
    """Whether a file that starts with these bytes is BAI2."""
    return re.match(rb"(\xef\xbb\xbf)?\s*01,[^\r\n]*,[^\r\n]*[\r\n]+02,", start) is not None


def read_bai2(stream: BinaryIO, load_id: int) -> CsvResult:
    """Read the deposits of a file; any error in the result refuses the file."""
    text = read_whole(stream, KIND).decode("utf-8-sig", errors="replace")
    result = CsvResult(KIND)
    result.lines = text.splitlines()
    reader = _Reader(load_id)
    number = 1
    try:
        for number, record in _records(result.lines):
            reader.take(number, record)
        if not reader.closed:
            raise _Bad("is the last: the file is cut off before its 99 record; get it again from the bank")
    except (_Bad, ValueError, IndexError) as error:
        why = str(error) if isinstance(error, _Bad) else "is not as BAI2 has it; get the file again from the bank"
        result.errors += 1
        result.problems.append(Problem("error", None, number, "BAD_RECORD", f"The record at line {number:,} {why}."))
    result.batches = [RowBatch({"deposit": reader.rows}, {})]
    result.rows, result.amount = len(reader.rows), reader.amount
    if reader.left_out:
        message = f"{reader.left_out:,} debits and items of lockbox deposits are no deposits and were left out."
        result.problems.append(Problem("warning", None, None, "NO_DEPOSIT", message))
    return result


def _records(lines: Iterable[str]) -> Iterable[tuple[int, list[str]]]:
    """Whole records with the number of their first line."""
    first, body = 0, ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        code, rest = line[:2], line[3:].rstrip()
        if code == "88":
            # a record whose line ended with a slash goes on with a new field, text goes on where it stopped
            body = body[:-1] + "," + rest if body.endswith("/") else f"{body} {rest}"
            continue
        if body:
            yield first, body.removesuffix("/").split(",")
        first, body = number, f"{code},{rest}"
    if body:
        yield first, body.removesuffix("/").split(",")


class _Reader:
    """Takes records in order, adds them up and keeps the deposits."""

    def __init__(self, load_id: int) -> None:
        self.load_id = load_id
        self.rows: list[tuple] = []
        self.amount = Decimal("0.00")
        self.left_out = 0
        self.closed = False
        self._day = date.min
        self._counts = True
        self._account: _Account | None = None
        self._group = self._file = 0

    def take(self, number: int, record: list[str]) -> None:
        """One record."""
        code, *fields = record
        if code == "02":
            self._open_group(fields)
        elif code == "03":
            _in_dollars(fields[1:2])
            self._account = _Account(fields[0], _summaries(fields))
        elif code == "16" and self._account is not None:
            cents = _cents(fields[1])
            if abs(cents) >= LIMIT * 100:
                raise _Bad("has an amount of a billion dollars or more; get the file again from the bank")
            self._account.cents += cents
            self._account.details.append((number, fields))
        elif code == "49" and self._account is not None:
            self._close_account(self._account, fields)
        elif code == "98":
            self._agree("group", self._group, fields[0])
            self._file += self._group
        elif code == "99":
            self._agree("file", self._file, fields[0])
            self.closed = True
        elif code != "01":
            raise _Bad("is of a kind that has no place here; get the file again from the bank")

    def _open_group(self, fields: list[str]) -> None:
        _in_dollars(fields[5:6])
        self._day = datetime.strptime(fields[3], "%y%m%d").date()
        if not can_happen(self._day):
            raise _Bad(f"has a day (its field 5) that {NO_SUCH_DAY}; get the file again from the bank")
        self._counts = fields[2] in ("", "1", "3")  # 2 takes a group back, 4 is a test
        self._group = 0

    def _close_account(self, account: _Account, fields: list[str]) -> None:
        self._agree("account", account.cents, fields[0])
        self._group += account.cents
        self._account = None
        if not self._counts:
            self.left_out += len(account.details)
            return
        boxed = any(detail[0] == _LOCKBOX for _, detail in account.details)
        for number, detail in account.details:
            code = detail[0]
            if (code == _LOCKBOX_ITEM and boxed) or not ("100" <= code <= "399" or code in _RETURNED):
                self.left_out += 1
                continue
            self._keep(number, account.number, detail)

    def _keep(self, number: int, account: str, detail: list[str]) -> None:
        code, extra = detail[0], _extra(detail[2:])
        bank_reference, reference, *text = [*detail[3 + extra :], "", ""][: max(2, len(detail) - 3 - extra)]
        words = ",".join(text).strip()
        found = _TRACE.search(words)
        amount = Decimal(_cents(detail[1])).scaleb(-2)
        if code in _RETURNED:
            amount = -amount
        method = "returned" if code in _RETURNED else "eft" if code in _EFT else "lockbox" if code == _LOCKBOX else None
        values: dict[str, Any] = {
            "deposit_id": row_id(self.load_id, number),
            "load_id": self.load_id,
            "segment_no": number,
            "deposited_on": self._day,
            "deposited_month": self._day.replace(day=1),
            "amount": amount,
            "trace_number": (found[1] if found else reference.strip()) or None,
            "method": method,
            "description": words or None,
            "bank_account": account.strip()[-4:] or None,
            "bank_reference": bank_reference.strip() or None,
        }
        self.rows.append(fact_row("deposit", values))
        self.amount += amount

    def _agree(self, what: str, cents: int, said: str) -> None:
        if cents != _cents(said):
            off = Decimal(cents - _cents(said)).scaleb(-2)
            raise _Bad(f"says another control total than its {what} adds up to, by {off:,.2f}; get the file again")


def _in_dollars(currency: list[str]) -> None:
    """Refuse another currency than US dollars: amounts are not converted. Where none is stated it is that."""
    if currency and currency[0].strip().upper() not in ("", "USD"):
        raise _Bad("has amounts in another currency than US dollars; load the accounts in dollars as CSV")


def _summaries(fields: list[str]) -> int:
    """The cents of an account's summaries, each a type, amount, count of items and funds type with what that adds."""
    cents, place = 0, 2
    while place + 1 < len(fields):
        cents += _cents(fields[place + 1])
        place += 4 + _extra(fields[place + 3 :])
    return cents


def _extra(fields: list[str]) -> int:
    """How many fields belong to the funds type, which is the first of these."""
    funds = fields[0].strip().upper() if fields else ""
    if funds != "D":
        return _EXTRA.get(funds, 0)
    days = int(fields[1])
    if days < 0:
        raise ValueError("a negative number of days")
    return 1 + 2 * days


def _cents(text: str) -> int:
    """An amount in cents, with or without a sign; nothing is zero."""
    return int(text.strip() or "0")
