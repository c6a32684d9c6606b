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
from data_access.queries.rules import AppealLimit, Limits
from data_access.reference import AppealLevel, appeal_levels
from data_access.schema.parties import APPEAL_LEVELS
from pages.parts import store
from pages.parts.text import plain

HEADER = [
    "payer_id",
    "name",
    "type",
    "filing_limit_days",
    "appeal_limit_days",
    "appeal_level",
    "presumed_receipt_days",
    "source",
    "effective_from",
]
NOTICE, RECEIPT = "notice", "receipt"


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
    key, given = f"limits-{chosen.payer_id}", appeal_levels(chosen.payer_type)
    level = int(st.number_input("Level of appeal", 1, APPEAL_LEVELS, 1, key=f"{key}-level"))
    filing = None
    if level == 1:
        filing = st.number_input(
            "Days from service to file a claim", 1, 1500, chosen.filing_limit_days, key=f"{key}-filing"
        )
    appeal = _appeal_limit(level, chosen.appeals.get(level), given.get(level), f"{key}-appeal-{level}")
    effective = st.date_input("Applies from", date.today())
    source = st.text_input("Source", max_chars=120, placeholder="Provider manual of January 2026, page 31")
    if not st.button("State", type="primary"):
        return
    if (filing is None and level == 1) or appeal is None or not source.strip():
        st.warning("Please give the days, and where they come from.")
        return
    limits = [filing, appeal.days, level, appeal.presumed_receipt_days]
    _load([chosen.identifier, chosen.name, "", *limits, source.strip(), effective.isoformat()])


def _appeal_limit(level: int, stated: AppealLimit | None, given: AppealLevel | None, key: str) -> AppealLimit | None:
    """Ask for the days to appeal, and for what they count from; what regulations give is said, and filled in."""
    what = "the denial notice" if level == 1 else "the decision before it"
    if given:
        st.caption(
            f"{given.name}: {given.limit_days} days from receipt, presumed {given.presumed_receipt_days} days after "
            f"{what} ({given.source})."
        )
        stated = stated or AppealLimit(given.limit_days, given.presumed_receipt_days)
    receipt = stated.presumed_receipt_days if stated else None
    counts = st.radio(
        "The days count from",
        [NOTICE, RECEIPT],
        index=0 if receipt is None else 1,
        format_func=lambda one: f"the date of {what}" if one == NOTICE else "its receipt, presumed some days later",
        key=f"{key}-from",
    )
    since = what if counts == NOTICE else f"receipt of {what}"
    days = st.number_input(f"Days from {since} to appeal", 1, 1500, stated.days if stated else None, key=key)
    later = None
    if counts == RECEIPT:
        later = st.number_input("Days until it is presumed received", 1, 60, receipt or 5, key=f"{key}-receipt")
    return None if days is None else AppealLimit(int(days), int(later) if later else None)


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
        st.warning(plain(result.reason or "It could not be stated."))
