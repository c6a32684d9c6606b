"""What people do with the dashboard, in a real browser."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import (
    ROOT,
    SECONDS_TO_DRAW,
    App,
    address,
    amount,
    click_mark,
    exported,
    go_to,
    no_error,
    open_first_row,
    parameters,
    picture,
    running,
    settle,
    tile,
    tiles,
    visit,
    wait_for_address,
)
from tests.browser.conftest import NewPage

FILES = ROOT / "tests/handworked/files"


@pytest.fixture(autouse=True)
def server_stays_on_this_machine(demo_app: App) -> Iterator[None]:
    """The server reaches out to nobody, whatever is done with it."""
    yield
    assert not demo_app.connections.exists(), demo_app.connections.read_text()


def test_from_the_overview_to_an_account_and_back(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/?pt=Commercial")
    page.get_by_role("button", name=re.compile(r"\+\d+ claims")).first.click()
    wait_for_address(page, "sel=")
    assert "/denials" in address(page)
    denials, figures, narrowed = parameters(page), tiles(page), page.get_by_text("Narrowed to").inner_text()
    assert denials["pt"] == "Commercial"

    open_first_row(page)
    no_error(page)
    assert "/account" in address(page)
    assert set(parameters(page)) <= {"account", "from", "sel", "list", *denials}, "nothing of the patient but an id"
    assert dict(parse_qsl(parameters(page)["list"])) == denials
    picture(page, "journey-account")

    page.get_by_role("button", name="Back").click()
    wait_for_address(page, "/denials")
    assert parameters(page) == denials
    assert tiles(page) == figures
    assert page.get_by_text("Narrowed to").inner_text() == narrowed


def test_a_figure_of_the_overview_leads_to_its_rows_whatever_was_chosen_there_before(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/accounts?pt=Commercial&owed=Credit&min=100")
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="the payer is silent beyond").click()
    wait_for_address(page, "silent=true")
    assert parameters(page) == {"pt": "Commercial", "silent": "true"}
    counted = page.get_by_text(re.compile(r"\d+ rows|1 to \d+ of [\d,]+")).first.inner_text()
    page.go_back()
    settle(page)
    said = page.get_by_role("button", name="the payer is silent beyond").inner_text()
    number = re.search(r"([\d,]+) balances?", said)
    assert number and number[1] in counted, (said, counted)


def test_a_denial_reason_narrows_the_claims_to_its_own(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/denials")
    said = page.locator(".js-plotly-plot").first.locator(".point text, .bartext").first.text_content() or ""
    click_mark(page)
    rows, manifest = exported(page)
    assert str(len(rows)) == said.split()[0].replace(",", "")
    assert manifest["rows"] == len(rows)
    assert len({row["initial_category"] for row in rows}) == 1


def test_filtered_export_adds_up_to_the_tile(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/aging")
    everything = amount(tile(page, "A/R"))
    page.get_by_test_id("stMultiSelect").filter(has_text="Payer type").locator("input").first.click()
    page.get_by_role("option", name="Medicare", exact=True).click()
    wait_for_address(page, "pt=Medicare")
    page.keyboard.press("Escape")
    settle(page)

    shown = amount(tile(page, "A/R"))
    assert Decimal(0) < shown < everything
    rows, manifest = exported(page)
    credits = sum(Decimal(row["balance"]) for row in rows if row["side"] == "Credit balances")
    owed = sum(Decimal(row["balance"]) for row in rows) - credits
    assert owed == shown
    assert credits == amount(tile(page, "Credit balances"))
    assert Decimal(manifest["control_totals"]["balance"]) == owed + credits
    assert manifest["filters"]["payer_types"] == "Medicare" and manifest["narrowed_to"] == []
    assert manifest["synthetic"] is True
    assert not {"last_name", "first_name", "birth_date"} & set(rows[0])


def test_a_click_on_a_bar_narrows_the_table_to_its_amount(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/aging")
    plot = page.locator(".js-plotly-plot").first
    click_mark(page)
    expect(page.get_by_text("Narrowed to")).to_be_visible()
    marked = plot.evaluate(
        """plot => plot.data.flatMap(bar => (bar.selectedpoints || []).map(point => bar._xs ?? bar.x[point]))[0]"""
    )
    rows, manifest = exported(page)
    total = Decimal(manifest["control_totals"]["balance"])
    assert sum(Decimal(row["balance"]) for row in rows) == total
    assert f"{total:.2f}" == f"{marked:.2f}"

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("!location.href.includes('sel=')")


def test_a_link_shows_the_same_view_in_a_fresh_browser(page: Page, new_page: NewPage, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/denials?pt=Medicare~Commercial&cmp=A+year+earlier")
    click_mark(page, mark=1)
    other = new_page()
    visit(other, address(page))
    assert tiles(other) == tiles(page)
    assert other.get_by_text("Narrowed to").inner_text() == page.get_by_text("Narrowed to").inner_text()
    assert parameters(other) == parameters(page)


def test_filters_stay_from_screen_to_screen(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/?pt=Medicaid")
    for screen in ("Aging", "Denials", "Collections", "Accounts"):
        go_to(page, screen)
        no_error(page)
        assert parameters(page)["pt"] == "Medicaid", screen


@pytest.fixture
def office(tmp_path: Path, demo_app: App) -> Iterator[App]:
    """A dashboard over an office's database that holds claims without their remittance."""
    database = tmp_path / "office.duckdb"
    subprocess.run(
        [sys.executable, "-m", "data_access", "load", str(FILES / "01_claims_2025.837")],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"duckdb:///{database}"},
        check=True,
    )
    with running(database, tmp_path) as app:
        yield app
        assert not app.connections.exists(), app.connections.read_text()


def test_an_uploaded_remittance_changes_the_charts(page: Page, new_page: NewPage, office: App) -> None:
    watching = new_page()
    visit(watching, f"{office.url}/aging")
    before = tiles(watching)

    visit(page, f"{office.url}/imports")
    page.locator("input[type=file]").set_input_files(FILES / "11_remittances_2025.835")
    settle(page)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("1 of 1 file loaded")).to_be_visible(timeout=SECONDS_TO_DRAW * 1000)
    go_to(page, "Aging")
    assert amount(tile(page, "Insurance, billed")) < amount(before[1])

    deadline = time.monotonic() + SECONDS_TO_DRAW
    while tiles(watching) == before and time.monotonic() < deadline:
        watching.wait_for_timeout(500)
    assert tiles(watching) == tiles(page), "a screen left open refreshes itself"


def test_files_left_in_the_inbox_are_loaded(page: Page, new_page: NewPage, office: App) -> None:
    visit(page, f"{office.url}/aging")
    before = tiles(page)
    writing = new_page()
    visit(writing, f"{office.url}/worklist")
    writing.get_by_role("button", name="Who are you?").click()
    name = writing.get_by_role("dialog").get_by_label("Not in the list? Add yourself")
    name.fill("Somebody half")
    database = next(path for path in office.connections.parent.iterdir() if path.suffix == ".duckdb")
    placed = subprocess.run(
        [sys.executable, "-m", "data_access", "load", str(FILES / "11_remittances_2025.835")],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"duckdb:///{database}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "inbox" in placed.stdout
    deadline = time.monotonic() + SECONDS_TO_DRAW
    while tiles(page) == before and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    assert tiles(page) != before
    shows = writing.get_by_role("button", name="Show new data", include_hidden=True)
    expect(shows).to_be_attached(timeout=SECONDS_TO_DRAW * 1000)
    expect(name).to_have_value("Somebody half")


def click_point(page: Page, point: int) -> None:
    """Click a point of the first line on the screen."""
    plot = page.locator(".js-plotly-plot").filter(has=page.locator(".scatterlayer .points path")).first
    plot.scroll_into_view_if_needed()
    box = plot.locator(".scatterlayer .trace").first.locator(".points path").nth(point).bounding_box()
    assert box, "the point is not on the screen"
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for_address(page, "sel=")


def month_in_link(page: Page, key: str) -> str:
    """The month a selection in the link is narrowed to, as 2025-03."""
    found = re.search(rf"{key}=(\d{{4}}-\d\d)", parameters(page)["sel"])
    assert found, parameters(page)["sel"]
    return found[1]


def test_a_click_on_a_point_of_the_denial_rate_narrows_the_claims_to_its_month(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/denials")
    click_point(page, 3)
    month = month_in_link(page, "month")
    rows, manifest = exported(page)
    assert rows and manifest["rows"] == len(rows)
    assert {row["first_remit_on"][:7] for row in rows} == {month}


def test_a_click_on_a_point_of_a_cohort_narrows_the_postings_to_its_services(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/collections")
    click_point(page, 3)
    month = month_in_link(page, "service_month")
    expect(page.get_by_text("Narrowed to")).to_be_visible()
    rows, manifest = exported(page)
    assert rows and manifest["rows"] == len(rows)
    assert min(row["posted_on"] for row in rows) >= month, "nothing is posted before its service"


def test_a_click_on_a_month_end_narrows_the_table_to_what_stood_open_then(page: Page, demo_app: App) -> None:
    visit(page, f"{demo_app.url}/aging")
    trend = page.locator(".js-plotly-plot").nth(1)
    trend.scroll_into_view_if_needed()
    box = trend.locator(".point path").nth(4).bounding_box()
    assert box, "the mark is not on the screen"
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for_address(page, "sel=")
    marked = trend.evaluate(
        "plot => plot.data.flatMap(bar => (bar.selectedpoints || []).map(at => bar._xs ?? bar.x[at]))[0]"
    )
    rows, manifest = exported(page)
    assert f"{Decimal(manifest['control_totals']['balance']):.2f}" == f"{marked:.2f}"
    assert sum(Decimal(row["balance"]) for row in rows) == Decimal(manifest["control_totals"]["balance"])
