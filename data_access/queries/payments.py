"""Payments and write-offs as rows: on accounts, not on an account yet, and beyond the claims of a remittance."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, String, and_, case, cast, or_, select

from data_access.built_once import built_once
from data_access.filters import Filters
from data_access.queries.dimensions import numbered
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import claim_payment, ledger_entry, remittance


def ledger_table(conditions: list[ColumnElement[bool]]) -> TableReport:
    """Payments, refunds and write-offs as rows; money in and written off is positive."""
    entry = ledger_entry.c
    core = select(
        entry.account_id,
        entry.entry_no,
        entry.posted_on,
        entry.entry_type,
        entry.side,
        entry.payer_id,
        entry.facility_id,
        entry.department,
        entry.provider_id,
        entry.reason,
        entry.method,
        (-entry.amount).label("amount"),
    ).where(*conditions)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("entry_no", "Entry", "id", hidden=True),
        ColumnSpec("posted_on", "Posted on", "date"),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("entry_type", "Kind"),
        ColumnSpec("side", "Side"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("amount", "Amount", "money", total=True),
        ColumnSpec("reason", "Reason"),
        ColumnSpec("method", "Method"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
        ColumnSpec("provider", "Provider"),
    )
    order = (("posted_on", True), ("account_id", False), ("entry_no", False))
    return TableReport("collections", "Payments and write-offs", core, columns, order, ("cash",), numbered)


def _in_period(
    on: ColumnElement, month_column: ColumnElement, filters: Filters, month: date | None
) -> ColumnElement[bool]:
    if month is not None:
        return and_(month_column == month, on <= filters.as_of)
    return and_(on >= filters.date_from, on <= filters.date_to)


@built_once
def unapplied_table(filters: Filters, month: date | None = None, everything: bool = False) -> TableReport:
    """Claim payments not posted to an account, with what ties them to one; `everything`: whatever their date."""
    row = claim_payment.c
    query = select(
        row.claim_payment_id,
        row.load_id,
        row.segment_no,
        row.last_segment,
        row.paid_on,
        remittance.c.payer_name,
        remittance.c.trace_number,
        row.account_number,
        row.payer_claim_number,
        row.status_code,
        row.match_status,
        row.match_reason,
        row.charge,
        row.paid.label("amount"),
    ).join(remittance, remittance.c.remittance_id == row.remittance_id)
    conditions = [row.match_status != "confirmed"]
    if not everything:
        conditions.append(_in_period(row.paid_on, row.paid_month, filters, month))
    columns = (
        ColumnSpec("claim_payment_id", "Payment id", "id", hidden=True),
        ColumnSpec("load_id", "Load", "id", hidden=True),
        ColumnSpec("segment_no", "Segment", "id", hidden=True),
        ColumnSpec("last_segment", "Last segment", "id", hidden=True),
        ColumnSpec("paid_on", "Paid on", "date"),
        ColumnSpec("payer_name", "Payer"),
        ColumnSpec("trace_number", "Trace number"),
        ColumnSpec("account_number", "Account number sent"),
        ColumnSpec("payer_claim_number", "Payer's claim number"),
        ColumnSpec("match_status", "Match"),
        ColumnSpec("match_reason", "What agrees"),
        ColumnSpec("charge", "Billed", "money", total=True),
        ColumnSpec("amount", "Paid", "money", total=True),
    )
    order = (("paid_on", True), ("claim_payment_id", False))
    return TableReport(
        "unapplied", "Payments not on an account", query.where(*conditions), columns, order, ("unapplied",)
    )


@built_once
def remittances_table(filters: Filters, month: date | None = None) -> TableReport:
    """Remittances that pay more or less than their claims, with the difference."""
    row = remittance.c
    query = select(
        row.remittance_id,
        row.paid_on,
        row.payer_name,
        row.trace_number,
        row.payment_method,
        cast(case((or_(row.balanced.is_(None), row.balanced), "yes"), else_="no"), String).label("balanced"),
        row.claims_paid,
        row.provider_adjustments,
        row.amount.label("paid"),
        (row.amount - row.claims_paid).label("amount"),
    ).where(_in_period(row.paid_on, row.paid_month, filters, month), row.amount != row.claims_paid)
    columns = (
        ColumnSpec("remittance_id", "Remittance id", "id", hidden=True),
        ColumnSpec("paid_on", "Paid on", "date"),
        ColumnSpec("payer_name", "Payer"),
        ColumnSpec("trace_number", "Trace number"),
        ColumnSpec("payment_method", "Method"),
        ColumnSpec("balanced", "In balance"),
        ColumnSpec("claims_paid", "Paid on claims", "money", total=True),
        ColumnSpec("provider_adjustments", "Provider-level", "money", total=True),
        ColumnSpec("paid", "Payment", "money", total=True),
        ColumnSpec("amount", "Payment less claims", "money", total=True),
    )
    order = (("paid_on", True), ("remittance_id", False))
    return TableReport("remittances", "Remittances with provider-level amounts", query, columns, order, ("cash",))
