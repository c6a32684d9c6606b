"""python -m data_access demo: make the synthetic practice and load it like anyone's files."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import ColumnElement, Engine, Table, func, select

from data_access.demo.appeals import record_appeals
from data_access.demo.calibration import report
from data_access.demo.stories import STORIES
from data_access.demo.write_rows import write_rows
from data_access.demo.write_x12 import write_files
from data_access.engine import DEMO_URL, is_synthetic, mark_synthetic, open_engine, write
from data_access.ingest.loader import LoadResult, load_paths, spare_processors
from data_access.schema import account, load, metadata
from data_access.upgrade import open_office
from data_access.work.office import Office, set_office

DEFAULT_CLAIMS, DEFAULT_SEED = 20_000, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--claims", type=int, default=DEFAULT_CLAIMS, help="about how many claims (default 20,000)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed and day, same practice")
    parser.add_argument("--until", type=date.fromisoformat, help="last day of the data (default today)")
    parser.add_argument("--x12", type=Path, metavar="DIR", help="only write the files into this folder")
    parser.add_argument("--direct", action="store_true", help="straight into the tables, without files (for scale)")
    parser.add_argument("--if-missing", action="store_true", help="do nothing when the demonstration is there already")
    parser.add_argument(
        "--report", action="store_true", help="print how it compares with public figures, and its stories"
    )


def database_url() -> str:
    """Where the demonstration lives: DEMO_DATABASE_URL, or its own file under data/."""
    return os.environ.get("DEMO_DATABASE_URL") or DEMO_URL


def run(options: argparse.Namespace) -> int:
    """Make the demonstration; the exit code is 0, or 1 when the database is not one for demonstrations."""
    until = options.until or date.today()
    if options.claims < 1:
        print("--claims needs a number above zero.", file=sys.stderr)
        return 1
    if options.x12:
        count = sum(1 for _ in write_files(options.x12, options.claims, options.seed, until))
        print(f"{count} files of synthetic data are in {options.x12}.")
        return 0
    engine = open_office(database_url())
    if _count(engine, load) and not is_synthetic(engine):
        print("This database holds real files, with which the demonstration never mixes.", file=sys.stderr)
        return 1
    if not _complete(engine):
        engine = _emptied(engine)
        _make(engine, options, until)
    elif not (options.report or options.if_missing):
        print("The demonstration is there already. Delete its database to make it anew.", file=sys.stderr)
        return 1
    if options.report:
        print(report(engine))
        print("\nPlanted for the screens to find:")
        for story in STORIES:
            print(f"  {story.name} ({story.screen}): {story.tells}")
    return 0


LETTERHEAD = Office(
    name="Synthetic Specialty Practice",
    street="1 Synthetic Way",
    place="Exampleville, KS 66002",
    phone="555-0100",
    pay_online="pay.example.org",
    assistance="Ask for the one-page form at any desk, or call 555-0100.",
)


def _count(engine: Engine, table: Table, *conditions: ColumnElement[bool]) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def _complete(engine: Engine) -> bool:
    """Whether the demonstration is there whole: the file written last was loaded, and its accounts were posted."""
    return bool(_count(engine, load, load.c.kind == "transactions") and _count(engine, account))


def _emptied(engine: Engine) -> Engine:
    """An empty database; what an interrupted run left behind goes."""
    if not _count(engine, load):
        return engine
    print("The last run was interrupted: starting anew.", file=sys.stderr)
    metadata.drop_all(engine)
    engine.dispose()
    return open_engine(database_url())


def _make(engine: Engine, options: argparse.Namespace, until: date) -> None:
    start = time.monotonic()
    with write(engine) as connection:
        mark_synthetic(connection)
    set_office(engine, LETTERHEAD)
    if options.direct:
        write_rows(engine, options.claims, options.seed, until, _progress("Writing the synthetic practice, part"))
    else:
        with TemporaryDirectory(prefix="synthetic-practice-") as folder:
            _through_files(engine, options, until, Path(folder))
    record_appeals(engine, until)
    print(f"The synthetic practice is ready ({time.monotonic() - start:.0f} s).", file=sys.stderr)


def _through_files(engine: Engine, options: argparse.Namespace, until: date, folder: Path) -> None:
    print("Making a synthetic practice (nothing in it is real) ...", file=sys.stderr)
    paths = list(write_files(folder, options.claims, options.seed, until))
    tell = _progress("Loading its files")
    done = 0

    def loaded(_: LoadResult) -> None:
        nonlocal done
        done += 1
        tell(done, len(paths))

    load_paths(engine, paths, "demo", loaded, spare_processors())


def _progress(what: str) -> Callable[[int, int], None]:
    """Shows one line that is written over on a terminal, a line for every tenth step elsewhere."""

    def show(done: int, of: int) -> None:
        line = f"{what} {done} of {of}"
        if sys.stderr.isatty():
            print(f"\r{line}", end="\n" if done == of else "", file=sys.stderr, flush=True)
        elif done == of or done % max(1, of // 10) == 0:
            print(line, file=sys.stderr, flush=True)

    return show
