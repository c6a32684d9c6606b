"""Open balances kept added up at month ends: right after every posting, proven by check, and what a screen reads."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine, insert, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import write
from data_access.filters import Filters
from data_access.posting import month_ends, settle
from data_access.queries import aging
from tests.posting.facts import Facts, day, key_of

RULE = "the balances kept of month ends are those of the day"
D = Decimal


def holds(engine: Engine) -> bool:
    return next(finding.ok for finding in check(engine) if finding.rule == RULE)


def kept(engine: Engine) -> list[tuple]:
    """Month end, side, policy bucket, balance and open balances of what is kept, with nothing taken out twice."""
    whole = month_ends.folded_sums().subquery().c
    query = select(whole.month_end, whole.side, whole.policy_bucket, whole.balance, whole.accounts)
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(query))


def posted(engine: Engine) -> Facts:
    """Two claims of 10 January sent on the 15th; one paid in February but for 20.00 of the patient's, paid in March."""
    facts = Facts()
    for number in "AB":
        facts.claim(number, "100")
    facts.payment("A", "100", "60", day(2, 20), ("contractual", "20", "45"), ("patient_responsibility", "20", "1"))
    facts.entry("A", "patient_payment", "25", day(3, 10))
    facts.post(engine)
    return facts


def test_month_ends_worked_by_hand(engine: Engine) -> None:
    posted(engine)
    # nothing was posted after 10 March: January and February are over
    assert kept(engine) == [
        (day(1, 31), "insurance", "0-30", D(200), 2),
        (day(2, 28), "insurance", "31-60", D(100), 1),
        (day(2, 28), "patient", "0-30", D(20), 1),
    ]
    assert holds(engine)


def test_a_month_is_kept_once_it_is_over_and_corrected_afterwards(engine: Engine) -> None:
    facts = posted(engine)
    facts.entry("B", "insurance_payment", "30", day(4, 2))
    facts.post(engine)
    march = [row[1:] for row in kept(engine) if row[0] == day(3, 31)]
    assert march == [("credit", "31-60", D(-5), 1), ("insurance", "61-90", D(100), 1)]
    facts.entry("B", "insurance_payment", "40", day(2, 25))  # posted late, for a month that was kept
    facts.post(engine)
    february = [row[1:] for row in kept(engine) if row[0] == day(2, 28)]
    assert february == [("insurance", "31-60", D(60), 1), ("patient", "0-30", D(20), 1)]
    assert holds(engine)


def test_a_month_that_is_no_longer_over_is_kept_no_longer(engine: Engine) -> None:
    facts = posted(engine)
    before = kept(engine)
    facts.entry("B", "insurance_payment", "30", day(4, 2))
    facts.post(engine)
    assert kept(engine) != before
    with write(engine) as connection:
        row = s.billing_entry.c
        connection.execute(s.billing_entry.delete().where(row.posted_on == day(4, 2)))
        connection.execute(insert(s.unsettled).values(account_key=key_of("B")))
    settle(engine)
    assert kept(engine) == before
    assert holds(engine)


def test_posting_again_changes_nothing(engine: Engine) -> None:
    posted(engine)
    before = kept(engine)
    for number in "AB":
        with write(engine) as connection:
            connection.execute(insert(s.unsettled).values(account_key=key_of(number)))
        settle(engine)
        assert kept(engine) == before
        assert holds(engine)


def test_a_day_mistyped_far_ahead_keeps_no_century(engine: Engine) -> None:
    facts = posted(engine)
    facts.entry("B", "insurance_payment", "1", date(2099, 1, 1))
    facts.post(engine)
    with engine.connect() as connection:
        until = month_ends.kept_until(connection)
    assert until is not None
    assert until <= date.today()
    assert holds(engine)


def test_the_check_finds_what_is_not_kept_right(engine: Engine) -> None:
    posted(engine)
    row = s.month_end_balance
    with write(engine) as connection:
        connection.execute(row.update().where(row.c.side == "patient").values(balance=D("20.01")))
    assert not holds(engine)


@pytest.mark.parametrize("anchor", ["policy", "service", "billed"])
def test_what_is_kept_is_what_the_day_says(engine: Engine, anchor: str) -> None:
    posted(engine)
    filters = Filters(day(3, 31), day(1, 1), day(3, 31), anchor=anchor)
    days = [day(1, 31), day(2, 15), day(2, 28), day(3, 31)]
    read = aging.by_age(engine, filters, days)
    positions = aging.positions(engine, filters, days)
    narrow = Filters(day(3, 31), day(1, 1), day(3, 31), anchor=anchor, payer_ids=(2,))
    assert aging.by_age(engine, narrow, days).empty
    with write(engine) as connection:
        connection.execute(s.month_end_balance.delete())
    assert aging.by_age(engine, filters, days).equals(read)
    assert aging.positions(engine, filters, days) == positions
    assert [position.ar for position in positions] == [D(200), D(200), D(120), D(100)]
    assert positions[-1].credit == D("-5.00")
