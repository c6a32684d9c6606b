"""make bench: how fast loading, every screen's data, an account and an export are, and how large the database is.

Each screen's data is timed beside the bare SQL that returns the same rows: the statements it sent, replayed on
the driver. Nothing is asserted about time. Options: --claims 100000 1000000 (10000000 by request: copies of a
million), --made (how many claims are made one by one before they are copied), --repeat, --keep FOLDER to keep the
databases there and use them again, --users 50 to have so many people open pages at once on a PostgreSQL server with
the practice of the first size instead (--reading: seconds each reads a page).
"""

import argparse
import io
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select

from data_access import export
from data_access.demo.write_rows import write_rows
from data_access.engine import data_version, mark_synthetic, open_engine, write
from data_access.filters import Filters
from data_access.ingest.loader import LoadResult, load_paths, spare_processors
from data_access.queries import (
    account,
    accounts,
    aging,
    asked,
    bank_days,
    cash,
    claims,
    collections,
    coverage,
    credits,
    cycle,
    denials,
    imports,
    late_payments,
    movement,
    movers,
    overview,
    patterns,
    posted_payments,
    posted_twice,
    progress,
    provider_level,
    reconciliation,
    rejections,
    scoring,
    team,
    underpayments,
    worklist,
)
from data_access.queries.table import page
from data_access.schema import account as account_table
from data_access.startup import keep_imports
from tests.benchmarks import users
from tests.benchmarks.copies import multiply

UNTIL = date(2026, 6, 30)
#: What the claims and payments of the billing system come in; the files of the rest of the cycle are loaded after.
BILLED = ("837", "835", "transactions", "payers", "departments")
Work = Callable[[Engine, Filters], Any]


def desk(engine: Engine, filters: Filters) -> scoring.Desk:
    """Who looks at the worklist."""
    return scoring.Desk(UNTIL, None, scoring.weights(engine), accounts.silence_limits(engine, filters))


SCREENS: dict[str, list[Work]] = {
    "Overview": [overview.tiles, movers.what_moved, accounts.silent_total],
    "Overview, from coverage to the bank": [cycle.steps],
    "Aging, by payer type": [
        aging.buckets,
        lambda engine, filters: aging.positions(engine, filters, [filters.as_of, filters.comparison().as_of]),
        lambda engine, filters: page(engine, aging.table(filters)),
    ],
    "Aging, trend and roll-forward": [aging.trend, movement.roll_forward],
    "Denials": [
        denials.variants,
        denials.outcome,
        denials.reasons,
        lambda engine, filters: denials.breakdown(engine, filters, "payer"),
        lambda engine, filters: page(engine, denials.table(filters)),
    ],
    "Denials, trends": [denials.rates_over_time, denials.heat_map, denials.outcomes_by],
    "Collections": [
        cash.of_period,
        collections.posted,
        collections.write_offs,
        lambda engine, filters: page(engine, collections.table(filters)),
    ],
    "Collections, rates": [collections.rate_cohorts, collections.payment_lag, collections.patient_cohorts],
    "Underpayments": [
        lambda engine, filters: underpayments.summary(engine, filters, "Both"),
        lambda engine, filters: underpayments.breakdown(engine, filters, "Both", "payer"),
        lambda engine, filters: underpayments.breakdown(engine, filters, "Both", "month"),
        lambda engine, filters: page(engine, underpayments.table(filters)),
    ],
    "Underpayments, patterns": [lambda engine, filters: patterns.find(engine, filters, "Both")],
    "Underpayments, late payments": [
        late_payments.summary,
        lambda engine, filters: page(engine, late_payments.table(filters)),
    ],
    "Coverage": [
        coverage.standings,
        coverage.causes,
        lambda engine, filters: coverage.verification_by(engine, filters, "payer"),
        lambda engine, filters: page(engine, coverage.table(filters)),
        lambda engine, filters: page(engine, coverage.denials_table(filters)),
    ],
    "Reconciliation": [
        reconciliation.position,
        reconciliation.days_to_deposit,
        reconciliation.unapplied,
        credits.credit_days,
        bank_days.days,
        lambda engine, filters: page(engine, reconciliation.deposits_table(filters)),
        lambda engine, filters: page(engine, reconciliation.remittances_table(filters)),
        posted_payments.by_month,
        lambda engine, filters: page(engine, posted_payments.table(filters)),
        posted_twice.waiting,
    ],
    "Reconciliation, provider-level and credits": [
        lambda engine, filters: page(engine, provider_level.table(filters)),
        lambda engine, filters: page(engine, credits.table(filters)),
    ],
    "Claims": [
        progress.funnel,
        progress.lists,
        rejections.by_reason,
        rejections.breakdown,
        asked.questions,
        progress.acknowledging,
        lambda engine, filters: page(engine, progress.table(filters)),
    ],
    "Claims adjudicated": [lambda engine, filters: page(engine, claims.table(filters))],
    "Accounts": [
        lambda engine, filters: page(engine, accounts.table(filters, limits=accounts.silence_limits(engine, filters)))
    ],
    "Worklist": [lambda engine, filters: worklist.look(engine, filters, desk(engine, filters))],
    "Team": [lambda engine, filters: page(engine, team.table(filters, UNTIL))],
    "Import": [lambda engine, _: imports.history(engine), lambda engine, _: imports.unapplied(engine)],
}


def main() -> None:
    """Run what was asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--made", type=int, default=1_000_000, help="beyond so many claims, copy these")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--keep", type=Path, help="folder of databases kept from run to run")
    parser.add_argument("--users", type=int, help="so many people at once on a PostgreSQL server")
    parser.add_argument("--reading", type=float, default=10.0, help="seconds for which each reads a page")
    parser.add_argument("--load-only", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load_only:
        keep_imports()  # as the command does
        load_files(options.load_only)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    if not options.keep and not options.users:
        subprocess.run([sys.executable, "-m", "tests.benchmarks", "--load-only", "100000"], check=True)
    for count in options.claims:
        with tempfile.TemporaryDirectory() as folder:
            measure(count, (options.keep or Path(folder)) / f"bench-{count}.duckdb", options)


def load_files(count: int) -> None:
    """Load the files of `count` claims, in a process of its own for its peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        subprocess.run(
            [sys.executable, "-m", "data_access", "demo", "--x12", str(files), "--claims", str(count)]
            + ["--until", UNTIL.isoformat()],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        engine = open_engine(f"duckdb:///{folder}/bench.duckdb")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        paths = sorted(path for path in files.rglob("*") if path.is_file())
        billed = [path for path in paths if path.name.startswith(BILLED)]
        first, seconds = loaded(engine, billed)
        others, more = loaded(engine, [path for path in paths if path not in billed])
    sent = sum(result.claims for result in first if (result.kind or "").startswith("837"))
    answered = sum(result.claims for result in first if result.kind == "835")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"Loading {sent:,} claims (837), {answered:,} claim payments (835) and the CSV of the billing system, and "
        f"posting them: {seconds:.1f} s, {sent / seconds:,.0f} claims/s;"
    )
    print(
        f"then {sum(result.claims for result in others):,} eligibility answers, acknowledgments, contract rows and "
        f"deposits of these claims: {more:.1f} s;"
    )
    print(f"peak memory {peak / 1024:,.0f} MB ({before / 1024:,.0f} MB of it before the first file)\n", flush=True)


def loaded(engine: Engine, paths: list[Path]) -> tuple[list[LoadResult], float]:
    """What became of the files, and the seconds it took to load and post them."""
    start = time.perf_counter()
    results = load_paths(engine, paths, "benchmark", readers=spare_processors())
    assert {result.status for result in results} == {"loaded"}
    return results, time.perf_counter() - start


def measure(count: int, database: Path, options: argparse.Namespace) -> None:
    """Make a practice of `count` claims straight in the tables, and time everything on it."""
    if not database.exists():
        made = min(count, options.made)
        start = database.with_name(f"bench-{made}.duckdb")
        if made < count and start.exists():
            shutil.copyfile(start, database)
        engine = open_engine(f"duckdb:///{database}")
        make_practice(engine, made, count // made)
    engine = open_engine(f"duckdb:///{database}")
    keep_imports()  # as the dashboard does once it has started
    if options.users:
        users.measure(options.users, engine, SCREENS, Filters.from_params({}, UNTIL, UNTIL), options.reading)
        engine.dispose()
        return
    measure_screens(engine, count, database, options.repeat)


def measure_screens(engine: Engine, count: int, database: Path, repeat: int) -> None:
    """Time the data of every screen, an account and an export."""
    print(f"{count:,} claims: database {database.stat().st_size / 2**20:,.0f} MB")
    filters = Filters.from_params({}, UNTIL, UNTIL)
    print(f"\n| {count:,} claims | median ms | 95th percentile ms | bare SQL ms | ratio |\n|---|---|---|---|---|")
    for name, work in SCREENS.items():
        row(name, engine, filters, work, repeat)
    with engine.connect() as connection:
        ids = list(connection.scalars(select(account_table.c.account_id).limit(repeat)))
    turns = iter(ids * 3)
    row("Opening an account", engine, filters, [lambda e, _: account.load_account(e, next(turns))], repeat)
    start = time.perf_counter()
    manifest = export.write_csv(engine, accounts.table(filters), filters, io.StringIO())
    print(
        f"\nExporting every open account: {manifest.rows:,} rows in {time.perf_counter() - start:.1f} s\n", flush=True
    )
    engine.dispose()


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


def row(name: str, engine: Engine, filters: Filters, work: list[Work], repeat: int) -> None:
    """Print one line of the table."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    for function in work:
        function(engine, filters)
    event.remove(engine, "before_cursor_execute", note)
    ours = [timed(lambda: [function(engine, filters) for function in work]) for _ in range(repeat)]
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        bare = [timed(lambda: [(cursor.execute(*one), cursor.fetchall()) for one in sent]) for _ in range(repeat)]
    middle, plain = statistics.median(ours), statistics.median(bare)
    high = sorted(ours)[min(len(ours) - 1, round(0.95 * len(ours)))]
    print(f"| {name} | {middle:.0f} | {high:.0f} | {plain:.0f} | {Decimal(middle / plain):.2f} |", flush=True)


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that `work` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
