"""The rule for appeal deadlines holds on every way to one, and finds one that is wrong."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data_access.check import check
from data_access.engine import write
from data_access.schema import account, claim
from data_access.work import activities, people
from tests.conftest import Fill
from tests.posting.facts import Facts, account_of, day
from tests.posting.test_deadlines import DENIED, rule

RULE = "the next appeal is due by the payer's rule for its level"
NOTICE = day(3, 31)


def holds(engine: Engine) -> bool:
    return next(finding.ok for finding in check(engine) if finding.rule == RULE)


def broken(engine: Engine) -> str:
    return next(finding.detail for finding in check(engine) if finding.rule == RULE)


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request: pytest.FixtureRequest, copy_of: Callable[[str, Fill], Engine]) -> Engine:
    """An office of each kind in turn."""
    return copy_of(request.param, fill)


def fill(engine: Engine) -> None:
    """Denials of 31 March on four accounts, each another way to its deadline, and one that was paid since."""
    facts = Facts()
    service = {"service_from": date(2025, 11, 1)}
    for number in ("DENIED", "UPHELD", "SECOND", "PAID"):
        facts.claim(number, "100", submitted_on=date(2025, 11, 2), **service)
        facts.payment(number, "100", "0", NOTICE, DENIED, **service)
    facts.claim("SECOND", "100", payer_id=2, sequence=2, submitted_on=day(4, 2), **service)
    facts.payment("SECOND", "100", "0", day(4, 20), DENIED, sequence=2, remit_payer_id=2, **service)
    facts.entry("PAID", "insurance_payment", "100", day(5, 1))
    facts.claim("CLEAN", "50")
    rule(facts, 1, 120, day(1, 1))
    rule(facts, 2, 90, day(4, 1))
    rule(facts, 3, 60, day(4, 1))
    rule(facts, 1, 180, None, filing=None, level=2)
    facts.post(engine)
    people.add(engine, "Synthetic Rep")


@pytest.fixture
def rep(engine: Engine) -> int:
    """The one who works there."""
    (person_id,) = people.people(engine)
    return person_id


def appeal(engine: Engine, rep: int, level: int, state: str, on: date) -> int:
    with engine.connect() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == "UPHELD"))
    entry = {"kind": "appeal", "claim_id": claim_id, "level": level, "state": state, "next_on": day(12, 1)}
    return activities.record(engine, account_of("UPHELD"), rep, [entry | {"next_step": "Look"}], day=on).ids[0]


def due(engine: Engine) -> dict[str, tuple[int | None, date | None]]:
    row = account.c
    with engine.connect() as connection:
        found = connection.execute(select(row.account_number, row.appeal_level, row.appeal_deadline))
        return {number: (level, last) for number, level, last in found}


def test_it_holds_on_every_way_to_a_deadline(engine: Engine, rep: int) -> None:
    first = (1, NOTICE + timedelta(days=120))
    assert due(engine) == {
        "DENIED": first,
        "UPHELD": first,
        "SECOND": (1, None),  # denied again by a second payer, who has no limit stated
        "PAID": (None, None),
        "CLEAN": (None, None),
    }
    assert holds(engine)
    upheld = appeal(engine, rep, 1, "upheld", day(5, 20))
    assert due(engine)["UPHELD"] == (2, day(5, 20) + timedelta(days=180))
    assert holds(engine)
    partly = appeal(engine, rep, 2, "partly", day(7, 1))
    assert due(engine)["UPHELD"] == (3, None)
    assert holds(engine)
    for entry in (upheld, partly):
        activities.undo(engine, entry, rep)
        assert holds(engine)
    assert due(engine)["UPHELD"] == first


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("DENIED", {"appeal_deadline": NOTICE + timedelta(days=121)}),
        ("DENIED", {"appeal_level": 2}),
        ("DENIED", {"appeal_level": None, "appeal_deadline": None}),
        ("SECOND", {"appeal_deadline": day(4, 20) + timedelta(days=60)}),
        ("PAID", {"appeal_level": 1, "appeal_deadline": NOTICE + timedelta(days=120)}),
        ("CLEAN", {"appeal_deadline": day(6, 1)}),
    ],
)
def test_it_finds_a_deadline_that_is_wrong(engine: Engine, rep: int, number: str, wrong: dict[str, Any]) -> None:
    assert holds(engine)
    with write(engine) as connection:
        connection.execute(account.update().where(account.c.account_number == number).values(wrong))
    assert broken(engine) == "1 accounts break it"


def test_it_finds_a_decision_that_posting_did_not_see(engine: Engine, rep: int) -> None:
    before = due(engine)["UPHELD"]
    appeal(engine, rep, 1, "upheld", day(5, 20))
    assert holds(engine)
    with write(engine) as connection:
        old = {"appeal_level": before[0], "appeal_deadline": before[1]}
        connection.execute(account.update().where(account.c.account_number == "UPHELD").values(old))
    assert not holds(engine)
