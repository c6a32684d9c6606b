"""Measured values: a metric's figure with its numerator, denominator, number of cases and honesty marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd
from sqlalchemy import ColumnElement, Engine, Select, select

from data_access.engine import read_frame
from data_access.filters import Filters
from data_access.metrics import RATES, Rate

#: A rate on fewer cases is shown with its interval and a "small numbers" mark.
SMALL = 30
_Z = Decimal("1.959964")  # 95 %
_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Measure:
    """A figure. `value` is None for zero over zero; a percent is a fraction. `partial`: the period is not over."""

    metric_id: str
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal | None
    n: int
    as_of: date
    partial: bool = False

    @property
    def low(self) -> bool:
        """Whether a rate stands on few cases."""
        return self.denominator is not None and self.n < SMALL

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """95 % Wilson interval of a share of cases; None where the rate is of amounts or not a share."""
        if self.value is None or self.denominator != self.n or not Decimal(0) <= self.value <= Decimal(1):
            return None
        return wilson(self.value, self.n)


def wilson(share: Decimal, n: int) -> tuple[Decimal, Decimal]:
    """95 % Wilson score interval of a share of n cases (Wilson 1927)."""
    z2 = _Z * _Z
    centre = share + z2 / (2 * n)
    spread = _Z * ((share * (1 - share) + z2 / (4 * n)) / n).sqrt()
    scale = 1 + z2 / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return max(low, Decimal(0)).quantize(_PLACES), min(high, Decimal(1)).quantize(_PLACES)


def ratio(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """A ratio to six places; None, never zero, when there is nothing to divide by."""
    if not denominator:
        return None
    return (exact(numerator or 0) / exact(denominator)).quantize(_PLACES)


def exact(value: Decimal | int) -> Decimal:
    """A number read from a frame as Decimal; counts come as numpy integers, which Decimal does not take."""
    return value if isinstance(value, Decimal) else Decimal(int(value))


def rate_query(rate: Rate, filters: Filters, keys: Sequence[ColumnElement] = ()) -> Select:
    """Numerator, denominator and cases of a rate in the period, by the given keys."""
    on = rate.table.c[rate.on]
    return (
        select(
            *keys,
            rate.numerator().label("numerator"),
            rate.denominator().label("denominator"),
            rate.cases().label("n"),
        )
        .where(rate.among(), on >= filters.date_from, on <= filters.date_to, *filters.where(rate.table))
        .group_by(*keys)
    )


def rate(engine: Engine, metric_id: str, filters: Filters) -> Measure:
    """One rate over the period."""
    with engine.connect() as connection:
        row = connection.execute(rate_query(RATES[metric_id], filters)).one()
    return Measure(
        metric_id,
        ratio(row.numerator, row.denominator),
        Decimal(row.numerator),
        Decimal(row.denominator),
        row.n,
        filters.as_of,
    )


def rates_by(engine: Engine, metric_id: str, filters: Filters, keys: Sequence[ColumnElement]) -> pd.DataFrame:
    """A rate by keys: the keys, numerator, denominator, n and value (Decimal; None where n/a)."""
    return with_value(read_frame(engine, rate_query(RATES[metric_id], filters, keys)))


def with_value(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `value`, the ratio of numerator and denominator, to a frame that has both."""
    pairs = zip(frame["numerator"], frame["denominator"], strict=True)
    values = [ratio(None if pd.isna(top) else top, None if pd.isna(under) else under) for top, under in pairs]
    return frame.assign(value=pd.Series(values, dtype=object, index=frame.index))
