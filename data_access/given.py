"""Rows that the program gives and a query joins to, such as days to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, bindparam, select, union_all


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
