"""How fast files are loaded and posted: `python -m tests.benchmarks.loading 100000`, a process of its own.

For its peak of memory, and because the processes that read files for it import what it imports, as those of the
command do: nothing of the dashboard.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine

from data_access.engine import open_engine
from data_access.ingest.loader import LoadResult, load_paths, spare_processors
from data_access.startup import keep_imports

#: What the claims and payments of the billing system come in; the files of the rest of the cycle are loaded after.
BILLED = ("837", "835", "transactions", "payers", "departments")


def load_files(count: int) -> None:
    """Load the files of `count` claims, and print how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        subprocess.run(
            [sys.executable, "-m", "data_access", "demo", "--x12", str(files), "--claims", str(count)]
            + ["--until", "2026-06-30"],
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


if __name__ == "__main__":
    keep_imports()  # as the command does
    load_files(int(sys.argv[1]))
