"""Checking a file of claims: what was found, and which claims are clean by these checks."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO

from sqlalchemy import Engine

from data_access.cells import cell
from data_access.claim_check import rules
from data_access.claim_check.drafts import drafts
from data_access.claim_check.known import look_up
from data_access.claim_check.rules import ERROR, Finding

COLUMNS = ("segment_no", "account_number", "claims", "rule", "severity", "why", "mend")


@dataclass(frozen=True)
class Report:
    """What a check found. `clean`: claims without any finding, by these checks; no payer is bound by them."""

    claims: int
    clean: int
    with_errors: int
    findings: list[Finding]


def check_file(engine: Engine, stream: BinaryIO, today: date) -> Report:
    """Check an 837 that is not sent yet; nothing of it is loaded.

    Raises:
        NotX12, CutOff: it cannot be read, or holds no claims; the message says why.
    """
    found = list(drafts(stream))
    known = look_up(engine, found, today)
    findings = [finding for draft in found for finding in rules.check(draft, known)] + rules.repeated(found)
    touched = {finding.claim_segment for finding in findings}
    wrong = {finding.claim_segment for finding in findings if finding.severity == ERROR}
    return Report(len(found), len(found) - len(touched), len(wrong), _shared(findings))


def _shared(findings: Sequence[Finding]) -> list[Finding]:
    """Findings in order of segment; what many claims share, such as their billing provider's, is told once."""
    count = Counter((finding.segment_no, finding.rule, finding.why) for finding in findings)
    first: dict[tuple, Finding] = {}
    for finding in findings:
        first.setdefault((finding.segment_no, finding.rule, finding.why), finding)
    return sorted(
        (replace(finding, claims=count[key]) for key, finding in first.items()),
        key=lambda finding: (finding.segment_no, finding.claim_segment),
    )


def findings_csv(findings: Sequence[Finding]) -> str:
    """The findings as CSV, safe for spreadsheets."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    lines.writerows([cell(getattr(finding, name)) for name in COLUMNS] for finding in findings)
    return text.getvalue()
