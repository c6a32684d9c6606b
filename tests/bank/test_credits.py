"""Credit balances: since when, owed to whom, and due when, where the rule is known."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from data_access.filters import Filters
from data_access.queries import credits, scoring, worklist
from data_access.queries.table import page
from tests.posting.facts import Facts, day

D = Decimal


def as_of(on: date) -> Filters:
    return Filters(on, on, on)


def test_medicare_wants_its_money_back_within_60_days(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A1", "100", filing_code="MB")
    facts.payment("A1", "100", "80", day(2, 1), ("contractual", "20", "45"))
    facts.entry("A1", "insurance_payment", "50", day(2, 10))  # too much: a credit of 50.00, later of 60.00
    facts.entry("A1", "insurance_payment", "10", day(3, 1))
    facts.claim("A2", "100", payer_id=2, filing_code="CI")
    facts.payment("A2", "100", "100", day(2, 1), remit_payer_id=2)
    facts.entry("A2", "insurance_payment", "5", day(2, 20))
    facts.post(engine)
    rows = {
        row["account_number"]: row for row in page(engine, credits.table(as_of(day(4, 11)))).frame.to_dict("records")
    }
    one, two = rows["A1"], rows["A2"]
    assert (one["amount"], one["since"], one["owed_to"]) == (D("60.00"), day(2, 10), "First Payer")
    assert (one["due_on"], one["rule"]) == (day(4, 11), "60 days from the day it arose")
    assert (two["amount"], two["since"], two["due_on"]) == (D("5.00"), day(2, 20), None)
    assert two["rule"] == "By the payer's contract: not known"
    assert credits.overdue(engine, as_of(day(4, 11))) == (D("0"), 0)
    assert credits.overdue(engine, as_of(day(4, 12))) == (D("60.00"), 1)
    (late,) = page(engine, credits.table(as_of(day(4, 12)), {"side": "insurance", "bucket": "61-90"})).frame["rule"]
    assert late == "Past due"
    # before the second payment the credit was 50.00, since the same day
    (row,) = page(engine, credits.table(as_of(day(2, 15)))).frame.to_dict("records")
    assert (row["amount"], row["since"]) == (D("50.00"), day(2, 10))


def test_a_credit_paid_back_and_come_again_begins_anew(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A1", "100")
    facts.payment("A1", "100", "100", day(2, 1))
    facts.entry("A1", "patient_payment", "25", day(2, 5))
    facts.entry("A1", "patient_refund", "25", day(2, 20))
    facts.entry("A1", "patient_payment", "10", day(3, 5))
    facts.post(engine)
    (row,) = page(engine, credits.table(as_of(day(3, 31)))).frame.to_dict("records")
    assert (row["amount"], row["since"], row["owed_to"]) == (D("10.00"), day(3, 5), "Patient")


def test_a_copay_paid_ahead_of_the_insurer_is_told_from_an_overpayment(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A1", "100")
    facts.entry("A1", "patient_payment", "25", day(1, 5))
    facts.claim("A2", "100")
    facts.payment("A2", "100", "100", day(2, 1))
    facts.entry("A2", "patient_payment", "25", day(1, 5))
    facts.post(engine)
    rules = page(engine, credits.table(as_of(day(2, 1)))).frame.set_index("account_number")["rule"]
    assert dict(rules) == {
        "A1": "Paid ahead: the insurer has not settled",
        "A2": "By state law and office policy: not known",
    }
    # the day before the insurer answered, both had paid ahead
    assert len(set(page(engine, credits.table(as_of(day(1, 31)))).frame["rule"])) == 1
    desk = scoring.Desk(day(2, 1))
    found = page(engine, worklist.table(as_of(day(2, 1)), desk, "credits")).frame
    assert list(found["account_number"]) == ["A2"]
