"""Room that an embedded database gives back when it is opened.

DuckDB compacts a table by itself whenever it folds its log into the file, but for tables with an index. Of those every
posting leaves behind the rows that it replaced, and every scan goes through them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.schema import CreateIndex

from data_access import schema
from data_access.engine import QueryFailed, write
from data_access.trouble import kind_and_place
from data_access.work import tables as work_tables

#: What DuckDB calls an estimate is how many rows lie in a table, those that are no more among them.
_ROWS_LYING = "SELECT table_name, estimated_size FROM duckdb_tables()"
_log = logging.getLogger(__name__)


def reclaim(engine: Engine, least: int = 100_000) -> list[str]:
    """Give back the room of rows that are no more, while nobody else reads or writes.

    Where somebody reads all the same, the database stays as it is, and the next opening does it.

    Args:
        least: rows that are no more for which a table is worth it; half as many as there are must be.

    Returns:
        the tables that are worth it; none on a server, which does it by itself.
    """
    if engine.dialect.name != "duckdb":
        return []
    indexes = [index for index in schema.INDEXES + work_tables.INDEXES if not index.info.get("server_only")]
    with write(engine) as connection:
        bloated = sorted(_bloated(connection, {str(index.table) for index in indexes}, least))
        for index in indexes:
            if str(index.table) in bloated:
                index.drop(connection)
    if bloated:
        _compact(engine)
    with write(engine) as connection:  # also those that are missing because this was interrupted
        for index in indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    return bloated


def _compact(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("CHECKPOINT"))
    except QueryFailed as error:
        _log.warning("the database was not compacted: %s", kind_and_place(error))


def _bloated(connection: Connection, names: set[str], least: int) -> Iterator[str]:
    for name, lying in connection.execute(text(_ROWS_LYING)).all():
        if name in names:
            there = connection.execute(select(func.count()).select_from(schema.metadata.tables[name])).scalar_one()
            if lying - there >= max(least, there // 2):
                yield name
