import pytest
from sqlalchemy import Engine

from tests.queries.office import fill


@pytest.fixture
def office(engine: Engine) -> Engine:
    """The small office in a database of each kind."""
    return fill(engine)
