"""Writing what files hand over: gathered, and sent to the database in large lots.

One statement costs the embedded database milliseconds however few rows it brings, so the rows of many small
files go together: that is the difference between 2,000 and 5,000 claims a second.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from data_access import schema
from data_access.bulk import insert_columns
from data_access.ingest.party_rows import insert_parties, merge_parties
from data_access.ingest.reading import Columns
from data_access.ingest.rows import FACT_COLUMNS


class Store:
    """Columns and parties waiting to be written in the transaction of `connection`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._rows: dict[str, list[pa.Table]] = {}
        self._parties: dict[str, dict[int, tuple]] = {}

    def size(self) -> int:
        """The number of rows waiting."""
        return sum(part.num_rows for parts in self._rows.values() for part in parts)

    def add(self, columns: Columns) -> None:
        """Take rows and parties in."""
        for name, rows in columns.rows.items():
            self._rows.setdefault(name, []).append(rows)
        for name, parties in columns.parties.items():
            merge_parties(self._parties.setdefault(name, {}), name, parties)

    def take(self) -> Columns:
        """Give up what is waiting."""
        taken = Columns({name: pa.concat_tables(parts) for name, parts in self._rows.items()}, self._parties)
        self._rows, self._parties = {}, {}
        return taken

    def drop_transaction(self, transaction_no: int) -> None:
        """Forget the waiting facts of one transaction of the (one) file gathered here."""
        for name, parts in self._rows.items():
            if "transaction_no" in FACT_COLUMNS.get(name, ()):
                number = pc.field("transaction_no")
                parts[:] = [part.filter(number.is_null() | (number != transaction_no)) for part in parts]

    def write(self) -> None:
        """Write all that is waiting."""
        columns = self.take()
        for name, rows in columns.rows.items():
            insert_columns(self.connection, schema.metadata.tables[name], rows)
        for name, parties in columns.parties.items():
            insert_parties(self.connection, name, parties)
