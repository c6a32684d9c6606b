"""What payers said of the coverage of each account on its date of service.

The answer in force is the newest on or before the service date, else the first one after it; one that could not
say anything (a rejection) only where there is no other. What is known changes with every answer, so each row holds
from one day to another; a day before the service is nobody's to look back from, and what was known only then is
left out.

An answer is about an account when its member id is that of the claim and nothing known of the person differs
(birth date; first name, punctuation and a missing middle name aside), or when payer and patient are the same. The
payer's own answers go before those of another that uses the same member id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
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

from data_access.built_once import built_once
from data_access.posting.balances import STILL_OPEN
from data_access.posting.scope import Scope, days_between
from data_access.schema import (
    account,
    account_coverage,
    claim,
    coverage_answer,
    coverage_inquiry,
    patient,
    unsettled,
)

#: An answer older than this on the day of service was asked too early: plans change with the month.
FRESH_DAYS = 30
_SAYS_NOTHING = ("rejected", "unknown")
_STILL = literal(STILL_OPEN)
#: What a list of accounts shows of an answer.
_SAID = ("plan", "other_payer", "copay", "deductible_left")
_OWN = (
    *("account_id", "facility_id", "department", "provider_id", "payer_id", "patient_id", "account_number"),
    *("service_from", "charge", "insurance_balance"),
)


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
        connection.execute(_from_answers(scope))
    if connection.execute(select(coverage_inquiry.c.load_id).limit(1)).first():
        connection.execute(_from_inquiries(scope))
    connection.execute(_never_asked(scope))


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
            row.account_id,
            row.payer_id,
            row.patient_id,
            row.service_from,
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


@built_once
def _from_answers(scope: Scope) -> Insert:
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
            insured.c.account_id,
            on,
            row.coverage_answer_id,
            row.answered_on,
            away.label("days_before"),
            covered(on).label("covered"),
            and_(row.other_payer_primary.is_(True), within(on, row.other_payer_from, row.other_payer_to)).label(
                "other_first"
            ),
            says_nothing.label("says_nothing"),
            *(row[name] for name in _SAID),
            func.row_number().over(partition_by=insured.c.account_id, order_by=order).label("place"),
        )
        .select_from(pairs)
        .join(insured, insured.c.account_id == pairs.c.account_id)
        .join(coverage_answer, row.coverage_answer_id == pairs.c.said_id)
        .where(row.answered_on.is_not(None))
        .subquery("ranked")
    )
    by_day: dict[str, Any] = {"partition_by": ranked.c.account_id, "order_by": ranked.c.answered_on}
    running = select(ranked, func.min(ranked.c.place).over(**by_day).label("best_yet")).subquery("running")
    by_day = {"partition_by": running.c.account_id, "order_by": running.c.answered_on}
    best = (
        select(running, func.coalesce(func.lead(running.c.answered_on).over(**by_day), _STILL).label("until"))
        .where(running.c.place == running.c.best_yet)
        .subquery("best")
    )
    found = best.c
    standing = case(
        (found.says_nothing, "rejected"),
        (found.covered.is_(False), "inactive"),
        (found.other_first, "other_payer_primary"),
        (found.days_before < 0, "late"),
        (found.days_before > FRESH_DAYS, "too_early"),
        else_="active",
    )
    in_time = and_(~found.says_nothing, found.days_before.between(0, FRESH_DAYS))
    known: dict[str, Any] = {
        name: found[name] for name in ("coverage_answer_id", "answered_on", "days_before", "covered", *_SAID)
    }
    known |= {"known_from": found.answered_on, "known_until": found.until, "standing": standing, "in_time": in_time}
    return _written(best, known)


def _written(steps: Subquery, known: Mapping[str, ColumnElement]) -> Insert:
    """Writes what was known of accounts, where that still held on the day of service or after it."""
    columns = {name: account.c[name] for name in _OWN} | dict(known)
    query = (
        select(*columns.values())
        .select_from(steps)
        .join(account, account.c.account_id == steps.c.account_id)
        .where(known["known_until"] > account.c.service_from, known["known_until"] > known["known_from"])
        # those of one time lie together: a screen passes over others by their block's statistics
        .order_by(account.c.service_from, account.c.account_id)
    )
    return insert(account_coverage).from_select(list(columns), query)


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


@built_once
def _from_inquiries(scope: Scope) -> Insert:
    """Accounts asked about before any answer; an inquiry long before the service was about another visit."""
    insured, row = _insured(scope), coverage_inquiry.c
    pairs = _pairs(insured, coverage_inquiry)
    newest = [func.coalesce(row.asked_at, "").desc(), row.trace_number, row.coverage_inquiry_id]
    ranked = (
        select(
            insured.c.account_id,
            row.coverage_inquiry_id,
            row.asked_on,
            func.row_number().over(partition_by=[insured.c.account_id, row.asked_on], order_by=newest).label("place"),
        )
        .select_from(pairs)
        .join(insured, insured.c.account_id == pairs.c.account_id)
        .join(coverage_inquiry, row.coverage_inquiry_id == pairs.c.said_id)
        .where(days_between(insured.c.service_from, row.asked_on) <= FRESH_DAYS)
        .subquery("ranked")
    )
    first = _first_known(scope)
    by_day: dict[str, Any] = {"partition_by": ranked.c.account_id, "order_by": ranked.c.asked_on}
    asked_again = func.coalesce(func.lead(ranked.c.asked_on).over(**by_day), _STILL)
    answered = func.coalesce(first.c.first_known, _STILL)
    steps = (
        select(
            ranked.c.account_id,
            ranked.c.coverage_inquiry_id,
            ranked.c.asked_on,
            case((answered < asked_again, answered), else_=asked_again).label("until"),
        )
        .outerjoin(first, first.c.account_id == ranked.c.account_id)
        .where(ranked.c.place == 1)
        .subquery("steps")
    )
    known: dict[str, Any] = {name: steps.c[name] for name in ("coverage_inquiry_id", "asked_on")}
    known |= {"known_from": steps.c.asked_on, "known_until": steps.c.until}
    return _written(steps, known | {"standing": literal("asked_unanswered"), "in_time": false()})


def _first_known(scope: Scope) -> Subquery:
    """The first day from which anything written so far is known of an account."""
    row = account_coverage.c
    return (
        select(row.account_id, func.min(row.known_from).label("first_known"))
        .where(scope.account(account_coverage))
        .group_by(row.account_id)
        .subquery("first")
    )


@built_once
def _never_asked(scope: Scope) -> Insert:
    """Insured accounts from their service until anybody asked; without a patient none can be found in an answer."""
    row, first = account.c, _first_known(scope)
    steps = (
        select(row.account_id, row.service_from, func.coalesce(first.c.first_known, _STILL).label("until"))
        .outerjoin(first, first.c.account_id == row.account_id)
        .where(scope.of(account), row.payer_id.is_not(None), row.patient_id.is_not(None))
        .subquery("steps")
    )
    known: dict[str, Any] = {"known_from": steps.c.service_from, "known_until": steps.c.until}
    return _written(steps, known | {"standing": literal("not_verified"), "in_time": false()})
