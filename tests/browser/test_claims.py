"""From the funnel to a rejected claim and its account, in a real browser."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from tests.acknowledgments.office import write_files
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
    visit,
    wait_for_address,
)


@pytest.fixture(scope="module")
def office(browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A dashboard over the hand-worked office whose claims are acknowledged in every way."""
    folder = tmp_path_factory.mktemp("claims")
    database = folder / "office.duckdb"
    engine = open_engine(f"duckdb:///{database}")
    load_paths(engine, [write_files(folder / "in")], who="test")
    engine.dispose()
    with running(database, folder) as app:
        yield app


def test_from_the_funnel_to_a_rejected_claim(page: Page, office: App) -> None:
    visit(page, f"{office.url}/claims?asof=2026-04-03&from=2026-01-01&to=2026-04-03")
    no_error(page)
    expect(page.get_by_text("4 rejected claims ($640.00) wait to be sent again")).to_be_visible()

    click_mark(page, chart=0, mark=3)  # accepted by the payer, or further
    rows, manifest = exported(page)
    assert len(rows) == manifest["rows"] == 6
    assert sum(Decimal(row["charge"]) for row in rows) == Decimal(manifest["control_totals"]["charge"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("!location.href.includes('sel=')")
    settle(page)

    click_mark(page, chart=3)  # the payer whose claims were rejected
    expect(page.get_by_text("Narrowed to claims rejected, SYNTHETIC PAYER, sent in the period")).to_be_visible()
    rows, manifest = exported(page)
    assert (len(rows), manifest["control_totals"]["charge"]) == (7, "1160.00")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("!location.href.includes('sel=')")
    settle(page)

    click_mark(page, chart=2)  # the first reason of rejections
    expect(page.get_by_text("Narrowed to")).to_be_visible()
    narrowed = address(page)
    open_first_row(page)
    no_error(page)
    page.get_by_text("Claims and lines", exact=True).click()
    expect(page.get_by_text("Now: Rejected with its file")).to_be_visible()
    picture(page, "journey-claims-account")
    page.get_by_role("button", name="Back").click()
    wait_for_address(page, "/claims")
    assert address(page).split("sel=")[1].split("&")[0] == narrowed.split("sel=")[1].split("&")[0]
