"""The pack is made when it is asked for, and a line of the checklist opens the rows it counts."""

import csv
import io
import json
import re
import zipfile

from playwright.sync_api import Page, expect

from tests.browser.app import App, amount, no_error, visit, wait_for_address
from tests.browser.conftest import NewPage


def test_from_the_screen_to_the_pack_and_to_what_is_open(new_page: NewPage, demo_app: App) -> None:
    page = new_page()
    visit(page, f"{demo_app.url}/month_end?month=November+2025")
    owed = amount(page.get_by_role("row").filter(has_text="balances").first.inner_text())
    rows, manifest = _pack(page)
    assert rows[0]["value"] == f"{owed:.2f}" and manifest["as_of"] == "2025-11-30"
    line = page.get_by_role("button", name=re.compile("Days at the bank that balance"))
    number, deposits = re.findall(r": (\d+), (\$[\d,.]+)", line.inner_text())[0]
    line.click()
    wait_for_address(page, "sel=state")
    expect(page.get_by_text(f"1 to {number} of {number} · Deposits {deposits}")).to_be_visible()
    no_error(page)


def _pack(page: Page) -> tuple[list[dict[str, str]], dict]:
    with page.expect_download() as started:
        page.get_by_role("button", name="Whole pack (zip)").click()
    with zipfile.ZipFile(started.value.path()) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("figures.csv").decode())))
        return rows, json.loads(archive.read("manifest.json"))
