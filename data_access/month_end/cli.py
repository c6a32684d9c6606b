"""The command that writes a month-end pack: python -m data_access month-end."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from data_access.engine import Source, snapshot
from data_access.export import ExportError, add_filters, narrowed
from data_access.filters import Filters
from data_access.month_end.pack import pdf_bytes, zipped
from data_access.queries import imports, month_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--month", metavar="YYYY-MM", help="default: the last month that the data cover to its end")
    add_filters(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, help=".zip (everything) or .pdf (that alone)")


def run(options: argparse.Namespace, engine: Engine) -> int:
    """Write the pack asked for.

    Raises:
        ExportError: the month, a filter or the output is not one there can be; nothing was written.
    """
    output: Path = options.output
    if output.suffix not in (".zip", ".pdf"):
        raise ExportError(f"The output must end in .zip or .pdf, not {output.suffix or 'nothing'}.")
    today = date.today()
    with snapshot(engine) as source:
        filters = _filters(options, source, today)
        alone = output.suffix == ".pdf"
        body = pdf_bytes(source, filters, today) if alone else zipped(source, filters, today).body
    _write(body, output)
    part = "" if not filters.in_midst_of_month else f", which is not over: the data end on {filters.as_of}"
    print(f"{filters.date_from:%B %Y}{part}: written to {output}", file=sys.stderr)
    return 0


def _filters(options: argparse.Namespace, engine: Source, today: date) -> Filters:
    known = imports.freshness(engine, today)
    if known.newest is None or known.oldest is None:
        raise ExportError("Nothing is loaded yet, so there is no month to report.")
    month = month_end.usual_month(known.oldest, known.newest) if options.month is None else _month(options.month)
    if month not in month_end.months(known.oldest, known.newest):
        raise ExportError(f"There are no data of {month:%B %Y}: they reach from {known.oldest} to {known.newest}.")
    filters = narrowed(options, engine, Filters.of_ninety_days(known.newest))
    return month_end.of_month(filters, month, known.newest)


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise ExportError(f"A month is written as 2026-10, not {text!r}.") from None


def _write(body: bytes, output: Path) -> None:
    """Under another name until it is whole, so that nobody picks up half a pack."""
    unfinished = output.with_name(f".{output.name}.part")
    try:
        unfinished.write_bytes(body)
        unfinished.replace(output)
    except OSError as error:
        raise ExportError(f"Cannot write {output}: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
