"""What further payers add to what the first one settled, and a payer that pays twice."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine

from tests.posting.facts import Facts, day
from tests.posting.test_posting import account, ledger, one, open_on, sound


def test_secondary_pays_what_the_primary_left(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "40", day(2, 1), ("contractual", "20", "45"), ("patient_responsibility", "40", "2"))
    facts.claim("A", "100", sequence=2, payer_id=2, submitted_on=day(2, 5))
    facts.payment(
        "A",
        "100",
        "30",
        day(3, 1),
        ("contractual", "20", "45"),
        ("other_payer", "40", "23"),
        ("patient_responsibility", "10", "2"),
        sequence=2,
        status_code="2",
        remit_payer_id=2,
    )
    facts.post(engine)
    # the secondary repeats the primary's 20 contractual and 40 paid: nothing further is written off
    assert sum(row[3] for row in ledger(engine, "A") if row[1] == "contractual") == Decimal("-20.00")
    assert open_on(engine, "A", day(2, 3)) == [("insurance", 1, Decimal("40.00"), True, day(1, 10))]
    assert open_on(engine, "A", day(2, 10)) == [("insurance", 2, Decimal("40.00"), True, day(1, 10))]
    assert open_on(engine, "A", day(3, 2)) == [("patient", 1, Decimal("10.00"), True, day(3, 1))]
    assert sound(engine)


@pytest.mark.parametrize(
    ("primary", "repeated", "secondary_paid", "secondary_contractual", "left"),
    [
        ([("denial", "100", "50")], "100", "0", "0", "100"),  # all of it was denied, and is denied still
        ([("contractual", "20", "45"), ("denial", "30", "50")], "100", "0", "0", "30"),  # paid 50
        ([("contractual", "20", "45"), ("denial", "30", "50")], "70", "30", "0", "0"),  # only what was settled
        ([("denial", "100", "50")], "0", "60", "40", "0"),  # the secondary settles what the primary denied
    ],
)
def test_a_secondary_that_repeats_the_primary_s_denial_writes_nothing_off(
    engine: Engine, primary: list, repeated: str, secondary_paid: str, secondary_contractual: str, left: str
) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", str(100 - sum(int(amount) for _, amount, _ in primary)), day(2, 1), *primary)
    facts.claim("A", "100", sequence=2, payer_id=2, submitted_on=day(2, 5))
    said = [("other_payer", repeated, "23"), ("contractual", secondary_contractual, "45")]
    facts.payment("A", "100", secondary_paid, day(3, 1), *said, sequence=2, status_code="2", remit_payer_id=2)
    facts.post(engine)
    assert account(engine, "A")["balance"] == Decimal(left)
    assert sound(engine)


def test_what_the_primary_takes_back_after_the_secondary_paid_is_owed_again(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "200")
    facts.payment("A", "200", "80", day(2, 1), ("contractual", "100", "45"), ("patient_responsibility", "20", "1"))
    facts.claim("A", "200", sequence=2, payer_id=2, submitted_on=day(2, 5))
    said = [("other_payer", "180", "23")]
    facts.payment("A", "200", "20", day(2, 20), *said, sequence=2, status_code="2", remit_payer_id=2)
    back = [("contractual", "-100", "45"), ("patient_responsibility", "-20", "1")]
    facts.payment("A", "-200", "-80", day(4, 1), *back, status_code="22", is_reversal=True)
    facts.post(engine)
    assert account(engine, "A")["balance"] == Decimal("180.00")
    assert not [row for row in ledger(engine, "A") if row[0] == day(2, 20) and row[1] in ("other_payer", "contractual")]
    assert sound(engine)


def test_a_payer_that_pays_twice_is_owed_its_money_and_the_patient_owes_once(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    said = [("contractual", "20", "45"), ("patient_responsibility", "30", "3")]
    facts.payment("A", "100", "50", day(2, 1), *said)
    facts.payment("A", "100", "50", day(2, 8), *said)
    facts.claim("B", "100")  # two halves of one claim, alike, are no repetition
    for on in (day(2, 1), day(2, 8)):
        facts.payment("B", "50", "25", on, ("contractual", "10", "45"), ("patient_responsibility", "15", "3"))
    facts.post(engine)
    balances = {number: account(engine, number) for number in "AB"}
    assert [(row["insurance_balance"], row["patient_balance"]) for row in balances.values()] == [
        (Decimal("-50.00"), Decimal("30.00")),
        (0, Decimal("30.00")),
    ]
    assert one(engine, "claim", account_number="A")["patient_share"] == Decimal("30.00")
    assert sound(engine)


def test_secondary_without_its_primary_still_closes(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100", sequence=2, payer_id=2)
    facts.payment(
        "A", "100", "30", day(3, 1), ("other_payer", "70", "23"), sequence=2, status_code="2", remit_payer_id=2
    )
    facts.post(engine)
    assert account(engine, "A")["balance"] == 0
    assert (day(3, 1), "other_payer", "insurance", Decimal("-70.00")) in ledger(engine, "A")
    assert sound(engine)
