"""Loading: each file whole or not at all; every row keeps its source; nothing is loaded twice.

A file already known is told by four gates, first hit wins: its bytes; its interchange (a warning only,
some senders never change the number); the business key of each transaction; the transaction's body.

Small files share a database transaction, because committing and writing few rows is what takes the time.
None of their rows is written before its file is known good, so one file's refusal never touches another.
A large file has a transaction of its own, is written piece by piece in bounded memory, and is rolled back
when it is refused.

Reading is Python's work and takes as long as all the rest. Given `readers`, processes of their own read the files
of the next transactions while this one writes; what is recorded and in which order is the same.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from data_access import schema
from data_access.engine import bump_data_version, expect_posting, next_load_id, salt, write
from data_access.ingest import repeats, two_patients, words
from data_access.ingest.csv_billing import BILLING
from data_access.ingest.csv_contracts import repriced_keys
from data_access.ingest.file_load import FileLoad, LoadResult
from data_access.ingest.reading import Part, Readers, read_source
from data_access.ingest.rows import CutOff, NotX12, Refused
from data_access.ingest.sources import DAMAGED, UNPACKING_FAILED, Source, find
from data_access.ingest.store import Store
from data_access.posting import coverage, settle
from data_access.posting.file_answers import list_answered

__all__ = ["LoadResult", "list_unsettled", "load_paths", "load_sources", "spare_processors"]

STANDING = ("loaded", "partly_loaded")
#: Files of up to this many bytes together share a database transaction.
_SHARED_BYTES = 10_000_000
#: Transactions whose files are read ahead.
_AHEAD = 2
_REFUSALS = (Refused, NotX12, CutOff, OSError)


@dataclass
class _Candidate:
    """A file whose bytes were counted and hashed, or that could not be read at all.

    Where it is read ahead, `parts` will hold it, read under the number `load_id`.
    """

    source: Source
    digest: str
    size: int
    unreadable: str | None = None
    load_id: int | None = None
    parts: Future[list[Part]] | None = None


def spare_processors() -> int:
    """How many processes may read: one for each processor, as the writing one waits half its time; none beside one."""
    processors = os.cpu_count() or 1
    return min(processors, 4) if processors > 1 else 0


def load_paths(
    engine: Engine,
    paths: Iterable[Path],
    who: str,
    progress: Callable[[LoadResult], None] | None = None,
    readers: int = 0,
) -> list[LoadResult]:
    """Load files, folders and zips, then post them.

    Args:
        who: recorded as the one who loaded them.
        progress: called for each file once what became of it is committed.
        readers: processes that may be started to read ahead, when there is much to read (`spare_processors`). None
            where the running program is not a plain `python -m` or guarded script: they import its main module.
    """
    return load_sources(engine, find(paths), who, progress, readers)


def load_sources(
    engine: Engine,
    sources: Iterable[Source],
    who: str,
    progress: Callable[[LoadResult], None] | None = None,
    readers: int = 0,
) -> list[LoadResult]:
    """Load sources in order, then post what they hold. What an earlier run left unposted is posted too."""
    results = []
    ahead = Readers(readers)
    try:
        groups = _groups(map(_candidate, sources))
        for group in _read_ahead(engine, groups, ahead) if readers else groups:
            for result in _load_alone(engine, group[0], who) if len(group) == 1 else _load_group(engine, group, who):
                results.append(result)
                if progress:
                    progress(result)
    finally:
        ahead.close()
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
    except UNPACKING_FAILED:
        return _Candidate(source, "", 0, DAMAGED)
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


def _read_ahead(engine: Engine, groups: Iterable[list[_Candidate]], readers: Readers) -> Iterator[list[_Candidate]]:
    """The groups in order; once they prove to be many, the files of the next ones are being read meanwhile."""
    waiting: deque[list[_Candidate]] = deque()
    begun: set[str] = set()
    for group in groups:
        waiting.append(group)
        if begun or len(waiting) > 1:
            for later in waiting:
                _begin(engine, later, readers, begun)
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _begin(engine: Engine, group: list[_Candidate], readers: Readers, begun: set[str]) -> None:
    """Give the files of a group to the readers: the small ones that were not loaded before."""
    new: dict[str, _Candidate] = {}
    for one in group:
        if one.parts is None and not one.unreadable and one.digest not in begun:
            new.setdefault(one.digest, one)
    if not new or (len(group) == 1 and group[0].size > _SHARED_BYTES):
        return
    with write(engine) as connection:
        known = select(schema.load.c.sha256).where(
            schema.load.c.sha256.in_(list(new)), schema.load.c.status.in_(STANDING)
        )
        loaded = set(connection.scalars(known))
        chosen = [one for one in new.values() if one.digest not in loaded]
        first, key = next_load_id(connection, len(chosen)), salt(connection)
    begun.update(new)
    for load_id, candidate in enumerate(chosen, first):
        candidate.load_id, candidate.parts = load_id, readers.begin(candidate.source, load_id, key)


def _parts(connection: Connection, candidate: _Candidate, load_id: int) -> Iterable[Part]:
    """What a file holds: as it was read ahead, else read now."""
    if candidate.parts is not None:
        try:
            parts = candidate.parts.result()
        except BrokenExecutor:  # no processes can be started here, or one was ended from outside
            pass
        else:
            candidate.parts = None  # its rows need not be held longer than they are written
            return parts
    return read_source(candidate.source, load_id, salt(connection))


def _load_alone(engine: Engine, candidate: _Candidate, who: str) -> list[LoadResult]:
    try:
        with write(engine) as connection:
            store = Store(connection)
            result = _load(store, candidate, who, alone=True)
            _write(store, [result])
    except _REFUSALS as error:
        with write(engine) as connection:
            store = Store(connection)
            result = _file(store, candidate, who).record_rejection(error)
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
    file = _file(store, candidate, who)
    try:
        if candidate.unreadable:
            raise Refused(candidate.unreadable)
        return file.load(_parts(store.connection, candidate, file.load_id), in_pieces=alone)
    except _REFUSALS as error:
        if alone:
            raise
        return file.record_rejection(error)


def _file(store: Store, candidate: _Candidate, who: str) -> FileLoad:
    return FileLoad(store, candidate.source.name, candidate.digest, candidate.size, who, candidate.load_id)


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
        words.apply(store.connection, new)
        list_unsettled(store.connection, new)
        _set_repeats_aside(store.connection, results)
        told = two_patients.warn(store.connection, new)
        for result in results:
            result.warnings += told.get(result.load_id or 0, [])
        expect_posting(store.connection)
        bump_data_version(store.connection)  # a file may change what screens show without touching an account


def _set_repeats_aside(connection: Connection, results: list[LoadResult]) -> None:
    """Tell which rows of the files of the billing system just loaded were loaded before; these count once."""
    files = [result for result in results if result.kind == BILLING and result.status in STANDING]
    own = {result.load_id: result for result in files if result.load_id is not None}
    if own:
        for load_id, messages in repeats.set_aside(connection, list(own)).items():
            own[load_id].warnings += messages


def list_unsettled(connection: Connection, loads: list[int]) -> None:
    """List the account keys that loads touch as waiting to be posted."""
    for table in (table for table in schema.FACT_TABLES if "account_key" in table.c):
        keys = select(table.c.account_key).where(table.c.load_id.in_(loads), table.c.account_key.is_not(None))
        connection.execute(insert(schema.unsettled).from_select(["account_key"], keys.distinct()))
    for keys in repriced_keys(loads):
        connection.execute(insert(schema.unsettled).from_select(["account_key"], keys))
    coverage.list_touched(connection, loads)
    list_answered(connection, loads)
