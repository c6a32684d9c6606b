"""The dashboard as a user meets it: a server of its own on a free port, and a browser looking at it."""

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page

from pages.parts.entry import SCREENS

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
SECONDS_TO_START = 60
SECONDS_TO_DRAW = 60
IDLE = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const drawn = document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]');
    const idle = drawn && app && app.getAttribute('data-test-script-state') === 'notRunning'
        && !document.querySelector('[data-testid="stSkeleton"]');
    const now = performance.now();
    if (!idle) { window.idleSince = undefined; return false; }
    window.idleSince ??= now;
    return now - window.idleSince > 500;
}"""

#: Ports of dashboards that ended: for the next one there, the browser has the scripts compiled.
_LEFT: list[int] = []


@dataclass(frozen=True)
class App:
    """A running dashboard. `connections` is where it notes attempts to reach another machine."""

    url: str
    connections: Path


@contextmanager
def running(database: Path, folder: Path) -> Iterator[App]:
    """Serve the dashboard over an embedded database until the block ends; its log is kept in `folder`."""
    port = _LEFT.pop() if _LEFT else _free_port()
    app = App(f"http://localhost:{port}", folder / "connections.log")
    environment = os.environ | {
        "DATABASE_URL": f"duckdb:///{database}",
        "CONNECTION_LOG": str(app.connections),
        "PYTHONPATH": str(Path(__file__).with_name("no_network")),
    }
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--server.headless=true"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_healthy(app, server, folder / "server.log")
            yield app
        finally:
            server.terminate()
            server.wait(timeout=10)
            _LEFT.append(port)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_until_healthy(app: App, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the dashboard stopped at once:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{app.url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the dashboard did not start within {SECONDS_TO_START} s:\n{log.read_text()}")


def settle(page: Page) -> None:
    """Wait until the script has run, and stays so for a moment: a click starts a run only after a round trip."""
    page.evaluate("window.idleSince = undefined")
    page.wait_for_function(IDLE, polling=50, timeout=SECONDS_TO_DRAW * 1000)


def visit(page: Page, url: str) -> None:
    """Open an address and wait until the page is drawn."""
    page.goto(url)
    settle(page)


def address(page: Page) -> str:
    """The address as the browser shows it (Playwright's own lags behind navigation within the app)."""
    return page.evaluate("location.href")


def parameters(page: Page) -> dict[str, str]:
    """The parameters of the address."""
    return dict(parse_qsl(urlsplit(address(page)).query))


def wait_for_address(page: Page, part: str) -> None:
    """Wait until the address holds this, and the page there is drawn."""
    page.wait_for_function("part => location.href.includes(part)", arg=part, timeout=SECONDS_TO_DRAW * 1000)
    settle(page)


def tile(page: Page, label: str) -> str:
    """What the tile with this label says."""
    named = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return named.first.get_by_test_id("stMetricValue").inner_text()


def tiles(page: Page) -> list[str]:
    """What all tiles say, in order."""
    return page.get_by_test_id("stMetricValue").all_inner_texts()


def amount(text: str) -> Decimal:
    """An amount to the cent, as written on the screen."""
    found = re.search(r"(-?)\$([\d,]+\.\d\d)", text)
    assert found, f"no amount to the cent in {text!r}"
    return Decimal(found[1] + found[2].replace(",", ""))


def go_to(page: Page, screen: str) -> None:
    """Follow the link of a screen in the navigation, opening its section first where it stands in one."""
    section = next(known.section for known in SCREENS if known.title == screen)
    if section:
        page.get_by_test_id("stTopNavSection").filter(has_text=section).first.click()
    link = "stTopNavDropdownLink" if section else "stTopNavLink"
    page.get_by_test_id(link).filter(has_text=screen).first.click()
    wait_for_address(page, f"/{screen.lower()}")


def click_mark(page: Page, chart: int = 0, mark: int = 0) -> None:
    """Click a bar or square of a chart, in the middle, as a mouse does; wait until the link holds the selection."""
    plot = page.locator(".js-plotly-plot").nth(chart)
    # at once, whatever draws the chart anew meanwhile
    plot.evaluate("chart => chart.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    box = plot.locator(".point path").nth(mark).bounding_box()
    assert box, "the mark is not on the screen"
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for_address(page, "sel=")


def open_first_row(page: Page) -> None:
    """Open the account of the first row of the first table, by the box at its start."""
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box, "the table is not on the screen"
    page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
    wait_for_address(page, "account=")


def exported(page: Page) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Export the table of the screen; its rows and its manifest."""
    page.get_by_role("button", name="Export CSV").first.click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download", exact=True).click()
    with zipfile.ZipFile(started.value.path()) as archive:
        names = {Path(name).suffix: name for name in archive.namelist()}
        rows = list(csv.DictReader(io.StringIO(archive.read(names[".csv"]).decode())))
        return rows, json.loads(archive.read(names[".json"]))


def no_error(page: Page) -> None:
    """Assert that no part of the screen failed."""
    for failure in ("stException", "stAlertContentError"):
        found = page.get_by_test_id(failure)
        assert found.count() == 0, found.first.inner_text()


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, for a person to see."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
