"""Coverage in a real browser: from a bar to the accounts behind it, to one of them, to its source, and out as CSV."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from data_access.engine import open_engine
from tests.browser.app import (
    App,
    address,
    click_mark,
    exported,
    no_error,
    open_first_row,
    picture,
    running,
    settle,
    tile,
    visit,
    wait_for_address,
)
from tests.coverage import office

PERIOD = "asof=2025-02-15&from=2025-01-01&to=2025-02-15"


@pytest.fixture(scope="module")
def covered_app(browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A dashboard over the office whose coverage was worked by hand."""
    folder = tmp_path_factory.mktemp("covered_app")
    (folder / "files").mkdir()
    office.fill(open_engine(f"duckdb:///{folder / 'office.duckdb'}"), folder / "files").dispose()
    with running(folder / "office.duckdb", folder) as app:
        yield app
    assert not app.connections.exists(), app.connections.read_text()


def test_from_a_bar_to_the_payers_own_words(page: Page, covered_app: App) -> None:
    visit(page, f"{covered_app.url}/coverage?{PERIOD}")
    no_error(page)
    assert tile(page, "Not covered on the day").startswith("2")
    picture(page, "coverage")
    click_mark(page, mark=5)
    assert "standing%3Dinactive" in address(page) or "standing=inactive" in address(page)
    expect(page.get_by_text("Narrowed to not covered on the day")).to_be_visible()
    rows, manifest = exported(page)
    assert {row["account_number"] for row in rows} == {"A2", "A3"}
    assert (manifest["report"], manifest["rows"], manifest["control_totals"]["charge"]) == ("coverage", 2, "200.00")
    assert "patient" not in rows[0]
    page.keyboard.press("Escape")

    open_first_row(page)
    no_error(page)
    expect(page.get_by_text("Not covered on 15 Jan 2025, by BIG PAYER's answer")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Coverage", exact=True).click()
    settle(page)
    page.get_by_text("Show source: 3 answers.271").click()
    settle(page)
    expect(page.get_by_text("EB*", exact=False).first).to_be_visible()
    picture(page, "coverage-account")
    page.get_by_role("button", name="Back").click()
    wait_for_address(page, "/coverage")
    expect(page.get_by_text("Narrowed to not covered on the day")).to_be_visible()


def test_an_eligibility_denial_beside_its_last_check(page: Page, covered_app: App) -> None:
    visit(page, f"{covered_app.url}/coverage?{PERIOD}&sel=cause=too_early")
    no_error(page)
    expect(page.get_by_text("Narrowed to checked too early")).to_be_visible()
    rows, manifest = exported(page)  # the denials come first when one of their marks was clicked
    assert manifest["report"] == "eligibility_denials"
    (row,) = rows
    assert (row["account_number"], row["days_before"], row["said"], row["whose"]) == ("A5", "41", "active", "office")
    assert manifest["control_totals"]["amount"] == "100.00"
