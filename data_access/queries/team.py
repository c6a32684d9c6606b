"""The team's work and what it brought: by person, side by side, and no single score of anybody."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, FromClause, Numeric, Select, Subquery, and_, case, exists, func, or_, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.posting.scope import days_between
from data_access.queries import due
from data_access.queries.aging import stands
from data_access.queries.table import ColumnSpec, TableReport
from data_access.quotients import in_cents, scaled, whole_quotient
from data_access.schema import claim, ledger_entry, open_balance
from data_access.work.promises import GRACE_DAYS
from data_access.work.tables import activity, person, work_state

#: A payment within so many days of a contact counts as following it.
FOLLOWS_DAYS = 30
_MONEY_IN = ("insurance_payment", "patient_payment", "insurance_refund", "recoupment", "patient_refund")


@built_once
def table(filters: Filters, today: date) -> TableReport:
    """One row a person: what they hold now, and what they did and brought in the period."""
    held, touched, promised, appealed, brought = (
        _held(today),
        _touched(filters),
        _promised(filters, today),
        _appealed(filters),
        _brought(filters),
    )
    parts = {
        held: ("accounts", "balance", "untouched_14", "untouched_30", "due"),
        touched: ("touches", "accounts_touched"),
        promised: ("promises", "promises_due", "promises_kept"),
        appealed: ("appeals", "appeals_won"),
        brought: ("cash",),
    }
    columns = [func.coalesce(part.c[name], 0).label(name) for part, names in parts.items() for name in names]
    cents = in_cents(func.coalesce(brought.c.cash, 0))
    a_touch = case((touched.c.touches > 0, scaled(whole_quotient(cents, touched.c.touches), 2, Numeric(14, 2))))
    query = select(person.c.person_id, person.c.name, *columns, a_touch.label(_PER_TOUCH))
    joined: FromClause = person
    for part in parts:
        joined = joined.outerjoin(part, part.c.person_id == person.c.person_id)
    query = query.select_from(joined).where(or_(person.c.active, touched.c.touches > 0, held.c.accounts > 0))
    order = (("name", False), ("person_id", False))
    return TableReport("team", "Team", query, _COLUMNS, order, ("cash", "promises_kept"), at_once=True)


def whole(engine: Source, filters: Filters, today: date) -> dict[str, Decimal]:
    """The sums of the table over all people, by column; one account that two contacted counts for both."""
    with engine.connect() as connection:
        sums = connection.execute(_whole(filters, today)).mappings().one()
        return {name: Decimal(value) for name, value in sums.items()}


@built_once
def _whole(filters: Filters, today: date) -> Select:
    rows = table(filters, today).query.subquery("rows").c
    summed = [column.name for column in _COLUMNS if column.kind in ("count", "money") and column.name != _PER_TOUCH]
    return select(*(func.coalesce(func.sum(rows[name]), 0).label(name) for name in summed))


_PER_TOUCH = "cash_per_touch"
_COLUMNS = (
    ColumnSpec("person_id", "Person id", "id", hidden=True),
    ColumnSpec("name", "Name"),
    ColumnSpec("accounts", "Accounts held", "count"),
    ColumnSpec("balance", "Their balance", "money", total=True),
    ColumnSpec("due", "Due today", "count"),
    ColumnSpec("untouched_14", "Untouched 14 days", "count"),
    ColumnSpec("untouched_30", "Untouched 30 days", "count"),
    ColumnSpec("touches", "Contacts", "count"),
    ColumnSpec("accounts_touched", "Accounts contacted", "count"),
    ColumnSpec("promises", "Promises taken", "count"),
    ColumnSpec("promises_due", "Of them due", "count"),
    ColumnSpec("promises_kept", "Kept", "count"),
    ColumnSpec("appeals", "Appeals filed", "count"),
    ColumnSpec("appeals_won", "Won", "count"),
    ColumnSpec("cash", "Cash within 30 days of a contact", "money", total=True),
    ColumnSpec(_PER_TOUCH, "Cash a contact", "money"),
)


def _stands() -> ColumnElement[bool]:
    """Activities that were not taken back, themselves or with their plan."""
    undo, row = activity.alias("undo"), activity.c
    taken_back = [exists().where(undo.c.undoes == number) for number in (row.activity_id, row.plan_id)]
    return and_(row.kind != "undo", *(~found for found in taken_back))


def _in_period(filters: Filters) -> ColumnElement[bool]:
    return and_(activity.c.day >= filters.date_from, activity.c.day <= filters.date_to, _stands())


def _held(today: date) -> Subquery:
    state, row = work_state.c, open_balance.c
    each = (
        select(row.account_id, func.min(row.age_from).label("age_from"), func.sum(row.balance).label("balance"))
        .where(stands(today), row.account_id.in_(select(state.account_id).where(state.assigned_to.is_not(None))))
        .group_by(row.account_id)
        .subquery("each")
    )
    due_today = due.accounts(today).subquery("due_today")
    untouched = {days: due.untouched(each.c.age_from, today, days) for days in (14, 30)}
    return (
        select(
            state.assigned_to.label("person_id"),
            func.count().label("accounts"),
            func.sum(each.c.balance).label("balance"),
            *(func.count(case((left, 1))).label(f"untouched_{days}") for days, left in untouched.items()),
            func.count(due_today.c.account_id).label("due"),
        )
        .select_from(work_state)
        .join(each, each.c.account_id == state.account_id)
        .outerjoin(due_today, due_today.c.account_id == state.account_id)
        .group_by(state.assigned_to)
        .subquery("held")
    )


def _touched(filters: Filters) -> Subquery:
    row = activity.c
    return (
        select(
            row.person_id,
            func.count().label("touches"),
            func.count(row.account_id.distinct()).label("accounts_touched"),
        )
        .where(row.kind == "contact", _in_period(filters))
        .group_by(row.person_id)
        .subquery("touched")
    )


def _promised(filters: Filters, today: date) -> Subquery:
    """Promises taken in the period; those whose day and grace are over are due, and kept when paid in full in time.

    One that a later promise or plan replaced before it was kept is not due any more.
    """
    made, entry = _made(filters), ledger_entry.c
    row = made.c
    in_time = and_(
        entry.account_id == row.account_id,
        entry.entry_type == "patient_payment",
        entry.posted_on >= row.day,
        days_between(entry.posted_on, row.due_on) <= GRACE_DAYS,
        or_(row.replaced_on.is_(None), entry.posted_on < row.replaced_on),
    )
    over = row.due_on < today - timedelta(days=GRACE_DAYS)
    kept = func.coalesce(-func.sum(entry.amount), 0) >= row.in_all
    each = (
        select(
            row.person_id,
            case((and_(over, or_(row.replaced_on.is_(None), kept)), 1)).label("due"),
            case((and_(over, kept), 1)).label("kept"),
        )
        .select_from(made.outerjoin(ledger_entry, in_time))
        .group_by(row.activity_id, row.person_id, row.due_on, row.in_all, row.replaced_on)
        .subquery("each")
    )
    return (
        select(
            each.c.person_id,
            func.count().label("promises"),
            func.count(each.c.due).label("promises_due"),
            func.count(each.c.kept).label("promises_kept"),
        )
        .group_by(each.c.person_id)
        .subquery("promised")
    )


def _made(filters: Filters) -> Subquery:
    """Promises taken in the period, each with the day of the first promise or plan that replaced it."""
    row, later, undo = activity.c, activity.alias("later"), activity.alias("undo_later")
    replaced_on = (
        select(func.min(later.c.day))
        .where(
            later.c.account_id == row.account_id,
            later.c.kind.in_(("promise", "plan")),
            later.c.plan_id.is_(None),
            later.c.activity_id > func.coalesce(row.plan_id, row.activity_id),
            days_between(later.c.day, row.due_on) <= GRACE_DAYS,
            ~exists().where(undo.c.undoes == later.c.activity_id),
        )
        .scalar_subquery()
    )
    columns = (row.activity_id, row.account_id, row.person_id, row.day, row.due_on, row.in_all)
    query = select(*columns, replaced_on.label("replaced_on"))
    return query.where(row.kind == "promise", _in_period(filters)).subquery("made")


def _appealed(filters: Filters) -> Subquery:
    row = activity.c
    return (
        select(
            row.person_id,
            func.count().label("appeals"),
            func.count(case((claim.c.overturned, 1))).label("appeals_won"),
        )
        .select_from(activity.outerjoin(claim, claim.c.claim_id == row.claim_id))
        .where(row.kind == "appeal", row.state == "submitted", _in_period(filters))
        .group_by(row.person_id)
        .subquery("appealed")
    )


def _brought(filters: Filters) -> Subquery:
    """Money that came within 30 days of a contact; each entry counts once, for the latest contact before it."""
    row, entry = activity.c, ledger_entry.c
    latest = func.row_number().over(
        partition_by=[entry.account_id, entry.entry_no], order_by=[row.day.desc(), row.activity_id.desc()]
    )
    since = days_between(entry.posted_on, row.day)
    followed = (
        select(row.person_id, entry.amount, latest.label("turn"))
        .select_from(activity.join(ledger_entry, entry.account_id == row.account_id))
        .where(row.kind == "contact", _in_period(filters), entry.entry_type.in_(_MONEY_IN))
        .where(since >= 0, since <= FOLLOWS_DAYS)
        .subquery("followed")
    )
    return (
        select(followed.c.person_id, (-func.sum(followed.c.amount)).label("cash"))
        .where(followed.c.turn == 1)
        .group_by(followed.c.person_id)
        .subquery("brought")
    )
