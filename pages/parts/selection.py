"""What was clicked on a screen: kept in the link, shown as a chip, and cleared again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote

import pandas as pd
import streamlit as st

from pages.parts.text import bold, plain

PARAMETER = "sel"
_IDS = {"payer", "facility", "provider"}
_FLAGS = {"first_pass", "preventable", "first_paid"}
_DATES = {"month", "service_month", "statement_month", "on", "since"}
_NONE = "-"


def encode(selection: Mapping[str, Any]) -> str:
    """A selection as text for a link."""
    return "~".join(f"{name}={_text(value)}" for name, value in selection.items())


def _text(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return _NONE
    words = value.isoformat() if isinstance(value, date) else str(value)
    return words.replace("%", "%25").replace("~", "%7E")  # the one divides parts, the other begins what is replaced


def decode(text: str) -> dict[str, Any]:
    """The selection in a link; parts that make no sense are left out."""
    found: dict[str, Any] = {}
    for part in text.split("~"):
        name, _, value = part.partition("=")
        try:
            found[name] = _value(name, unquote(value))
        except ValueError:
            continue
    return {name: value for name, value in found.items() if name}


def _value(name: str, value: str) -> Any:
    if value == _NONE:
        return None
    if name in _IDS:
        return int(value)
    if name in _DATES:
        return date.fromisoformat(value)
    return value == "True" if name in _FLAGS else value


def current() -> dict[str, Any]:
    """The selection of this screen."""
    return decode(st.query_params.get(PARAMETER, ""))


def current_text() -> str:
    """The selection of this screen as it stands in the link."""
    return st.query_params.get(PARAMETER, "")


def choose(selection: Mapping[str, Any] | None) -> None:
    """Set or clear the selection of this screen."""
    if selection:
        st.query_params[PARAMETER] = encode(selection)
    elif PARAMETER in st.query_params:
        del st.query_params[PARAMETER]


def clear() -> None:
    """Clear the selection, and with it what is marked in the charts."""
    choose(None)
    st.session_state["chart_turn"] = chart_turn() + 1


def chart_turn() -> int:
    """Part of every chart's key: a new turn draws it without a mark selected."""
    return st.session_state.get("chart_turn", 0)


def chip(words: str, total: str) -> None:
    """Say what the table is narrowed to, with a button to show everything again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{bold(f'Narrowed to {words}')} · {plain(total)}", width="content")
        st.button("Show all", icon=":material/close:", on_click=clear, type="tertiary", key="clear_selection")
