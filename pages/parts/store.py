"""The data behind the screens: which database, one engine for all sessions, and a bounded cache.

Whatever one run of a script shows is of one moment, also while a load commits. What is cached is cached for every
session alike: there are no roles yet, so everybody may see everything. The key holds the database and its data version,
so a load is never hidden by the cache. Names and member ids of patients are asked for anew (`fresh`), not kept in it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

import streamlit as st

from data_access import engine as database
from data_access.ingest import inbox
from data_access.posting import PostingFailed, not_posted, resume
from data_access.queries import imports
from data_access.startup import keep_imports
from data_access.trouble import kind_and_place
from data_access.upgrade import open_office

_INBOX_SECONDS = 5
_log = logging.getLogger(__name__)


def address() -> str:
    """The office's database; the demonstration's where there is only that."""
    if os.environ.get("DATABASE_URL"):
        return database.database_url()
    office, demo = database.embedded_path(database.DEFAULT_URL), database.embedded_path(database.DEMO_URL)
    only_demo = office is not None and demo is not None and demo.exists() and not office.exists()
    return database.DEMO_URL if only_demo else database.DEFAULT_URL


@st.cache_resource(show_spinner="Opening the database. The first time after an update this may take minutes.")
def _open(url: str) -> Any:
    engine = open_office(url)
    keep_imports()
    try:
        resume(engine)
    except PostingFailed as error:  # the screens open all the same and say so: there the load is taken back
        _log.error("at the start: %s", error)
    path = database.embedded_path(url)
    if path is not None and not database.is_synthetic(engine):
        folder = inbox.inbox_of(path)
        threading.Thread(target=_watch, args=(engine, folder, threading.Event()), daemon=True, name="inbox").start()
    return engine


def _watch(engine: Any, folder: Any, ended: threading.Event) -> None:
    while not ended.wait(_INBOX_SECONDS):
        try:
            inbox.process(engine, folder)
        except Exception as error:  # noqa: BLE001 - of whatever kind: nobody would start it again
            _log.error("inbox: %s", kind_and_place(error))


class _Run:
    """What one run of a script reads from: the database at one moment, and after it wrote something at a later one."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._found: tuple[database.Snapshot, int] | None = None
        self._writes = 0

    def found(self) -> tuple[database.Snapshot, int]:
        """The database of that moment, and its data version."""
        if self._writes != database.writes_ended():
            self.let_go()
        if self._found is None:
            source = self._held.enter_context(database.snapshot(opened()))
            self._writes = database.writes_ended()  # opening a database may write
            self._found = source, database.data_version(source)
        return self._found

    def let_go(self) -> None:
        """Read from a later moment next."""
        self._found = None
        self._held.close()


_RUN: ContextVar[_Run | None] = ContextVar("run", default=None)


def opened() -> Any:
    """The engine of the database shown, for what is read when the run is over."""
    return _open(address())


def engine() -> Any:
    """The engine of the database shown, to write with: nothing is held meanwhile, and what was written is seen."""
    run = _RUN.get()
    if run is not None:
        run.let_go()
    return opened()


@contextmanager
def one_moment() -> Iterator[int]:
    """All that is asked for in here is of one moment, that of the data version given.

    Raises:
        DatabaseInUse, DatabaseUnreachable, SchemaMismatch: see `data_access.engine.open_engine`.
    """
    run = _Run()
    token = _RUN.set(run)
    try:
        yield run.found()[1]
    finally:
        _RUN.reset(token)
        run.let_go()


def version() -> int:
    """The data version of what is read: now, or of the moment that a run holds."""
    run = _RUN.get()
    return database.data_version(opened()) if run is None else run.found()[1]


def synthetic() -> bool:
    """Whether the data are made up."""
    return fresh(database.is_synthetic)


def ask(function: Callable, arguments: tuple, named: dict[str, Any]) -> Any:
    """What a query function answers: whatever it reads is of one moment. All that screens show is asked here."""
    run = _RUN.get()
    if run is None:
        with database.snapshot(opened()) as source:
            return function(source, *arguments, **named)
    try:
        return function(run.found()[0], *arguments, **named)
    except database.QueryFailed:
        run.let_go()  # a server answers nothing more in a transaction in which a statement failed
        raise


@st.cache_data(max_entries=400, ttl="2h", show_spinner=False)
def _cached(_function: Callable, name: str, url: str, data_version: int, arguments: tuple) -> Any:
    return ask(_function, arguments, {})


def read(function: Callable, *arguments: Any) -> Any:
    """The result of a query function for these arguments, from the cache while the data stay the same."""
    name = f"{function.__module__}.{function.__qualname__}"
    return _cached(function, name, address(), version(), arguments)


def fresh(function: Callable, *arguments: Any, **named: Any) -> Any:
    """The result of a query function now, and not kept: pages of tables, and what people record."""
    return ask(function, arguments, named)


def unposted() -> str | None:
    """Why not all that was loaded is posted, and what to do; None where all is, or is about to be."""
    return not_posted(opened())


def freshness() -> imports.Freshness:
    """How fresh the data are."""
    return read(imports.freshness, date.today())
