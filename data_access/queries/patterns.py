"""Patterns in underpayments: kinds of lines that a payer allowed as agreed until a day, and less ever since.

Looked for among a payer's lines with one modifier, those of one procedure, those of one procedure with one modifier,
and all of them. A pattern has at least five lines; from its first day on at least four in five of them fell short, and
before that at most one in five. Of patterns that are mostly the same lines, the one that explains most is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from data_access.dates import last_of_month, months_before
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries.dimensions import labels
from data_access.queries.measures import ratio
from data_access.queries.pattern_lines import Near, by_month, looked_at, near_and_after

FEWEST, MOSTLY, SELDOM = 5, Decimal("0.8"), Decimal("0.2")
MOST = 5
T = TypeVar("T")
_MOST_LOOKED_AT = 40
_DAY = timedelta(days=1)


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
    whole: int  # whether they are those of the month
    lines: int
    short_lines: int
    open_lines: int
    first_allowed: int
    expected: int
    short: int


class _Sums(NamedTuple):
    """Several `_Lines` added up."""

    lines: int
    short_lines: int
    open_lines: int
    first_allowed: int
    expected: int
    short: int

    @classmethod
    def of(cls, found: Iterable[_Lines]) -> _Sums:
        """Those of some lines."""
        nothing = (0,) * len(cls._fields)
        return cls(*map(sum, zip(nothing, *(one[-len(nothing) :] for one in found), strict=True)))


class _Turn(NamedTuple):
    """The two months in which a group may change, or the one, and its lines before them, and short ones."""

    first: date
    last: date
    lines: int
    short: int


#: The lines in each month, then how many of them fell short in each, then the cents missing.
_Counts = list[int]
#: Payer, procedure and set of modifiers.
_Kind = tuple[int, str | None, str]
#: Payer, procedure and modifier; None where the group is not about it.
_Group = tuple[int, str | None, str | None]


def find(engine: Source, filters: Filters, yardstick: str) -> list[Pattern]:
    """The patterns with most money still missing, at most five; the period's end is the last day looked at.

    Months are counted first. Only where a group seems to change are the days of those two months looked at, and what
    the months after them add up to.
    """
    months = looked_at(filters)
    turns = _turns(_counted(read_rows(engine, by_month(filters, yardstick)), months), months)
    if not turns:
        return []
    after = months_before(min(turn.last for turn in turns.values()), -1)
    near = _by_group(read_rows(engine, near_and_after(filters, yardstick, tuple(_near(turns, filters)), after)))
    names = labels(engine, "payer")
    patterns = (_pattern(group, turn, near[group], filters.date_from, names) for group, turn in turns.items())
    found = [told for told in patterns if told]
    found.sort(key=lambda one: (-one[0].short, len(one[0].selection), one[0].payer, one[0].procedure or ""))
    return _kept(found)


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


def _counted(found: Iterable[Any], months: Sequence[date]) -> dict[_Group, list[_Counts]]:
    """What was read by month, of each kind in a group."""
    place_of = {month: place for place, month in enumerate(months)}
    kinds: dict[_Kind, _Counts] = defaultdict(lambda: [0] * (2 * len(months) + 1))
    for payer_id, procedure, modifiers, month, lines, short_lines, cents in found:
        counts, place = kinds[payer_id, procedure, modifiers], place_of[month]
        counts[place] += lines
        if short_lines:
            counts[len(months) + place] += short_lines
            counts[-1] += cents
    groups: dict[_Group, list[_Counts]] = defaultdict(list)
    for kind, counts in kinds.items():
        for group in _groups(*kind):
            groups[group].append(counts)
    return groups


def _by_group(found: Iterable[Any]) -> dict[_Group, list[_Lines]]:
    kinds: dict[_Kind, list[_Lines]] = defaultdict(list)
    for lines in map(_Lines._make, found):
        kinds[lines.payer_id, lines.procedure_code, lines.modifiers].append(lines)
    groups: dict[_Group, list[_Lines]] = defaultdict(list)
    for kind, of_kind in kinds.items():
        for group in _groups(*kind):
            groups[group] += of_kind
    return groups


def _groups(payer_id: int, procedure: str | None, modifiers: str) -> tuple[_Group, ...]:
    procedures = (None, procedure) if procedure else (None,)
    return tuple((payer_id, of, one) for one in (None, *dict.fromkeys((modifiers or "").split())) for of in procedures)


def _near(turns: Mapping[_Group, _Turn], filters: Filters) -> Iterator[Near]:
    """Lines of the payers, procedures and months in which some groups turn: few more than theirs, told apart here.

    Also those before the period in the month it begins in: they are taken off what the month adds up to.
    """
    begins = filters.date_from.replace(day=1)
    days: dict[int, dict[date, date]] = defaultdict(dict)
    procedures: dict[int, set[str | None]] = defaultdict(set)
    for (payer_id, procedure, _), turn in turns.items():
        days[payer_id] |= {one: min(last_of_month(one), filters.date_to) for one in (turn.first, turn.last)}
        procedures[payer_id].add(procedure)
    for payer_id, of in procedures.items():
        named = () if None in of else tuple(sorted(name for name in of if name is not None))
        if begins < filters.date_from and min(days[payer_id]) < begins:
            days[payer_id].setdefault(begins, filters.date_from - _DAY)
        for first, last in _runs(days[payer_id]):
            yield Near(payer_id, first, last, named)


def _runs(days: Mapping[date, date]) -> list[tuple[date, date]]:
    """First and last day of each run of days, given those of some that may follow each other."""
    runs: list[tuple[date, date]] = []
    for first, last in sorted(days.items()):
        if runs and runs[-1][1] + _DAY == first:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


def _turns(groups: Mapping[_Group, Sequence[_Counts]], months: Sequence[date]) -> dict[_Group, _Turn]:
    """Groups that may have a pattern, most money missing first, with the months in which it may begin."""
    found = []
    for group, kinds in groups.items():
        counts = kinds[0] if len(kinds) == 1 else list(map(sum, zip(*kinds, strict=True)))
        lines, short, missing = counts[: len(months)], counts[len(months) : -1], counts[-1]
        if sum(short) < FEWEST:
            continue
        split = _split(range(len(months)), lines, short)
        if split is None:
            continue
        first, after = max(split - 1, 0), split + 1
        turn = _Turn(months[first], months[split], sum(lines[:first]), sum(short[:first]))
        if turn.short <= SELDOM * turn.lines and sum(short[after:]) >= MOSTLY * sum(lines[after:]):
            found.append((missing, group, turn))
    found.sort(key=lambda one: one[0], reverse=True)
    return {group: turn for _, group, turn in found[:_MOST_LOOKED_AT]}


def _split(days: Sequence[T], lines: Sequence[int], short: Sequence[int]) -> T | None:
    """The day that best parts lines as expected, before it, from short ones, from it on; None without a short one."""
    best, most, parted = None, 0, 0
    for day, of_day, short_of_day in zip(reversed(days), reversed(lines), reversed(short), strict=True):
        parted += 2 * short_of_day - of_day
        if short_of_day and parted >= most:
            best, most = day, parted
    return best


def _pattern(
    group: _Group, turn: _Turn, found: Sequence[_Lines], begin: date, names: Mapping[Any, str]
) -> tuple[Pattern, dict[tuple, int]] | None:
    """The pattern of a group, if it has one, with its short lines by kind and month."""
    first, last = turn.first, last_of_month(turn.last)
    lines = [one for one in found if (one.day > last if one.whole else first <= one.day <= last)]
    since = _since(lines)
    if since is None:
        return None
    after = [one for one in lines if one.day >= since]
    seen, earlier = _Sums.of(after), _Sums.of(one for one in lines if one.day < since)
    before, short_before = turn.lines + earlier.lines, turn.short + earlier.short_lines
    if seen.short_lines < FEWEST or seen.short_lines < MOSTLY * seen.lines or short_before > SELDOM * before:
        return None
    unseen = _Sums.of(_before_the_period(begin, since, found, after))
    payer_id, procedure, modifier = group
    told = Pattern(
        payer_id,
        names.get(payer_id, "Payer not named"),
        procedure,
        modifier,
        since,
        seen.open_lines - unseen.open_lines,
        seen.lines - unseen.lines,
        before,
        ratio(seen.first_allowed, seen.expected) or Decimal(0),
        Decimal(seen.short - unseen.short).scaleb(-2),
    )
    return told, _short_lines(after)


def _before_the_period(begin: date, since: date, found: Iterable[_Lines], after: Iterable[_Lines]) -> list[_Lines]:
    """Of lines after a day those first paid before the period: of the month it begins in, by day."""
    month = begin.replace(day=1)
    first = max(since, month)
    return [one for one in after if one.day < month] + [
        one for one in found if first <= one.day < begin and not one.whole
    ]


def _since(found: Iterable[_Lines]) -> date | None:
    """The first day of a pattern in these lines, if there may be one."""
    lines: dict[date, int] = defaultdict(int)
    short: dict[date, int] = defaultdict(int)
    for one in found:
        lines[one.day] += one.lines
        short[one.day] += one.short_lines
    days = sorted(lines)
    return _split(days, [lines[day] for day in days], [short[day] for day in days])


def _short_lines(found: Iterable[_Lines]) -> dict[tuple, int]:
    """Those that fell short by kind and month."""
    short: dict[tuple, int] = defaultdict(int)
    for one in found:
        if one.short_lines:
            month = one.day if one.whole else one.day.replace(day=1)
            short[one.payer_id, one.procedure_code, one.modifiers, month] += one.short_lines
    return short
