"""The database is opened whole or not at all, and what fails is said without what it holds."""

import pytest
from sqlalchemy import Engine, column, select, table

from data_access.engine import QueryFailed, bulk_insert, write
from data_access.schema import facility


def test_what_fails_does_not_say_its_parameters(engine: Engine) -> None:
    query = select(column("name")).select_from(table("nowhere")).where(column("name") == "Synthetic Secret")
    with pytest.raises(QueryFailed) as failed, engine.connect() as connection:
        connection.execute(query)
    assert "Synthetic Secret" not in str(failed.value)


def test_rows_that_are_refused_in_bulk_fail_as_any_statement_does(engine: Engine) -> None:
    with pytest.raises(QueryFailed), write(engine) as connection:
        bulk_insert(connection, facility, ["facility_id", "name"], [(None, "Synthetic Clinic")])
