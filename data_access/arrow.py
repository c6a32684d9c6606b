"""The Arrow types that the columns of the tables are kept in while they are read or written in bulk."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Numeric


def arrow_type(column_type: Any) -> pa.DataType:
    """The Arrow type of a column's values; text where it is none of ours."""
    if isinstance(column_type, Numeric):
        return pa.decimal128(column_type.precision or 14, column_type.scale or 2)
    for sql_type, arrow_type in (
        (BigInteger, pa.int64()),
        (Integer, pa.int32()),
        (Boolean, pa.bool_()),
        (DateTime, pa.timestamp("us")),
        (Date, pa.date32()),
        (LargeBinary, pa.binary()),
    ):
        if isinstance(column_type, sql_type):
            return arrow_type
    return pa.string()
