"""Rows of the billing system's files that come again in a later export: they count once.

Billing systems export a month, then the month and the next. A row that is alike in all its columns to one of an
earlier standing load is kept in `repeated_entry`, out of the way of posting, and comes back when that load is undone.
The second of two rows alike in one file is another payment, and repeats only the second of the other.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    delete,
    false,
    func,
    insert,
    select,
    true,
    union_all,
)

from data_access.counting import counted
from data_access.ingest.problems import list_more
from data_access.ingest.rows import FACT_COLUMNS, Problem
from data_access.schema import billing_entry, repeated_entry, unsettled

_COLUMNS = FACT_COLUMNS["billing_entry"]
_ALIKE = [name for name in _COLUMNS if name not in ("billing_entry_id", "load_id", "segment_no")]


def set_aside(connection: Connection, loads: list[int]) -> dict[int, list[str]]:
    """Set aside what repeats entries of earlier loads, of the account keys listed as unsettled.

    Returns:
        By load, of those given, a message for each load that it repeats; they are recorded as its problems.
    """
    if len(connection.execute(select(billing_entry.c.load_id).distinct().limit(2)).all()) < 2:
        return {}
    copies = _copies()
    told = _warn(connection, copies, loads)
    _move(connection, select(copies.c.billing_entry_id).where(copies.c.copy > 1), billing_entry, repeated_entry)
    return told


def put_back(connection: Connection) -> None:
    """Let entries count again that no standing load holds any more, of the account keys listed as unsettled."""
    if connection.execute(select(repeated_entry.c.load_id).limit(1)).first() is not None:
        copies = _copies()
        again = select(copies.c.billing_entry_id).where(copies.c.copy == 1, copies.c.aside)
        _move(connection, again, repeated_entry, billing_entry)


def _copies() -> Subquery:
    """Each entry with the number it has among the loads that hold it (`copy`) and the first of these (`first`)."""
    both = union_all(_rows(billing_entry, false()), _rows(repeated_entry, true())).subquery()
    alike = [both.c[name] for name in _ALIKE]
    place = func.row_number().over(partition_by=[*alike, both.c.load_id], order_by=both.c.billing_entry_id)
    rows = select(both, place.label("place")).subquery()
    of = [*(rows.c[name] for name in _ALIKE), rows.c.place]
    return select(
        rows.c.billing_entry_id,
        rows.c.load_id,
        rows.c.aside,
        func.row_number().over(partition_by=of, order_by=rows.c.load_id).label("copy"),
        func.min(rows.c.load_id).over(partition_by=of).label("first"),
    ).subquery()


def _rows(table: Table, aside: ColumnElement[bool]) -> Select:
    touched = select(unsettled.c.account_key)
    return select(*(table.c[name] for name in _COLUMNS), aside.label("aside")).where(table.c.account_key.in_(touched))


def _move(connection: Connection, ids: Select, source: Table, target: Table) -> None:
    rows = select(*(source.c[name] for name in _COLUMNS)).where(source.c.billing_entry_id.in_(ids))
    connection.execute(insert(target).from_select(_COLUMNS, rows))
    moved = select(target.c.billing_entry_id)
    connection.execute(delete(source).where(source.c.billing_entry_id.in_(moved)))


def _warn(connection: Connection, copies: Subquery, loads: list[int]) -> dict[int, list[str]]:
    row = copies.c
    query = (
        select(row.load_id, row.first, func.count().label("rows"))
        .where(row.copy > 1, row.load_id.in_(loads))
        .group_by(row.load_id, row.first)
        .order_by(row.load_id, row.first)
    )
    told: dict[int, list[str]] = {}
    for found in connection.execute(query).all():
        are = "is" if found.rows == 1 else "are"
        message = f"{counted(found.rows, 'row')} {are} already loaded, by load {found.first}, and counted once."
        told.setdefault(found.load_id, []).append(message)
    for load_id, messages in told.items():
        problems = [Problem("warning", None, None, "ROWS_REPEATED", message) for message in messages]
        list_more(connection, load_id, problems)
    return told
