"""How much of an open balance is usually collected, observed in the office's own history.

On four days of the last year, a quarter apart, every open balance is looked at: by side, age, payer and denial
category, what share of the amount was paid within the next 91 days? A group of fewer than 30 balances says too
little; then the next coarser one is used. A plain table of rates with their number of cases, nothing fitted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
)

from data_access.engine import bulk_insert
from data_access.given import given
from data_access.posting.scope import days_between
from data_access.schema import collect_rate, denial, ledger_entry, open_balance

WINDOW = timedelta(days=91)
LOOKS = 4
FEWEST = 30
BUCKETS = (("0-30", 30), ("31-60", 60), ("61-90", 90), ("91-120", 120), ("121-180", 180), ("181-365", 365))
OLDEST = "Over 365"
Group = tuple[str, str, int, str]  # side, bucket, payer, denial category
LEVELS = ("payer and denial", "payer", "denial", "age", "office")
_PAYMENTS = ("insurance_payment", "patient_payment", "insurance_refund", "recoupment", "patient_refund")


def observe(connection: Connection) -> None:
    """Fill `collect_rate` anew, as of the newest posting."""
    connection.execute(delete(collect_rate))
    newest = connection.scalar(select(func.max(ledger_entry.c.posted_on)))
    if newest is None:
        return
    seen: dict[Group, list[Decimal]] = {}
    wanted: set[Group] = set()
    for day, group, figures in _looks(connection, [newest - look * WINDOW for look in range(LOOKS + 1)]):
        wanted.add(group)
        if day != newest:  # what is open now is not yet collected
            seen[group] = [a + b for a, b in zip(seen.get(group, [Decimal(0)] * 3), figures, strict=True)]
    totals = _totals(seen)
    rows = [(*group, *found) for group in sorted(wanted) if (found := _rate(group, totals))]
    names = [column.name for column in collect_rate.columns]
    bulk_insert(connection, collect_rate, names, rows)


def age_bucket(day: date) -> ColumnElement:
    """The bucket of an open balance's age by office policy on a day, in SQL."""
    limits = [(bindparam(None, day - timedelta(days=limit), Date), name) for name, limit in BUCKETS]
    return case(*((open_balance.c.age_from >= oldest, name) for oldest, name in limits), else_=OLDEST)


def denied_by(day: date, only: Sequence[int] | Select | None = None) -> Subquery:
    """The denial category of each account denied by a day: account_id, category (its latest).

    Args:
        only: ids of accounts, or a query of them; all without.
    """
    row = denial.c
    turn = func.row_number().over(partition_by=row.account_id, order_by=[row.denied_on.desc(), row.claim_id.desc()])
    conditions = [row.main, row.denied_on <= day, *([] if only is None else [row.account_id.in_(only)])]
    latest = (
        select(row.account_id, func.coalesce(row.category, "other").label("category"), turn.label("turn"))
        .where(*conditions)
        .subquery("latest")
    )
    return select(latest.c.account_id, latest.c.category).where(latest.c.turn == 1).subquery("denied")


def aged(age_from: ColumnElement, day: ColumnElement) -> ColumnElement:
    """The bucket of an age, from a date to a day that a query is joined to, in SQL."""
    return case(*((days_between(day, age_from) <= limit, label) for label, limit in BUCKETS), else_=OLDEST)


def _looks(connection: Connection, on: list[date]) -> Iterable[tuple[date, Group, list[Decimal]]]:
    """By day and group: balances open on the day, their amount, and what of it was paid in the window after."""
    days = given("days", {"day": Date, "until": Date}, [(day, day + WINDOW) for day in on])
    row, day = open_balance.c, days.c.day
    paid, denied = _paid_after(days), _denied_by(days)
    collected = case((paid.c.paid > row.balance, row.balance), (paid.c.paid > 0, paid.c.paid), else_=Decimal("0.00"))
    category = case((row.side == "insurance", func.coalesce(denied.c.category, "")), else_="")
    same_side = and_(paid.c.day == day, paid.c.account_id == row.account_id, paid.c.side == row.side)
    standing = (
        select(
            day,
            row.side,
            aged(row.age_from, day).label("bucket"),
            func.coalesce(row.payer_id, 0).label("payer_id"),
            category.label("category"),
            row.balance,
            collected.label("collected"),
        )
        .join(days, and_(row.from_date <= day, row.to_date > day))
        .outerjoin(paid, same_side)
        .outerjoin(denied, and_(denied.c.day == day, denied.c.account_id == row.account_id))
        .where(row.balance > 0)
        .subquery("standing")
    )
    keys = (standing.c.day, standing.c.side, standing.c.bucket, standing.c.payer_id, standing.c.category)
    query = select(*keys, func.count(), func.sum(standing.c.balance), func.sum(standing.c.collected)).group_by(*keys)
    for looked_on, side, bucket, payer_id, of_category, *figures in connection.execute(query):
        yield looked_on, (side, bucket, payer_id, of_category), [Decimal(figure) for figure in figures]


def _paid_after(days: FromClause) -> Subquery:
    entry = ledger_entry.c
    return (
        select(days.c.day, entry.account_id, entry.side, (-func.sum(entry.amount)).label("paid"))
        .join(days, and_(entry.posted_on > days.c.day, entry.posted_on <= days.c.until))
        .where(entry.entry_type.in_(_PAYMENTS))
        .group_by(days.c.day, entry.account_id, entry.side)
        .subquery("paid")
    )


def _denied_by(days: FromClause) -> Subquery:
    """As `denied_by`, for each of several days."""
    row = denial.c
    newest_first = [row.denied_on.desc(), row.claim_id.desc()]
    turn = func.row_number().over(partition_by=[days.c.day, row.account_id], order_by=newest_first)
    latest = (
        select(
            days.c.day,
            row.account_id,
            func.coalesce(row.category, "other").label("category"),
            turn.label("turn"),
        )
        .join(days, row.denied_on <= days.c.day)
        .where(row.main)
        .subquery("latest")
    )
    return select(latest.c.day, latest.c.account_id, latest.c.category).where(latest.c.turn == 1).subquery("denied")


def _coarser(group: Group) -> list[tuple]:
    side, bucket, payer_id, category = group
    return [group, (side, bucket, payer_id), (side, bucket, category), (side, bucket), (side,)]


def _totals(seen: dict[Group, list[Decimal]]) -> dict[tuple, list[Decimal]]:
    totals: dict[tuple, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for group, figures in seen.items():
        for level, name in zip(LEVELS, _coarser(group), strict=True):
            totals[(level, *name)] = [a + b for a, b in zip(totals[(level, *name)], figures, strict=True)]
    return totals


def _rate(group: Group, totals: dict[tuple, list[Decimal]]) -> tuple[Decimal, int, str] | None:
    """Rate, cases and level of the finest group with enough cases; the whole office when none has; None without any."""
    for level, name in zip(LEVELS, _coarser(group), strict=True):
        cases, owed, collected = totals.get((level, *name), (0, 0, 0))
        if owed and (cases >= FEWEST or level == "office"):
            return (Decimal(collected) / Decimal(owed)).quantize(Decimal("0.0001")), int(cases), level
    return None
