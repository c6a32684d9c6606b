"""What was recorded on accounts in a period: every activity, also those that were taken back."""

from __future__ import annotations

from sqlalchemy import case, exists, func, or_, select

from data_access.built_once import built_once
from data_access.filters import Filters
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account
from data_access.work.tables import activity, person


@built_once
def table(filters: Filters) -> TableReport:
    """Activities of the period on accounts that the filters let through, newest first."""
    row, undo = activity.c, activity.alias("undo")
    taken_back = or_(
        exists().where(undo.c.undoes == row.activity_id),
        exists().where(undo.c.undoes == row.plan_id),
    )
    query = (
        select(
            row.account_id,
            row.activity_id,
            row.day,
            person.c.name.label("by"),
            account.c.account_number,
            row.kind,
            case((row.kind == "undo", ""), (taken_back, "taken back"), else_="stands").label("state"),
            row.method,
            row.outcome,
            func.coalesce(row.topic, row.state).label("topic"),
            row.amount,
            row.due_on,
            row.next_step,
            row.next_on,
            row.note,
            row.override,
        )
        .join(person, person.c.person_id == row.person_id)
        .outerjoin(account, account.c.account_id == row.account_id)
        .where(row.day >= filters.date_from, row.day <= filters.date_to, *filters.where(account))
    )
    return TableReport("activities", "What was recorded", query, _COLUMNS, (("activity_id", True),))


_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("activity_id", "Activity", "id", hidden=True),
    ColumnSpec("day", "Day", "date"),
    ColumnSpec("by", "By"),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("kind", "What"),
    ColumnSpec("state", "State"),
    ColumnSpec("method", "How"),
    ColumnSpec("outcome", "What came of it"),
    ColumnSpec("topic", "Which"),
    ColumnSpec("amount", "Amount", "money"),
    ColumnSpec("due_on", "Due", "date"),
    ColumnSpec("next_step", "Next step", phi=True),
    ColumnSpec("next_on", "On", "date"),
    ColumnSpec("note", "Note", phi=True),
    ColumnSpec("override", "Reason to pass over a limit", phi=True),
)
