"""Where the office stands: the headline figures, their trends, and one sentence on what matters most."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pandas as pd

from data_access.engine import Source
from data_access.filters import Filters
from data_access.metrics import METRICS
from data_access.queries import aging, cash, collections, measures, movement, movers
from data_access.queries.measures import Measure, ratio

TILES = (
    "ar",
    "days_in_ar",
    "over_90",
    "initial_denial_rate",
    "net_collection_rate",
    "first_pass_yield",
    "cash",
)
_NOT_OVER_90 = ("0-30", "31-60", "61-90")


@dataclass(frozen=True)
class Tile:
    """A headline figure: now, in the comparison period, and month by month (`month`, `value`; Decimal or None)."""

    now: Measure
    before: Measure
    trend: pd.DataFrame

    @property
    def target(self) -> Decimal | None:
        """The public benchmark, where there is an honest one."""
        return METRICS[self.now.metric_id].target

    @property
    def change(self) -> Decimal | None:
        """Now less before; None when either is not available."""
        if self.now.value is None or self.before.value is None:
            return None
        return self.now.value - self.before.value

    @property
    def few(self) -> bool:
        """Whether the figure, or the one before, stands on few cases: its change says little."""
        return self.now.low or self.before.low


def tiles(engine: Source, filters: Filters) -> list[Tile]:
    """The headline figures, in the order of TILES."""
    before = filters.comparison()
    denied, first_pass = _rate_tiles(engine, ("initial_denial_rate", "first_pass_yield"), filters, before)
    return [
        *_receivables(engine, filters, before),
        denied,
        _collection_tile(engine, filters, before),
        first_pass,
        _cash_tile(engine, filters, before),
    ]


def _receivables(engine: Source, filters: Filters, before: Filters) -> list[Tile]:
    *earlier, now = days = aging.month_ends(filters.as_of)
    positions = [
        *aging.positions(engine, filters, [now, before.as_of], by=movers.RECEIVABLES_BY),
        *aging.positions(engine, filters, earlier),
    ]
    daily = movement.average_daily_charges(engine, filters, [*days, before.as_of])
    by_day = {position.as_of: position for position in positions}

    def values(day: date) -> dict[str, tuple[Decimal | None, Decimal, Decimal | None]]:
        held, charged = by_day[day], daily[day]
        days_owed = None if not charged else (held.ar / charged).quantize(Decimal("0.1"))
        return {
            "ar": (held.ar, held.ar, None),
            "days_in_ar": (days_owed, held.ar, charged),
            "over_90": (ratio(held.over_90, held.billed), held.over_90, held.billed),
        }

    def measure(metric_id: str, day: date) -> Measure:
        value, top, under = values(day)[metric_id]
        partial = metric_id == "days_in_ar" and daily[day] is None
        return Measure(metric_id, value, top, under, by_day[day].accounts, day, partial)

    return [
        Tile(
            measure(metric_id, filters.as_of),
            measure(metric_id, before.as_of),
            pd.DataFrame({"month": days, "value": [values(day)[metric_id][0] for day in days]}),
        )
        for metric_id in ("ar", "days_in_ar", "over_90")
    ]


def _rate_tiles(engine: Source, metric_ids: tuple[str, ...], filters: Filters, before: Filters) -> list[Tile]:
    first = _year_before(filters.as_of)
    earliest, latest = min(first, before.date_from), max(filters.as_of, filters.date_to)
    daily = measures.daily_rates(engine, metric_ids, replace(filters, date_from=earliest, date_to=latest))
    return [
        Tile(
            daily.over(metric_id, filters),
            daily.over(metric_id, before),
            _whole_months(daily.by_month(metric_id, first, filters.as_of), filters),
        )
        for metric_id in metric_ids
    ]


def _collection_tile(engine: Source, filters: Filters, before: Filters) -> Tile:
    cohorts, earlier = collections.cohorts_at(engine, filters, [filters.as_of, before.as_of])
    mature = [one for one in cohorts if one.mature]
    rates = collections.mature_rate(cohorts, filters.as_of), collections.mature_rate(earlier, before.as_of)
    return Tile(*rates, _trend([one.month for one in mature], [one.net for one in mature]))


def _cash_tile(engine: Source, filters: Filters, before: Filters) -> Tile:
    first = _year_before(filters.as_of)
    periods = [(period.date_from, period.date_to) for period in (filters, before)]
    trend, now, earlier = cash.over(engine, filters, [(first, filters.as_of), *periods])
    monthly: dict[date, Decimal] = defaultdict(Decimal)
    for month, _, amount in trend:
        monthly[month] += amount
    whole = _whole_months(_trend(list(monthly), list(monthly.values())), filters)
    return Tile(cash.measure(now, filters.as_of), cash.measure(earlier, before.as_of), whole)


def _trend(months: list[date], values: list[Decimal | None]) -> pd.DataFrame:
    return pd.DataFrame({"month": months, "value": pd.Series(values, dtype=object)})


def _year_before(day: date) -> date:
    """The first day of the twelfth month before a day's."""
    return day.replace(year=day.year - 1, day=1)


def _whole_months(frame: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """`month` and `value` without a month that is not over: its figure would look like a fall."""
    over = [month != filters.as_of.replace(day=1) or not filters.in_midst_of_month for month in frame["month"]]
    return frame.loc[over, ["month", "value"]]


def finding(tiles_now: list[Tile], moved: pd.DataFrame) -> str:
    """One sentence: the change that hurts most against its own level, and what explains most of it.

    Figures on few cases do not count as that: their changes say little.
    """
    hurting = [tile for tile in tiles_now if _hurts(tile) > 0]
    worse = [tile for tile in hurting if not tile.few]
    if not any(tile.now.value or tile.before.value for tile in tiles_now):
        return "Nothing matches these filters in this period."
    if not worse and hurting:
        names = ", ".join(METRICS[tile.now.metric_id].name for tile in hurting)
        return f"Only figures on small numbers are worse than in the comparison period: {names}."
    if not worse:
        return "No headline figure is worse than in the comparison period."
    tile = max(worse, key=_hurts)
    metric = METRICS[tile.now.metric_id]
    verb = "rose" if tile.change and tile.change > 0 else "fell"
    now, before = words(tile.now.value, metric.unit), words(tile.before.value, metric.unit)
    text = f"{metric.name} {verb} to {now} from {before}"
    if now == before and tile.change:  # rounded to the same: the change says more
        text = f"{metric.name} {verb} by {words(abs(tile.change), metric.unit)} to {now}"
    cause = _cause(tile, moved)
    return f"{text}; the largest part is {cause}." if cause else f"{text}."


def _cause(tile: Tile, moved: pd.DataFrame) -> str | None:
    """The cell that moved most in the direction that hurts, among those that explain the figure."""
    group = movers.GROUP_OF.get(tile.now.metric_id)
    if group is None or not len(moved):
        return None
    up = METRICS[group].good == "down"
    for row in moved[moved["metric_id"] == group].to_dict("records"):
        young = tile.now.metric_id == "over_90" and row["selection"]["bucket"] in _NOT_OVER_90
        if (row["change"] > 0) == up and not young:
            return row["label"]
    return None


def _hurts(tile: Tile) -> Decimal:
    change, before = tile.change, tile.before.value
    good = METRICS[tile.now.metric_id].good
    if change is None or not before or good is None:
        return Decimal(0)
    return (change if good == "down" else -change) / abs(before)


def words(value: Decimal | None, unit: str) -> str:
    """A figure as people say it: $1.2M, 11.8 %, 41.3 days."""
    if value is None:
        return "n/a"
    if unit == "percent":
        return f"{value * 100:.1f} %"
    if unit == "days":
        return f"{value:.1f} days"
    if unit == "count":
        return f"{value:,.0f}"
    sign, size = ("-" if value < 0 else ""), abs(value)
    for limit, letter in ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if size >= limit:
            return f"{sign}${size / limit:.2f}{letter}" if letter != "k" else f"{sign}${size / limit:.0f}k"
    return f"{sign}${size:.0f}"
