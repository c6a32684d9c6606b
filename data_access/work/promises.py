"""What became of promises: later payments decide, nobody has to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from data_access.work.replay import Activity, standing

GRACE_DAYS = 3  # after a promise's day
STATES = {"open": "Not due yet", "kept": "Kept", "part": "Paid in part", "broken": "Broken", "replaced": "Replaced"}


@dataclass(frozen=True)
class Promise:
    """One promise or instalment and what became of it. `paid`: of it, in time; `state`: a key of STATES."""

    activity_id: int
    made_on: date
    due_on: date
    amount: Decimal
    paid: Decimal
    state: str
    is_instalment: bool


def promises(activities: Iterable[Activity], entries: Iterable[Mapping[str, Any]], today: date) -> list[Promise]:
    """The promises of an account that were not taken back, in order of the day they are due.

    Args:
        activities: the account's; `entries`: of its ledger, with entry_type, posted_on and amount.

    Payments by the patient from the day a promise was made to three days after it was due count for it; those of a
    plan fill its instalments in order. Kept: paid in full; part: something came in time; broken: nothing did. A later
    promise or plan replaces what is still open of an earlier one: from its day on, payments count for it alone.
    """
    payments = [
        (row["posted_on"], -Decimal(row["amount"])) for row in entries if row["entry_type"] == "patient_payment"
    ]
    rows = standing(activities)
    found = [_promise(row, _replaced_on(row, rows), payments, today) for row in rows if row["kind"] == "promise"]
    return sorted(found, key=lambda promise: (promise.due_on, promise.activity_id))


def _replaced_on(row: Activity, rows: Iterable[Activity]) -> date | None:
    """The day of the first promise or plan that was made after one, before that was over."""
    made = row["plan_id"] or row["activity_id"]
    later = (
        other["day"]
        for other in rows
        if other["kind"] in ("promise", "plan") and other["plan_id"] is None and other["activity_id"] > made
    )
    return min((day for day in later if day <= _last_day(row)), default=None)


def _last_day(row: Activity) -> date:
    return row["due_on"] + timedelta(days=GRACE_DAYS)


def _promise(row: Activity, replaced_on: date | None, payments: list[tuple[date, Decimal]], today: date) -> Promise:
    last = _last_day(row)
    counts_to = last if replaced_on is None else replaced_on - timedelta(days=1)
    came = sum((amount for day, amount in payments if row["day"] <= day <= counts_to), Decimal(0))
    before = row["in_all"] - row["amount"]
    paid = min(max(came - before, Decimal(0)), row["amount"])
    if paid >= row["amount"]:
        state = "kept"
    elif replaced_on is not None:
        state = "replaced"
    elif today <= last:
        state = "open"
    else:
        state = "part" if paid else "broken"
    return Promise(
        row["activity_id"], row["day"], row["due_on"], row["amount"], paid, state, row["plan_id"] is not None
    )
