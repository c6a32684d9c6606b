"""Rows read with exact types: a whole answer as a DataFrame, or many rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Boolean, Connection, Executable, Integer, Numeric, Row

from data_access.arrow import arrow_type
from data_access.engine import Answer, Snapshot, Source, answer

#: Sums of NUMERIC(14,2) may have more digits than one amount.
_MONEY_SUM = pa.decimal128(38, 2)
#: By way of Arrow in half the time of `pd.array`; pandas' types do not tell that they can.
_WHOLE: Any = pd.Int64Dtype()
_FLAG: Any = pd.BooleanDtype()


def read_frame(
    source: Source | Connection, query: Executable, parameters: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Run a query and return its rows with exact types.

    Args:
        parameters: what its bound parameters stand for, by name.

    Returns:
        A DataFrame with money and other NUMERIC columns as Arrow decimals, dates as Arrow date32,
        timestamps as Arrow timestamps, text as Arrow strings, whole numbers as Int64 and flags as
        boolean; a missing value is NA everywhere.
    """
    columns, rows = _answer(source, query, parameters)
    types = [getattr(column, "type", None) for column in getattr(query, "selected_columns", [])]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    frame = {
        name: _array(list(column), types[position] if position < len(types) else None)
        for position, (name, column) in enumerate(zip(columns, values, strict=True))
    }
    return pd.DataFrame(frame, copy=False)


def _array(values: list, declared: Any) -> Any:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, bool) or (first is None and isinstance(declared, Boolean)):
        return _FLAG.__from_arrow__(pa.array(values, type=pa.bool_()))
    if isinstance(first, int) or (first is None and isinstance(declared, Integer)):
        return _WHOLE.__from_arrow__(pa.array(values, type=pa.int64()))
    arrow = pa.array(values, type=_arrow_type_of(first, declared, values))
    return pd.arrays.ArrowExtensionArray(arrow)


def _arrow_type_of(first: Any, declared: Any, values: list) -> pa.DataType | None:
    if isinstance(first, Decimal):
        scale = max(-int(value.as_tuple().exponent) for value in values if value is not None)
        return _MONEY_SUM if scale <= 2 else pa.decimal128(38, min(scale, 18))
    if first is None:
        if isinstance(declared, Numeric):
            return _MONEY_SUM
        return pa.string() if declared is None else arrow_type(declared)
    if isinstance(first, date):
        return pa.timestamp("us") if hasattr(first, "hour") else pa.date32()
    return pa.string() if isinstance(first, str) else None


def read_rows(source: Source, query: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row]:
    """Run a query, with what its bound parameters stand for by name, and return its rows."""
    return _answer(source, query, parameters).rows


def _answer(source: Source | Connection, query: Executable, parameters: Mapping[str, Any] | None) -> Answer:
    if isinstance(source, Connection):
        return answer(source.execute(query, parameters))
    if isinstance(source, Snapshot) and not parameters:
        return source.answer(query)
    with source.connect() as connection:
        return answer(connection.execute(query, parameters))


def stream_rows(source: Source, query: Executable, batch: int = 2_000) -> Iterator[Sequence[Row]]:
    """Run a query and yield its rows in lists of at most `batch`, with bounded memory."""
    streamed = {"stream_results": True, "max_row_buffer": batch}
    with source.connect() as connection:
        yield from connection.execute(query, execution_options=streamed).partitions(batch)
