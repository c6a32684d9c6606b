"""Measured values: a metric's figure with its numerator, denominator, number of cases and honesty marks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from operator import itemgetter
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, literal, select, union_all

from data_access.built_once import built_once
from data_access.dates import last_of_month
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.rates import RATES, Rate

#: What is said of a figure that is partial.
PARTIAL = "fewer than 90 days of charges in the data"
#: A rate on fewer cases is shown with its interval and a "small numbers" mark.
SMALL = 30
_Z = Decimal("1.959964")  # 95 %
_PLACES = Decimal("0.000001")
_DAY = itemgetter(0)


@dataclass(frozen=True)
class Measure:
    """A figure. `value` is None for zero over zero; a percent is a fraction.

    `partial`: the data do not cover the days it is to rest on, so that there is no value.
    """

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


def percentiles(cases: Mapping[int, int], *shares: Fraction) -> list[Fraction]:
    """Percentiles of the values in `cases`, each with how often it occurs (at least one), as percentile_cont has them.

    A database counts a million values in a fraction of the time in which it sorts them, and they are few different
    ones where they are days.
    """
    values = sorted(cases)
    upto = list(accumulate(cases[value] for value in values))
    found = []
    for share in shares:
        place = share * (upto[-1] - 1)
        low = values[bisect_right(upto, place // 1)]
        high = values[bisect_right(upto, -(-place // 1))]
        found.append(low + (high - low) * (place % 1))
    return found


def among(rate: Rate, filters: Filters) -> list[ColumnElement[bool]]:
    """The rows of a rate in the period: those of its denominator."""
    on = rate.table.c[rate.on]
    return [rate.among(filters.as_of), on >= filters.date_from, on <= filters.date_to, *filters.where(rate.table)]


def rate_query(rate: Rate, filters: Filters, keys: Sequence[ColumnElement] = ()) -> Select:
    """Numerator, denominator and cases of a rate in the period, by the given keys."""
    return (
        select(
            *keys,
            rate.numerator(filters.as_of).label("numerator"),
            rate.denominator(filters.as_of).label("denominator"),
            rate.cases(filters.as_of).label("n"),
        )
        .where(*among(rate, filters))
        .group_by(*keys)
    )


@built_once
def _rates_query(metric_ids: tuple[str, ...], filters: Filters, keys: tuple[ColumnElement, ...] = ()) -> Select:
    """Numerator, denominator and cases of each rate in turn, by the given keys and in their order."""
    chosen = [RATES[metric_id] for metric_id in metric_ids]
    as_of, table, on = filters.as_of, chosen[0].table, chosen[0].table.c[chosen[0].on]
    among = chosen[0].among(as_of)
    if any(rate.table.c[rate.on] is not on or not rate.among(as_of).compare(among) for rate in chosen):
        raise ValueError("rates among different claims cannot be had from one scan")
    return (
        select(*keys, *(part(as_of) for rate in chosen for part in (rate.numerator, rate.denominator, rate.cases)))
        .where(among, on >= filters.date_from, on <= filters.date_to, *filters.where(table))
        .group_by(*keys)
        .order_by(*keys)
    )


def _measure(metric_id: str, filters: Filters, top: Decimal | int, under: Decimal | int, n: int) -> Measure:
    return Measure(metric_id, ratio(top, under), Decimal(top), Decimal(under), n, filters.as_of)


@dataclass(frozen=True)
class DailyRates:
    """Rates by day, in order, from one scan; those of any period among those days follow: they are sums."""

    metric_ids: Sequence[str]
    days: Sequence[Sequence[Any]]

    def over(self, metric_id: str, filters: Filters) -> Measure:
        """The rate over the period of some filters."""
        return _measure(metric_id, filters, *self._sums(metric_id, filters.date_from, filters.date_to))

    def by_month(self, metric_id: str, first: date, last: date) -> pd.DataFrame:
        """The rate of each month with cases from a first day to a last one: month, value (Decimal; None where n/a)."""
        months = sorted({row[0].replace(day=1) for row in self.days if first <= row[0] <= last})
        ends = [min(last, last_of_month(month)) for month in months]
        sums = [self._sums(metric_id, max(first, month), end) for month, end in zip(months, ends, strict=True)]
        values = pd.Series([ratio(top, under) for top, under, _ in sums], dtype=object)
        return pd.DataFrame({"month": months, "value": values})

    def _sums(self, metric_id: str, first: date, last: date) -> tuple[Any, Any, int]:
        at = 1 + 3 * self.metric_ids.index(metric_id)
        among = self.days[bisect_left(self.days, first, key=_DAY) : bisect_right(self.days, last, key=_DAY)]
        return sum(row[at] for row in among), sum(row[at + 1] for row in among), sum(row[at + 2] for row in among)


def daily_rates(engine: Source, metric_ids: Sequence[str], filters: Filters) -> DailyRates:
    """Rates among the same claims for each day of the period."""
    first = RATES[metric_ids[0]]
    day = first.table.c[first.on]
    return DailyRates(metric_ids, read_rows(engine, _rates_query(tuple(metric_ids), filters, (day,))))


def in_turn(queries: Iterable[Select]) -> Select:
    """One statement for the single rows of several queries alike, in their order."""
    placed = [query.add_columns(literal(place).label("place")) for place, query in enumerate(queries)]
    rows = union_all(*placed).subquery("each")
    return select(*(column for column in rows.c if column.name != "place")).order_by(rows.c.place)


def rates_each(engine: Source, wanted: Sequence[tuple[str, Filters]]) -> list[Measure]:
    """Rates over periods of their own, among whichever claims, from one statement."""
    rows = read_rows(engine, _each_rate(tuple(wanted)))
    return [_measure(metric_id, filters, *row) for (metric_id, filters), row in zip(wanted, rows, strict=True)]


@built_once
def _each_rate(wanted: Sequence[tuple[str, Filters]]) -> Select:
    return in_turn(rate_query(RATES[metric_id], filters) for metric_id, filters in wanted)


def rates_among(
    engine: Source, metric_ids: Sequence[str], filters: Filters, keys: Sequence[ColumnElement]
) -> dict[str, pd.DataFrame]:
    """Rates among the same claims by keys, in their order, from one scan.

    Returns:
        For each the keys, numerator, denominator, n and value (Decimal; None where n/a).
    """
    frame = read_frame(engine, _rates_query(tuple(metric_ids), filters, tuple(keys)))
    first = len(keys)
    found = {}
    for place, metric_id in enumerate(metric_ids):
        own = frame.iloc[:, first + 3 * place : first + 3 * place + 3].set_axis(
            ["numerator", "denominator", "n"], axis=1
        )
        found[metric_id] = with_value(pd.concat([frame.iloc[:, :first], own], axis=1))
    return found


def with_value(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `value`, the ratio of numerator and denominator, to a frame that has both."""
    pairs = zip(frame["numerator"], frame["denominator"], strict=True)
    values = [ratio(None if pd.isna(top) else top, None if pd.isna(under) else under) for top, under in pairs]
    return frame.assign(value=pd.Series(values, dtype=object, index=frame.index))
