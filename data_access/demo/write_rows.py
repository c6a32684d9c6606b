"""The synthetic practice straight into a database: through the same loader as files, without a disk between.

One part of the practice is made, loaded and forgotten before the next, so memory is bounded whatever the size.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from io import BytesIO

from sqlalchemy import Engine

from data_access.demo.deposits import Takings
from data_access.demo.generate import generate, parts
from data_access.demo.write_x12 import common_files, part_files
from data_access.ingest.loader import load_sources
from data_access.ingest.sources import Source


def write_rows(
    engine: Engine, claims: int, seed: int, until: date, progress: Callable[[int, int], None] | None = None
) -> int:
    """Load the practice and post it; return the number of files it would have been.

    Args:
        progress: called after each part is made with the parts done and in all.
    """
    return len(load_sources(engine, _sources(claims, seed, until, progress), "demo"))


def _sources(claims: int, seed: int, until: date, progress: Callable[[int, int], None] | None) -> Iterator[Source]:
    for name, text in common_files(until):
        yield _source(name, text)
    takings: Takings = {}
    planned = parts(claims)
    for part in planned:
        for name, text in part_files(part, generate(part, seed, until), takings, part is planned[-1]):
            yield _source(name, text)
        if progress:
            progress(part.number + 1, len(planned))


def _source(name: str, text: str) -> Source:
    return Source(name, partial(BytesIO, text.encode("ascii")))
