"""What the program gives to a query: rows to join to, such as days to look at, and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Subquery, bindparam, cast, literal, select, union_all


def given(name: str, columns: Mapping[str, Any], rows: Sequence[tuple]) -> Subquery:
    """Rows of bound values as a table to join to.

    Selects rather than VALUES, of which SQLAlchemy keeps no compiled statement: it would be written anew each time.

    Args:
        name: what to call it.
        columns: name -> SQL type of each column.
        rows: at least one, in the order of the columns.
    """
    selects = [select(*map(_bound, columns, columns.values(), row)) for row in rows]
    return union_all(*selects).subquery(name)


def _bound(name: str, kind: Any, value: Any) -> ColumnElement:
    return bindparam(None, value, kind).label(name)


def zero() -> ColumnElement:
    """Zero as money, in SQL."""
    return cast(literal(0), Numeric(14, 2))
