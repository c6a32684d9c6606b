"""Deciding on the Import page: compare, post, set aside, take back; and two people at once."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from data_access import decisions
from data_access.work import people
from tests.ingest.loading import assert_sound, balances, claims_837, load, remits_835
from tests.pages import test_pages
from tests.pages.opening import assert_no_failure, noted, opened, words
from tests.test_decisions import asked, decided

closed_afterwards = test_pages.closed_afterwards
pytestmark = pytest.mark.usefixtures("closed_afterwards")

D = Decimal
UNPOSTED = {"A1": (D("100.00"), D("0.00")), "A2": (D("200.00"), D("0.00"))}
TO_DECIDE, DECIDED = "to_decide-", "decided-"


def load_doubtful(engine: Engine) -> None:
    """Two payments agree too little with their claims."""
    paid = remits_835(("A1", "90", "60", ("CAS*CO*45*30",)), ("A2", "190", "160", ("CAS*CO*45*30",)))
    with TemporaryDirectory() as folder:
        load(
            engine,
            Path(folder),
            a=claims_837(("A1", "100"), ("A2", "200")),
            b=paid.replace(b"*MI*MA1", b"*MI*OTHER").replace(b"*MI*MA2", b"*MI*OTHER"),
        )
    assert balances(engine) == UNPOSTED


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, office_of: Callable) -> Engine:
    """Another person's connection to the office's database."""
    return office_of(request.param, load_doubtful)


def waiting() -> AppTest:
    """The list of what waits, nothing chosen."""
    app = opened("imports", {"show": "Waiting"})
    assert_no_failure(app)
    return app


def choose(app: AppTest, table: str, row: int) -> None:
    """Choose a row of a table by the start of its key."""
    (key,) = [frame.key for frame in app.dataframe if frame.key and frame.key.startswith(table)]
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    assert_no_failure(app)


def press(app: AppTest, label: str) -> None:
    """Press the one button with this label."""
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert_no_failure(app)


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def test_compared_posted_and_taken_back(office: Engine) -> None:
    app = waiting()
    assert "wait for your decision: 2." in words(app)
    assert "Post to this account" not in labels(app)
    choose(app, TO_DECIDE, 1)  # the smaller of the two: A1
    press(app, "Post to this account")
    assert [warning.value for warning in app.warning] == ["Say who you are first: a decision is a person's."]
    app.session_state["person_id"] = people.add(office, "one")
    app.run()
    compared = next(frame.value for frame in app.dataframe if "fact" in frame.value)
    assert compared.to_numpy().tolist() == [
        ["Charge", "$90.00", "$100.00", "No"],
        ["Service date", "05 Jan 2026", "05 Jan 2026", "Yes"],
        ["Member id", "...THER", "...MA1", "No"],
        ["Payer", "BIG PAYER", "BIG PAYER", "Yes"],
    ]
    next(field for field in app.text_input if field.label.startswith("Why")).set_value("asked the payer")
    press(app, "Post to this account")
    assert balances(office) == UNPOSTED | {"A1": (D("10.00"), D("0.00"))}
    assert "wait for your decision: 1." in words(app)
    assert "Post to this account" not in labels(app), "the next payment is not chosen by itself"
    assert decided(office) == [("post", "one", True)]

    choose(app, DECIDED, 0)
    press(app, "Take back")
    assert balances(office) == UNPOSTED
    assert "wait for your decision: 2." in words(app)
    states = next(frame.value["state"] for frame in app.dataframe if "state" in frame.value)
    assert states.to_list() == ["", "Taken back"]
    assert_sound(office)


def test_member_ids_are_not_kept_for_everybody(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, now = noted(monkeypatch, "read"), noted(monkeypatch, "fresh")
    waiting()
    assert now.count("to_decide") == 1 and "to_decide" not in kept


def test_set_aside(office: Engine) -> None:
    app = waiting()
    choose(app, TO_DECIDE, 0)
    app.session_state["person_id"] = people.add(office, "one")
    press(app, "Not this account")
    assert balances(office) == UNPOSTED
    assert "1 ($160.00) were set aside by a person" in words(app)
    assert "wait for your decision: 1." in words(app)
    assert "Set aside by a person" in str([frame.value.to_dict() for frame in app.dataframe])
    assert_sound(office)


def test_who_decides_second_is_told_and_decides_nothing(office: Engine) -> None:
    app = waiting()
    choose(app, TO_DECIDE, 0)
    shown = next(line.value for line in app.markdown if "for account" in line.value)
    assert "A2" in shown
    payment, account = (int(part) for part in button_key(app, "Post to this account").split("-")[1:])
    decisions.reject(office, payment, account, "the first")
    press(app, "Post to this account")
    assert [warning.value for warning in app.warning] == [
        "the first decided meanwhile: it was set aside as not for the account."
    ]
    # neither that payment nor the one that moved into its row
    assert balances(office) == UNPOSTED
    assert decided(office) == [("reject", "the first", True)]
    assert asked(office)[0] != payment
    app.run()
    assert not app.warning


def button_key(app: AppTest, label: str) -> str:
    (key,) = [button.key for button in app.button if button.label == label]
    return key
