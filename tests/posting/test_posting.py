"""Posting rules, each on a hand-worked case: what is owed, by whom, since when, and what became of the claim."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.check import check
from data_access.posting.chains import Link, chain_up
from tests.posting.facts import Facts, account_of, day


def ledger(engine: Engine, number: str) -> list[tuple]:
    entry = s.ledger_entry.c
    query = (
        select(entry.posted_on, entry.entry_type, entry.side, entry.amount)
        .where(entry.account_id == account_of(number))
        .order_by(entry.posted_on, entry.entry_no)
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def one(engine: Engine, table: str, **where: object) -> dict:
    source = s.metadata.tables[table]
    query = select(source).where(*(source.c[name] == value for name, value in where.items()))
    with engine.connect() as connection:
        return dict(connection.execute(query).mappings().one())


def account(engine: Engine, number: str) -> dict:
    return one(engine, "account", account_id=account_of(number))


def open_on(engine: Engine, number: str, on: date) -> list[tuple]:
    row = s.open_balance.c
    query = (
        select(row.side, row.payer_id, row.balance, row.billed, row.age_from)
        .where(row.account_id == account_of(number), row.from_date <= on, row.to_date > on)
        .order_by(row.side)
    )
    with engine.connect() as connection:
        return [tuple(entry) for entry in connection.execute(query)]


def sound(engine: Engine) -> bool:
    # these facts have no load and no remittance row
    broken = {finding.rule for finding in check(engine) if not finding.ok}
    return broken <= {"nothing is orphaned"}


def test_paid_claim_moves_the_deductible_to_the_patient(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "60", day(2, 1), ("contractual", "20", "45"), ("patient_responsibility", "20", "1"))
    facts.entry("A", "statement", None, day(2, 10))
    facts.entry("A", "patient_payment", "5", day(3, 1))
    facts.post(engine)

    assert ledger(engine, "A") == [
        (day(1, 5), "charge", "insurance", Decimal("100.00")),
        (day(2, 1), "contractual", "insurance", Decimal("-20.00")),
        (day(2, 1), "insurance_payment", "insurance", Decimal("-60.00")),
        (day(2, 1), "transfer", "insurance", Decimal("-20.00")),
        (day(2, 1), "transfer", "patient", Decimal("20.00")),
        (day(3, 1), "patient_payment", "patient", Decimal("-5.00")),
    ]
    row = account(engine, "A")
    assert (row["insurance_balance"], row["patient_balance"], row["responsible"]) == (0, Decimal("15.00"), "patient")
    # service 5 January, sent the 10th, patient's from 1 February, first statement 10 February
    assert open_on(engine, "A", day(1, 6)) == [("insurance", 1, Decimal("100.00"), False, day(1, 5))]
    assert open_on(engine, "A", day(1, 31)) == [("insurance", 1, Decimal("100.00"), True, day(1, 10))]
    assert open_on(engine, "A", day(2, 9)) == [("patient", 1, Decimal("20.00"), True, day(2, 1))]
    assert open_on(engine, "A", day(6, 1)) == [("patient", 1, Decimal("15.00"), True, day(2, 10))]
    claim = one(engine, "claim", account_number="A")
    assert (claim["initial_outcome"], claim["first_pass"], claim["final_outcome"]) == ("paid", True, "paid")
    assert (claim["days_to_submit"], claim["days_to_remit"], claim["days_to_payment"]) == (5, 22, 22)
    assert sound(engine)


def test_denial_stays_in_insurance_until_replaced_and_paid(engine: Engine) -> None:
    facts = Facts()
    first = facts.claim("A", "100")
    facts.payment("A", "100", "0", day(2, 1), ("denial", "100", "197"))
    facts.post(engine)
    assert account(engine, "A")["denied"] == Decimal("100.00")
    claim = one(engine, "claim", claim_id=first)
    assert (claim["initial_outcome"], claim["overturned"], claim["final_outcome"]) == ("denied", None, "denied")

    facts.claim("A", "90", frequency_code="7", original_reference="PCNA", submitted_on=day(2, 20))
    facts.payment("A", "90", "70", day(3, 5), ("contractual", "20", "45"), payer_claim_number="NEW")
    facts.post(engine)
    row = account(engine, "A")
    assert (row["charge"], row["balance"], row["denied"]) == (Decimal("90.00"), 0, 0)
    assert row["first_submitted_on"] == day(1, 10)
    assert (day(2, 20), "charge", "insurance", Decimal("-10.00")) in ledger(engine, "A")
    # the replacement does not start a new age
    assert open_on(engine, "A", day(2, 25)) == [("insurance", 1, Decimal("90.00"), True, day(1, 10))]
    claim = one(engine, "claim", claim_id=first)
    assert (claim["initial_outcome"], claim["overturned"], claim["final_outcome"]) == ("denied", True, "paid")
    assert claim["decided_on"] == day(3, 5)
    assert (claim["reworked_on"], claim["days_to_rework"], claim["first_pass"]) == (day(2, 20), 19, False)
    assert one(engine, "denial", claim_id=first)["amount"] == Decimal("100.00")
    assert sound(engine)


def test_replacement_under_another_number_joins_the_account_it_replaces(engine: Engine) -> None:
    facts = Facts()
    facts.claim("B", "80", frequency_code="7", original_reference="PCNA", submitted_on=day(2, 20))
    facts.post(engine)
    assert account(engine, "B")["charge"] == Decimal("80.00")
    facts.claim("A", "100")
    facts.payment("A", "100", "0", day(2, 1), ("denial", "100", "197"))
    facts.post(engine)
    assert account(engine, "A")["charge"] == Decimal("80.00")
    with engine.connect() as connection:
        assert [row.account_number for row in connection.execute(select(s.account))] == ["A"]
    assert sound(engine)


def test_reversal_reopens_and_correction_closes(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    paid = facts.payment("A", "100", "60", day(2, 1), ("contractual", "40", "45"))
    reversal = facts.payment(
        "A", "-100", "-60", day(3, 1), ("contractual", "-40", "45"), is_reversal=True, status_code="22", sequence=None
    )
    facts.post(engine)
    assert account(engine, "A")["insurance_balance"] == Decimal("100.00")
    facts.payment("A", "100", "70", day(3, 1), ("contractual", "30", "45"), payer_claim_number="NEW")
    facts.post(engine)
    assert account(engine, "A")["balance"] == 0
    row = one(engine, "claim_payment", claim_payment_id=paid)
    assert (row["reversed"], row["reversed_on"]) == (True, day(3, 1))
    assert one(engine, "claim_payment", claim_payment_id=reversal)["reversal_of"] == paid
    assert one(engine, "claim", account_number="A")["paid"] == Decimal("70.00")
    assert sound(engine)


def test_masked_reversal_without_payment_is_paired_by_its_charge(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    paid = facts.payment("A", "100", "60", day(2, 1), ("contractual", "40", "45"))
    reversal = facts.payment(
        "A", "-100", "0", day(3, 1), is_reversal=True, status_code="22", sequence=None, payer_claim_number="OTHER"
    )
    facts.post(engine)
    assert one(engine, "claim_payment", claim_payment_id=reversal)["reversal_of"] == paid


def reversal(facts: Facts, number: str, charge: str, paid: str, on: date, *rest: tuple, **values: Any) -> int:
    """A claim payment that takes another back."""
    of_reversals = {"is_reversal": True, "status_code": "22", "sequence": None}
    return facts.payment(number, charge, paid, on, *rest, **(of_reversals | values))


def test_a_reversal_with_a_number_of_its_own_takes_back_the_payment_of_its_service_date(engine: Engine) -> None:
    facts = Facts()
    visits = [(day(1, 5), "P1", "80"), (day(1, 12), "P2", "80"), (day(1, 19), "P3", "0")]
    for visit, _, _ in visits:
        facts.claim("A", "100", service_from=visit, service_to=visit)
    denied = 0
    for visit, number, paid in visits:
        rest = ("contractual", "20", "45") if paid == "80" else ("denial", "100", "197")
        denied = facts.payment("A", "100", paid, day(2, 10), rest, service_from=visit, payer_claim_number=number)
    own_number = {"service_from": day(1, 19), "payer_claim_number": "N9"}
    back = reversal(facts, "A", "-100", "0", day(3, 10), **own_number)
    facts.payment("A", "100", "80", day(3, 10), ("contractual", "20", "45"), **own_number)
    facts.post(engine)
    assert one(engine, "claim_payment", claim_payment_id=back)["reversal_of"] == denied
    assert one(engine, "claim_payment", claim_payment_id=denied)["reversed_on"] == day(3, 10)
    last = one(engine, "claim", service_from=day(1, 19))
    assert (last["initial_outcome"], last["denied"], last["paid"]) == ("denied", 0, Decimal("80.00"))


@pytest.mark.parametrize("number", ["PCNA", "OTHER"])
def test_a_reversal_takes_back_nothing_that_was_paid_after_it(engine: Engine, number: str) -> None:
    facts = Facts()
    facts.claim("A", "100")
    back = reversal(facts, "A", "-100", "-60", day(3, 1), payer_claim_number=number)
    facts.payment("A", "100", "60", day(4, 1), ("contractual", "40", "45"))
    later = reversal(facts, "A", "-100", "-60", day(5, 1), payer_claim_number=number)
    facts.post(engine)
    paid = one(engine, "claim_payment", paid=Decimal("60"))
    assert one(engine, "claim_payment", claim_payment_id=back)["reversal_of"] is None
    assert one(engine, "claim_payment", claim_payment_id=later)["reversal_of"] == paid["claim_payment_id"]
    assert paid["reversed_on"] == day(5, 1)


def test_denial_reversed_and_paid_the_same_day_is_no_denial(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "0", day(2, 1), ("denial", "100", "197"))
    facts.payment(
        "A", "-100", "0", day(2, 1), ("denial", "-100", "197"), is_reversal=True, status_code="22", sequence=None
    )
    facts.payment("A", "100", "60", day(2, 1), ("contractual", "40", "45"), payer_claim_number="NEW")
    facts.post(engine)
    claim = one(engine, "claim", account_number="A")
    assert (claim["initial_outcome"], claim["first_remit_on"], claim["denied"]) == ("paid", day(2, 1), 0)
    assert account(engine, "A")["balance"] == 0


def test_partly_denied_and_denied_to_the_patient(engine: Engine) -> None:
    facts = Facts()
    facts.claim("P", "100")
    facts.payment("P", "100", "50", day(2, 1), ("contractual", "20", "45"), ("denial", "30", "97"))
    facts.claim("Q", "100")
    facts.payment("Q", "100", "0", day(2, 1), ("denial_pr", "100", "96"))
    facts.post(engine)
    claim = one(engine, "claim", account_number="P")
    assert (claim["initial_outcome"], claim["initial_denied"], claim["final_outcome"]) == (
        "partly_denied",
        Decimal("30.00"),
        "partly_paid",
    )
    assert account(engine, "P")["insurance_balance"] == Decimal("30.00")
    assert one(engine, "claim", account_number="Q")["initial_outcome"] == "denied"
    assert (account(engine, "Q")["insurance_balance"], account(engine, "Q")["patient_balance"]) == (
        0,
        Decimal("100.00"),
    )
    moved = one(engine, "claim", account_number="Q")
    assert (moved["overturned"], moved["decided_on"]) == (False, day(2, 1))


def test_denial_written_off_is_final(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "0", day(2, 1), ("denial", "100", "29"))
    facts.entry("A", "denial_write_off", "100", day(4, 1), reason="timely_filing")
    facts.post(engine)
    claim = one(engine, "claim", account_number="A")
    assert (claim["final_outcome"], claim["overturned"], claim["decided_on"]) == ("written_off", False, day(4, 1))
    assert account(engine, "A")["denied"] == 0


def test_void_takes_the_charge_back(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.claim("A", "100", frequency_code="8", submitted_on=day(2, 2))
    facts.post(engine)
    assert account(engine, "A")["charge"] == 0
    assert open_on(engine, "A", day(2, 1)) == [("insurance", 1, Decimal("100.00"), True, day(1, 10))]
    assert open_on(engine, "A", day(2, 2)) == []
    assert sound(engine)


def test_split_payments_sum(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "40", "30", day(2, 1), ("contractual", "10", "45"))
    facts.payment("A", "60", "50", day(2, 8), ("contractual", "10", "45"))
    facts.post(engine)
    claim = one(engine, "claim", account_number="A")
    assert (claim["paid"], account(engine, "A")["balance"]) == (Decimal("80.00"), 0)


def test_two_bills_of_one_account_add_up(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.claim("A", "50", service_from=day(1, 20), service_to=day(1, 20), line_control_digest=2)
    facts.claim("A", "100", submitted_on=day(1, 15))  # the first once more: a resubmission
    facts.post(engine)
    assert account(engine, "A")["charge"] == Decimal("150.00")
    assert sound(engine)


def test_what_only_the_account_number_ties_waits_for_a_person(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "90", "60", day(2, 1), member_id=None)
    facts.claim("B", "100")
    facts.payment("B", "100", "60", day(2, 1), payee_npi="1888888885", payee_tax_id="888888888")
    facts.payment("C", "100", "60", day(2, 1))
    facts.post(engine)
    status = {number: one(engine, "claim_payment", account_number=number)["match_status"] for number in "ABC"}
    assert status == {"A": "probable", "B": "none", "C": "none"}
    assert account(engine, "A")["balance"] == Decimal("100.00")


def test_accounts_of_the_billing_system(engine: Engine) -> None:
    facts = Facts()
    facts.entry("SELF", "charge", "50", day(2, 2))
    facts.entry("SELF", "patient_payment", "20", day(2, 3), method="point_of_service")
    facts.entry("LATE", "charge", "75", day(2, 2), payer_identifier="1")
    facts.entry("NOBODY", "patient_payment", "10", day(2, 2))
    facts.post(engine)
    assert one(engine, "account", account_number="SELF")["patient_balance"] == Decimal("30.00")
    assert one(engine, "account", account_number="LATE")["responsible"] == "unbilled"
    assert one(engine, "billing_entry", account_number="NOBODY")["account_id"] is None
    # once the claim is there, its charge counts and the billing system's does not
    facts.claim("LATE", "70")
    facts.post(engine)
    assert account(engine, "LATE")["charge"] == Decimal("70.00")
    assert sound(engine)


@pytest.mark.parametrize("seed", range(2))
def test_order_of_arrival_makes_no_difference(duckdb_engine: Engine, seed: int) -> None:
    whole = Facts()
    whole.claim("A", "100")
    whole.payment("A", "100", "0", day(2, 1), ("denial", "100", "197"))
    whole.claim("A", "90", frequency_code="7", original_reference="PCNA", submitted_on=day(2, 20))
    whole.payment("A", "90", "70", day(3, 5), ("contractual", "20", "45"), payer_claim_number="NEW")
    whole.entry("A", "patient_payment", "5", day(3, 1))
    parties = [(name, row) for name in ("facility", "payer") for row in whole.rows.pop(name)]
    rows = [(name, row) for name, group in whole.rows.items() for row in group]
    random.Random(seed).shuffle(rows)
    for step, (name, row) in enumerate(rows):
        part = Facts()
        part.rows = {}
        for table, values in [*(parties if step == 0 else []), (name, row)]:
            part.add(table, **values)
        part.keys = set(whole.keys)
        part.post(duckdb_engine)
    assert account(duckdb_engine, "A")["balance"] == Decimal("-5.00")
    assert [entry[3] for entry in ledger(duckdb_engine, "A")] == [
        Decimal(amount) for amount in ("100.00", "-10.00", "-5.00", "-20.00", "-70.00")
    ]


def link(claim_id: int, sequence: int = 1, frequency: str = "1", reference: str | None = None, **more: Any) -> Link:
    values: dict[str, Any] = {"submitted_on": day(1, claim_id), "service_from": day(1, 1), "service_to": day(1, 1)}
    values |= {"charge": Decimal("10"), "digest": 1, **more}
    return Link(claim_id, 1, sequence, frequency, reference, **values)


def test_chains_follow_the_payers_number_before_the_latest_claim() -> None:
    first, second = link(1), link(2, service_from=day(1, 9), service_to=day(1, 9), digest=2)
    replacement = link(3, frequency="7", reference="N1", service_from=day(1, 9))
    by_number = chain_up([first, second, replacement], {"N1": first})
    assert [[entry.claim_id for entry in chain.links] for chain in by_number] == [[1, 3], [2]]
    by_date = chain_up([first, second, replacement])
    assert [[entry.claim_id for entry in chain.links] for chain in by_date] == [[1], [2, 3]]


def test_replacement_of_a_claim_never_loaded_stands_alone() -> None:
    chains = chain_up([link(1, frequency="7", reference="X"), link(2, sequence=2)])
    assert [[entry.claim_id for entry in chain.links] for chain in chains] == [[1, 2]]


def test_a_claim_without_a_day_is_not_the_latest_sent(engine: Engine) -> None:
    facts = Facts()
    dated = facts.claim("A", "100", submitted_on=day(3, 1))
    facts.claim("A", "100", submitted_on=None)
    facts.payment("A", "100", "60", day(2, 1))
    facts.post(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(s.claim_payment.c.claim_id)) == dated
