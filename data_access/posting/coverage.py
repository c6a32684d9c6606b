"""What payers said of the coverage of each account on its date of service.

The answer in force is the newest on or before the service date, else the first one after it; one that could not
say anything (a rejection) only where there is no other. Accounts whose patient was never asked about get no row.

An answer is about an account when its member id is that of the claim and nothing known of the person differs
(birth date; first name, punctuation and a missing middle name aside), or when payer and patient are the same. The
payer's own answers go before those of another that uses the same member id.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    Table,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union,
)

from data_access.posting.scope import Scope, days_between
from data_access.schema import account, account_coverage, claim, coverage_answer, coverage_inquiry, patient, unsettled

#: An answer older than this on the day of service was asked too early: plans change with the month.
FRESH_DAYS = 30
_SAYS_NOTHING = ("rejected", "unknown")
_OWN = ("account_id", "facility_id", "department", "provider_id", "payer_id", "service_from")


def list_touched(connection: Connection, loads: list[int]) -> None:
    """List the accounts of everybody whom these loads asked or answered about as waiting to be posted."""
    for table in (coverage_answer, coverage_inquiry):
        if not connection.execute(select(table.c.load_id).where(table.c.load_id.in_(loads)).limit(1)).first():
            continue
        for named, whose in (
            (func.upper(claim.c.member_id), table.c.member_id),
            (claim.c.patient_id, table.c.patient_id),
        ):
            people = select(whose).where(table.c.load_id.in_(loads), whose.is_not(None))
            keys = select(claim.c.account_key).where(named.in_(people)).distinct()
            connection.execute(insert(unsettled).from_select(["account_key"], keys))


def build(connection: Connection, scope: Scope) -> None:
    """Write `account_coverage` for the accounts in scope."""
    if connection.execute(select(coverage_answer.c.load_id).limit(1)).first():
        _from_answers(connection, scope)
    if connection.execute(select(coverage_inquiry.c.load_id).limit(1)).first():
        _from_inquiries(connection, scope)


def _insured(scope: Scope) -> Subquery:
    """Accounts in scope with a payer and a patient, and how these are known to the payer."""
    row = account.c
    members = (
        select(
            claim.c.account_id,
            claim.c.patient_id,
            claim.c.payer_id,
            func.max(func.upper(claim.c.member_id)).label("member_id"),
        )
        .where(scope.of(claim))
        .group_by(claim.c.account_id, claim.c.patient_id, claim.c.payer_id)
        .subquery("members")
    )
    same = [members.c[name] == row[name] for name in ("account_id", "patient_id", "payer_id")]
    return (
        select(
            *(row[name] for name in _OWN),
            row.patient_id,
            members.c.member_id,
            patient.c.birth_date,
            patient.c.first_name,
        )
        .join(members, and_(*same))
        .join(patient, patient.c.patient_id == row.patient_id)
        .where(scope.of(account), row.service_from.is_not(None))
        .subquery("insured")
    )


def _pairs(insured: Subquery, said: Table) -> Subquery:
    """Account and answer (or inquiry) that are about the same person."""
    key = said.c[f"{said.name}_id"].label("said_id")
    born, known = said.c.birth_date, insured.c.birth_date
    by_member = (
        select(insured.c.account_id, key)
        .join(said, said.c.member_id == insured.c.member_id)
        .where(or_(born == known, born.is_(None), known.is_(None)), _agree(said.c.first_name, insured.c.first_name))
    )
    by_patient = select(insured.c.account_id, key).join(
        said, and_(said.c.patient_id == insured.c.patient_id, said.c.payer_id == insured.c.payer_id)
    )
    return union(by_member, by_patient).subquery("pairs")


def _agree(one: ColumnElement, other: ColumnElement) -> ColumnElement[bool]:
    """Whether two first names can be the same: one begins the other, letters and digits alone."""
    first, second = _letters(one), _letters(other)
    return or_(first.like(second.concat("%")), second.like(first.concat("%")))


def _letters(name: ColumnElement) -> ColumnElement:
    return func.regexp_replace(func.upper(func.coalesce(name, "")), "[^A-Z0-9]", "", "g")


def _from_answers(connection: Connection, scope: Scope) -> None:
    insured, row = _insured(scope), coverage_answer.c
    pairs = _pairs(insured, coverage_answer)
    on = insured.c.service_from
    says_nothing, after = row.status.in_(_SAYS_NOTHING), row.answered_on > on
    away = days_between(on, row.answered_on)
    order = [
        case((says_nothing, 1), else_=0),
        case((row.payer_id == insured.c.payer_id, 0), else_=1),  # one member id may serve two payers of one programme
        case((after, 1), else_=0),
        func.abs(away),
        func.coalesce(row.answered_at, "").desc(),
        row.status,  # of two at one minute, the same one whatever order they were loaded in
        row.trace_number,
        row.coverage_answer_id,
    ]
    ranked = (
        select(
            *(insured.c[name] for name in _OWN),
            row.coverage_answer_id,
            row.answered_on,
            away.label("days_before"),
            covered(on).label("covered"),
            and_(row.other_payer_primary.is_(True), within(on, row.other_payer_from, row.other_payer_to)).label(
                "other_first"
            ),
            says_nothing.label("says_nothing"),
            func.row_number().over(partition_by=insured.c.account_id, order_by=order).label("place"),
        )
        .select_from(pairs)
        .join(insured, insured.c.account_id == pairs.c.account_id)
        .join(coverage_answer, row.coverage_answer_id == pairs.c.said_id)
        .where(row.answered_on.is_not(None))
        .subquery("ranked")
    )
    best = ranked.c
    standing = case(
        (best.says_nothing, "rejected"),
        (best.covered.is_(False), "inactive"),
        (best.other_first, "other_payer_primary"),
        (best.days_before < 0, "late"),
        (best.days_before > FRESH_DAYS, "too_early"),
        else_="active",
    )
    in_time = and_(~best.says_nothing, best.days_before.between(0, FRESH_DAYS))
    columns = [*_OWN, "coverage_answer_id", "answered_on", "days_before", "covered", "standing", "in_time"]
    query = select(*(best[name] for name in columns[:-2]), standing, in_time).where(best.place == 1)
    connection.execute(insert(account_coverage).from_select(columns, query))


def within(day: ColumnElement, first: ColumnElement, last: ColumnElement) -> ColumnElement[bool]:
    """Whether a day lies between two, both included; an end that is missing is open."""
    return and_(or_(first.is_(None), first <= day), or_(last.is_(None), last >= day))


def covered(day: ColumnElement) -> ColumnElement:
    """Whether an answer says that the day is covered: a plan that has ended since covered it while it stood."""
    row = coverage_answer.c
    stood = or_(row.status == "active", and_(row.status == "inactive", row.coverage_to.is_not(None)))
    return case(
        (row.status.in_(_SAYS_NOTHING), None),
        (and_(stood, within(day, row.coverage_from, row.coverage_to)), true()),
        else_=false(),
    )


def _from_inquiries(connection: Connection, scope: Scope) -> None:
    """Accounts asked about without any answer; an inquiry long before the service was about another visit."""
    insured, row = _insured(scope), coverage_inquiry.c
    pairs = _pairs(insured, coverage_inquiry)
    answered = select(account_coverage.c.account_id).where(account_coverage.c.account_id == insured.c.account_id)
    newest = [row.asked_on.desc(), func.coalesce(row.asked_at, "").desc(), row.trace_number, row.coverage_inquiry_id]
    ranked = (
        select(
            *(insured.c[name] for name in _OWN),
            row.coverage_inquiry_id,
            row.asked_on,
            func.row_number().over(partition_by=insured.c.account_id, order_by=newest).label("place"),
        )
        .select_from(pairs)
        .join(insured, insured.c.account_id == pairs.c.account_id)
        .join(coverage_inquiry, row.coverage_inquiry_id == pairs.c.said_id)
        .where(days_between(insured.c.service_from, row.asked_on) <= FRESH_DAYS, ~answered.exists())
        .subquery("ranked")
    )
    names = [*_OWN, "coverage_inquiry_id", "asked_on"]
    query = select(*(ranked.c[name] for name in names), literal("asked_unanswered"), false()).where(ranked.c.place == 1)
    connection.execute(insert(account_coverage).from_select([*names, "standing", "in_time"], query))
