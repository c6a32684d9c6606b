"""What was clicked on a screen: kept in the link, shown as a chip, and cleared again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import unquote

import pandas as pd
import streamlit as st

from data_access.reference import payer_types
from pages.parts.text import bold, plain

PARAMETER = "sel"
_NONE = "-"
_SEEN = "selection_seen"  # the selection and the filters of the last run
DAYS = date(1900, 1, 1), date(2199, 12, 31)  #: between which something may happen
Part = Callable[[str], Any]  #: reads the value of a part of a selection; a ValueError where it makes no sense


def number(value: str) -> int:
    """An id."""
    if not -(2**63) <= int(value) < 2**63:
        raise ValueError("no database has such an id")
    return int(value)


def day(value: str) -> date:
    """A day on which something may happen."""
    found = date.fromisoformat(value)
    if not DAYS[0] <= found <= DAYS[1]:
        raise ValueError("too far away to be reckoned with")
    return found


def month(value: str) -> date:
    """A month, by its first day."""
    if day(value).day != 1:
        raise ValueError("not the first day of a month")
    return day(value)


def as_written(value: str) -> str:
    """A name or code that only the data know."""
    if "\0" in value:
        raise ValueError("no database keeps this")
    return value


def one_of(values: Collection[Any]) -> Part:
    """One of these, each as it is written."""
    written = {str(value): value for value in values}

    def read(value: str) -> Any:
        if value not in written:
            raise ValueError("none of these")
        return written[value]

    return read


def or_none(part: Part) -> Part:
    """The same, or that there is none."""
    return lambda value: None if value == _NONE else part(value)


DIMENSIONS: Mapping[str, Part] = {
    "payer_type": one_of(payer_types()),
    "payer": or_none(number),
    "facility": or_none(number),
    "department": or_none(as_written),
    "provider": or_none(number),
}


def encode(selection: Mapping[str, Any]) -> str:
    """A selection as text for a link."""
    return "~".join(f"{name}={_text(value)}" for name, value in selection.items())


def _text(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return _NONE
    words = value.isoformat() if isinstance(value, date) else str(value)
    return words.replace("%", "%25").replace("~", "%7E")  # the one divides parts, the other begins what is replaced


def decode(link: str, known: Mapping[str, Part]) -> dict[str, Any]:
    """The selection in a link; parts that are not known, or make no sense, are left out."""
    found: dict[str, Any] = {}
    for one in link.split("~"):
        name, _, value = one.partition("=")
        if name in known:
            with suppress(ValueError):
                found[name] = known[name](unquote(value))
    return found


def current(known: Mapping[str, Part]) -> dict[str, Any]:
    """The selection of this screen.

    Args:
        known: the parts that the screen can narrow its rows by.
    """
    return decode(current_text(), known)


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


def keep_under(screen: str, filters: Any, opened: bool) -> None:
    """Clear the selection of a screen where its filters have changed: what was clicked may not be among their rows.

    Args:
        opened: a link with a selection and filters was opened, or gone back to: they belong together.
    """
    before = st.session_state.get(_SEEN)
    now = st.session_state[_SEEN] = (screen, current_text(), filters)
    if before and current_text() and not opened and before[:2] == now[:2] and before != now:
        clear()


def chart_turn() -> int:
    """Part of every chart's key: a new turn draws it without a mark selected."""
    return st.session_state.get("chart_turn", 0)


def chip(words: str, total: str) -> str:
    """Say what the table is narrowed to, with a button to show everything again; returns the words, for its export."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{bold(f'Narrowed to {words}')} · {plain(total)}", width="content")
        show_all()
    return words


def show_all() -> None:
    """A button that clears the selection: the way out, whatever a link has asked for."""
    st.button("Show all", icon=":material/close:", on_click=clear, type="tertiary", key="clear_selection")
