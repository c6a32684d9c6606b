"""The command line: python -m data_access load | check-claims | loads | undo | check | export | month-end | demo."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select

from data_access import export
from data_access.check import check
from data_access.claim_check.report import check_file
from data_access.counting import counted
from data_access.demo import cli as demo
from data_access.engine import (
    DEMO_URL,
    DatabaseInUse,
    DatabaseUnreachable,
    QueryFailed,
    SchemaMismatch,
    database_url,
    embedded_path,
    is_synthetic,
)
from data_access.ingest import inbox
from data_access.ingest.loader import LoadResult, load_paths, spare_processors
from data_access.ingest.rows import CutOff, NotX12
from data_access.ingest.undo import CannotUndo, taken_back, undo
from data_access.month_end import cli as month_end
from data_access.posting import PostingFailed, not_posted
from data_access.schema import load as load_table
from data_access.startup import keep_imports
from data_access.upgrade import open_office

_DEMONSTRATION = (
    "This database holds the demonstration practice, which never mixes with real files. "
    "Set DATABASE_URL to another database, or leave it unset for data/patient_accounts.duckdb."
)


class Failure(Exception):
    """Something the user should read and act on; printed without a traceback."""


#: Errors whose message says all there is to say.
_TOLD = (
    Failure,
    CannotUndo,
    DatabaseInUse,
    DatabaseUnreachable,
    PostingFailed,
    SchemaMismatch,
    export.ExportError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 1 something was rejected or does not hold, 2 not run to its end."""
    options = _parser().parse_args(arguments)
    keep_imports()
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except _TOLD as error:
        print(f"{error}", file=sys.stderr)
        return 2
    except QueryFailed as error:  # its words and its traceback may hold whole rows of patients
        print(f"The database failed: {type(error.orig).__name__} at {_place(error)}.", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # whoever reads the output, such as `head`, wants no more of it; what is left must not be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def _place(error: Exception) -> str:
    """The line of this program that asked the database for what failed."""
    package = Path(__file__).parent
    asking = [
        Path(frame.filename).relative_to(package.parent).as_posix() + f":{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if package in Path(frame.filename).parents and Path(frame.filename).name not in ("engine.py", "bulk.py")
    ]
    return asking[-1]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_access", description="Patient accounts data")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    load = commands.add_parser("load", help="load X12 and CSV files, folders or zips")
    load.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    load.add_argument("--json", action="store_true", help="print one JSON object a file and line")
    load.set_defaults(run=_load)
    checking = commands.add_parser("check-claims", help="look at an 837 before it is sent: what would come back?")
    checking.add_argument("file", type=Path, metavar="FILE")
    checking.add_argument("--json", action="store_true", help="print one JSON object a finding and line")
    checking.set_defaults(run=_check_claims)
    commands.add_parser("loads", help="list what was loaded").set_defaults(run=_loads)
    taking_back = commands.add_parser("undo", help="take a load back")
    taking_back.add_argument("load_id", type=int)
    taking_back.set_defaults(run=_undo)
    commands.add_parser("check", help="prove that the figures hold").set_defaults(run=_check)
    exporting = commands.add_parser("export", help="write a report as CSV with its manifest")
    export.add_arguments(exporting)
    exporting.set_defaults(run=lambda options: export.run(options, _open()))
    reporting = commands.add_parser("month-end", help="write the month-end pack: PDF, CSV of its tables, manifest")
    month_end.add_arguments(reporting)
    reporting.set_defaults(run=lambda options: month_end.run(options, _open()))
    making = commands.add_parser("demo", help="make a synthetic practice")
    demo.add_arguments(making)
    making.set_defaults(run=demo.run)
    return parser


def _open() -> Engine:
    try:
        engine = open_office()
    except DatabaseInUse:
        raise Failure(
            "The database is open in another program, most likely the dashboard. Use its pages, or stop it first."
        ) from None
    if told := not_posted(engine):
        print(told, file=sys.stderr)
    return engine


def _load(options: argparse.Namespace) -> int:
    missing = [str(path) for path in options.paths if not path.exists()]
    if missing:
        raise Failure(f"There is no such file or folder: {', '.join(missing)}")
    try:
        engine = open_office()
    except DatabaseInUse:
        return _leave_in_inbox(options.paths)
    if is_synthetic(engine):
        raise Failure(_DEMONSTRATION)
    progress = None if options.json else show_progress
    results = load_paths(engine, options.paths, getpass.getuser(), progress, spare_processors())
    if options.json:
        for result in results:
            print(json.dumps(as_json(result)))
    else:
        print_summary(results)
    return 1 if any(result.status == "rejected" for result in results) else 0


def _leave_in_inbox(paths: list[Path]) -> int:
    database = embedded_path(database_url())
    assert database is not None, "only an embedded database can be in use"
    if database == embedded_path(DEMO_URL):
        raise Failure(_DEMONSTRATION)
    box = inbox.inbox_of(database)
    count = len(inbox.place(paths, box))
    if not count:
        raise Failure("There is no file to load in that folder; hidden ones are passed over.")
    placed = "1 file was placed" if count == 1 else f"{count} files were placed"
    print(
        f"The database is open in another program: {placed} in its inbox, not loaded yet. A dashboard that shows this "
        f"database loads what lies there, within seconds while it runs, else at its next start. ({box})"
    )
    return 0


def show_progress(result: LoadResult) -> None:
    """One line on standard error for each file."""
    print(f"  {result.status.replace('_', ' '):15} {result.file}", file=sys.stderr, flush=True)


def as_json(result: LoadResult) -> dict:
    """A result as plain JSON values; amounts as strings with two decimals."""
    return {
        "file": result.file,
        "kind": result.kind,
        "claims": result.claims,
        "charge": f"{result.charge:.2f}",
        "paid": f"{result.paid:.2f}",
        "balanced": result.balanced,
        "status": result.status,
        "reason": result.reason,
        "warnings": result.warnings,
    }


def print_summary(results: list[LoadResult]) -> None:
    """The table at the end of a load."""
    print(f"{'file':40} {'kind':12} {'claims':>8} {'charge':>16} {'paid':>16}  {'balanced':8} status")
    for result in results:
        balanced = {True: "yes", False: "NO", None: ""}[result.balanced]
        print(
            f"{result.file[:40]:40} {(result.kind or '?')[:12]:12} {result.claims:8,} {result.charge:16,.2f} "
            f"{result.paid:16,.2f}  {balanced:8} {result.status.replace('_', ' ')}"
        )
        if result.reason:
            print(f"    {result.reason}")
        for warning in result.warnings[:3]:
            print(f"    warning: {warning}")
        if len(result.warnings) > 3:
            print(f"    and {len(result.warnings) - 3} more warnings; see the Import page")


def _check_claims(options: argparse.Namespace) -> int:
    try:
        with options.file.open("rb") as stream:
            found = check_file(_open(), stream, date.today())
    except OSError as error:
        raise Failure(f"The file cannot be read ({error.strerror}).") from None
    except (NotX12, CutOff) as error:
        raise Failure(str(error)) from None
    for finding in found.findings:
        if options.json:
            print(json.dumps(asdict(finding)))
        else:
            shared = f" ({finding.claims:,} claims)" if finding.claims > 1 else ""
            print(
                f"segment {finding.segment_no}, account {finding.account_number}{shared}: {finding.severity}, "
                f"{finding.rule}: {finding.why} {finding.mend}"
            )
    if not options.json:
        print(
            f"{counted(found.claims, 'claim')}: {found.clean:,} clean by these checks, "
            f"{found.with_errors:,} with errors. No payer is bound by them."
        )
    return 1 if found.with_errors else 0


def _loads(_: argparse.Namespace) -> int:
    with _open().connect() as connection:
        for row in connection.execute(select(load_table).order_by(load_table.c.load_id)):
            when = f"{row.loaded_at:%Y-%m-%d %H:%M}"
            print(f"{row.load_id:6} {when} {row.status:15} {row.kind or '?':12} {row.claims:8,} {row.file_name}")
    return 0


def _undo(options: argparse.Namespace) -> int:
    print(taken_back(options.load_id, undo(_open(), options.load_id)))
    return 0


def _check(_: argparse.Namespace) -> int:
    findings = check(_open())
    for finding in findings:
        print(f"{'ok    ' if finding.ok else 'BROKEN'} {finding.rule}: {finding.detail}")
    return 0 if all(finding.ok for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
