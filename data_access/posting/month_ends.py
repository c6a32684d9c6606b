"""Open balances added up at the end of each month, so that a screen reads a few sums where it looks back a year.

Kept by difference, as the months of the ledger are. A month is kept once it is over in the data; from then on what is
posted anew is taken out of it and put in. `data_access check` proves that the sums are those of the open balances.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    Subquery,
    and_,
    case,
    delete,
    func,
    insert,
    select,
)

from data_access.dates import last_of_month
from data_access.given import given
from data_access.posting.collectibility import BUCKETS, OLDEST
from data_access.posting.kept import fold_sums, summed_anew
from data_access.posting.scope import Scope, days_between
from data_access.schema import ledger_entry, month_end_balance, open_balance

#: Bucket column -> the date from which the balance ages.
ANCHORS = {"policy_bucket": "age_from", "service_bucket": "service_from", "billed_bucket": "billed_from"}
_SUMS = ("balance", "accounts")
_KEYS = tuple(column.name for column in month_end_balance.columns if column.name not in _SUMS)


def take_out(connection: Connection, scope: Scope) -> None:
    """Take the balances of every account in scope out of the months kept; call before they are deleted."""
    _write(connection, scope, -1)


def put_in(connection: Connection, scope: Scope) -> None:
    """Add the balances of every account in scope to the months kept; call once they are built."""
    _write(connection, scope, 1)


def extend(connection: Connection) -> None:
    """Keep each month that is over, from all open balances where it was not kept; and fold what was taken out.

    A month is over when anything was posted on its last day or later, and never in the future: a date mistyped there
    keeps no century of months. One that is no longer over, after an undo, is kept no longer.
    """
    newest = connection.scalar(select(func.max(ledger_entry.c.posted_on)))
    first = connection.scalar(select(func.min(open_balance.c.from_date)))
    if newest is None or first is None:
        connection.execute(delete(month_end_balance))
        return
    last = min(newest, date.today())
    connection.execute(delete(month_end_balance).where(month_end_balance.c.month_end > last))
    fold_sums(connection, month_end_balance, folded_sums())
    kept = kept_until(connection)
    ends = month_ends(first if kept is None else max(first, kept + timedelta(days=1)), last)
    if ends:
        connection.execute(insert(month_end_balance).from_select([*_KEYS, *_SUMS], sums_at(_days(ends))))


def folded_sums() -> Select:
    """The sums with one row for each key, whatever was taken out and put in since they were last folded."""
    return summed_anew(month_end_balance, _SUMS, "accounts")


#: The last month end kept; nothing before the first.
KEPT_UNTIL = select(func.max(month_end_balance.c.month_end))


def kept_until(connection: Connection) -> date | None:
    """The last month end kept; None before the first."""
    return connection.scalar(KEPT_UNTIL)


def month_ends(first: date, last: date) -> list[date]:
    """The last days of months from one day to another, both included."""
    ends, end = [], last_of_month(first)
    while end <= last:
        ends.append(end)
        end = last_of_month(end + timedelta(days=1))
    return ends


def _write(connection: Connection, scope: Scope, sign: int) -> None:
    kept = kept_until(connection)
    of_scope = scope.account(open_balance)
    first = kept and connection.scalar(select(func.min(open_balance.c.from_date)).where(of_scope))
    ends = month_ends(first, kept) if kept and first else []
    if ends:
        query = sums_at(_days(ends), sign, of_scope)
        connection.execute(insert(month_end_balance).from_select([*_KEYS, *_SUMS], query))


def _days(ends: list[date]) -> Subquery:
    return given("month_ends", {"month_end": Date}, [(end,) for end in ends])


def kept_months() -> Subquery:
    """The month ends kept, as a table."""
    return select(month_end_balance.c.month_end).distinct().subquery("month_ends")


def sums_at(ends: Subquery, sign: int = 1, *conditions: ColumnElement[bool]) -> Select:
    """What `month_end_balance` must say of the open balances on each day of `ends`, its columns in order.

    With sign -1, what takes it back; `conditions` are on the open balances.
    """
    row, day = open_balance.c, ends.c.month_end
    named = {"month_end": day, "side": side()}
    named |= {name: _bucket(row[anchor], day) for name, anchor in ANCHORS.items()}
    columns = {name: named[name] if name in named else row[name] for name in _KEYS}
    marked = (
        select(*(column.label(name) for name, column in columns.items()), row.balance)
        .join(ends, and_(row.from_date <= day, row.to_date > day))
        .where(*conditions)
        .subquery("marked")
    )
    keys = [marked.c[name] for name in _KEYS]
    sums = (func.sum(marked.c.balance) * sign).label("balance"), (func.count() * sign).label("accounts")
    return select(*keys, *sums).group_by(*keys)


def side() -> ColumnElement:
    """insurance, unbilled, patient or credit: each stands apart."""
    row = open_balance.c
    return case(
        (row.balance < 0, "credit"), (and_(row.side == "insurance", row.billed.is_(False)), "unbilled"), else_=row.side
    )


def _bucket(age_from: ColumnElement, day: ColumnElement) -> ColumnElement:
    return case(*((days_between(day, age_from) <= limit, label) for label, limit in BUCKETS), else_=OLDEST)
