"""Tiles: a figure with its trend, its change and its target, and what it means behind the question mark."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from data_access.filters import Filters
from data_access.metrics import METRICS
from data_access.queries.measures import PARTIAL, Measure
from data_access.queries.overview import Tile, words
from pages.parts.text import day, money, plain

#: Characters of a figure that the narrowest tile has room for.
_ROOM = 13
_COLORS = {"up": "normal", "down": "inverse", None: "off"}


def show(tile: Tile) -> None:
    """A headline tile: figure, change, trend, and the public benchmark where there is one."""
    metric = METRICS[tile.now.metric_id]
    trend = [float(value) for value in tile.trend["value"] if value is not None]
    with st.container(border=True, width=171, height="stretch", gap="small"):
        st.metric(
            metric.name,
            words(tile.now.value, metric.unit),
            since(tile.now.value, tile.before.value, metric.unit),
            delta_color=_COLORS[metric.good],
            help=metric.help,
            chart_data=trend if len(trend) > 1 and any(trend) else None,
            chart_type="line",
        )
        target = tile.target
        st.caption("No public benchmark" if target is None else f"Benchmark {words(target, metric.unit)}")
        if tile.now.partial or tile.before.partial:
            st.caption(PARTIAL if tile.now.partial else f"before: {PARTIAL}")
        elif tile.few:
            st.caption(few(tile.now) or "small numbers before")


def _delta(change: Decimal | None, unit: str) -> str | None:
    if change is None:
        return None
    sign = "+" if change > 0 else "-" if change < 0 else ""
    if unit == "percent":
        return f"{sign}{abs(change) * 100:.1f} points"
    return f"{sign}{words(abs(change), unit)}"


def parts(found: Measure) -> str:
    """Numerator of denominator of a rate, in words."""
    unit = "money" if METRICS[found.metric_id].of_amounts else "count"
    return f"{words(found.numerator, unit)} of {words(found.denominator, unit)}"


def few(found: Measure) -> str:
    """The mark of a figure on few cases, with its interval where it is a share of cases; else nothing."""
    if not found.low:
        return ""
    if found.interval is None or METRICS[found.metric_id].unit != "percent":
        return "small numbers"
    low, high = found.interval
    return f"small numbers: {low * 100:.0f} to {high * 100:.0f} %"


def measure(
    found: Measure, note: str | None = None, width: int = 200, before: Measure | None = None, short: bool = False
) -> None:
    """A tile for one measure and its change since the comparison period; few cases are marked, with their interval.

    `short`: money as $1.2M, where there is no room for cents.
    """
    metric = METRICS[found.metric_id]
    parts = [PARTIAL] if found.partial else [note] if note else []
    if found.interval and metric.unit == "percent":
        parts.append(few(found))
    exact = found.value if metric.unit == "money" and not short else None
    value = words(found.value, metric.unit) if exact is None else exact
    change = None if before is None else since(found.value, before.value, metric.unit)
    plain_tile(metric.name, value, change, metric.good, " · ".join(filter(None, parts)), width, metric.help)


def since(now: Decimal | None, before: Decimal | None, unit: str) -> str | None:
    """The change since the comparison period, as a tile says it; None without one or where a figure is missing."""
    said = None if now is None or before is None else _delta(now - before, unit)
    return said if said and any(digit in said for digit in "123456789") else None


def plain_tile(
    name: str,
    value: str | Decimal,
    change: str | None = None,
    good: str | None = None,
    note: str = "",
    width: int = 200,
    help_text: str | None = None,
) -> None:
    """A tile without a trend.

    Args:
        value: an amount is shown to the cent, and where it is too long for that as $12.3M with the cents below.
        good: the direction that is good, up or down.
        note: under the figure.
    """
    if not isinstance(value, str):
        exact = money(value)
        value, note = (exact, note) if len(exact) <= _ROOM else (words(value, "money"), f"{exact} · {note}".strip(" ·"))
    with st.container(border=True, width=width, height="stretch", gap="xxsmall"):
        st.metric(name, value, change, delta_color=_COLORS[good], help=help_text)
        if note:
            st.caption(plain(note))


def against(filters: Filters) -> None:
    """Say which period changes are measured against."""
    then = filters.comparison()
    st.caption(f"Changes against {day(then.date_from)} to {day(then.date_to)}.")
