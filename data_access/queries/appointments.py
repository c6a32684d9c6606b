"""Appointments that payers were asked about before there is an account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, cast, false, func, literal, or_, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, coverage_answer, coverage_inquiry, payer


@built_once
def table(filters: Filters) -> TableReport:
    """Appointments after the as-of date that were asked about: no account yet, one row a patient, day and payer.

    They belong to no facility, department or provider yet: a filter by one of these leaves them out.
    """
    said = _asked_ahead(filters).subquery("said")
    newest = [said.c.answered, said.c.told_on.desc(), said.c.said_id]
    one = [said.c.who, said.c.service_on, said.c.payer_id]
    place = func.row_number().over(partition_by=one, order_by=newest).label("place")
    ranked = select(said, place).subquery("ranked")
    row = ranked.c
    query = (
        select(
            row.said_id,
            row.service_on,
            func.coalesce(payer.c.name, row.payer_name).label("payer"),
            (row.last_name + literal(", ") + func.coalesce(row.first_name, "")).label("patient"),
            (literal("…") + func.right(row.member_id, 4)).label("member"),
            row.status,
            row.told_on,
            row.plan,
            row.coverage_to,
            row.other_payer,
            row.copay,
            row.deductible_left,
        )
        .select_from(ranked.outerjoin(payer, payer.c.payer_id == row.payer_id))
        .where(row.place == 1, *_of_payers(filters, ranked))
    )
    columns = (
        ColumnSpec("said_id", "Id", "id", hidden=True),
        ColumnSpec("service_on", "Appointment", "date"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("member", "Member id"),
        ColumnSpec("status", "Coverage"),
        ColumnSpec("told_on", "Answered or asked on", "date"),
        ColumnSpec("plan", "Plan"),
        ColumnSpec("coverage_to", "Coverage ends", "date"),
        ColumnSpec("other_payer", "Other insurance"),
        ColumnSpec("copay", "Copay", "money"),
        ColumnSpec("deductible_left", "Deductible left", "money"),
    )
    order = (("service_on", False), ("said_id", False))
    title = "Appointments asked about"
    return TableReport("coverage_scheduled", title, query, columns, order, ("verification_rate",), at_once=True)


def _of_payers(filters: Filters, rows: Any) -> list[ColumnElement[bool]]:
    if filters.facility_ids or filters.departments or filters.provider_ids:
        return [false()]
    return filters.where(rows)


def _asked_ahead(filters: Filters) -> Any:
    """Answers and inquiries up to the as-of date about days after it, of which there is no account yet."""

    def part(said: Any, told_on: ColumnElement, answered: int, **more: ColumnElement) -> Select:
        own = said.c
        has_account = select(account.c.account_id).where(
            account.c.patient_id == own.patient_id, account.c.service_from == own.service_on
        )
        return select(
            own[f"{said.name}_id"].label("said_id"),
            literal(answered).label("answered"),
            func.coalesce(own.patient_id, own[f"{said.name}_id"]).label("who"),
            *(own[name] for name in ("payer_id", "payer_name", "last_name", "first_name", "member_id", "service_on")),
            told_on.label("told_on"),
            *(column.label(name) for name, column in more.items()),
        ).where(own.service_on > filters.as_of, told_on <= filters.as_of, ~has_account.exists())

    row = coverage_answer.c
    names = ("plan", "coverage_to", "other_payer", "copay", "deductible_left")
    status = case((and_(row.status == "active", row.coverage_to < row.service_on), "inactive"), else_=row.status)
    answers = part(coverage_answer, row.answered_on, 0, status=status, **{name: row[name] for name in names})
    nothing = {name: cast(literal(None), row[name].type) for name in names}
    inquiries = part(coverage_inquiry, coverage_inquiry.c.asked_on, 1, status=literal("asked_unanswered"), **nothing)
    return answers.union_all(inquiries)


def count(engine: Source, filters: Filters) -> tuple[int, int]:
    """Appointments asked about, and how many of them have no active coverage answered."""
    ((total, bad),) = read_rows(engine, _counts(filters))
    return total, bad


@built_once
def _counts(filters: Filters) -> Select:
    rows = table(filters).query.subquery("rows")
    doubtful = func.count().filter(or_(rows.c.status != "active", rows.c.status.is_(None)))
    return select(func.count(), doubtful).select_from(rows)
