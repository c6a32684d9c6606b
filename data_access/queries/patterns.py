"""Patterns in underpayments: kinds of lines that a payer allowed as agreed until a day, and less ever since.

Looked for among a payer's lines with one modifier, those of one procedure, those of one procedure with one modifier,
and all of them. A pattern has at least five lines; from its first day on at least four in five of them fell short, and
before that at most one in five. Of patterns that are mostly the same lines, the one that explains most is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, case, func, select

from data_access.filters import Filters
from data_access.queries.dimensions import labels
from data_access.queries.measures import ratio
from data_access.queries.underpayments import YARDSTICKS
from data_access.schema import line_expectation

FEWEST, MOSTLY, SELDOM = 5, Decimal("0.8"), Decimal("0.2")
MOST = 5
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


@dataclass(frozen=True)
class _Day:
    """Lines of one payer, procedure and set of modifiers first paid on one day."""

    kind: tuple[int, str, str]
    paid_on: date
    lines: int
    short_lines: int
    open_lines: int
    first_allowed: Decimal
    expected: Decimal
    short: Decimal


def find(engine: Engine, filters: Filters, yardstick: str) -> list[Pattern]:
    """The patterns with most money still missing, at most five; the period's end is the last day looked at."""
    names = labels(engine, "payer")
    groups: dict[tuple, list[_Day]] = defaultdict(list)
    for seen in _days(engine, filters, yardstick):
        for group in _groups(seen.kind):
            groups[group].append(seen)
    found = [
        (pattern, lines) for group, days in groups.items() for pattern, lines in _pattern(group, days, names, filters)
    ]
    found.sort(key=lambda one: (-one[0].short, len(one[0].selection), one[0].payer, one[0].procedure or ""))
    kept: list[Pattern] = []
    told: set[tuple] = set()
    for pattern, lines in found:
        new = sum(count for of, count in lines.items() if of not in told)
        if pattern.short > 0 and new * 2 > sum(lines.values()):
            kept.append(pattern)
            told |= set(lines)
    return kept[:MOST]


def _days(engine: Engine, filters: Filters, yardstick: str) -> Iterator[_Day]:
    row = line_expectation.c
    fell_short = row.state != "met"
    measured = [
        row.basis.in_(YARDSTICKS[yardstick]),
        row.paid_on >= filters.date_from - _LOOK_BACK,
        row.paid_on <= filters.date_to,
        *filters.where(line_expectation),
    ]
    payers = select(row.payer_id).where(*measured, row.short > 0).group_by(row.payer_id).having(func.count() >= FEWEST)
    keys = (row.payer_id, func.coalesce(row.procedure_code, "").label("procedure"), row.modifiers, row.paid_on)
    query = (
        select(
            *keys,
            func.count().label("lines"),
            func.count().filter(fell_short).label("short_lines"),
            func.count().filter(row.short > 0).label("open_lines"),
            func.sum(case((fell_short, row.first_allowed), else_=0)).label("first_allowed"),
            func.sum(case((fell_short, row.expected), else_=0)).label("expected"),
            func.sum(row.short).label("short"),
        )
        .where(*measured, row.payer_id.in_(payers))
        .group_by(*keys)
    )
    with engine.connect() as connection:
        for found in connection.execute(query):
            yield _Day(tuple(found[:3]), *found[3:7], *map(Decimal, found[7:]))


def _groups(kind: tuple[int, str, str]) -> Iterator[tuple[int, str | None, str | None]]:
    payer_id, procedure, modifiers = kind
    yield payer_id, None, None
    if procedure:
        yield payer_id, procedure, None
    for modifier in dict.fromkeys(modifiers.split()):
        yield payer_id, None, modifier
        if procedure:
            yield payer_id, procedure, modifier


def _pattern(
    group: tuple[int, str | None, str | None], days: list[_Day], names: dict[Any, str], filters: Filters
) -> Iterator[tuple[Pattern, dict[tuple, int]]]:
    """The pattern of a group, if it has one, with its short lines by kind and day."""
    days.sort(key=lambda day: day.paid_on)
    since = _since(days)
    if since is None:
        return
    after = [day for day in days if day.paid_on >= since]
    shown = [day for day in after if day.paid_on >= filters.date_from]
    share = ratio(sum(day.first_allowed for day in after), sum(day.expected for day in after))
    payer_id, procedure, modifier = group
    yield (
        Pattern(
            payer_id,
            names.get(payer_id, "Payer not named"),
            procedure,
            modifier,
            since,
            sum(day.open_lines for day in shown),
            sum(day.lines for day in shown),
            sum(day.lines for day in days if day.paid_on < since),
            share or Decimal(0),
            sum((day.short for day in shown), Decimal(0)),
        ),
        {(day.kind, day.paid_on): day.short_lines for day in after if day.short_lines},
    )


def _since(days: list[_Day]) -> date | None:
    """The day that parts a group's lines best into seldom short and mostly short; None where none does."""
    total, total_short = sum(day.lines for day in days), sum(day.short_lines for day in days)
    best, most = None, Decimal(-1)
    lines = short = 0
    for day in days:  # the lines before each day, and those from it on
        after, after_short = total - lines, total_short - short
        enough = after_short >= FEWEST and after_short >= MOSTLY * after and short <= SELDOM * lines
        parted = Decimal(after_short - short)
        if enough and day.short_lines and parted > most:
            best, most = day.paid_on, parted
        lines, short = lines + day.lines, short + day.short_lines
    return best
