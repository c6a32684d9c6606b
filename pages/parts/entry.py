"""What every page needs from the entry file: that it ran, and the filters it drew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from data_access.filters import Filters
from pages.parts import link


@dataclass(frozen=True)
class Screen:
    """A screen: its title, its file under pages/, its icon; `section` of the navigation, empty for those always seen.

    `filtered`: it has the shared filter bar. `hidden`: opened by its link only. `dialogs`: people write in its
    dialogs, which a redraw would close with what is in them. `monthly`: its filter bar has a month, no other period.
    `unposted`: it has something to tell where nothing is posted to accounts.
    """

    title: str
    file: str
    icon: str
    section: str = ""
    filtered: bool = True
    hidden: bool = False
    dialogs: bool = False
    monthly: bool = False
    unposted: bool = False


CYCLE, OFFICE, LEARN = "Revenue cycle", "Office", "Learn"

#: In the order of the navigation.
SCREENS = (
    Screen("Overview", "overview", "monitoring"),
    Screen("Month end", "month_end", "event_available", monthly=True),
    Screen("Worklist", "worklist", "checklist", dialogs=True),
    Screen("Accounts", "accounts", "list_alt"),
    Screen("Aging", "aging", "hourglass_bottom"),
    Screen("Denials", "denials", "block"),
    Screen("Collections", "collections", "payments"),
    Screen("Coverage", "coverage", "verified_user", CYCLE),
    Screen("Claims", "claims", "outgoing_mail", CYCLE),
    Screen("Underpayments", "underpayments", "trending_down", CYCLE),
    Screen("Reconciliation", "reconciliation", "account_balance", CYCLE, dialogs=True, unposted=True),
    Screen("Statements", "statements", "receipt_long", OFFICE),
    Screen("Team", "team", "groups", OFFICE),
    Screen("Import", "imports", "upload_file", OFFICE, filtered=False),
    Screen("Administration", "administration", "settings", OFFICE, filtered=False, dialogs=True),
    Screen("Guide", "guide", "menu_book", LEARN, filtered=False),
    Screen("Practice", "practice", "school", LEARN, filtered=False),
    Screen("Account", "account", "person", LEARN, filtered=False, hidden=True, dialogs=True),
)
FILTERED = {screen.title for screen in SCREENS if screen.filtered}
MONTHLY = {screen.title for screen in SCREENS if screen.monthly}
UNPOSTED = {screen.title for screen in SCREENS if screen.unposted}
WRITTEN_ON = {screen.title for screen in SCREENS if screen.dialogs}
#: The way back to a screen, by its file's name.
PAGES = {screen.file: f"pages/{screen.file}.py" for screen in SCREENS if not screen.hidden}
_ENTERED = "entered"
_ICON = str(Path(__file__).with_name("icon.png"))  # a picture of our own: a named icon would be fetched


def configure() -> None:
    """Title, icon and width of the browser's page; must come before the navigation, which would set another icon."""
    st.set_page_config(page_title="Patient accounts", page_icon=_ICON, layout="wide")


def navigate() -> Page:
    """The navigation of the dashboard; returns the page asked for. An account is opened by its link only."""
    sections: dict[str, list[Page]] = {}
    for screen in SCREENS:
        page = st.Page(
            f"pages/{screen.file}.py",
            title=screen.title,
            icon=f":material/{screen.icon}:",
            # the name of its file, or a link could not be the first visit of a new server; the first page has none
            url_path=screen.file if screen.file != link.FIRST else "first",
            default=screen.file == link.FIRST,
            visibility="hidden" if screen.hidden else "visible",
        )
        sections.setdefault(screen.section, []).append(page)
    sections[""].append(st.Page(_to_the_first, title="One moment", url_path=link.FIRST, visibility="hidden"))
    return st.navigation(sections, position="top")


def _to_the_first() -> None:
    """The address one expects of the first page, which has none but the dashboard's."""
    link.follow(link.FIRST, link.here(), instead=True)


def enter(filters: Filters | None = None) -> None:
    """Called by the entry file before the page runs; `filters` on screens that have them."""
    st.session_state[_ENTERED] = True
    if filters is not None:
        st.session_state["filters"] = filters


def required() -> None:
    """Called first by every page.

    Until the entry file has run once, Streamlit takes a folder named pages for pages of the old kind, and
    a new server whose first visitor follows a link would run the page alone, without filter bar or
    navigation. Naming a navigation ends that; the page then comes again through the entry file.
    """
    if _ENTERED not in st.session_state:
        configure()
        navigate()
        st.rerun()


def filters() -> Filters:
    """The filters of this run, for screens that have them."""
    required()
    return st.session_state["filters"]
