"""What was posted, seen from the receivables: the roll-forward that proves them, and the charges of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Column, Select, func, select

from data_access.built_once import built_once
from data_access.dates import as_months
from data_access.engine import Source, snapshot
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries.aging import stands
from data_access.queries.posted import posted_over
from data_access.schema import ledger_entry, ledger_month, open_balance

ROLL_FORWARD = (
    ("charge", "Charges"),
    ("insurance_payment", "Insurance payments"),
    ("patient_payment", "Patient payments"),
    ("contractual", "Contractual adjustments"),
    ("other_payer", "Settled by other payers"),
    ("denial_write_off", "Denial write-offs"),
    ("write_off", "Other write-offs"),
    ("bad_debt", "Bad debt"),
    ("charity", "Charity care"),
    ("insurance_refund", "Refunds to insurers"),
    ("recoupment", "Taken back by insurers"),
    ("patient_refund", "Refunds to patients"),
    ("transfer", "Moved between payers and patient"),
)

_WINDOW = timedelta(days=90)


@dataclass(frozen=True)
class RollForward:
    """Opening balance, what was posted by kind (label, ledger type, amount), closing balance, and the difference
    between that and the open balances, which is an error unless it is zero."""

    opening: Decimal
    lines: list[tuple[str, str, Decimal]]
    closing: Decimal
    difference: Decimal


def roll_forward(engine: Source, filters: Filters) -> RollForward:
    """Roll the balance forward over the period, for any filter. Balances are net of credits."""
    with snapshot(engine) as source:
        rows = [(span, kind, Decimal(amount)) for span, kind, amount in read_rows(source, _to_the_end(filters))]
        ((standing,),) = read_rows(source, _standing(filters))
    opening = sum((amount for span, _, amount in rows if span == 0), Decimal("0.00"))
    amounts = {kind: amount for span, kind, amount in rows if span == 1}
    lines = [(label, kind, amounts.get(kind, Decimal("0.00"))) for kind, label in ROLL_FORWARD]
    posted = opening + sum((amount for _, _, amount in lines), Decimal("0.00"))
    return RollForward(opening, lines, posted, posted - Decimal(standing))


@built_once
def _to_the_end(filters: Filters) -> Select:
    """What was posted by kind before the period and in it."""
    before = (None, filters.date_from - timedelta(days=1))
    found = posted_over(filters, ("entry_type",), before, (filters.date_from, filters.date_to)).c
    return select(found.span, found.entry_type, func.sum(found.amount)).group_by(found.span, found.entry_type)


@built_once
def _standing(filters: Filters) -> Select:
    balance = func.coalesce(func.sum(open_balance.c.balance), 0)
    return select(balance).where(stands(filters.date_to), *filters.where(open_balance))


def average_daily_charges(engine: Source, filters: Filters, days: list[date]) -> dict[date, Decimal | None]:
    """Gross charges of the 90 days to each day, a day.

    None where those days begin before the oldest charge of the office: the data do not cover them.
    """
    with snapshot(engine) as source:
        oldest = _oldest_charge(source)
        windows = [(day - _WINDOW + timedelta(days=1), day) for day in dict.fromkeys(days)]
        covered = [window for window in windows if oldest is not None and oldest <= window[0]]
        charged = _charged(source, filters, covered)
    found: dict[date, Decimal | None] = dict.fromkeys(days)
    return found | {day: amount / 90 for (_, day), amount in zip(covered, charged, strict=True)}


def _charged(source: Source, filters: Filters, spans: Sequence[tuple[date, date]]) -> list[Decimal]:
    """Gross charges of each of several runs of days: of months, which are kept added up, and a few days beside them."""
    parts = [as_months(*span) for span in spans]
    months = {month for whole, _, _ in parts for month in whole}
    days = {day for _, added, taken_off in parts for day in (*added, *taken_off)}
    of_month = _amounts(source, _charges_by(ledger_month.c.posted_month, filters, tuple(sorted(months))))
    of_day = _amounts(source, _charges_by(ledger_entry.c.posted_on, filters, tuple(sorted(days))))
    return [
        sum((of_month[day] for day in whole), Decimal("0.00"))
        + sum(of_day[day] for day in added)
        - sum(of_day[day] for day in taken_off)
        for whole, added, taken_off in parts
    ]


def _amounts(source: Source, query: Select) -> dict[date, Decimal]:
    return defaultdict(Decimal, ((day, Decimal(amount)) for day, amount in read_rows(source, query)))


@built_once
def _charges_by(day: Column, filters: Filters, days: tuple[date, ...]) -> Select:
    row = day.table.c
    query = select(day, func.sum(row.amount)).where(row.entry_type == "charge", day.in_(days))
    return query.where(*filters.where(day.table)).group_by(day)


def _oldest_charge(source: Source) -> date | None:
    """The day of the office's first charge: looked for in the first of the months added up, not in the whole ledger."""
    months = read_rows(source, _first_month())
    return read_rows(source, _first_charge(*months[0]))[0][0] if months else None


@built_once
def _first_month() -> Select:
    month = ledger_month.c
    months = select(month.posted_month).where(month.entry_type == "charge").group_by(month.posted_month)
    return months.having(func.sum(month.entries) > 0).order_by(month.posted_month).limit(1)


@built_once
def _first_charge(month: date) -> Select:
    entry = ledger_entry.c
    return select(func.min(entry.posted_on)).where(entry.entry_type == "charge", entry.posted_month == month)
