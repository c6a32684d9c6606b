"""Uploads: files that arrive as streams are kept in a private temporary folder while they are loaded."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from data_access.ingest.sources import Source, of_file


@contextmanager
def sources_of(uploads: Iterable[tuple[str, BinaryIO]]) -> Iterator[list[Source]]:
    """The sources in uploaded files (name and stream), zips opened; gone when the context ends."""
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        sources: list[Source] = []
        for number, (name, stream) in enumerate(uploads):
            path = Path(folder) / str(number)
            with path.open("wb") as target:
                stream.seek(0)
                shutil.copyfileobj(stream, target)
            sources += of_file(path, Path(name).name)
        yield sources
