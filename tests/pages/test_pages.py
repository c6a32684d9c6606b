"""Every page opens: with data, with an empty database, and with filters that match nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from data_access.engine import open_engine
from data_access.schema import account
from pages.parts import tables
from pages.parts.entry import SCREENS
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]

ROOT = Path(__file__).resolve().parents[2]
FILTERED = tuple(screen.file for screen in SCREENS if screen.filtered)
PAGES = tuple(screen.file for screen in SCREENS)


@pytest.mark.parametrize("page", PAGES)
def test_opens_with_data(page: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page)
    assert_no_failure(app)
    assert words(app)


@pytest.mark.parametrize("page", ["overview", "aging", "denials", "collections"])
def test_tiles_say_what_changed_since_the_period_compared_with(
    page: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    # the practice ends on 30 June 2026: 90 days are compared with those before, or with those a year earlier
    for compare, first_day in (("Period before", "02 Jan 2026"), ("A year earlier", "02 Apr 2025")):
        app = opened(page, {"cmp": compare})
        assert_no_failure(app)
        changes = [metric.delta for metric in app.metric if metric.delta]
        assert len(changes) >= 3 and all(change[0] in "+-" for change in changes)
        as_of = {"02 Jan 2026": "01 Apr 2026", "02 Apr 2025": "30 Jun 2025"}[first_day]
        assert f"against {as_of if page == 'aging' else first_day}" in words(app)


@pytest.mark.parametrize("address", ["office.duckdb", "postgresql://nobody:secret@localhost:1/nothing"])
def test_says_that_the_database_cannot_be_used(
    address: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    app = opened("overview")
    assert not app.exception
    (said,) = [error.value for error in app.error]
    assert said.startswith("The database cannot be used") and "secret" not in said


@pytest.mark.parametrize("page", PAGES)
def test_opens_with_an_empty_database(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'empty.duckdb'}")
    app = opened(page)
    assert_no_failure(app)
    if page in FILTERED:
        assert "Nothing is loaded yet" in words(app)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("Payers' limits", "No payer is in the data yet.** Payers come with claims, transactions.csv and payers.csv."),
        ("People", "Nobody yet. Everybody adds their own name here"),
    ],
)
def test_administration_of_an_empty_database_hints_at_what_there_is(
    view: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'empty.duckdb'}")
    app = opened("administration", {"show": view})
    assert_no_failure(app)
    assert said in words(app) and "Widen the period" not in words(app)
    if view == "People":
        assert "Who are you?" in [button.label for button in app.button]


#: What each screen says when its filters match nothing.
NOTHING = {
    "overview": "Nothing matches these filters in this period.",
    "month_end": "Nothing matches these filters.",
    "worklist": "No account in this view.",
    "accounts": "No account matches.",
    "aging": "No open balance matches these filters.",
    "denials": "No denied claim matches these filters.",
    "collections": "**Payments and write-offs**: none match these filters",
    "coverage": "No insured account to verify was served in this period.",
    "claims": "No charge of the period matches these filters.",
    "underpayments": "No paid line of this period could be measured.",
    "reconciliation": "No account has a credit balance.",
    "statements": "No statement is due today.",
    "team": "No deadline runs out this week; no open account matches.",
}


#: Screens that tell of a day: a wider period would find nothing more.
OF_A_DAY = ("worklist", "accounts", "aging", "reconciliation")


@pytest.mark.parametrize("page", FILTERED)
def test_filters_that_match_nothing_say_so(
    page: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page, {"view": "Credits"} if page == "reconciliation" else None)
    assert NOTHING[page] not in words(app)
    # a department and a provider of another one: nobody is both
    departments, providers = app.multiselect(key="department"), app.multiselect(key="provider")
    departments.set_value([departments.options[0]])
    providers.set_value([providers.options[-1]])
    app.run()
    assert_no_failure(app)
    assert NOTHING[page] in words(app)
    if page in OF_A_DAY:
        assert "Widen the period" not in words(app)


@pytest.mark.parametrize(
    "page, asked",
    [
        ("aging", "on=-"),
        ("aging", "nonsense=1"),
        ("aging", "side=foo~bucket=foo"),
        ("collections", "month=-"),
        ("collections", "month=2026-01-17"),
        ("collections", "source=foo~first_paid=False"),
        ("denials", "outcome=foo"),
        ("denials", "payer=99999999999999999999999"),
        ("denials", "preventable=True"),
        ("coverage", "month=9999-12-31"),
        ("claims", "rate=foo~department=Imaging"),
        ("underpayments", "since=-"),
        ("reconciliation", "on=-"),
    ],
)
def test_what_a_link_asks_and_a_screen_does_not_know_is_left_out(
    page: str, asked: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page, {"sel": asked})
    assert_no_failure(app)
    assert "Narrowed to" not in words(app)


@pytest.mark.parametrize(
    "page, asked, said",
    [
        ("aging", "facility=-~nonsense=1", "Narrowed to Not stated"),
        ("denials", "payer=-~outcome=upheld", "Narrowed to Self-pay, upheld"),
        ("reconciliation", "remittance=0", "This remittance is no longer loaded"),
    ],
)
def test_what_a_screen_was_narrowed_to_has_a_way_out(
    page: str, asked: str, said: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page, {"sel": asked, "view": "Remittances"})
    assert_no_failure(app)
    assert said in words(app)
    app.button(key="clear_selection").click().run()
    assert said not in words(app)


def test_a_link_to_reason_codes_shows_them(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("denials", {"reasons": "Reason code"})
    assert_no_failure(app)
    charts = [chart.proto.id for chart in app.get("plotly_chart")]
    assert any("denials-pareto-carc" in chart for chart in charts), charts


@pytest.mark.parametrize("page, table", [("worklist", "worklist-all"), ("accounts", "accounts")])
def test_where_rows_got_fewer_the_last_page_is_shown(
    page: str, table: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page)
    app.session_state[f"{table}-page"] = 99
    app.run()
    assert_no_failure(app)
    (first, last, rows) = map(int, re.findall(r"· (\d+) to (\d+) of (\d+)", words(app))[0])
    assert first <= last == rows and rows - first < 50
    assert app.button(key=f"{table}-next").disabled
    app.button(key=f"{table}-previous").click().run()
    assert f"· {first - 50} to {first - 1} of {rows}" in words(app)


def test_the_first_account_is_that_of_the_list_on_any_page_of_it(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    asked: list[int] = []
    monkeypatch.setattr(tables, "ask_to_open", lambda account_id, _: asked.append(account_id))
    app = opened("worklist")
    next(button for button in app.button if button.label == "Open the first").click().run()
    app.button(key="worklist-all-next").click().run()
    next(button for button in app.button if button.label == "Open the first").click().run()
    assert_no_failure(app)
    assert len(asked) == 2 and asked[0] == asked[1]


def test_the_effect_of_weights_is_seen_before_they_are_set(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("worklist")
    chosen = {"amount": 0, "likelihood": 0, "deadline": 0, "promise": 0, "silence": 100, "touch": 0, "answer": 0}
    for part, points in chosen.items():
        app.number_input(key=f"weight-{part}").set_value(points)
    app = next(button for button in app.button if button.label == "See the effect first").click().run()
    assert_no_failure(app)
    (said,) = [part.value for part in app.info]
    assert " accounts would be others" in said
    app = opened("worklist")
    assert app.number_input(key="weight-amount").value == 25, "nothing was set"


def test_an_account_shows_who_owes_what(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(practice)
    with engine.connect() as connection:
        account_id = connection.scalar(select(account.c.account_id).where(account.c.insurance_balance > 0).limit(1))
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("account", {"account": str(account_id)})
    assert_no_failure(app)
    assert " owes $" in words(app)


def test_a_link_to_no_account_says_so(practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("account", {"account": "12345"})
    assert "There is no such account" in words(app)


def test_a_database_open_elsewhere_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'office.duckdb'}")
    holding = (
        "import sys; from data_access.engine import open_engine; e = open_engine().connect(); print(1, flush=True)"
    )
    command = [sys.executable, "-c", f"{holding}; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        app = opened("overview")
        assert not app.exception
        (said,) = [error.value for error in app.error]
        assert "open in another program" in said
        holder.communicate(b"", timeout=30)
