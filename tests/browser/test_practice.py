"""A new colleague plays a practice round, in a real browser and by keyboard; the manager sees what came of it."""

import re

from playwright.sync_api import Page, expect

from data_access.practice.cases import Case, cases
from tests.browser.app import App, exported, no_error, parameters, picture, settle, visit, wait_for_address
from tests.browser.conftest import NewPage
from tests.browser.test_desk import press, say_who

NAME = "Synthetic Learner"


def case_shown(page: Page) -> Case:
    """The case on the screen."""
    heading = page.get_by_role("heading", name=re.compile(r"^Practice account \d+")).inner_text()
    return cases()[int(re.findall(r"\d+", heading)[0])]


def number_of(page: Page, label: str) -> str:
    """The key that answers with this action, as its button shows it."""
    return re.findall(r"\d$", page.get_by_role("button", name=label).inner_text())[0]


def answer(page: Page, well: bool) -> None:
    """Answer the case on the screen by its key, and see at once whether it was right."""
    case = case_shown(page)
    press(page, number_of(page, case.best.label if well else case.choices[1].label))
    expect(page.get_by_text("Right." if well else "Not the best next action.", exact=True)).to_be_visible()
    no_error(page)


def test_a_round_by_keyboard(page: Page, new_page: NewPage, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/practice")
    expect(page.get_by_text("Ten made-up accounts")).to_be_visible()
    say_who(page, NAME)
    page.get_by_role("button", name="Start a round").click()
    settle(page)
    for place in range(1, 5):
        expect(page.get_by_text(f"{place} of 10", exact=True)).to_be_visible()
        answer(page, well=place != 2)
        if place == 2:
            picture(page, "practice-answer")
        press(page, "n")

    # another window: it goes on where it was left
    page = new_page()
    visit(page, f"{demo_app.url}/practice")
    page.get_by_role("button", name="Go on at 5 of 10").click()
    settle(page)
    for _ in range(5, 11):
        answer(page, well=True)
        press(page, "n")
    expect(page.get_by_role("heading", name="9 of 10 right")).to_be_visible()
    picture(page, "practice-result")

    page.get_by_text("All rounds", exact=True).click()
    settle(page)
    rows, manifest = exported(page)
    assert [(row["correct"], row["state"]) for row in rows if row["name"] == NAME] == [("9", "Finished")]
    assert manifest["rows"] == len(rows)
    no_error(page)


def test_from_an_answer_to_the_guide(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/practice")
    say_who(page, "Synthetic Newcomer")
    page.get_by_role("button", name="Start a round").click()
    settle(page)
    while (category := case_shown(page).category) is None:
        answer(page, well=True)
        press(page, "n")
    answer(page, well=False)
    page.get_by_test_id("stPageLink").filter(has_text=f"Playbook: {category.label}").click()
    wait_for_address(page, "/guide")
    assert parameters(page) == {"show": "Denials", "find": category.label}
    expect(page.get_by_text(category.first_action)).to_be_visible()
    no_error(page)
