from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from data_access.queries import scoring
from data_access.queries.scoring import Desk
from data_access.schema import account
from data_access.work import people
from tests.queries.desk import ACCOUNTS, TODAY, make_rates_round
from tests.queries.office import FIRST, fill


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    """The small office in a database of each kind."""
    return copy_of(request.param, fill)


@pytest.fixture
def desk(office: Engine) -> Desk:
    """Usual rates made round: insurance 40 %, patients 10 %; the first payer usually answers within 29 days."""
    make_rates_round(office)
    return Desk(TODAY, people.add(office, "Synthetic Rep"), scoring.WEIGHTS, {FIRST: 29})


@pytest.fixture
def known_accounts(office: Engine) -> None:
    with office.connect() as connection:
        ACCOUNTS.update({row.account_number: row.account_id for row in connection.execute(select(account))})
