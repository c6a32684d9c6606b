"""Lines measured by contract added up by month, so that a screen finds patterns without reading every line of a year.

Kept by difference, as the months of the ledger are; `data_access check` proves that the sums are those of the lines.
Lines measured by what is usual are not among them: what is usual changes for lines that nobody posts anew.
"""

from __future__ import annotations

from sqlalchemy import Connection, Select, func, insert, select

from data_access.posting.months import fold_sums, summed_anew
from data_access.posting.scope import Scope
from data_access.schema import contract_month, line_expectation

SUMS = ("lines", "short_lines", "open_lines", "first_allowed", "expected", "short")
_KEYS = tuple(column.name for column in contract_month.columns if column.name not in SUMS)


def take_out(connection: Connection, scope: Scope) -> None:
    """Take the lines of every account in scope out of the sums; call before they are deleted."""
    _write(connection, scope, -1)


def put_in(connection: Connection, scope: Scope) -> None:
    """Add the lines of every account in scope to the sums; call once they are measured."""
    _write(connection, scope, 1)


def _write(connection: Connection, scope: Scope, sign: int) -> None:
    query = sums_of_lines(sign).where(scope.account(line_expectation))
    connection.execute(insert(contract_month).from_select([*_KEYS, *SUMS], query))


def sums_of_lines(sign: int = 1) -> Select:
    """What `contract_month` must say of the lines, its columns in order; with sign -1, what takes it back."""
    row = line_expectation.c
    keys = [row[name] for name in _KEYS]
    fell_short = row.state != "met"
    sums = {
        "lines": func.count(),
        "short_lines": func.count().filter(fell_short),
        "open_lines": func.count().filter(row.short > 0),
        **{name: func.coalesce(func.sum(row[name]).filter(fell_short), 0) for name in SUMS[3:]},
    }
    query = select(*keys, *((sums[name] * sign).label(name) for name in SUMS))
    return query.where(row.basis == "contract").group_by(*keys)


def folded_sums() -> Select:
    """The sums with one row for each key, whatever was taken out and put in since they were last folded."""
    return summed_anew(contract_month, SUMS, "lines")


def fold(connection: Connection) -> None:
    """Make one row of those that differ in their sums alone, once such rows have become many."""
    fold_sums(connection, contract_month, folded_sums())
