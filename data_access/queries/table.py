"""Tables as screens show them and exports write them: a query, what its columns are, and how it is sorted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, String, cast, func, select

from data_access.built_once import built_once
from data_access.engine import Source, snapshot
from data_access.frames import read_frame, read_rows
from data_access.queries.dimensions import with_patient

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


#: The reasons of a row, where its table gives any.
WHY = ColumnSpec("why", "Why")


@dataclass(frozen=True)
class TableReport:
    """A table. `order_by` is (column, descending) pairs; the last ones must make the order total.

    Rows of `join` that have a `patient_id` get the patient's name and date of birth where a column is patient data.

    Where the rows come from large tables, `query` selects them without the joins that only add names, and `join` adds
    those to it or a part of it: then a page joins its own rows only. `query` must hold every totalled column. Where it
    is wide, `found_by` names its column by which the rows of a page are found again, once they are known from what the
    table is sorted by: never null, few rows for each value.

    `at_once`: few rows from much work; a page comes from one statement with the count and the sums of all pages.

    `narrowed`: in words, what the rows were narrowed to beside the shared filters; an export states it.

    `typed`: its rows are those of a text that somebody typed, which may be a patient's name; none of it is kept.

    `why`: the reasons for a row in words, from its columns; screens and exports show them after the first column.
    """

    report_id: str
    title: str
    query: Select
    columns: tuple[ColumnSpec, ...]
    order_by: tuple[tuple[str, bool], ...]
    metric_ids: tuple[str, ...] = ()
    join: Callable[[FromClause], Select] | None = None
    found_by: str | None = None
    at_once: bool = False
    narrowed: tuple[str, ...] = ()
    why: Callable[[Mapping[str, Any]], str] | None = None
    typed: bool = False

    @property
    def unlike_others(self) -> bool:
        """Whether nothing that is built of it is kept."""
        return self.typed

    @property
    def shown(self) -> list[ColumnSpec]:
        """The columns that screens show and exports write, in order."""
        first, *others = (column for column in self.columns if not column.hidden)
        return [first, *([WHY] if self.why else []), *others]

    @property
    def whole(self) -> Select:
        """The query with what `join` adds."""
        return self.query if self.join is None else self.joined(self.query.subquery("core"))

    @property
    def without_phi(self) -> TableReport:
        """The same without patient data, which is then not read at all."""
        return replace(self, columns=tuple(column for column in self.columns if not column.phi))

    def narrowed_to(self, *words: str) -> TableReport:
        """The same, which says what its rows were narrowed to; empty words say nothing."""
        return replace(self, narrowed=(*self.narrowed, *filter(None, words)))

    def joined(self, rows: FromClause) -> Select:
        """Rows with what `join` adds, and their patient where patient data is shown."""
        if self.join is None:
            return select(rows)
        query = self.join(rows)
        shows_patients = any(column.phi for column in self.columns) and "patient_id" in query.selected_columns
        return with_patient(query) if shows_patients else query

    def sorted(self, sort: tuple[str, bool] | None = None) -> Select:
        """The whole in sort order; `sort` comes before the table's own order. Missing values come last.

        A column to sort by that the table does not have, as an old link may name, is passed over.
        """
        inner = self.whole.subquery("rows")
        return select(*(inner.c[column.name] for column in self.columns)).order_by(*self.order(inner, sort))

    @property
    def as_text(self) -> frozenset[str]:
        """Columns that `written` reads as their text: money, which is exact in it, unless a row's reasons come of it.

        To make a decimal of each amount takes as long as to read the rest of its row.
        """
        return frozenset(column.name for column in self.columns if column.kind == "money" and self.why is None)

    def written(self) -> Select:
        """The whole in its order, with the columns that an export needs."""
        inner = self.whole.subquery("rows")
        needed = [inner.c[column.name] for column in (self.columns if self.why else self.shown)]
        values = (cast(one, String).label(one.key) if one.key in self.as_text else one for one in needed)
        return select(*values).order_by(*self.order(inner, None))

    @built_once
    def page(self, sort: tuple[str, bool] | None, limit: int, offset: int) -> Select:
        """One page of `sorted`."""
        if self.join is None or self.sorts_by_name(sort):
            return self.sorted(sort).limit(limit).offset(offset)
        core = self.query.subquery("core")
        found = select(core)
        if self.found_by:
            narrow = self.query.subquery("narrow")
            upto = select(narrow.c[self.found_by]).order_by(*self.order(narrow, sort)).limit(limit + offset)
            found = found.where(core.c[self.found_by].in_(upto))
        rows = found.order_by(*self.order(core, sort)).limit(limit).offset(offset).subquery("page_rows")
        inner = self.joined(rows).subquery("rows")
        return select(*(inner.c[column.name] for column in self.columns)).order_by(*self.order(inner, sort))

    @built_once
    def with_counts(self, sort: tuple[str, bool] | None, limit: int, offset: int) -> Select:
        """One page of `sorted` with, on each row, the number of rows and the sums of all pages."""
        inner = self.query.subquery("rows")
        sums = (func.sum(inner.c[name]).over().label(label) for name, label in self.sums.items())
        whole = select(inner, func.count().over().label("number_of_rows"), *sums)
        joined = whole.order_by(*self.order(inner, sort)).limit(limit).offset(offset).subquery("page_rows")
        if self.join is not None:
            joined = self.joined(joined).subquery("page_joined")
        told = [column.name for column in self.columns] + ["number_of_rows", *self.sums.values()]
        return select(*(joined.c[name] for name in told)).order_by(*self.order(joined, sort))

    @built_once
    def counts(self) -> Select:
        """The number of rows and the sums of all pages."""
        inner = self.query.subquery("rows")
        sums = (func.coalesce(func.sum(inner.c[name]), 0) for name in self.sums)
        return select(func.count(), *sums).select_from(inner)

    @property
    def sums(self) -> dict[str, str]:
        """Columns that are totalled, with what the sum of each is called on a row."""
        return {column.name: f"sum_of_{column.name}" for column in self.columns if column.total}

    @built_once
    def sorts_by_name(self, sort: tuple[str, bool] | None) -> bool:
        """Whether `sort` is by a column that only `join` adds."""
        return bool(sort and sort[0] not in self.query.selected_columns and sort[0] in self.whole.selected_columns)

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
    engine: Source,
    report: TableReport,
    *,
    limit: int = 50,
    offset: int = 0,
    sort: tuple[str, bool] | None = None,
) -> TablePage:
    """Read one page of a table from the database, and count and sum all of it."""
    with snapshot(engine) as source:
        at_once = report.at_once and not report.sorts_by_name(sort)
        if at_once and (found := _page_at_once(source, report, sort, limit, offset)):
            return found
        frame = read_frame(source, report.page(sort, limit, offset))
        return TablePage(frame, *totals(source, report))


def _page_at_once(
    source: Source, report: TableReport, sort: tuple[str, bool] | None, limit: int, offset: int
) -> TablePage | None:
    """A page with the count and the sums of all pages; None for a later page that has no row to tell them."""
    frame = read_frame(source, report.with_counts(sort, limit, offset))
    shown = frame[[column.name for column in report.columns]]
    if frame.empty:
        return None if offset else TablePage(shown, 0, dict.fromkeys(report.sums, Decimal(0)))
    values = {name: Decimal(frame[label].iloc[0] or 0) for name, label in report.sums.items()}
    return TablePage(shown, int(frame["number_of_rows"].iloc[0]), values)


def totals(engine: Source, report: TableReport) -> tuple[int, dict[str, Decimal]]:
    """Number of rows of a table, and the sum of every column that is totalled."""
    ((count, *values),) = read_rows(engine, report.counts())
    return count, {name: Decimal(value) for name, value in zip(report.sums, values, strict=True)}
