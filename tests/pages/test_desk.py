"""The rep's desk: from one account to the next, and what is recorded there."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
import streamlit as st
from sqlalchemy import Engine, insert, select
from streamlit.testing.v1 import AppTest

from data_access.queries import scoring
from data_access.schema import account, claim, ledger_entry, load, open_balance
from data_access.work import activities, people
from pages.parts import link
from tests.pages import test_pages
from tests.pages.opening import as_read, assert_no_failure, noted, opened, words
from tests.queries.office import fill

closed_afterwards = test_pages.closed_afterwards
YESTERDAY, TOMORROW = (date.today() + timedelta(days=days) for days in (-1, 1))
pytestmark = pytest.mark.usefixtures("closed_afterwards")


def fill_with_rep(engine: Engine) -> None:
    """The small office with one rep, whom the browser is told of by the link."""
    fill(engine)
    with engine.begin() as connection:
        values = {"load_id": 1, "file_name": "claims.837", "sha256": "0", "status": "loaded"}
        connection.execute(insert(load).values(values | {"loaded_at": datetime.combine(YESTERDAY, time())}))
    people.add(engine, "Synthetic Rep")


@pytest.fixture
def office(office_of: Callable) -> Engine:
    return office_of("duckdb", fill_with_rep)


def account_of(engine: Engine, number: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(account.c.account_id).where(account.c.account_number == number)))


def desk_of(engine: Engine, number: str, **params: str) -> AppTest:
    """An account opened from the worklist by the rep."""
    app = opened("worklist")
    app.session_state["person_id"] = 1
    app.switch_page("pages/account.py")
    for name, value in ({"account": str(account_of(engine, number)), "from": "worklist"} | params).items():
        app.query_params[name] = value
    app.run()
    assert_no_failure(app)
    return app


def test_the_team_leads_to_the_accounts_it_counts_as_due(office: Engine) -> None:
    def links() -> dict[str, str]:
        app = opened("team")
        assert_no_failure(app)
        return {link.proto.label: link.proto.query_string for link in app.get("page_link")}

    assert not any("due today" in label for label in links())
    with office.begin() as connection:
        for number in "CG":
            limited = account.update().where(account.c.account_number == number)
            connection.execute(limited.values(appeal_deadline=TOMORROW))
    assert links()["Open 2 accounts due today"] == "view=due"
    shown = opened("worklist", {"view": "due"}).dataframe[0].value
    assert set(shown["account_number"]) == {"C", "G"}


def test_the_accounts_screen_counts_accounts_and_their_balances(office: Engine) -> None:
    with office.begin() as connection:
        row = connection.execute(
            select(open_balance)
            .join(account, account.c.account_id == open_balance.c.account_id)
            .where(account.c.account_number == "C", open_balance.c.to_date > date.today())
        ).mappings()
        connection.execute(insert(open_balance).values(dict(row.one()) | {"side": "patient", "balance": 20}))
    app = opened("accounts")
    assert_no_failure(app)
    assert "7 accounts, 8 balances." in words(app)
    one = opened("accounts", {"min": "300"})
    assert "1 account, 1 balance." in words(one)


def test_nothing_is_asked_twice_and_only_what_is_shown(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = noted(monkeypatch, "fresh")
    app = desk_of(office, "C")
    asked.clear()
    app.run()
    assert_no_failure(app)
    each = ("load_account", "on_account", "done", "people", "weights", "one", "observed")
    assert [asked.count(name) for name in each] == [1] * len(each)
    assert not {"history", "state_of", "everybody", "office", "billed", "as_paid", "adjusted", "in_full"} & set(asked)
    asked.clear()
    app.session_state["show"] = "Claims and lines"
    app.run()
    assert_no_failure(app)
    assert asked.count("billed") == 1


def test_no_score_is_worked_out_where_nothing_is_owed(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.begin() as connection:
        for table in (ledger_entry, open_balance):
            connection.execute(table.delete().where(table.c.account_id == account_of(office, "D")))
    asked = noted(monkeypatch, "fresh")
    scores = [any(one.label.startswith("Score") for one in desk_of(office, number).expander) for number in "DC"]
    assert (scores, asked.count("one")) == ([False, True], 1), "of the other only"


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


@pytest.fixture
def went_to(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts gone to, by their ids."""
    found: list[str] = []
    monkeypatch.setattr(st, "switch_page", lambda _, query_params: found.append(query_params["account"]))
    return found


def test_any_account_is_found_and_what_was_searched_stands_in_no_link(office: Engine) -> None:
    with office.begin() as connection:
        closed = {"insurance_balance": 0, "patient_balance": 0, "balance": 0, "responsible": "closed"}
        connection.execute(account.update().where(account.c.account_number == "F").values(closed))
    app = opened("accounts", {"min": "1000"})
    assert "No account matches" in words(app)
    app.text_input(key="account_search").set_value("PCNF").run()
    assert_no_failure(app)
    assert "**Accounts found** · 1 to 1 of 1" in words(app)
    assert not any("PCNF" in value for values in app.query_params.values() for value in values)
    app.text_input(key="account_search").set_value("PCN").run()
    assert "No account is found by this" in words(app) and "Widen the period" not in words(app)


def test_the_next_account_is_that_of_the_list_as_sorted(office: Engine, went_to: list[str]) -> None:
    app = desk_of(office, "C", list="worklist-all-sort=Balance%2C+highest+first")  # the largest balance, 300.00
    app.button(key="step1").click().run()
    assert went_to == [str(account_of(office, "G"))], "250.00"
    app.button(key="step-1").click().run()
    assert [toast.value for toast in app.toast] == ["This is the first of the list."]


def test_the_way_from_the_list_keeps_its_sort_and_the_place(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[tuple] = []
    monkeypatch.setattr(link, "follow", lambda *way: ways.append(way))
    app = opened("worklist", {"worklist-all-sort": "Balance, highest first"})
    assert app.selectbox(key="worklist-all-sort").value == "Balance, highest first"
    button(app, "Open the first").click().run()
    assert_no_failure(app)
    here = {"account": [str(account_of(office, "C"))], "from": ["worklist"]}
    assert ways == [("account", here | {"list": ["worklist-all-sort=Balance%2C+highest+first"]})]
    assert app.session_state["places"] == {("worklist-all", account_of(office, "C")): 1}


def test_after_the_account_was_worked_the_next_is_what_stood_after_it(office: Engine, went_to: list[str]) -> None:
    app = desk_of(office, "C", view="unassigned", list="worklist-unassigned-sort=Account%2C+A+to+Z+first")
    app.session_state["places"] = {("worklist-unassigned", account_of(office, "C")): 3}
    activities.record(office, account_of(office, "C"), 1, [{"kind": "assign", "to_person_id": 1}])
    app.button(key="step1").click().run()
    assert went_to == [str(account_of(office, "D"))]
    assert app.session_state["places"]["worklist-unassigned", account_of(office, "D")] == 3


def test_an_account_opened_anew_knows_its_list(
    office: Engine, went_to: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a reload: nothing is known of the session in which it was opened."""
    listed = "worklist-all-sort=Balance%2C+highest+first&department=Family+medicine"
    app = opened("account", {"account": str(account_of(office, "D")), "from": "worklist", "list": listed})
    assert_no_failure(app)
    app.button(key="step1").click().run()
    assert went_to == [str(account_of(office, "A"))], "E, with more, is of no department"
    ways: list[tuple] = []
    monkeypatch.setattr(link, "follow", lambda *way: ways.append(way))
    button(app, "Back").click().run()
    back = {"worklist-all-sort": ["Balance, highest first"], "department": ["Family medicine"]}
    assert ways == [("worklist", back)]


def by(elements, label: str):
    return next(one for one in elements if one.label == label)


def recorded(engine: Engine, number: str) -> list[dict]:
    return activities.history(engine, account_of(engine, number))


def dialog() -> None:
    """One of the desk's dialogs, open: the test runner draws whole pages only, on which a dialog would close."""
    import streamlit as st

    from data_access.queries.account import load_account
    from data_access.work import activities
    from pages.parts import desk, pay, store

    number, person_id = st.session_state["account_id"], st.session_state["person_id"]
    with store.one_moment():
        state = store.fresh(activities.state_of, number)
        found = store.fresh(load_account, number)
        name = st.session_state["dialog"]
        (getattr(desk, name, None) or getattr(pay, name))(number, person_id, state, found)


def dialog_of(engine: Engine, number: str, name: str) -> AppTest:
    app = AppTest.from_function(dialog, default_timeout=60)
    for key, value in (("account_id", account_of(engine, number)), ("person_id", 1), ("dialog", name)):
        app.session_state[key] = value
    app.run()
    assert_no_failure(app)
    return app


def warned(app: AppTest) -> list[str]:
    assert_no_failure(app)
    return [as_read(warning.value) for warning in app.warning]


@pytest.mark.parametrize(
    ("number", "name", "label", "day", "said"),
    [
        ("A", "rest", "Show it again on", YESTERDAY, "The day until which it rests lies in the past."),
        ("A", "promise", "By", YESTERDAY, "The day by which it is due lies in the past."),
        ("A", "contact", "On", YESTERDAY, "The day of the next step lies in the past."),
        ("C", "appeal", "Look again on", YESTERDAY, "The day of the next step lies in the past."),
        ("C", "appeal", "Filed on, or date of the payer's decision", TOMORROW, "The day it was filed or decided lies"),
    ],
)
def test_the_day_on_the_screen_is_the_day_that_is_judged(
    office: Engine, number: str, name: str, label: str, day: date, said: str
) -> None:
    app = dialog_of(office, number, name)
    for text in app.text_input:
        if not text.value:
            text.set_value("synthetic")
    shown = by(app.date_input, label)
    assert shown.min < date(2000, 1, 1) and shown.max > date(2100, 1, 1), "beyond these the browser keeps the old day"
    shown.set_value(day)
    button(app, "Record").click().run()
    (warning,) = warned(app)
    assert warning.startswith(said)
    assert recorded(office, number) == []


def test_no_field_refuses_a_long_text_without_a_word(office: Engine) -> None:
    for name in ("contact", "rest", "hold", "give", "appeal", "note"):
        app = dialog_of(office, "C", name)
        assert {one.proto.max_chars for one in (*app.text_input, *app.text_area)} <= {0}
    by(app.text_area, "Note").set_value("x" * 2001)
    button(app, "Record").click().run()
    assert warned(app) == ["The note has 2,001 characters: 2,000 at most. Nothing was saved yet."]
    by(app.text_area, "Note").set_value("x" * 2000)
    button(app, "Record").click().run()
    assert [row["kind"] for row in recorded(office, "C")] == ["note"]


def test_the_dialog_of_an_appeal_asks_for_none_that_was_sent(office: Engine) -> None:
    with office.begin() as connection:
        values = {"appeal_notice_on": date(2026, 4, 15), "appeal_deadline": date(2099, 1, 1), "appeal_limit_days": 9}
        connection.execute(account.update().where(account.c.account_number == "C").values(values))
    assert "File level 1 by **01 Jan 2099**" in words(dialog_of(office, "C", "appeal"))
    with office.connect() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == "C"))
    entry = {"kind": "appeal", "claim_id": claim_id, "level": 1, "state": "submitted"}
    activities.record(office, account_of(office, "C"), 1, [entry], day=date(2026, 5, 1))
    said = words(dialog_of(office, "C", "appeal"))
    assert "Level 1 was sent **01 May 2026**: record what became of it." in said and "File level" not in said


def test_a_button_that_cannot_be_used_says_why(office: Engine) -> None:
    named = {one.label: one for one in desk_of(office, "B").button}
    why = {label: one.help for label, one in named.items() if one.disabled}
    assert why == {
        **dict.fromkeys(("Promise", "Ways to pay", "Statement"), "The patient owes nothing."),
        "Appeal": "No claim of this account was denied.",
    }
    assert not named["Contact"].help
    activities.record(office, account_of(office, "A"), 1, [{"kind": "hold", "topic": "dispute"}])
    held = button(desk_of(office, "A"), "Statement")
    assert held.disabled and held.help == "The account is on hold: nothing is sent to the patient."


def test_what_nobody_can_do_says_so(office: Engine) -> None:
    for page, label in (("worklist", "Hand out"), ("account", "Add a paper")):
        params = {"account": str(account_of(office, "A"))} if page == "account" else {}
        app = opened(page, params)
        app = shows(app, "Documents") if page == "account" else app
        (popover,) = [one.proto.popover for one in app.get("popover") if one.proto.popover.label == label]
        assert popover.disabled and popover.help == "Say who you are first."


def test_a_hold_is_put_on_and_ended_by_a_button_that_says_which(office: Engine) -> None:
    app = dialog_of(office, "A", "hold")
    button(app, "Put on hold").click().run()
    app = dialog_of(office, "A", "hold")
    assert app.selectbox[0].options[:2] == ["Dispute (on hold now)", "Bankruptcy"]
    app.selectbox[0].select("bankruptcy").run()
    button(app, "Put on hold").click().run()
    app = dialog_of(office, "A", "hold")
    app.selectbox[0].select("bankruptcy").run()
    button(app, "End the hold").click().run()
    assert_no_failure(app)
    done = [(row["kind"], row["topic"]) for row in reversed(recorded(office, "A"))]
    assert done == [("hold", "dispute"), ("hold", "bankruptcy"), ("release", "bankruptcy")]


def test_an_account_is_assigned_to_oneself_unless_another_is_chosen(office: Engine) -> None:
    people.add(office, "Another Rep")
    app = dialog_of(office, "A", "give")
    button(app, "Assign").click().run()
    assert_no_failure(app)
    assert [row["to_person_id"] for row in recorded(office, "A")] == [1]


def shows(app: AppTest, view: str) -> AppTest:
    app.session_state["show"] = view
    return app.run()


def test_the_history_names_what_was_taken_back(office: Engine) -> None:
    number = account_of(office, "A")
    done = activities.record(office, number, 1, [{"kind": "assign", "to_person_id": 1}])
    activities.undo(office, done.ids[0], 1)
    said = words(shows(desk_of(office, "A"), "Contacts"))
    assert "Taken back: Assigned to Synthetic Rep" in said


def test_a_paper_needs_a_file_first(office: Engine) -> None:
    app = shows(desk_of(office, "A"), "Documents")
    button(app, "Add").click().run()
    assert warned(app) == ["Choose a file first."]


@pytest.mark.parametrize(("view", "said"), [("mine", "No account is yours."), ("promises", "No promise is broken.")])
def test_an_empty_view_says_what_that_means(office: Engine, view: str, said: str) -> None:
    app = opened("worklist", {"view": view})
    assert_no_failure(app)
    assert said in words(app) and "Widen the period" not in words(app)


def test_a_score_without_reasons_ends_in_no_colon(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "reasons", lambda row: [])
    (label,) = [one.label for one in desk_of(office, "A").expander if one.label.startswith("Score")]
    assert label.split()[1:] == [label.split()[1]] and label[-1].isdigit()
