"""Rows added up and kept by difference, so that a screen reads a few sums where it would add up every row.

What an account in scope had is taken out before it is posted anew, and what it has then is put in. The sums are exact,
so they are those of all rows at every commit; `data_access check` proves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Insert, MetaData, Select, Table, delete, func, insert, select

from data_access.built_once import built_once
from data_access.posting.scope import Scope

#: Rows for each row that is left when they are folded, above which they are.
_SLACK = 1.25


@dataclass(frozen=True)
class Kept:
    """The sums of `of`, rows with an `account_id`, kept in `table`.

    Attributes:
        sums: the columns of `table` that are sums; the others are what the rows are added up by.
        cases: that of the sums which counts rows.
        added_up: what `table` must say of the rows, its columns in order; with sign -1, what takes it back.
    """

    table: Table
    of: Table
    sums: tuple[str, ...]
    cases: str
    added_up: Callable[[int], Select]

    def take_out(self, connection: Connection, scope: Scope) -> None:
        """Take the rows of every account in scope out of the sums; call before they are deleted."""
        self._write(connection, scope, -1)

    def put_in(self, connection: Connection, scope: Scope) -> None:
        """Add the rows of every account in scope to the sums; call once they are there."""
        self._write(connection, scope, 1)

    def _write(self, connection: Connection, scope: Scope, sign: int) -> None:
        connection.execute(self._change(scope, sign))

    @built_once
    def _change(self, scope: Scope, sign: int) -> Insert:
        query = self.added_up(sign).where(scope.account(self.of))
        return insert(self.table).from_select([column.name for column in self.table.columns], query)

    @built_once
    def folded(self) -> Select:
        """The sums with one row for each key, whatever was taken out and put in since they were last folded."""
        return summed_anew(self.table, self.sums, self.cases)

    def fold(self, connection: Connection) -> None:
        """Make one row of those that differ in their sums alone, once such rows have become many."""
        fold_sums(connection, self.table, self.folded())


def summed_anew(table: Table, sums: tuple[str, ...], cases: str) -> Select:
    """The rows of a table of sums, one for each key: where no `cases` are left, nothing is."""
    row = table.c
    keys = [column for column in row if column.name not in sums]
    whole = select(*keys, *(func.sum(row[name]).label(name) for name in sums)).group_by(*keys)
    return whole.having(func.sum(row[cases]) != 0)


def fold_sums(connection: Connection, table: Table, whole: Select) -> None:
    """Put the `whole` sums in place of a table's rows, once these have become many more."""
    rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
    folded = connection.execute(select(func.count()).select_from(whole.subquery())).scalar_one()
    if rows <= folded * _SLACK:
        return
    names = list(whole.selected_columns.keys())
    columns = [Column(name, table.c[name].type) for name in names]
    scratch = Table(f"scratch_{table.name}", MetaData(), *columns, prefixes=["TEMPORARY"])
    scratch.create(connection)
    connection.execute(insert(scratch).from_select(names, whole))
    connection.execute(delete(table))
    connection.execute(insert(table).from_select(names, select(scratch)))
    scratch.drop(connection)
