"""What was posted over spans of days: whole months from the sums kept of them, what is left from the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Select, Subquery, case, func, literal, select, union_all

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.schema import ledger_entry, ledger_month

#: First and last day, both within; None: from the beginning.
Span = tuple[date | None, date]
#: What is to be paid: charges less what contracts take off and other payers settled, with what moved from one to
#: another. That cancels out, but for one payer, who is to pay the less the more moved on to the next.
NET_REVENUE = ("charge", "contractual", "other_payer", "transfer")


@dataclass(frozen=True)
class Kinds:
    """What was posted, by (kind of entry, reason): signed amount and number of entries."""

    sums: dict[tuple[str, str | None], tuple[Decimal, int]]

    def amount(self, *kinds: str, reasons: Collection[str] | None = None) -> Decimal:
        """The signed sum of some kinds, for any reason or for some."""
        chosen = (total for (kind, why), (total, _) in self.sums.items() if kind in kinds and _is(why, reasons))
        return sum(chosen, Decimal("0.00"))

    def entries(self, *kinds: str) -> int:
        """The number of entries of some kinds, or of all."""
        return sum(count for (kind, _), (_, count) in self.sums.items() if not kinds or kind in kinds)


def _is(reason: str | None, reasons: Collection[str] | None) -> bool:
    return reasons is None or reason in reasons


def posted_by_kind(engine: Source, filters: Filters, span: Span) -> Kinds:
    """What was posted over a span of days, by kind and reason."""
    rows = read_rows(engine, _by_kind(filters, span))
    return Kinds({(kind, reason): (Decimal(amount), int(entries)) for kind, reason, amount, entries in rows})


@built_once
def _by_kind(filters: Filters, span: Span) -> Select:
    found = posted_over(filters, ("entry_type", "reason", "entries"), span).c
    sums = func.sum(found.amount), func.sum(found.entries)
    return select(found.entry_type, found.reason, *sums).group_by(found.entry_type, found.reason)


def posted_over(filters: Filters, names: Sequence[str], *spans: Span) -> Subquery:
    """Sums of what was posted on the days of each span, for any filter.

    Args:
        names: columns to have, few as a rule: of each part, of which there are up to three a span, all are read.

    Returns:
        span (number of the span, from 0), amount (signed, as in the ledger), and of posted_month, service_month,
        statement_month, entry_type, side, reason, payer_id, department, entries and accounts (first entries of an
        account) those that are named. Several rows may have the same keys: sum them.
    """
    parts = [part for number, span in enumerate(spans) for part in _parts(filters, ("amount", *names), number, span)]
    return union_all(*parts).subquery("posted")


def _parts(filters: Filters, names: Sequence[str], number: int, span: Span) -> list[Select]:
    first, last = span
    start = None if first is None else _month_start(first)
    end = _first_of_month(last + timedelta(days=1))  # the month that is not wholly within, if any
    if start is not None and start >= end:
        return [_days(filters, names, number, first, last)]
    parts = [_months(filters, names, number, start, end)]
    if first is not None and start is not None and first < start:
        parts.append(_days(filters, names, number, first, start - timedelta(days=1)))
    if last >= end:
        parts.append(_days(filters, names, number, end, last))
    return parts


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _month_start(day: date) -> date:
    """The first day of a month from `day` on."""
    return day if day.day == 1 else _first_of_month(_first_of_month(day) + timedelta(days=31))


def _months(filters: Filters, names: Sequence[str], number: int, start: date | None, end: date) -> Select:
    row = ledger_month.c
    query = select(literal(number).label("span"), *(row[name] for name in names)).where(
        row.posted_month < end, *filters.where(ledger_month)
    )
    return query if start is None else query.where(row.posted_month >= start)


def _days(filters: Filters, names: Sequence[str], number: int, first: date | None, last: date) -> Select:
    entry = ledger_entry.c
    counted = {"entries": literal(1), "accounts": case((entry.entry_no == 1, 1), else_=0)}
    columns = (counted[name].label(name) if name in counted else entry[name] for name in names)
    query = select(literal(number).label("span"), *columns).where(entry.posted_on <= last, *filters.where(ledger_entry))
    return query if first is None else query.where(entry.posted_on >= first)
