"""Who has which account open: each screen gives a sign of life, and sees the others'."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select

from data_access.engine import write
from data_access.work.tables import presence

#: Without a sign of life for so long somebody has gone.
GONE_AFTER = timedelta(seconds=45)


def seen(engine: Engine, account_id: int, person_id: int) -> list[int]:
    """Note that a person has an account open; return who else has, by id."""
    now = datetime.now(UTC).replace(tzinfo=None)
    row = presence.c
    with write(engine) as connection:
        connection.execute(delete(presence).where((row.person_id == person_id) | (row.seen_at < now - GONE_AFTER)))
        connection.execute(insert(presence).values(account_id=account_id, person_id=person_id, seen_at=now))
        others = select(row.person_id).where(row.account_id == account_id, row.person_id != person_id)
        return sorted(connection.scalars(others.distinct()))
