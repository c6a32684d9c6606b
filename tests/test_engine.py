"""The database is opened whole or not at all, and what fails is said without what it holds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, column, select, table

from data_access import schema
from data_access.engine import (
    DatabaseUnreachable,
    QueryFailed,
    SchemaMismatch,
    bulk_insert,
    next_number,
    open_engine,
    schema_version,
    write,
)
from data_access.schema import facility
from tests.conftest import new_database


def test_what_fails_does_not_say_its_parameters(engine: Engine) -> None:
    query = select(column("name")).select_from(table("nowhere")).where(column("name") == "Synthetic Secret")
    with pytest.raises(QueryFailed) as failed, engine.connect() as connection:
        connection.execute(query)
    assert "Synthetic Secret" not in str(failed.value)


def test_rows_that_are_refused_in_bulk_fail_as_any_statement_does(engine: Engine) -> None:
    with pytest.raises(QueryFailed), write(engine) as connection:
        bulk_insert(connection, facility, ["facility_id", "name"], [(None, "Synthetic Clinic")])


def test_several_start_at_once_on_an_empty_server(postgresql_server: str) -> None:
    with new_database(postgresql_server, "template1") as url, ThreadPoolExecutor(4) as pool:
        for engine in list(pool.map(lambda _: open_engine(url), range(4))):
            with engine.connect() as connection:
                assert schema_version(connection) == schema.SCHEMA_VERSION
            engine.dispose()


def test_a_damaged_file_is_not_taken_for_one_in_use(tmp_path: Path) -> None:
    path = tmp_path / "lockbox.duckdb"
    path.write_bytes(b"damaged" * 5000)
    with pytest.raises(DatabaseUnreachable):
        open_engine(f"duckdb:///{path}")


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_a_database_of_another_version_is_let_go(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    made = open_engine(url)
    with write(made) as connection:
        connection.execute(schema.setting.update().where(schema.setting.c.name == "schema_version").values(value="1"))
    made.dispose()
    let_go: list[Engine] = []
    monkeypatch.setattr(Engine, "dispose", lambda engine: let_go.append(engine))
    with pytest.raises(SchemaMismatch):
        open_engine(url)
    (engine,) = let_go
    monkeypatch.undo()
    engine.dispose()


def test_numbers_go_on_from_the_highest(engine: Engine) -> None:
    with write(engine) as connection:
        assert next_number(connection, facility.c.facility_id) == 1
        connection.execute(facility.insert().values(facility_id=7, name="Synthetic Clinic"))
        assert next_number(connection, facility.c.facility_id) == 8
