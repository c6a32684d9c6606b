"""What an adjustment means: contractual, the patient's share, a denial, another payer's doing, or none of these.

The rules are those of the metric "initial denial rate": read from group and reason code together, never from
the claim status. Which code belongs to which class and denial category is in `data_access/reference`.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources

from data_access.ingest.values import ZERO

CONTRACTUAL = "contractual"
PATIENT = "patient_responsibility"
DENIAL = "denial"
OTHER_PAYER = "other_payer"
OTHER = "other"

PAID, PARTLY_DENIED, DENIED = "paid", "partly_denied", "denied"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a group and reason code mean together. `category` only for denials; `known`: the code is in our table."""

    adjustment_class: str
    category: str | None
    preventable: bool | None
    known: bool


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files("data_access.reference").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(1)
def _reasons() -> dict[str, tuple[str, str]]:
    return {row["carc"]: (row["class"], row["category"]) for row in _read("adjustment_reasons.csv")}


@lru_cache(1)
def _preventable() -> dict[str, bool]:
    yes = {"yes", "true", "1", "y"}
    return {row["category"]: row["preventable"].strip().lower() in yes for row in _read("denial_categories.csv")}


@lru_cache(1)
def other_category() -> str:
    """The denial category of codes our table does not hold, as spelled in the category table."""
    return next(name for name in _preventable() if name.lower() == "other")


@lru_cache(8192)
def normal_code(carc: str) -> str:
    """A reason code as the table spells it: upper case, no leading zeros."""
    code = carc.strip().upper()
    return (code.lstrip("0") or code) if code.isdigit() else code


@lru_cache(8192)
def meaning(group: str, carc: str) -> Meaning:
    """Class and category of an adjustment by group code (CO, PR, OA, PI, CR) and reason code (as `normal_code`)."""
    found = _reasons().get(carc)
    if found is None:
        return Meaning(DENIAL, other_category(), _preventable()[other_category()], known=False)
    reason_class, category = found
    if reason_class == DENIAL:
        category = category if category in _preventable() else other_category()
        return Meaning(DENIAL, category, _preventable()[category], known=True)
    return Meaning(_plain_class(group, reason_class), None, None, known=True)


def _plain_class(group: str, reason_class: str) -> str:
    """Class of a code that is no denial: the group says who bears it."""
    if reason_class == OTHER_PAYER:
        return OTHER_PAYER
    if group == "PR":
        return PATIENT
    if reason_class == PATIENT:
        return CONTRACTUAL if group == "CO" else OTHER
    return reason_class


def classify(group: str, carc: str, amount: Decimal, reversal: bool) -> Meaning:
    """As `meaning`; an unknown code is a denial only where it lowers the payment (in a reversal: gives it back)."""
    found = meaning(group, carc)
    if not found.known and (amount >= ZERO if reversal else amount <= ZERO):
        return _UNKNOWN_INCREASE
    return found


_UNKNOWN_INCREASE = Meaning(OTHER, None, None, known=False)


def line_outcome(denied: Decimal, paid: Decimal, patient_share: Decimal) -> str:
    """Outcome of a service line: denied when nothing was allowed (paid, or left to the patient as their share)."""
    if denied <= ZERO:
        return PAID
    return DENIED if paid + patient_share == ZERO else PARTLY_DENIED


def claim_outcome(denied: Decimal, paid: Decimal, patient_share: Decimal) -> str:
    """Outcome of a claim payment: denied when nothing was paid and nothing left to the patient as their share."""
    if denied <= ZERO:
        return PAID
    return DENIED if paid == ZERO and patient_share == ZERO else PARTLY_DENIED
