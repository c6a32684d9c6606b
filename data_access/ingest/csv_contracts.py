"""CSV files of what payers owe: contract terms, fee schedules and prompt-pay rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Select, and_, func, literal, or_, select

from data_access.ids import party_id
from data_access.ingest.csv_cells import (
    CsvColumn,
    CsvKind,
    Made,
    add_party,
    code,
    limit,
    money,
    one_of,
    percent,
    text,
    whole,
)
from data_access.ingest.rows import RowBatch, fact_row
from data_access.reference import payer_types
from data_access.schema import claim, contract_term, fee_schedule

BASES = ("fixed", "percent_of_schedule", "percent_of_charge")
COUNTS_FROM = ("submitted", "received")
_LAST_DAY = date(9999, 12, 31)


def repriced_keys(loads: Sequence[int]) -> list[Select]:
    """Account keys whose answered claims are priced anew because of the terms and fees in these loads."""
    term, fee = contract_term.c, fee_schedule.c
    until = func.coalesce(term.effective_to, literal(_LAST_DAY, Date))
    terms = (
        select(
            term.payer_id, func.min(term.effective_from).label("effective_from"), func.max(until).label("effective_to")
        )
        .where(term.load_id.in_(loads))
        .group_by(term.payer_id)
        .subquery("terms")
    )
    fees = (
        select(
            term.payer_id,
            func.min(fee.effective_from).label("effective_from"),
            literal(_LAST_DAY, Date).label("effective_to"),
        )
        .join(fee_schedule, func.upper(fee.schedule) == func.upper(term.schedule))
        .where(fee.load_id.in_(loads))
        .group_by(term.payer_id)
        .subquery("fees")
    )
    return [
        select(claim.c.account_key)
        .join(
            span,
            and_(
                span.c.payer_id == claim.c.payer_id,
                or_(claim.c.service_to.is_(None), claim.c.service_to >= span.c.effective_from),
                or_(claim.c.service_from.is_(None), claim.c.service_from <= span.c.effective_to),
            ),
        )
        .distinct()
        for span in (terms, fees)
    ]


def _name_payer(values: dict[str, Any], load_id: int, salt: bytes, batch: RowBatch) -> int | None:
    identifier = values["payer_id"]
    if identifier is None:
        return None
    party = party_id(salt, "payer", identifier)
    add_party(batch, "payer", party, identifier=identifier, name=identifier, load_id=load_id)
    return party


def _term(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    row = values | {"payer_id": _name_payer(values, load_id, salt, batch), "load_id": load_id, "row_no": row_no}
    yield "contract_term", fact_row("contract_term", row)


def _fee(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    yield "fee_schedule", fact_row("fee_schedule", values | {"load_id": load_id, "row_no": row_no})


def _rule(values: dict[str, Any], load_id: int, row_no: int, salt: bytes, batch: RowBatch) -> Made:
    row = values | {
        "payer_id": _name_payer(values, load_id, salt, batch),
        "counts_from": values["counts_from"] or COUNTS_FROM[0],
        "load_id": load_id,
        "row_no": row_no,
    }
    yield "prompt_pay_rule", fact_row("prompt_pay_rule", row)


def _basis_is_complete(values: dict[str, Any]) -> tuple[str, str] | None:
    if values["effective_to"] and values["effective_to"] < values["effective_from"]:
        return "effective_to", "is before effective_from"
    needed = {"fixed": ("amount",), "percent_of_schedule": ("percent", "schedule"), "percent_of_charge": ("percent",)}
    for column in needed[values["basis"]]:
        if values[column] is None:
            return column, f"is empty; a row with basis {values['basis']} needs it"
    return None


def _payer_or_type(values: dict[str, Any]) -> tuple[str, str] | None:
    if (values["payer_id"] is None) == (values["payer_type"] is None):
        return "payer_id", "and payer_type: give one of the two, not both"
    if values["days"] < 1:
        return "days", "must be 1 or more"
    return None


KINDS = (
    CsvKind(
        "contracts",
        "Contract terms: what each payer has agreed to allow",
        "contract_term",
        (
            CsvColumn("payer_id", "Payer identifier, as on claims", True, "EXAMPLE1", text),
            CsvColumn("contract", "Name of the contract", True, "Example Health Plan 2026", text),
            CsvColumn("procedure_code", "Procedure; empty: every one without a row of its own", False, "99213", code),
            CsvColumn("modifier", "The row is for lines with this modifier; empty: any or none", False, "", code),
            CsvColumn("place_of_service", "The row is for claims from this place; empty: any", False, "", code),
            CsvColumn("effective_from", "First service date", True, "2026-01-01", limit),
            CsvColumn("effective_to", "Last service date; empty: until further notice", False, "", limit),
            CsvColumn("basis", "One of " + ", ".join(BASES), True, "percent_of_schedule", one_of(BASES)),
            CsvColumn("amount", "Of fixed: allowed for one unit", False, "", money),
            CsvColumn("percent", "Of the schedule or the charge: 120 is 120 %", False, "120", percent),
            CsvColumn("schedule", "Of percent_of_schedule: name of the fee schedule", False, "Example fees", text),
            CsvColumn(
                "multiple_procedure_percent",
                "What the second and further procedures of one claim and day are paid: 50 is half; empty: all in full",
                False,
                "",
                percent,
            ),
            CsvColumn(
                "bilateral_percent",
                "What a line with modifier 50 is paid, of a fixed amount or a schedule: 150; empty: as any line",
                False,
                "150",
                percent,
            ),
            CsvColumn("source", "Where the term is written", False, "Amendment 3, exhibit B", text),
        ),
        _term,
        _basis_is_complete,
        sums=False,
    ),
    CsvKind(
        "fee_schedules",
        "Fee schedules that contracts refer to",
        "fee_schedule",
        (
            CsvColumn("schedule", "Name of the schedule, as in contracts", True, "Example fees", text),
            CsvColumn("procedure_code", "Procedure", True, "99213", code),
            CsvColumn("modifier", "The amount is for lines with this modifier; empty: any or none", False, "", code),
            CsvColumn("effective_from", "First service date of the amount", True, "2026-01-01", limit),
            CsvColumn("amount", "For one unit", True, "92.47", money),
        ),
        _fee,
        sums=False,
    ),
    CsvKind(
        "prompt_pay",
        "Prompt-pay rules: how soon a clean claim is to be paid, and the interest after that",
        "prompt_pay_rule",
        (
            CsvColumn("payer_id", "Payer identifier, as on claims; empty: see payer_type", False, "EXAMPLE1", text),
            CsvColumn(
                "payer_type",
                "Every payer of this type without a rule of its own: " + ", ".join(payer_types()),
                False,
                "",
                one_of(payer_types()),
            ),
            CsvColumn("days", "Days a clean claim may take", True, "30", whole),
            CsvColumn("annual_interest_percent", "Simple interest a year: 18 is 18 %", True, "18", percent),
            CsvColumn(
                "counts_from", "submitted or received; empty: submitted", False, "submitted", one_of(COUNTS_FROM)
            ),
            CsvColumn("effective_from", "First submission it applies to; empty: all", False, "2026-01-01", limit),
            CsvColumn("source", "Statute or contract it stands in", False, "State prompt-pay statute", text),
        ),
        _rule,
        _payer_or_type,
    ),
)
