"""A biller's morning at the bank: match what has no explanation by hand, close the day, see that it is closed; follow a
check that was posted by hand to its accounts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.work import people
from tests.bank.month import files
from tests.bank.test_posted import POSTED
from tests.browser.app import App, exported, no_error, picture, running, settle, tile, visit, wait_for_address

SLOW = 60_000  # ms: a busy machine redraws a page late


@pytest.fixture(scope="module")
def bank_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A dashboard over the hand-worked month."""
    folder, source = tmp_path_factory.mktemp("bank_app"), tmp_path_factory.mktemp("bank_files")
    for name, content in {**files(), "posted.csv": POSTED}.items():
        (source / name).write_bytes(content)
    database = folder / "month.duckdb"
    engine = open_engine(f"duckdb:///{database}")
    load_paths(engine, [source], "test")
    people.add(engine, "Synthetic Biller")
    engine.dispose()
    with running(database, folder) as app:
        yield app


def say_who(page: Page) -> None:
    """Pick the one person there is."""
    page.get_by_role("button", name="Who are you?").click()
    settle(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="Synthetic Biller").click()
    settle(page)
    dialog.get_by_role("button", name="This is me").click()
    expect(page.get_by_role("button", name="You are Synthetic Biller")).to_be_visible(timeout=SLOW)
    settle(page)


def tick(page: Page, table: int, row: int) -> None:
    """Tick the box at the start of a row of a table in the dialog."""
    click_box(page, page.get_by_role("dialog").get_by_test_id("stDataFrame").nth(table), row)
    settle(page)


def click_box(page: Page, table: Locator, row: int) -> None:
    """Click the box at the start of a row."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box, "the table is not on the screen"
    page.mouse.click(box["x"] + 18, box["y"] + 35 * (row + 1) + 17)


def test_a_morning_at_the_bank(page: Page, bank_app: App) -> None:
    visit(page, f"{bank_app.url}/reconciliation?asof=2026-03-31")
    assert (tile(page, "Deposits"), tile(page, "Money without remittance")) == ("$458.37", "$13.37")
    say_who(page)
    page.get_by_role("button", name="Match by hand").click()
    settle(page)
    dialog = page.get_by_role("dialog")
    tick(page, 0, 0)  # 13.37 of 25 March, the newest
    expect(dialog.get_by_text("difference $13.37")).to_be_visible(timeout=SLOW)
    dialog.get_by_label("Why (needed)").fill("interest of the bank")
    dialog.get_by_label("Why (needed)").press("Tab")
    settle(page)
    picture(page, "bank-match-by-hand")
    dialog.get_by_role("button", name="Keep this").click()
    settle(page)
    no_error(page)
    assert (tile(page, "Money without remittance"), tile(page, "Another amount")) == ("$0.00", "$10.00")
    rows, manifest = exported(page)
    explained = [row for row in rows if row["state"] == "explained"]
    assert [(row["amount"], row["reason"]) for row in explained] == [("13.37", "interest of the bank")]
    assert manifest["control_totals"] == {"amount": "458.37"}

    visit(page, f"{bank_app.url}/reconciliation?asof=2026-03-31&view=Daily+close&sel=on%3D2026-03-24")
    expect(page.get_by_text("24 Mar 2026: does not balance.")).to_be_visible(timeout=SLOW)
    page.get_by_label("Note (needed)").fill("the payer sends the rest")
    page.get_by_label("Note (needed)").press("Tab")
    settle(page)
    page.get_by_role("button", name="Close this day").click()
    settle(page)
    expect(page.get_by_text("24 Mar 2026: closed.")).to_be_visible(timeout=SLOW)
    no_error(page)
    picture(page, "bank-day-closed")


def test_from_a_check_posted_by_hand_to_its_account(page: Page, bank_app: App) -> None:
    visit(page, f"{bank_app.url}/reconciliation?asof=2026-03-31&view=Posted+by+hand")
    click_box(page, page.get_by_test_id("stDataFrame").last, 5)  # newest first: the check of 5 March
    wait_for_address(page, "sel=payment")
    expect(page.get_by_text("Narrowed to the payment of BIG PAYER, check 0007001")).to_be_visible(timeout=SLOW)
    rows, manifest = exported(page)
    assert [(row["account_number"], row["amount"]) for row in rows] == [("A1", "30.00"), ("A2", "20.00")]
    assert manifest["control_totals"] == {"amount": "50.00"}
    page.keyboard.press("Escape")
    settle(page)
    picture(page, "bank-check-entries")
    click_box(page, page.get_by_test_id("stDataFrame").last, 0)
    wait_for_address(page, "account=")
    no_error(page)
    expect(page.get_by_text("Account A1 ·")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Back").click()
    wait_for_address(page, "sel=payment")
    expect(page.get_by_text("Narrowed to the payment of BIG PAYER, check 0007001")).to_be_visible(timeout=SLOW)
