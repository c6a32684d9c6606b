"""Rows of claims on their way: what the tables of the Claims screen show of each, and what it is called."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    bindparam,
    case,
    false,
    func,
    literal,
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


def facts(filters: Filters, furthest: ColumnElement[int], state: ColumnElement[str] | None = None) -> Select:
    """Claims, without the joins that only add names; `state`: what to call where each stands, if not as recorded."""
    row, as_of = claim_progress.c, bindparam(None, filters.as_of, Date)
    return select(
        row.account_id,
        row.claim_id,
        *(row[name] for name in DIMENSIONS),
        row.service_from,
        row.sent_on,
        row.charge,
        (row.state if state is None else state).label("state"),
        reason_of(row).label("reason"),
        row.rejected_by,
        row.rejected_on,
        row.clearinghouse_on,
        row.payer_on,
        row.adjudicated_on,
        row.paid_on,
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
) -> TableReport:
    """A table of claims; `core` selects what `facts` does, or more."""
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
    )


def _with_names(rows: FromClause) -> Select:
    return named(rows, "account_number", "patient_id")
