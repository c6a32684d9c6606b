"""The files of a month-end pack, of one moment: the PDF, a CSV of every table, and a manifest that proves them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from data_access import export
from data_access.documents.month_end import month_end_pdf
from data_access.engine import Source, is_synthetic, snapshot
from data_access.filters import Filters
from data_access.month_end import tables
from data_access.queries import dimensions, imports, month_end
from data_access.queries.month_end import Pack
from data_access.work.office import office

#: What a filter of accounts is called, by its name in `Filters`, and the dimension whose names its ids have.
_CALLED = {
    "payer_types": ("Payer type", ""),
    "payer_ids": ("Payer", "payer"),
    "facility_ids": ("Facility", "facility"),
    "departments": ("Department", ""),
    "provider_ids": ("Provider", "provider"),
}
_AGES = {"service": "service date", "billed": "first bill"}


@dataclass(frozen=True)
class Zipped:
    """A pack as a zip, with the name of its file and how many rows all its tables have."""

    body: bytes
    file_name: str
    rows: int


def names(engine: Source, filters: Filters) -> dict[str, str]:
    """The filters of accounts, and from when balances age where that is not as usual, as people read them."""
    found = {}
    for field, (called, by) in _CALLED.items():
        chosen: Sequence[Any] = getattr(filters, field)
        if chosen:
            labels = dimensions.labels(engine, by) if by else {}
            found[called] = ", ".join(str(labels.get(one, one)) for one in chosen)
    if filters.anchor in _AGES:
        found["Ages count from"] = _AGES[filters.anchor]
    return found


def collect(engine: Source, filters: Filters, today: date) -> Pack:
    """Everything about a month, of one moment; `filters` are those of `month_end.of_month`."""
    with snapshot(engine) as source:
        return month_end.pack(source, filters, imports.freshness(source, today), names(source, filters))


def pdf_bytes(engine: Source, filters: Filters, today: date) -> bytes:
    """The PDF for the meeting."""
    with snapshot(engine) as source:
        return month_end_pdf(collect(source, filters, today), office(source), today, is_synthetic(source))


def zipped(engine: Source, filters: Filters, today: date) -> Zipped:
    """The whole pack: the PDF, a CSV of every table, and one manifest for all of them."""
    with snapshot(engine) as source:
        pack = collect(source, filters, today)
        name = file_name(filters)
        paper = month_end_pdf(pack, office(source), today, is_synthetic(source))
        files: dict[str, bytes] = {f"{name}.pdf": paper}
        told: list[dict[str, Any]] = [{"file": f"{name}.pdf", "sha256": hashlib.sha256(paper).hexdigest()}]
        for report in tables.reports(pack):
            text = io.StringIO(newline="")
            manifest = export.write_csv(source, report, filters, text)
            files[f"{report.report_id}.csv"] = text.getvalue().encode("utf-8")
            told.append({"file": f"{report.report_id}.csv", **_told(manifest)})
        files["manifest.json"] = _manifest(pack, told, is_synthetic(source)).encode("utf-8")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            archive.writestr(path, body)
    return Zipped(target.getvalue(), f"{name}.zip", sum(one.get("rows", 0) for one in told))


def file_name(filters: Filters) -> str:
    """What the files of a month are called, without their ending."""
    return f"month-end-{filters.date_from:%Y-%m}"


def _told(manifest: export.Manifest) -> dict[str, Any]:
    """What the manifest says of one table; what all have in common is said once."""
    of_a_table = ("title", "rows", "columns", "control_totals", "metrics", "patient_data", "sha256")
    return {key: value for key, value in asdict(manifest).items() if key in of_a_table}


def _manifest(pack: Pack, files: list[dict[str, Any]], synthetic: bool) -> str:
    filters, then, loaded = pack.filters, pack.filters.comparison(), pack.known.last_load
    found = {
        "report": "month_end",
        "title": f"Month end, {pack.month:%B %Y}",
        "as_of": filters.as_of.isoformat(),
        "period": [filters.date_from.isoformat(), filters.date_to.isoformat()],
        "compared_with": [then.date_from.isoformat(), then.date_to.isoformat()] if pack.compared else None,
        "whole_month": pack.over,
        "filters": filters.in_words() | pack.names,
        "patient_data": any(one.get("patient_data") for one in files),
        "synthetic": synthetic,
        "data_last_loaded": loaded.isoformat(timespec="seconds") if loaded else None,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
