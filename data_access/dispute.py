"""The packet for a payer: every line that is short of its contract, a letter that says so, and a manifest of totals."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from data_access import export
from data_access.documents.dispute import Letter, letter_pdf
from data_access.engine import is_synthetic, snapshot
from data_access.filters import Filters
from data_access.queries import patterns, underpayments
from data_access.queries.dimensions import labels
from data_access.work.office import Office


@dataclass(frozen=True)
class Packet:
    """A zip for a payer, and what it says."""

    body: bytes
    file_name: str
    lines: int
    short: Decimal


def packet(engine: Engine, payer_id: int, office: Office, today: date, include_phi: bool = False) -> Packet:
    """The open lines of a payer as CSV with manifest, under a letter (PDF); the totals of all three agree.

    Args:
        include_phi: with member ids and patients' names, for a payer that asks for them.
    """
    with snapshot(engine) as source:
        synthetic = is_synthetic(source)
        report = underpayments.open_lines(payer_id)
        by_contract = underpayments.by_contract(source, payer_id)
        first = min((one.first for one in by_contract), default=today)
        filters = Filters(today, first, today, payer_ids=(payer_id,))
        text = io.StringIO()
        manifest = export.write_csv(source, report, filters, text, include_phi)
        totals = {name: Decimal(total) for name, total in manifest.control_totals.items()}
        letter = Letter(
            payer=labels(source, "payer").get(payer_id, "Payer not named"),
            lines=manifest.rows,
            totals=totals,
            by_contract=by_contract,
            patterns=patterns.find(source, filters, "Contract"),
            sha256=manifest.sha256,
            patient_data=manifest.patient_data,
        )
    name = f"dispute-{today.isoformat()}"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.pdf", letter_pdf(letter, office, today, synthetic))
        archive.writestr(f"{name}.csv", text.getvalue().encode("utf-8"))
        archive.writestr(f"{name}.manifest.json", manifest.as_json())
    return Packet(target.getvalue(), f"{name}.zip", manifest.rows, totals["short"])
