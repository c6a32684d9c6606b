"""How a cell that moved reads: words, arrow and color say the same."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from data_access.metrics import METRICS
from pages.parts.text import counted, money

_LOST = "net_collection_rate"  #: its cells are what the rate loses: less of one is a gain


class Told(NamedTuple):
    """A change as it is shown. `of`: what all such changes add up to."""

    words: str
    up: bool
    worse: bool
    of: str


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
