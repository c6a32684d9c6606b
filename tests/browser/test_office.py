"""An office's day in a real browser: an appeal that closes itself, statements and taking them back, keys alone."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from data_access.engine import open_engine
from data_access.schema import account
from tests.browser.app import (
    ROOT,
    SECONDS_TO_DRAW,
    App,
    address,
    go_to,
    no_error,
    open_first_row,
    parameters,
    picture,
    running,
    settle,
    visit,
    wait_for_address,
)
from tests.browser.conftest import NewPage
from tests.browser.test_desk import WHO, press, say_who
from tests.handworked.conftest import FILES

#: The payer pays HW-03 after all: 360.00 of 450.00, the rest contractual.
PAYS_HW_03 = Path(__file__).parent / "files" / "appeal_paid.835"


@dataclass(frozen=True)
class Office:
    """A dashboard over the hand-worked files; accounts by number."""

    app: App
    accounts: dict[str, int]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    database = f"duckdb:///{folder / 'office.duckdb'}"
    subprocess.run(
        [sys.executable, "-m", "data_access", "load", str(FILES)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database},
        check=True,
        capture_output=True,
    )
    engine = open_engine(database)
    with engine.connect() as connection:
        numbers = {row.account_number: row.account_id for row in connection.execute(select(account))}
    engine.dispose()
    with running(folder / "office.duckdb", folder) as app:
        yield Office(app, numbers)
        assert not app.connections.exists(), app.connections.read_text()


def test_from_denial_to_appeal_to_recovered(page: Page, office: Office) -> None:
    link = f"{office.app.url}/account?account={office.accounts['HW-03']}"
    visit(page, link)
    expect(page.get_by_text("of which $450.00 is denied (authorization)")).to_be_visible()
    say_who(page, "Synthetic Rep")
    page.get_by_role("button", name="Appeal").click()
    settle(page)
    expect(page.get_by_text("Look for an authorization on file")).to_be_visible()
    # denied 10 March 2026, 180 days to appeal by the payer's own rule
    expect(page.get_by_role("dialog").get_by_text("06 Sep 2026")).to_be_visible()
    picture(page, "appeal")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("appeal level 1 submitted").first).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    settle(page)

    go_to(page, "Import")
    page.locator("input[type=file]").set_input_files(PAYS_HW_03)
    settle(page)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("1 of 1 file loaded")).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    visit(page, link)
    expect(page.get_by_text("appeal level 1 recovered: the payer paid").first).to_be_visible()
    expect(page.get_by_text("Nothing is owed: the account is closed.")).to_be_visible()
    no_error(page)
    picture(page, "appeal-recovered")


def test_a_batch_of_statements_and_taking_it_back(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/statements")
    expect(page.get_by_text("5 accounts are due for a statement, for $330.00 in all.")).to_be_visible()
    expect(page.get_by_text("Statements need the office's name and address first.")).to_be_visible()
    page.get_by_role("link", name="Set the letterhead").click()
    settle(page)
    for label, text in (
        ("Name of the practice", "Synthetic Clinic"),
        ("Street", "1 Synthetic Way"),
        ("City, state and postal code", "Exampleville, KS 66002"),
    ):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Set", exact=True).click()
    settle(page)
    go_to(page, "Statements")
    say_who(page, "Synthetic Biller")
    page.get_by_role("button", name="Make 5 statements").click()
    expect(page.get_by_text("5 statements for $330.00 in all, recorded as sent today")).to_be_visible()
    page.get_by_role("button", name="Make and record").click()
    expect(page.get_by_text("No statement is due today.")).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    settle(page)
    no_error(page)
    picture(page, "statements-sent")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download its papers").click()
    with zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        papers = [name for name in archive.namelist() if name.endswith(".pdf")]
    assert (manifest["statements"], manifest["amount"], len(papers)) == (5, "330.00", 5)
    page.get_by_role("button", name="Take the batch back").click()
    settle(page)
    page.get_by_role("button", name="Take it back", exact=True).click()
    expect(page.get_by_text("5 accounts are due for a statement, for $330.00 in all.")).to_be_visible(
        timeout=SECONDS_TO_DRAW * 1000
    )
    no_error(page)


def tab_to(page: Page, name: str) -> None:
    """Press the tab key until the focus is on what is called so, as somebody without a mouse does."""
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const on = document.activeElement; "
            "return (on.getAttribute('aria-label') || on.labels?.[0]?.innerText || on.innerText || '').trim(); })()"
        )
        if focused.split("\n")[-1].strip() == name or focused == name:
            return
    raise AssertionError(f"the tab key never reached {name!r}")


def test_by_keys_alone(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/worklist?view=all")
    tab_to(page, page.get_by_role("button", name=WHO).inner_text().split("\n")[-1].strip())
    press(page, "Enter")
    tab_to(page, "Not in the list? Add yourself")
    page.keyboard.type("Synthetic Keys")
    press(page, "Tab")
    tab_to(page, "Add")
    press(page, "Enter")
    expect(page.get_by_role("button", name="You are Synthetic Keys")).to_be_visible()
    press(page, "o")
    page.wait_for_function("location.href.includes('/account')")
    settle(page)
    first = parameters(page)["account"]
    press(page, "e")
    tab_to(page, "With whom")
    page.keyboard.type("provider line")
    tab_to(page, "Next step")
    page.keyboard.type("Send the records")
    tab_to(page, "Record")
    press(page, "Enter")
    expect(page.get_by_text("next: Send the records").first).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    press(page, "n")
    assert parameters(page)["account"] != first
    no_error(page)


def test_a_plan_is_offered_accepted_and_taken_back(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/account?account={office.accounts['HW-05']}")
    say_who(page, "Synthetic Planner")
    page.get_by_role("button", name="Ways to pay").click()
    settle(page)
    page.get_by_text("6 months: $30.00 a month").click()
    settle(page)
    expect(page.get_by_text("Together $180.00, the balance to the cent.")).to_be_visible()
    picture(page, "plan")
    page.get_by_role("button", name="The patient accepts").click()
    expect(page.get_by_text("payment plan of $180.00: 0 of 6 instalments paid").first).to_be_visible(timeout=30_000)
    settle(page)
    page.get_by_text("Contacts", exact=True).click()
    settle(page)
    assert page.get_by_role("button", name="Take back").count() == 1, "the plan as a whole, not an instalment"
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("payment plan of $180.00")).to_have_count(0)
    no_error(page)


def narrowed(page: Page) -> str:
    """What the screen says it is narrowed to."""
    said = page.get_by_text("Payer type: ")
    return said.inner_text().rpartition("Payer type: ")[2] if said.count() else ""


def choose_payer_type(page: Page, name: str) -> None:
    """Narrow the screen to a payer type."""
    page.get_by_role("combobox", name="Payer type").click()
    page.get_by_role("option", name=name).click()
    page.keyboard.press("Escape")
    wait_for_address(page, f"pt={name}")


def test_a_saved_view_shows_what_its_link_says_whatever_was_on_the_screen(
    page: Page, new_page: NewPage, office: Office
) -> None:
    visit(page, f"{office.app.url}/worklist")
    say_who(page, "Synthetic Keeper")
    go_to(page, "Aging")
    choose_payer_type(page, "Commercial")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save this view as").fill("Commercial by age")
    page.get_by_text("Share it with everybody").click()
    page.get_by_role("button", name="Save", exact=True).click()
    settle(page)
    other = new_page()
    for before, payer_type in (("denials?pt=Medicare", "Medicare"), ("aging?by=Facility", "")):
        visit(other, f"{office.app.url}/{before}")
        assert narrowed(other) == payer_type
        other.get_by_role("button", name="Views").click()
        other.get_by_role("button", name="Commercial by age").click()
        wait_for_address(other, "pt=Commercial")
        assert address(other).endswith("/aging?pt=Commercial")
        assert narrowed(other) == "Commercial"
        expect(other.get_by_role("button", name="Commercial by age")).to_be_hidden()
        other.go_back()
        wait_for_address(other, before)
        assert narrowed(other) == payer_type
        no_error(other)


def test_back_and_forward_go_through_the_tabs_of_the_worklist(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/aging")
    go_to(page, "Worklist")
    page.get_by_role("radio", name="Mine").click()
    wait_for_address(page, "view=mine")
    page.go_back()
    settle(page)
    expect(page.get_by_role("radio", name="All")).to_be_checked()
    page.go_back()
    wait_for_address(page, "/aging")
    page.go_forward()
    settle(page)
    page.go_forward()
    wait_for_address(page, "view=mine")
    expect(page.get_by_role("radio", name="Mine")).to_be_checked()
    no_error(page)


def test_the_overview_has_the_address_one_expects(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/aging")
    visit(page, f"{office.app.url}/overview?pt=Commercial")
    wait_for_address(page, "/?pt=Commercial")
    assert narrowed(page) == "Commercial"
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    wait_for_address(page, "/aging")
    no_error(page)


def test_the_way_back_from_an_account_leads_to_the_list_as_it_was(page: Page, office: Office) -> None:
    link = "/accounts?pt=Commercial&min=1"
    visit(page, f"{office.app.url}{link}")
    for back in (page.go_back, page.get_by_role("button", name="Back").click):
        open_first_row(page)
        assert urlsplit(address(page)).path == "/account"
        assert set(parameters(page)) == {"account", "from", "list"}
        assert parameters(page)["list"] == urlsplit(link).query
        back()
        wait_for_address(page, "/accounts")
        assert parameters(page) == {"pt": "Commercial", "min": "1"}
        assert narrowed(page) == "Commercial"
        expect(page.get_by_role("spinbutton", name="Balance from")).to_have_value("1.00")
    no_error(page)


def test_a_payers_limit_is_stated_here_and_undone_as_a_load(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/administration?show=Payers%27+limits")
    expect(page.get_by_text("1 to 4 of 4")).to_be_visible()
    page.get_by_role("button", name="State a payer's limits").click()
    settle(page)
    page.get_by_role("button", name="State", exact=True).click()
    settle(page)
    expect(page.get_by_text("where they come from")).to_be_visible()
    page.get_by_label("Days from the denial notice to appeal").fill("60")
    page.get_by_label("Source", exact=True).fill("Synthetic manual of today")
    page.get_by_label("Source", exact=True).press("Tab")
    settle(page)
    page.get_by_role("button", name="State", exact=True).click()
    expect(page.get_by_text("1 to 5 of 5")).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    no_error(page)
    picture(page, "limits")
    visit(page, f"{office.app.url}/imports")
    no_error(page)


def test_claims_are_checked_before_they_are_sent(page: Page, office: Office) -> None:
    visit(page, f"{office.app.url}/imports?show=Check+claims")
    page.locator("input[type=file]").set_input_files(FILES / "01_claims_2025.837")
    said = page.get_by_text(re.compile("claims? (is|are) clean by these checks"))
    expect(said).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    settle(page)
    no_error(page)
    picture(page, "check-claims")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export CSV").click()
    found = Path(started.value.path()).read_text().splitlines()
    assert found[0].startswith("segment_no,account_number,claims,rule")
    # these claims were sent before: the office's own history says so
    assert any(",duplicate,error,The same date and charge" in line for line in found)
