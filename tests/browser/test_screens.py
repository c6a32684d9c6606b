"""Every screen, in a wide and a narrow window, light and dark: drawn without an error, and kept as a picture."""

import pytest
from playwright.sync_api import Page, expect

from pages.parts.entry import SCREENS
from tests.browser.app import App, go_to, no_error, open_first_row, picture, settle, visit, wait_for_address
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


def test_what_was_broken_down_by_on_one_screen_may_be_nothing_on_the_next(new_page: NewPage, demo_app: App) -> None:
    page = new_page()
    visit(page, f"{demo_app.url}/coverage")
    for choice, next_screen in (("Payer type", "Claims"), ("Facility", "Underpayments"), ("Procedure", "Coverage")):
        page.get_by_test_id("stButtonGroup").get_by_text(choice, exact=True).click()
        wait_for_address(page, f"by={choice.partition(' ')[0]}")
        no_error(page)
        go_to(page, next_screen)
        no_error(page)
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
