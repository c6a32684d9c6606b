"""CSV files of the billing system: transactions, payers and departments."""

from __future__ import annotations

from typing import Any

from data_access.ids import party_id, row_id
from data_access.ingest.csv_cells import (
    CsvColumn,
    CsvKind,
    Made,
    add_party,
    day,
    limit,
    money,
    name_party,
    npi,
    one_of,
    text,
    whole,
)
from data_access.ingest.parties import account_key
from data_access.ingest.rows import RowBatch, fact_row
from data_access.reference import payer_types
from data_access.schema.parties import APPEAL_LEVELS, OFFICE

#: The kind of file that holds entries of the billing system.
BILLING = "transactions"
ENTRY_TYPES = (
    "charge",
    "patient_payment",
    "patient_refund",
    "insurance_payment",
    "insurance_refund",
    "recoupment",
    "write_off",
    "denial_write_off",
    "bad_debt",
    "charity",
    "transfer_to_patient",
    "transfer_to_insurance",
    "statement",
)
WRITE_OFF_REASONS = (
    "timely_filing",
    "no_authorization",
    "missed_appeal",
    "missing_information",
    "small_balance",
    "other",
)


def _transaction(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    for kind, column in (("facility", "facility_npi"), ("facility", "billing_npi"), ("provider", "provider_npi")):
        if values[column]:
            name_party(batch, kind, party_id(salt, kind, values[column]), values[column], load_id)
    if values["payer_id"]:
        party = party_id(salt, "payer", values["payer_id"])
        add_party(batch, "payer", party, identifier=values["payer_id"], name=values["payer_id"], load_id=load_id)
    yield (
        "billing_entry",
        fact_row(
            "billing_entry",
            values
            | {
                "billing_entry_id": row_id(load_id, row_no),
                "load_id": load_id,
                "segment_no": row_no,
                "account_key": account_key(salt, values["account_number"]) or 0,
                "entry_type": values["type"],
                "payer_identifier": values["payer_id"],
            },
        ),
    )


def _payer(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    party = party_id(salt, "payer", values["payer_id"])
    add_party(
        batch,
        "payer",
        party,
        identifier=values["payer_id"],
        name=values["name"],
        payer_type=values["type"],
        load_id=load_id,
    )
    word = {"payer_id": party, "load_id": load_id, "segment_no": row_no, "stated_on": OFFICE, "name": values["name"]}
    yield "payer_word", fact_row("payer_word", word)
    values = values | {"appeal_level": values["appeal_level"] or 1}
    rule = values | {"payer_id": party, "payer_type": values["type"], "load_id": load_id, "row_no": row_no}
    yield "payer_rule", fact_row("payer_rule", rule)


def _department(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    yield "department_assignment", fact_row("department_assignment", values | {"load_id": load_id, "row_no": row_no})


def _has_amount(values: dict[str, Any]) -> tuple[str, str] | None:
    if values["type"] != "statement" and values["amount"] is None:
        return "amount", "is empty; only a statement has no amount"
    return None


def _limits_make_sense(values: dict[str, Any]) -> tuple[str, str] | None:
    level = values["appeal_level"]
    if values["presumed_receipt_days"] is not None and values["appeal_limit_days"] is None:
        return "presumed_receipt_days", "belongs to days to appeal, which the row does not state"
    if level is None or level == 1:
        return None
    if not 1 <= level <= APPEAL_LEVELS:
        return "appeal_level", f"is not from 1 to {APPEAL_LEVELS}"
    if values["filing_limit_days"] is not None:
        return "filing_limit_days", "belongs to the row of the first level"
    return None


KINDS = (
    CsvKind(
        BILLING,
        "Payments, write-offs, refunds, transfers and statements of the billing system",
        "billing_entry",
        (
            CsvColumn("account_number", "Patient control number, as on the claim", True, "EXAMPLE-1001", text),
            CsvColumn("posted_on", "Posting date", True, "2026-01-31", day),
            CsvColumn(
                "type",
                "One of " + ", ".join(ENTRY_TYPES) + ". An insurance_refund is money sent to a payer; a recoupment is "
                "money that a payer kept from a remittance, whose amount is lower by it",
                True,
                "patient_payment",
                one_of(ENTRY_TYPES),
            ),
            CsvColumn("amount", "Amount without sign; empty for a statement", False, "25.00", money),
            CsvColumn(
                "side",
                "insurance or patient: whose balance it changes; empty: as usual for its type",
                False,
                "",
                one_of(("insurance", "patient")),
            ),
            CsvColumn(
                "reason",
                "Of a write-off: " + ", ".join(WRITE_OFF_REASONS),
                False,
                "",
                one_of(WRITE_OFF_REASONS),
            ),
            CsvColumn(
                "method",
                "How a patient paid: cash, check, card, portal, point_of_service; how a payer paid: check, eft",
                False,
                "card",
                text,
            ),
            CsvColumn("check_number", "Of an insurance payment posted by hand: check or trace number", False, "", text),
            CsvColumn(
                "billing_npi", "Billing provider, where two of them use the same account numbers", False, "", npi
            ),
            CsvColumn("service_on", "Of a charge: service date", False, "", day),
            CsvColumn("facility_npi", "Of a charge: where the service was given", False, "", npi),
            CsvColumn("provider_npi", "Of a charge: rendering provider", False, "", npi),
            CsvColumn(
                "payer_id",
                "Of a charge or an insurance payment: payer, as on claims; empty for self-pay",
                False,
                "",
                text,
            ),
        ),
        _transaction,
        _has_amount,
    ),
    CsvKind(
        "payers",
        "Payer types, filing limits and appeal limits",
        "payer_rule",
        (
            CsvColumn("payer_id", "Payer identifier, as on claims", True, "EXAMPLE1", text),
            CsvColumn("name", "Payer name", True, "Example Health Plan", text),
            CsvColumn("type", "One of " + ", ".join(payer_types()), False, "Commercial", one_of(payer_types())),
            CsvColumn("filing_limit_days", "Days from service to file a claim", False, "180", whole),
            CsvColumn("appeal_limit_days", "Days to appeal, from the denial or the last decision", False, "90", whole),
            CsvColumn("appeal_level", "Level of appeal the row is about; empty: the first", False, "1", whole),
            CsvColumn(
                "presumed_receipt_days",
                "Where the days to appeal count from receipt: so many days after its date the notice is presumed "
                "received (Medicare: 5); empty: they count from its date",
                False,
                "",
                whole,
            ),
            CsvColumn("source", "Where the limits come from", False, "Provider manual 2026", text),
            CsvColumn("effective_from", "First day the row applies", False, "2026-01-01", limit),
        ),
        _payer,
        _limits_make_sense,
    ),
    CsvKind(
        "departments",
        "Departments of providers or facilities",
        "department_assignment",
        (
            CsvColumn("npi", "Rendering provider or facility", True, "1234567893", npi),
            CsvColumn("department", "Department name", True, "Cardiology", text),
        ),
        _department,
    ),
)
