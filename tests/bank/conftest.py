"""The hand-worked month, loaded once into each kind of database and copied for each test."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from tests.bank.month import files
from tests.conftest import sqlalchemy_url


def fill(url: str, folder: Path) -> None:
    """Load the month into an empty database."""
    for name, content in files().items():
        (folder / name).write_bytes(content)
    engine = open_engine(url)
    load_paths(engine, [folder], "test")
    engine.dispose()


@pytest.fixture(scope="module")
def month_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the month in it, that nobody has open."""
    path = tmp_path_factory.mktemp("filled") / "month.duckdb"
    fill(f"duckdb:///{path}", tmp_path_factory.mktemp("month"))
    return path


@pytest.fixture(scope="module")
def month_database(
    postgresql_server: str, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a PostgreSQL database with the month in it, that nobody is connected to."""
    name = f"month_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    fill(sqlalchemy_url(postgresql_server, name), tmp_path_factory.mktemp("month"))
    yield name
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def month_url(month_file: Path, tmp_path: Path) -> str:
    """The address of a DuckDB copy of the month."""
    return f"duckdb:///{shutil.copy(month_file, tmp_path / 'month.duckdb')}"


@pytest.fixture
def month_on_server(month_database: str, postgresql_server: str) -> Iterator[str]:
    """The address of a PostgreSQL copy of the month."""
    name = f"copy_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {month_database}")
    yield sqlalchemy_url(postgresql_server, name)
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["month_url", "month_on_server"], ids=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A copy of the month that a test may change, in each kind of database."""
    engine = open_engine(request.getfixturevalue(request.param))
    yield engine
    engine.dispose()
