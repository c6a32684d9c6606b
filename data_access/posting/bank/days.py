"""A day at the bank, in figures and in contents that can be compared later."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from data_access.posting.bank.facts import ZERO, Line, Office, Posted, Remit

#: State of a line -> the column of `bank_day` it counts in; a matched line counts by its source.
_COLUMNS = {"explained": "explained", "returned": "returned"}


def days(office: Office) -> list[dict[str, Any]]:
    """The rows of `bank_day`: each day's lines add up to its deposits, and its columns too."""
    by_day: dict[date, list[Line]] = defaultdict(list)
    for line in office.lines:
        if line.group is None or line.group.state != "repeated":
            by_day[line.on].append(line)
    return [_day(on, lines) for on, lines in sorted(by_day.items())]


def _day(on: date, lines: list[Line]) -> dict[str, Any]:
    sums: dict[str, Decimal] = dict.fromkeys(
        ("remittances", "posted", "patients", "explained", "returned", "open"), ZERO
    )
    for line in lines:
        sums[_column(line)] += line.amount
    contents = json.dumps({line.key: _contents(line) for line in sorted(lines, key=lambda line: line.key)})
    return {
        "day": on,
        "lines": len(lines),
        "deposits": sum((line.amount for line in lines), ZERO),
        **sums,
        "open_lines": sum(_column(line) == "open" for line in lines),
        "contents": contents,
        "digest": hashlib.sha256(contents.encode()).hexdigest(),
    }


def _column(line: Line) -> str:
    group = line.group
    if group is None or group.state == "differing":
        return "open"
    if group.state == "matched":
        return {"remittance": "remittances", "posted": "posted"}.get(group.source or "", "patients")
    return _COLUMNS[group.state]


def _contents(line: Line) -> dict[str, Any]:
    """A line as it stands, without patient data: what it was called, and what it was matched to."""
    group = line.group
    sources = []
    if group is not None:
        sources += [f"{_called(remit)}: {remit.amount:.2f}" for remit in group.remits]
        sources += [f"patients {receipt.on} {receipt.method}: {receipt.amount:.2f}" for receipt in group.receipts]
    return {
        "amount": f"{line.amount:.2f}",
        "what": " ".join(filter(None, (line.method, line.trace))),
        "state": group.state if group is not None else "open",
        "of": sorted(sources),
    }


def _called(remit: Remit) -> str:
    if isinstance(remit, Posted):
        return f"posted by hand {remit.trace or remit.on}"
    return f"remittance {remit.trace or 'without trace'}"
