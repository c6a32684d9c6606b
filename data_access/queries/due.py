"""When somebody has to look at an account: its next deadline, whether it is due today, whether it was left untouched.

One definition for the Worklist and the Team.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    type_coerce,
)

from data_access.schema import account
from data_access.work.activities import APPEAL_OPEN
from data_access.work.tables import work_state

#: Days before a deadline from which an account is due until somebody touches it.
REMINDERS = (14, 7, 1, 0)


def facts(today: date) -> list[ColumnElement]:
    """Of an account and its work state, where it has one: its deadline, and what `is_due` goes by."""
    row, state = account.c, work_state.c
    open_to_file = or_(row.first_submitted_on.is_(None), row.rejected_on.is_not(None), row.unprocessable)
    filing = and_(row.filing_deadline.is_not(None), open_to_file)
    sent = case((_appeal_filed(), state.appeal_filed_on))
    to_appeal = and_(row.appeal_deadline.is_not(None), sent.is_(None))
    deadline = case((to_appeal, row.appeal_deadline), (filing, row.filing_deadline))
    return [
        deadline.label("deadline"),
        case((to_appeal, "appeal"), (filing, "file")).label("deadline_kind"),
        sent.label("appeal_sent_on"),
        type_coerce(deadline - bindparam(None, today, Date), Integer).label("days_left"),
        state.follow_up_on,
        state.pend_until,
        state.holds,
        state.last_touch_on,
    ]


def _appeal_filed() -> ColumnElement[bool]:
    """An appeal at the level that is next, sent after the denial, is with the payer: its deadline is met."""
    state, filed = work_state.c, work_state.c.appeal_filed_on
    at_level = state.appeal_level >= func.coalesce(account.c.appeal_level, 1)
    in_time = filed.between(account.c.appeal_notice_on, account.c.appeal_deadline)
    return and_(state.appeal_state.in_(APPEAL_OPEN), at_level, in_time)


def appealed() -> Select:
    """Ids of the accounts whose next appeal was sent in time, and waits for its answer."""
    return (
        select(account.c.account_id)
        .join(work_state, work_state.c.account_id == account.c.account_id)
        .where(work_state.c.appeal_filed_on.is_not(None), _appeal_filed())
    )


def is_free(row: Any, today: date) -> ColumnElement[bool]:
    """Neither on hold nor resting."""
    return and_(row.holds.is_(None), or_(row.pend_until.is_(None), row.pend_until <= today))


def is_due(row: Any, today: date) -> ColumnElement[bool]:
    """The day of its next step has come, or a reminder of its deadline."""
    return and_(is_free(row, today), or_(row.follow_up_on <= today, _reminded(row)))


def _reminded(row: Any) -> ColumnElement[bool]:
    """A reminder's day was reached, and nobody touched the account since."""
    step = case(*((row.days_left <= days, days) for days in sorted(REMINDERS)))
    untouched = or_(row.last_touch_on.is_(None), type_coerce(row.deadline - row.last_touch_on, Integer) > step)
    return and_(row.days_left >= 0, row.days_left <= max(REMINDERS), untouched)


def accounts(today: date) -> Select:
    """Ids of the accounts that are due, open or not; only those that may be are looked at."""
    row, near = account.c, (today, today + timedelta(days=max(REMINDERS)))
    may_be = or_(
        work_state.c.follow_up_on <= today, row.appeal_deadline.between(*near), row.filing_deadline.between(*near)
    )
    found = (
        select(row.account_id, *facts(today))
        .outerjoin(work_state, work_state.c.account_id == row.account_id)
        .where(may_be)
        .subquery("may_be_due")
    )
    return select(found.c.account_id).where(is_due(found.c, today))


def untouched(age_from: ColumnElement, today: date, days: int) -> ColumnElement[bool]:
    """Nobody touched an account for so many days. A younger one was not left alone for as long."""
    since, touched = today - timedelta(days=days), work_state.c.last_touch_on
    return and_(age_from <= since, or_(touched.is_(None), touched <= since))
