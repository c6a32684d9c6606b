"""How much of an open balance is usually collected, observed in the office's own history.

On four days of the last year, a quarter apart, every open balance is looked at: by side, age, payer and denial
category, what share of the amount was paid within the next 91 days? A group of fewer than 30 balances says too
little; then the next coarser one is used. A plain table of rates with their number of cases, nothing fitted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Date,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
)

from data_access.built_once import built_once
from data_access.bulk import bulk_insert
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
    posted_on = ledger_entry.c.posted_on
    newest, oldest = connection.execute(select(func.max(posted_on), func.min(posted_on))).one()
    if newest is None:
        return
    seen: dict[Group, list[Decimal]] = {}
    looks = (newest - look * WINDOW for look in range(1, LOOKS + 1))
    for day in (day for day in looks if day >= oldest):
        for group, *figures in _look(connection, day):
            seen[group] = [a + b for a, b in zip(seen.get(group, [Decimal(0)] * 3), figures, strict=True)]
    totals = _totals(seen)
    wanted = {group for group, *_ in _look(connection, newest)} | set(seen)
    rows = [(*group, *found) for group in sorted(wanted) if (found := _rate(group, totals))]
    names = [column.name for column in collect_rate.columns]
    bulk_insert(connection, collect_rate, names, rows)


def age_bucket(day: date) -> ColumnElement:
    """The bucket of an open balance's age by office policy on a day, in SQL."""
    limits = [(bindparam(None, day - timedelta(days=limit), Date), name) for name, limit in BUCKETS]
    return case(*((open_balance.c.age_from >= oldest, name) for oldest, name in limits), else_=OLDEST)


def denied_by(day: date, only: BindParameter | Select | None = None) -> Subquery:
    """The denial category of each account denied by a day: account_id, category (its latest).

    Args:
        only: a parameter for ids of accounts, or a query of them; all without.
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


def _look(connection: Connection, day: date) -> Iterable[tuple]:
    """By group: balances open on a day, their amount, and what of it was paid in the window after."""
    for side, bucket, payer_id, of_category, *figures in connection.execute(_standing(day)):
        yield ((side, bucket, payer_id, of_category), *(Decimal(figure) for figure in figures))


@built_once
def _standing(day: date) -> Select:
    row, entry = open_balance.c, ledger_entry.c
    paid = (
        select(entry.account_id, entry.side, (-func.sum(entry.amount)).label("paid"))
        .where(entry.entry_type.in_(_PAYMENTS), entry.posted_on > day, entry.posted_on <= day + WINDOW)
        .group_by(entry.account_id, entry.side)
        .subquery("paid")
    )
    denied = denied_by(day)
    collected = case((paid.c.paid > row.balance, row.balance), (paid.c.paid > 0, paid.c.paid), else_=Decimal("0.00"))
    category = case((row.side == "insurance", func.coalesce(denied.c.category, "")), else_="")
    standing = (
        select(
            row.side,
            age_bucket(day).label("bucket"),
            func.coalesce(row.payer_id, 0).label("payer_id"),
            category.label("category"),
            row.balance,
            collected.label("collected"),
        )
        .outerjoin(paid, and_(paid.c.account_id == row.account_id, paid.c.side == row.side))
        .outerjoin(denied, denied.c.account_id == row.account_id)
        .where(row.from_date <= day, row.to_date > day, row.balance > 0)
        .subquery("standing")
    )
    keys = (standing.c.side, standing.c.bucket, standing.c.payer_id, standing.c.category)
    return select(*keys, func.count(), func.sum(standing.c.balance), func.sum(standing.c.collected)).group_by(*keys)


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
