"""The ledger added up by month, so that a screen reads a few sums where it would add up every entry.

Kept by difference: what an account in scope had posted is taken out before it is posted anew, and the new
entries are put in. The sums are exact, so they are those of the whole ledger at every commit;
`data_access check` proves it.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Select,
    Table,
    case,
    delete,
    func,
    insert,
    select,
)

from data_access.posting.scope import Scope
from data_access.schema import ledger_entry, ledger_month

_SUMS = ("amount", "entries", "accounts")
_KEYS = tuple(column.name for column in ledger_month.columns if column.name not in _SUMS)
#: Rows for each row that is left when they are folded, above which they are.
_SLACK = 1.25


def take_out(connection: Connection, scope: Scope) -> None:
    """Take the entries of every account in scope out of the sums; call before they are deleted."""
    _write(connection, scope, -1)


def put_in(connection: Connection, scope: Scope) -> None:
    """Add the entries of every account in scope to the sums; call once they are posted."""
    _write(connection, scope, 1)


def _write(connection: Connection, scope: Scope, sign: int) -> None:
    query = sums_of_ledger(sign).where(scope.account(ledger_entry))
    connection.execute(insert(ledger_month).from_select([*_KEYS, *_SUMS], query))


def sums_of_ledger(sign: int = 1) -> Select:
    """What `ledger_month` must say of the ledger, its columns in order; with sign -1, what takes it back."""
    entry = ledger_entry.c
    keys = [entry[name] for name in _KEYS]
    sums = {
        "amount": func.sum(entry.amount),
        "entries": func.count(),
        "accounts": func.count(case((entry.entry_no == 1, 1))),
    }
    return select(*keys, *((sums[name] * sign).label(name) for name in _SUMS)).group_by(*keys)


def folded_sums() -> Select:
    """The sums with one row for each key, whatever was taken out and put in since they were last folded."""
    return summed_anew(ledger_month, _SUMS, "entries")


def fold(connection: Connection) -> None:
    """Make one row of those that differ in their sums alone, once such rows have become many."""
    fold_sums(connection, ledger_month, folded_sums())


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
