"""The data behind the screens: which database, one engine for all sessions, and a bounded cache.

What is cached is cached for every session alike: there are no roles yet, so everybody may see everything.
The key holds the database and its data version, so a load is never hidden by the cache.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from data_access import engine as database
from data_access.ingest import inbox
from data_access.posting import settle
from data_access.queries import imports
from data_access.startup import keep_imports
from data_access.upgrade import open_office

_INBOX_SECONDS = 5
_VERSION = "data_version"
_log = logging.getLogger(__name__)


def address() -> str:
    """The office's database; the demonstration's where there is only that."""
    if os.environ.get("DATABASE_URL"):
        return database.database_url()
    office, demo = database.embedded_path(database.DEFAULT_URL), database.embedded_path(database.DEMO_URL)
    only_demo = office is not None and demo is not None and demo.exists() and not office.exists()
    return database.DEMO_URL if only_demo else database.DEFAULT_URL


@st.cache_resource(show_spinner="Opening the database. The first time after an update this may take a minute.")
def _open(url: str) -> Any:
    engine = open_office(url)
    keep_imports()
    settle(engine)  # what an interrupted load left unposted
    path = database.embedded_path(url)
    if path is not None and not database.is_synthetic(engine):
        folder = inbox.inbox_of(path)
        threading.Thread(target=_watch, args=(engine, folder), daemon=True, name="inbox").start()
    return engine


def _watch(engine: Any, folder: Any) -> None:
    pause = threading.Event()
    while not pause.wait(_INBOX_SECONDS):
        try:
            inbox.process(engine, folder)
        except OSError as error:
            _log.error("inbox: %s", type(error).__name__)


def engine() -> Any:
    """The engine of the database shown."""
    return _open(address())


def version() -> int:
    """The data version now."""
    return database.data_version(engine())


def begin_run() -> int:
    """Fix the data version that this run of the script reads, so that it is not asked for with every figure."""
    st.session_state[_VERSION] = (database.writes_ended(), version())
    return st.session_state[_VERSION][1]


def _version_of_run() -> int:
    """The version of `begin_run`; the one now where something was written here since."""
    writes, found = st.session_state.get(_VERSION, (None, 0))
    return found if writes == database.writes_ended() else begin_run()


def synthetic() -> bool:
    """Whether the data are made up."""
    return fresh(database.is_synthetic)


def ask(function: Callable, arguments: tuple, named: dict[str, Any]) -> Any:
    """What a query function answers: whatever it reads is of one moment. All that screens show is asked here."""
    with database.snapshot(engine()) as source:
        return function(source, *arguments, **named)


@st.cache_data(max_entries=400, ttl="2h", show_spinner=False)
def _cached(_function: Callable, name: str, url: str, data_version: int, arguments: tuple) -> Any:
    return ask(_function, arguments, {})


def read(function: Callable, *arguments: Any) -> Any:
    """The result of a query function for these arguments, from the cache while the data stay the same."""
    name = f"{function.__module__}.{function.__qualname__}"
    return _cached(function, name, address(), _version_of_run(), arguments)


def fresh(function: Callable, *arguments: Any, **named: Any) -> Any:
    """The result of a query function now, and not kept: pages of tables, and what people record."""
    return ask(function, arguments, named)


def freshness() -> imports.Freshness:
    """How fresh the data are."""
    return read(imports.freshness, date.today())
