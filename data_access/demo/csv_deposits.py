"""The bank's file of the synthetic practice: deposits.csv."""

from collections.abc import Iterable
from datetime import date

from data_access.demo.csv_files import amount, written
from data_access.demo.events import Deposit
from data_access.demo.practice import BANK_ACCOUNT

_HEADER = ("deposited_on", "amount", "trace_number", "method", "description", "bank_account", "bank_reference")


def bank_lines(lines: Iterable[Deposit], prefix: str) -> str:
    """deposits.csv: one row a line of the bank, each with a number of its own that begins with `prefix`."""
    rows = (
        (
            date.fromordinal(line.day).isoformat(),
            amount(line.amount),
            line.trace,
            line.method,
            line.description,
            BANK_ACCOUNT[-4:],
            f"{prefix}{number:06d}",
        )
        for number, line in enumerate(lines, 1)
    )
    return written(_HEADER, rows)
