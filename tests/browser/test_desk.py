"""A rep's morning, in a real browser and by keyboard: the worklist, the account, what was done, the next."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App, address, go_to, no_error, parameters, picture, settle, visit, wait_for_address
from tests.browser.conftest import NewPage

#: What opens the dialog, also where the browser remembers somebody.
WHO = re.compile("Who are you|You are")


def say_who(page: Page, name: str) -> None:
    """Add oneself to the people who work here, whoever was here before."""
    page.get_by_role("button", name=WHO).click()
    field = page.get_by_label("Not in the list? Add yourself")
    field.fill(name)
    field.press("Tab")
    settle(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name=f"You are {name}")).to_be_visible()
    settle(page)


def score(page: Page) -> int:
    """The score of the account on the screen."""
    said = page.get_by_text(re.compile(r"^Score \d+")).first.inner_text()
    return int(re.findall(r"\d+", said)[0])


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)
    page.wait_for_timeout(300)
    settle(page)


def record_call(page: Page) -> None:
    """Record a call to the payer on the account that is open."""
    press(page, "e")
    page.get_by_label("With whom").fill("provider line")
    page.get_by_label("Next step").fill("Send the records")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("next: Send the records").first).to_be_visible(timeout=30_000)
    settle(page)


@pytest.mark.parametrize(
    ("view", "width", "height", "scheme"), [("denials", 1440, 900, "light"), ("credits", 768, 1024, "dark")]
)
def test_a_reps_morning(new_page: NewPage, demo_app: App, view: str, width: int, height: int, scheme: str) -> None:
    page = new_page(width, height, scheme)
    visit(page, f"{demo_app.url}/worklist?view={view}")
    say_who(page, f"Synthetic Rep {width}")
    press(page, "o")
    wait_for_address(page, "/account")
    first, before = parameters(page)["account"], score(page)
    assert parameters(page)["view"] == view
    # no scrolling for the essentials: the sentence, balances, deadline, actions and the tabs below them
    tabs = page.get_by_text("Remittances and adjustments", exact=True).bounding_box()
    assert tabs and tabs["y"] + tabs["height"] < height
    record_call(page)
    no_error(page)
    assert score(page) == before - 7, "untouched no longer"
    picture(page, f"desk-account-{width}")
    press(page, "n")
    assert parameters(page)["account"] != first
    page.get_by_role("button", name="Back").click()
    wait_for_address(page, "/worklist")
    assert parameters(page)["view"] == view
    no_error(page)
    picture(page, f"desk-worklist-{width}")


def test_who_one_is_outlasts_a_reload_until_one_leaves(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist")
    say_who(page, "Synthetic Early Bird")
    page.reload()
    settle(page)
    page.get_by_role("button", name="You are Synthetic Early Bird").click()
    page.get_by_role("button", name="Nobody, I am leaving").click()
    expect(page.get_by_role("button", name="Who are you?")).to_be_visible()
    settle(page)
    page.reload()
    settle(page)
    expect(page.get_by_role("button", name="Who are you?")).to_be_visible()


def remembered(page: Page) -> list[str]:
    """Who the browser remembers."""
    return [one["value"] for one in page.context.cookies() if one["name"] == "patient_accounts_person"]


def test_who_leaves_in_one_window_has_left_in_all(page: Page, new_page: NewPage, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist")
    say_who(page, "Synthetic Visitor")
    other = new_page()
    visit(other, f"{demo_app.url}/worklist")
    expect(other.get_by_role("button", name="You are Synthetic Visitor")).to_be_visible()
    go_to(other, "Aging")
    assert len(remembered(page)) == 1, "a screen drawn in another window keeps it"

    page.get_by_role("button", name="You are Synthetic Visitor").click()
    page.get_by_role("button", name="Nobody, I am leaving").click()
    expect(page.get_by_role("button", name="Who are you?")).to_be_visible()
    settle(page)
    assert not remembered(page)
    go_to(other, "Worklist")
    expect(other.get_by_role("button", name="Who are you?")).to_be_visible()
    assert not remembered(page), "the next screen of another window does not write it anew"
    other.reload()
    settle(other)
    expect(other.get_by_role("button", name="Who are you?")).to_be_visible()

    say_who(other, "Synthetic Follower")
    go_to(page, "Aging")
    go_to(page, "Worklist")
    assert len(remembered(page)) == 1, "nor does the window that was left take away who came after"
    page.reload()
    settle(page)
    expect(page.get_by_role("button", name="You are Synthetic Follower")).to_be_visible()


def test_a_call_with_a_promise_moves_the_account_and_says_why(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist?view=patients&age=First%20bill")
    say_who(page, "Synthetic Caller")
    press(page, "o")
    wait_for_address(page, "/account")
    first, before = parameters(page)["account"], score(page)
    assert "never touched" in page.get_by_text(re.compile(r"^Score \d+")).first.inner_text()
    press(page, "e")
    expect(page.get_by_text("Patient tried 0 of 7 times in 7 days.")).to_be_visible()
    page.get_by_label("With whom").fill("patient")
    page.get_by_label("Next step").fill("Look for the payment")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("next: Look for the payment").first).to_be_visible(timeout=30_000)
    settle(page)
    page.get_by_role("button", name="Promise", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text(re.compile("promise of .*: not due yet")).first).to_be_visible(timeout=30_000)
    settle(page)
    assert score(page) == before - 7
    assert "never touched" not in page.get_by_text(re.compile(r"^Score \d+")).first.inner_text()
    press(page, "n")
    second = parameters(page)["account"]
    page.reload()
    settle(page)
    press(page, "n")
    assert parameters(page)["account"] not in (first, second), "a page loaded anew knows its list"
    page.get_by_role("button", name="Back").click()
    wait_for_address(page, "/worklist")
    assert parameters(page)["age"] == "First bill"
    press(page, "o")
    wait_for_address(page, "/account")
    assert parameters(page)["account"] not in (first,), "the first has moved"
    assert second != first
    no_error(page)


def test_taking_back_restores_the_account(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist?view=silent")
    say_who(page, "Synthetic Colleague")
    press(page, "o")
    wait_for_address(page, "/account")
    before = score(page)
    record_call(page)
    page.get_by_text("Contacts", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Take back").first.click()
    expect(page.get_by_text("never touched").first).to_be_visible()
    settle(page)
    assert score(page) == before
    assert page.get_by_text("(taken back)").count() == 1


def tick(page: Page, *rows: int) -> None:
    """Click the boxes at the start of these rows of the worklist, the first being 1."""
    for row in rows:
        box = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box
        page.mouse.click(box["x"] + 15, box["y"] + 18 + 35 * row)
        page.wait_for_timeout(300)
        settle(page)


def test_ticked_rows_are_routed_together_and_taken_back_as_one(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist?view=denials")
    say_who(page, "Synthetic Lead")
    page.get_by_text("Select several").click()
    settle(page)
    tick(page, 1, 3)
    expect(page.get_by_text("2 accounts ticked")).to_be_visible()
    assert "/worklist" in address(page), "ticking opens nothing"
    page.get_by_role("button", name="Route").first.click()
    page.get_by_label("What they should do").fill("Look at the modifier")
    page.get_by_role("button", name="Route", exact=True).last.click()
    settle(page)
    back = page.get_by_role("button", name="Take back: 2 routed")
    expect(back).to_be_visible()
    expect(page.get_by_text("0 accounts ticked")).to_be_visible()
    expect(page.get_by_label("What they should do")).to_have_count(0)
    picture(page, "desk-several")
    back.click()
    expect(back).to_have_count(0)
    no_error(page)
    page.get_by_text("Select several").click()
    settle(page)
    tick(page, 1)
    wait_for_address(page, "/account")
    page.get_by_text("Contacts", exact=True).click()
    settle(page)
    expect(page.get_by_text("(taken back)")).to_have_count(1)


def test_a_patient_who_disputes_the_bill_is_on_hold_at_once(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist?view=patients")
    say_who(page, "Synthetic Listener")
    press(page, "o")
    wait_for_address(page, "/account")
    press(page, "e")
    page.get_by_label("With whom").fill("patient")
    page.get_by_role("combobox", name="What came of it").click()
    page.get_by_role("option", name="Disputes the bill").click()
    page.get_by_label("Next step").fill("Look at the bill again")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("On hold: Dispute.").first).to_be_visible(timeout=30_000)
    settle(page)
    page.get_by_text("Contacts", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Take back").last.click()  # the call: its hold goes with it
    settle(page)
    expect(page.get_by_text("(taken back)")).to_have_count(2)
    expect(page.get_by_text("On hold: Dispute.")).to_have_count(0)


def test_keys_rest_while_something_is_being_written(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist?view=silent")
    say_who(page, "Synthetic Writer")
    press(page, "o")
    wait_for_address(page, "/account")
    account = parameters(page)["account"]
    for key in ("n", "p"):
        page.get_by_role("button", name="Note", exact=True).click()
        note = page.get_by_role("dialog").get_by_label("Note")
        note.fill("They said no")
        note.press(key)
        page.get_by_role("dialog").get_by_role("button", name="Record").focus()
        press(page, key)
        page.get_by_text("Write a note").click()  # then no field and no button has the focus
        press(page, key)
        press(page, "e")
        expect(note).to_have_value(f"They said no{key}")
        assert parameters(page)["account"] == account
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    # the kinds of fields of a contact: a list to choose from, a day, a text of one line
    press(page, "e")
    for field in (
        page.get_by_role("combobox", name="How"),
        page.get_by_label("With whom"),
        page.get_by_test_id("stDateInput").last.get_by_role("spinbutton").first,
    ):
        field.focus()
        press(page, "n")
        press(page, "p")
    expect(page.get_by_label("With whom")).to_have_value("np")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "n")
    assert parameters(page)["account"] != account, "and go on afterwards"
    no_error(page)


def test_two_who_open_one_account_see_each_other(page: Page, new_page: NewPage, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/worklist?view=patients")
    say_who(page, "Synthetic First")
    press(page, "o")
    wait_for_address(page, "/account")
    second = new_page()
    visit(second, address(page))
    say_who(second, "Synthetic Second")
    expect(second.get_by_text("Synthetic First has this account open too.")).to_be_visible()
    # the first is writing while the second records, and is told before anything is saved
    press(page, "e")
    page.get_by_label("With whom").fill("patient line")
    page.get_by_label("Next step").fill("Call again")
    record_call(second)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("Somebody recorded meanwhile: Synthetic Second").first).to_be_visible(timeout=30_000)


def test_the_team_sees_what_was_done(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/team")
    no_error(page)
    # whose deadline runs out depends on the day the test is run; whose the accounts are does not
    expect(page.get_by_text(re.compile("open accounts? (is|are) nobody's")).first).to_be_visible()
    picture(page, "team")
    go_to(page, "Worklist")
    no_error(page)
