"""Terms at their edges, worked by hand: first and last days, both sides of the body, further procedures, each basis."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from tests.posting.facts import Facts, day
from tests.posting.test_expectations import fee, found, line, one, term

D = Decimal


def served(facts: Facts, number: str, on: date, *lines: tuple[str, str, str, str]) -> None:
    """A claim of one service day and its payment; lines are procedure, modifiers, charge, allowed."""
    charge, allowed = sum(D(each[2]) for each in lines), sum(D(each[3]) for each in lines)
    facts.claim(number, str(charge), service_from=on, service_to=on, submitted_on=on)
    gap = ("contractual", str(charge - allowed), "45")
    payment = facts.payment(number, str(charge), str(allowed), date(2026, 9, 1), gap, service_from=on)
    for procedure, modifiers, billed, paid in lines:
        line(facts, payment, procedure, billed, paid, modifiers=modifiers or None, service_from=on)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (day(1, 31), None),  # the day before the contract
        (day(2, 1), D("50.00")),
        (day(3, 31), D("50.00")),  # its last day
        (day(4, 1), None),  # a gap of one month
        (day(4, 30), None),
        (day(5, 1), D("60.00")),
        (day(5, 31), D("60.00")),
        (day(6, 1), D("66.00")),  # 110 % of the fee that is new on this day
        (day(8, 1), D("66.00")),
    ],
)
def test_first_and_last_days(engine: Engine, on: date, expected: Decimal | None) -> None:
    facts = Facts()
    term(facts, "fixed", amount=D("50"), effective_from=day(2, 1), effective_to=day(3, 31))
    term(facts, "fixed", amount=D("60"), effective_from=day(5, 1), effective_to=day(5, 31))
    term(facts, "percent_of_schedule", percent=D("110"), schedule="Fees", effective_from=day(6, 1))
    fee(facts, "99213", "100.00", effective_from=day(1, 1))
    fee(facts, "99213", "60.00", effective_from=day(6, 1))
    served(facts, "A", on, ("99213", "", "200", "40"))
    facts.post(engine)
    short = D(0) if expected is None else expected - 40
    assert one(engine, "A") == (expected, short, None if expected is None else "open")


def test_both_sides_by_each_basis(engine: Engine) -> None:
    facts = Facts()
    share = {"bilateral_percent": D("150")}
    term(facts, "fixed", procedure_code="FIXED", amount=D("200"), **share)
    term(facts, "percent_of_schedule", procedure_code="LISTED", percent=D("120"), schedule="Fees", **share)
    term(facts, "percent_of_charge", procedure_code="CHARGED", percent=D("40"), **share)
    term(facts, "fixed", procedure_code="PLAIN", amount=D("200"))
    fee(facts, "LISTED", "100")
    on = day(3, 1)
    for procedure, modifiers, expected in (
        ("FIXED", "50", "300.00"),  # 200 x 150 %
        ("FIXED", "LT", "200.00"),
        ("LISTED", "50", "180.00"),  # 100 x 120 % x 150 %
        ("LISTED", "RT 50", "180.00"),
        ("CHARGED", "50", "400.00"),  # 40 % of a charge of 1,000 that is for both sides
        ("PLAIN", "50", "200.00"),  # no such term: as any line
    ):
        served(facts, f"{procedure} {modifiers}", on, (procedure, modifiers, "1000", expected))
        facts.post(engine)
        assert one(engine, f"{procedure} {modifiers}") == (D(expected), 0, "met"), (procedure, modifiers)


def test_further_procedures_by_each_basis_and_on_each_day(engine: Engine) -> None:
    """Half for all but the dearest of a claim and day; the dearest is told by what the contract allows in full."""
    facts = Facts()
    half = {"multiple_procedure_percent": D("50")}
    term(facts, "percent_of_schedule", procedure_code="LISTED", percent=D("110"), schedule="Fees", **half)
    term(facts, "percent_of_charge", procedure_code="CHARGED", percent=D("30"), **half)
    term(facts, "fixed", procedure_code="BOTH", amount=D("100"), bilateral_percent=D("150"), **half)
    fee(facts, "LISTED", "200")
    lines = [("LISTED", "", "900", "220"), ("CHARGED", "", "600", "90"), ("BOTH", "50", "900", "75")]
    served(facts, "ONE-DAY", day(3, 1), *lines)
    served(facts, "ALONE", day(3, 2), ("CHARGED", "", "600", "180"))
    facts.post(engine)
    told = {row["procedure_code"]: (row["turn"], row["expected"], row["short"]) for row in found(engine, "ONE-DAY")}
    assert told == {
        "LISTED": (1, D("220.00"), 0),  # 110 % of 200
        "CHARGED": (2, D("90.00"), 0),  # half of 30 % of 600
        "BOTH": (3, D("75.00"), 0),  # half of 100 x 150 %
    }
    assert one(engine, "ALONE") == (D("180.00"), 0, "met")
