"""A payment that agrees too little with its claim is posted only once a person says so; and can be taken back."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import decisions
from data_access.check import check
from data_access.ingest.undo import undo
from data_access.queries import imports
from data_access.schema import claim_payment, match_decision
from tests.ingest.test_loader import assert_sound, balances, claims_837, contents, load, remits_835

D = Decimal
UNPOSTED = {"A1": (D("100.00"), D("0.00"))}
POSTED = {"A1": (D("10.00"), D("0.00"))}


def doubtful() -> bytes:
    """60.00 for account A1: the service date agrees, but neither charge nor member id."""
    return remits_835(("A1", "90", "60", ("CAS*CO*45*30",))).replace(b"*MI*MA1", b"*MI*OTHER")


@pytest.fixture
def payment(engine: Engine, tmp_path: Path) -> int:
    """The doubtful payment, loaded."""
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=doubtful())
    (row,) = imports.to_decide(engine).to_dict("records")
    assert (row["amount"], row["paid_charge"], row["sent_charge"]) == (D("60.00"), D("90.00"), D("100.00"))
    assert (row["paid_member_id"], row["sent_member_id"]) == ("OTHER", "MA1")
    assert row["match_reason"] == "account number, service date agree"
    assert balances(engine) == UNPOSTED
    return int(row["claim_payment_id"])


def facts(engine: Engine) -> dict[str, list[tuple]]:
    """The whole database but the decisions."""
    return {name: rows for name, rows in contents(engine).items() if name != "match_decision"}


def test_confirmed_it_is_posted_to_the_cent(engine: Engine, payment: int) -> None:
    assert imports.unapplied(engine) == imports.Unapplied(1, D("60.00"), 1, D("60.00"))
    decisions.post(engine, payment, "one", "called the payer")
    # 100.00 charged, 60.00 paid; its contractual 30.00 counts as well, and 10.00 is left
    assert balances(engine) == POSTED
    assert imports.unapplied(engine) == imports.Unapplied(0, D(0), 0, D(0))
    assert imports.to_decide(engine).empty
    (row,) = imports.decisions(engine).to_dict("records")
    assert (row["decision"], row["decided_by"], row["reason"], row["stands"]) == (
        "post",
        "one",
        "called the payer",
        True,
    )
    assert_sound(engine)


def test_rejected_it_stays_unapplied_and_is_no_longer_asked_about(engine: Engine, payment: int) -> None:
    decisions.reject(engine, payment, "one")
    assert balances(engine) == UNPOSTED
    assert imports.unapplied(engine) == imports.Unapplied(1, D("60.00"), 0, D(0))
    assert imports.to_decide(engine).empty
    with engine.connect() as connection:
        assert connection.scalar(select(claim_payment.c.match_status)) == "rejected"
    assert_sound(engine)


@pytest.mark.parametrize("decide", [decisions.post, decisions.reject])
def test_taken_back_the_database_is_as_before(engine: Engine, payment: int, decide) -> None:
    before = facts(engine)
    decide(engine, payment, "one")
    decisions.withdraw(engine, payment, "two", "wrong account")
    assert facts(engine) == before
    assert list(imports.decisions(engine)["stands"]) == [False, False]
    assert_sound(engine)


def test_a_rejected_payment_can_still_be_posted(engine: Engine, payment: int) -> None:
    decisions.reject(engine, payment, "one")
    decisions.post(engine, payment, "two")
    assert balances(engine) == POSTED
    assert_sound(engine)


def test_the_second_to_decide_is_told_what_the_first_did(engine: Engine, payment: int) -> None:
    decisions.post(engine, payment, "one")
    with pytest.raises(decisions.CannotDecide, match="one decided meanwhile: it was posted to the account"):
        decisions.reject(engine, payment, "two")
    decisions.withdraw(engine, payment, "one")
    with pytest.raises(decisions.CannotDecide, match="did so already"):
        decisions.withdraw(engine, payment, "two")
    assert len(imports.decisions(engine)) == 2


def test_the_decision_outlives_taking_the_claim_back_but_not_the_payment(
    engine: Engine, payment: int, tmp_path
) -> None:
    decisions.post(engine, payment, "one")
    undo(engine, 1)
    assert balances(engine) == {}
    assert_sound(engine)
    load(engine, tmp_path, c=claims_837(("A1", "100")))
    assert balances(engine) == POSTED
    undo(engine, 2)
    assert balances(engine) == UNPOSTED
    with pytest.raises(decisions.CannotDecide, match="load was taken back"):
        decisions.post(engine, payment, "one")
    load(engine, tmp_path, d=doubtful())
    assert balances(engine) == UNPOSTED
    assert len(imports.to_decide(engine)) == 1
    assert_sound(engine)


def test_a_reversal_follows_what_was_decided_on_its_payment(engine: Engine, payment: int, tmp_path: Path) -> None:
    decisions.post(engine, payment, "one")
    back = remits_835(("A1", "-90", "-60", ("CAS*CO*45*-30",)), trace="T2", control="000000009")
    load(engine, tmp_path, c=back.replace(b"*MI*MA1", b"*MI*OTHER"))
    assert balances(engine) == UNPOSTED
    assert_sound(engine)


def test_a_decision_that_is_not_honoured_is_found(engine: Engine, payment: int) -> None:
    decisions.reject(engine, payment, "one")
    with engine.begin() as connection:
        connection.execute(match_decision.update().values(decision="post"))
    broken = {finding.rule for finding in check(engine) if not finding.ok}
    assert broken == {"what people decided on payments holds"}
