"""The Claims screen over the hand-worked office: the sentence, and what a mark narrows the table to."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.queries import waiting
from tests.acknowledgments.office import write_files
from tests.acknowledgments.questions import write_questions
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
PERIOD = {"asof": "2026-04-03", "from": "2026-01-01", "to": "2026-04-03"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("claims")
    url = f"duckdb:///{folder / 'office.duckdb'}"
    engine = open_engine(url)
    load_paths(engine, [write_files(folder / "in")], who="test")
    engine.dispose()
    return url


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "1 to 14 of 14 · Charge $2,370.00"),
        ({"sel": "stuck=payer"}, "1 to 4 of 4 · Charge $660.00"),
        ({"sel": "step=adjudicated"}, "1 to 2 of 2 · Charge $270.00"),
        ({"sel": "reason=A3:21:"}, "1 to 1 of 1 · Charge $120.00"),
        ({"sel": "rate=rejection_rate~month=2026-03-01"}, "1 to 7 of 7 · Charge $1,160.00"),
        ({"sel": "rate=clean_claim_rate~month=2026-03-01"}, "1 to 4 of 4 · Charge $600.00"),
        ({"show": "Rejected, not sent again"}, "1 to 4 of 4 · Charge $640.00"),
    ],
)
def test_marks_narrow_the_table(
    params: dict[str, str], said: str, office: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", office)
    app = opened("claims", PERIOD | params)
    assert_no_failure(app)
    text = words(app)
    assert "14 of 14 bills of the period were sent; 4 rejected claims ($640.00) wait to be sent again." in text
    assert "claims went to in the last 90 days: 2; those of them that acknowledge claims: 1." in text
    assert "Acknowledgments of these days that name no claim that is loaded: 1." in text
    assert said in text
    assert ("Narrowed to" in text) == ("sel" in params)


def test_one_rejected_claim_waits(office: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None) -> None:
    read = waiting.waiting

    def but_one(*arguments: Any) -> waiting.Waiting:
        found = read(*arguments)
        return replace(found, lists=found.lists | {"rejected": (1, Decimal("254"))})

    monkeypatch.setenv("DATABASE_URL", office)
    monkeypatch.setattr(waiting, "waiting", but_one)
    app = opened("claims", PERIOD)
    assert_no_failure(app)
    assert "; 1 rejected claim ($254.00) waits to be sent again." in words(app)


def test_claims_asked_about_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(url := f"duckdb:///{tmp_path / 'office.duckdb'}")
    load_paths(engine, [write_questions(tmp_path / "in")], who="test")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    app = opened("claims", PERIOD | {"show": "Asked, not answered"})
    assert_no_failure(app)
    assert [metric.value for metric in app.metric if metric.label == "Unanswered"] == ["5"]
    assert "2 of 12 status requests (276) name no claim that is loaded" in words(app)
    assert "1 to 5 of 5 · Charge $690.00" in words(app)
    app.segmented_control(key="show").set_value("Asked about claims not loaded").run()
    assert_no_failure(app)
    assert "1 to 2 of 2 · Charge $1,189.00" in words(app)


def test_without_acknowledgments_the_screen_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    files = write_files(tmp_path / "in")
    engine = open_engine(url := f"duckdb:///{tmp_path / 'office.duckdb'}")
    load_paths(engine, [path for path in files.iterdir() if path.suffix in (".837", ".835")], who="test")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    app = opened("claims", PERIOD)
    assert_no_failure(app)
    assert any("No acknowledgments (277CA)" in info.value for info in app.info)
    assert "n/a" in [metric.value for metric in app.metric if metric.label == "Clean claim rate"]
