"""The payers' own limits: days to file a claim and to appeal, where they come from and from when they apply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Date, Engine, bindparam, case, func, select

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
    ColumnSpec("effective_from", "Applies from", "date"),
    ColumnSpec("source", "Source"),
    ColumnSpec("file_name", "Stated in"),
    ColumnSpec("load_id", "Load", "count", hidden=True),
)


@dataclass(frozen=True)
class Limits:
    """What is in force for a payer; None: nothing was stated. `further`: days by level of appeal, from the second."""

    payer_id: int
    name: str
    identifier: str
    filing_limit_days: int | None
    appeal_limit_days: int | None
    further: dict[int, int] = field(default_factory=dict)


def limits(engine: Engine, today: date) -> list[Limits]:
    """The payers that have an identifier, by name, with the limits in force today."""
    rows = table(today).query.subquery("rows")
    query = select(rows).where(rows.c.identifier.is_not(None)).order_by(rows.c.payer, rows.c.state)
    found: dict[int, Limits] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            known = found.setdefault(row.payer_id, Limits(row.payer_id, row.payer, row.identifier, None, None))
            if row.state != "In force":
                continue
            if row.appeal_level > 1:
                known.further[row.appeal_level] = row.appeal_limit_days
            else:
                stated = {"filing_limit_days": row.filing_limit_days, "appeal_limit_days": row.appeal_limit_days}
                found[row.payer_id] = replace(known, **stated)
    return list(found.values())
