"""The way from one account of the worklist to the next, in the order it was sorted in."""

from __future__ import annotations

from datetime import date

import streamlit as st

from data_access.filters import Filters
from data_access.queries import accounts, scoring, worklist
from pages.parts import filter_bar, link, store, tables, who

_END = {-1: "This is the first of the list.", 1: "This is the end of the list."}


def table_name(view: str) -> str:
    """What the table of a view of the worklist is called in links and in the session."""
    return f"worklist-{view}"


def desk(filters: Filters) -> scoring.Desk:
    """Who works today, with the office's weights."""
    limits = store.read(accounts.silence_limits, filters.as_of)
    return scoring.Desk(date.today(), who.me(), store.fresh(scoring.weights), limits)


def show(account_id: int) -> None:
    """Next and previous account of the worklist one came from."""
    view = st.query_params.get("view", "all")
    if st.query_params.get("from") != "worklist" or view not in worklist.VIEWS:
        return
    filters = filter_bar.of_list()
    for label, icon, by, key in (("Previous", "arrow_back", -1, "p"), ("Next", "arrow_forward", 1, "n")):
        if st.button(label, icon=f":material/{icon}:", shortcut=key, key=f"step{by}"):
            _go(filters, view, account_id, by)


def _go(filters: Filters, view: str, account_id: int, by: int) -> None:
    at, name = desk(filters), table_name(view)
    sort = tables.sort_of(worklist.table(filters, at, view), name)
    place = tables.place_of(name, account_id)
    found = store.fresh(worklist.next_after, filters, at, view, account_id, by, sort=sort, at=place)
    if found is None:
        st.toast(_END[by])
        return
    following, stands_at = found
    tables.note_place(name, following, stands_at)
    st.switch_page("pages/account.py", query_params=link.beside(following))
