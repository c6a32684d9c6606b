"""An account's story: all that happened to it, whoever did it, in one line of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from data_access.queries.account import Account360
from data_access.reference import statuses
from data_access.work.entries import in_words

_FREQUENCY = {"7": "Corrected claim sent", "8": "Void sent"}
_VERDICTS = {
    "received": "Claim received by {}",
    "accepted": "Claim accepted by {}",
    "pending": "Claim pending with {}",
    "requested": "Information asked for by {}",
    "finalized": "Claim finished, says {}",
    "rejected": "Claim rejected by {}",
    "not_found": "Claim not found by {}",
}
_ENTRIES = {
    "charge": "Charged",
    "patient_payment": "Patient paid",
    "patient_refund": "Refunded to the patient",
    "insurance_refund": "Refunded to the insurer",
    "recoupment": "Taken back by the insurer",
    "write_off": "Written off",
    "denial_write_off": "Written off after a denial",
    "bad_debt": "Sent to bad debt",
    "charity": "Charity care given",
}
Event = tuple[date, str, str, Decimal | None]


def story(found: Account360, done: Iterable[Mapping[str, Any]], names: Mapping[int, str]) -> pd.DataFrame:
    """Every event of an account, newest first.

    Args:
        done: its activities with `undone` (`work.activities.history`); `names`: of people by id.

    Returns:
        day, what, detail, amount (Decimal or None). What came by remittance is told once, with the remittance.
    """
    events = [
        *_claims(found),
        *_answers(found),
        *_remittances(found),
        *_entries(found),
        *_statements(found),
        *_activities(done, names),
    ]
    events.sort(key=lambda event: event[0], reverse=True)
    frame = pd.DataFrame(events, columns=["day", "what", "detail", "amount"])
    return frame.assign(amount=pd.Series([event[3] for event in events], dtype=object, index=frame.index))


def _claims(found: Account360) -> Iterator[Event]:
    for row in found.claims.to_dict("records"):
        if not pd.isna(row["submitted_on"]):
            what = _FREQUENCY.get(str(row["frequency_code"]), "Claim sent")
            yield row["submitted_on"], what, _text(row["payer"]), Decimal(row["charge"])


def _answers(found: Account360) -> Iterator[Event]:
    """What clearinghouse and payer said of the claims, and files of them that were refused."""
    for row in found.answers[found.answers["level"] == "claim"].to_dict("records"):
        if not pd.isna(row["stated_on"]):
            who = "the payer" if row["answered_by"] == "payer" else "the clearinghouse"
            what = _VERDICTS.get(row["verdict"], "Status told by {}").format(who)
            yield row["stated_on"], what, statuses.short(_text(row["reason"])), None
    for row in found.progress[found.progress["file_status"] == "rejected"].to_dict("records"):
        if not pd.isna(row["file_answered_on"]):
            yield row["file_answered_on"], "Claim rejected with its file", _text(row["status"]), None


def _remittances(found: Account360) -> Iterator[Event]:
    for row in found.payments.to_dict("records"):
        parts = [_text(row["payer_name"]), _text(row["status"])]
        if not pd.isna(row["denied"]) and row["denied"] > 0:
            parts.append(f"denied ${row['denied']:,.2f}")
        if not pd.isna(row["patient_share"]) and row["patient_share"] > 0:
            parts.append(f"patient's share ${row['patient_share']:,.2f}")
        yield row["paid_on"], "Payer answered", ", ".join(part for part in parts if part), Decimal(row["paid"])


def _entries(found: Account360) -> Iterator[Event]:
    for row in found.ledger.to_dict("records"):
        if row["entry_type"] in _ENTRIES:
            amount = Decimal(row["amount"])
            shown = amount if row["entry_type"] == "charge" else abs(amount)
            yield row["posted_on"], _ENTRIES[row["entry_type"]], _text(row["reason"]) or _text(row["method"]), shown
        elif row["entry_type"] == "insurance_payment" and not pd.isna(row["billing_entry_id"]):
            yield row["posted_on"], "Payer paid, posted by hand", _text(row["payer"]), -Decimal(row["amount"])


def _statements(found: Account360) -> Iterator[Event]:
    for day in found.statements["posted_on"]:
        yield day, "Statement sent", "", None


def _activities(done: Iterable[Mapping[str, Any]], names: Mapping[int, str]) -> Iterator[Event]:
    for row in done:
        if row["kind"] != "undo" and not row["undone"] and row.get("plan_id") is None:
            note = f": {row['note']}" if row["note"] else ""
            yield row["day"], in_words(row, names), f"{names.get(row['person_id'], 'Somebody')}{note}", row["amount"]


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
