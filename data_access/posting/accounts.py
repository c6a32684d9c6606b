"""Accounts: who they belong to, who is responsible for them now, and their sums from the ledger."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Row,
    Select,
    Table,
    Update,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)

from data_access.built_once import built_once
from data_access.bulk import bulk_insert
from data_access.engine import salt
from data_access.ids import party_id
from data_access.posting import next_payers, standing
from data_access.posting.parties import department_of, departments
from data_access.posting.scope import Scope, set_from, set_rows
from data_access.schema import (
    DERIVED_TABLES,
    account,
    billing_entry,
    claim,
    claim_payment,
    ledger_entry,
)
from data_access.work.tables import activity

ZERO_SUMS = (
    "charge",
    "insurance_payments",
    "patient_payments",
    "adjustments",
    "insurance_balance",
    "patient_balance",
    "balance",
    "denied",
)


def clear(connection: Connection, scope: Scope) -> None:
    """Delete everything derived for the accounts in scope."""
    for table in DERIVED_TABLES:
        if table is not account:
            connection.execute(_derived(table, scope))
    connection.execute(account.delete().where(scope.of(account)))


@built_once
def _derived(table: Table, scope: Scope) -> Delete:
    return table.delete().where(scope.account(table))


def open_accounts(connection: Connection, scope: Scope) -> None:
    """Insert the account rows in scope with parties and dates; sums are still zero."""
    connection.execute(_open_from_claims(scope))
    _open_from_billing_entries(connection, scope)
    next_payers.find(connection, scope)
    connection.execute(_statement_dates(scope))


@built_once
def _open_from_claims(scope: Scope) -> Insert:
    first = [
        func.coalesce(claim.c.sequence, 1),
        case((claim.c.sent_account_id == claim.c.account_id, 0), else_=1),
        case((claim.c.chain_role == "current", 0), else_=1),
        claim.c.submitted_on,
        claim.c.claim_id,
    ]
    of_account: dict[str, Any] = {"partition_by": claim.c.account_id}
    ranked = (
        select(
            claim,
            func.row_number().over(**of_account, order_by=first).label("place"),
            func.min(claim.c.service_from).over(**of_account).label("first_service"),
            func.max(claim.c.service_to).over(**of_account).label("last_service"),
            func.min(claim.c.first_submitted_on).over(**of_account).label("first_sent"),
            func.max(claim.c.submitted_on).over(**of_account).label("last_sent"),
            func.count().over(**of_account).label("claims"),
        )
        .where(scope.of(claim))
        .subquery()
    )
    source = ranked.c
    columns: dict[str, ColumnElement] = {
        name: source[name]
        for name in (
            "account_id",
            "account_key",
            "account_number",
            "billing_id",
            "facility_id",
            "department",
            "provider_id",
            "payer_id",
            "patient_id",
        )
    }
    columns |= {
        "service_from": func.coalesce(source.first_service, source.first_sent),
        "service_to": source.last_service,
        "first_submitted_on": source.first_sent,
        "last_submitted_on": source.last_sent,
        "claims": source.claims,
    }
    columns |= {name: literal(0) for name in ZERO_SUMS}
    query = select(*columns.values()).where(source.place == 1).order_by(source.first_service, source.account_id)
    return insert(account).from_select(list(columns), query)  # those of one time lie together


def _open_from_billing_entries(connection: Connection, scope: Scope) -> None:
    """Accounts known only from the billing system: self-pay, and charges not yet on a claim."""
    by_number: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(_of_no_claim(scope)):
        by_number[row.account_number.upper()].append(row)
    key, known = salt(connection), departments(connection)
    opened, owners = [], []
    for number, rows in by_number.items():
        charges = [row for row in rows if row.entry_type == "charge"]
        if not charges or len({row.billing_npi for row in charges}) > 1:
            continue  # unmatched: no charge, or one number used by two billing providers
        account_id = party_id(key, "account", charges[0].billing_npi or "", number)
        opened.append(_row_from_charges(account_id, charges, key, known))
        owners += [(row.billing_entry_id, account_id) for row in rows]
    columns = (
        "account_id",
        "account_key",
        "account_number",
        "billing_id",
        "facility_id",
        "provider_id",
        "department",
        "payer_id",
        "service_from",
        "service_to",
        "claims",
        *ZERO_SUMS,
    )
    bulk_insert(connection, account, columns, opened)
    set_rows(connection, billing_entry, "billing_entry_id", ["account_id"], owners)


@built_once
def _of_no_claim(scope: Scope) -> Select:
    entry = billing_entry.c
    has_claim = select(claim.c.claim_id).where(
        claim.c.sent_account_key == entry.account_key,
        func.upper(claim.c.account_number) == func.upper(entry.account_number),
    )
    query = select(billing_entry).where(scope.of(billing_entry), entry.account_id.is_(None), ~has_claim.exists())
    return query.order_by(entry.billing_entry_id)


def _row_from_charges(account_id: int, charges: list[Row], key: bytes, known: Any) -> tuple:
    def party(kind: str, attribute: str) -> int | None:
        named = next((getattr(row, attribute) for row in charges if getattr(row, attribute)), None)
        return party_id(key, kind, named) if named else None

    facility_id, provider_id = party("facility", "facility_npi"), party("provider", "provider_npi")
    days = sorted(row.service_on or row.posted_on for row in charges)
    return (
        account_id,
        charges[0].account_key,
        charges[0].account_number,
        party("facility", "billing_npi"),
        facility_id,
        provider_id,
        department_of(provider_id, facility_id, known),
        party("payer", "payer_identifier"),
        days[0],
        days[-1],
        0,
        *[0] * len(ZERO_SUMS),
    )


@built_once
def _statement_dates(scope: Scope) -> Update:
    """First and latest statement, whether the billing system sent it or this office did from here."""
    entry, undo = billing_entry.c, activity.alias("undo")
    theirs = select(entry.account_id, entry.posted_on.label("day")).where(
        scope.of(billing_entry), entry.entry_type == "statement", entry.account_id.is_not(None)
    )
    ours = select(activity.c.account_id, activity.c.day).where(
        activity.c.kind == "statement",
        scope.account(activity),
        ~exists().where(undo.c.undoes == activity.c.activity_id),
    )
    sent = union_all(theirs, ours).subquery()
    statement = (
        select(
            sent.c.account_id,
            func.min(sent.c.day).label("first_statement_on"),
            func.max(sent.c.day).label("last_statement_on"),
        )
        .group_by(sent.c.account_id)
        .subquery()
    )
    return set_from(account, statement, "account_id", "first_statement_on", "last_statement_on")


def sum_up(connection: Connection, scope: Scope) -> None:
    """Set each account's sums and dates from its ledger, who is responsible, and its deadlines."""
    for statement in (_sum_ledger, _last_remittance, _set_responsible):
        connection.execute(statement(scope))
    standing.set_denials(connection, scope)


@built_once
def _last_remittance(scope: Scope) -> Update:
    remitted = (
        select(claim_payment.c.account_id, func.max(claim_payment.c.paid_on).label("last_remit_on"))
        .where(scope.of(claim_payment), claim_payment.c.match_status == "confirmed")
        .group_by(claim_payment.c.account_id)
        .subquery()
    )
    return set_from(account, remitted, "account_id", "last_remit_on")


@built_once
def _sum_ledger(scope: Scope) -> Update:
    entry = ledger_entry.c

    def total(*types: str) -> ColumnElement:
        return func.coalesce(func.sum(entry.amount).filter(entry.entry_type.in_(types)), 0)

    insurance = func.coalesce(func.sum(entry.amount).filter(entry.side == "insurance"), 0)
    patient = func.coalesce(func.sum(entry.amount).filter(entry.side == "patient"), 0)
    payments = entry.entry_type.in_(["insurance_payment", "patient_payment"])
    sums = {
        "charge": total("charge"),
        "insurance_payments": -total("insurance_payment", "insurance_refund", "recoupment"),
        "patient_payments": -total("patient_payment", "patient_refund"),
        "adjustments": -total("contractual", "other_payer", "write_off", "denial_write_off", "bad_debt", "charity"),
        "insurance_balance": insurance,
        "patient_balance": patient,
        "balance": insurance + patient,
        "last_payment_on": func.max(entry.posted_on).filter(payments, entry.amount < 0),
    }
    source = (
        select(entry.account_id, *(value.label(name) for name, value in sums.items()))
        .where(scope.account(ledger_entry))
        .group_by(entry.account_id)
        .subquery()
    )
    return set_from(account, source, "account_id", *sums)


@built_once
def _set_responsible(scope: Scope) -> Update:
    own = account.c
    return (
        account.update()
        .where(scope.of(account))
        .values(
            responsible=case(
                (and_(own.insurance_balance > 0, own.first_submitted_on.is_(None)), "unbilled"),
                (own.insurance_balance > 0, "insurance"),
                (own.patient_balance > 0, "patient"),
                (or_(own.insurance_balance < 0, own.patient_balance < 0), "credit"),
                else_="closed",
            ),
            responsible_payer_id=case(
                (own.insurance_balance <= 0, null()),
                (own.third_from.is_not(None), own.third_payer_id),
                (own.second_from.is_not(None), own.second_payer_id),
                else_=own.payer_id,
            ),
        )
    )
