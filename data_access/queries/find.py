"""Any account by what a caller has at hand, open or closed: a number of ours or the payer's, a check, a name."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, func, select, union

from data_access.queries.accounts import WHEN_AND_WHERE
from data_access.queries.dimensions import named
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, claim_ack, claim_payment, patient, remittance


def table(text: str) -> TableReport:
    """The accounts that a text names, whatever their balance.

    The text is the beginning of an account number; or the whole of a payer's claim number, of the trace or check
    number of a remittance, or of a patient's last name, after a comma with the beginning of the first name.
    """
    row = account.c
    core = select(
        row.account_id,
        row.account_number,
        row.patient_id,
        row.responsible,
        row.payer_id,
        row.balance,
        row.insurance_balance,
        row.patient_balance,
        row.service_from,
        row.last_submitted_on,
        row.last_remit_on,
        row.last_statement_on,
        row.last_payment_on,
        row.facility_id,
        row.provider_id,
        row.department,
    ).where(row.account_id.in_(_named_by(text.strip())))
    return TableReport("accounts_found", "Accounts found", core, _COLUMNS, _ORDER, ("ar",), named, typed=True)


def _named_by(text: str) -> Select:
    """Ids of accounts, each way of naming one by its own index: joined by OR, none would be used."""
    as_written = {text, text.upper()}
    paid, said, told = claim_payment.c, claim_ack.c, remittance.c
    of_check = select(told.remittance_id).where(told.trace_number.in_(as_written))
    ways = union(
        select(account.c.account_id).where(_begins(account.c.account_number, text)),
        select(paid.account_id).where(paid.payer_claim_number.in_(as_written)),
        select(said.account_id).where(said.payer_claim_number.in_(as_written)),
        select(paid.account_id).where(paid.remittance_id.in_(of_check)),
        select(account.c.account_id).where(account.c.patient_id.in_(_patients(text))),
    ).subquery("ways")
    return select(ways.c.account_id).where(ways.c.account_id.is_not(None))


def _patients(text: str) -> Select:
    last, _, first = (part.strip() for part in text.partition(","))
    row = patient.c
    query = select(row.patient_id).where(func.upper(row.last_name) == last.upper())
    return query.where(_begins(row.first_name, first)) if first else query


def _begins(column: ColumnElement, text: str) -> ColumnElement[bool]:
    return func.upper(column).startswith(text.upper(), autoescape=True)


_ORDER = (("service_from", True), ("account_number", False), ("account_id", False))
_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("responsible", "Owed by"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("balance", "Balance", "money", total=True),
    ColumnSpec("insurance_balance", "Insurance owes", "money", total=True),
    ColumnSpec("patient_balance", "Patient owes", "money", total=True),
    *WHEN_AND_WHERE,
)
