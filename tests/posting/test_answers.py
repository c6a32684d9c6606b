"""A bill that its payer answers more than once without taking the first answer back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from tests.posting.facts import Facts, day
from tests.posting.test_posting import account, one, open_on, sound

Said = tuple[str, str, str]
PAID: list[Said] = [("contractual", "20", "45")]
OWED_BY_PATIENT: list[Said] = [("contractual", "20", "45"), ("patient_responsibility", "80", "1")]


def answered_twice(engine: Engine, first: tuple[str, list[Said]], second: tuple[str, list[Said]], **sent: str) -> int:
    """A bill of 100 sent on 10 January and again on 15 February, answered on 1 February and 10 March."""
    facts = Facts()
    head = facts.claim("A", "100")
    facts.payment("A", "100", first[0], day(2, 1), *first[1])
    facts.claim("A", "100", submitted_on=day(2, 15), **sent)
    facts.payment("A", "100", second[0], day(3, 10), *second[1], payer_claim_number="SECOND")
    facts.post(engine)
    assert sound(engine)
    return head


def sides(engine: Engine, on: date) -> dict[str, Decimal]:
    return {side: balance for side, _, balance, *_ in open_on(engine, "A", on)}


@pytest.mark.parametrize("sent", [{}, {"frequency_code": "7", "original_reference": "PCNA"}], ids=["again", "replaced"])
@pytest.mark.parametrize(
    ("denial", "meanwhile"),
    [
        ([("denial", "100", "16")], {"insurance": 100}),
        ([("denial_pr", "100", "27")], {"patient": 100}),
        ([("contractual", "20", "45"), ("denial", "80", "16")], {"insurance": 80}),
        ([("contractual", "20", "45"), ("denial_pr", "80", "27")], {"patient": 80}),
        ([("contractual", "30", "45"), ("patient_responsibility", "10", "2"), ("denial", "60", "16")], None),
    ],
)
def test_a_denied_bill_that_is_paid_when_sent_again_is_written_off_once(
    engine: Engine, denial: list[Said], meanwhile: dict[str, int] | None, sent: dict[str, str]
) -> None:
    head = answered_twice(engine, ("0", denial), ("80", PAID), **sent)
    if meanwhile:
        assert sides(engine, day(2, 20)) == meanwhile, "what the first answer said stood until the second"
    assert sides(engine, day(3, 10)) == {}
    row = account(engine, "A")
    assert (row["balance"], row["denied"]) == (0, 0)
    claim = one(engine, "claim", claim_id=head)
    assert (claim["final_outcome"], claim["overturned"], claim["decided_on"]) == ("paid", True, day(3, 10))


def test_a_deductible_told_twice_is_owed_once(engine: Engine) -> None:
    answered_twice(engine, ("0", OWED_BY_PATIENT), ("0", OWED_BY_PATIENT))
    assert sides(engine, day(2, 20)) == sides(engine, day(3, 20)) == {"patient": Decimal("80.00")}


def test_a_share_that_is_another_the_second_time_is_owed_as_told_last(engine: Engine) -> None:
    second = [("contractual", "25", "45"), ("patient_responsibility", "15", "2")]
    answered_twice(engine, ("0", OWED_BY_PATIENT), ("60", second))
    assert sides(engine, day(2, 20)) == {"patient": Decimal("80.00")}
    assert sides(engine, day(3, 20)) == {"patient": Decimal("15.00")}


@pytest.mark.parametrize(
    "refused", [[("denial", "100", "18")], [("contractual", "20", "45"), ("denial", "80", "18")]], ids=["all", "rest"]
)
def test_a_paid_bill_that_is_sent_again_and_refused_as_a_duplicate_stays_paid(
    engine: Engine, refused: list[Said]
) -> None:
    head = answered_twice(engine, ("60", [*PAID, ("patient_responsibility", "20", "2")]), ("0", refused))
    assert sides(engine, day(2, 20)) == sides(engine, day(3, 20)) == {"patient": Decimal("20.00")}
    assert account(engine, "A")["denied"] == 0
    assert one(engine, "claim", claim_id=head)["final_outcome"] == "paid"


def test_a_bill_denied_twice_is_denied_once(engine: Engine) -> None:
    head = answered_twice(engine, ("0", [("denial", "100", "16")]), ("0", [("denial", "100", "29")]))
    row = account(engine, "A")
    assert (row["balance"], row["denied"]) == (Decimal("100.00"), Decimal("100.00"))
    claim = one(engine, "claim", claim_id=head)
    assert (claim["final_outcome"], claim["overturned"]) == ("denied", None)


def test_denied_again_after_a_share_is_not_overturned(engine: Engine) -> None:
    partly = [("contractual", "20", "45"), ("patient_responsibility", "30", "1"), ("denial", "50", "16")]
    head = answered_twice(engine, ("0", partly), ("0", partly))
    claim = one(engine, "claim", claim_id=head)
    assert (claim["overturned"], claim["decided_on"]) == (None, None)
    assert sides(engine, day(3, 20)) == {"insurance": Decimal("50.00"), "patient": Decimal("30.00")}


def test_a_claim_paid_in_parts_is_written_off_in_parts(engine: Engine) -> None:
    facts = Facts()
    head = facts.claim("A", "100")
    facts.payment("A", "60", "48", day(2, 1), ("contractual", "12", "45"))
    facts.payment("A", "40", "32", day(3, 10), ("contractual", "8", "45"), payer_claim_number="SECOND")
    facts.post(engine)
    assert account(engine, "A")["balance"] == 0
    assert one(engine, "claim", claim_id=head)["contractual"] == Decimal("20.00")


def test_a_secondary_that_denies_and_then_pays_writes_off_once(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "40", day(2, 1), ("contractual", "20", "45"), ("patient_responsibility", "40", "2"))
    facts.claim("A", "100", sequence=2, payer_id=2, submitted_on=day(2, 5))
    second = {"sequence": 2, "status_code": "2", "remit_payer_id": 2}
    said = [("contractual", "30", "45"), ("other_payer", "40", "23")]
    facts.payment("A", "100", "0", day(3, 1), *said, ("denial", "30", "16"), **second)
    facts.payment("A", "100", "30", day(3, 20), *said, payer_claim_number="SECOND", **second)
    facts.post(engine)
    assert account(engine, "A")["balance"] == 0
    assert sound(engine)
