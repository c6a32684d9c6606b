"""Who has which account open: each screen gives a sign of life, and sees the others'.

Opening an account waits for no load: signs of life keep out of the queue of writers. Where one process has the database
open they are kept in its memory, for DuckDB lets even a short write wait while it folds a load into its file.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import URL, Engine, and_, delete, insert, or_, select

from data_access.engine import QueryFailed, is_embedded
from data_access.work.tables import presence

#: Without a sign of life for so long somebody has gone.
GONE_AFTER = timedelta(seconds=45)

_in_memory: dict[tuple[URL, int, int], datetime] = {}
_one_at_a_time = threading.Lock()


def seen(engine: Engine, account_id: int, person_id: int) -> list[int]:
    """Note that a person has an account open; return who else has, by id."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if is_embedded(str(engine.url)):
        return _seen_by_this_process(engine.url, account_id, person_id, now)
    try:
        return _seen_by_the_server(engine, account_id, person_id, now)
    except QueryFailed:  # two signs of life in each other's way: the next one is soon
        return []


def _seen_by_this_process(url: URL, account_id: int, person_id: int, now: datetime) -> list[int]:
    with _one_at_a_time:
        for key, seen_at in list(_in_memory.items()):
            if seen_at < now - GONE_AFTER:
                del _in_memory[key]
        _in_memory[url, account_id, person_id] = now
        here = [person for where, account, person in _in_memory if (where, account) == (url, account_id)]
    return sorted(person for person in here if person != person_id)


def _seen_by_the_server(engine: Engine, account_id: int, person_id: int, now: datetime) -> list[int]:
    row = presence.c
    own = and_(row.account_id == account_id, row.person_id == person_id)
    with engine.begin() as connection:
        connection.execute(delete(presence).where(or_(own, row.seen_at < now - GONE_AFTER)))
        connection.execute(insert(presence).values(account_id=account_id, person_id=person_id, seen_at=now))
        others = select(row.person_id).where(row.account_id == account_id, row.person_id != person_id)
        return sorted(connection.scalars(others.distinct()))
