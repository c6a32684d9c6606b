"""Charts on paper: stacked bars of money by age, and a line over months, in the colours of the screens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib import colors
from reportlab.pdfbase.pdfmetrics import stringWidth

from data_access.documents.paper import INK, QUIET, RULE, WIDTH
from data_access.palette import MAIN, age_colors
from data_access.queries.overview import words

_FONT, _SIZE = "Helvetica", 8
_ROW, _BAR, _NAMES = 17, 11, 112


def stacked(rows: Sequence[tuple[str, Sequence[Decimal]]], ages: Sequence[str]) -> Drawing:
    """One horizontal bar a row: its name, its amounts by age as parts, and their sum at its end.

    Args:
        rows: names as the built-in fonts can print them; amounts are never below zero.
    """
    height = _ROW * len(rows) + 20
    drawing, palette = Drawing(WIDTH, height), [colors.HexColor(code) for code in age_colors(len(ages))]
    left = Decimal(_NAMES)
    for color, age in zip(palette, ages, strict=True):
        drawing.add(Rect(float(left), height - 11, 8, 8, fillColor=color, strokeColor=None))
        drawing.add(_text(float(left) + 11, height - 10, f"{age} days"))
        left += Decimal(24 + round(stringWidth(f"{age} days", _FONT, _SIZE)))
    most = max((sum(amounts, Decimal(0)) for _, amounts in rows), default=Decimal(0)) or Decimal(1)
    room = WIDTH - _NAMES - 60
    for number, (name, amounts) in enumerate(rows):
        y, x = height - 20 - _ROW * (number + 1) + 4, float(_NAMES)
        drawing.add(_text(0, y + 2, _cut(name)))
        for color, amount in zip(palette, amounts, strict=True):
            width = float(amount / most) * room
            if width > 0:
                drawing.add(Rect(x, y, width, _BAR, fillColor=color, strokeColor=None))
            x += width
        drawing.add(_text(x + 4, y + 2, words(sum(amounts, Decimal(0)), "money")))
    return drawing


def trend(months: Sequence[date], values: Sequence[Decimal | None], unit: str, width: float) -> Drawing:
    """A line over months with its first and last month, and its last, highest and lowest value. Gaps are left out."""
    drawing = Drawing(width, 92)
    known = [(at, float(value)) for at, value in enumerate(values) if value is not None]
    drawing.add(Line(0, 14, width - 8, 14, strokeColor=RULE, strokeWidth=0.5))
    if len(known) < 2:
        drawing.add(_text(0, 40, "Too few months for a line"))
        return drawing
    low, high = min(value for _, value in known), max(value for _, value in known)
    span, step = (high - low) or 1.0, (width - 16) / (len(values) - 1)
    points = [(4 + at * step, 24 + (value - low) / span * 46) for at, value in known]
    line = PolyLine([part for point in points for part in point], strokeColor=colors.HexColor(MAIN), strokeWidth=1.6)
    drawing.add(line)
    for x, y in (points[0], points[-1]):
        drawing.add(Rect(x - 1.8, y - 1.8, 3.6, 3.6, fillColor=colors.HexColor(MAIN), strokeColor=None))
    drawing.add(_text(0, 3, f"{months[known[0][0]]:%b %y}"))
    drawing.add(_text(width - 8, 3, f"{months[known[-1][0]]:%b %y}", anchor="end"))
    lowest, highest = (words(Decimal(str(round(value, 6))), unit) for value in (low, high))
    drawing.add(_text(0, 82, f"from {lowest} to {highest}"))
    return drawing


def _text(x: float, y: float, text: str, anchor: str = "start") -> String:
    color = INK if anchor == "start" else QUIET
    return String(x, y, text, fontName=_FONT, fontSize=_SIZE, fillColor=color, textAnchor=anchor)


def _cut(name: str) -> str:
    """A name as long as there is room for."""
    while stringWidth(name, _FONT, _SIZE) > _NAMES - 6:
        name = name.rstrip(".")[:-1].rstrip() + "..."
        if len(name) < 5:
            break
    return name
