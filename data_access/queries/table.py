"""Tables as screens show them and exports write them: a query, what its columns are, and how it is sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Select, func, select

from data_access.engine import read_frame

Kind = Literal["text", "money", "number", "date", "count", "days", "percent", "id", "carc", "claim_status"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column: its name in the query, its label, what it holds.

    `phi`: left out of exports unless asked for. `total`: summed under the table. `hidden`: not shown, not exported.
    """

    name: str
    label: str
    kind: Kind = "text"
    phi: bool = False
    total: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class TableReport:
    """A table. `order_by` is (column, descending) pairs; the last ones must make the order total.

    Where the rows come from large tables, `core` selects the same rows without the joins that only add names,
    and `join` adds those to a core or a part of it: then a page joins its own rows only. `core` must hold
    every totalled column.
    """

    report_id: str
    title: str
    query: Select
    columns: tuple[ColumnSpec, ...]
    order_by: tuple[tuple[str, bool], ...]
    metric_ids: tuple[str, ...] = ()
    core: Select | None = None
    join: Callable[[FromClause], Select] | None = None

    def sorted(self, sort: tuple[str, bool] | None = None) -> Select:
        """The query in sort order; `sort` comes before the table's own order. Missing values come last.

        A column to sort by that the table does not have, as an old link may name, is passed over.
        """
        inner = self.query.subquery("rows")
        return select(*(inner.c[column.name] for column in self.columns)).order_by(*self.order(inner, sort))

    def page(self, sort: tuple[str, bool] | None, limit: int, offset: int) -> Select:
        """One page of `sorted`."""
        if self.core is None or self.join is None:
            return self.sorted(sort).limit(limit).offset(offset)
        core = self.core.subquery("core")
        by_joined_column = sort and sort[0] not in core.c and sort[0] in self.query.selected_columns
        if by_joined_column:
            return self.sorted(sort).limit(limit).offset(offset)
        rows = select(core).order_by(*self.order(core, sort)).limit(limit).offset(offset).subquery("page_rows")
        inner = self.join(rows).subquery("rows")
        return select(*(inner.c[column.name] for column in self.columns)).order_by(*self.order(inner, sort))

    def order(self, inner: FromClause, sort: tuple[str, bool] | None) -> list[ColumnElement]:
        """What to order the rows of `inner` by: `sort` first where it has that column, then the table's own order."""
        first = [sort] if sort and sort[0] in inner.c else []
        keys = first + [key for key in self.order_by if not first or key[0] != first[0][0]]
        return [(inner.c[name].desc() if descending else inner.c[name].asc()).nulls_last() for name, descending in keys]


@dataclass(frozen=True)
class TablePage:
    """One page of a table, with the number of rows and the totals of all pages."""

    frame: pd.DataFrame
    total_rows: int
    totals: dict[str, Decimal]


def page(
    engine: Engine,
    report: TableReport,
    *,
    limit: int = 50,
    offset: int = 0,
    sort: tuple[str, bool] | None = None,
) -> TablePage:
    """Read one page of a table from the database, and count and sum all of it."""
    with engine.connect() as connection:
        frame = read_frame(connection, report.page(sort, limit, offset))
        rows, sums = totals(connection, report)
    return TablePage(frame, rows, sums)


def totals(connection: Connection, report: TableReport) -> tuple[int, dict[str, Decimal]]:
    """Number of rows, and the sum of every column that is totalled."""
    inner = (report.query if report.core is None else report.core).subquery("rows")
    summed = [column.name for column in report.columns if column.total]
    query = select(func.count(), *(func.coalesce(func.sum(inner.c[name]), 0) for name in summed)).select_from(inner)
    count, *values = connection.execute(query).one()
    return count, {name: Decimal(value) for name, value in zip(summed, values, strict=True)}
