"""Underpayments: the screen says what the queries say, under every yardstick and in every view."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from data_access.filters import Filters
from data_access.queries import imports, late_payments, underpayments
from tests.handworked.conftest import FILES
from tests.pages.opening import ROOT, assert_no_failure, closed_afterwards, opened, words
from tests.queries.test_underpayments import fill

pytestmark = pytest.mark.usefixtures("closed_afterwards")
__all__ = ["closed_afterwards"]
TERMS = "payer_id,contract,effective_from,basis,percent\nSYNCOM01,Synthetic agreement,2025-01-01,percent_of_charge,90\n"
RULES = "payer_id,days,annual_interest_percent\nSYNMCR01,5,10\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database with the hand-worked files, a contract with one payer and a rule for another."""
    folder = tmp_path_factory.mktemp("office")
    files = {"contracts.csv": TERMS, "rules.csv": RULES}
    for name, text in files.items():
        (folder / name).write_text(text)
    url = f"duckdb:///{folder / 'office.duckdb'}"
    command = [sys.executable, "-m", "data_access", "load", str(FILES), *(str(folder / name) for name in files)]
    subprocess.run(command, cwd=ROOT, env={"DATABASE_URL": url, "PATH": ""}, check=True, capture_output=True)
    return url


def test_the_screen_says_what_was_measured(office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", office)
    engine = open_engine(office)
    newest = imports.freshness(engine, date.today()).newest
    assert newest is not None
    filters = Filters.of_ninety_days(newest)
    found = underpayments.measured(engine, filters, "Contract")
    late = late_payments.summary(engine, filters)
    engine.dispose()
    short, short_lines, lines = (found.total(name) for name in ("short", "short_lines", "lines"))
    assert short > 0
    assert late.claimable > 0
    app = opened("underpayments")
    assert_no_failure(app)
    text = words(app).replace("\\", "")
    assert f"allowed ${short:,.2f} less than their contracts on {short_lines} of {lines} lines" in text
    assert f"Underpaid lines** · 1 to {short_lines} of {short_lines}" in text
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Late-payment interest"] == f"${late.claimable:,.2f}"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"measure": "Usual amount"}, "No line of this period can be measured"),
        ({"rows": "Claims paid late"}, "The clock starts on the first submission"),
        ({"rows": "Recovered lines", "measure": "Both"}, "no contract tells"),
        ({"rows": "Packet for a payer"}, "A zip with a letter to the payer"),
        ({"sel": "modifier=25~since=2026-03-01"}, "modifier 25, first paid since 01 Mar 2026"),
    ],
)
def test_every_view_opens(office: str, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], said: str) -> None:
    monkeypatch.setenv("DATABASE_URL", office)
    app = opened("underpayments", asked)
    assert_no_failure(app)
    assert said in words(app)


@pytest.fixture
def patterned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The office whose visits with modifier 25 are allowed half since 3 March; the period of its year."""
    url = f"duckdb:///{tmp_path / 'patterned.duckdb'}"
    engine = open_engine(url)
    fill(engine)
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    return {"asof": "2026-12-31", "from": "2026-01-01", "to": "2026-12-31"}


def test_a_pattern_is_told_in_words_and_opens_its_lines(patterned: dict[str, str]) -> None:
    app = opened("underpayments", patterned)
    assert_no_failure(app)
    assert (
        "**First Payer**: every line with modifier 25 since 03 Mar 2026 was allowed 50.0 % of contract: 5 of 5 lines "
        "in this period, $250.00 short." in words(app).replace("\\", "")
    )
    next(button for button in app.button if button.label == "Show lines").click().run()
    assert_no_failure(app)
    assert "Underpaid lines** · 1 to 5 of 5" in words(app) and "Short $250.00" in words(app)


def test_a_usual_amount_is_marked_with_its_lines(patterned: dict[str, str]) -> None:
    app = opened("underpayments", patterned | {"measure": "Usual amount"})
    assert_no_failure(app)
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["account_number"], row["basis"], row["cases"], row["short"]) == ("UNUSUAL", "Usual amount", 10, 15)
    assert "no contract tells: ask the payer before you dispute it" in words(app)


def test_a_prompt_pay_rule_is_stated_with_its_source(
    office: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shutil.copy(office.removeprefix("duckdb:///"), tmp_path / "own.duckdb")
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{own}")
    opener = "State a prompt-pay rule"
    app = opened("administration", {"show": "Prompt-pay rules"})
    # the whole script runs again here, and not the dialog alone: its button is pressed with every change
    press(app, opener, percent="18", source="")
    press(app, opener, "State")
    assert "where the rule stands" in app.warning[0].value
    press(app, opener, percent="18", source="Synthetic insurance code, section 1")
    press(app, opener, "State")
    assert not app.exception and not app.warning
    rows = opened("administration", {"show": "Prompt-pay rules"}).dataframe[0].value.to_dict("records")
    stated = [(row["days"], row["percent"], row["source"]) for row in rows if row["source"]]
    assert stated == [(30, 18, "Synthetic insurance code, section 1")]


def press(app: AppTest, *labels: str, **texts: str) -> None:
    """Click these buttons in one run, then fill in the texts that the dialog asks for."""
    for label in labels:
        next(button for button in app.button if button.label == label).click()
    app.run()
    for name, text in texts.items():
        next(one for one in app.text_input if name in one.label.lower()).set_value(text)


def test_prompt_pay_rules_stand_in_administration(office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", office)
    app = opened("administration", {"show": "Prompt-pay rules"})
    assert_no_failure(app)
    assert "Prompt-pay rules** · 1 to 1 of 1" in words(app)
    assert [row["days"] for row in app.dataframe[0].value.to_dict("records")] == [5]
