"""Every screen, in a wide and a narrow window, light and dark: drawn without an error, and kept as a picture."""

import pytest
from playwright.sync_api import Page

from pages.parts.entry import SCREENS
from tests.browser.app import App, no_error, open_first_row, picture, settle, visit
from tests.browser.conftest import NewPage

WIDTHS = {1440: 900, 768: 1024}


@pytest.mark.parametrize("screen", [screen.file for screen in SCREENS])
def test_screen(new_page: NewPage, demo_app: App, screen: str) -> None:
    page = new_page()
    visit(page, f"{demo_app.url}/{_path(screen)}")
    if screen == "account":
        open_first_row(page)
    shades = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            settle(page)
            picture(page, f"{screen}-{width}-{scheme}")
            no_error(page)
            assert _overflow(page) <= 0, "the page scrolls sideways"
        shades[scheme] = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert shades["light"] != shades["dark"]


def _path(screen: str) -> str:
    return {"overview": "", "account": "accounts"}.get(screen, screen)


def _overflow(page: Page) -> int:
    return page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
