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


def _fill(url: str, folder: Path) -> None:
    for name, content in files().items():
        (folder / name).write_bytes(content)
    engine = open_engine(url)
    load_paths(engine, [folder], "test")
    engine.dispose()


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The path of a DuckDB file, or server and name of a database, with the month in it; nobody is connected."""
    folder = tmp_path_factory.mktemp("month")
    if request.param == "duckdb":
        path = tmp_path_factory.mktemp("filled") / "month.duckdb"
        _fill(f"duckdb:///{path}", folder)
        yield "", str(path)
        return
    server, template = (request.getfixturevalue(f"postgresql_{part}") for part in ("server", "template"))
    name = f"month_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    _fill(sqlalchemy_url(server, name), folder)
    yield server, name
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def office(month: tuple[str, str], tmp_path: Path) -> Iterator[Engine]:
    """A copy of the month that a test may change."""
    server, filled = month
    if not server:
        shutil.copy(filled, tmp_path / "month.duckdb")
        engine = open_engine(f"duckdb:///{tmp_path / 'month.duckdb'}")
        yield engine
        engine.dispose()
        return
    name = f"copy_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {filled}")
    engine = open_engine(sqlalchemy_url(server, name))
    yield engine
    engine.dispose()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
