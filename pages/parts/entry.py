"""What every page needs from the entry file: that it ran, and the filters it drew."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from data_access.filters import Filters

#: Title -> file and icon. The screens with the shared filter bar, then the others.
FILTERED = {
    "Overview": ("overview", "monitoring"),
    "Worklist": ("worklist", "checklist"),
    "Aging": ("aging", "hourglass_bottom"),
    "Claims": ("claims", "outgoing_mail"),
    "Denials": ("denials", "block"),
    "Collections": ("collections", "payments"),
    "Accounts": ("accounts", "list_alt"),
    "Statements": ("statements", "receipt_long"),
    "Team": ("team", "groups"),
}
PLAIN = {
    "Import": ("imports", "upload_file"),
    "Guide": ("guide", "menu_book"),
    "Practice": ("practice", "school"),
    "Administration": ("administration", "settings"),
    "Account": ("account", "person"),
}
_ENTERED = "entered"
_ICON = str(Path(__file__).with_name("icon.png"))  # a picture of our own: a named icon would be fetched


def configure() -> None:
    """Title, icon and width of the browser's page; must come before the navigation, which would set another icon."""
    st.set_page_config(page_title="Patient accounts", page_icon=_ICON, layout="wide")


def navigate() -> Page:
    """The navigation of the dashboard; returns the page asked for. An account is opened by its link only."""
    return st.navigation(
        [
            st.Page(
                f"pages/{name}.py",
                title=title,
                icon=f":material/{icon}:",
                url_path=name,  # the name of its file, or a link could not be the first visit of a new server
                default=name == "overview",
                visibility="hidden" if name == "account" else "visible",
            )
            for title, (name, icon) in (FILTERED | PLAIN).items()
        ],
        position="top",
    )


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
