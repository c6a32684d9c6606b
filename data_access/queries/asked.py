"""Status requests (276) without an answer: the claims asked about, and questions that name no claim that is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, case, func, or_, select, type_coerce

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries import claim_rows, dimensions
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import claim_progress, load, status_request

_ASKED = status_request.c
TITLE = "Asked, not answered"
UNKNOWN = "Asked about claims not loaded"


@dataclass(frozen=True)
class Questions:
    """How many status requests were asked by the as-of date, and how many of them name no claim that is loaded."""

    asked: int
    unknown: int


def questions(engine: Source, filters: Filters) -> Questions:
    """Count the status requests, whatever the other filters: of an unknown claim nothing is known to filter by."""
    ((asked, unknown),) = read_rows(engine, _counts(filters))
    return Questions(asked, unknown)


@built_once
def _counts(filters: Filters) -> Select:
    return select(func.count(), func.count().filter(_ASKED.claim_id.is_(None))).where(_by(filters))


def _by(filters: Filters) -> ColumnElement[bool]:
    return or_(_ASKED.asked_on.is_(None), claim_rows.by(_ASKED.asked_on, filters))


def total(engine: Source, filters: Filters) -> tuple[int, Decimal]:
    """How many claims `table` has, and their charges."""
    ((claims, charges),) = read_rows(engine, _total(filters))
    return claims, Decimal(charges)


@built_once
def _total(filters: Filters) -> Select:
    row = claim_progress.c
    return select(func.count(), func.coalesce(func.sum(row.charge), 0)).where(
        row.claim_id.in_(select(_ASKED.claim_id).where(*_unanswered(filters))), *_standing(filters)
    )


def _unanswered(filters: Filters) -> list[ColumnElement[bool]]:
    """Questions about claims that are loaded, without an answer by the as-of date."""
    answered_later = or_(_ASKED.answered_on.is_(None), _ASKED.answered_on > filters.as_of)
    return [_ASKED.claim_id.is_not(None), claim_rows.by(_ASKED.asked_on, filters), answered_later]


def _standing(filters: Filters) -> list[ColumnElement[bool]]:
    """Claims neither settled by remittance, nor sent again, nor paid by hand."""
    row = claim_progress.c
    unsettled = claim_rows.not_by(row.adjudicated_on, filters)
    return [unsettled, row.last, ~row.voided, ~claim_rows.paid_by_hand(filters), *filters.where(claim_progress)]


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims asked about and neither answered, settled by remittance or by hand, nor sent again, one row a claim.

    A claim waits since the first question that was not answered.
    """
    as_of = bindparam(None, filters.as_of, Date)
    waiting = (
        select(_ASKED.claim_id, func.min(_ASKED.asked_on).label("asked_on"), func.count().label("times_asked"))
        .where(*_unanswered(filters))
        .group_by(_ASKED.claim_id)
        .subquery("waiting")
    )
    core = (
        claim_rows.facts(filters, claim_rows.reached(filters))
        .add_columns(
            waiting.c.asked_on,
            waiting.c.times_asked,
            type_coerce(as_of - waiting.c.asked_on, Integer).label("waiting"),
        )
        .select_from(claim_progress.join(waiting, waiting.c.claim_id == claim_progress.c.claim_id))
        .where(*_standing(filters), *dimensions.narrow(claim_progress, selection or {}))
    )
    order = (("waiting", True), ("charge", True))
    return claim_rows.report("claims_asked", TITLE, core, order, ("asked_unanswered",), _COLUMNS, at_once=True)


_NEW = (
    ColumnSpec("waiting", "Waiting", "days"),
    ColumnSpec("asked_on", "Asked", "date"),
    ColumnSpec("times_asked", "Times asked", "count"),
)
_SHOWN = (
    "account_id", "claim_id", "account_number", "patient", "payer", "charge", *_NEW, "state", "reason", "days_left",
    "service_from", "sent_on", "waited", "clearinghouse_on", "payer_on", "facility", "department", "provider",
)  # fmt: skip
_KNOWN = {column.name: column for column in claim_rows.COLUMNS}
_COLUMNS = tuple(name if isinstance(name, ColumnSpec) else _KNOWN[name] for name in _SHOWN)


@built_once
def unknown(filters: Filters) -> TableReport:
    """Questions that name no claim that is loaded, one row each; only the as-of date filters them."""
    as_of = bindparam(None, filters.as_of, Date)
    query = (
        select(
            _ASKED.status_request_id,
            _ASKED.account_number,
            func.coalesce(_ASKED.payer_name, _ASKED.payer_identifier).label("payer"),
            _ASKED.charge,
            _ASKED.asked_on,
            type_coerce(as_of - _ASKED.asked_on, Integer).label("waited"),
            case((_ASKED.answered_on <= as_of, _ASKED.answered_on)).label("answered_on"),
            _ASKED.service_from,
            _ASKED.trace,
            _ASKED.payer_claim_number,
            load.c.file_name,
        )
        .join(load, load.c.load_id == _ASKED.load_id)
        .where(_ASKED.claim_id.is_(None), _by(filters))
    )
    columns = (
        ColumnSpec("status_request_id", "Question id", "id", hidden=True),
        ColumnSpec("account_number", "Account asked about"),
        ColumnSpec("payer", "Payer asked"),
        ColumnSpec("charge", "Charge", "money", total=True),
        ColumnSpec("asked_on", "Asked", "date"),
        ColumnSpec("waited", "Since asked", "days"),
        ColumnSpec("answered_on", "Answered", "date"),
        ColumnSpec("service_from", "Service date", "date"),
        ColumnSpec("trace", "Trace number"),
        ColumnSpec("payer_claim_number", "Payer's claim number"),
        ColumnSpec("file_name", "File"),
    )
    order = (("asked_on", True), ("status_request_id", False))
    return TableReport("claims_asked_unknown", UNKNOWN, query, columns, order)
