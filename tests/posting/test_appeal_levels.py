"""Each level of appeal has its own rule, counted from the decision before it; where none is stated, none is made."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import Engine, insert, select

from data_access.check import check
from data_access.engine import write
from data_access.filters import Filters
from data_access.ingest.loader import load_sources
from data_access.ingest.uploads import sources_of
from data_access.posting import settle
from data_access.queries import rules, scoring, worklist
from data_access.queries.scoring import Desk
from data_access.schema import account, claim, payer_rule, unsettled
from data_access.work import activities, people
from tests.posting.facts import Facts, account_of, day
from tests.posting.test_deadlines import DENIED, rule

NOTICE = day(3, 31)


@pytest.fixture
def rep(engine: Engine) -> int:
    """Somebody who works here; two accounts of a payer with the levels of Medicare, denied on 31 March."""
    facts = Facts()
    for number in ("ONE", "TWO"):
        facts.claim(number, "100", service_from=date(2025, 11, 1), submitted_on=date(2025, 11, 2))
        facts.payment(number, "100", "0", NOTICE, DENIED, service_from=date(2025, 11, 1))
    rule(facts, 1, 120, day(1, 1))
    rule(facts, 2, 180, day(1, 1), filing=None, level=2)
    rule(facts, 3, 60, day(1, 1), filing=None, level=3)
    facts.post(engine)
    return people.add(engine, "Synthetic Rep")


def appeal(engine: Engine, rep: int, level: int, state: str, on: date, number: str = "ONE") -> int:
    with engine.connect() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == number))
    entry = {"kind": "appeal", "claim_id": claim_id, "level": level, "state": state, "next_on": day(12, 1)}
    return activities.record(engine, account_of(number), rep, [entry | {"next_step": "Look"}], day=on).ids[0]


def deadline(engine: Engine, number: str = "ONE") -> tuple[int | None, date | None]:
    row = account.c
    with engine.connect() as connection:
        found = connection.execute(select(row.appeal_level, row.appeal_deadline).where(row.account_number == number))
        return tuple(found.one())


def post_all_again(engine: Engine) -> None:
    with write(engine) as connection:
        connection.execute(insert(unsettled).from_select(["account_key"], select(account.c.account_key)))
    settle(engine)


def in_view(engine: Engine, view: str, today: date) -> list[str]:
    found, _ = worklist.look(engine, Filters(today, today, today), Desk(today), view)
    return list(found.frame["account_number"])


def test_an_appeal_older_than_its_denial_or_its_filing_ends_no_deadline(engine: Engine, rep: int) -> None:
    with pytest.raises(activities.Incomplete, match="was denied on 31 Mar 2026"):
        appeal(engine, rep, 1, "upheld", date(2020, 1, 1))
    appeal(engine, rep, 1, "submitted", day(4, 10))
    with pytest.raises(activities.Incomplete, match="cannot be older"):
        appeal(engine, rep, 1, "upheld", day(4, 9))
    with pytest.raises(activities.Incomplete, match="submitted on 10 Apr 2026 already"):
        appeal(engine, rep, 1, "submitted", day(4, 20))
    assert deadline(engine) == (1, day(7, 29))


@pytest.mark.parametrize("word", ["acknowledged", "information_requested"])
def test_word_on_an_appeal_that_nobody_recorded_as_sent_is_refused_until_it_is(
    engine: Engine, rep: int, word: str
) -> None:
    for level, decided in ((1, day(5, 20)), (2, day(7, 20))):
        last = deadline(engine)[1] or NOTICE
        assert "ONE" in in_view(engine, "deadlines", last - timedelta(days=3))
        with pytest.raises(activities.Incomplete, match=f"level {level} was sent: record it as submitted"):
            appeal(engine, rep, level, word, decided - timedelta(days=9))
        appeal(engine, rep, level, "submitted", decided - timedelta(days=30))
        appeal(engine, rep, level, word, decided - timedelta(days=9))
        state = activities.state_of(engine, account_of("ONE"))
        assert (state.appeal_state, state.appeal_filed_on) == (word, decided - timedelta(days=30))
        assert "ONE" not in in_view(engine, "deadlines", last - timedelta(days=3)), "the last day was met"
        appeal(engine, rep, level, "upheld", decided)
        with pytest.raises(activities.Incomplete, match="record it as submitted"):
            appeal(engine, rep, level, word, decided + timedelta(days=1))


def test_each_level_is_counted_from_the_decision_before_it(engine: Engine, rep: int) -> None:
    assert deadline(engine) == (1, NOTICE + timedelta(days=120)) == (1, day(7, 29))
    appeal(engine, rep, 1, "submitted", day(4, 10))
    assert deadline(engine) == (1, day(7, 29))
    first = appeal(engine, rep, 1, "upheld", day(5, 20))
    assert deadline(engine) == (2, day(5, 20) + timedelta(days=180)) == (2, day(11, 16))
    appeal(engine, rep, 2, "submitted", day(6, 1))
    appeal(engine, rep, 2, "partly", day(8, 3))
    assert deadline(engine) == (3, day(8, 3) + timedelta(days=60)) == (3, day(10, 2))
    assert deadline(engine, "TWO") == (1, day(7, 29)), "another account is left alone"
    post_all_again(engine)
    assert deadline(engine) == (3, day(10, 2)), "posting all anew comes to the same"
    last = appeal(engine, rep, 3, "upheld", day(9, 1))
    assert deadline(engine) == (4, None), "no rule is stated for the fourth level"
    for taken, left in ((last, (3, day(10, 2))), (first, (3, day(10, 2)))):
        activities.undo(engine, taken, rep)
        assert deadline(engine) == left
    assert all(finding.ok for finding in check(engine) if "replay" in finding.rule)


def test_taking_the_decision_back_brings_the_first_deadline_back(engine: Engine, rep: int) -> None:
    decided = appeal(engine, rep, 1, "upheld", day(5, 20))
    activities.undo(engine, decided, rep)
    assert deadline(engine) == (1, day(7, 29))
    with pytest.raises(activities.Incomplete, match="from 1 to 5"):
        appeal(engine, rep, 6, "submitted", day(5, 21))


def test_the_next_level_reminds_like_the_first_until_it_is_filed(engine: Engine, rep: int) -> None:
    appeal(engine, rep, 1, "submitted", day(4, 10))
    assert in_view(engine, "deadlines", day(7, 20)) == ["TWO"]
    appeal(engine, rep, 1, "upheld", day(5, 20))  # level 2 is due on 16 November
    assert in_view(engine, "deadlines", day(11, 1)) == []
    for left in (14, 7, 1, 0):
        today = day(11, 16) - timedelta(days=left)
        assert in_view(engine, "deadlines", today) == ["ONE"]
        assert in_view(engine, "due", today) == ["ONE"]
    row = worklist.one(engine, Filters(*[day(11, 9)] * 3), Desk(day(11, 9)), account_of("ONE"))
    assert row and "7 days left to appeal" in scoring.reasons(row)
    appeal(engine, rep, 2, "submitted", day(11, 9))
    assert in_view(engine, "deadlines", day(11, 9)) == []


def test_the_rule_in_force_on_the_day_of_the_decision_counts(engine: Engine, rep: int) -> None:
    newer = {"payer_id": 1, "appeal_level": 2, "appeal_limit_days": 90, "effective_from": day(5, 1)}
    with write(engine) as connection:
        connection.execute(insert(payer_rule).values(newer | {"load_id": 4, "row_no": 2}))
    appeal(engine, rep, 1, "upheld", day(4, 30))
    assert deadline(engine) == (2, day(4, 30) + timedelta(days=180))
    appeal(engine, rep, 1, "upheld", day(5, 20), "TWO")
    assert deadline(engine, "TWO") == (2, day(5, 20) + timedelta(days=90))
    (first, *_) = rules.limits(engine, day(6, 30))
    in_force = {level: limit.days for level, limit in first.appeals.items()}
    assert (first.filing_limit_days, in_force) == (100, {1: 120, 2: 90, 3: 60})


def test_levels_are_stated_in_a_payers_file(engine: Engine) -> None:
    header = b"payer_id,name,type,filing_limit_days,appeal_limit_days,appeal_level,source,effective_from\n"
    for row, sound in (
        (b"77,Stated Payer,,,90,2,Synthetic manual,2026-05-01\n", True),
        (b"77,Stated Payer,,30,90,,Synthetic manual,2026-05-01\n", True),
        (b"77,Stated Payer,,,90,6,Synthetic manual,2026-05-01\n", False),
        (b"77,Stated Payer,,30,90,3,Synthetic manual,2026-05-01\n", False),
    ):
        with sources_of([("limits.csv", BytesIO(header + row))]) as sources:
            (result,) = load_sources(engine, sources, "test")
        assert (result.status == "loaded") == sound, result.reason
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(payer_rule.c.appeal_level))) == [1, 2]
