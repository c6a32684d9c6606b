"""Claims of two patients under one account number: one of them would be billed what the other owes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from data_access.ingest.problems import list_more
from data_access.ingest.rows import Problem
from data_access.ingest.transaction import LISTED_PROBLEMS
from data_access.schema import claim, patient

_CODE = "TWO_PATIENTS"


def warn(connection: Connection, loads: list[int]) -> dict[int, list[str]]:
    """List the claims of these loads that are for another patient than the first claim of their account.

    Returns:
        By load, the messages that were listed.
    """
    found: dict[int, list[Problem]] = {}
    first: dict[int, Any] = {}
    for row in connection.execute(_claims(loads)):
        before = first.setdefault(row.account_id, row)
        if row.load_id in loads and _are_two(before, row):
            found.setdefault(row.load_id, []).append(_problem(row.transaction_no, row.segment_no))
    for load_id, problems in found.items():
        if len(problems) > LISTED_PROBLEMS:
            more = f"{len(problems) - LISTED_PROBLEMS:,} more claims for another patient are not listed."
            problems[LISTED_PROBLEMS:] = [Problem("warning", None, None, _CODE, more)]
        list_more(connection, load_id, problems)
    return {load_id: [problem.message for problem in problems] for load_id, problems in found.items()}


def _problem(transaction_no: int, segment_no: int) -> Problem:
    message = (
        f"The claim at segment {segment_no} is for another patient than an earlier claim with the same account number "
        "and billing provider: both stand on one account. Check the account numbers."
    )
    return Problem("warning", transaction_no, segment_no, _CODE, message)


def _claims(loads: list[int]) -> Any:
    """All claims of the accounts that these loads touch and that are known under two patient numbers."""
    row = claim.c
    touched = select(row.account_id).where(row.load_id.in_(loads))
    several = (
        select(row.account_id)
        .where(row.account_id.in_(touched))
        .group_by(row.account_id)
        .having(func.count(row.patient_id.distinct()) > 1)
    )
    return (
        select(
            row.account_id,
            row.load_id,
            row.transaction_no,
            row.segment_no,
            patient.c.birth_date,
            patient.c.first_name,
        )
        .join(patient, patient.c.patient_id == row.patient_id)
        .where(row.account_id.in_(several))
        .order_by(row.account_id, row.claim_id)
    )


def _are_two(one: Any, other: Any) -> bool:
    """Whether two claims are for two people; member numbers say nothing, for each payer has its own."""
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        return True
    names = [(row.first_name or "").upper() for row in (one, other)]
    return not (names[0].startswith(names[1]) or names[1].startswith(names[0]))
