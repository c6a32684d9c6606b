"""The claim payments of one remittance, and what it is called."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from data_access.engine import Source
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import claim_payment, remittance


def claims_of_remittance(remittance_id: int) -> TableReport:
    """The claim payments of one remittance and the accounts they are posted to."""
    row = claim_payment.c
    query = select(
        row.claim_payment_id,
        row.account_id,
        row.account_number,
        row.payer_claim_number,
        row.status_code,
        row.match_status,
        row.match_reason,
        row.charge,
        row.contractual,
        row.patient_share,
        row.denied,
        row.paid.label("amount"),
    ).where(row.remittance_id == remittance_id)
    columns = (
        ColumnSpec("claim_payment_id", "Payment id", "id", hidden=True),
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("account_number", "Account number sent"),
        ColumnSpec("match_status", "Posted"),
        ColumnSpec("charge", "Billed", "money", total=True),
        ColumnSpec("contractual", "Contractual", "money", total=True),
        ColumnSpec("patient_share", "Patient's share", "money", total=True),
        ColumnSpec("denied", "Denied", "money", total=True),
        ColumnSpec("amount", "Paid", "money", total=True),
        ColumnSpec("payer_claim_number", "Payer's claim number"),
        ColumnSpec("status_code", "Claim status"),
        ColumnSpec("match_reason", "What agrees"),
    )
    order = (("claim_payment_id", False),)
    return TableReport("remittance_claims", "Claim payments of the remittance", query, columns, order)


def remittance_called(engine: Source, remittance_id: int) -> dict[str, Any] | None:
    """What a remittance is called: payer_name, trace_number, paid_on, amount; None when it is not loaded."""
    row = remittance.c
    query = select(row.payer_name, row.trace_number, row.paid_on, row.amount).where(row.remittance_id == remittance_id)
    with engine.connect() as connection:
        found = connection.execute(query).mappings().first()
    return dict(found) if found else None
