"""What became of promises: later payments decide, nobody has to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from data_access.work.replay import Activity, standing

GRACE_DAYS = 3  # after a promise's day
STATES = {"open": "Not due yet", "kept": "Kept", "part": "Paid in part", "broken": "Broken"}


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
    plan fill its instalments in order. Kept: paid in full; part: something came in time; broken: nothing did.
    """
    payments = [
        (row["posted_on"], -Decimal(row["amount"])) for row in entries if row["entry_type"] == "patient_payment"
    ]
    found = [_promise(row, payments, today) for row in standing(activities) if row["kind"] == "promise"]
    return sorted(found, key=lambda promise: (promise.due_on, promise.activity_id))


def _promise(row: Activity, payments: list[tuple[date, Decimal]], today: date) -> Promise:
    last = row["due_on"] + timedelta(days=GRACE_DAYS)
    came = sum((amount for day, amount in payments if row["day"] <= day <= last), Decimal(0))
    before = row["in_all"] - row["amount"]
    paid = min(max(came - before, Decimal(0)), row["amount"])
    if paid >= row["amount"]:
        state = "kept"
    elif today <= last:
        state = "open"
    else:
        state = "part" if paid else "broken"
    return Promise(
        row["activity_id"], row["day"], row["due_on"], row["amount"], paid, state, row["plan_id"] is not None
    )
