"""One browser, and one dashboard over the synthetic practice, for all browser tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import find_browser
from tests.browser.app import ROOT, App, running
from tests.conftest import skip_unless_ci
from tests.made_once import shared_file

LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # what one page compiled is there for the next: 2 of the 5 seconds that opening one takes
)
#: Without a graphics card every frame of an animation is the processor's work: an eighth of these tests' time.
STILL = """document.addEventListener('DOMContentLoaded', () => {
    const style = document.createElement('style');
    style.textContent = '*, *::before, *::after { animation: none !important; transition: none !important; }';
    document.head.append(style);
});"""
#: The practice of the journeys is the same whatever day they run on.
CLAIMS, LAST_DAY = "3000", "2025-12-31"

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here as browser tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A headless Chromium. All that the dashboard keeps in it is who one is, which a test says anew."""
    path = find_browser.installed()
    if path is None:
        skip_unless_ci("no Chromium for the browser tests: install one or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("browser"),
            executable_path=path,
            args=LAUNCH,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        browser.add_init_script(STILL)
        _keep_its_process(browser)
        yield browser
        browser.close()


def _keep_its_process(browser: BrowserContext) -> None:
    """Open a page of the same site as every dashboard, to stay: the process ends with the last of them."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:  # answers that it serves nothing
        answering = Thread(target=server.handle_request)
        answering.start()
        browser.pages[0].goto(f"http://localhost:{server.server_port}")
        answering.join()


@pytest.fixture(scope="package")
def demo_app(browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A dashboard over a small synthetic practice."""
    demo = shared_file(tmp_path_factory, "demo.duckdb", _make_demo)
    with running(demo, demo.parent) as app:
        yield app


def _make_demo(path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "data_access", "demo", "--direct", "--claims", CLAIMS, "--until", LAST_DAY],
        cwd=ROOT,
        env=os.environ | {"DEMO_DATABASE_URL": f"duckdb:///{path}"},
        check=True,
    )


@pytest.fixture
def new_page(browser: BrowserContext) -> Iterator[NewPage]:
    """Opens pages, each a session of its own; afterwards, asserts that none asked anything but its dashboard."""
    asked: dict[Page, set[str]] = {}

    def open_page(width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        page = browser.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        asked[page] = set()
        page.on("request", lambda request: asked[page].add(_server(request.url)))
        page.on("websocket", lambda socket: asked[page].add(_server(socket.url)))
        return page

    yield open_page
    elsewhere = set[str]()
    for page, servers in asked.items():
        elsewhere |= servers - {"", _server(page.url)}
        page.close()
    assert not elsewhere, f"asked beside the dashboard: {sorted(elsewhere)}"


def _server(url: str) -> str:
    """Host and port that a request goes to; nothing for what the page itself holds, as data: and blob: do."""
    found = urlsplit(url)
    return found.netloc if found.scheme in ("http", "https", "ws", "wss") else ""


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of 1440 x 900."""
    return new_page()
