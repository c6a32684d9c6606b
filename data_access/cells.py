"""Cells and lines of the CSVs that are taken along.

A cell that a spreadsheet would run as a formula is defused with a leading apostrophe; numbers stay plain.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WRITTEN_ALIKE = {str, date, type(None)}  #: where values are equal; 1 and True, or decimals 1 and 1.00, are not


def cell(value: Any) -> str:
    """One cell: plain decimals, ISO dates, text that no spreadsheet takes for a formula."""
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA_STARTS) else value
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def written(values: Sequence[Any]) -> list[str]:
    """The cells of a column; a text or a date that occurs often is written once."""
    once = set(values)
    if _WRITTEN_ALIKE.issuperset(map(type, once)):
        cells = {value: cell(value) for value in once}
        return list(map(cells.__getitem__, values))
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {Decimal}:
        return ["" if value is None else f"{value:f}" for value in values]
    if kinds == {int}:
        return ["" if value is None else str(value) for value in values]
    return [cell(value) for value in values]


def lines(columns: Sequence[Sequence[str]]) -> str:
    """The lines of a CSV with the cells of its columns."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(zip(*columns, strict=True))
    return text.getvalue()
