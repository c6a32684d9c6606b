"""Underpayments in a real browser: from a bar to its lines, to an account, and to the packet for the payer."""

import csv
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import (
    ROOT,
    App,
    amount,
    click_mark,
    exported,
    no_error,
    open_first_row,
    picture,
    running,
    settle,
    tile,
    visit,
)

FILES = ROOT / "tests/handworked/files"
HEADER = "payer_id,contract,effective_from,basis,percent"
TERMS = [f"{payer},{payer} agreement,2025-01-01,percent_of_charge,100" for payer in ("SYNCOM01", "SYNMCR01")]


@pytest.fixture(scope="module")
def office(browser: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A dashboard over an office whose contracts allow every charge in full, so that nearly every line is short."""
    folder = tmp_path_factory.mktemp("underpayments")
    contracts = folder / "contracts.csv"
    contracts.write_text("\n".join([HEADER, *TERMS]) + "\n")
    subprocess.run(
        [sys.executable, "-m", "data_access", "load", str(FILES), str(contracts)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"duckdb:///{folder / 'office.duckdb'}"},
        check=True,
        capture_output=True,
    )
    with running(folder / "office.duckdb", folder) as app:
        yield app
        assert not app.connections.exists(), app.connections.read_text()


def test_a_payers_bar_holds_its_lines_to_the_cent(page: Page, office: App) -> None:
    visit(page, f"{office.url}/underpayments")
    everything = amount(tile(page, "Underpaid, open"))
    said = page.locator(".js-plotly-plot").first.locator(".bartext").first.text_content() or ""
    click_mark(page)
    expect(page.get_by_text("Narrowed to")).to_be_visible()
    rows, manifest = exported(page)
    total = sum(Decimal(row["short"]) for row in rows)
    assert Decimal(0) < total == amount(said) == Decimal(manifest["control_totals"]["short"]) < everything
    assert len({row["payer"] for row in rows}) == 1
    assert f"{len(rows)} line" in said

    page.keyboard.press("Escape")
    open_first_row(page)
    page.get_by_text("Remittances and adjustments", exact=True).click()
    settle(page)
    no_error(page)
    picture(page, "journey-underpaid-account")
    page.get_by_role("button", name="Back").click()
    settle(page)
    expect(page.get_by_text("Narrowed to")).to_be_visible()


def test_the_packet_for_a_payer_adds_up(page: Page, office: App) -> None:
    visit(page, f"{office.url}/underpayments?rows=Packet+for+a+payer")
    said = page.get_by_text("A zip with a letter to the payer").inner_text()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download packet").click()
    with zipfile.ZipFile(started.value.path()) as archive:
        names = {Path(name).suffix: name for name in archive.namelist()}
        rows = list(csv.DictReader(io.StringIO(archive.read(names[".csv"]).decode())))
        assert archive.read(names[".pdf"]).startswith(b"%PDF")
    assert amount(said) == sum(Decimal(row["short"]) for row in rows)
    assert f"{len(rows)} lines" in said
    assert "member_id" not in rows[0]
