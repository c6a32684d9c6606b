"""A database on which posting fails: every page opens and says so, and the load can be taken back."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.ingest.undo import undo
from pages.parts import store
from tests.pages.opening import closed_afterwards, opened, words
from tests.posting.test_failing import with_an_undated_payment

__all__ = ["closed_afterwards"]


def test_the_pages_open_and_say_what_to_do(
    duckdb_url: str,
    duckdb_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    closed_afterwards: None,
) -> None:
    with_an_undated_payment(duckdb_engine, tmp_path)
    duckdb_engine.dispose()
    monkeypatch.setenv("DATABASE_URL", duckdb_url)
    monkeypatch.setattr(store.inbox, "process", lambda *_: [])
    with caplog.at_level(logging.ERROR):
        for page in ("overview", "imports"):
            app = opened(page)
            assert not app.exception
            assert [error.value for error in app.error] == [store.unposted()]
            assert "Take the newest load back" in words(app)
    assert "Error at " in caplog.text
    assert "SECRET1" not in caplog.text
    undo(store.opened(), 2)
    app = opened("overview")
    assert not app.exception
    assert not app.error
