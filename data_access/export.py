"""Taking tables along: CSV with every matching row, beside a manifest that proves it.

Patient names and dates of birth are left out unless asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, ClassVar, TextIO

import pandas as pd
from sqlalchemy import Engine

from data_access.cells import lines, written
from data_access.engine import Source, is_synthetic, snapshot
from data_access.filters import ANCHORS, Filters
from data_access.frames import stream_rows
from data_access.queries import (
    account,
    accounts,
    aging,
    appointments,
    asked,
    backlog,
    bank_days,
    claims,
    collections,
    coverage,
    credits,
    denials,
    dimensions,
    imports,
    late_payments,
    payments,
    posted_payments,
    posted_twice,
    progress,
    provider_level,
    reconciliation,
    recorded,
    rejections,
    rules,
    scoring,
    statements,
    team,
    underpayments,
    waiting,
    worklist,
)
from data_access.queries.table import WHY, ColumnSpec, TableReport
from data_access.schema import ledger_entry
from data_access.work.office import office


class ExportError(ValueError):
    """What was asked for cannot be exported; the message lists what can."""


@dataclass(frozen=True)
class Manifest:
    """What an export holds: enough to tell, later and elsewhere, whether it is whole and what it says."""

    report: str
    title: str
    as_of: str
    period: tuple[str, str]
    filters: dict[str, str]
    narrowed_to: list[str]  # beside the filters; empty where the rows are the whole list
    rows: int
    columns: list[str]
    control_totals: dict[str, str]
    metrics: list[str]
    patient_data: bool
    synthetic: bool
    sha256: str
    generated_at: str

    def as_json(self) -> str:
        """The manifest as indented JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class FrameReport:
    """A small table that is at hand already, such as those of one account: its rows as a DataFrame."""

    report_id: str
    title: str
    frame: pd.DataFrame
    columns: tuple[ColumnSpec, ...]
    metric_ids: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    as_text: ClassVar[frozenset[str]] = frozenset()

    @property
    def shown(self) -> list[ColumnSpec]:
        """The columns that screens show and exports write, in order."""
        return [column for column in self.columns if not column.hidden]

    @property
    def without_phi(self) -> FrameReport:
        """The same without patient data."""
        return replace(self, columns=tuple(column for column in self.columns if not column.phi))

    def rows(self) -> list[list[Any]]:
        """The rows, each with the columns in order; a missing value is None."""
        picked = self.frame[[column.name for column in self.columns]]
        values = picked.itertuples(index=False, name=None)
        return [[None if pd.isna(value) else value for value in row] for row in values]


def write_csv(
    engine: Source, report: TableReport | FrameReport, filters: Filters, target: TextIO, include_phi: bool = False
) -> Manifest:
    """Stream every row of a report, in its sort order, to `target`; return the manifest, of the same moment."""
    report = report if include_phi else report.without_phi
    with snapshot(engine) as source:
        return _write_rows(source, report, filters, target)


def _write_rows(source: Source, report: TableReport | FrameReport, filters: Filters, target: TextIO) -> Manifest:
    columns, as_text = report.shown, report.as_text
    totals = {column.name: nothing_of(column) for column in columns if column.total}
    digest, rows = hashlib.sha256(), 0

    def put(text: str) -> None:
        digest.update(text.encode("utf-8"))
        target.write(text)

    put(lines([[column.name] for column in columns]))
    for values in _batches(source, report):
        for name in totals:
            known = (value for value in values[name] if value is not None)
            totals[name] += sum(map(Decimal, known) if name in as_text else known)
        put(lines([_cells(values[column.name], column.name in as_text) for column in columns]))
        rows += len(values[columns[0].name])
    return Manifest(
        report=report.report_id,
        title=report.title,
        as_of=filters.as_of.isoformat(),
        period=(filters.date_from.isoformat(), filters.date_to.isoformat()),
        filters={**filters.in_words(), **_in_words(source, filters)},
        narrowed_to=list(report.narrowed),
        rows=rows,
        columns=[column.name for column in columns],
        control_totals={name: str(total) for name, total in totals.items()},
        metrics=list(report.metric_ids),
        patient_data=any(column.phi for column in columns),
        synthetic=is_synthetic(source),
        sha256=digest.hexdigest(),
        generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def nothing_of(column: ColumnSpec) -> Decimal | int:
    """What the sum of a column begins with: things are counted whole, money is to the cent."""
    return 0 if column.kind == "count" else Decimal("0.00")


def _cells(values: Sequence[Any], as_text: bool) -> list[str]:
    return ["" if value is None else value for value in values] if as_text else written(values)


def _batches(source: Source, report: TableReport | FrameReport) -> Iterator[dict[str, Sequence[Any]]]:
    """The rows in turn, so many at once: by column, the values of each."""
    batches: Iterable[Sequence[Sequence[Any]]]
    if isinstance(report, FrameReport):
        names, batches = [column.name for column in report.columns], [report.rows()]
    else:
        query = report.written()
        names, batches = query.selected_columns.keys(), stream_rows(source, query)
    for batch in filter(len, batches):
        values: dict[str, Sequence[Any]] = dict(zip(names, zip(*batch, strict=True), strict=True))
        if isinstance(report, TableReport) and report.why is not None:
            values[WHY.name] = [report.why(dict(zip(names, row, strict=True))) for row in batch]
        yield values


def _in_words(source: Source, filters: Filters) -> dict[str, str]:
    chosen = {
        "facilities": (filters.facility_ids, "facility"),
        "payers": (filters.payer_ids, "payer"),
        "providers": (filters.provider_ids, "provider"),
    }
    words = {}
    for name, (ids, by) in chosen.items():
        if ids:
            labels = dimensions.labels(source, by)
            words[name] = ", ".join(labels.get(key, str(key)) for key in ids)
    return words


def write_zip(
    engine: Source,
    report: TableReport | FrameReport,
    filters: Filters,
    target: IO[bytes],
    include_phi: bool = False,
) -> Manifest:
    """Write a zip of the CSV and its manifest, both named after the report and its date."""
    name = f"{report.report_id}-{filters.as_of.isoformat()}"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(f"{name}.csv", "w", force_zip64=True) as inner:
            text = io.TextIOWrapper(inner, encoding="utf-8", newline="")
            manifest = write_csv(engine, report, filters, text, include_phi)
            text.flush()
            text.detach()
        archive.writestr(f"{name}.manifest.json", manifest.as_json())
    return manifest


def zip_bytes(engine: Engine, report: TableReport | FrameReport, filters: Filters, include_phi: bool = False) -> bytes:
    """The zip as bytes."""
    target = io.BytesIO()
    write_zip(engine, report, filters, target, include_phi)
    return target.getvalue()


def _accounts(engine: Source, filters: Filters) -> TableReport:
    return accounts.table(filters, limits=accounts.silence_limits(engine, filters.as_of))


def _worklist(engine: Source, filters: Filters) -> TableReport:
    limits = accounts.silence_limits(engine, filters.as_of)
    return worklist.table(filters, scoring.Desk(date.today(), None, scoring.weights(engine), limits))


def _collections(_: Source, filters: Filters) -> TableReport:
    return collections.table(filters)


def _ledger(_: Source, filters: Filters) -> TableReport:
    report = account.ledger_report(filters.date_from, filters.date_to)
    return replace(report, query=report.query.where(*filters.where(ledger_entry)))


REPORTS: dict[str, Callable[[Source, Filters], TableReport]] = {
    "aging": lambda _, filters: aging.summary(filters),
    "aging_accounts": lambda _, filters: aging.table(filters),
    "accounts": _accounts,
    "denials": lambda _, filters: denials.table(filters),
    "denial_reasons": lambda _, filters: denials.reasons_table(filters),
    "collections": _collections,
    "claims": lambda _, filters: claims.table(filters),
    "claim_progress": lambda _, filters: progress.table(filters),
    "rejections": lambda _, filters: waiting.to_work(filters),
    "rejection_rate": lambda _, filters: rejections.table(filters),
    "claims_unacknowledged": lambda _, filters: waiting.to_work(filters, "unacknowledged"),
    "claims_silent": lambda engine, filters: waiting.to_work(
        filters, "silent", None, accounts.silence_limits(engine, filters.as_of)
    ),
    "claims_asked": lambda _, filters: asked.table(filters),
    "claims_asked_unknown": lambda _, filters: asked.unknown(filters),
    "ledger": _ledger,
    "worklist": _worklist,
    "team": lambda _, filters: team.table(filters, date.today()),
    "backlog": lambda _, filters: backlog.table(filters, date.today()),
    "activities": lambda _, filters: recorded.table(filters),
    "statements": lambda engine, filters: statements.due(filters, date.today(), office(engine)),
    "underpayments": lambda _, filters: underpayments.table(filters),
    "late_payments": lambda _, filters: late_payments.table(filters),
    "prompt_pay_rules": lambda _engine, _filters: late_payments.rules_table(date.today()),
    "coverage": lambda _, filters: coverage.table(filters),
    "coverage_scheduled": lambda _, filters: appointments.table(filters),
    "eligibility_denials": lambda _, filters: coverage.denials_table(filters),
    "payer_limits": lambda _engine, _filters: rules.table(date.today()),
    "unapplied": lambda _, filters: payments.unapplied_table(filters, everything=True),
    "deposits": lambda _, filters: reconciliation.deposits_table(filters),
    "remittances": lambda _, filters: reconciliation.remittances_table(filters),
    "posted_payments": lambda _, filters: posted_payments.table(filters),
    "posted_twice": lambda _, filters: posted_twice.table(filters),
    "provider_adjustments": lambda _, filters: provider_level.table(filters),
    "credits": lambda _, filters: credits.table(filters),
    "days": lambda _, filters: bank_days.table(filters),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `python -m data_access export`."""
    parser.add_argument("report", choices=sorted(REPORTS), metavar="REPORT", help=", ".join(sorted(REPORTS)))
    parser.add_argument("--as-of", type=date.fromisoformat, help="day described; default: newest in the data")
    parser.add_argument("--from", dest="date_from", type=date.fromisoformat, help="first day of the period")
    parser.add_argument("--to", dest="date_to", type=date.fromisoformat, help="last day of the period")
    add_filters(parser)
    parser.add_argument("--include-phi", action="store_true", help="include patient names and dates of birth")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".csv (manifest beside it) or .zip (both)")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which accounts, and from when their balances age."""
    parser.add_argument("--age-from", choices=ANCHORS, default="policy", help="date from which balances age")
    for name in ("payer-type", "payer", "facility", "department", "provider"):
        parser.add_argument(f"--{name}", action="append", default=[], help="may be given several times")


def run(options: argparse.Namespace, engine: Engine) -> int:
    """Write the report asked for; the manifest goes beside a CSV, or with it into a zip."""
    output: Path = options.output
    if output.suffix not in (".csv", ".zip"):
        raise ExportError(f"The output must end in .csv or .zip, not {output.suffix or 'nothing'}.")
    # under another name until it is whole, so that nobody picks up half an export
    unfinished = output.with_name(f".{output.name}.part")
    try:
        with snapshot(engine) as source:
            filters = _filters(options, source)
            report = REPORTS[options.report](source, filters)
            manifest = _write(source, report, filters, unfinished, output.suffix == ".zip", options.include_phi)
        unfinished.replace(output)
        if output.suffix == ".csv":
            output.with_suffix(".manifest.json").write_text(manifest.as_json(), encoding="utf-8")
    except OSError as error:
        raise ExportError(f"Cannot write {output}: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"{manifest.rows:,} rows written to {output}", file=sys.stderr)
    return 0


def _write(
    engine: Source, report: TableReport, filters: Filters, path: Path, zipped: bool, include_phi: bool
) -> Manifest:
    if zipped:
        with path.open("wb") as binary:
            return write_zip(engine, report, filters, binary, include_phi)
    with path.open("w", encoding="utf-8", newline="") as text:
        return write_csv(engine, report, filters, text, include_phi)


def _filters(options: argparse.Namespace, engine: Source) -> Filters:
    today = date.today()
    newest = imports.freshness(engine, today).newest
    filters = Filters.of_ninety_days(options.as_of or options.date_to or newest or today)
    first, last = options.date_from or filters.date_from, options.date_to or filters.date_to
    filters = narrowed(options, engine, replace(filters, date_from=first, date_to=last))
    if filters.date_from > filters.date_to:
        raise ExportError("The period ends before it begins: check --from and --to.")
    return filters


def narrowed(options: argparse.Namespace, engine: Source, filters: Filters) -> Filters:
    """Filters with what the arguments of `add_filters` say.

    Raises:
        ExportError: a name is not in the data; the message lists those that are.
    """
    known = dimensions.options(engine)
    return replace(
        filters,
        anchor=options.age_from,
        payer_types=_known(options.payer_type, {name: name for name in known.payer_types}, "payer type"),
        departments=_known(options.department, {name: name for name in known.departments}, "department"),
        payer_ids=_known(options.payer, known.payers, "payer"),
        facility_ids=_known(options.facility, known.facilities, "facility"),
        provider_ids=_known(options.provider, known.providers, "provider"),
    )


def _known(names: list[str], labels: dict[Any, str], what: str) -> tuple:
    # several payers or providers may have one name: it then means all of them
    by_name: dict[str, list[Any]] = {}
    for key, label in labels.items():
        by_name.setdefault(label.lower(), []).append(key)
    missing = [name for name in names if name.lower() not in by_name]
    if missing:
        raise ExportError(f"There is no {what} {missing[0]!r}. There are: {', '.join(sorted(set(labels.values())))}.")
    return tuple(key for name in names for key in by_name[name.lower()])
