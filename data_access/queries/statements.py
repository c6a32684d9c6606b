"""Statements to patients: who is due for one, what it says, and the batches that were sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting.balances import STILL_OPEN
from data_access.posting.scope import days_between
from data_access.queries.dimensions import named
from data_access.queries.explain import Line, explain
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import (
    account,
    adjustment,
    claim_payment,
    facility,
    ledger_entry,
    open_balance,
    patient,
)
from data_access.work.office import Office
from data_access.work.tables import activity, person, work_state

#: Boxes of the balance's age on a statement: label -> oldest age in days that is in it.
AGES: dict[str, int | None] = {
    "Under 31 days": 30,
    "31-60 days": 60,
    "61-90 days": 90,
    "91-120 days": 120,
    "Over 120 days": None,
}


@dataclass(frozen=True)
class Statement:
    """What one statement says. PHI throughout.

    `lines` explain the balance and end in it; `number` counts statements from 1; `age_days` is the balance's age.
    """

    account_id: int
    account_number: str
    patient: str
    address: tuple[str, ...]
    service_from: date | None
    facility: str
    lines: tuple[Line, ...]
    amount: Decimal
    age_days: int
    number: int
    is_last: bool
    first_statement_on: date | None


@built_once
def due(filters: Filters, today: date, office: Office) -> TableReport:
    """Accounts that are to get a statement today, the largest balance first.

    Due: the patient owes the smallest amount worth a statement or more, insurance has not paid too much (then the
    share is to be looked at first), nothing holds the account, no payment plan runs, and either none was sent yet or a
    day of the cycle since the first was reached without one.
    """
    row, state = account.c, work_state.c
    paying_off = and_(state.instalments.is_not(None), state.promise_due_on >= today)
    conditions = [
        row.patient_balance >= office.smallest_statement,
        row.insurance_balance >= 0,
        state.holds.is_(None),
        or_(state.account_id.is_(None), ~func.coalesce(paying_off, literal(False))),
        or_(row.first_statement_on.is_(None), _cycle_day_reached(office, today)),
        *filters.where(account),
    ]
    core = (
        select(
            row.account_id,
            row.account_number,
            row.patient_id,
            row.payer_id,
            row.facility_id,
            row.provider_id,
            row.department,
            row.patient_balance.label("owes"),
            row.patient_since,
            row.first_statement_on,
            row.last_statement_on,
            _number(office).label("number"),
        )
        .outerjoin(work_state, state.account_id == row.account_id)
        .where(*conditions)
    )
    order = (("owes", True), ("account_id", False))
    return TableReport("statements", "Due for a statement", core, _DUE, order, ("patient_ar",), named)


def _cycle_day_reached(office: Office, today: date) -> ColumnElement[bool]:
    first, last = account.c.first_statement_on, account.c.last_statement_on
    now = bindparam(None, today, Date)
    return or_(
        *(and_(type_coerce(now - first, Integer) >= day, days_between(last, first) < day) for day in office.cycle_days)
    )


def _number(office: Office) -> ColumnElement[int]:
    """Which statement the next one is: 1 where none was sent, else one more than the cycle days that had theirs."""
    first, last = account.c.first_statement_on, account.c.last_statement_on
    sent = sum((case((days_between(last, first) >= day, 1), else_=0) for day in office.cycle_days), literal(2, Integer))
    return case((first.is_(None), 1), else_=sent)


_DUE = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("owes", "Patient owes", "money", total=True),
    ColumnSpec("number", "Statement no.", "count"),
    ColumnSpec("patient_since", "Patient's since", "date"),
    ColumnSpec("first_statement_on", "First statement", "date"),
    ColumnSpec("last_statement_on", "Last statement", "date"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)


def due_ids(engine: Source, filters: Filters, today: date, office: Office) -> list[int]:
    """The ids of all accounts due, in the order of the table."""
    return [account_id for (account_id,) in read_rows(engine, _due_ids(filters, today, office))]


@built_once
def _due_ids(filters: Filters, today: date, office: Office) -> Select:
    rows = due(filters, today, office).query.subquery("rows")
    return select(rows.c.account_id).order_by(rows.c.owes.desc(), rows.c.account_id)


_ASKED = bindparam("account_ids", type_=account.c.account_id.type, expanding=True)
_ENTRIES = select(ledger_entry.c.account_id, ledger_entry.c.entry_type, ledger_entry.c.amount).where(
    ledger_entry.c.account_id.in_(_ASKED)
)
#: What remittances that stand call the patient's.
_SHARES = (
    select(claim_payment.c.account_id, adjustment.c.group_code, adjustment.c.carc, adjustment.c.amount)
    .join(claim_payment, claim_payment.c.claim_payment_id == adjustment.c.claim_payment_id)
    .where(
        claim_payment.c.account_id.in_(_ASKED),
        claim_payment.c.match_status == "confirmed",
        func.coalesce(claim_payment.c.reversed, literal(False)).is_(False),
        func.coalesce(claim_payment.c.repeats, literal(False)).is_(False),
        func.coalesce(claim_payment.c.stands, literal(True)),
        adjustment.c.group_code == "PR",
    )
    .order_by(adjustment.c.adjustment_id)
)


def statements(engine: Source, account_ids: Sequence[int], today: date, office: Office) -> list[Statement]:
    """What the statements of some accounts say today, in the order asked; accounts that owe nothing are left out."""
    asked = {_ASKED.key: account_ids}
    with engine.connect() as connection:
        heads = {row["account_id"]: row for row in connection.execute(_heads(office), asked).mappings()}
        ledger: dict[int, list] = defaultdict(list)
        for row in connection.execute(_ENTRIES, asked).mappings():
            ledger[row["account_id"]].append(row)
        shares: dict[int, list] = defaultdict(list)
        for row in connection.execute(_SHARES, asked).mappings():
            shares[row["account_id"]].append(row)
    return [
        _statement(heads[one], ledger[one], shares[one], today, office)
        for one in account_ids
        if one in heads and heads[one]["patient_balance"] > 0
    ]


@built_once
def _heads(office: Office) -> Select:
    standing = (
        select(open_balance.c.account_id, func.min(open_balance.c.age_from).label("age_from"))
        .where(open_balance.c.side == "patient", open_balance.c.to_date == STILL_OPEN)
        .group_by(open_balance.c.account_id)
        .subquery("standing")
    )
    own = account.c
    columns = (
        own.account_id,
        own.account_number,
        own.service_from,
        own.insurance_balance,
        own.patient_balance,
        own.first_statement_on,
    )
    return (
        select(
            *columns, _number(office).label("number"), standing.c.age_from, facility.c.name.label("facility"), patient
        )
        .outerjoin(standing, standing.c.account_id == own.account_id)
        .outerjoin(facility, facility.c.facility_id == own.facility_id)
        .outerjoin(patient, patient.c.patient_id == own.patient_id)
        .where(own.account_id.in_(_ASKED))
    )


def _statement(head: Any, ledger: list, shares: list, today: date, office: Office) -> Statement:
    name = " ".join(part for part in (head["first_name"], head["last_name"]) if part)
    place = " ".join(part for part in (head["state"], head["postal_code"]) if part)
    town = ", ".join(part for part in (head["city"], place) if part)
    return Statement(
        head["account_id"],
        head["account_number"],
        name,
        tuple(part for part in (head["street"], town) if part),
        head["service_from"],
        head["facility"] or "",
        tuple(explain(head, ledger, shares)),
        Decimal(head["patient_balance"]),
        max((today - head["age_from"]).days, 0) if head["age_from"] else 0,
        head["number"],
        head["number"] > len(office.cycle_days),
        head["first_statement_on"],
    )


@built_once
def batches() -> TableReport:
    """Batches of statements sent from here, newest first; those taken back as a whole show nothing standing."""
    row, undo = activity.c, activity.alias("undo")
    stands = undo.c.activity_id.is_(None)
    query = (
        select(
            row.batch_id,
            func.min(row.day).label("day"),
            func.min(person.c.name).label("by"),
            func.count().label("sent"),
            func.count(case((stands, 1))).label("standing"),
            func.sum(case((stands, row.amount), else_=0)).label("amount"),
        )
        .select_from(
            activity.outerjoin(undo, undo.c.undoes == row.activity_id).join(person, person.c.person_id == row.person_id)
        )
        .where(row.kind == "statement")
        .group_by(row.batch_id)
    )
    return TableReport("statement_batches", "Statements sent", query, _BATCHES, (("batch_id", True),))


_BATCHES = (
    ColumnSpec("batch_id", "Batch", "id"),
    ColumnSpec("day", "Sent on", "date"),
    ColumnSpec("by", "By"),
    ColumnSpec("sent", "Statements", "count"),
    ColumnSpec("standing", "Not taken back", "count"),
    ColumnSpec("amount", "They ask for", "money", total=True),
)
