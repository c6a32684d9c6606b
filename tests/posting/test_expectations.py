"""What each paid line was to be allowed, worked by hand; and what is short of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from data_access import schema
from data_access.engine import write
from data_access.ingest.loader import list_unsettled
from data_access.posting import settle
from data_access.schema import account, contract_term, fee_schedule, line_expectation, usual_allowed
from tests.posting.facts import Facts, day

D = Decimal
START = date(2025, 1, 1)
APRIL = day(4, 1)


def term(facts: Facts, basis: str, **values: Any) -> None:
    row = {"load_id": 1, "row_no": facts._id(), "payer_id": 1, "contract": "Plan 2026", "effective_from": START}
    facts.add("contract_term", **row | {"basis": basis} | values)


def fee(facts: Facts, procedure: str, amount: str, **values: Any) -> None:
    row = {"load_id": 1, "row_no": facts._id(), "schedule": "Fees", "effective_from": START}
    facts.add("fee_schedule", **row | {"procedure_code": procedure, "amount": D(amount)} | values)


def line(facts: Facts, payment_id: int, procedure: str | None, charge: str, allowed: str, **values: Any) -> int:
    line_id = facts._id()
    row = {
        "payment_line_id": line_id,
        "claim_payment_id": payment_id,
        "load_id": 1,
        "transaction_no": 1,
        "segment_no": line_id,
        "procedure_code": procedure,
        "charge": D(charge),
        "paid": D(allowed),
        "units": D(1),
        "service_from": day(1, 5),
        "allowed": D(allowed),
        "denied": D(0),
        "outcome": "paid",
        "difference": D(0),
    }
    facts.add("payment_line", **row | values)
    return line_id


def paid(facts: Facts, number: str, *lines: tuple[str, str, str, str, str], **claim: Any) -> int:
    """A claim and its payment; lines are procedure, modifiers, units, charge, allowed."""
    charge = str(sum(D(one[3]) for one in lines))
    allowed = sum(D(one[4]) for one in lines)
    on = claim.pop("paid_on", day(2, 1))
    facts.claim(number, charge, **claim)
    gap = ("contractual", str(D(charge) - allowed), "45")
    payment_id = facts.payment(number, charge, str(allowed), on, gap, **claim.get("payment", {}))
    for procedure, modifiers, units, billed, allowed_line in lines:
        line(facts, payment_id, procedure, billed, allowed_line, modifiers=modifiers or None, units=D(units))
    return payment_id


def found(engine: Engine, number: str) -> list[dict[str, Any]]:
    row = line_expectation
    query = (
        select(row, account.c.account_number)
        .join(account, account.c.account_id == row.c.account_id)
        .where(account.c.account_number == number)
        .order_by(row.c.payment_line_id)
    )
    with engine.connect() as connection:
        return [dict(one) for one in connection.execute(query).mappings()]


def one(engine: Engine, number: str) -> tuple:
    (row,) = found(engine, number)
    return row["expected"], row["short"], row["state"]


def test_each_kind_of_contract(engine: Engine) -> None:
    facts = Facts()
    term(facts, "percent_of_charge", percent=D("62.5"))  # every procedure
    term(facts, "fixed", procedure_code="99213", amount=D("80.00"))
    term(facts, "fixed", procedure_code="99213", modifier="25", amount=D("70.00"))
    term(facts, "fixed", procedure_code="99213", place_of_service="22", amount=D("55.00"))
    term(facts, "percent_of_schedule", procedure_code="J1100", percent=D("106.1234"), schedule="fees")
    term(facts, "percent_of_schedule", procedure_code="93000", percent=D("120"), schedule="Fees")
    term(facts, "fixed", procedure_code="27447", amount=D("1000"), bilateral_percent=D("150"))
    term(facts, "fixed", procedure_code="71046", amount=D("40"), effective_to=date(2025, 12, 31))
    term(facts, "fixed", procedure_code="71046", amount=D("44"), effective_from=date(2026, 1, 1))
    term(facts, "fixed", procedure_code="71046", amount=D("48"), effective_from=date(2026, 2, 1))
    fee(facts, "J1100", "0.83")
    fee(facts, "93000", "20.00")
    fee(facts, "93000", "12.00", modifier="26")
    fee(facts, "93000", "22.00", effective_from=date(2026, 1, 6))
    paid(facts, "FIXED", ("99213", "", "1", "200", "80"))
    paid(facts, "MODIFIER", ("99213", "GC 25", "1", "200", "60"))
    paid(facts, "PLACE", ("99213", "", "1", "200", "55"), place_of_service="22")
    paid(facts, "MODIFIER-BEFORE-PLACE", ("99213", "25", "1", "200", "70"), place_of_service="22")
    paid(facts, "GENERAL", ("80053", "", "1", "101.00", "60"))
    paid(facts, "UNITS", ("J1100", "", "37", "500", "30"))
    paid(facts, "SCHEDULE", ("93000", "", "1", "100", "24"))
    paid(facts, "SCHEDULE-MODIFIER", ("93000", "26", "1", "100", "14.40"))
    paid(facts, "BOTH-SIDES", ("27447", "50", "1", "9000", "1000"))
    paid(facts, "LESSER", ("27447", "", "1", "700", "700"))
    paid(facts, "JANUARY", ("71046", "", "2", "200", "88"))
    paid(facts, "OTHER-PAYER", ("99213", "", "1", "200", "10"), payer_id=2)
    facts.post(engine)

    assert one(engine, "FIXED") == (D("80.00"), 0, "met")
    assert one(engine, "MODIFIER") == (D("70.00"), D("10.00"), "open")
    assert one(engine, "PLACE") == (D("55.00"), 0, "met")
    assert one(engine, "MODIFIER-BEFORE-PLACE") == (D("70.00"), 0, "met")
    assert one(engine, "GENERAL") == (D("63.13"), D("3.13"), "open"), "62.5 % of 101.00 is 63.125, half a cent is up"
    assert one(engine, "UNITS") == (D("32.59"), D("2.59"), "open"), "37 x 0.83 x 1.061234 = 32.59049614"
    assert one(engine, "SCHEDULE") == (D("24.00"), 0, "met"), "120 % of 20.00; the new amount begins a day later"
    assert one(engine, "SCHEDULE-MODIFIER") == (D("14.40"), 0, "met")
    assert one(engine, "BOTH-SIDES") == (D("1500.00"), D("500.00"), "open")
    assert one(engine, "LESSER") == (D("700.00"), 0, "met"), "never more than the charge"
    assert one(engine, "JANUARY") == (D("88.00"), 0, "met"), "44 a unit, in force on the service date"
    assert one(engine, "OTHER-PAYER") == (None, 0, None), "another payer's contract says nothing"
    row = found(engine, "MODIFIER")[0]
    assert (row["basis"], row["contract"], row["rule"], row["allowed"]) == ("contract", "Plan 2026", "fixed", 60)


def test_further_procedures_of_a_day_are_reduced_dearest_first(engine: Engine) -> None:
    facts = Facts()
    for procedure, amount in (("A", "100"), ("B", "300"), ("C", "200")):
        term(facts, "fixed", procedure_code=procedure, amount=D(amount), multiple_procedure_percent=D("50"))
    term(facts, "fixed", procedure_code="VISIT", amount=D("400"))
    rows = [("A", "", "1", "900", "50"), ("B", "", "1", "900", "300"), ("C", "", "1", "900", "80")]
    paid(facts, "SURGERY", *rows, ("VISIT", "", "1", "900", "400"))
    facts.post(engine)
    lines = {row["procedure_code"]: row for row in found(engine, "SURGERY")}
    assert {name: (row["expected"], row["turn"]) for name, row in lines.items()} == {
        "A": (50, 3),
        "B": (300, 1),
        "C": (100, 2),
        "VISIT": (400, None),
    }
    assert {name: row["short"] for name, row in lines.items() if row["short"]} == {"C": 20}


def test_the_tolerance_is_the_greater_of_a_percent_and_a_dollar(engine: Engine) -> None:
    facts = Facts()
    term(facts, "fixed", procedure_code="SMALL", amount=D("50"))
    term(facts, "fixed", procedure_code="LARGE", amount=D("1000"))
    for number, procedure, allowed in (
        ("S1", "SMALL", "49.00"),
        ("S2", "SMALL", "48.99"),
        ("L1", "LARGE", "990.00"),
        ("L2", "LARGE", "989.99"),
        ("MORE", "LARGE", "1200"),
    ):
        paid(facts, number, (procedure, "", "1", "2000", allowed))
    facts.post(engine)
    assert [one(engine, number)[1:] for number in ("S1", "S2", "L1", "L2", "MORE")] == [
        (0, "met"),
        (D("1.01"), "open"),
        (0, "met"),
        (D("10.01"), "open"),
        (0, "met"),
    ]


def test_what_is_no_underpayment(engine: Engine) -> None:
    facts = Facts()
    term(facts, "fixed", amount=D("100"))
    # Medicare: 2 % sequestration lowers the payment, not the allowed amount
    facts.claim("SEQUESTRATION", "200")
    cut = [("contractual", "100", "45"), ("contractual", "1.60", "253"), ("patient_responsibility", "20", "2")]
    payment = facts.payment("SEQUESTRATION", "200", "78.40", day(2, 1), *cut)
    line_id = line(facts, payment, "99213", "200", "98.40", paid=D("78.40"))
    for adjustment in facts.rows["adjustment"]:
        adjustment["payment_line_id"] = line_id
    # a denied line, and one denied in part
    facts.claim("DENIED", "200")
    payment = facts.payment("DENIED", "200", "0", day(2, 1), ("denial", "200", "197"))
    line(facts, payment, "99213", "200", "0", denied=D(200), outcome="denied")
    facts.claim("PARTLY", "200")
    payment = facts.payment("PARTLY", "200", "60", day(2, 1), ("denial", "30", "151"), ("contractual", "110", "45"))
    line(facts, payment, "99213", "200", "60", denied=D(30), outcome="partly_denied")
    # a secondary payer's payment
    facts.claim("SECOND", "200", sequence=2)
    payment = facts.payment("SECOND", "200", "10", day(2, 1), ("other_payer", "190", "23"), sequence=2)
    line(facts, payment, "99213", "200", "10")
    # a payment without lines: a fixed amount says nothing of a whole claim
    facts.claim("WHOLE", "200")
    facts.payment("WHOLE", "200", "50", day(2, 1), ("contractual", "150", "45"), lines=0)
    facts.post(engine)
    assert one(engine, "SEQUESTRATION") == (100, 0, "met")
    assert found(engine, "SEQUESTRATION")[0]["allowed"] == 100
    assert found(engine, "DENIED") == found(engine, "SECOND") == []
    assert one(engine, "PARTLY") == (100, 10, "open"), "30 of the missing 40 are a denial"
    assert one(engine, "WHOLE") == (None, 0, None)


def test_a_whole_claim_is_measured_by_a_share_of_its_charge(engine: Engine) -> None:
    facts = Facts()
    term(facts, "percent_of_charge", percent=D("40"))
    facts.claim("WHOLE", "2000")
    facts.payment("WHOLE", "2000", "700", day(2, 1), ("contractual", "1300", "45"), lines=0)
    facts.post(engine)
    assert one(engine, "WHOLE") == (800, 100, "open")


def corrected(facts: Facts, number: str, after: str | None, on: date = APRIL) -> None:
    """100 expected, 60 allowed on 1 February; reversed in April and paid again with `after`."""
    paid(facts, number, ("99213", "", "1", "200", "60"))
    number_of = {"payer_claim_number": "PCN" + number}
    back = facts.payment(
        number, "-200", "-60", on, ("contractual", "-140", "45"), status_code="22", is_reversal=True, **number_of
    )
    line(facts, back, "99213", "-200", "-60", outcome=None)
    if after is not None:
        gap = ("contractual", str(200 - D(after)), "45")
        again = facts.payment(number, "200", after, on, gap, payer_claim_number="NEW" + number)
        line(facts, again, "99213", "200", after)


def test_a_later_remittance_recovers(engine: Engine) -> None:
    facts = Facts()
    term(facts, "fixed", procedure_code="99213", amount=D("100"))
    corrected(facts, "WHOLLY", "100")
    corrected(facts, "PARTLY", "85")
    corrected(facts, "NOT", "60")
    corrected(facts, "GONE", None)
    corrected(facts, "AT-ONCE", "100", day(2, 1))
    paid(facts, "MORE-MONEY", ("99213", "", "1", "200", "60"))
    more = facts.payment("MORE-MONEY", "200", "45", day(5, 1), ("contractual", "155", "45"))
    line(facts, more, "99213", "200", "45")
    facts.post(engine)
    rows = {name: found(engine, name) for name in ("WHOLLY", "PARTLY", "NOT", "GONE", "AT-ONCE", "MORE-MONEY")}
    told = {
        name: (row["state"], row["short"], row["recovered"], row["paid_on"], row["last_on"])
        for name, told in rows.items()
        for row in told
    }
    february, april = day(2, 1), day(4, 1)
    assert told == {
        "WHOLLY": ("recovered", 0, 40, february, april),
        "PARTLY": ("partly_recovered", 15, 25, february, april),
        "NOT": ("open", 40, 0, february, april),
        "AT-ONCE": ("met", 0, 0, february, february),
        "MORE-MONEY": ("recovered", 0, 40, february, day(5, 1)),
    }
    assert rows["GONE"] == [], "taken back and not paid again: nothing stands"


def test_without_a_contract_the_payers_usual_amount_is_the_yardstick(engine: Engine) -> None:
    facts = Facts()
    for place, allowed in enumerate(("80", "80", "80", "80", "80", "84", "84", "84", "84", "84")):
        paid(facts, f"EARLIER{place}", ("99213", "", "2", "300", str(2 * D(allowed))), paid_on=day(1, 20))
    for place in range(9):
        paid(facts, f"FEW{place}", ("99214", "", "1", "300", "120"), paid_on=day(1, 20))
    paid(facts, "SHORT", ("99213", "", "1", "300", "60"))
    paid(facts, "CHARGED-LESS", ("99213", "", "1", "70", "70"))
    paid(facts, "OTHER-MODIFIER", ("99213", "25", "1", "300", "60"))
    paid(facts, "TOO-FEW", ("99214", "", "1", "300", "60"))
    paid(facts, "YEAR-AFTER", ("99213", "", "1", "300", "60"), paid_on=date(2027, 3, 1))
    facts.post(engine)
    assert one(engine, "SHORT") == (82, 22, "open"), "the median of five times 80 and five times 84"
    (row,) = found(engine, "SHORT")
    assert (row["basis"], row["cases"], row["contract"]) == ("usual", 10, None)
    assert one(engine, "CHARGED-LESS") == (70, 0, "met")
    for number in ("OTHER-MODIFIER", "TOO-FEW", "YEAR-AFTER", "EARLIER0"):
        assert one(engine, number) == (None, 0, None), number
    # a contract loaded later takes its place; undone, the usual amount is back
    with write(engine) as connection:
        values = {"payer_id": 1, "contract": "New", "procedure_code": "99213", "basis": "fixed", "amount": D("90")}
        connection.execute(insert(contract_term).values(load_id=7, row_no=2, effective_from=START, **values))
        list_unsettled(connection, [7])
    settle(engine)
    assert one(engine, "SHORT") == (90, 30, "open")
    assert found(engine, "SHORT")[0]["contract"] == "New"
    with write(engine) as connection:
        list_unsettled(connection, [7])
        connection.execute(delete(contract_term).where(contract_term.c.load_id == 7))
    settle(engine)
    assert one(engine, "SHORT") == (82, 22, "open")
    # once earlier lines are gone, nothing is usual any more
    with write(engine) as connection:
        gone = schema.payment_line.c
        connection.execute(delete(schema.payment_line).where(gone.procedure_code == "99213", gone.units == 2))
        connection.execute(insert(schema.unsettled).from_select(["account_key"], select(account.c.account_key)))
    settle(engine)
    assert one(engine, "SHORT") == (None, 0, None)
    with engine.connect() as connection:
        assert connection.execute(select(usual_allowed)).all() == []


def test_what_is_usual_for_a_unit_is_to_six_decimals_half_up(engine: Engine) -> None:
    facts = Facts()
    for place in range(10):
        paid(facts, f"EARLIER{place}", ("J1885", "", "64", "300", "4.14"), paid_on=day(1, 20))
    paid(facts, "LATER", ("J1885", "", "1", "300", "60"))
    facts.post(engine)
    with engine.connect() as connection:
        assert connection.scalars(select(usual_allowed.c.amount)).all() == [D("0.064688")]


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_schedule_loaded_before_or_after_the_remittance(engine: Engine, order: str) -> None:
    facts = Facts()
    if order == "before":
        term(facts, "percent_of_schedule", percent=D("110"), schedule="FEES", load_id=8)
        fee(facts, "99213", "100", load_id=9)
        facts.keys.add(1)
        facts.post(engine)
        facts = Facts()
        facts.rows = {}
    paid(facts, "A", ("99213", "", "1", "300", "60"))
    facts.post(engine)
    if order == "after":
        with write(engine) as connection:
            row = {"payer_id": 1, "contract": "Plan 2026", "basis": "percent_of_schedule", "percent": 110}
            row |= {"load_id": 8, "row_no": 2, "effective_from": START, "schedule": "FEES"}
            connection.execute(insert(contract_term).values(row))
            row = {"load_id": 9, "row_no": 2, "schedule": "Fees", "procedure_code": "99213", "amount": 100}
            connection.execute(insert(fee_schedule).values(effective_from=START, **row))
            list_unsettled(connection, [9])
        settle(engine)
    assert one(engine, "A") == (110, 50, "open")
    with write(engine) as connection:
        connection.execute(update(fee_schedule).values(amount=50))
        list_unsettled(connection, [9])
    settle(engine)
    assert one(engine, "A") == (55, 0, "met")
