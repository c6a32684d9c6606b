"""CSV files of the bank: one row a deposit, a returned item or a debit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from data_access.ids import row_id
from data_access.ingest.csv_cells import CsvColumn, CsvKind, Made, day, one_of, signed_money, text
from data_access.ingest.rows import RowBatch, fact_row

METHODS = ("eft", "check", "cash", "card", "portal", "lockbox", "returned", "other")


def _last_four(value: str) -> str | None:
    """The end of a bank account's number: no more of it is kept than tells accounts apart."""
    return "".join(filter(str.isalnum, value))[-4:] or None


def _deposit(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    own = {
        "deposit_id": row_id(load_id, row_no),
        "load_id": load_id,
        "segment_no": row_no,
        "deposited_month": values["deposited_on"].replace(day=1),
    }
    yield "deposit", fact_row("deposit", values | own)


def _sign(values: dict[str, Any]) -> tuple[str, str] | None:
    if values["method"] == "returned" and values["amount"] > Decimal(0):
        return "amount", "must be negative for a returned item: the bank takes the money back"
    return None


KINDS = (
    CsvKind(
        "deposits",
        "Deposits, returned items and debits of the bank",
        "deposit",
        (
            CsvColumn("deposited_on", "Day of the bank line", True, "2026-01-31", day),
            CsvColumn(
                "amount",
                "Amount; negative, as -25.00 or (25.00), for a returned check or a debit",
                True,
                "1250.00",
                signed_money,
            ),
            CsvColumn(
                "trace_number", "Trace or check number, as TRN02 of the remittance; empty: not given", False, "", text
            ),
            CsvColumn("method", "One of " + ", ".join(METHODS), False, "eft", one_of(METHODS)),
            CsvColumn("description", "The bank's words", False, "EXAMPLE HEALTH PLAN HCCLAIMPMT", text),
            CsvColumn("bank_account", "Bank account: the last four digits are kept", False, "1234", _last_four),
            CsvColumn(
                "bank_reference",
                "The bank's own number of the line: the same line in two exports is then counted once",
                False,
                "",
                text,
            ),
        ),
        _deposit,
        _sign,
    ),
)
