"""The Coverage screen and the coverage of an account, over the office that was worked by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from data_access.engine import open_engine
from data_access.schema import account
from tests.coverage import office
from tests.pages.opening import assert_no_failure, closed_afterwards, noted, opened, words

__all__ = ["closed_afterwards"]
PERIOD = {"asof": "2025-02-15", "from": "2025-01-01", "to": "2025-02-15"}


@pytest.fixture(scope="module")
def covered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    """The address of the office, and its accounts' ids by number."""
    folder = tmp_path_factory.mktemp("covered")
    (folder / "files").mkdir()
    url = f"duckdb:///{folder / 'office.duckdb'}"
    engine = office.fill(open_engine(url), folder / "files")
    with engine.connect() as connection:
        ids = dict(connection.execute(select(account.c.account_number, account.c.account_id)).all())
    engine.dispose()
    yield url, ids


def test_the_screen_says_what_was_verified(
    covered: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", covered[0])
    app = opened("coverage", PERIOD)
    assert_no_failure(app)
    text = words(app)
    assert "53.8\N{NO-BREAK SPACE}% of 13 insured accounts were verified in time; 1 was never checked" in text
    assert "6 claims were denied for eligibility; the office could have prevented 5" in text
    assert {tile.label: tile.value for tile in app.metric} == {
        "Verification rate": "53.8 %",
        "Never checked": "1",
        "Checked too early": "1",
        "Not covered on the day": "2",
        "Another payer is first": "1",
        "Denied for eligibility": "6",
        "Appointments ahead": "1",
    }
    assert "**Appointments asked about** · 1 to 1 of 1" in text


def test_a_mark_narrows_the_denials(
    covered: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", covered[0])
    app = opened("coverage", {**PERIOD, "sel": "cause=payer_reversed"})
    assert_no_failure(app)
    assert "Narrowed to payer had said active" in words(app)
    assert "**Eligibility denials and the last check before them** · 1 to 1 of 1 · Denied $100.00" in words(app)


SENTENCES = {
    "A1": "Covered on 15 Jan 2025, by BIG PAYER's answer of 10 Jan 2025 (5 days before the service).",
    "A3": "Not covered on 15 Jan 2025, by BIG PAYER's answer of 5 Jan 2025 (10 days before the service): "
    "coverage ended 31 Dec 2024.",
    "A4": "(3 days after the service; nobody had asked before)",
    "A5": "(41 days before the service, too early to rely on)",
    "A6": "but OLDER PAYER pays first",
    "A7": "BIG PAYER could not say on 12 Jan 2025: subscriber not found. To do: correct it and ask again.",
    "A9": "Coverage was asked about on 13 Jan 2025; no answer is loaded.",
    "A10": "Coverage on 15 Jan 2025 was never checked.",
}


def test_an_account_says_what_the_payer_answered(
    covered: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    url, ids = covered
    monkeypatch.setenv("DATABASE_URL", url)
    app = opened("account", {"account": str(ids["A1"])})
    for number, sentence in SENTENCES.items():
        app.query_params["account"] = str(ids[number])
        app.run()
        assert_no_failure(app)
        assert sentence in words(app), number
    app.query_params["account"] = str(ids["A1"])
    app.session_state["show"] = "Coverage"
    app.run()
    assert_no_failure(app)
    tiles = {tile.label: tile.value for tile in app.metric}
    assert (tiles["Copay"], tiles["Coinsurance"]) == ("$25.00", "20.0 %")
    assert (tiles["Deductible"], tiles["Deductible left"]) == ("$1,500.00", "$600.00")
    assert tiles["Authorization"] == "Required"
    assert "Plan **GOLD PLAN** · Member id **…MA1**" in words(app)
    assert "asked 13 Jan" not in words(app), "the inquiry came after the answer"


def test_without_any_answer_the_screen_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    engine = open_engine(url)
    (tmp_path / "claims.837").write_bytes(office.claims())
    office.load_paths(engine, [tmp_path / "claims.837"], "test")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    app = opened("coverage", PERIOD)
    assert_no_failure(app)
    assert "No eligibility answer is loaded yet" in words(app) and not app.metric


def test_what_names_a_patient_is_read_once_and_not_kept_for_everybody(
    covered: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", covered[0])
    app = opened("account", {"account": str(covered[1]["A1"])})
    assert_no_failure(app)
    kept, asked = noted(monkeypatch, "read"), noted(monkeypatch, "fresh")
    app.session_state["show"] = "Coverage"
    app.run()
    assert_no_failure(app)
    assert [asked.count(name) for name in ("load_account", "on_account")] == [1, 1]
    assert not {"load_account", "on_account"} & set(kept)
