"""Open balances as intervals: what was owed from which day until which, and from when it ages.

One row says that an account's insurance or patient balance stood at an amount from one day to
another. The receivables of any day, past or present, are the rows that hold on it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Subquery,
    Update,
    and_,
    case,
    func,
    insert,
    literal,
    select,
    union_all,
)

from data_access.built_once import built_once
from data_access.posting.scope import Scope, set_from
from data_access.schema import account, ledger_entry, open_balance

STILL_OPEN = date(9999, 12, 31)


def build(connection: Connection, scope: Scope) -> None:
    """Write the open balances of every account in scope from its ledger, once its payments and rejections are known."""
    connection.execute(_patient_since(scope))
    connection.execute(_open_balances(scope))


@built_once
def _open_balances(scope: Scope) -> Insert:
    steps = _running_balances(scope)
    own = account.c
    insurance = steps.c.side == "insurance"
    billed = func.coalesce(own.first_submitted_on <= steps.c.from_date, literal(False))
    service_from = func.coalesce(own.service_from, steps.c.from_date)
    columns: dict[str, ColumnElement] = {
        "account_id": own.account_id,
        "side": steps.c.side,
        "facility_id": own.facility_id,
        "department": own.department,
        "provider_id": own.provider_id,
        "payer_id": _payer_on(steps.c.from_date, insurance),
        "from_date": steps.c.from_date,
        "to_date": steps.c.to_date,
        "balance": steps.c.balance,
        "billed": case((insurance, billed), else_=literal(True)),
        "age_from": _age_from(steps.c.from_date, insurance, service_from),
        "service_from": service_from,
        "billed_from": case(
            (own.first_submitted_on <= steps.c.from_date, own.first_submitted_on),
            (own.first_statement_on <= steps.c.from_date, own.first_statement_on),
            else_=service_from,
        ),
        "unanswered_since": _unanswered_since(and_(insurance, steps.c.balance > 0)),
    }
    rows = select(*(column.label(name) for name, column in columns.items())).join(
        steps, steps.c.account_id == own.account_id
    )
    found = _with_credit_since(rows.subquery("each"))
    query = (
        select(found)
        .where(found.c.balance != 0)
        # those that stand now lie together: a screen passes over all that were settled by their block's statistics
        .order_by(found.c.to_date, found.c.account_id)
    )
    return insert(open_balance).from_select(list(found.c.keys()), query)


def _unanswered_since(owed: ColumnElement[bool]) -> ColumnElement:
    """The last submission that the payer has not answered; what was rejected at the door never will be."""
    own = account.c
    answered = func.coalesce(own.last_remit_on >= own.last_submitted_on, literal(False))
    return case((and_(owed, own.rejected_on.is_(None), ~answered), own.last_submitted_on))


def _with_credit_since(rows: Subquery) -> Subquery:
    """The rows, each credit with the day since which side and payer are in credit; there is no gap between rows."""
    row = rows.c
    by_day: dict[str, Any] = {"partition_by": [row.account_id, row.side], "order_by": row.from_date}
    before, owner = (func.lag(column).over(**by_day) for column in (row.balance, row.payer_id))
    goes_on = and_(func.coalesce(before, 0) < 0, owner.is_not_distinct_from(row.payer_id))
    begins = case((and_(row.balance < 0, ~goes_on), row.from_date)).label("begins")
    marked = select(rows, begins).subquery("marked")
    mark = marked.c
    since = func.max(mark.begins).over(partition_by=[mark.account_id, mark.side], order_by=mark.from_date)
    own = [mark[column.name] for column in rows.c]
    return select(*own, case((mark.balance < 0, since)).label("credit_since")).subquery("found")


@built_once
def _patient_since(scope: Scope) -> Update:
    entry = ledger_entry.c
    first = (
        select(entry.account_id, func.min(entry.posted_on).label("patient_since"))
        .where(scope.account(ledger_entry), entry.side == "patient", entry.amount > 0)
        .where(entry.entry_type.in_(["charge", "transfer"]))
        .group_by(entry.account_id)
        .subquery()
    )
    return set_from(account, first, "account_id", "patient_since")


def _running_balances(scope: Scope) -> FromClause:
    """Balance by account and side after each day on which it, its age anchor or its payer changed."""
    entry = ledger_entry.c
    by_day = (
        select(entry.account_id, entry.side, entry.posted_on.label("day"), func.sum(entry.amount).label("amount"))
        .where(scope.account(ledger_entry))
        .group_by(entry.account_id, entry.side, entry.posted_on)
        .subquery("by_day")
    )
    turning_points = [
        select(account.c.account_id, literal(side).label("side"), day.label("day"), literal(0).label("amount")).where(
            scope.of(account), day.is_not(None)
        )
        for side, day in (
            ("insurance", account.c.first_submitted_on),
            ("patient", account.c.first_statement_on),
        )
    ]
    days = union_all(select(by_day), *turning_points).subquery("days")
    merged = (
        select(days.c.account_id, days.c.side, days.c.day, func.sum(days.c.amount).label("amount"))
        .group_by(days.c.account_id, days.c.side, days.c.day)
        .subquery("merged")
    )
    same: dict[str, Any] = {"partition_by": [merged.c.account_id, merged.c.side], "order_by": merged.c.day}
    return select(
        merged.c.account_id,
        merged.c.side,
        merged.c.day.label("from_date"),
        func.coalesce(func.lead(merged.c.day).over(**same), literal(STILL_OPEN)).label("to_date"),
        func.sum(merged.c.amount).over(**same).label("balance"),
    ).subquery("steps")


def _payer_on(day: ColumnElement, insurance: ColumnElement) -> ColumnElement:
    own = account.c
    return case(
        (and_(insurance, day >= own.third_from), own.third_payer_id),
        (and_(insurance, day >= own.second_from), own.second_payer_id),
        else_=own.payer_id,
    )


def _age_from(day: ColumnElement, insurance: ColumnElement, service_from: ColumnElement) -> ColumnElement:
    """Policy anchor: insurance from first submission, patient from first statement, unbilled from service."""
    own = account.c
    return case(
        (and_(insurance, own.first_submitted_on <= day), own.first_submitted_on),
        (insurance, service_from),
        (own.first_statement_on <= day, own.first_statement_on),
        else_=func.coalesce(own.patient_since, service_from),
    )
