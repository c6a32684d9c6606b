"""Explain this balance: an account in the patient's words, line by line, adding up to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: Why a share is the patient's, by claim adjustment reason code under group PR (X12 code list 139).
_SHARES = {"1": "your deductible", "2": "your coinsurance", "3": "your copay"}
_CONTRACT = ("contractual", "other_payer")
_WE_OWE_YOU = "You have paid too much; we owe you"
_OF_INSURANCE = ("insurance_payment", "insurance_refund", "recoupment")
_FORGIVEN = {
    "write_off": "We took off",
    "denial_write_off": "We took off because the insurance would not pay",
    "charity": "Financial help took off",
    "bad_debt": "Sent to collections",
}


@dataclass(frozen=True)
class Line:
    """One line: words, and an amount that lowers (negative) or raises what is left. `total`: a sum of those above."""

    words: str
    amount: Decimal
    total: bool = False


def explain(
    head: Mapping[str, Any], ledger: Iterable[Mapping[str, Any]], adjustments: Iterable[Mapping[str, Any]]
) -> list[Line]:
    """What was charged, what came off and why, what was paid, and what is left for the patient.

    Args:
        head: the account's row; `ledger`: its entries with entry_type and amount (Decimal, signed).
        adjustments: those of its posted, standing payments, with group_code, carc and amount.

    The amounts of the lines that are no totals add up to the last line, which is the patient's balance.
    """
    sums = _sums(ledger)
    charged = sums.get("charge", Decimal(0))
    lines = [Line("The visit was charged", charged)]
    lines += _some(
        "Your insurance's contract with us took off",
        sum((sums.get(kind, Decimal(0)) for kind in _CONTRACT), Decimal(0)),
    )
    paid = sum((sums.get(kind, Decimal(0)) for kind in _OF_INSURANCE), Decimal(0))
    lines += _some("Your insurance paid", paid)
    for kind, words in _FORGIVEN.items():
        lines += _some(words, sums.get(kind, Decimal(0)))
    waiting = Decimal(head["insurance_balance"])
    expected = "We still expect this from your insurance" if waiting > 0 else "Being settled with your insurance"
    lines += _some(expected, -waiting)
    yours = sum((line.amount for line in lines), Decimal(0))
    lines.append(Line(_share(yours, adjustments), yours, total=True))
    lines += _some("You paid", sums.get("patient_payment", Decimal(0)))
    lines += _some("We paid back to you", sums.get("patient_refund", Decimal(0)))
    left = sum((line.amount for line in lines if not line.total), Decimal(0))
    overpaid = "You have paid ahead; it counts once your insurance has answered" if waiting > 0 else _WE_OWE_YOU
    words = overpaid if left < 0 else "Left for you to pay"
    return [*lines, Line(words, left, total=True)]


def _some(words: str, amount: Decimal) -> list[Line]:
    return [Line(words, amount)] if amount else []


def _sums(ledger: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Sums by kind of entry; transfers between insurance and patient cancel out."""
    sums: dict[str, Decimal] = {}
    for entry in ledger:
        kind = entry["entry_type"]
        sums[kind] = sums.get(kind, Decimal(0)) + Decimal(entry["amount"])
    return sums


def _share(yours: Decimal, adjustments: Iterable[Mapping[str, Any]]) -> str:
    """Whose share it is and why, as far as the remittances say."""
    parts: dict[str, Decimal] = {}
    for row in adjustments:
        if row["group_code"] == "PR":
            name = _SHARES.get(row["carc"], "not covered")
            parts[name] = parts.get(name, Decimal(0)) + Decimal(row["amount"])
    said = ", ".join(f"{name} ${amount:,.2f}" for name, amount in parts.items() if amount > 0)
    if yours > 0 and sum(parts.values()) == yours:
        return f"Your share ({said})"
    return "Your share"
