"""What waits: open accounts by age, and how much of each nobody holds or touched. Its total is Aging's."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Integer as Whole
from sqlalchemy import String, case, func, select

from data_access.built_once import built_once
from data_access.filters import Filters
from data_access.given import given
from data_access.posting.collectibility import BUCKETS, OLDEST
from data_access.queries import due
from data_access.queries.aging import bucket, stands
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import open_balance
from data_access.work.tables import work_state

UNTOUCHED_DAYS = 30


@built_once
def table(filters: Filters, today: date) -> TableReport:
    """One row an age bucket (office policy): open accounts, balance, unassigned, untouched for 30 days, due today.

    What is due is the Worklist's view of that name for the same filters. An account whose sides are of different ages
    stands in the bucket of the older one.
    """
    row, state = open_balance.c, work_state.c
    each = (
        select(row.account_id, func.min(row.age_from).label("age_from"), func.sum(row.balance).label("balance"))
        .where(stands(filters.as_of), *filters.where(open_balance))
        .group_by(row.account_id)
        .subquery("each")
    )
    due_today = due.accounts(today).subquery("due_today")
    untouched = due.untouched(each.c.age_from, today, UNTOUCHED_DAYS)
    counted = (
        select(
            bucket(each.c.age_from, filters.as_of).label("bucket"),
            func.count().label("accounts"),
            func.sum(each.c.balance).label("balance"),
            func.count(case((state.assigned_to.is_(None), 1))).label("unassigned"),
            func.sum(case((state.assigned_to.is_(None), each.c.balance), else_=0)).label("unassigned_balance"),
            func.count(case((untouched, 1))).label("untouched"),
            func.count(due_today.c.account_id).label("due"),
        )
        .select_from(each)
        .outerjoin(work_state, state.account_id == each.c.account_id)
        .outerjoin(due_today, due_today.c.account_id == each.c.account_id)
        .group_by("bucket")
        .subquery("counted")
    )
    named = enumerate([name for name, _ in BUCKETS] + [OLDEST])
    places = given("places", {"name": String(), "place": Whole()}, [(name, place) for place, name in named])
    query = select(counted, places.c.place).join(places, places.c.name == counted.c.bucket)
    return TableReport("backlog", "Backlog by age", query, _COLUMNS, (("place", False),), ("ar",), at_once=True)


_COLUMNS = (
    ColumnSpec("place", "Place", "id", hidden=True),
    ColumnSpec("bucket", "Age in days"),
    ColumnSpec("accounts", "Accounts", "count"),
    ColumnSpec("balance", "Balance", "money", total=True),
    ColumnSpec("unassigned", "Nobody's", "count"),
    ColumnSpec("unassigned_balance", "Nobody's balance", "money", total=True),
    ColumnSpec("untouched", "Untouched 30 days", "count"),
    ColumnSpec("due", "Due today", "count"),
)
