"""Rows of claims on their way: what the tables of the Claims screen show of each, and what it is called."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from data_access.filters import Filters
from data_access.queries.dimensions import named
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import claim_progress

DIMENSIONS = ("facility_id", "department", "provider_id", "payer_id")


def reason_of(row: Any) -> ColumnElement[str]:
    """What is said as "category:status:entity"; null where nothing is."""
    parts = [func.coalesce(row[name], literal("")) for name in ("category", "status", "entity")]
    return case((func.coalesce(row.category, row.status).is_not(None), parts[0] + ":" + parts[1] + ":" + parts[2]))


def by(day: ColumnElement, filters: Filters) -> ColumnElement[bool]:
    """On or before the as-of date."""
    return day <= bindparam(None, filters.as_of, Date)


def paid_by_hand(filters: Filters) -> ColumnElement[bool]:
    """Whether an insurance payment was posted by hand for the account since the claim was sent: the payer answered."""
    return func.coalesce(by(claim_progress.c.by_hand_on, filters), false())


def not_by(day: ColumnElement, filters: Filters) -> ColumnElement[bool]:
    """Never, or after the as-of date; said so that a database can pass over blocks of rows by their statistics."""
    return or_(day.is_(None), day > bindparam(None, filters.as_of, Date))


def not_void(filters: Filters) -> ColumnElement[bool]:
    """Whether a sending's bill stood on the as-of date: it was not taken back, or only later."""
    row = claim_progress.c
    return or_(~row.voided, func.coalesce(row.resent_on > bindparam(None, filters.as_of, Date), false()))


def reached(filters: Filters) -> ColumnElement[int]:
    """Place in STEPS of the furthest step; an adjudicated claim was accepted, whether anybody said so or not."""
    row = claim_progress.c
    return case(
        (by(row.bill_paid_on, filters), 5),
        (by(row.bill_adjudicated_on, filters), 4),
        (by(row.bill_payer_on, filters), 3),
        (by(row.bill_clearinghouse_on, filters), 2),
        else_=1,
    )


def rejection_stands(filters: Filters) -> ColumnElement[bool]:
    """Whether a sending was rejected by the as-of date, and not accepted on a later day up to it."""
    row = claim_progress.c
    accepted_since = and_(row.accepted_last_on > row.rejected_on, by(row.accepted_last_on, filters))
    return and_(func.coalesce(by(row.rejected_on, filters), false()), ~func.coalesce(accepted_since, false()))


def state(filters: Filters) -> ColumnElement[str]:
    """Where a sending stood on the as-of date; on the newest day that is its recorded state."""
    row, rejected = claim_progress.c, rejection_stands(filters)
    return case(
        (by(row.paid_on, filters), "paid"),
        (by(row.adjudicated_on, filters), "adjudicated"),
        (and_(rejected, row.rejected_by == "file"), "file_rejected"),
        (rejected, "rejected"),
        (by(row.payer_on, filters), "accepted_payer"),
        (by(row.clearinghouse_on, filters), "accepted_clearinghouse"),
        else_="sent",
    )


#: What happened to a claim, each on its day.
_HAPPENED = ("rejected_on", "clearinghouse_on", "payer_on", "adjudicated_on", "paid_on")


def facts(filters: Filters, furthest: ColumnElement[int], stands: ColumnElement[str] | None = None) -> Select:
    """Claims, without the joins that only add names; `stands`: what to call where each stands, if not as `state`."""
    row, as_of = claim_progress.c, bindparam(None, filters.as_of, Date)
    happened = {name: case((by(row[name], filters), row[name])).label(name) for name in _HAPPENED}
    return select(
        row.account_id,
        row.claim_id,
        *(row[name] for name in DIMENSIONS),
        row.service_from,
        row.sent_on,
        row.charge,
        (state(filters) if stands is None else stands).label("state"),
        reason_of(row).label("reason"),
        case((by(row.rejected_on, filters), row.rejected_by)).label("rejected_by"),
        *happened.values(),
        row.filing_deadline,
        type_coerce(row.filing_deadline - as_of, Integer).label("days_left"),
        type_coerce(as_of - row.sent_on, Integer).label("waited"),
        furthest.label("reached"),
    )


COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("claim_id", "Claim id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("charge", "Charge", "money", total=True),
    ColumnSpec("state", "Now"),
    ColumnSpec("reason", "What was said", "claim_status"),
    ColumnSpec("rejected_by", "Rejected by"),
    ColumnSpec("rejected_on", "Rejected on", "date"),
    ColumnSpec("days_left", "Left to file", "days"),
    ColumnSpec("filing_deadline", "File by", "date"),
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("sent_on", "Sent", "date"),
    ColumnSpec("waited", "Since sent", "days"),
    ColumnSpec("clearinghouse_on", "At clearinghouse", "date"),
    ColumnSpec("payer_on", "Accepted by payer", "date"),
    ColumnSpec("adjudicated_on", "Adjudicated", "date"),
    ColumnSpec("paid_on", "Paid", "date"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)


def report(
    report_id: str,
    title: str,
    core: Select,
    order: tuple[tuple[str, bool], ...],
    metric_ids: tuple[str, ...],
    columns: tuple[ColumnSpec, ...] = COLUMNS,
    at_once: bool = False,
) -> TableReport:
    """A table of claims; `core` selects what `facts` does, or more. `at_once`: as in `TableReport`."""
    order = (*order, ("account_id", False), ("claim_id", False))
    return TableReport(
        report_id,
        title,
        core,
        columns,
        order,
        metric_ids,
        _with_names,
        "account_id",
        at_once,
    )


def _with_names(rows: FromClause) -> Select:
    return named(rows, "account_number", "patient_id")
