"""The payers' own limits: days to file a claim and to appeal, where they come from and from when they apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Date, bindparam, case, func, select

from data_access.engine import Source
from data_access.posting.standing import rules_with_their_ends
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, claim, load, payer


def table(today: date) -> TableReport:
    """Every limit that was stated, and every payer of a claim or account without one; in force or not today."""
    sent = select(claim.c.payer_id).union(select(account.c.payer_id)).subquery("sent")
    turns = rules_with_their_ends()
    now = bindparam(None, today, Date)
    query = (
        select(
            payer.c.payer_id,
            payer.c.name.label("payer"),
            payer.c.identifier,
            case(
                (turns.c.payer_id.is_(None), "Not stated"),
                (turns.c.effective_from > now, "To come"),
                (turns.c.until <= now, "Past"),
                else_="In force",
            ).label("state"),
            turns.c.filing_limit_days,
            turns.c.appeal_level,
            turns.c.appeal_limit_days,
            turns.c.presumed_receipt_days,
            turns.c.effective_from,
            turns.c.source,
            load.c.file_name,
            func.coalesce(turns.c.load_id, 0).label("load_id"),
        )
        .outerjoin(turns, turns.c.payer_id == payer.c.payer_id)
        .outerjoin(load, load.c.load_id == turns.c.load_id)
        .where(turns.c.payer_id.is_not(None) | payer.c.payer_id.in_(select(sent.c.payer_id)))
    )
    order = (
        ("payer", False),
        ("payer_id", False),
        ("appeal_level", False),
        ("effective_from", True),
        ("load_id", True),
    )
    return TableReport("payer_limits", "Payers' limits", query, _COLUMNS, order)


_COLUMNS = (
    ColumnSpec("payer_id", "Payer id", "id", hidden=True),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("identifier", "Identifier"),
    ColumnSpec("state", "State"),
    ColumnSpec("filing_limit_days", "Days to file", "days"),
    ColumnSpec("appeal_level", "Appeal level", "count"),
    ColumnSpec("appeal_limit_days", "Days to appeal", "days"),
    ColumnSpec("presumed_receipt_days", "From receipt, presumed after", "days"),
    ColumnSpec("effective_from", "Applies from", "date"),
    ColumnSpec("source", "Source"),
    ColumnSpec("file_name", "Stated in"),
    ColumnSpec("load_id", "Load", "count", hidden=True),
)


@dataclass(frozen=True)
class AppealLimit:
    """Days to appeal at a level. `presumed_receipt_days`: see `payer_rule`; None: they count from the notice's date."""

    days: int
    presumed_receipt_days: int | None = None


@dataclass(frozen=True)
class Limits:
    """What is in force for a payer; None, or no such level: nothing was stated. `appeals`: by level of appeal."""

    payer_id: int
    name: str
    identifier: str
    payer_type: str
    filing_limit_days: int | None = None
    appeals: dict[int, AppealLimit] = field(default_factory=dict)


def limits(engine: Source, today: date) -> list[Limits]:
    """The payers that have an identifier, by name, with the limits in force today."""
    rows = table(today).query.subquery("rows")
    query = (
        select(rows, payer.c.payer_type)
        .join(payer, payer.c.payer_id == rows.c.payer_id)
        .where(rows.c.identifier.is_not(None))
        .order_by(rows.c.payer, rows.c.state)
    )
    found: dict[int, Limits] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            known = found.setdefault(row.payer_id, Limits(row.payer_id, row.payer, row.identifier, row.payer_type))
            if row.state != "In force":
                continue
            if row.appeal_limit_days is not None:
                known.appeals[row.appeal_level] = AppealLimit(row.appeal_limit_days, row.presumed_receipt_days)
            if row.appeal_level == 1:
                found[row.payer_id] = replace(known, filing_limit_days=row.filing_limit_days)
    return list(found.values())


def counted(row: Mapping[str, Any]) -> str | None:
    """How the last day to appeal was counted, in words; None where there is none.

    Args:
        row: the columns of an account that say so: `appeal_level`, `appeal_notice_on`, `appeal_limit_days`,
            `appeal_receipt_days`.
    """
    limit, receipt = row["appeal_limit_days"], row["appeal_receipt_days"]
    if pd.isna(limit) or pd.isna(row["appeal_notice_on"]):
        return None
    what = f"{'notice' if row['appeal_level'] == 1 else 'decision'} of {row['appeal_notice_on']:%d %b %Y}"
    if pd.isna(receipt):
        return f"{int(limit)} days from the {what}"
    return f"{int(limit)} days from receipt, presumed {int(receipt)} days after the {what}"
