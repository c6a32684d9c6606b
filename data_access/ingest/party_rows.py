"""Writing payers, facilities, providers and patients: each once, however many files name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from data_access import schema
from data_access.bulk import bulk_insert
from data_access.ingest.rows import PARTY_COLUMNS

#: Parties of which a later file may say more: a CSV names a provider by number alone.
_TOLD_MORE = ("payer", "facility", "provider")


def insert_parties(connection: Connection, name: str, parties: Mapping[int, tuple]) -> None:
    """Add the parties not there yet, and fill in what earlier files left out, so that order does not matter.

    Args:
        name: a party table.
        parties: rows by id, in the order of the table's columns.
    """
    table, columns = schema.metadata.tables[name], PARTY_COLUMNS[name]
    key = table.c[columns[0]]
    read = columns if name in _TOLD_MORE else columns[:1]
    query = select(*(table.c[column] for column in read)).where(key.in_(list(parties)))
    known = {row[0]: dict(zip(read, row, strict=True)) for row in connection.execute(query)}
    bulk_insert(connection, table, columns, [row for party, row in parties.items() if party not in known])
    if name in _TOLD_MORE:
        for party, before in known.items():
            more = _more(before, dict(zip(columns, parties[party], strict=True)))
            if more:
                connection.execute(update(table).where(key == party).values(**more))


def merge_parties(into: dict[int, tuple], name: str, parties: Mapping[int, tuple]) -> None:
    """Add parties to those gathered so far, by the rule of `insert_parties`."""
    columns = PARTY_COLUMNS[name]
    for party, row in parties.items():
        before = into.setdefault(party, row)
        if name in _TOLD_MORE and before != row:
            known = dict(zip(columns, before, strict=True))
            into[party] = tuple((known | _more(known, dict(zip(columns, row, strict=True)))).values())


def _more(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says that the row before left empty, or named only by its number."""
    numbers = {before.get("identifier"), f"NPI {before.get('npi')}"}
    more = {column: now[column] for column in before if before[column] is None and now[column] is not None}
    if before["name"] in numbers and now["name"] not in numbers:
        more["name"] = now["name"]
    return more
