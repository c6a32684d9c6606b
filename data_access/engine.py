"""The database: its address, connections, schema version, and the few things that differ by dialect.

Two databases are supported: DuckDB in a file (the default, one process at a time) and PostgreSQL.
Only this module, `bulk` and `room` know which one they talk to.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Result,
    Row,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import Column, CreateColumn

from data_access import schema
from data_access.practice import tables as practice_tables
from data_access.schema import setting
from data_access.work import tables as work_tables

DEFAULT_URL = "duckdb:///data/patient_accounts.duckdb"
DEMO_URL = "duckdb:///data/demo.duckdb"

_embedded_write_lock = threading.RLock()
#: A statement failed; on a server nothing more is answered in its transaction.
QueryFailed = DBAPIError

_of_thread = threading.local()
_POSTING, _DONE = "posting", "done"
_MAKING_TABLES = 835_837  # the server's number for the lock under which tables are made

for _index in schema.INDEXES + work_tables.INDEXES + practice_tables.INDEXES:
    if _index.info.get("server_only"):
        _index.ddl_if(dialect="postgresql")


class DatabaseInUse(RuntimeError):
    """The embedded database file is open in another process."""


class SchemaMismatch(RuntimeError):
    """The database was made by another version of this program."""


class DatabaseUnreachable(RuntimeError):
    """The database cannot be opened or connected to."""


def database_url() -> str:
    """The address of the office's database: DATABASE_URL, or the embedded file under data/."""
    return os.environ.get("DATABASE_URL") or DEFAULT_URL


def is_embedded(url: str) -> bool:
    """Whether the address names an embedded database, which one process at a time can open."""
    return url.startswith("duckdb:")


def embedded_path(url: str) -> Path | None:
    """The file of an embedded database; None for a server or a database in memory."""
    if not is_embedded(url):
        return None
    name = url.removeprefix("duckdb:///")
    return None if name in ("", ":memory:") else Path(name)


def open_engine(url: str | None = None, upgrade: Callable[[Engine, str], bool] | None = None) -> Engine:
    """Open the database, creating its tables when it is empty.

    Args:
        upgrade: given a database that another version made, and that version, brings it up to date and says whether
            it could (`data_access.upgrade`).

    Raises:
        DatabaseInUse: another process has the embedded file open.
        DatabaseUnreachable: no such server, wrong credentials, a file that is no database, or an address of neither.
        SchemaMismatch: the tables were made by another version.
    """
    url = url or database_url()
    engine, path = _create(url), embedded_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _prepare(engine, upgrade)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, DBAPIError):
            raise _why_not_opened(engine, path, error) from error
        raise
    return engine


def _why_not_opened(engine: Engine, path: Path | None, error: DBAPIError) -> Exception:
    if path is not None and "Could not set lock on file" in str(error.orig):
        return DatabaseInUse(f"{path.name} is open in another process")
    where = path.name if path is not None else engine.url.render_as_string(hide_password=True)
    return DatabaseUnreachable(f"cannot open the database {where} ({type(error.orig).__name__})")


def _create(url: str) -> Engine:
    # hide_parameters: names and notes of patients would stand in logs with every statement that fails.
    try:
        known = make_url(url).get_backend_name() in ("duckdb", "postgresql")
    except ArgumentError:
        known = False
    if not known:  # it may hold a password, and is not repeated
        raise DatabaseUnreachable("DATABASE_URL must begin with duckdb:/// or postgresql://")
    if is_embedded(url):
        # One connection for each thread that reads or writes at once; all share the one open file.
        engine = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=56, hide_parameters=True)
        event.listen(engine, "connect", _write_behind)
    else:
        engine = create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=56, hide_parameters=True)
        event.listen(engine, "connect", _no_parallel_surprises)
    return engine


def _write_behind(connection: Any, _record: Any) -> None:
    # Commits go to the write-ahead log; folding it into the file after every 16 MB, the default, takes
    # most of a load's time. A crash loses nothing: the log is replayed when the file is next opened.
    cursor = connection.cursor()
    cursor.execute("SET checkpoint_threshold = '64MB'")
    cursor.close()


def _no_parallel_surprises(connection: Any, _record: Any) -> None:
    # Short analytic queries: compiling them costs more than it saves.
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    connection.commit()


def _prepare(engine: Engine, upgrade: Callable[[Engine, str], bool] | None) -> None:
    if not inspect(engine).has_table(setting.name):
        _make_tables(engine)
    with engine.connect() as connection:
        version = schema_version(connection)
    if version != schema.SCHEMA_VERSION and not (upgrade and upgrade(engine, version)):
        raise SchemaMismatch(
            f"the database has schema version {version}, this program needs {schema.SCHEMA_VERSION}: "
            "load the files into a new database"
        )


def _make_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # several may start at once: the others wait for the first
            connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
            if inspect(connection).has_table(setting.name):
                return
        schema.metadata.create_all(connection)
        connection.execute(
            insert(setting),
            [
                {"name": "schema_version", "value": schema.SCHEMA_VERSION},
                {"name": "salt", "value": secrets.token_hex(16)},
                {"name": "data_version", "value": "0"},
                {"name": "next_load_id", "value": "1"},
                {"name": "synthetic", "value": "no"},
                {"name": "payer_rules", "value": "0:None:None"},
                {"name": _POSTING, "value": _DONE},
            ],
        )


_VALUE = select(setting.c.value).where(setting.c.name == bindparam("asked"))


def _setting(connection: Connection, name: str) -> str:
    return connection.execute(_VALUE, {"asked": name}).scalar_one()


def _set(connection: Connection, name: str, value: str) -> None:
    connection.execute(update(setting).where(setting.c.name == name).values(value=value))


def salt(connection: Connection) -> bytes:
    """The key that makes this database's party and account ids opaque."""
    return bytes.fromhex(_setting(connection, "salt"))


def mark(source: Source) -> str:
    """A short text that tells this database from any other, and nothing else of it."""
    with source.connect() as connection:
        return hashlib.sha256(salt(connection) + b"mark").hexdigest()[:12]


def add_what_is_missing(connection: Connection) -> None:
    """Add the tables, columns, settings and, on a server, indexes that a database of an older version lacks."""
    found = inspect(connection)
    for table in schema.metadata.sorted_tables:
        if not found.has_table(table.name):
            table.create(connection)
            continue
        has = {column["name"] for column in found.get_columns(table.name)}
        name = connection.dialect.identifier_preparer.format_table(table)
        for column in table.columns:
            if column.name not in has:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {definition}"))
        if connection.dialect.name == "postgresql":
            for index in table.indexes:
                index.create(connection, checkfirst=True)
    if connection.scalar(select(setting.c.value).where(setting.c.name == _POSTING)) is None:
        connection.execute(insert(setting), [{"name": _POSTING, "value": _DONE}])


def schema_version(connection: Connection) -> str:
    """The version of the program that the tables are of."""
    return _setting(connection, "schema_version")


def mark_up_to_date(connection: Connection) -> None:
    """Say that the tables are those of this version."""
    _set(connection, "schema_version", schema.SCHEMA_VERSION)


def data_version(engine: Source) -> int:
    """A number that grows with every load and undo; whatever is cached is cached for one version."""
    with engine.connect() as connection:
        return int(_setting(connection, "data_version"))


def bump_data_version(connection: Connection) -> None:
    """Tell every reader that the data changed; call inside the write transaction."""
    _set(connection, "data_version", str(int(_setting(connection, "data_version")) + 1))


def expect_posting(connection: Connection) -> None:
    """Note, in the transaction that writes facts, that they are to be posted: should it be interrupted, it is due."""
    _set(connection, _POSTING, "due")


def posting_ended(connection: Connection) -> None:
    """Note that everything was posted."""
    _set(connection, _POSTING, _DONE)


def posting_is_due(connection: Connection) -> bool:
    """Whether facts were written since posting last came to its end."""
    return _setting(connection, _POSTING) != _DONE


def payer_rules_changed(connection: Connection, state: str) -> bool:
    """Whether the payers' limits differ from those last posted; remembers `state` as posted."""
    changed = _setting(connection, "payer_rules") != state
    if changed:
        _set(connection, "payer_rules", state)
    return changed


def next_load_id(connection: Connection, count: int = 1) -> int:
    """Take the next load number, or the first of `count`; call inside `write`, so that no two loads get the same."""
    load_id = int(_setting(connection, "next_load_id"))
    _set(connection, "next_load_id", str(load_id + count))
    return load_id


def next_number(connection: Connection, number: Column[int]) -> int:
    """The number after the highest in a column, 1 in an empty table; call inside `write`, as `next_load_id`."""
    return (connection.scalar(select(func.max(number))) or 0) + 1


def is_synthetic(engine: Source) -> bool:
    """Whether this database holds the demonstration practice, which never mixes with real files."""
    with engine.connect() as connection:
        return _setting(connection, "synthetic") == "yes"


def mark_synthetic(connection: Connection) -> None:
    """Mark a database as holding demonstration data only."""
    _set(connection, "synthetic", "yes")


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One write transaction; writers wait for each other, readers never wait.

    Writers queue on a lock in the process (embedded) or on the row of the load counter (server).
    """
    try:
        with _write(engine) as connection:
            yield connection
    finally:
        _of_thread.writes_ended = writes_ended() + 1


def writes_ended() -> int:
    """How many write transactions ended in this thread: while it stays the same, nothing was written from here."""
    return getattr(_of_thread, "writes_ended", 0)


@contextmanager
def _write(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "duckdb":
        with _embedded_write_lock, engine.begin() as connection:
            yield connection
    else:
        with engine.begin() as connection:
            connection.execute(select(setting.c.value).where(setting.c.name == "next_load_id").with_for_update())
            yield connection


class Answer(NamedTuple):
    """The names of a statement's columns, and its rows."""

    columns: Sequence[str]
    rows: Sequence[Row]


def answer(result: Result) -> Answer:
    """All that a statement answers."""
    return Answer(tuple(result.keys()), tuple(result.all()))


class Snapshot:
    """The database at one moment: queries that are given it share a connection and its transaction.

    It stands in for the engine where queries belong together: figures of one screen agree with each other while a
    load commits, and only the first of them waits for a connection and a transaction. Several of them rest on the
    same rows: as nothing changes here, these are read once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answers: dict[Executable, Answer] = {}

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """The one connection; it is closed with the snapshot."""
        yield self._connection

    def answer(self, query: Executable) -> Answer:
        """What the database answers; the very same statement is sent once."""
        if query not in self._answers:
            self._answers[query] = answer(self._connection.execute(query))
        return self._answers[query]


#: What queries read from.
Source = Engine | Snapshot


@contextmanager
def snapshot(source: Source) -> Iterator[Snapshot]:
    """Read several things as of one moment, which is that of the first query; a snapshot is of one already."""
    if isinstance(source, Snapshot):
        yield source
        return
    with source.connect() as connection:
        if connection.dialect.name == "postgresql":  # by default each statement sees what was committed before it
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield Snapshot(connection)


def refresh_statistics(connection: Connection) -> None:
    """Have a server look at its tables, so that it plans for what they hold now; DuckDB does so by itself."""
    if connection.dialect.name != "duckdb":
        connection.execute(text("ANALYZE"))
