"""The lines of an account: its claims' as billed, its payments' as paid, and what payers adjusted.

Read where they are shown: an account is opened far more often than its lines are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
from sqlalchemy import BigInteger, Connection, bindparam, select

from data_access.engine import Source
from data_access.frames import read_frame
from data_access.queries.account import Account360
from data_access.reference import adjustment_reasons
from data_access.schema import adjustment, line_expectation, payment_line, service_line

_THESE = bindparam("ids", type_=BigInteger(), expanding=True)
_LINES = select(service_line).where(service_line.c.claim_id.in_(_THESE)).order_by(service_line.c.service_line_id)
_PAYMENT_LINES = (
    select(payment_line).where(payment_line.c.claim_payment_id.in_(_THESE)).order_by(payment_line.c.payment_line_id)
)
_EXPECTED = select(
    line_expectation.c.claim_payment_id,
    line_expectation.c.payment_line_id,
    line_expectation.c.expected,
    line_expectation.c.basis,
).where(
    line_expectation.c.account_id == bindparam("account_id", type_=BigInteger()),
    line_expectation.c.claim_payment_id.in_(_THESE),  # each is found fast by one database
    line_expectation.c.expected.is_not(None),
)
_ADJUSTMENTS = select(adjustment).where(adjustment.c.claim_payment_id.in_(_THESE)).order_by(adjustment.c.adjustment_id)


@dataclass(frozen=True)
class AsPaid:
    """An account's payments and their lines, each with what was expected, and adjustments with their procedure."""

    payments: pd.DataFrame
    lines: pd.DataFrame
    adjustments: pd.DataFrame


def billed(engine: Source, found: Account360) -> pd.DataFrame:
    """The service lines of an account's claims."""
    return read_frame(engine, _LINES, {"ids": _ids(found.claims["claim_id"])})


def adjusted(engine: Source, found: Account360) -> pd.DataFrame:
    """The adjustments of an account's payments, with our label."""
    reasons = adjustment_reasons()
    frame = read_frame(engine, _ADJUSTMENTS, {"ids": _ids(found.payments["claim_payment_id"])})
    return frame.assign(
        label=[reasons[code].label if code in reasons else "Not in our table" for code in frame["carc"]]
    )


def as_paid(engine: Source, found: Account360) -> AsPaid:
    """An account's payments in full. Looked up here: a join would read every line of the office."""
    payment_ids = _ids(found.payments["claim_payment_id"])
    with engine.connect() as connection:
        told = _expected(connection, int(found.head["account_id"]), payment_ids)
        lines = read_frame(connection, _PAYMENT_LINES, {"ids": payment_ids})
    frame = adjusted(engine, found)
    codes = dict(zip(lines["payment_line_id"], lines["procedure_code"], strict=True))
    procedures = [None if pd.isna(line) else codes.get(line) for line in frame["payment_line_id"]]
    return AsPaid(
        _with_expected(found.payments, ((payment, None) for payment in payment_ids), told),
        _with_expected(lines, zip(lines["claim_payment_id"], lines["payment_line_id"], strict=True), told),
        frame.assign(procedure_code=pd.Series(procedures, dtype="str", index=frame.index)),
    )


def _ids(column: pd.Series) -> list[int]:
    return [int(value) for value in column]


def _expected(
    connection: Connection, account_id: int, payment_ids: list[int]
) -> dict[tuple[int, int | None], tuple[Decimal, str]]:
    """What was expected, and by contract or usual amount, by payment and line; no line: of a payment without lines."""
    rows = connection.execute(_EXPECTED, {"account_id": account_id, "ids": payment_ids})
    return {(payment, line): (expected, basis) for payment, line, expected, basis in rows}


def _with_expected(frame: pd.DataFrame, keys: Iterable[tuple], told: dict) -> pd.DataFrame:
    """Add `expected` and `measured_by` to payments or their lines."""
    found = [told.get(key, (None, None)) for key in keys]
    columns = {"expected": [one[0] for one in found], "measured_by": [one[1] for one in found]}
    return frame.assign(
        **{name: pd.Series(values, dtype=object, index=frame.index) for name, values in columns.items()}
    )
