"""Code tables: numbers with short labels of our own (the published texts of CARC and CPT are licensed).

Each table is a CSV file beside this module, read once.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class AdjustmentReason:
    """A claim adjustment reason code: what an adjustment with it means, unless the group code says otherwise."""

    carc: str
    adjustment_class: str
    category: str | None
    label: str


@dataclass(frozen=True)
class DenialCategory:
    """A family of denial reasons. `kind`: soft is mended and resent, hard is appealed."""

    category: str
    label: str
    preventable: bool
    clinical: bool
    kind: str
    first_action: str


@dataclass(frozen=True)
class AppealLevel:
    """A level of appeal that regulations give to payers of a type.

    The days to ask for it count from receipt of the decision before, presumed so many days after its date.
    """

    level: int
    name: str
    limit_days: int
    presumed_receipt_days: int
    source: str


@dataclass(frozen=True)
class Term:
    """A word of the field in plain language."""

    term: str
    definition: str


@dataclass(frozen=True)
class Screen:
    """Why a screen is there. `metrics`: ids of the figures it shows."""

    screen: str
    title: str
    question: str
    why: str
    metrics: tuple[str, ...]
    next_step: str


def table(name: str) -> list[dict[str, str]]:
    """The rows of one of the CSV files here, by its name without the ending."""
    with Path(__file__).with_name(f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@lru_cache(1)
def adjustment_reasons() -> dict[str, AdjustmentReason]:
    """Adjustment reasons by code."""
    return {
        row["carc"]: AdjustmentReason(row["carc"], row["class"], row["category"] or None, row["label"])
        for row in table("adjustment_reasons")
    }


@lru_cache(1)
def denial_categories() -> dict[str, DenialCategory]:
    """Denial categories by id."""
    return {
        row["category"]: DenialCategory(
            row["category"],
            row["label"],
            row["preventable"] == "yes",
            row["clinical"] == "yes",
            row["kind"],
            row["first_action"],
        )
        for row in table("denial_categories")
    }


@lru_cache(1)
def payer_types() -> tuple[str, ...]:
    """The payer types, in the order in which screens list them."""
    return tuple(row["payer_type"] for row in table("payer_types"))


@lru_cache(1)
def _payer_type_by_filing_code() -> dict[str, str]:
    return {code: row["payer_type"] for row in table("payer_types") for code in row["filing_codes"].split()}


def payer_type_for(filing_code: str | None) -> str | None:
    """The payer type a claim filing indicator (SBR09, CLP06) stands for; None when empty or unknown."""
    return _payer_type_by_filing_code().get((filing_code or "").strip().upper())


@lru_cache(16)
def appeal_levels(payer_type: str | None) -> dict[int, AppealLevel]:
    """The levels of appeal that regulations give to payers of a type; none where contracts and states decide."""
    return {
        int(row["level"]): AppealLevel(
            int(row["level"]), row["name"], int(row["limit_days"]), int(row["presumed_receipt_days"]), row["source"]
        )
        for row in table("appeal_levels")
        if row["payer_type"] == payer_type
    }


@lru_cache(1)
def _department_by_taxonomy() -> dict[str, str]:
    return {row["taxonomy"]: row["department"] for row in table("taxonomies")}


def department_for(taxonomy: str | None) -> str | None:
    """The specialty a provider taxonomy code stands for; None when empty or not in the table."""
    return _department_by_taxonomy().get((taxonomy or "").strip().upper())


@lru_cache(16)
def labels(name: str) -> dict[str, str]:
    """Code to label of a table whose first column is a code and which has a column `label`."""
    rows = table(name)
    code = next(iter(rows[0]))
    return {row[code]: row["label"] for row in rows}


@lru_cache(1)
def glossary() -> tuple[Term, ...]:
    """The words a new patient accounts representative meets, in alphabetical order."""
    terms = (Term(row["term"], row["definition"]) for row in table("glossary"))
    return tuple(sorted(terms, key=lambda entry: entry.term.lower()))


@lru_cache(1)
def screens() -> dict[str, Screen]:
    """Why each screen is there, by the name of its page."""
    return {
        row["screen"]: Screen(
            row["screen"], row["title"], row["question"], row["why"], tuple(row["metrics"].split()), row["next_step"]
        )
        for row in table("screens")
    }
