"""A month as managers take it to their meeting: every figure from the functions that the screens use, asked once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from data_access.dates import earlier, last_of_month, months_before
from data_access.engine import Source
from data_access.filters import Filters
from data_access.metrics import METRICS, Metric
from data_access.queries import aging, cash, collections, cycle, denials, movement, movers, overview, readiness
from data_access.queries.imports import Freshness
from data_access.queries.measures import PARTIAL, Measure, ratio
from data_access.queries.movement import RollForward
from data_access.queries.readiness import Check

RECEIVABLES, DENIALS, COLLECTIONS, CYCLE = "Receivables", "Denials", "Collections", "From coverage to the bank"
#: Which figures a pack has, beside those of the cycle, and in which order.
GROUPS = {
    RECEIVABLES: ("ar", "insurance_ar", "unbilled", "patient_ar", "days_in_ar", "over_90", "over_120", "credits"),
    DENIALS: (
        "initial_denial_rate",
        "initial_denial_rate_amount",
        "first_pass_yield",
        "preventable_share",
        "final_denial_rate",
    ),
    COLLECTIONS: (
        "cash",
        "net_collection_rate",
        "net_collection_rate_posted",
        "point_of_service_share",
        "bad_debt",
        "avoidable_write_offs",
    ),
}
AGES = tuple(aging.FIVE)
TRENDS = ("ar", "net_collection_rate", "initial_denial_rate")
Measures = dict[str, Measure]


@dataclass(frozen=True)
class Figure:
    """A metric in the month, the month before and, as a value alone, the same month a year before; None: not known.

    `beyond`: how far it reaches that the filters do not narrow.
    """

    group: str
    now: Measure
    before: Measure | None
    year: Decimal | None
    beyond: str = ""

    @property
    def name(self) -> str:
        """What the figure is called, with how far it reaches beyond the filters."""
        return f"{self.metric.name} ({self.beyond})" if self.beyond else self.metric.name

    @property
    def metric(self) -> Metric:
        """What the figure means."""
        return METRICS[self.now.metric_id]

    @property
    def change(self) -> Decimal | None:
        """Now less before; None when either is not known."""
        if self.before is None or self.now.value is None or self.before.value is None:
            return None
        return self.now.value - self.before.value

    @property
    def better(self) -> bool | None:
        """Whether the change is for the better; None without one, or where neither direction is."""
        if not self.change or self.metric.good is None:
            return None
        return (self.change > 0) == (self.metric.good == "up")

    @property
    def few(self) -> bool:
        """Whether it stands on few cases now or before: its change says little."""
        return self.now.low or (self.before is not None and self.before.low)

    @property
    def partial(self) -> str:
        """Why there is no figure, or none of the month before, where the data do not cover its days; else nothing."""
        if self.now.partial:
            return PARTIAL
        return f"before: {PARTIAL}" if self.before is not None and self.before.partial else ""


@dataclass(frozen=True)
class Pack:
    """All that a month-end pack says.

    Attributes:
        filters: the month, as of its last day or, where the data do not reach that, the newest day in them.
        names: filters of accounts in words, by what they are of.
        known: when something was last loaded, first and newest posting date.
        trends: by metric of TRENDS: month, value (Decimal or None).
        aging: what is owed by payer type: label, one column a bucket of AGES, ar, before, change.
        denials: by main reason, most claims first: label, claims, amount, share, claims_before, amount_before, change.
        cash: by source: label, amount, before, change, year.
        payments: on accounts, by payer type: label, insurance, patient, amount, before, change.
        moved: as `movers.what_moved`.
    """

    filters: Filters
    names: dict[str, str]
    known: Freshness
    finding: str
    checks: list[Check]
    figures: list[Figure]
    trends: dict[str, pd.DataFrame]
    rolled: RollForward
    aging: pd.DataFrame
    denials: pd.DataFrame
    cash: pd.DataFrame
    payments: pd.DataFrame
    moved: pd.DataFrame

    @property
    def month(self) -> date:
        """The first day of the month."""
        return self.filters.date_from

    @property
    def over(self) -> bool:
        """Whether the data reach the end of the month."""
        return not self.filters.in_midst_of_month

    @property
    def compared(self) -> bool:
        """Whether the data have something of the month before."""
        return any(one.before is not None for one in self.figures)

    @property
    def matches(self) -> bool:
        """Whether the filters match anything at all in the month or the one before."""
        values = [value for one in self.figures for value in (one.now, one.before) if value is not None]
        return any(value.value for value in values if value.metric_id in overview.TILES)


def months(oldest: date, newest: date) -> list[date]:
    """The first days of the months that the data touch, newest first."""
    count = 12 * (newest.year - oldest.year) + newest.month - oldest.month + 1
    return [months_before(newest, number) for number in range(count)]


def usual_month(oldest: date, newest: date) -> date:
    """The last month that the data cover to its end; where they cover none, the one they are in."""
    found = newest.replace(day=1) if newest == last_of_month(newest) else months_before(newest, 1)
    return max(found, oldest.replace(day=1))


def of_month(filters: Filters, month: date, newest: date) -> Filters:
    """The same filters over a month, compared with the one before; one that is not over, up to the newest day."""
    last = min(last_of_month(month), newest)
    return replace(filters, as_of=last, date_from=month.replace(day=1), date_to=last, compare="previous")


def pack(engine: Source, filters: Filters, known: Freshness, names: dict[str, str] | None = None) -> Pack:
    """Everything about a month.

    Args:
        filters: from `of_month`.
        known: how fresh the data are; of data that hold a posting.
        names: filters of accounts in words, for those who read the pack.
    """
    before, year = _compared(filters, known)
    tiles = overview.tiles(engine, filters)
    cells = movers.cells(engine, filters)
    rolled = movement.roll_forward(engine, filters)
    answered = [denials.answered(engine, period) for period in (filters, filters.comparison())]
    periods = [filters, filters.comparison(), *([year] if year else [])]
    money = cash.over(engine, filters, [(period.date_from, period.date_to) for period in periods])
    found = _measured(engine, periods, tiles, answered)
    figures = _figures(found, _a_year_before(engine, year, tiles), before is not None, filters)
    unapplied = next((one.now for one in figures if one.now.metric_id == "unapplied"), None)
    moved = movers.ranked(cells if before else {})
    finding = overview.finding(tiles, moved)
    if before is None and any(tile.now.value for tile in tiles):
        finding = f"The data begin in {filters.date_from:%B %Y}: there is no month before to compare with."
    return Pack(
        filters,
        names or {},
        known,
        finding,
        readiness.checks(engine, filters, known.newest or filters.as_of, rolled, unapplied),
        figures,
        {tile.now.metric_id: tile.trend for tile in tiles if tile.now.metric_id in TRENDS},
        rolled,
        _aging(engine, filters, before),
        _reasons(answered, before is not None),
        _sources(money, before is not None, year is not None),
        _payments(cells["cash"], before is not None),
        moved,
    )


def _compared(filters: Filters, known: Freshness) -> tuple[Filters | None, Filters | None]:
    """The month before and the same one a year before, where the data have them: the latter whole."""
    before, oldest = filters.comparison(), known.oldest or filters.date_from
    first, last = (earlier(day, 12) for day in (filters.date_from, filters.date_to))
    year = replace(filters, as_of=last, date_from=first, date_to=last)
    whole = oldest <= first and not filters.in_midst_of_month
    return before if oldest <= before.date_to else None, year if whole else None


def _measured(
    engine: Source, periods: Sequence[Filters], tiles: list[overview.Tile], answered: list[denials.Answered]
) -> list[dict[str, tuple[str, Measure]]]:
    """For the month, the one before and a year before: metric -> its group and measure."""
    of_tiles = [{tile.now.metric_id: tile.now for tile in tiles}, {tile.now.metric_id: tile.before for tile in tiles}]
    answered = [*answered, *(denials.answered(engine, period) for period in periods[2:])]
    positions = aging.positions(engine, periods[0], [period.as_of for period in periods])
    group_of = {metric_id: group for group, ids in GROUPS.items() for metric_id in ids}
    found: list[dict[str, tuple[str, Measure]]] = []
    for place, period in enumerate(periods):
        measures: Measures = of_tiles[place] if place < len(of_tiles) else {}
        measures = measures | _of_position(positions[place]) | _of_denials(answered[place])
        measures |= _of_posted(collections.posted(engine, period))
        found.append({name: (group_of[name], measures[name]) for name in group_of if name in measures})
    for _, same in cycle.over(engine, *periods):
        for place, one in enumerate(same):
            if one is not None:
                found[place][one.metric_id] = CYCLE, one
    return found


def _of_position(held: aging.Position) -> Measures:
    def amount(metric_id: str, value: Decimal, n: int) -> Measure:
        return Measure(metric_id, value, value, None, n, held.as_of)

    insurers = held.insurance_accounts + held.unbilled_accounts
    over_120 = ratio(held.over_120, held.billed)
    return {
        "insurance_ar": amount("insurance_ar", held.insurance + held.unbilled, insurers),
        "unbilled": amount("unbilled", held.unbilled, held.unbilled_accounts),
        "patient_ar": amount("patient_ar", held.patient, held.patient_accounts),
        "over_120": Measure("over_120", over_120, held.over_120, held.billed, held.accounts, held.as_of),
        "credits": amount("credits", -held.credit, held.credit_accounts),
    }


def _of_denials(found: denials.Answered) -> Measures:
    outcome = denials.outcome(found)
    rates = (found.rate("initial_denial_rate_amount"), outcome.preventable, outcome.final_denial)
    return {one.metric_id: one for one in rates}


def _of_posted(found: collections.Posted) -> Measures:
    return {one.metric_id: one for one in (found.net, found.bad_debt, found.avoidable, found.point_of_service)}


def _a_year_before(engine: Source, year: Filters | None, tiles: list[overview.Tile]) -> dict[str, Decimal | None]:
    """What the headline figures were: the trends of the tiles have all but one of them."""
    if year is None:
        return {}
    values: dict[str, Decimal | None] = {}
    for tile in tiles:
        months = dict(zip(tile.trend["month"], tile.trend["value"], strict=True))
        on = year.as_of if tile.now.metric_id in ("ar", "days_in_ar", "over_90") else year.date_from
        # the trend of cash has no month in which none came in
        values[tile.now.metric_id] = months.get(on, Decimal("0.00") if tile.now.metric_id == "cash" else None)
    # its trend is by month of service
    values["net_collection_rate"] = collections.net_collection_rate(engine, year).value
    return values


def _figures(
    found: list[dict[str, tuple[str, Measure]]], headline: dict[str, Decimal | None], compared: bool, filters: Filters
) -> list[Figure]:
    now, before, *year = found
    values = headline | {name: one.value for of_year in year for name, (_, one) in of_year.items()}
    return [
        Figure(
            group,
            one,
            before[name][1] if compared and name in before else None,
            values.get(name),
            cycle.beyond(name, filters),
        )
        for name, (group, one) in now.items()
    ]


def _aging(engine: Source, filters: Filters, before: Filters | None) -> pd.DataFrame:
    owed: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for period in filter(None, (filters, before)):
        for row in aging.buckets(engine, period, "payer_type", "five").to_dict("records"):
            if row["side"] != "credit":
                owed[row["label"]][row["bucket"] if period is filters else "before"] += row["balance"]
    zero = Decimal("0.00")
    rows: list[tuple[Any, ...]] = []
    for label, sums in owed.items():
        total = sum((sums[name] for name in AGES), zero)
        then = zero + sums["before"] if before else None
        rows.append((label, *(zero + sums[name] for name in AGES), total, *_and_change(total, then)))
    rows.sort(key=lambda row: (-row[len(AGES) + 1], row[0]))
    return _frame(("label", *AGES, "ar", "before", "change"), rows)


def _and_change(now: Decimal, then: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    return then, None if then is None else now - then


def _reasons(answered: list[denials.Answered], compared: bool) -> pd.DataFrame:
    now, then = (
        {row["key"]: row for row in denials.reasons(found, "category").to_dict("records")} for found in answered
    )
    rows = []
    for key in dict.fromkeys([*now, *then]):
        here, there = (of.get(key, {"claims": 0, "amount": Decimal("0.00"), "share": None}) for of in (now, then))
        label = (now.get(key) or then[key])["label"]
        was = (there["claims"], there["amount"], here["amount"] - there["amount"]) if compared else (None,) * 3
        if here["claims"] or compared:
            rows.append((label, here["claims"], here["amount"], here["share"], *was))
    return _frame(("label", "claims", "amount", "share", "claims_before", "amount_before", "change"), rows)


def _sources(found: list[list[cash.Cash]], compared: bool, a_year: bool) -> pd.DataFrame:
    sums: list[dict[str, Decimal]] = [defaultdict(Decimal) for _ in found]
    for place, span in enumerate(found):
        for one in span:
            sums[place][one.source] += one.amount
    rows, zero = [], Decimal("0.00")
    for source, label in cash.SOURCES.items():
        if any(source in of for of in sums):
            amount = zero + sums[0][source]
            then = zero + sums[1][source] if compared else None
            rows.append((label, amount, *_and_change(amount, then), zero + sums[2][source] if a_year else None))
    return _frame(("label", "amount", "before", "change", "year"), rows)


def _payments(cells: Iterable[movers.Cell], compared: bool) -> pd.DataFrame:
    zero = Decimal("0.00")
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(("insurance", "patient", "before"), zero))
    for cell in cells:
        mine = sums[cell.selection["payer_type"]]
        mine[cell.selection["source"]] += Decimal(cell.after)
        mine["before"] += Decimal(cell.before)
    rows: list[tuple[Any, ...]] = []
    for label, of in sums.items():
        amount = of["insurance"] + of["patient"]
        then = of["before"] if compared else None
        rows.append((label, of["insurance"], of["patient"], amount, *_and_change(amount, then)))
    rows.sort(key=lambda row: (-row[3], row[0]))
    return _frame(("label", "insurance", "patient", "amount", "before", "change"), rows)


def _frame(columns: Sequence[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame({name: pd.Series(of, dtype=object) for name, of in zip(columns, values, strict=True)})
