"""One browser, and one dashboard over the synthetic practice, for all browser tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import find_browser
from tests.browser.app import ROOT, App, running
from tests.conftest import skip_unless_ci

LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
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
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = find_browser.installed()
    if path is None:
        skip_unless_ci("no Chromium for the browser tests: install one or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo_app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A dashboard over a small synthetic practice."""
    folder = tmp_path_factory.mktemp("demo_app")
    demo = folder / "demo.duckdb"
    subprocess.run(
        [sys.executable, "-m", "data_access", "demo", "--direct", "--claims", CLAIMS, "--until", LAST_DAY],
        cwd=ROOT,
        env=os.environ | {"DEMO_DATABASE_URL": f"duckdb:///{demo}"},
        check=True,
    )
    with running(demo, folder) as app:
        yield app


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens pages, each in a fresh browser of its own; afterwards, asserts that none asked another machine."""
    contexts, requested = [], []

    def open_page(width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        context.add_init_script(STILL)
        context.on("request", lambda request: requested.append(request.url))
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    elsewhere = {url for url in requested if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    elsewhere = {url for url in elsewhere if urlsplit(url).hostname not in ("localhost", "127.0.0.1")}
    assert not elsewhere, f"requests that left the machine: {sorted(elsewhere)}"


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page in a fresh browser window of 1440 x 900."""
    return new_page()
