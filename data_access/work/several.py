"""The same on several accounts at once, and the one way back. Each account has an entry of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine, exists, select

from data_access.engine import write
from data_access.work.activities import Incomplete, add, check_entry, keep_state
from data_access.work.tables import activity

#: What can be written on several accounts at once.
ON_MANY = ("assign", "pend", "route")


def on_each(engine: Engine, account_ids: Iterable[int], entry: Mapping[str, Any], person_id: int) -> list[int]:
    """Write the same entry (assign, pend or route) on several accounts; returns the activities' ids, for `undo_all`.

    Raises:
        Incomplete: nothing was written; the message says what is missing.
    """
    if entry.get("kind") not in ON_MANY:
        raise Incomplete("This cannot be recorded on several accounts at once.")
    check_entry(entry, date.today())
    return _on_each(engine, dict.fromkeys(account_ids, entry), person_id)


def undo_all(engine: Engine, activity_ids: Sequence[int], person_id: int) -> int:
    """Take back what was written on several accounts together; returns how many entries it took back.

    What somebody took back already is left alone: that is what is wanted.
    """
    row, undone = activity.c, activity.alias("undone")
    query = (
        select(row.activity_id, row.account_id)
        .where(row.activity_id.in_(activity_ids), row.kind.in_(ON_MANY))
        .where(~exists().where(undone.c.undoes == row.activity_id))
        .order_by(row.activity_id)
    )
    with write(engine) as connection:
        found = connection.execute(query).all()
        entries = [{"kind": "undo", "undoes": one.activity_id, "account_id": one.account_id} for one in found]
        add(connection, entries, person_id, date.today())
        for account_id in {one.account_id for one in found}:
            keep_state(connection, account_id)
    return len(found)


def spread(engine: Engine, minutes: Mapping[int, int], people: Sequence[int], person_id: int) -> list[int]:
    """Spread accounts over people so that each gets about as many expected minutes; returns the activities' ids.

    Args:
        minutes: expected minutes by account, the most important first.

    Raises:
        Incomplete: nobody to spread over.
    """
    if not people:
        raise Incomplete("Choose the people to spread the accounts over.")
    load = dict.fromkeys(people, 0)
    given: dict[int, dict[str, Any]] = {}
    for account_id, needed in minutes.items():
        least = min(people, key=lambda who: (load[who], people.index(who)))
        given[account_id] = {"kind": "assign", "to_person_id": least}
        load[least] += needed
    return _on_each(engine, given, person_id)


def _on_each(engine: Engine, by_account: Mapping[int, Mapping[str, Any]], person_id: int) -> list[int]:
    with write(engine) as connection:
        entries = [{**entry, "account_id": account_id} for account_id, entry in by_account.items()]
        ids = add(connection, entries, person_id, date.today())
        for account_id in by_account:
            keep_state(connection, account_id)
    return ids
