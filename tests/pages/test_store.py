"""The data behind the screens: one version for a run of the script, and what was written is seen in the same run."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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

    store.engine()  # opening it may write
    store.begin_run()
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
    ask = store.version

    def noting() -> int:
        found.append(ask())
        return found[-1]

    monkeypatch.setattr(store, "version", noting)
    return found


def test_the_version_is_asked_once_a_run_and_again_after_a_write(asked: list[int]) -> None:
    app = AppTest.from_function(script, default_timeout=60)
    for run, shown in enumerate((["0", "0", "1"], ["1", "1", "2"])):
        app.run()
        assert not app.exception
        assert [element.value for element in app.text] == shown
        assert asked == [run, run + 1]
        asked.clear()
