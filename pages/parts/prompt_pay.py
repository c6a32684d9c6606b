"""Stating a prompt-pay rule: what is entered becomes a file, so that it is loaded, listed and undone like one."""

from __future__ import annotations

import csv
import getpass
import io
from datetime import date
from typing import Any

import streamlit as st

from data_access.filters import SELF_PAY
from data_access.ingest.loader import load_sources
from data_access.ingest.uploads import sources_of
from data_access.queries import late_payments, rules
from data_access.queries.table import totals
from data_access.reference import payer_types
from pages.parts import payer_limits, store, tables
from pages.parts.text import plain

_COLUMNS = ("payer_id", "payer_type", "days", "annual_interest_percent", "counts_from", "effective_from", "source")


def show() -> None:
    """Every rule that was stated, with a form for another."""
    if st.button("State a prompt-pay rule", icon=":material/edit_calendar:", type="primary"):
        _form()
    report = late_payments.rules_table(date.today())
    number_of_rules, _ = store.fresh(totals, report)
    if not number_of_rules:
        st.caption("No rule is stated yet: no claim counts as paid late.")
        return
    tables.show(report, payer_limits.any_day(), "prompt-pay", "administration")
    st.caption(
        "A payer's own rule goes before that of its type. A rule applies to claims first sent from its day on, until "
        "the next one takes over. Each change is a load of its own: it stands in the Import history, and can be undone "
        "there."
    )


@st.dialog("A prompt-pay rule")
def _form() -> None:
    payers = {f"{known.name} ({known.identifier})": known for known in store.fresh(rules.limits, date.today())}
    types = {f"Every payer of type {name} without its own": name for name in payer_types() if name != SELF_PAY}
    whose = st.selectbox("For", [*types, *payers], index=list(types.values()).index("Commercial"))
    days = st.number_input("Days a clean claim may take", 1, 365, 30)
    percent = st.text_input("Simple interest a year, in percent", placeholder="18")
    counts = st.selectbox("Counts from", ["submitted", "received"], format_func=lambda one: f"the day it was {one}")
    effective = st.date_input("Applies to claims sent from", None, help="Empty: to all claims.")
    source = st.text_input("Source", max_chars=120, placeholder="State insurance code, section and year")
    if not st.button("State", type="primary"):
        return
    if not source.strip() or not percent.strip():
        st.warning("Please give the interest, and where the rule stands.")
        return
    identifier = payers[whose].identifier if whose in payers else ""
    start = effective.isoformat() if effective else ""
    _load([identifier, types.get(whose, ""), days, percent.strip(), counts, start, source.strip()])


def _load(row: list[Any]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_COLUMNS, row])
    name = "prompt-pay rule stated in Administration.csv"
    with sources_of([(name, io.BytesIO(text.getvalue().encode("utf-8")))]) as sources:
        (result,) = load_sources(store.engine(), sources, getpass.getuser())
    if result.status == "loaded":
        st.toast("Stated; late payments are measured by it.")
        st.rerun()
    elif result.status == "already_loaded":
        st.info("Exactly this was stated before.")
    else:
        st.warning(plain(result.reason or "It could not be stated."))
