"""Administration, statements and what a rep sees of them: set, refused, sent, taken back, exactly as a user would."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from data_access.engine import open_engine
from data_access.queries import rules
from data_access.queries.rules import AppealLimit
from data_access.schema import account, claim
from data_access.work import activities, people, statements, views
from data_access.work.office import Office, office, set_office
from pages.parts import desk
from tests.handworked.conftest import FILES
from tests.pages.opening import ROOT, as_read, closed_afterwards, opened

pytestmark = pytest.mark.usefixtures("closed_afterwards")
__all__ = ["closed_afterwards"]
LETTERHEAD = Office(name="Synthetic Clinic", street="1 Synthetic Way", place="Exampleville, KS 66002")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the hand-worked files, to copy for each test."""
    path = tmp_path_factory.mktemp("loaded") / "office.duckdb"
    command = [sys.executable, "-m", "data_access", "load", str(FILES)]
    environment = {"DATABASE_URL": f"duckdb:///{path}", "PATH": ""}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return path


@pytest.fixture
def url(loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database with the hand-worked files, which the dashboard opens too."""
    found = f"duckdb:///{shutil.copyfile(loaded, tmp_path / 'office.duckdb')}"
    monkeypatch.setenv("DATABASE_URL", found)
    return found


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The same database for a look inside; one process may have it open twice."""
    found = open_engine(url)
    yield found
    found.dispose()


def account_id(engine: Engine, number: str) -> int:
    with engine.connect() as connection:
        return connection.scalars(select(account.c.account_id).where(account.c.account_number == number)).one()


def press(app: AppTest, label: str) -> AppTest:
    found = [button for button in app.button if button.label == label]
    assert found, f"no button {label!r} among {[button.label for button in app.button]}"
    return found[0].click().run()


def field(app: AppTest, label: str):
    return next(one for kind in (app.text_input, app.number_input) for one in kind if one.label == label)


def test_the_letterhead_is_set_and_kept(engine: Engine) -> None:
    app = opened("administration")
    assert not app.exception and "once name, street and city are set" in app.info[0].value
    field(app, "Name of the practice").set_value("Synthetic Clinic")
    field(app, "Street").set_value("1 Synthetic Way")
    field(app, "City, state and postal code").set_value("Exampleville, KS 66002")
    app = press(app, "Set")
    assert not app.exception and not app.info
    assert office(engine) == LETTERHEAD


def test_settings_that_make_no_sense_are_refused_in_words(engine: Engine) -> None:
    app = opened("administration", {"show": "Statements"})
    field(app, "Days after the first statement on which the next are due").set_value("30, soon")
    app = press(app, "Set")
    assert "whole numbers with commas" in app.warning[0].value
    field(app, "Days after the first statement on which the next are due").set_value("60, 30")
    app = press(app, "Set")
    assert "must rise" in app.warning[0].value
    app = opened("administration", {"show": "Payment plans"})
    field(app, "Smallest instalment").set_value("a lot")
    app = press(app, "Set")
    assert "Smallest instalment" in app.warning[0].value
    assert office(engine) == Office()


def test_who_has_left_is_no_longer_offered(engine: Engine) -> None:
    people.add(engine, "Synthetic Leaver")
    app = opened("administration", {"show": "People"})
    assert list(people.people(engine).values()) == ["Synthetic Leaver"], "it is asked first"
    assert any("will no longer be offered" in part.value for part in app.markdown)
    app = press(app, "Yes, has left")
    assert people.people(engine) == {}
    assert "Synthetic Leaver" in people.everybody(engine).values()


def test_statements_need_a_person_and_a_letterhead(engine: Engine) -> None:
    app = opened("statements")
    assert any("5 accounts are due" in part.value for part in app.markdown)
    assert any("name and address first" in part.value for part in app.info)
    set_office(engine, LETTERHEAD)
    app = opened("statements")
    (make,) = [button for button in app.button if button.label == "Make and record"]
    assert make.disabled, "nobody was picked"
    assert "5 statements for $330.00 in all, recorded as sent today" in said(app), "what is confirmed"


def test_a_view_is_replaced_only_when_asked(engine: Engine) -> None:
    rep = people.add(engine, "Synthetic Keeper")
    views.save(engine, rep, "Old ones", "aging", {"pt": ["Medicaid"]}, False)
    app = opened("aging")
    app.session_state["person_id"] = rep
    app.run()
    field(app, "Save this view as").set_value("old ones")
    app = press(app, "Save")
    assert "You have a view named Old ones on this screen already" in as_read(app.warning[0].value)
    app = press(app, "Keep the old one")
    assert not app.warning
    (kept,) = views.views(engine, rep)
    assert kept.parameters == {"pt": ["Medicaid"]}
    field(app, "Save this view as").set_value("old ones")
    app = press(press(app, "Save"), "Replace it")
    assert not app.warning
    (kept,) = views.views(engine, rep)
    assert kept.name == "old ones" and kept.parameters != {"pt": ["Medicaid"]}


def test_what_was_sent_is_shown_and_no_longer_due(engine: Engine) -> None:
    set_office(engine, LETTERHEAD)
    rep = people.add(engine, "Synthetic Rep")
    number = account_id(engine, "HW-01")
    statements.send(engine, [number], rep, LETTERHEAD, date.today())
    app = opened("statements")
    assert any("4 accounts are due" in part.value for part in app.markdown)
    app = opened("account", {"account": str(number), "show": "Documents"})
    assert not app.exception


def said(app: AppTest) -> str:
    return "\n".join(as_read(part.value) for kind in (app.markdown, app.caption) for part in kind)


def test_an_account_opened_by_its_link_says_its_deadline_and_score(engine: Engine) -> None:
    text = said(opened("account", {"account": str(account_id(engine, "HW-03"))}))
    assert re.search(r"to appeal (ended |\(by )06 Sep 2026", text), "denied 10 March 2026, 180 days to appeal"
    assert "Level 1 appeal by 06 Sep 2026: 180 days from the notice of 10 Mar 2026." in text
    assert "Amount to be collected: **" in text


def test_an_appeal_that_was_sent_is_no_longer_due_until_it_is_taken_back(engine: Engine) -> None:
    number, rep = account_id(engine, "HW-03"), people.add(engine, "Synthetic Rep")
    with engine.connect() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_id == number))
    entry = {"kind": "appeal", "claim_id": claim_id, "level": 1, "state": "submitted"}
    sent = activities.record(engine, number, rep, [entry], day=date(2026, 3, 15))
    text = said(opened("account", {"account": str(number)}))
    assert "Level 1 appeal sent 15 Mar 2026, in time (last day 06 Sep 2026)." in text
    assert "appeal by" not in text and "to appeal" not in text
    activities.undo(engine, sent.ids[0], rep)
    text = said(opened("account", {"account": str(number)}))
    assert "Level 1 appeal by 06 Sep 2026" in text and "appeal sent" not in text


def test_after_the_last_level_nothing_more_is_asked(engine: Engine) -> None:
    number, rep = account_id(engine, "HW-03"), people.add(engine, "Synthetic Rep")
    with engine.connect() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_id == number))
    for level, words in ((2, "No limit is stated for an appeal at level 3"), (5, "Every level of appeal was decided")):
        entry = {
            "kind": "appeal",
            "claim_id": claim_id,
            "level": level,
            "state": "upheld",
            "next_on": date(2026, 12, 31),
        }
        activities.record(engine, number, rep, [entry | {"next_step": "Look"}], day=date(2026, 5, 1))
        assert words in said(opened("account", {"account": str(number)}))


def test_a_medicare_payers_limit_is_offered_as_regulations_give_it(engine: Engine) -> None:
    medicare, opener = "Synthetic Medicare", "State a payer's limits"
    # the whole script runs again here, and not the dialog alone: its button is pressed with every change
    app = press(opened("administration", {"show": "Payers' limits"}), opener)
    (whose,) = [one for one in app.selectbox if one.label == "Payer" and medicare in one.options]
    whose.select(medicare)
    app = press(app, opener)
    field(app, "Level of appeal").set_value(2)
    app = press(app, opener)
    assert "180 days from receipt, presumed 5 days after the decision before it (42 CFR 405.962(a))" in said(app)
    assert field(app, "Days from receipt of the decision before it to appeal").value == 180
    assert field(app, "Days until it is presumed received").value == 5
    field(app, "Source").set_value("42 CFR 405.962(a)")
    next(button for button in app.button if button.label == opener).click()
    app = press(app, "State")
    assert not app.exception and not app.warning
    (found,) = [limits for limits in rules.limits(engine, date.today()) if limits.name == medicare]
    # the first level was stated in the file, by days alone
    assert found.appeals == {1: AppealLimit(120), 2: AppealLimit(180, 5)}


@pytest.mark.parametrize(
    ("left", "words", "color"),
    [
        (-1, "The time to appeal ended 29 Jun 2026", "gray"),
        (0, "Today is the last day to appeal (by 30 Jun 2026)", "red"),
        (1, "1 day left to appeal (by 01 Jul 2026)", "red"),
        (14, "14 days left to appeal (by 14 Jul 2026)", "orange"),
        (15, "15 days left to appeal (by 15 Jul 2026)", "blue"),
    ],
)
def test_the_deadline_that_matters_in_words(left: int, words: str, color: str) -> None:
    row = {"deadline": date(2026, 6, 30) + timedelta(days=left), "days_left": left, "deadline_kind": "appeal"}
    assert desk.deadline(row, 1) == (words, color)
    second = words.replace("appeal", "appeal at level 2")
    assert desk.deadline(row, 2) == (second, color)


def test_the_clock_of_a_nonprofit_hospital(engine: Engine) -> None:
    number = str(account_id(engine, "HW-SELF"))  # first statement 12 June 2026
    assert "501(r)" not in said(opened("account", {"account": number}))
    set_office(engine, Office(nonprofit=True))
    app = opened("account", {"account": number})
    day_240 = date(2026, 6, 12) + timedelta(days=240)
    assert "501(r)" in said(app)
    if date.today() <= day_240:
        assert f"until {day_240:%d %b %Y}" in said(app)


def test_a_broken_and_a_kept_promise_are_told_apart(engine: Engine) -> None:
    rep = people.add(engine, "Synthetic Rep")
    kept, broken = account_id(engine, "HW-13"), account_id(engine, "HW-05")
    # HW-13 paid 40.00 on 25 June; HW-05 never paid
    for number, amount in ((kept, "30.00"), (broken, "35.00")):
        entry = {"kind": "promise", "amount": Decimal(amount), "due_on": date(2026, 6, 26)}
        activities.record(engine, number, rep, [entry], day=date(2026, 6, 20))
    assert "promise of $30.00 by 26 Jun 2026: kept" in said(opened("account", {"account": str(kept)}))
    assert "promise of $35.00 by 26 Jun 2026: broken" in said(opened("account", {"account": str(broken)}))
