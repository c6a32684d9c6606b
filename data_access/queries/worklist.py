"""Which account next: one row an account, ordered by a score that explains itself (`scoring`), in views."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.queries import due, scoring
from data_access.queries.dimensions import named
from data_access.queries.scoring import PARTS, THESE, Desk
from data_access.queries.table import ColumnSpec, TablePage, TableReport, page
from data_access.schema import account
from data_access.work.tables import person, work_state

VIEWS = {
    "all": "All open",
    "due": "Due today",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "denials": "Denials to work",
    "rejected": "Rejected claims",
    "silent": "No response",
    "deadlines": "Deadlines in 14 days",
    "this_week": "In 7 days",
    "promises": "Promises broken",
    "credits": "Credits to refund",
    "patients": "Patient balances",
}
#: Views that stand among the others only when a link asks for them.
BY_LINK = ("this_week",)
#: Expected minutes of work, for spreading accounts evenly.
MINUTES = {"denials": 20, "insurance": 12, "patient": 8, "credit": 10}
_ACCOUNT = bindparam("account_id", type_=account.c.account_id.type)
_PLACE = bindparam("place", type_=Integer)
Sort = tuple[str, bool] | None


@built_once
def table(filters: Filters, desk: Desk, view: str = "all") -> TableReport:
    """The accounts of a view, best first; the balances of "all" are those of Aging for the same filters.

    Only accounts that may be in the view are scored.
    """
    return _of_view(scoring.scored(filters, desk, _candidates(desk, view)), desk, view)


def _candidates(desk: Desk, view: str) -> Select | None:
    """Ids of the accounts among which are all of a view; None where that may be any."""
    row, state = account.c, work_state.c
    soon = desk.today, desk.today + timedelta(days=scoring.SOON)
    limited = select(row.account_id).where(or_(row.appeal_deadline.between(*soon), row.filing_deadline.between(*soon)))
    ids = {
        "mine": select(state.account_id).where(state.assigned_to == (desk.person_id or 0)),
        "denials": select(row.account_id).where(row.denied > 0),
        "rejected": select(row.account_id).where(row.rejected_on.is_not(None)),
        "deadlines": limited,
        "this_week": limited,
    }
    return ids.get(view)


def _of_view(scored: Subquery, desk: Desk, view: str) -> TableReport:
    conditions = [_in_view(scored.c, desk, view)] if view != "all" else []
    core = select(scored).where(*conditions)
    order = (("score", True), ("balance", True), ("account_id", False))
    metric_ids = ("worklist_score", "ar", "insurance_ar", "patient_ar")
    return TableReport(
        "worklist", VIEWS[view], core, _COLUMNS, order, metric_ids, _with_names, at_once=True, why=scoring.why
    )


def look(
    engine: Source,
    filters: Filters,
    desk: Desk,
    view: str = "all",
    *,
    limit: int = 50,
    offset: int = 0,
    sort: tuple[str, bool] | None = None,
) -> tuple[TablePage, dict[str, int]]:
    """One page of a view with its totals, and the number of accounts in every view.

    All accounts are scored once, for all three; the facts are then read of the page's own accounts only.
    """
    report = _of_all(filters, desk, view)
    if sort is not None and sort[0] not in report.query.selected_columns:
        # a name: it must be joined to every account to sort by it
        return page(engine, report, limit=limit, offset=offset, sort=sort), counts(engine, filters, desk)
    with engine.connect() as connection:
        rows = connection.execute(_look(filters, desk, view, limit, offset, sort)).mappings().all()
        number = {name: int(rows[0][f"count_{name}"] or 0) for name in VIEWS}
        totals = {name: Decimal(rows[0][f"sum_{name}"] or 0) for name in report.sums}
        ids = [row["account_id"] for row in rows if row["account_id"] is not None]
        frame = read_frame(connection, _of_these(filters, desk.of_anybody, view, sort), {THESE.key: ids})
    return TablePage(frame, number[view], totals), number


@built_once
def _of_all(filters: Filters, desk: Desk, view: str) -> TableReport:
    return _of_view(scoring.scored(filters, desk), desk, view).without_phi


@built_once
def _of_these(filters: Filters, desk: Desk, view: str, sort: Sort) -> Select:
    facts = scoring.scored(filters, desk, THESE).select()
    return replace(_of_all(filters, desk, view), query=facts).sorted(sort)


@built_once
def _look(filters: Filters, desk: Desk, view: str, limit: int, offset: int, sort: Sort) -> Select:
    """The ids of one page, each with the numbers of all views and the sums of this one; where it is empty, no id."""
    scored, report = scoring.scored(filters, desk), _of_all(filters, desk, view)
    keys = dict.fromkeys(
        ["account_id", *(key[0] for key in report.order_by), *report.sums, *([sort[0]] if sort else [])]
    )
    views = [case((_in_view(scored.c, desk, name), 1), else_=0).label(f"in_{name}") for name in VIEWS]
    narrow = select(*(scored.c[key] for key in keys), *views).cte("narrow")
    here = narrow.c[f"in_{view}"] == 1
    sums = select(
        *(func.sum(narrow.c[f"in_{name}"]).label(f"count_{name}") for name in VIEWS),
        *(func.sum(case((here, narrow.c[name]), else_=0)).label(f"sum_{name}") for name in report.sums),
    ).subquery("sums")
    first = (
        select(narrow.c.account_id).where(here).order_by(*report.order(narrow, sort)).limit(limit).offset(offset)
    ).subquery("first")
    return select(sums, first.c.account_id).select_from(sums.outerjoin(first, literal(True)))


def counts(engine: Source, filters: Filters, desk: Desk) -> dict[str, int]:
    """Number of accounts in each view."""
    with engine.connect() as connection:
        row = connection.execute(_counts(filters, desk)).mappings().one()
        return {view: int(row[view]) for view in VIEWS}


@built_once
def _counts(filters: Filters, desk: Desk) -> Select:
    scored = scoring.scored(filters, desk)
    counted = [func.count(case((_in_view(scored.c, desk, view), 1))).label(view) for view in VIEWS if view != "all"]
    return select(func.count().label("all"), *counted).select_from(scored)


def one(engine: Source, filters: Filters, desk: Desk, account_id: int) -> dict[str, Any] | None:
    """The row of one account with its points by part; None when it owes nothing and is owed nothing."""
    with engine.connect() as connection:
        row = connection.execute(_scored(filters, desk.of_anybody), {THESE.key: [account_id]}).mappings().first()
    return dict(row) if row else None


@built_once
def _scored(filters: Filters, desk: Desk) -> Select:
    return select(scoring.scored(filters, desk, THESE))


def next_after(
    engine: Source,
    filters: Filters,
    desk: Desk,
    view: str,
    account_id: int,
    step: int = 1,
    *,
    sort: tuple[str, bool] | None = None,
    at: int | None = None,
) -> tuple[int, int] | None:
    """The account that follows (or, with step -1, precedes) another in a view as sorted, and its place there.

    Args:
        at: the place that account had when it was opened. What was recorded since may have moved it, or taken it out
            of the view; the next one is still what came after it. Its place now when not given, else the first.
    """
    query = _beside(filters, desk, view, step > 0, sort, bool(at))
    found = read_rows(engine, query, {_ACCOUNT.key: account_id, **({_PLACE.key: at} if at else {})})
    return (found[0].account_id, found[0].place) if found else None


@built_once
def _beside(filters: Filters, desk: Desk, view: str, ahead: bool, sort: Sort, placed_before: bool) -> Select:
    report = table(filters, desk, view).without_phi
    rows = (report.whole if report.sorts_by_name(sort) else report.query).subquery("rows")
    place = func.row_number().over(order_by=report.order(rows, sort)).label("place")
    placed = select(rows.c.account_id, place).cte("placed")
    here = select(placed.c.place).where(placed.c.account_id == _ACCOUNT).scalar_subquery()
    among_others = case((placed.c.place > here, placed.c.place - 1), else_=placed.c.place)
    left = _PLACE if placed_before else func.coalesce(here, 1)
    beyond = among_others >= left if ahead else among_others < left
    order = placed.c.place.asc() if ahead else placed.c.place.desc()
    query = select(placed.c.account_id, placed.c.place).where(placed.c.account_id != _ACCOUNT, beyond)
    return query.order_by(order).limit(1)


def minutes(engine: Source, filters: Filters, desk: Desk, view: str, most: int) -> dict[int, int]:
    """Expected minutes of the first accounts of a view, best first."""
    return {row.account_id: _minutes(row) for row in read_rows(engine, _first(filters, desk, view, most))}


@built_once
def _first(filters: Filters, desk: Desk, view: str, most: int) -> Select:
    rows = table(filters, desk, view).query.subquery("rows")
    return (
        select(rows.c.account_id, rows.c.denied, rows.c.insurance, rows.c.patient_owes)
        .order_by(rows.c.score.desc(), rows.c.balance.desc(), rows.c.account_id)
        .limit(most)
    )


def _minutes(row: Any) -> int:
    if row.denied > 0:
        return MINUTES["denials"]
    if row.insurance > 0:
        return MINUTES["insurance"]
    return MINUTES["patient"] if row.patient_owes > 0 else MINUTES["credit"]


def _in_view(row: Any, desk: Desk, view: str) -> ColumnElement[bool]:
    """What a view shows. Accounts on hold or resting stay out of all but "all" and "mine"."""
    free = due.is_free(row, desk.today)
    conditions: dict[str, ColumnElement[bool]] = {
        "all": literal(True),
        "due": due.is_due(row, desk.today),
        "mine": row.assigned_to == (desk.person_id or 0),
        "unassigned": and_(free, row.assigned_to.is_(None)),
        "denials": and_(free, row.denied > 0),
        "rejected": and_(free, row.rejected_on.is_not(None), row.insurance > 0),  # else nothing is to be sent again
        "silent": and_(free, row.silent.is_not(None)),
        "deadlines": and_(free, row.days_left >= 0, row.days_left <= scoring.SOON),
        "this_week": and_(free, row.days_left >= 0, row.days_left < scoring.WEEK),
        "promises": and_(free, row.broken_promise.is_not(None)),
        "credits": and_(free, row.balance < 0),  # a copay paid ahead of the insurer's answer is no overpayment
        "patients": and_(free, row.patient_owes > 0),
    }
    return conditions[view]


def _with_names(rows: FromClause) -> Select:
    rep = named(rows).add_columns(person.c.name.label("rep"))
    return rep.outerjoin(person, person.c.person_id == rows.c.assigned_to)


_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("score", "Score", "count"),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("balance", "Balance", "money", total=True),
    ColumnSpec("insurance", "Insurance owes", "money", total=True),
    ColumnSpec("patient_owes", "Patient owes", "money", total=True),
    ColumnSpec("credit", "Credit", "money", total=True),
    ColumnSpec("age", "Age", "days"),
    ColumnSpec("denied", "Denied", "money"),
    ColumnSpec("denial_category", "Denial"),
    ColumnSpec("deadline", "Deadline", "date"),
    ColumnSpec("deadline_kind", "To", hidden=True),
    ColumnSpec("days_left", "Days left", "count", hidden=True),
    ColumnSpec("silent", "Silent beyond usual", "days"),
    ColumnSpec("collectible", "Usually collected", "money", hidden=True),
    ColumnSpec("days_untouched", "Days untouched", "days", hidden=True),
    *(ColumnSpec(f"{part}_points", f"Points: {name.lower()}", "count", hidden=True) for part, name in PARTS.items()),
    ColumnSpec("rep", "Rep"),
    ColumnSpec("follow_up_on", "Follow up", "date"),
    ColumnSpec("next_step", "Next step"),
    ColumnSpec("last_touch_on", "Last touch", "date"),
    ColumnSpec("routed_to", "Routed to"),
    ColumnSpec("holds", "Holds"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)
