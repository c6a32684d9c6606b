"""Many rows written at once, in the way that each kind of database takes them fastest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyarrow.csv import WriteOptions, write_csv
from sqlalchemy import Connection, Table

from data_access.arrow import arrow_type
from data_access.engine import QueryFailed


def bulk_insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple]) -> None:
    """Insert many rows fast. No-op without rows.

    Args:
        columns: names of the columns that each row gives, in the row's order; the others become null.
    """
    if rows:
        insert_columns(connection, table, in_columns(table, columns, rows))


def in_columns(table: Table, columns: Sequence[str], rows: Sequence[tuple]) -> pa.Table:
    """Rows (at least one) as Arrow columns of the table's types: compact, and cheap to send to another process."""
    fields = [pa.field(name, arrow_type(table.c[name].type)) for name in columns]
    arrays = [pa.array(values, type=field.type) for values, field in zip(zip(*rows, strict=True), fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def insert_columns(connection: Connection, table: Table, data: pa.Table) -> None:
    """Insert Arrow columns named as the table's: as they are into DuckDB, by COPY into PostgreSQL."""
    quoted = connection.dialect.identifier_preparer
    target = quoted.format_table(table)
    names = ", ".join(quoted.quote(name) for name in data.column_names)
    driver: Any = connection.connection.driver_connection
    try:
        if connection.dialect.name == "duckdb":
            _insert_into_duckdb(driver, target, names, data)
        else:
            _copy_into_postgresql(driver, target, names, data)
    except connection.dialect.loaded_dbapi.Error as error:  # with the rows in its words
        raise QueryFailed(f"INSERT INTO {target}", None, error) from None


def _insert_into_duckdb(driver: Any, target: str, names: str, data: pa.Table) -> None:
    driver.register("bulk_rows", data)
    try:
        driver.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM bulk_rows")
    finally:
        driver.unregister("bulk_rows")


def _copy_into_postgresql(driver: Any, target: str, names: str, data: pa.Table) -> None:
    with driver.cursor() as cursor:
        if any(pa.types.is_binary(kind) for kind in data.schema.types):  # CSV has no bytes
            with cursor.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
                for row in zip(*(column.to_pylist() for column in data.columns), strict=True):
                    copy.write_row(row)
        else:
            with cursor.copy(f"COPY {target} ({names}) FROM STDIN (FORMAT csv)") as copy:
                text = pa.BufferOutputStream()
                write_csv(data, text, WriteOptions(include_header=False))
                copy.write(memoryview(text.getvalue()))
