"""make bench: how fast loading, every screen's data, an account and an export are, and how large the database is.

Each screen is opened as a link to it would, with nothing kept, by Streamlit's own test runner; what it asks of the
database is timed by itself beside the bare SQL that returns the same rows: the statements that were sent, replayed on
the driver. Nothing is asserted about time. Options: --claims 100000 1000000 (10000000 by request: copies of a
million), --made (how many claims are made one by one before they are copied), --repeat, --keep FOLDER to keep the
databases there and use them again, --users 50 to have so many people open pages at once on a PostgreSQL server with
the practice of the first size instead (--reading: seconds each reads a page).
"""

import argparse
import io
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from data_access import export
from data_access.demo.write_rows import write_rows
from data_access.engine import data_version, mark_synthetic, open_engine, write
from data_access.filters import Filters
from data_access.queries import accounts
from tests.benchmarks import users
from tests.benchmarks.copies import multiply
from tests.benchmarks.screens import AN_ACCOUNT, SCREENS, Opened, Opener, Question, ask, opening

UNTIL = date(2026, 6, 30)


def main() -> None:
    """Run what was asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--made", type=int, default=1_000_000, help="beyond so many claims, copy these")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--keep", type=Path, help="folder of databases kept from run to run")
    parser.add_argument("--users", type=int, help="so many people at once on a PostgreSQL server")
    parser.add_argument("--reading", type=float, default=10.0, help="seconds for which each reads a page")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    if not options.keep and not options.users:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.loading", "100000"], check=True)
    for count in options.claims:
        with tempfile.TemporaryDirectory() as folder:
            measure(count, (options.keep or Path(folder)) / f"bench-{count}.duckdb", options)


def measure(count: int, database: Path, options: argparse.Namespace) -> None:
    """Make a practice of `count` claims straight in the tables, and time everything on it."""
    if not database.exists():
        made = min(count, options.made)
        start = database.with_name(f"bench-{made}.duckdb")
        if made < count and start.exists():
            shutil.copyfile(start, database)
        engine = open_engine(f"duckdb:///{database}")
        make_practice(engine, made, count // made)
    with opening(f"duckdb:///{database}", UNTIL.isoformat()) as opener:
        if options.users:
            users.measure(options.users, opener, options.reading)
        else:
            measure_screens(opener, count, database, options.repeat)


def measure_screens(opener: Opener, count: int, database: Path, repeat: int) -> None:
    """Time every screen and its data, an account and an export."""
    print(f"{count:,} claims: database {database.stat().st_size / 2**20:,.0f} MB")
    print(f"\n| {count:,} claims | opened ms | its data ms | 95th percentile ms | bare SQL ms | ratio |")
    print("|---|---|---|---|---|---|")
    found = {name: opener.screen(name, repeat) for name in SCREENS}
    for name, one in found.items():
        row(name, opener.engine, [one], repeat)
    row(AN_ACCOUNT, opener.engine, opener.accounts(repeat), repeat)
    row("What screens share, once after a load", opener.engine, [Opened(found["Overview"].shared, [], [])], repeat)
    filters = Filters.of_ninety_days(UNTIL)
    start = time.perf_counter()
    manifest = export.write_csv(opener.engine, accounts.table(filters), filters, io.StringIO())
    print(
        f"\nExporting every open account: {manifest.rows:,} rows in {time.perf_counter() - start:.1f} s\n", flush=True
    )


def make_practice(engine: Engine, made: int, times: int) -> None:
    """Fill a database with a practice of `made` claims, unless it holds one, and multiply that."""
    start = time.perf_counter()
    if data_version(engine) == 0:
        with write(engine) as connection:
            mark_synthetic(connection)
        write_rows(engine, made, 1, UNTIL)
        print(f"{made:,} claims made, loaded and posted in {time.perf_counter() - start:.0f} s")
    if times > 1:
        start = time.perf_counter()
        multiply(engine, times)
        print(f"copied {times} times in {time.perf_counter() - start:.0f} s")
    engine.dispose()  # closing the file folds the log into it


def row(name: str, engine: Engine, opened: list[Opened], repeat: int) -> None:
    """Print one line of the table.

    Args:
        opened: one page, or several of its kind that are asked for in turn.
    """
    turns = [opened[turn % len(opened)].questions for turn in range(repeat)]
    statements = [sent(engine, questions) for questions in turns]
    ours, bare = [], []
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        for questions, those in zip(turns, statements, strict=True):  # by turns, so that both have the same machine
            ours.append(timed(partial(ask, engine, questions)))
            bare.append(timed(partial(replay, cursor, those)))
    middle, plain = statistics.median(ours), statistics.median(bare)
    high = sorted(ours)[min(len(ours) - 1, round(0.95 * len(ours)))]
    seconds = [second for one in opened for second in one.seconds]
    drawn = f"{statistics.median(seconds) * 1000:.0f}" if seconds else ""
    print(f"| {name} | {drawn} | {middle:.0f} | {high:.0f} | {plain:.0f} | {Decimal(middle / plain):.2f} |", flush=True)


def replay(cursor: Any, statements: list[tuple[str, Any]]) -> None:
    """Send statements to the driver and fetch their rows."""
    for statement, parameters in statements:
        cursor.execute(statement, parameters)
        cursor.fetchall()


def sent(engine: Engine, questions: list[Question]) -> list[tuple[str, Any]]:
    """The statements, with their parameters, that answering sends."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    ask(engine, questions)
    event.remove(engine, "before_cursor_execute", note)
    return found


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that `work` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
