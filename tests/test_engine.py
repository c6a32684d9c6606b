"""The database is opened whole or not at all, and what fails is said without what it holds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, column, func, select, table, text

from data_access import schema
from data_access.bulk import bulk_insert
from data_access.engine import (
    DatabaseUnreachable,
    QueryFailed,
    SchemaMismatch,
    next_number,
    open_engine,
    schema_version,
    write,
)
from data_access.room import reclaim
from data_access.schema import facility, load_problem
from data_access.upgrade import open_office
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


def test_the_room_of_rows_that_are_no_more_is_given_back_when_the_database_is_opened(duckdb_url: str) -> None:
    engine = open_engine(duckdb_url)
    left_100_000(engine)
    engine.dispose()
    engine = open_engine(duckdb_url)
    assert lying(engine) == 250_000, "else there is nothing to do any more"
    assert reclaim(engine, 200_000) == [], "too few for the work"
    engine.dispose()
    engine = open_office(duckdb_url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(load_problem)) == 100_000
        assert connection.scalar(select(func.max(load_problem.c.load_id))) == 249_996
    assert lying(engine) < 125_000
    assert "ix_load_problem" in found_by(engine)
    assert reclaim(engine) == []
    engine.dispose()


def test_an_index_that_was_lost_on_the_way_is_made_again(duckdb_url: str) -> None:
    engine = open_engine(duckdb_url)
    with write(engine) as connection:
        connection.execute(text("DROP INDEX ix_ledger_account"))
    before = found_by(engine)
    engine.dispose()
    engine = open_office(duckdb_url)
    assert found_by(engine) == before | {"ix_ledger_account"} != before
    engine.dispose()


def test_where_somebody_reads_it_waits(duckdb_engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    left_100_000(duckdb_engine)
    with duckdb_engine.connect() as reader:
        assert reader.scalar(select(func.count()).select_from(load_problem)) == 100_000
        reclaim(duckdb_engine)
        assert reader.scalar(select(func.count()).select_from(load_problem)) == 100_000
    assert "the database was not compacted: " in caplog.text
    assert "ix_load_problem" in found_by(duckdb_engine)


def test_a_server_does_so_by_itself(postgresql_engine: Engine) -> None:
    assert reclaim(postgresql_engine, 0) == []


def left_100_000(engine: Engine) -> None:
    """What is left of 250,000 rows of a table with an index, of each part some."""
    with write(engine) as connection:
        rows = [(number, "warning", "SYNTHETIC", "Synthetic") for number in range(250_000)]
        bulk_insert(connection, load_problem, ["load_id", "severity", "code", "message"], rows)
    with write(engine) as connection:
        connection.execute(load_problem.delete().where(load_problem.c.load_id % 5 >= 2))


def lying(engine: Engine) -> int:
    """Rows that lie in the table, those that are no more among them."""
    with engine.connect() as connection:
        query = "SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'load_problem'"
        return connection.execute(text(query)).scalar_one()


def found_by(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT index_name FROM duckdb_indexes()")))
