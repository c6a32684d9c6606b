"""Deadlines and appeals on the worklist of the small office: points, reminders, and what meets them."""

from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, select, update

from data_access.posting import settle
from data_access.queries import accounts, scoring, worklist
from data_access.queries.scoring import Desk
from data_access.queries.table import page
from data_access.schema import account, claim, payer_rule
from tests.posting.facts import day
from tests.queries.desk import CONTACT, TODAY, account_of, done, rows
from tests.queries.office import SECOND, filters

pytestmark = pytest.mark.usefixtures("known_accounts")


@pytest.mark.parametrize(
    ("left", "points_of_30", "said"),
    [
        (-1, 0, None),
        (0, 30, "last day to appeal"),
        (1, 30, "1 day left to appeal"),
        (2, 24, "2 days left to appeal"),
        (3, 24, "3 days left to appeal"),
        (4, 18, "4 days left to appeal"),
        (7, 18, "7 days left to appeal"),
        (8, 12, "8 days left to appeal"),
        (14, 12, "14 days left to appeal"),
        (15, 6, "15 days left to appeal"),
        (30, 6, "30 days left to appeal"),
        (31, 0, None),
    ],
)
def test_the_nearer_a_deadline_the_more_points(
    office: Engine, desk: Desk, left: int, points_of_30: int, said: str | None
) -> None:
    with office.begin() as connection:
        limited = update(account).where(account.c.account_id == account_of("G"))
        connection.execute(limited.values(appeal_deadline=TODAY + timedelta(days=left)))
    found = rows(office, desk)["G"]
    assert found["deadline_points"] == points_of_30
    made = [reason for reason in scoring.reasons(found, len(scoring.WEIGHTS)) if "appeal" in reason]
    assert made == ([said] if said else [])


def test_what_is_lost_tomorrow_comes_before_more_money_that_can_wait(office: Engine, desk: Desk) -> None:
    with office.begin() as connection:
        for number, values in (
            # rejected, to be filed anew; 20.00 likely: 0, 12, 30 and 7 untouched
            ("D", {"filing_deadline": TODAY + timedelta(days=1), "rejected_on": day(6, 25)}),
            ("G", {"appeal_deadline": TODAY + timedelta(days=3), "last_remit_on": day(6, 20)}),  # 100.00: 6, 12, 24, 7
            ("B", {"last_remit_on": day(6, 20)}),  # 80.00, silent and answered: 2, 12, 10, 7, 5
        ):
            connection.execute(update(account).where(account.c.account_id == account_of(number)).values(values))
    found = rows(office, desk)
    assert {number: found[number]["score"] for number in "DGB"} == {"D": 49, "G": 54, "B": 36}
    assert list(found)[:3] == ["G", "D", "B"]
    assert scoring.why(found["D"]).startswith("1 day left to file, ")


@pytest.mark.parametrize(
    ("left", "touched_before", "due"),
    [
        (15, None, False),
        (14, None, True),
        (14, 1, True),  # touched the day before the reminder
        (14, 0, False),  # and on its day
        (13, 1, False),
        (10, 3, False),  # reminded four days ago, touched three days ago
        (10, 5, True),
        (7, 3, True),  # the next reminder, whatever was done on the one before
        (1, 1, True),
        (0, 1, True),
        (0, 0, False),
        (-1, None, False),
    ],
)
def test_reminders_come_14_7_1_and_0_days_before_and_stand_until_touched(
    office: Engine, desk: Desk, left: int, touched_before: int | None, due: bool
) -> None:
    with office.begin() as connection:
        row = account.c
        values = {"appeal_deadline": TODAY + timedelta(days=left)}
        connection.execute(update(account).where(row.account_number == "G").values(values))
    if touched_before is not None:
        later = {"next_on": TODAY + timedelta(days=60)}
        done(office, "G", desk, TODAY - timedelta(days=touched_before), **(CONTACT | later))
    assert ("G" in rows(office, desk, "due")) == due


def sent_on(engine: Engine, desk: Desk, number: str) -> date | None:
    found = worklist.one(engine, filters(), desk, account_of(number))
    return found["appeal_sent_on"] if found else None


def appeal_by(engine: Engine, number: str) -> date | None:
    """What the Accounts screen says."""
    found = page(engine, accounts.table(filters())).frame.set_index("account_number")["appeal_deadline"]
    return None if pd.isna(found[number]) else found[number]


def test_a_filed_appeal_meets_its_deadline_until_the_payer_stands_by_its_no(office: Engine, desk: Desk) -> None:
    # C was denied on 15 April: 83 days are those to 7 July; the second level is due ten days from today's decision
    with office.begin() as connection:
        for level, days in ((1, 83), (2, 10)):
            rule = {"payer_id": SECOND, "appeal_level": level, "appeal_limit_days": days, "load_id": 9, "row_no": level}
            connection.execute(insert(payer_rule).values(rule))
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == "C"))
    settle(office)
    appeal = {"kind": "appeal", "claim_id": claim_id, "level": 1, "next_on": day(7, 30), "next_step": "Look"}
    assert list(rows(office, desk, "deadlines")) == ["C"]
    assert appeal_by(office, "C") == day(7, 7)
    done(office, "C", desk, TODAY, **appeal, state="submitted")
    assert list(rows(office, desk, "deadlines")) == []
    assert sent_on(office, desk, "C") == TODAY
    assert appeal_by(office, "C") is None
    done(office, "C", desk, TODAY, **appeal, state="upheld")
    assert appeal_by(office, "C") == TODAY + timedelta(days=10)
    assert sent_on(office, desk, "C") is None
    assert rows(office, desk, "deadlines")["C"]["days_left"] == 10
    done(office, "C", desk, TODAY, **(appeal | {"level": 2}), state="submitted")
    assert list(rows(office, desk, "deadlines")) == []


def test_an_appeal_sent_before_the_denial_that_stands_does_not_answer_it(office: Engine, desk: Desk) -> None:
    with office.begin() as connection:
        claim_id = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == "C"))
    appeal = {"kind": "appeal", "claim_id": claim_id, "level": 1, "next_on": day(7, 30), "next_step": "Look"}
    done(office, "C", desk, day(5, 1), **appeal, state="submitted")
    for notice, due in ((day(4, 15), []), (day(6, 20), ["C"])):
        with office.begin() as connection:
            values = {"appeal_notice_on": notice, "appeal_deadline": TODAY + timedelta(days=5)}
            connection.execute(update(account).where(account.c.account_number == "C").values(values))
        assert list(rows(office, desk, "deadlines")) == due
