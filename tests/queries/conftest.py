from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from tests.queries.office import fill


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    """The small office in a database of each kind."""
    return copy_of(request.param, fill)
