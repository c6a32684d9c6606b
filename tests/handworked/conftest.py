"""The hand-worked files, loaded once into each kind of database."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.check import check
from data_access.engine import open_engine
from data_access.filters import Filters
from data_access.ingest.loader import load_paths
from tests.conftest import new_database

FILES = Path(__file__).parent / "files"
AS_OF = date(2026, 6, 30)


def p1(**more: object) -> Filters:
    """The 90 days that end on the as-of day."""
    return Filters(AS_OF, date(2026, 4, 2), AS_OF, **more)


def p2(**more: object) -> Filters:
    """The first half of 2026."""
    return Filters(AS_OF, date(2026, 1, 1), AS_OF, **more)


def assert_sound(engine: Engine) -> None:
    assert [finding for finding in check(engine) if not finding.ok] == []


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database of each kind with every file loaded, for tests that only read."""
    if request.param == "duckdb":
        engine = open_engine(f"duckdb:///{tmp_path_factory.mktemp('office') / 'office.duckdb'}")
        yield from filled(engine)
        return
    server, template = (request.getfixturevalue(f"postgresql_{part}") for part in ("server", "template"))
    with new_database(server, template) as url:
        yield from filled(open_engine(url))


def filled(engine: Engine) -> Iterator[Engine]:
    """Load every file, prove the database sound, and close it in the end."""
    load_all(engine)
    yield engine
    engine.dispose()


def load_all(engine: Engine) -> None:
    """Load every file, and prove the database sound."""
    results = load_paths(engine, [FILES], who="test")
    assert {result.status for result in results} == {"loaded"}
    assert [warning for result in results for warning in result.warnings] == []
    assert_sound(engine)
