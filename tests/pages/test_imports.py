"""The Import page: what was loaded, and taking it back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from pages.parts import store
from tests.ingest.loading import claims_837, load
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]


def test_a_load_that_was_chosen_is_not_another_one_once_more_was_loaded(
    duckdb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", duckdb_url)
    engine = open_engine(duckdb_url)
    load(engine, tmp_path, first=claims_837(("A1", "100")))
    engine.dispose()
    app = opened("imports", {"show": "History"})
    (key,) = [frame.key for frame in app.dataframe if frame.key]
    app.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert "**Load 1, first" in words(app) and takes_back(app)
    (tmp_path / "later").mkdir()
    load(store.engine(), tmp_path / "later", second=claims_837(("A2", "200"), batch="B2", control="000000002"))
    app.run()
    assert_no_failure(app)
    assert list(app.dataframe[0].value["load_id"]) == [2, 1]
    assert "**Load " not in words(app) and not takes_back(app)


def test_a_load_with_one_problem_has_one_and_its_sum_is_an_amount(
    duckdb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", duckdb_url)
    engine = open_engine(duckdb_url)
    load(engine, tmp_path, a=b"deposited_on,amount,what_else\n2026-03-01,25.00,x\n")
    engine.dispose()
    app = opened("imports", {"show": "History"})
    (history,) = [frame for frame in app.dataframe if frame.key]
    assert '"Amount"' in history.proto.columns and '"Charge"' not in history.proto.columns
    app.session_state[history.key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert_no_failure(app)
    assert "**Load 1, a**: 1 problem" in words(app).splitlines()


def test_the_synthetic_practice_says_itself_how_ones_own_files_are_loaded(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("imports")
    assert_no_failure(app)
    assert "it takes no real files" in words(app) and "Guide" not in words(app)
    assert [code.value for code in app.code] == ["python -m data_access load FOLDER"]


def takes_back(app: AppTest) -> bool:
    """Whether a load can be taken back by a click."""
    return any(button.label.startswith("Yes, take load") for button in app.button)
