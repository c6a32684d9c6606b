"""The data behind the screens: a run of the script shows one moment, and what it wrote itself from then on."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, func, insert, literal_column, select
from sqlalchemy.exc import DBAPIError
from streamlit.testing.v1 import AppTest

from data_access import engine as database
from data_access.queries import dimensions
from data_access.schema import facility
from pages.parts import store
from tests.pages.opening import closed_afterwards

__all__ = ["closed_afterwards"]


def script() -> None:
    """A run that reads twice, writes, and reads again."""
    import streamlit as st
    from sqlalchemy import insert

    from data_access.engine import bump_data_version, write
    from data_access.queries import dimensions
    from data_access.schema import facility
    from pages.parts import store

    with store.one_moment():
        st.text(len(store.read(dimensions.labels, "facility")))
        st.text(len(store.read(dimensions.labels, "facility")))
        with write(store.engine()) as connection:
            number = len(store.read(dimensions.labels, "facility")) + 1
            connection.execute(insert(facility), [{"facility_id": number, "name": f"Synthetic Clinic {number}"}])
            bump_data_version(connection)
        st.text(len(store.read(dimensions.labels, "facility")))


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None) -> list[int]:
    """The versions found whenever the database was asked for its version."""
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'empty.duckdb'}")
    found: list[int] = []
    ask = database.data_version

    def noting(source: database.Source) -> int:
        found.append(ask(source))
        return found[-1]

    monkeypatch.setattr(database, "data_version", noting)
    return found


def test_the_version_is_asked_once_for_what_is_read_together(asked: list[int]) -> None:
    app = AppTest.from_function(script, default_timeout=60)
    for run, shown in enumerate((["0", "0", "1"], ["1", "1", "2"])):
        app.run()
        assert not app.exception
        assert [element.value for element in app.text] == shown
        assert asked == [run, run, run + 1], "at first, when it was let go for writing, and after that"
        asked.clear()


@pytest.fixture
def office(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database that the screens have open."""
    monkeypatch.setattr(store, "opened", lambda: engine)
    yield engine
    store.st.cache_data.clear()


def add_facility(engine: Engine, number: int) -> None:
    with database.write(engine) as connection:
        connection.execute(insert(facility), [{"facility_id": number, "name": f"Synthetic Clinic {number}"}])
        database.bump_data_version(connection)


def facilities() -> int:
    """As shown, whether it is kept or asked for anew."""
    kept, now = (ask(dimensions.labels, "facility") for ask in (store.read, store.fresh))
    assert kept == now
    return len(now)


def test_what_others_write_meanwhile_is_seen_by_the_next_run(office: Engine) -> None:
    with store.one_moment() as version:
        assert facilities() == 0
        other = Thread(target=add_facility, args=(office, 1))
        other.start()
        other.join()
        assert facilities() == 0
        with store.one_moment() as later:
            assert (later, facilities()) == (version + 1, 1)
        assert facilities() == 0
    assert facilities() == 1, "outside a run it is that of now"


def test_what_the_run_writes_it_sees(office: Engine) -> None:
    with store.one_moment():
        assert facilities() == 0
        add_facility(store.engine(), 1)
        assert facilities() == 1
        add_facility(office, 2)  # with an engine it had before
        assert facilities() == 2


def fails(source: database.Source) -> None:
    with source.connect() as connection:
        connection.execute(select(func.sum(facility.c.facility_id / literal_column("nothing"))))


def test_a_query_that_fails_leaves_the_rest_of_the_run_as_it_was(office: Engine) -> None:
    with store.one_moment():
        assert facilities() == 0
        with pytest.raises(DBAPIError):
            store.fresh(fails)
        assert facilities() == 0


def test_no_connection_is_held_when_a_run_is_over_or_writes(office: Engine) -> None:
    pool = office.pool
    with store.one_moment():
        facilities()
        assert pool.checkedout() == 1
        store.engine()
        assert pool.checkedout() == 0
        facilities()
    assert pool.checkedout() == 0
    with pytest.raises(KeyError), store.one_moment():
        facilities()
        raise KeyError
    assert pool.checkedout() == 0


def test_the_inbox_is_watched_on_after_a_failure_of_any_kind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended, tries = Event(), []

    def process(*_: object) -> None:
        tries.append(1)
        if len(tries) == 2:
            ended.set()
        raise RuntimeError("Synthetic-Patient owes $12.34")

    monkeypatch.setattr(store.inbox, "process", process)
    monkeypatch.setattr(store, "_INBOX_SECONDS", 0)
    store._watch(None, None, ended)
    assert len(tries) == 2
    assert "RuntimeError" in caplog.text
    assert "Synthetic-Patient" not in caplog.text and "12.34" not in caplog.text
