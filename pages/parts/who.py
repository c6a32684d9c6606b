"""Who sits here: picked once a browser session, until sign-in exists."""

from __future__ import annotations

from typing import Any

import streamlit as st

from data_access.work import people
from pages.parts import store
from pages.parts.text import plain

_KEY = "person_id"


def me() -> int | None:
    """The person picked in this session; None before."""
    return st.session_state.get(_KEY)


def names() -> dict[int, str]:
    """Names by id, also of those who left."""
    return store.fresh(people.everybody)


def to_whom() -> dict[str, Any]:
    """Options of a selectbox of people to assign to, or nobody; oneself unless another is chosen."""
    known = store.fresh(people.people)
    options = [None, *known]
    return {
        "options": options,
        "index": options.index(me()) if me() in known else 0,
        "format_func": lambda one: known.get(one, "Nobody"),
    }


def choose() -> int | None:
    """Say who one is; returns the id."""
    known = store.fresh(people.people)
    chosen = me() if me() in known else None
    if st.button(f"You are {plain(known[chosen])}" if chosen else "Who are you?", icon=":material/badge:"):
        _ask(known, chosen)
    return chosen


@st.dialog("Who are you?")
def _ask(known: dict[int, str], chosen: int | None) -> None:
    options = list(known)
    picked = st.selectbox(
        "Your name",
        options,
        index=options.index(chosen) if chosen else None,
        format_func=known.get,
        placeholder="Choose",
    )
    if st.button("This is me", type="primary", disabled=picked is None):
        st.session_state[_KEY] = picked
        st.rerun()
    new = st.text_input("Not in the list? Add yourself", max_chars=60)
    if st.button("Add"):  # never disabled: the click that ends the writing would be lost
        if not new.strip():
            st.warning("Write your name first.")
            return
        try:
            st.session_state[_KEY] = people.add(store.engine(), new)
        except people.NameTaken as error:
            st.warning(plain(error))
        else:
            st.rerun()
