"""The practice of the tests that look at its screens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.demo.appeals import record_appeals
from data_access.demo.write_rows import write_rows
from data_access.engine import open_engine
from tests.demo.planted import CLAIMS, UNTIL
from tests.made_once import shared_file


@pytest.fixture(scope="package")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A practice large enough for its stories to show; not to be written to."""
    opened = open_engine(f"duckdb:///{shared_file(tmp_path_factory, 'surfaces.duckdb', _make)}")
    yield opened
    opened.dispose()


def _make(path: Path) -> None:
    opened = open_engine(f"duckdb:///{path}")
    write_rows(opened, CLAIMS, 1, UNTIL)
    record_appeals(opened, UNTIL)
    opened.dispose()
