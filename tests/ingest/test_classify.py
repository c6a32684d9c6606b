"""What an adjustment means: the rules of the initial denial rate, one by one."""

import pytest

from data_access.ingest.classify import claim_outcome, classify, line_outcome, meaning, normal_code
from tests.ingest.x12_text import D


@pytest.mark.parametrize("carc", ["1", "2", "3", "66", "187", "241", "247", "248"])
def test_rule_1_the_patients_share_is_never_a_denial(carc):
    assert meaning("PR", carc).adjustment_class == "patient_responsibility"
    assert meaning("CO", carc).adjustment_class == "contractual"
    assert meaning("OA", carc).adjustment_class == meaning("PI", carc).adjustment_class == "other"


@pytest.mark.parametrize("carc", ["45", "24", "44", "59", "94", "104", "131", "144", "237", "253"])
def test_rule_2_the_contract_is_never_a_denial(carc):
    assert {meaning(group, carc).adjustment_class for group in ("CO", "OA", "PI", "CR")} == {"contractual"}
    assert meaning("PR", carc).adjustment_class == "patient_responsibility"


def test_rule_3_what_another_payer_did():
    assert {meaning(group, "23").adjustment_class for group in ("OA", "CO", "PI", "PR")} == {"other_payer"}


@pytest.mark.parametrize(
    ("carc", "category"),
    [
        ("27", "eligibility"),
        ("22", "coordination"),
        ("197", "authorization"),
        ("50", "medical_necessity"),
        ("96", "non_covered"),
        ("16", "missing_information"),
        ("11", "coding"),
        ("97", "bundling"),
        ("18", "duplicate"),
        ("29", "timely_filing"),
        ("B7", "provider"),
        ("193", "upheld"),
        ("A1", "generic"),
    ],
)
def test_rules_4_and_5_a_denial_is_one_in_every_group(carc, category):
    for group in ("CO", "PR", "OA", "PI"):
        found = meaning(group, carc)
        assert (found.adjustment_class, found.category) == ("denial", category)
        assert found.preventable is not None


def test_interest_and_the_like_are_other():
    assert meaning("CO", "225").adjustment_class == meaning("OA", "225").adjustment_class == "other"


@pytest.mark.parametrize(
    ("amount", "reversal", "expected"),
    [
        ("10", False, "denial"),
        ("-10", False, "other"),
        ("0", False, "other"),
        ("-10", True, "denial"),
        ("10", True, "other"),
    ],
)
def test_an_unknown_code_is_a_denial_only_where_it_lowers_the_payment(amount, reversal, expected):
    found = classify("CO", "ZZ9", D(amount), reversal)
    assert (found.adjustment_class, found.known) == (expected, False)
    assert found.category == ("other" if expected == "denial" else None)


def test_codes_are_compared_in_one_spelling():
    assert [normal_code(code) for code in (" 45", "045", "b7", "0", "")] == ["45", "45", "B7", "0", ""]


@pytest.mark.parametrize(
    ("denied", "paid", "patient_share", "line", "claim"),
    [
        (0, 80, 20, "paid", "paid"),
        (0, 0, 100, "paid", "paid"),
        (0, 0, 0, "paid", "paid"),
        (100, 0, 0, "denied", "denied"),
        (20, 80, 0, "partly_denied", "partly_denied"),
        (80, 0, 20, "partly_denied", "partly_denied"),
        (-5, 10, 0, "paid", "paid"),
    ],
)
def test_outcome(denied, paid, patient_share, line, claim):
    assert line_outcome(D(denied), D(paid), D(patient_share)) == line
    assert claim_outcome(D(denied), D(paid), D(patient_share)) == claim
