"""What happened to an account, in one line of time; and every balance in the patient's words, to the cent."""

from datetime import date

import pytest
from sqlalchemy import Engine

from data_access.queries.account import load_account
from data_access.queries.account_lines import adjusted
from data_access.queries.explain import explain
from data_access.queries.story import story
from tests.handworked import expected
from tests.handworked.expected import money
from tests.handworked.test_accounts import account_id


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def told(engine: Engine, number: str, done: tuple = ()) -> list[tuple]:
    frame = story(load_account(engine, account_id(engine, number)), done, {1: "Synthetic Rep"})
    return [(row["day"], row["what"], row["detail"], row["amount"]) for row in frame.to_dict("records")]


def test_two_payers_and_the_patient(office: Engine) -> None:
    found = [(on, what, amount) for on, what, _, amount in told(office, "HW-06")]
    assert found == [
        (day(6, 20), "Patient paid", money("15")),
        (day(6, 5), "Statement sent", None),
        (day(5, 28), "Payer answered", money("45")),
        (day(5, 8), "Claim sent", money("500")),
        (day(5, 4), "Payer answered", money("240")),
        (day(4, 17), "Claim sent", money("500")),
        (day(4, 15), "Charged", money("500")),
    ]


def test_a_denial_its_correction_and_what_a_rep_did(office: Engine) -> None:
    call = {
        "kind": "contact",
        "method": "payer_call",
        "spoke_to": "line",
        "outcome": "needs_information",
        "note": "wants the remark answered",
        "person_id": 1,
        "day": day(4, 15),
        "amount": None,
        "undone": False,
    }
    rows = told(office, "HW-07", (call, call | {"undone": True, "day": day(4, 16)}))
    rows = [row for row in rows if row[1] != "Charged"]
    assert [(on, what) for on, what, *_ in rows][:5] == [
        (day(5, 11), "Payer answered"),
        (day(4, 20), "Corrected claim sent"),
        (day(4, 15), "Call to the payer, line: payer: needs information"),
        (day(4, 1), "Payer answered"),
        (day(3, 18), "Claim sent"),
    ]
    assert rows[2][2] == "Synthetic Rep: wants the remark answered"
    assert "denied $400.00" in rows[3][2]


@pytest.mark.parametrize("number", expected.ACCOUNTS)
def test_every_balance_is_explained_to_the_cent(office: Engine, number: str) -> None:
    found = load_account(office, account_id(office, number))
    posted = found.payments[found.payments["match_status"] == "confirmed"]
    standing = posted[~posted["reversed"].fillna(False).astype(bool)]
    adjustments = adjusted(office, found)
    adjustments = adjustments[adjustments["claim_payment_id"].isin(standing["claim_payment_id"])]
    lines = explain(found.head, found.ledger.to_dict("records"), adjustments.to_dict("records"))
    assert lines[-1].amount == found.head["patient_balance"]
    assert sum(line.amount for line in lines if not line.total) == lines[-1].amount


def test_the_patients_share_is_named_by_its_reasons(office: Engine) -> None:
    # HW-06: PR-2 60 of the first payer was the supplement's to pay, whose PR-3 15 is the patient's
    found = load_account(office, account_id(office, "HW-01"))
    lines = explain(found.head, found.ledger.to_dict("records"), adjusted(office, found).to_dict("records"))
    assert [(line.words, line.amount) for line in lines] == [
        ("The visit was charged", money("200")),
        ("Your insurance's contract with us took off", money("-50")),
        ("Your insurance paid", money("-130")),
        ("Your share (your deductible $20.00)", money("20")),
        ("Left for you to pay", money("20")),
    ]
