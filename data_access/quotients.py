"""Division in SQL that gives the same on every database: in whole numbers, for DuckDB divides in floating point."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, case, cast, func, literal, type_coerce


def whole_quotient(dividend: ColumnElement, divisor: ColumnElement) -> ColumnElement[int]:
    """The whole number nearest to a quotient of whole numbers, half away from zero; the divisor is above zero."""
    twice = divisor * 2
    doubled = dividend * 2 + case((dividend < 0, -divisor), else_=divisor)
    multiple = doubled - func.mod(doubled, twice, type_=BigInteger)
    return cast(multiple / twice, BigInteger)


def in_cents(money: ColumnElement) -> ColumnElement[int]:
    """An amount as a whole number of cents."""
    return cast(money * 100, BigInteger)


def scaled(whole: ColumnElement, places: int, to: Numeric[Any]) -> ColumnElement[Decimal]:
    """A whole number with so many of its digits behind the point: cents with 2 are dollars."""
    unit = literal(Decimal(1).scaleb(-places), Numeric(places + 1, places))
    return type_coerce(cast(whole, Numeric(18, 0)) * unit, to)
