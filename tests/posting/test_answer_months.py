"""How long payers took to answer, kept added up by month: right after every posting, proven by check, and read."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import write
from data_access.posting import settle
from data_access.posting.months import ANSWER_MONTHS
from data_access.queries import accounts
from data_access.queries.measures import percentiles
from tests.posting.facts import Facts, day, key_of

RULE = "how long payers took to answer, by month, is the sum of the claims"


def holds(engine: Engine) -> bool:
    return next(finding.ok for finding in check(engine) if finding.rule == RULE)


def kept(engine: Engine) -> list[tuple]:
    """Payer, month, days and claims, with nothing taken out twice."""
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(ANSWER_MONTHS.folded()))


def answered(facts: Facts, number: str, sent: date, days: int, payer_id: int = 1) -> None:
    facts.claim(number, "100", submitted_on=sent, payer_id=payer_id)
    facts.payment(number, "100", "100", sent + timedelta(days=days), remit_payer_id=payer_id)


def posted(engine: Engine) -> None:
    """Two bills answered after 20 days and one after 5 in February, one by another payer; one waits."""
    facts = Facts()
    answered(facts, "A", day(1, 15), 20)
    answered(facts, "B", day(1, 20), 20)
    answered(facts, "C", day(2, 20), 5)
    answered(facts, "D", day(2, 20), 5, payer_id=2)
    facts.claim("WAITS", "100")
    facts.post(engine)


KEPT = [(1, day(2, 1), 5, 1), (1, day(2, 1), 20, 2), (2, day(2, 1), 5, 1)]


def post_anew(engine: Engine, *numbers: str) -> None:
    with write(engine) as connection:
        connection.execute(s.unsettled.insert(), [{"account_key": key_of(number)} for number in numbers])
    settle(engine)


def test_sums_are_those_of_the_claims(engine: Engine) -> None:
    posted(engine)
    assert kept(engine) == KEPT and holds(engine)
    post_anew(engine, "A", "WAITS")
    assert kept(engine) == KEPT and holds(engine)


@pytest.mark.parametrize("gone", [s.claim_payment, s.claim])
def test_an_answer_or_a_bill_that_is_taken_back_leaves_the_sums(engine: Engine, gone) -> None:
    posted(engine)
    with write(engine) as connection:
        connection.execute(gone.delete().where(gone.c.account_key == key_of("B")))
    post_anew(engine, "B")
    assert kept(engine) == [KEPT[0], (1, day(2, 1), 20, 1), KEPT[2]] and holds(engine)


def test_a_second_answer_changes_nothing(engine: Engine) -> None:
    facts = Facts()
    answered(facts, "A", day(1, 15), 20)
    facts.payment("A", "100", "0", day(3, 20), ("denial", "100", "18"), payer_claim_number="AGAIN")
    facts.post(engine)
    assert kept(engine) == [(1, day(2, 1), 20, 1)] and holds(engine)


def test_an_answer_that_the_payer_takes_back_was_one(engine: Engine) -> None:
    facts = Facts()
    answered(facts, "A", day(1, 15), 20)
    facts.payment("A", "-100", "-100", day(3, 20), is_reversal=True)
    facts.post(engine)
    assert kept(engine) == [(1, day(2, 1), 20, 1)] and holds(engine)


def test_a_sum_that_is_wrong_is_found(engine: Engine) -> None:
    posted(engine)
    with write(engine) as connection:
        connection.execute(s.answer_month.update().values(claims=s.answer_month.c.claims + 1))
    assert not holds(engine)


def limit(waits: Sequence[int]) -> int:
    return int(percentiles({days: list(waits).count(days) for days in waits}, accounts._USUAL)[0])


def test_limits_are_those_of_the_claims_of_the_year_to_any_day(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the year begins and ends with a month or within one, and on the very day of an answer."""
    monkeypatch.setattr(accounts, "_MIN_HISTORY", 1)
    facts = Facts()
    for number in range(90):  # an answer every seventh day from January 2025, each later than the one before
        answered(facts, f"A{number}", date(2025, 1, 2) + timedelta(days=7 * number) - timedelta(days=number), number)
    facts.post(engine)
    with engine.connect() as connection:
        answers = connection.execute(select(s.claim.c.first_remit_on, s.claim.c.days_to_remit)).all()
    for as_of in (date(2025, 1, 1), date(2025, 1, 2), date(2025, 12, 31), *(day(6, one) for one in (1, 4, 15, 29, 30))):
        first = as_of - timedelta(days=364)
        waits = [days for on, days in answers if first <= on <= as_of]
        assert accounts.silence_limits(engine, as_of) == ({1: limit(waits)} if waits else {})
