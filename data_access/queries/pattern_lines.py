"""Statements that read the lines in which patterns are looked for: by month, and by day where a pattern may begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Select, Table, cast, func, literal, select, union_all

from data_access.built_once import built_once
from data_access.dates import last_of_month, months_before
from data_access.filters import Filters
from data_access.posting.months import CONTRACT as SUMS
from data_access.queries.underpayments import YARDSTICKS, measured_by
from data_access.quotients import in_cents
from data_access.schema import contract_month, line_expectation

CONTRACT = "contract"
#: How long before the period lines are looked at, to tell what was usual before.
_LOOK_BACK = timedelta(days=365)


def _cents(amount: ColumnElement) -> ColumnElement:
    return func.coalesce(in_cents(amount), 0)


_FELL_SHORT = line_expectation.c.state != "met"
#: SUMS of lines, and of months kept.
_OF_LINES: dict[str, ColumnElement] = {
    "lines": func.count(),
    "short_lines": func.count().filter(_FELL_SHORT),
    "open_lines": func.count().filter(line_expectation.c.short > 0),
    **{name: _cents(func.sum(line_expectation.c[name]).filter(_FELL_SHORT)) for name in SUMS[3:]},
}
_OF_MONTHS: dict[str, ColumnElement] = {
    **{name: cast(func.sum(contract_month.c[name]), BigInteger) for name in SUMS[:3]},
    **{name: _cents(func.sum(contract_month.c[name])) for name in SUMS[3:]},
}


class Near(NamedTuple):
    """Lines of a payer first paid on some days, of these procedures or, where none is named, of all."""

    payer_id: int
    first: date
    last: date
    procedures: tuple[str, ...]


def looked_at(filters: Filters) -> list[date]:
    """The months that are looked at, in order."""
    first = (filters.date_from - _LOOK_BACK).replace(day=1)
    months = [filters.date_to.replace(day=1)]
    while months[-1] > first:
        months.append(months_before(months[-1], 1))
    return months[::-1]


@built_once
def by_month(filters: Filters, yardstick: str) -> CompoundSelect:
    """Lines by month, those that fell short, and the cents missing: of all months looked at."""
    return union_all(*_added_by_month(filters, yardstick, looked_at(filters)[0], ("lines", "short_lines", "short")))


@built_once
def near_and_after(filters: Filters, yardstick: str, near: tuple[Near, ...], after: date) -> CompoundSelect:
    """Lines near the turns by day: one part for each payer and run of days, found faster than any of several.

    Those of these payers from the month `after` on by month.
    """
    row = line_expectation.c
    parts = []
    for of in near:
        here = [measured_by(*YARDSTICKS[yardstick]), row.paid_on >= of.first, row.paid_on <= of.last]
        if of.procedures:
            here.append(row.procedure_code.in_(of.procedures))
        of_payer = replace(filters, payer_ids=(of.payer_id,))
        parts.append(_added_up(line_expectation, of_payer, row.paid_on, (literal(0), *_OF_LINES.values()), *here))
    of_payers = replace(filters, payer_ids=tuple(sorted({of.payer_id for of in near})))
    if after <= filters.date_to:
        parts += _added_by_month(of_payers, yardstick, after, SUMS, literal(1))
    return union_all(*parts)


def _added_by_month(
    filters: Filters, yardstick: str, first: date, sums: Sequence[str], *more: ColumnElement
) -> Iterator[Select]:
    """Lines by month from one month on to the last day of the period, with more columns before the sums.

    Of lines measured by contract, months are kept added up; what was paid in the last one after the period is taken
    off. Lines measured otherwise are read.
    """
    row, kept, bases, last = line_expectation.c, contract_month.c, YARDSTICKS[yardstick], filters.date_to
    of_lines = [_OF_LINES[name] for name in sums]
    if CONTRACT in bases:
        whole = kept.paid_month >= first, kept.paid_month <= last
        of_months = (*more, *(_OF_MONTHS[name] for name in sums))
        yield _added_up(contract_month, filters, kept.paid_month, of_months, *whole)
        if last != last_of_month(last):
            later = measured_by(CONTRACT), row.paid_on > last, row.paid_on <= last_of_month(last)
            less = (*more, *(-column for column in of_lines))
            yield _added_up(line_expectation, filters, row.paid_month, less, *later)
    others = [basis for basis in bases if basis != CONTRACT]
    if others:
        in_time = row.paid_on >= first, row.paid_on <= last
        yield _added_up(line_expectation, filters, row.paid_month, (*more, *of_lines), measured_by(*others), *in_time)


def _added_up(
    table: Table,
    filters: Filters,
    day: ColumnElement,
    columns: Iterable[ColumnElement],
    *conditions: ColumnElement[bool],
) -> Select:
    row = table.c
    keys = row.payer_id, row.procedure_code, row.modifiers, day
    query = select(*keys, *columns).where(*conditions, *filters.where(table)).group_by(*keys)
    # where payers are named there is one: to ask for both makes DuckDB a third slower
    return query if filters.payer_ids else query.where(row.payer_id.is_not(None))
