"""Saved views on every screen with filters: links under a name, one's own or everybody's."""

from __future__ import annotations

import streamlit as st

from data_access.work import views
from data_access.work.views import NameInUse, NotSaved, View
from pages.parts import link, store, who
from pages.parts.text import plain

_TURN = "views_turn"  #: part of the menu's key: the next one is closed
_ASKED = "view_to_replace"  #: screen, name, whether shared, and what was said of the name


def menu(screen: str, has_filters: bool) -> None:
    """The views one may open, and saving the one on the screen."""
    if not has_filters:
        return
    turn = st.session_state.setdefault(_TURN, 0)
    with st.popover("Views", icon=":material/bookmark:", type="tertiary", key=f"views-{turn}"):
        person_id = who.me()
        found = store.fresh(views.views, person_id)
        if not found:
            st.caption("No view is saved yet.")
        opened = [view for view in found if _link(view, person_id)]
        if person_id is None:
            st.caption("Say who you are on the Worklist to save views of your own.")
        else:
            _save(screen, person_id)
    for view in opened:
        st.session_state[_TURN] += 1
        link.follow(view.screen, view.parameters)


def _link(view: View, person_id: int | None) -> bool:
    """A view, with a way to remove one's own; whether it was asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            plain(view.name),
            icon=":material/group:" if view.shared else ":material/person:",
            type="tertiary",
            key=f"open-view-{view.view_id}",
            help=f"{view.screen.capitalize()}, saved by {plain(view.owner)}"
            + (", shared" if view.shared else ", private"),
        )
        if view.person_id == person_id and st.button(
            "Remove", icon=":material/delete:", type="tertiary", key=f"view-{view.view_id}"
        ):
            views.remove(store.engine(), view.view_id, view.person_id)
            st.rerun()
    return asked


def _save(screen: str, person_id: int) -> None:
    with st.form("save-view", border=False, clear_on_submit=True):
        name = st.text_input("Save this view as", max_chars=views.LONGEST_NAME)
        shared = st.checkbox("Share it with everybody")
        if st.form_submit_button("Save"):
            _keep(screen, person_id, name, shared)
    asked = st.session_state.get(_ASKED)
    if asked and asked[0] == screen:
        _ask_to_replace(screen, person_id, *asked[1:])


def _keep(screen: str, person_id: int, name: str, shared: bool, replace: bool = False) -> None:
    """Save the view on the screen; where its name is in use, ask first."""
    try:
        views.save(store.engine(), person_id, name, screen, link.here(), shared, replace)
    except NameInUse as error:
        st.session_state[_ASKED] = (screen, name, shared, str(error))
    except NotSaved as error:
        st.warning(plain(error))
    else:
        st.session_state.pop(_ASKED, None)
        st.rerun()


def _ask_to_replace(screen: str, person_id: int, name: str, shared: bool, said: str) -> None:
    st.warning(plain(said))
    with st.container(horizontal=True):
        if st.button("Replace it", type="primary"):
            _keep(screen, person_id, name, shared, replace=True)
        if st.button("Keep the old one"):
            del st.session_state[_ASKED]
            st.rerun()
