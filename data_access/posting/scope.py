"""Which accounts are being posted, and the two SQL shapes that posting repeats."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    Update,
    case,
    cast,
    select,
    type_coerce,
)
from sqlalchemy import func as sql

from data_access.built_once import built_once
from data_access.bulk import bulk_insert
from data_access.schema import account, unsettled

KEY_SPACE = 1 << 63  # account keys are hashes below it, spread evenly
_LISTED = Table("scratch_listed", MetaData(), Column("account_key", BigInteger), prefixes=["TEMPORARY"])


@dataclass(frozen=True)
class Scope:
    """The unsettled account keys from `low` up to, not including, `high`; of them `only` these, when given."""

    low: int
    high: int
    only: frozenset[int] | None = None

    @property
    def unlike_others(self) -> bool:
        """Whether it is of a few accounts by name, for which no statement needs to be kept."""
        return self.only is not None

    def of(self, table: FromClause) -> ColumnElement[bool]:
        """Rows of a table with an `account_key` that are in scope."""
        return table.c.account_key.in_(self._keys())

    def holds(self, connection: Connection, table: FromClause, *conditions: ColumnElement[bool]) -> bool:
        """Whether any row of a table with an `account_key` is in scope, and meets the conditions.

        Asked first, it spares a small file the planning of long statements that would find nothing.
        """
        return (
            connection.execute(select(table.c.account_key).where(self.of(table), *conditions).limit(1)).first()
            is not None
        )

    def account(self, table: FromClause) -> ColumnElement[bool]:
        """Rows of a table with an `account_id` whose account is in scope."""
        return table.c.account_id.in_(select(account.c.account_id).where(self.of(account)))

    def _keys(self) -> Select:
        key = unsettled.c.account_key
        query = select(key).where(key >= self.low, key <= min(self.high, KEY_SPACE) - 1)
        return query if self.only is None else query.where(key.in_(sorted(self.only)))


@dataclass(frozen=True)
class Listed(Scope):
    """The unsettled account keys that `listed` has put into a scratch table: there may be too many to name them."""

    def _keys(self) -> Select:
        return select(_LISTED.c.account_key)


@contextmanager
def listed(connection: Connection, keys: Collection[int]) -> Iterator[Scope]:
    """These keys, of those unsettled, as a scope that holds within the caller's transaction."""
    _LISTED.create(connection)
    bulk_insert(connection, _LISTED, ["account_key"], [(key,) for key in sorted(keys)])
    yield Listed(0, KEY_SPACE)
    _LISTED.drop(connection)


@dataclass(frozen=True)
class Accounts(Scope):
    """`only` these accounts, by id, whether they wait to be posted or not."""

    def _keys(self) -> Select:
        return select(account.c.account_key).where(account.c.account_id.in_(sorted(self.only or ())))


@dataclass(frozen=True)
class Posted(Scope):
    """The account keys from `low` up to `high` that were posted, whether they wait to be posted anew or not."""

    def _keys(self) -> Select:
        key = account.c.account_key
        return select(key).where(key >= self.low, key <= min(self.high, KEY_SPACE) - 1)


def one_if(condition: ColumnElement) -> ColumnElement[int]:
    """1 where a condition holds, else 0: to count and to sort by."""
    return case((condition, 1), else_=0)


def days_between(later: ColumnElement, earlier: ColumnElement) -> ColumnElement[int]:
    """Whole days from one date to another, in SQL."""
    return type_coerce(later - earlier, Integer)


def month_of(day: ColumnElement) -> ColumnElement:
    """The first day of a date's month, in SQL."""
    return cast(sql.date_trunc("month", day), Date)


def set_from(table: Table, source: FromClause, key: str, *columns: str) -> Update:
    """Sets `columns` of `table` to those of `source`, joined on `key`."""
    statement = table.update().where(table.c[key] == source.c[key])
    return statement.values({name: source.c[name] for name in columns})


def set_rows(connection: Connection, table: Table, key: str, columns: Sequence[str], rows: Sequence[tuple]) -> None:
    """Set `columns` of `table` to values worked out here; each row is the key, then the values."""
    if not rows:
        return
    scratch = _scratch(table, (key, *columns))
    scratch.create(connection)
    bulk_insert(connection, scratch, scratch.c.keys(), rows)
    connection.execute(_set_from_scratch(table, key, *columns))
    scratch.drop(connection)


@built_once
def _scratch(table: Table, names: tuple[str, ...]) -> Table:
    columns = (Column(name, table.c[name].type) for name in names)
    return Table(f"scratch_{table.name}", MetaData(), *columns, prefixes=["TEMPORARY"])


@built_once
def _set_from_scratch(table: Table, key: str, *columns: str) -> Update:
    return set_from(table, _scratch(table, (key, *columns)), key, *columns)
