"""Limits that count from receipt of a notice, presumed some days after its date, as Medicare's do at every level."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import Engine, select

from data_access.check import check
from data_access.ingest.loader import load_sources
from data_access.ingest.uploads import sources_of
from data_access.queries import rules, worklist
from data_access.queries.rules import AppealLimit
from data_access.queries.scoring import Desk
from data_access.reference import appeal_levels
from data_access.schema import account, claim, payer_rule
from data_access.work import activities, people
from tests.posting.facts import Facts, account_of, day
from tests.posting.test_deadlines import DENIED
from tests.queries.office import filters

NOTICE = day(3, 31)
HEADER = "payer_id,name,type,filing_limit_days,appeal_limit_days,appeal_level,presumed_receipt_days,source\n"
#: Day of each decision against us -> last day for the next level, worked by hand with a calendar.
WORKED = (
    (day(3, 31), day(8, 3)),  # received 5 April; 120 days
    (day(5, 20), day(11, 21)),  # received 25 May; 180 days
    (day(8, 3), day(10, 7)),  # received 8 August; 60 days
    (day(9, 28), day(12, 2)),  # received 3 October; 60 days
    (day(11, 30), date(2027, 2, 3)),  # received 5 December; 60 days
)


@pytest.fixture
def rep(engine: Engine) -> int:
    """Somebody who works here; a denial of 31 March by a payer with Medicare's levels, and one by a payer without."""
    facts = Facts()
    service = {"service_from": date(2025, 11, 1)}
    for payer_id, number in ((1, "MEDICARE"), (2, "OTHER")):
        facts.claim(number, "100", payer_id=payer_id, submitted_on=date(2025, 11, 2), **service)
        facts.payment(number, "100", "0", NOTICE, DENIED, remit_payer_id=payer_id, **service)
    for given in appeal_levels("Medicare").values():
        facts.add(
            "payer_rule",
            payer_id=1,
            appeal_level=given.level,
            appeal_limit_days=given.limit_days,
            presumed_receipt_days=given.presumed_receipt_days,
            source=given.source,
            load_id=1,
            row_no=given.level,
        )
    facts.add("payer_rule", payer_id=2, appeal_limit_days=120, source="Synthetic manual", load_id=2, row_no=2)
    facts.post(engine)
    return people.add(engine, "Synthetic Rep")


def lose(engine: Engine, rep: int, level: int, on: date) -> None:
    with engine.connect() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == "MEDICARE"))
    entry = {"kind": "appeal", "claim_id": claim_id, "level": level, "state": "upheld", "next_on": day(12, 31)}
    activities.record(engine, account_of("MEDICARE"), rep, [entry | {"next_step": "Look"}], day=on)


def said(engine: Engine, number: str) -> dict:
    with engine.connect() as connection:
        return dict(connection.execute(select(account).where(account.c.account_number == number)).mappings().one())


def sound(engine: Engine) -> bool:
    return all(finding.ok for finding in check(engine) if finding.rule.startswith("the next appeal"))


def test_medicares_levels_count_from_receipt(engine: Engine, rep: int) -> None:
    for level, (notice, last) in enumerate(WORKED, 1):
        if level > 1:
            lose(engine, rep, level - 1, notice)
        found = said(engine, "MEDICARE")
        assert (found["appeal_level"], found["appeal_notice_on"], found["appeal_deadline"]) == (level, notice, last)
        assert sound(engine)
    lose(engine, rep, 5, date(2027, 1, 15))
    found = said(engine, "MEDICARE")
    assert (found["appeal_level"], found["appeal_deadline"]) == (6, None), "there is no sixth level"
    assert sound(engine)


def test_days_alone_count_from_the_date_of_the_notice(engine: Engine, rep: int) -> None:
    found = said(engine, "OTHER")
    assert found["appeal_receipt_days"] is None
    assert found["appeal_deadline"] == NOTICE + timedelta(days=120) == day(7, 29)


def test_how_it_was_counted_is_said_in_words(engine: Engine, rep: int) -> None:
    assert rules.counted(said(engine, "OTHER")) == "120 days from the notice of 31 Mar 2026"
    by_law = "120 days from receipt, presumed 5 days after the notice of 31 Mar 2026"
    assert rules.counted(said(engine, "MEDICARE")) == by_law
    today = day(7, 27)
    rows, _ = worklist.look(engine, filters(as_of=today), Desk(today))
    left = dict(zip(rows.frame["account_number"], rows.frame["days_left"], strict=True))
    assert left == {"MEDICARE": 7, "OTHER": 2}
    lose(engine, rep, 1, day(5, 20))
    later = "180 days from receipt, presumed 5 days after the decision of 20 May 2026"
    assert rules.counted(said(engine, "MEDICARE")) == later
    lose(engine, rep, 5, day(6, 20))
    assert rules.counted(said(engine, "MEDICARE")) is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("77,Stated Payer,Medicare,365,120,1,5,Synthetic manual\n", None),
        ("77,Stated Payer,Medicare,365,120,1,,Synthetic manual\n", None),
        ("77,Stated Payer,Medicare,365,,1,5,Synthetic manual\n", "presumed_receipt_days"),
        ("77,Stated Payer,Medicare,365,120,1,five,Synthetic manual\n", "presumed_receipt_days"),
    ],
)
def test_receipt_is_stated_in_a_payers_file(engine: Engine, row: str, reason: str | None) -> None:
    with sources_of([("limits.csv", BytesIO((HEADER + row).encode()))]) as sources:
        (result,) = load_sources(engine, sources, "test")
    if reason:
        assert result.status == "rejected" and reason in (result.reason or "")
        return
    assert result.status == "loaded", result.reason
    stated = 5 if ",5," in row else None
    with engine.connect() as connection:
        assert connection.scalar(select(payer_rule.c.presumed_receipt_days)) == stated
    (limits,) = rules.limits(engine, day(6, 30))
    assert limits.appeals == {1: AppealLimit(120, stated)}


def test_what_regulations_give_to_medicare() -> None:
    """42 CFR 405.942(a), 405.962(a), 405.1002(a), 405.1102(a), 405.1130: each from receipt, presumed after 5 days."""
    given = appeal_levels("Medicare")
    assert {level: one.limit_days for level, one in given.items()} == {1: 120, 2: 180, 3: 60, 4: 60, 5: 60}
    assert {one.presumed_receipt_days for one in given.values()} == {5}
    assert all(one.source.startswith("42 CFR 405.") for one in given.values())
    assert appeal_levels("Commercial") == appeal_levels(None) == {}
