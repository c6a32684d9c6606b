"""What moved most: lists of cells, each the way to its screen; words, arrow and color say the same."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import pandas as pd
import streamlit as st

from data_access.metrics import METRICS
from data_access.queries import movers
from pages.parts import link, selection, states
from pages.parts.text import counted, money, plain

_LOST = "net_collection_rate"  #: its cells are what the rate loses: less of one is a gain


class Told(NamedTuple):
    """A change as it is shown. `of`: what all such changes add up to."""

    words: str
    up: bool
    worse: bool
    of: str


def show(moved: pd.DataFrame, period: Mapping[str, str] | None = None) -> None:
    """The cells that moved most, as `movers.what_moved` found them.

    Args:
        period: parameters of a link to the period, where the screen's own link does not say it.
    """
    groups = [group for group in movers.TITLES if len(moved) and (moved["metric_id"] == group).any()]
    if not groups:
        other = "compare with another period" if period is None else "choose another month"
        states.nothing("Nothing moved between the two periods", f"Take a filter away, or {other}.")
        return
    with st.container(horizontal=True):
        for group in groups:
            with st.container(border=True, width=636, gap="xsmall"):
                _list(group, moved[moved["metric_id"] == group].to_dict("records"), period or {})


def _list(metric_id: str, rows: list[dict], period: Mapping[str, str]) -> None:
    st.markdown(f"**{movers.TITLES[metric_id]}**")
    for row in rows:
        said = told(metric_id, row["change"])
        arrow = "arrow_upward" if said.up else "arrow_downward"
        share = f"{row['share'] * 100:.0f} % of {said.of}" if row["share"] else None
        words = plain(f"{row['label']}: {said.words}")
        label = f":{'red' if said.worse else 'green'}[:material/{arrow}:] {words}"
        link.way(row["page"], label, {"sel": selection.encode(row["selection"]), **period}, note=share)


def told(metric_id: str, change: Decimal) -> Told:
    """The change of a cell of one list of movers."""
    worse = (change > 0) == (METRICS[metric_id].good == "down")
    of = "the rise" if change > 0 else "the fall"
    if metric_id == _LOST:
        return Told(f"{_points(abs(change))} {'more' if worse else 'less'}", worse, worse, f"{of} of the rate")
    size = counted(int(abs(change)), "claim") if metric_id == "initial_denial_rate" else money(abs(change))
    return Told(f"{'+' if change > 0 else '-'}{size}", change > 0, worse, of)


def _points(size: Decimal) -> str:
    points = f"{size * 100:.1f}"
    return "under 0.1 points" if points == "0.0" else f"{points} points"
