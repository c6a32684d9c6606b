"""A payment that agrees too little with its claim is posted only once a person says so; and can be taken back."""

import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, insert, null, select

from data_access import decisions, posting
from data_access.check import check
from data_access.ingest.undo import undo
from data_access.queries import imports
from data_access.schema import claim_payment, match_decision, unsettled
from tests.conftest import load_nothing
from tests.ingest.loading import assert_sound, balances, claims_837, contents, load, remits_835

D = Decimal
RULE = "what people decided on payments holds"
UNPOSTED = {"A1": (D("100.00"), D("0.00"))}
POSTED = {"A1": (D("10.00"), D("0.00"))}


def doubtful() -> bytes:
    """60.00 for account A1: the service date agrees, but neither charge nor member id."""
    return remits_835(("A1", "90", "60", ("CAS*CO*45*30",))).replace(b"*MI*MA1", b"*MI*OTHER")


def doubtful_reversal() -> bytes:
    """The doubtful payment taken back."""
    back = remits_835(("A1", "-90", "-60", ("CAS*CO*45*-30",)), trace="T2", control="000000009")
    return back.replace(b"*MI*MA1", b"*MI*OTHER")


def second_clinic(content: bytes) -> bytes:
    """The same file, of another clinic with the same account numbers."""
    content = content.replace(b"XX*1234567893", b"XX*1999999984").replace(b"EI*123456789", b"EI*999999999")
    return content.replace(b"*B1*20260110", b"*B2*20260110")


def of_no_clinic(content: bytes) -> bytes:
    """The same remittance, which says nothing of who is paid."""
    return content.replace(b"SYNTHETIC CLINIC*XX*1234567893", b"SYNTHETIC CLINIC")


def asked(engine: Engine) -> tuple[int, int]:
    """The one payment to decide on, and the account it is found for."""
    (row,) = imports.to_decide(engine).to_dict("records")
    return int(row["claim_payment_id"]), int(row["account_id"])


def decided(engine: Engine) -> list[tuple]:
    """Every decision, newest first: what, who, whether it stands."""
    found = imports.decisions(engine)
    return list(zip(found["decision"], found["decided_by"], found["stands"], strict=True))


def load_doubtful(engine: Engine) -> None:
    with TemporaryDirectory() as folder:
        load(engine, Path(folder), a=claims_837(("A1", "100")), b=doubtful())


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    """A database of each kind: with the doubtful payment for a test about it, else empty."""
    return copy_of(request.param, load_doubtful if "payment" in request.fixturenames else load_nothing)


@pytest.fixture
def payment(engine: Engine) -> tuple[int, int]:
    """The doubtful payment, loaded, and its account."""
    (row,) = imports.to_decide(engine).to_dict("records")
    assert (row["amount"], row["paid_charge"], row["sent_charge"]) == (D("60.00"), D("90.00"), D("100.00"))
    assert (row["paid_member_id"], row["sent_member_id"]) == ("OTHER", "MA1")
    same = [row[f"same_{fact}"] for fact in ("charge", "service_from", "member_id", "payer_name")]
    assert same == [False, True, False, True]
    assert balances(engine) == UNPOSTED
    return asked(engine)


def facts(engine: Engine) -> dict[str, list[tuple]]:
    """The whole database but the decisions."""
    return {name: rows for name, rows in contents(engine).items() if name != "match_decision"}


def test_confirmed_it_is_posted_to_the_cent(engine: Engine, payment: tuple[int, int]) -> None:
    assert imports.unapplied(engine) == imports.Unapplied(1, D("60.00"), 1, D("60.00"))
    decisions.post(engine, *payment, "one", "called the payer")
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


def test_rejected_it_stays_unapplied_and_is_no_longer_asked_about(engine: Engine, payment: tuple[int, int]) -> None:
    decisions.reject(engine, *payment, "one")
    assert balances(engine) == UNPOSTED
    assert imports.unapplied(engine) == imports.Unapplied(1, D("60.00"), 0, D(0), 1, D("60.00"))
    assert imports.to_decide(engine).empty
    with engine.connect() as connection:
        found = connection.execute(select(claim_payment.c.match_status, claim_payment.c.match_reason)).one()
    assert tuple(found) == ("set_aside", "account number, service date agree, set aside by a person")
    assert decided(engine) == [("reject", "one", True)]
    assert_sound(engine)


def test_a_decision_is_a_persons(engine: Engine, payment: tuple[int, int]) -> None:
    for decide in (decisions.post, decisions.reject):
        with pytest.raises(decisions.CannotDecide, match="Say who you are"):
            decide(engine, *payment, " ")
    decisions.post(engine, *payment, "one")
    with pytest.raises(decisions.CannotDecide, match="Say who you are"):
        decisions.withdraw(engine, *payment, "")
    assert decided(engine) == [("post", "one", True)]


@pytest.mark.parametrize("decide", [decisions.post, decisions.reject])
def test_taken_back_the_database_is_as_before(engine: Engine, payment: tuple[int, int], decide) -> None:
    before = facts(engine)
    decide(engine, *payment, "one")
    decisions.withdraw(engine, *payment, "two", "wrong account")
    assert facts(engine) == before
    assert decided(engine) == [("withdraw", "two", False), (decide.__name__, "one", False)]
    assert_sound(engine)


def test_the_second_to_decide_is_told_what_the_first_did(engine: Engine, payment: tuple[int, int]) -> None:
    decisions.post(engine, *payment, "one")
    with pytest.raises(decisions.CannotDecide, match="one decided meanwhile: it was posted to the account"):
        decisions.reject(engine, *payment, "two")
    assert balances(engine) == POSTED
    decisions.withdraw(engine, *payment, "one")
    with pytest.raises(decisions.CannotDecide, match="did so already"):
        decisions.withdraw(engine, *payment, "two")
    decisions.reject(engine, *payment, "one")
    with pytest.raises(decisions.CannotDecide, match="one decided meanwhile: it was set aside"):
        decisions.post(engine, *payment, "two")
    assert len(decided(engine)) == 3
    assert_sound(engine)


def test_of_two_who_decide_at_once_one_is_told(engine: Engine, payment: tuple[int, int]) -> None:
    told, start = [], threading.Barrier(2)

    def decide(what, who: str) -> None:
        start.wait()
        try:
            what(engine, *payment, who)
        except decisions.CannotDecide:
            told.append(who)

    both = [threading.Thread(target=decide, args=pair) for pair in ((decisions.post, "a"), (decisions.reject, "b"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(told) == 1
    ((_, who, stands),) = decided(engine)
    assert stands
    assert who not in told
    assert_sound(engine)


def test_a_decision_and_its_posting_are_one(engine: Engine, payment: tuple[int, int], monkeypatch) -> None:
    before = contents(engine)

    def fails(*_) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(posting.outcomes, "build", fails)
    with pytest.raises(RuntimeError, match="power cut"):
        decisions.post(engine, *payment, "one")
    assert contents(engine) == before


def test_only_the_account_decided_on_is_posted(engine: Engine, payment: tuple[int, int]) -> None:
    waiting = {"account_key": 7}
    with engine.begin() as connection:
        connection.execute(insert(unsettled).values(waiting))
    decisions.post(engine, *payment, "one")
    assert balances(engine) == POSTED
    with engine.connect() as connection:
        assert [row._mapping for row in connection.execute(select(unsettled))] == [waiting]


def test_an_account_that_was_not_shown_is_not_posted_to(engine: Engine, payment: tuple[int, int], tmp_path) -> None:
    payment_id, account_id = payment
    with pytest.raises(decisions.CannotDecide, match="found for another account"):
        decisions.post(engine, payment_id, account_id + 1, "one")
    undo(engine, 1)
    with pytest.raises(decisions.CannotDecide, match="claim it was found for is no longer there"):
        decisions.post(engine, *payment, "one")
    load(engine, tmp_path, c=claims_837(("A1", "90")))
    with pytest.raises(decisions.CannotDecide, match="matched meanwhile"):
        decisions.post(engine, *payment, "one")
    assert decided(engine) == []


@pytest.mark.parametrize(("decide", "after"), [(decisions.post, POSTED), (decisions.reject, UNPOSTED)])
def test_a_decision_outlives_taking_back_and_loading_again(
    engine: Engine, payment: tuple[int, int], tmp_path: Path, decide, after
) -> None:
    decide(engine, *payment, "one")
    undo(engine, 1)
    assert balances(engine) == {}
    assert_sound(engine)
    load(engine, tmp_path, c=claims_837(("A1", "100")))
    assert balances(engine) == after
    undo(engine, 2)
    assert balances(engine) == UNPOSTED
    assert decided(engine) == [(decide.__name__, "one", False)]
    with pytest.raises(decisions.CannotDecide, match="load was taken back"):
        decisions.post(engine, *payment, "one")
    assert_sound(engine)
    # the same remittance in another envelope, after another file's segments
    other = remits_835(("B7", "5", "5", ()), trace="T8", control="000000008")
    load(engine, tmp_path, d=other + doubtful().replace(b"000000002", b"000000077"))
    assert balances(engine) == after
    assert imports.to_decide(engine).empty
    assert decided(engine) == [(decide.__name__, "one", True)]
    assert_sound(engine)
    (row,) = imports.decisions(engine).to_dict("records")
    decisions.withdraw(engine, row["claim_payment_id"], row["account_id"], "two")
    assert balances(engine) == UNPOSTED
    assert len(imports.to_decide(engine)) == 1


def test_a_remittance_with_other_contents_is_asked_about_anew(
    engine: Engine, payment: tuple[int, int], tmp_path: Path
) -> None:
    decisions.post(engine, *payment, "one")
    undo(engine, 2)
    load(engine, tmp_path, c=doubtful().replace(b"*60", b"*59").replace(b"CO*45*30", b"CO*45*31"))
    assert balances(engine) == UNPOSTED
    assert len(imports.to_decide(engine)) == 1


def test_a_reversal_follows_what_was_decided_on_its_payment(
    engine: Engine, payment: tuple[int, int], tmp_path: Path
) -> None:
    load(engine, tmp_path, c=doubtful_reversal())
    assert len(imports.to_decide(engine)) == 1, "one question for both"
    decisions.post(engine, *payment, "one")
    assert balances(engine) == UNPOSTED
    undo(engine, 3)
    assert balances(engine) == POSTED
    assert_sound(engine)


def test_what_was_decided_on_a_reversal_holds_once_its_payment_is_found(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=doubtful_reversal())
    decisions.post(engine, *asked(engine), "one")
    load(engine, tmp_path, c=doubtful())
    assert balances(engine) == UNPOSTED
    assert imports.unapplied(engine).payments == 0
    assert_sound(engine)
    (row,) = imports.decisions(engine).to_dict("records")
    decisions.withdraw(engine, row["claim_payment_id"], row["account_id"], "two")
    assert imports.unapplied(engine).probable == 2
    assert decided(engine) == [("withdraw", "two", False), ("post", "one", False)]
    assert_sound(engine)


def test_set_aside_for_every_account_it_could_be_for_it_is_not_asked_about_again(
    engine: Engine, tmp_path: Path
) -> None:
    claims = claims_837(("A1", "100"))
    load(engine, tmp_path, a=claims, b=second_clinic(claims), c=of_no_clinic(doubtful()))
    first = asked(engine)
    decisions.reject(engine, *first, "one")
    second = asked(engine)
    assert second[0] == first[0]
    assert second[1] != first[1]
    decisions.reject(engine, *second, "one")
    assert imports.to_decide(engine).empty
    assert imports.unapplied(engine).set_aside == 1
    assert_sound(engine)
    decisions.withdraw(engine, *second, "one")
    assert asked(engine) == second
    decisions.post(engine, *second, "one")
    with pytest.raises(decisions.CannotDecide, match="one decided meanwhile: it was set aside"):
        decisions.post(engine, *first, "two")
    decisions.withdraw(engine, *first, "one")
    with pytest.raises(decisions.CannotDecide, match="posted to another account"):
        decisions.post(engine, *first, "two")
    assert_sound(engine)


NOWHERE = {"match_status": "none", "account_id": null(), "claim_id": null()}


@pytest.mark.parametrize(
    ("decide", "broken"),
    [
        (decisions.post, {"match_status": "probable"}),
        (decisions.post, NOWHERE),
        (decisions.post, {"account_id": 1}),
        (decisions.reject, {"match_status": "confirmed"}),
    ],
)
def test_a_decision_that_is_not_honoured_is_found(engine: Engine, payment: tuple[int, int], decide, broken) -> None:
    decide(engine, *payment, "one")
    with engine.begin() as connection:
        connection.execute(claim_payment.update().values(broken))
    assert RULE in {finding.rule for finding in check(engine) if not finding.ok}


@pytest.mark.parametrize("match_status", ["confirmed", "set_aside"])
def test_a_posting_of_what_was_set_aside_is_found(engine: Engine, payment: tuple[int, int], match_status: str) -> None:
    decisions.post(engine, *payment, "one")
    with engine.begin() as connection:
        connection.execute(match_decision.update().values(decision="reject"))
        connection.execute(claim_payment.update().values(match_status=match_status))
    assert RULE in {finding.rule for finding in check(engine) if not finding.ok}
