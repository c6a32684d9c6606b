"""The filter bar of every screen; its choices stand in the link."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from data_access.dates import months_before
from data_access.filters import Filters
from data_access.queries import dimensions
from pages.parts import store
from pages.parts.text import day, plain

PERIODS = (
    "Last 90 days",
    "Last 30 days",
    "Month to date",
    "Last full month",
    "Last 3 full months",
    "Year to date",
    "Last 12 months",
)
OWN_DAYS = "From … to"
COMPARISONS = {"Period before": "previous", "A year earlier": "last_year"}
ANCHORS = {"Office policy": "policy", "Service date": "service", "First bill": "billed"}


def period(name: str, as_of: date) -> tuple[date, date]:
    """First and last day of a named period, as of a day."""
    first = as_of.replace(day=1)
    before = first - timedelta(days=1)
    if name == "Last full month":
        return before.replace(day=1), before
    if name == "Last 3 full months":
        return months_before(as_of, 3), before
    starts = {
        "Last 30 days": as_of - timedelta(days=29),
        "Month to date": first,
        "Year to date": as_of.replace(month=1, day=1),
        "Last 12 months": as_of - timedelta(days=364),
    }
    return starts.get(name, as_of - timedelta(days=89)), as_of


def _follow(newest: date) -> None:
    """An as-of day left at its default moves on when newer data come; a chosen one stays."""
    if st.session_state.get("asof") == st.session_state.get("asof_default") != newest:
        st.session_state.pop("asof", None)
    st.session_state["asof_default"] = newest


def draw(newest: date, oldest: date) -> Filters:
    """Draw the bar and return what is chosen."""
    _follow(newest)
    known = store.read(dimensions.options)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filter_bar"):
        as_of = st.date_input(
            "As of",
            value=newest,
            min_value=oldest,
            max_value=max(newest, date.today()),
            key="asof",
            bind="query-params",
            width=127,
            help="The day described; what happened later is left out. Starts at the newest posting date.",
        )
        chosen_day = as_of if isinstance(as_of, date) else newest
        name = st.selectbox("Period", (*PERIODS, OWN_DAYS), key="period", bind="query-params", width=127)
        date_from, date_to = _own_days(chosen_day) if name == OWN_DAYS else period(name, chosen_day)
        compare = st.selectbox("Compare with", list(COMPARISONS), key="cmp", bind="query-params", width=127)
        anchor = st.selectbox(
            "Ages count from",
            list(ANCHORS),
            key="age",
            bind="query-params",
            width=127,
            help="Office policy: insurance from the first submission, never reset by a corrected claim; patients "
            "from the first statement; unbilled charges from the service date.",
        )
        payer_types = _several("Payer type", known.payer_types, "pt")
        payers = _several("Payer", _names(known.payers), "payer")
        facilities = _several("Facility", _names(known.facilities), "facility")
        departments = _several("Department", known.departments, "department")
        providers = _several("Provider", _names(known.providers), "provider")
    chosen = {
        "Payer type": payer_types,
        "Payer": payers,
        "Facility": facilities,
        "Department": departments,
        "Provider": providers,
    }
    if any(chosen.values()):
        narrowed = " · ".join(f"{label}: {', '.join(names)}" for label, names in chosen.items() if names)
        st.caption(f":material/filter_alt: {plain(narrowed)}")
    filters = Filters(
        as_of=chosen_day,
        date_from=date_from,
        date_to=date_to,
        compare=COMPARISONS[compare],
        anchor=ANCHORS[anchor],
        facility_ids=_ids(known.facilities, facilities),
        departments=tuple(departments),
        payer_types=tuple(payer_types),
        payer_ids=_ids(known.payers, payers),
        provider_ids=_ids(known.providers, providers),
    )
    then = filters.comparison()
    if then.date_from < oldest:
        st.caption(
            f":material/info: The data begin on {day(oldest)}, after the first day compared with "
            f"({day(then.date_from)}): changes are no changes of the office."
        )
    return filters


def _own_days(as_of: date) -> tuple[date, date]:
    """First and last day as chosen, in either order; none after the day described, of which all else is told."""
    first, last = (
        st.date_input(label, None, key=label.lower(), bind="query-params", width=155, help=text)
        for label, text in (
            ("From", "First day of the period. Empty: 90 days to its last day."),
            ("To", "Last day of the period. Empty, or after the day described: that day."),
        )
    )
    last = min(last if isinstance(last, date) else as_of, as_of)
    first = min(first if isinstance(first, date) else last - timedelta(days=89), as_of)
    return min(first, last), max(first, last)


def _several(label: str, options: tuple[str, ...], key: str) -> list[str]:
    chosen = key in st.query_params or bool(st.session_state.get(key))
    width = 262 if chosen else 127  # room for the names of what is chosen
    return st.multiselect(label, options, key=key, bind="query-params", placeholder="All", width=width)


def _names(labels: dict[int, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels.values()))


def _ids(labels: dict[int, str], names: list[str]) -> tuple[int, ...]:
    return tuple(key for key, label in labels.items() if label in names)
