"""The code tables are complete and agree with each other."""

import csv
from pathlib import Path

import pytest

from data_access import reference

TABLES = sorted(Path(reference.__file__).parent.glob("*.csv"))


@pytest.mark.parametrize("path", TABLES, ids=[path.stem for path in TABLES])
def test_every_row_has_as_many_cells_as_the_header(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert [row for row in rows if len(row) != len(header)] == []


def test_every_denial_reason_has_a_category_and_no_other_has() -> None:
    classes = {"contractual", "patient_responsibility", "denial", "other_payer", "other"}
    for reason in reference.adjustment_reasons().values():
        assert reason.adjustment_class in classes
        assert (reason.category is not None) == (reason.adjustment_class == "denial"), reason.carc
        assert reason.category is None or reason.category in reference.denial_categories()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("1", "2", "3", "66", "187", "241", "247", "248"), "patient_responsibility"),
        (("45", "24", "44", "59", "94", "104", "131", "144", "237", "253"), "contractual"),
        (("23",), "other_payer"),
        (("16", "18", "22", "27", "29", "50", "96", "97", "197", "A1", "B7"), "denial"),
    ],
)
def test_codes_named_by_the_denial_rules(codes: tuple[str, ...], expected: str) -> None:
    assert {reference.adjustment_reasons()[code].adjustment_class for code in codes} == {expected}


@pytest.mark.parametrize(
    ("code", "adjustment_class", "category"),
    [
        # what another plan of the patient is to be asked for stays open until it has answered
        *((code, "denial", "coordination") for code in ("254", "270", "280", "290", "291", "297", "300", "304")),
        ("196", "denial", "coordination"),  # what the prior payer decided
        ("283", "denial", "provider"),  # the attending provider
        ("287", "denial", "authorization"),  # the referral
        ("257", "other", None),  # not decided yet: the premium's grace period
        ("281", "contractual", None),  # a deductible that the contract waives
        ("294", "other", None),  # paid, to somebody else
        ("201", "patient_responsibility", None),
    ],
)
def test_codes_that_are_easily_taken_for_another(code: str, adjustment_class: str, category: str | None) -> None:
    found = reference.adjustment_reasons()[code]
    assert (found.adjustment_class, found.category) == (adjustment_class, category)


@pytest.mark.parametrize(
    "name",
    [
        "adjustment_reasons",
        "denial_categories",
        "payer_types",
        "group_codes",
        "claim_status",
        "status_categories",
        "status_codes",
        "status_entities",
        "provider_adjustment_reasons",
        "taxonomies",
        "remark_codes",
        "glossary",
        "practice_actions",
        "practice_accounts",
        "eligibility_rejects",
        "eligibility_follow_up",
        "eligibility_information",
        "service_types",
        "benefit_periods",
        "coverage_levels",
    ],
)
def test_tables_have_no_duplicates_and_no_blanks(name: str) -> None:
    rows = reference.table(name)
    keys = [next(iter(row.values())) for row in rows]
    assert len(keys) == len(set(keys))
    blank_is_right = {("adjustment_reasons", "category")}
    blank_is_right |= {("practice_accounts", column) for column in ("carc", "category", "term", "metric")}
    for row in rows:
        for column, value in row.items():
            assert value or (name, column) in blank_is_right, (name, row)


def test_lookups() -> None:
    assert reference.payer_type_for(" ma ") == "Medicare"
    assert reference.payer_type_for(None) is None
    assert reference.department_for("207RC0000X") == "Cardiology"
    assert reference.labels("claim_status")["22"] == "Reversal of an earlier payment"
