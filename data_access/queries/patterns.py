"""Patterns in underpayments: kinds of lines that a payer allowed as agreed until a day, and less ever since.

Looked for among a payer's lines with one modifier, those of one procedure, those of one procedure with one modifier,
and all of them. A pattern has at least five lines; from its first day on at least four in five of them fell short, and
before that at most one in five. Of patterns that are mostly the same lines, the one that explains most is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Select, case, cast, func, select, union_all

from data_access.built_once import built_once
from data_access.dates import months_before, parted_months
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting.months import CONTRACT as SUMS
from data_access.queries.dimensions import labels
from data_access.queries.measures import ratio
from data_access.queries.underpayments import YARDSTICKS, measured_by
from data_access.quotients import in_cents
from data_access.schema import contract_month, line_expectation

FEWEST, MOSTLY, SELDOM = 5, Decimal("0.8"), Decimal("0.2")
MOST = 5
CONTRACT = "contract"
_MOST_LOOKED_AT = 40
#: How long before the period lines are looked at, to tell what was usual before.
_LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True)
class Pattern:
    """Lines of a payer, with a modifier or of a procedure where these are given, that are short since a day.

    `share` is what was first allowed of what was expected on all that fell short since then, `before` the number of
    lines of the kind seen earlier. `lines` and `short` are those of the period that are short now, of `seen` in it.
    """

    payer_id: int
    payer: str
    procedure: str | None
    modifier: str | None
    since: date
    lines: int
    seen: int
    before: int
    share: Decimal
    short: Decimal

    def kind(self) -> str:
        """Its lines in words: line of 99213 with modifier 25."""
        of = f" of {self.procedure}" if self.procedure else ""
        return f"line{of}" + (f" with modifier {self.modifier}" if self.modifier else "")

    @property
    def selection(self) -> dict[str, Any]:
        """What narrows the table to its lines."""
        chosen = {"payer": self.payer_id, "procedure": self.procedure, "modifier": self.modifier, "since": self.since}
        return {name: value for name, value in chosen.items() if value is not None}


class _Lines(NamedTuple):
    """Lines of one payer, procedure and set of modifiers first paid on one day, or in the month that begins on it.

    The sums are of those that fell short, in cents: whole numbers are read several times as fast as amounts.
    """

    payer_id: int
    procedure_code: str | None
    modifiers: str
    day: date
    shown: int  # whether they are of the period
    lines: int
    short_lines: int
    open_lines: int
    first_allowed: int
    expected: int
    short: int


#: Payer, procedure and modifier; None where the group is not about it.
_Group = tuple[int, str | None, str | None]


def find(engine: Source, filters: Filters, yardstick: str) -> list[Pattern]:
    """The patterns with most money still missing, at most five; the period's end is the last day looked at.

    Months are added up first; only where a group seems to change are the days of those two months looked at.
    """
    by_month = _by_group(_read(engine, _months(filters, yardstick)))
    turns = _turns(by_month)
    if not turns:
        return []
    by_day = _by_group(_read(engine, _days(filters, yardstick, tuple(_near(turns)))))
    names = labels(engine, "payer")
    found = []
    for group, months in turns.items():
        whole = [one for one in by_month[group] if one.day not in months]
        told = _pattern(group, whole + [one for one in by_day[group] if _month(one) in months], names)
        if told:
            found.append(told)
    found.sort(key=lambda one: (-one[0].short, len(one[0].selection), one[0].payer, one[0].procedure or ""))
    return _kept(found)


def _first_month(filters: Filters) -> date:
    return (filters.date_from - _LOOK_BACK).replace(day=1)


def _kept(found: list[tuple[Pattern, dict[tuple, int]]]) -> list[Pattern]:
    """Those that are not mostly lines of a pattern that explains more."""
    kept: list[Pattern] = []
    told: set[tuple] = set()
    for pattern, lines in found:
        new = sum(count for of, count in lines.items() if of not in told)
        if pattern.short > 0 and new * 2 > sum(lines.values()):
            kept.append(pattern)
            told |= set(lines)
    return kept[:MOST]


@built_once
def _months(filters: Filters, yardstick: str) -> Select | CompoundSelect:
    """Lines by month from the first that is looked at to the last day of the period.

    Of lines measured by contract, whole months are kept added up. Those that the period begins or ends in, and lines
    measured otherwise, are read.
    """
    row, kept, bases = line_expectation.c, contract_month.c, YARDSTICKS[yardstick]
    first, in_time = _first_month(filters), _up_to_the_end(filters)
    if CONTRACT not in bases:
        return _of_lines(filters, row.paid_month, *in_time, measured_by(*bases))
    parted = parted_months(filters.date_from, filters.date_to)
    whole = (kept.paid_month >= first, kept.paid_month <= filters.date_to, kept.paid_month.not_in(parted))
    parts = [_of_months(filters, *whole)]
    if parted:
        here = row.paid_month.in_(parted)
        parts.append(_of_lines(filters, row.paid_month, *in_time, measured_by(CONTRACT), here))
    others = [basis for basis in bases if basis != CONTRACT]
    if others:
        parts.append(_of_lines(filters, row.paid_month, *in_time, measured_by(*others)))
    return _together(parts)


@built_once
def _days(filters: Filters, yardstick: str, near: tuple[_Near, ...]) -> Select | CompoundSelect:
    """Lines by day near the turns: one part for each payer and run of months, found faster than any of several."""
    row = line_expectation.c
    always = [*_up_to_the_end(filters), measured_by(*YARDSTICKS[yardstick])]
    parts = []
    for of in near:
        here = [row.payer_id == of.payer_id, row.paid_month >= of.first, row.paid_month <= of.last]
        if of.procedures:
            here.append(row.procedure_code.in_(of.procedures))
        parts.append(_of_lines(filters, row.paid_on, *always, *here))
    return _together(parts)


def _together(parts: Sequence[Select]) -> Select | CompoundSelect:
    return parts[0] if len(parts) == 1 else union_all(*parts)


def _up_to_the_end(filters: Filters) -> list[ColumnElement[bool]]:
    row = line_expectation.c
    return [row.paid_month >= _first_month(filters), row.paid_on <= filters.date_to]


def _of_months(filters: Filters, *conditions: ColumnElement[bool]) -> Select:
    row = contract_month.c
    shown = case((row.paid_month >= filters.date_from, 1), else_=0).label("shown")
    keys = (row.payer_id, row.procedure_code, row.modifiers, row.paid_month.label("day"), shown)
    counts = (cast(func.sum(row[name]), BigInteger) for name in SUMS[:3])
    sums = (*counts, *(_cents(func.sum(row[name])) for name in SUMS[3:]))
    named = (column.label(name) for name, column in zip(SUMS, sums, strict=True))
    query = select(*keys, *named).where(row.payer_id.is_not(None), *conditions, *filters.where(contract_month))
    return query.group_by(*keys).having(func.sum(row.lines) != 0)


def _of_lines(filters: Filters, day: ColumnElement, *conditions: ColumnElement[bool]) -> Select:
    row = line_expectation.c
    fell_short = row.state != "met"
    shown = case((row.paid_on >= filters.date_from, 1), else_=0).label("shown")
    keys = (row.payer_id, row.procedure_code, row.modifiers, day.label("day"), shown)
    sums = (_cents(func.sum(row[name]).filter(fell_short)).label(name) for name in SUMS[3:])
    counts = func.count(), func.count().filter(fell_short), func.count().filter(row.short > 0)
    named = (column.label(name) for name, column in zip(SUMS, counts, strict=False))
    query = select(*keys, *named, *sums).where(row.payer_id.is_not(None), *conditions)
    return query.where(*filters.where(line_expectation)).group_by(*keys)


def _cents(amount: ColumnElement) -> ColumnElement:
    return func.coalesce(in_cents(amount), 0)


def _read(engine: Source, query: Select | CompoundSelect) -> Sequence[_Lines]:
    return list(map(_Lines._make, read_rows(engine, query)))


def _by_group(found: Sequence[_Lines]) -> dict[_Group, list[_Lines]]:
    kinds: dict[tuple[int, str | None, str], list[_Lines]] = defaultdict(list)
    for lines in found:
        kinds[lines.payer_id, lines.procedure_code, lines.modifiers].append(lines)
    groups: dict[_Group, list[_Lines]] = defaultdict(list)
    for kind, of_kind in kinds.items():
        for group in _groups(*kind):
            groups[group] += of_kind
    return groups


def _groups(payer_id: int, procedure: str | None, modifiers: str) -> tuple[_Group, ...]:
    procedures = (None, procedure) if procedure else (None,)
    return tuple((payer_id, of, one) for one in (None, *dict.fromkeys((modifiers or "").split())) for of in procedures)


def _month(lines: _Lines) -> date:
    return lines.day.replace(day=1)


class _Near(NamedTuple):
    """Lines of a payer first paid in some months, of these procedures or, where none is named, of all."""

    payer_id: int
    first: date
    last: date
    procedures: tuple[str, ...]


def _near(turns: dict[_Group, set[date]]) -> Iterator[_Near]:
    """Lines of the payers, months and procedures of some groups: few more than theirs, told apart here."""
    months: dict[int, set[date]] = defaultdict(set)
    procedures: dict[int, set[str | None]] = defaultdict(set)
    for (payer_id, procedure, _), of_group in turns.items():
        months[payer_id] |= of_group
        procedures[payer_id].add(procedure)
    for payer_id, of in procedures.items():
        named = () if None in of else tuple(sorted(name for name in of if name is not None))
        for first, last in _runs(sorted(months[payer_id])):
            yield _Near(payer_id, first, last, named)


def _runs(months: list[date]) -> list[tuple[date, date]]:
    """First and last of each run of months that follow each other."""
    runs: list[tuple[date, date]] = []
    for month in months:
        if runs and months_before(month, 1) == runs[-1][1]:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return runs


def _turns(groups: Mapping[_Group, Sequence[_Lines]]) -> dict[_Group, set[date]]:
    """Groups that may have a pattern, most money missing first, with the months in which it may begin."""
    found = []
    for group, lines in groups.items():
        months = _by_day(lines)
        split = _split(months)
        if split is None or sum(months.short.values()) < FEWEST:
            continue
        first = months_before(split, 1)
        before, _ = months.parted(first)
        _, after = months.parted(split + timedelta(days=1))
        if before.short <= SELDOM * before.lines and after.short >= MOSTLY * after.lines:
            found.append((_sum(lines, "short"), group, {first, split}))
    found.sort(key=lambda one: one[0], reverse=True)
    return {group: months for _, group, months in found[:_MOST_LOOKED_AT]}


class _Counts(NamedTuple):
    """Lines, and how many of them fell short."""

    lines: int
    short: int


class _Days(NamedTuple):
    """Lines by day, and those that fell short."""

    lines: dict[date, int]
    short: dict[date, int]

    def parted(self, since: date) -> tuple[_Counts, _Counts]:
        """Those before a day, and those from it on."""
        before = _Counts(*(sum(of[day] for day in of if day < since) for of in self))
        return before, _Counts(sum(self.lines.values()) - before.lines, sum(self.short.values()) - before.short)


def _by_day(found: Sequence[_Lines]) -> _Days:
    lines: dict[date, int] = {}
    short: dict[date, int] = {}
    for one in found:
        day = one.day
        lines[day] = lines.get(day, 0) + one.lines
        if one.short_lines:
            short[day] = short.get(day, 0) + one.short_lines
    return _Days(lines, short)


def _sum(lines: Sequence[_Lines], name: str) -> int:
    return sum(getattr(one, name) for one in lines if one.short_lines)


def _split(days: _Days) -> date | None:
    """The day that best parts lines as expected, before it, from short ones, from it on; None without a short one."""
    best, most, parted = None, 0, 0
    for day in sorted(days.lines, reverse=True):
        short = days.short.get(day, 0)
        parted += 2 * short - days.lines[day]
        if short and parted >= most:
            best, most = day, parted
    return best


def _pattern(
    group: _Group, lines: Sequence[_Lines], names: Mapping[Any, str]
) -> tuple[Pattern, dict[tuple, int]] | None:
    """The pattern of a group, if it has one, with its short lines by kind and month."""
    days = _by_day(lines)
    since = _split(days)
    if since is None:
        return None
    earlier, seen = days.parted(since)
    if seen.short < FEWEST or seen.short < MOSTLY * seen.lines or earlier.short > SELDOM * earlier.lines:
        return None
    after = [one for one in lines if one.day >= since]
    shown = [one for one in after if one.shown]
    share = ratio(_sum(after, "first_allowed"), _sum(after, "expected"))
    kinds: dict[tuple, int] = defaultdict(int)
    for one in after:
        if one.short_lines:
            kinds[one.payer_id, one.procedure_code, one.modifiers, _month(one)] += one.short_lines
    payer_id, procedure, modifier = group
    found = Pattern(
        payer_id,
        names.get(payer_id, "Payer not named"),
        procedure,
        modifier,
        since,
        sum(one.open_lines for one in shown),
        sum(one.lines for one in shown),
        earlier.lines,
        share or Decimal(0),
        Decimal(_sum(shown, "short")).scaleb(-2),
    )
    return found, kinds
