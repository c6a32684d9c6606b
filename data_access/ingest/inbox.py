"""The inbox: where the command line puts files while the dashboard holds the embedded database open."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine

from data_access.ingest.loader import LoadResult, load_sources
from data_access.ingest.sources import files_in, of_file
from data_access.posting import PostingFailed
from data_access.trouble import kind_and_place

_PART = ".part"
_log = logging.getLogger(__name__)


def inbox_of(database: Path) -> Path:
    """The inbox folder that belongs to an embedded database file."""
    return database.parent / f"{database.stem}-inbox"


def place(paths: Iterable[Path], inbox: Path) -> list[str]:
    """Copy files into the inbox, each appearing there whole or not at all; return their names.

    Folders are searched as in loading: what is hidden in them is passed over.

    Raises:
        OSError: a file cannot be read or the inbox not be written.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    placed = []
    for path in paths:
        for file in files_in(path):
            part = inbox / f".{uuid.uuid4().hex}{_PART}"
            shutil.copyfile(file, part)
            part.replace(inbox / f"{uuid.uuid4().hex[:8]}-{file.name}")
            placed.append(file.name)
    return placed


def process(engine: Engine, inbox: Path, who: str = "inbox") -> list[LoadResult]:
    """Load what lies in the inbox, then move each file to `done` or `failed` within it."""
    if not inbox.is_dir():
        return []
    waiting = sorted(entry for entry in inbox.iterdir() if entry.is_file() and not entry.name.startswith("."))
    results = []
    for path in waiting:
        loaded: list[LoadResult] = []
        well = _load(engine, path, who, loaded)
        results += loaded
        folder = inbox / ("done" if well else "failed")
        folder.mkdir(exist_ok=True)
        path.replace(folder / path.name)
    return results


def _load(engine: Engine, path: Path, who: str, loaded: list[LoadResult]) -> bool:
    """Load one file, telling `loaded`; whether it went well. No failure keeps the files after it waiting."""
    try:
        load_sources(engine, of_file(path, path.name.split("-", 1)[-1]), who, loaded.append)
    except PostingFailed as error:  # the file itself is loaded or rejected, as was told
        _log.error("inbox: %s", error)
    except Exception as error:  # noqa: BLE001 - of whatever kind, and its message may hold data
        _log.error("inbox: a file could not be loaded: %s", kind_and_place(error))
        return False
    return all(result.status != "rejected" for result in loaded)
