"""Loading: each file whole or not at all; every row keeps its source; nothing is loaded twice.

A file already known is told by four gates, first hit wins: its bytes; its interchange (a warning only,
some senders never change the number); the business key of each transaction; the transaction's body.

Small files share a database transaction, because committing and writing few rows is what takes the time.
None of their rows is written before its file is known good, so one file's refusal never touches another.
A large file has a transaction of its own, is written piece by piece in bounded memory, and is rolled back
when it is refused.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from data_access import schema
from data_access.engine import bump_data_version, write
from data_access.ingest.csv_contracts import repriced_keys
from data_access.ingest.file_load import FileLoad, LoadResult, Refused
from data_access.ingest.rows import CutOff, NotX12
from data_access.ingest.sources import Source, find
from data_access.ingest.store import Store
from data_access.posting import coverage, settle
from data_access.posting.file_answers import list_answered

__all__ = ["LoadResult", "list_unsettled", "load_paths", "load_sources"]

STANDING = ("loaded", "partly_loaded")
#: Files of up to this many bytes together share a database transaction.
_SHARED_BYTES = 6_000_000
_REFUSALS = (Refused, NotX12, CutOff, OSError)


@dataclass(frozen=True)
class _Candidate:
    """A file whose bytes were counted and hashed, or that could not be read at all."""

    source: Source
    digest: str
    size: int
    unreadable: str | None = None


def load_paths(
    engine: Engine, paths: Iterable[Path], who: str, progress: Callable[[LoadResult], None] | None = None
) -> list[LoadResult]:
    """Load files, folders and zips, then post them.

    Args:
        who: recorded as the one who loaded them.
        progress: called for each file once what became of it is committed.
    """
    return load_sources(engine, find(paths), who, progress)


def load_sources(
    engine: Engine, sources: Iterable[Source], who: str, progress: Callable[[LoadResult], None] | None = None
) -> list[LoadResult]:
    """Load sources in order, then post what they hold. What an earlier run left unposted is posted too."""
    results = []
    gc.freeze()  # rows make no cycles: what was there before need not be searched for them again and again
    try:
        for group in _groups(map(_candidate, sources)):
            for result in _load_alone(engine, group[0], who) if len(group) == 1 else _load_group(engine, group, who):
                results.append(result)
                if progress:
                    progress(result)
    finally:
        gc.unfreeze()
        settle(engine)
    return results


def _candidate(source: Source) -> _Candidate:
    digest, size = sha256(), 0
    try:
        if source.refused:
            raise Refused(source.refused)
        with source.open() as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
    except (Refused, OSError) as error:
        return _Candidate(source, "", 0, str(error))
    return _Candidate(source, digest.hexdigest(), size)


def _groups(candidates: Iterable[_Candidate]) -> Iterator[list[_Candidate]]:
    """Neighbours that share a transaction, in order; a large file by itself."""
    group: list[_Candidate] = []
    size = 0
    for candidate in candidates:
        if group and size + candidate.size > _SHARED_BYTES:
            yield group
            group, size = [], 0
        group.append(candidate)
        size += candidate.size
    if group:
        yield group


def _load_alone(engine: Engine, candidate: _Candidate, who: str) -> list[LoadResult]:
    try:
        with write(engine) as connection:
            store = Store(connection)
            result = _load(store, candidate, who, alone=True)
            _write(store, [result])
    except _REFUSALS as error:
        with write(engine) as connection:
            store = Store(connection)
            file = FileLoad(store, candidate.source.name, candidate.digest, candidate.size, who)
            result = file.record_rejection(str(error))
            _write(store, [result])
    return [result]


def _load_group(engine: Engine, group: list[_Candidate], who: str) -> list[LoadResult]:
    with write(engine) as connection:
        store = Store(connection)
        results = [_load(store, candidate, who, alone=False) for candidate in group]
        _write(store, results)
    return results


def _load(store: Store, candidate: _Candidate, who: str, alone: bool) -> LoadResult:
    """Load one file into the store. Alone, a refusal is raised, for all to be rolled back; else it is recorded."""
    known = _already_loaded(store.connection, candidate)
    if known:
        return known
    file = FileLoad(store, candidate.source.name, candidate.digest, candidate.size, who)
    try:
        if candidate.unreadable:
            raise Refused(candidate.unreadable)
        return file.load(candidate.source, in_pieces=alone)
    except _REFUSALS as error:
        if alone:
            raise
        return file.record_rejection(str(error))


def _already_loaded(connection: Connection, candidate: _Candidate) -> LoadResult | None:
    query = select(schema.load).where(schema.load.c.sha256 == candidate.digest, schema.load.c.status.in_(STANDING))
    known = connection.execute(query.order_by(schema.load.c.load_id)).first()
    if known is None:
        return None
    return LoadResult(
        candidate.source.name,
        known.kind,
        known.claims,
        known.charge,
        known.paid,
        known.balanced,
        "already_loaded",
        f"The same file was loaded on {known.loaded_at:%Y-%m-%d %H:%M} UTC as load {known.load_id}.",
        load_id=known.load_id,
    )


def _write(store: Store, results: list[LoadResult]) -> None:
    store.write()
    new = [result.load_id for result in results if result.load_id is not None and result.status in STANDING]
    if new:
        list_unsettled(store.connection, new)
        bump_data_version(store.connection)  # a file may change what screens show without touching an account


def list_unsettled(connection: Connection, loads: list[int]) -> None:
    """List the account keys that loads touch as waiting to be posted."""
    for table in (table for table in schema.FACT_TABLES if "account_key" in table.c):
        keys = select(table.c.account_key).where(table.c.load_id.in_(loads), table.c.account_key.is_not(None))
        connection.execute(insert(schema.unsettled).from_select(["account_key"], keys.distinct()))
    for keys in repriced_keys(loads):
        connection.execute(insert(schema.unsettled).from_select(["account_key"], keys))
    coverage.list_touched(connection, loads)
    list_answered(connection, loads)
