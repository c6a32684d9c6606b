"""Undoing a load: the database is as if the file had never been loaded; only the history remembers it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, exists, select, update

from data_access import schema
from data_access.engine import bump_data_version, expect_posting, write
from data_access.ingest import repeats, restore, words
from data_access.ingest.loader import STANDING, list_unsettled
from data_access.posting import settle, status_requests
from data_access.posting.replacements import list_linked_keys

#: Which columns refer to a party, by party table.
_REFERENCES = {
    schema.payer: (
        schema.claim.c.payer_id,
        schema.remittance.c.payer_id,
        schema.provider_adjustment.c.payer_id,
        schema.payer_rule.c.payer_id,
        schema.contract_term.c.payer_id,
        schema.prompt_pay_rule.c.payer_id,
        schema.account.c.payer_id,
    ),
    schema.facility: (
        schema.claim.c.facility_id,
        schema.claim.c.billing_id,
        schema.account.c.facility_id,
        schema.account.c.billing_id,
    ),
    schema.provider: (schema.claim.c.provider_id, schema.account.c.provider_id),
    schema.patient: (schema.claim.c.patient_id,),
}


class CannotUndo(ValueError):
    """There is no such load, or it holds nothing that could be taken back."""


def undo(engine: Engine, load_id: int) -> list[int]:
    """Take a load back and post again the accounts it touched.

    Returns:
        The loads that hold copies of its transactions, skipped till now: these count from there.

    Raises:
        CannotUndo: no such load, or one that was rejected or undone before.
    """
    with write(engine) as connection:
        status = connection.scalar(select(schema.load.c.status).where(schema.load.c.load_id == load_id))
        if status is None:
            raise CannotUndo(f"There is no load {load_id}.")
        if status not in STANDING:
            raise CannotUndo(f"Load {load_id} is {status.replace('_', ' ')}: there is nothing to undo.")
        copies = restore.copies_of(connection, load_id)
        list_unsettled(connection, [load_id])
        list_linked_keys(connection)  # what is taken back may be what ties them
        expect_posting(connection)
        status_requests.list_touched(connection, load_id)
        for table in (*schema.FACT_TABLES, schema.source_chunk, schema.x12_transaction):
            connection.execute(table.delete().where(table.c.load_id == load_id))
        repeats.put_back(connection)
        connection.execute(update(schema.load).where(schema.load.c.load_id == load_id).values(status="undone"))
        for holder, numbers in copies.items():
            restore.bring_in(connection, holder, numbers)
        words.apply(connection)
        if copies:
            list_unsettled(connection, list(copies))
    settle(engine)
    with write(engine) as connection:
        _drop_unreferenced_parties(connection)
        bump_data_version(connection)
    return sorted(copies)


def taken_back(load_id: int, holders: list[int]) -> str:
    """What to say of an undone load; `holders`: what `undo` returned."""
    said = f"Load {load_id} was taken back."
    if not holders:
        return said
    loads = f"load {holders[0]}" if len(holders) == 1 else "loads " + ", ".join(map(str, holders))
    return f"{said} What {loads} had sent again, and was skipped, counts from there."


def _drop_unreferenced_parties(connection: Connection) -> None:
    """A party that an undone load named first is forgotten unless a standing one names it too."""
    undone = select(schema.load.c.load_id).where(schema.load.c.status == "undone")
    for party, columns in _REFERENCES.items():
        key = party.c[f"{party.name}_id"]
        used = [exists().where(column == key) for column in columns]
        connection.execute(party.delete().where(party.c.load_id.in_(undone), *(~reference for reference in used)))
