"""The letter on top of a packet for a payer: what is short of the contract, and what we ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from data_access.documents.paper import BOLD, HEAD, NARROW, RIGHT, RIGHT_BOLD, SMALL, TEXT, letterhead, lined, pdf
from data_access.documents.paper import day_in_words as _day
from data_access.documents.paper import dollars as _money
from data_access.documents.paper import printable as _t
from data_access.queries.patterns import Pattern
from data_access.queries.underpayments import ContractSum
from data_access.work.office import Office


@dataclass(frozen=True)
class Letter:
    """What the letter says: totals by column of the list, and the list's fingerprint."""

    payer: str
    lines: int
    totals: Mapping[str, Decimal]
    by_contract: Sequence[ContractSum]
    patterns: Sequence[Pattern]
    sha256: str
    patient_data: bool


def letter_pdf(letter: Letter, office: Office, today: date, synthetic: bool = False) -> bytes:
    """The letter as PDF; the same input gives the same bytes."""
    lines = f"{letter.lines:,} service line{'' if letter.lines == 1 else 's'}"
    asked = (
        f"Please reprocess the {lines} in the enclosed list at the contracted rate and pay the difference of "
        f"{_money(letter.totals['short'])}, or tell us for each line which term of the contract it was paid by."
    )
    how = (
        "For each line the list gives your claim number, our account number, procedure, modifiers, units and service "
        "date, what the contract allows on that day, and what you allowed: your payment, the patient's share, and "
        "reductions of the payment alone, such as sequestration. Amounts denied are taken out; we dispute those apart."
    )
    contact = f" Questions: {office.phone}." if office.phone else ""
    parts: list[Flowable] = [
        *letterhead(office, "Payment dispute", today, synthetic),
        Paragraph(_t(f"To: {letter.payer}, provider payment disputes"), BOLD),
        Spacer(0, 10),
        Paragraph(_t(asked), TEXT),
        Paragraph("What is in dispute", HEAD),
        _sums(letter),
        *_seen(letter),
        Spacer(0, 10),
        Paragraph(_t(how), TEXT),
        Paragraph("Enclosed", HEAD),
        Paragraph(_t(_enclosed(letter)), TEXT),
        Spacer(0, 14),
        Paragraph(_t(f"Signed for {office.name or 'the practice'}: ______________________________{contact}"), TEXT),
    ]
    return pdf(parts, "Payment dispute")


def _seen(letter: Letter) -> list[Flowable]:
    """What the lines have in common, so that the payer can mend the cause."""
    if not letter.patterns:
        return []
    said = [
        f"Since {_day(one.since)} you have allowed {one.share * 100:.0f} % of the contract on "
        f"{'every' if one.lines == one.seen else 'nearly every'} {one.kind()}: {one.lines:,} of {one.seen:,} lines, "
        f"{_money(one.short)} short."
        for one in letter.patterns
    ]
    return [Paragraph("What we see", HEAD), *(Paragraph(_t(text), TEXT) for text in said)]


def _enclosed(letter: Letter) -> str:
    who = "It holds member ids and patient names." if letter.patient_data else "It names no patients and no member ids."
    return (
        f"A list of {letter.lines:,} lines (CSV) with a manifest of its totals. {who} "
        f"Fingerprint of the list (SHA-256): {letter.sha256}."
    )


def _sums(letter: Letter) -> Table:
    head = ["Contract", "Service dates", "Lines", "Expected", "Allowed", "Denied", "Short"]
    rows = [[Paragraph(name, SMALL if place < 2 else RIGHT) for place, name in enumerate(head)]]
    for one in letter.by_contract:
        cells = [f"{one.lines:,}", *map(_money, (one.expected, one.allowed, one.denied, one.short))]
        days = Paragraph(_t(f"{_day(one.first)} to {_day(one.last)}"), SMALL)
        rows.append([Paragraph(_t(one.contract), TEXT), days, *(Paragraph(cell, RIGHT) for cell in cells)])
    totals = [
        f"{letter.lines:,}",
        *(_money(letter.totals[name]) for name in ("expected", "allowed", "denied", "short")),
    ]
    rows.append([Paragraph("In all", BOLD), Paragraph("", TEXT), *(Paragraph(cell, RIGHT_BOLD) for cell in totals)])
    return lined(rows, (0.22, 0.2, 0.08, 0.13, 0.13, 0.1, 0.14), [len(rows) - 1], NARROW, head=True)
