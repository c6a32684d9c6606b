"""Stating a payer's limits: what is entered becomes a payers file, so that it is loaded, listed and undone like one."""

from __future__ import annotations

import csv
import getpass
import io
from datetime import date
from typing import Any

import streamlit as st

from data_access.filters import Filters
from data_access.ingest.loader import load_sources
from data_access.ingest.uploads import sources_of
from data_access.queries import rules
from data_access.queries.rules import Limits
from pages.parts import store


def any_day() -> Filters:
    """For exports of tables that no filter narrows."""
    return Filters(date.today(), date.today(), date.today())


def ask_to_state(engine: Any) -> None:
    """The form, behind a button."""
    known = {found.payer_id: found for found in rules.limits(engine, date.today())}
    if known and st.button("State a payer's limits", icon=":material/edit_calendar:", type="primary"):
        _form(known)


@st.dialog("A payer's limits")
def _form(known: dict[int, Limits]) -> None:
    chosen = known[st.selectbox("Payer", list(known), format_func=lambda one: known[one].name)]
    key = f"limits-{chosen.payer_id}"
    filing = st.number_input(
        "Days from service to file a claim", 1, 1500, chosen.filing_limit_days, key=f"{key}-filing"
    )
    appeal = st.number_input(
        "Days from the denial notice to appeal", 1, 1500, chosen.appeal_limit_days, key=f"{key}-appeal"
    )
    effective = st.date_input("Applies from", date.today())
    source = st.text_input("Source", max_chars=120, placeholder="Provider manual of January 2026, page 31")
    if not st.button("State", type="primary"):
        return
    if filing is None or appeal is None or not source.strip():
        st.warning("Please give both limits, and where they come from.")
        return
    row = [chosen.identifier, chosen.name, "", filing, appeal, source.strip(), effective.isoformat()]
    _load(row)


def _load(row: list[Any]) -> None:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(["payer_id", "name", "type", "filing_limit_days", "appeal_limit_days", "source", "effective_from"])
    lines.writerow(row)
    with sources_of([("limits stated in Administration.csv", io.BytesIO(text.getvalue().encode("utf-8")))]) as sources:
        (result,) = load_sources(store.engine(), sources, getpass.getuser())
    if result.status == "loaded":
        st.toast("Stated; deadlines were worked out again.")
        st.rerun()
    elif result.status == "already_loaded":
        st.info("Exactly this was stated before.")
    else:
        st.warning(result.reason or "It could not be stated.")
