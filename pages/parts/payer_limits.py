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
from data_access.schema.parties import APPEAL_LEVELS
from pages.parts import store

HEADER = [
    "payer_id",
    "name",
    "type",
    "filing_limit_days",
    "appeal_limit_days",
    "appeal_level",
    "source",
    "effective_from",
]
#: 42 CFR 405.942, 405.962, 405.1002 and 405.1102: what to state for a Medicare payer.
MEDICARE = (
    "Original Medicare, for one: level 1, redetermination, 120 days from the initial determination (42 CFR 405.942); "
    "level 2, reconsideration, 180 days from the redetermination (405.962); level 3, hearing before an administrative "
    "law judge, 60 days from the reconsideration (405.1002); level 4, Appeals Council, 60 days (405.1102)."
)


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
    level = int(st.number_input("Level of appeal", 1, APPEAL_LEVELS, 1, key=f"{key}-level", help=MEDICARE))
    filing, since, known_days = None, "the decision before it", chosen.further.get(level)
    if level == 1:
        filing = st.number_input(
            "Days from service to file a claim", 1, 1500, chosen.filing_limit_days, key=f"{key}-filing"
        )
        since, known_days = "the denial notice", chosen.appeal_limit_days
    appeal = st.number_input(f"Days from {since} to appeal", 1, 1500, known_days, key=f"{key}-appeal-{level}")
    effective = st.date_input("Applies from", date.today())
    source = st.text_input("Source", max_chars=120, placeholder="Provider manual of January 2026, page 31")
    if not st.button("State", type="primary"):
        return
    if (filing is None and level == 1) or appeal is None or not source.strip():
        st.warning("Please give the days, and where they come from.")
        return
    row = [chosen.identifier, chosen.name, "", filing, appeal, level, source.strip(), effective.isoformat()]
    _load(row)


def _load(row: list[Any]) -> None:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(HEADER)
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
