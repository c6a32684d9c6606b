"""The kept states of all accounts worked out anew, where a version of this program reads activities differently."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from data_access.work.replay import replay
from data_access.work.tables import activity, work_state

_PIECE = 1_000


def keep_all_again(connection: Connection) -> None:
    """Keep what the activities of every account replay to, within the caller's `write` transaction."""
    query = select(activity).order_by(activity.c.account_id, activity.c.activity_id)
    done: Sequence[Any] = connection.execute(query).mappings().all()
    states = [replay(account_id, rows).row() for account_id, rows in groupby(done, lambda row: row["account_id"])]
    connection.execute(delete(work_state))
    for start in range(0, len(states), _PIECE):
        connection.execute(insert(work_state), states[start : start + _PIECE])
