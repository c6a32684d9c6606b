"""What was posted by hand, paid late, asked and appealed is what the screens show: exactly that, to the cent."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data_access.demo.appeals import DAYS_LEFT, DUE, MOST
from data_access.demo.asking import PRIOR_ACCOUNT, RECORDS
from data_access.demo.by_hand import oddities
from data_access.demo.deposits import deposits
from data_access.demo.events import Events
from data_access.demo.generate import first_day, generate, parts
from data_access.demo.remits import Remit, interest_owed, remits, trace_number
from data_access.demo.stories import INTEREST_IN_PART, PAPER_REMITTANCES, QUESTION_UNKNOWN, QUESTIONS_UNANSWERED
from data_access.filters import Filters
from data_access.queries import (
    asked,
    bank_days,
    late_payments,
    posted_payments,
    progress,
    reconciliation,
    waiting,
    worklist,
)
from data_access.queries.scoring import Desk
from data_access.queries.table import page
from data_access.reference import statuses
from data_access.schema import account, remittance, remittance_match
from data_access.work.tables import work_state
from tests.demo.planted import CLAIMS, UNTIL, during, name_of


@pytest.fixture(scope="module")
def engine(practice: Engine) -> Engine:
    """The practice."""
    return practice


@pytest.fixture(scope="module")
def events() -> Events:
    """The events behind the practice."""
    (part,) = parts(CLAIMS)
    return generate(part, 1, UNTIL)


@pytest.fixture(scope="module")
def remitted(events: Events) -> list[Remit]:
    return remits(events)


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def test_checks_posted_by_hand_are_matched_but_for_the_oddities(engine, remitted):
    period = during(replace(PAPER_REMITTANCES, last=0))
    odd = oddities(remitted, 0)
    paper = {trace_number(remit, 0): remit for remit in remitted if remit.on_paper}
    rows = page(engine, posted_payments.table(period)).frame
    assert set(rows["payer"]) == {name_of(PAPER_REMITTANCES)}
    told = {
        row["check_number"]: (row["state"], row["how"], cents(row["amount"]), row["entries"])
        for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
    }
    expected = {
        number: ("matched", "trace", remit.amount, len(remit.claims))
        for number, remit in paper.items()
        if remit not in (odd.lost, odd.received, odd.unnumbered)
    }
    expected[trace_number(odd.lost, 0)] = ("open", None, odd.lost.amount, len(odd.lost.claims))
    expected[trace_number(odd.received, 0)] = (
        *("in_remittance", "trace"),
        *(odd.received.amount, len(odd.received.claims)),
    )
    expected[None] = ("matched", "amount", odd.unnumbered.amount, len(odd.unnumbered.claims))
    assert told == expected
    at_bank = sum(remit.amount for remit in paper.values() if remit not in (odd.lost, odd.received))
    by_state = {state: (cents(amount), n) for state, (amount, n) in posted_payments.by_state(engine, period).items()}
    assert by_state == {
        "matched": (at_bank, len(paper) - 2),
        "open": (odd.lost.amount, 1),
        "in_remittance": (odd.received.amount, 1),
    }
    amount, lines = reconciliation.position(engine, period).deposits["posted"]
    assert (cents(amount), lines) == (at_bank, len(paper) - 2)


def test_the_remittance_received_after_all_counts_once(engine, remitted):
    late = oddities(remitted, 0).received
    with engine.connect() as connection:
        state = connection.scalar(
            select(remittance_match.c.state)
            .join(remittance, remittance.c.remittance_id == remittance_match.c.remittance_id)
            .where(remittance.c.trace_number == trace_number(late, 0))
        )
        paid = dict(
            connection.execute(
                select(account.c.account_number, account.c.insurance_payments).where(
                    account.c.account_number.in_([paid.account.number for paid in late.claims])
                )
            ).all()
        )
    assert state == "matched"
    assert {number: cents(amount) for number, amount in paid.items()} == {
        one.account.number: one.paid for one in late.claims
    }


def test_every_day_of_the_bank_closes_with_what_was_posted_by_hand(engine, events, remitted):
    odd = oddities(remitted, 0)
    posted: Counter[date] = Counter()
    paper = {trace_number(remit, 0) for remit in remitted if remit.on_paper and remit is not odd.received}
    for line in deposits(remitted, events, 0):
        if line.trace in paper:
            posted[date.fromordinal(line.day)] += line.amount
    frame = page(engine, bank_days.table(Filters(UNTIL, first_day(UNTIL), UNTIL)), limit=1_000).frame
    assert {row["day"]: cents(row["posted"]) for row in frame.to_dict("records") if row["posted"]} == posted
    sources = frame[["remittances", "posted", "patients", "explained", "returned", "open"]].sum(axis=1)
    assert list(frame["deposits"]) == list(sources)
    assert frame["deposits"].sum() == frame["remittances"].sum() + frame["patients"].sum() + frame["posted"].sum() + (
        frame["open"].sum()
    )


def test_claims_paid_by_hand_are_paid_and_not_silent(engine, remitted):
    today = Filters(UNTIL, UNTIL - timedelta(days=90), UNTIL)
    silent = set(page(engine, waiting.to_work(today, "silent"), limit=1_000).frame["account_number"])
    assert silent
    odd = oddities(remitted, 0)
    paper = {paid.account.number for remit in remitted if remit.on_paper for paid in remit.claims}
    assert not silent & paper
    whole = Filters(UNTIL, first_day(UNTIL), UNTIL)
    rows = page(engine, progress.table(whole, {"step": "paid"}), limit=10_000).frame
    by_hand = set(rows.loc[rows["state"] == "posted_by_hand", "account_number"])
    assert by_hand == paper - {paid.account.number for paid in odd.received.claims}


def test_half_the_interest_was_paid_and_the_rest_can_be_claimed(engine, remitted):
    whole = Filters(UNTIL, first_day(UNTIL), UNTIL)
    told = {paid.account.number: paid for remit in remitted for paid in remit.claims if paid.interest}
    rows = page(engine, late_payments.table(whole), limit=1_000).frame
    mine = rows[rows["account_number"].isin(list(told))]
    assert set(mine["payer"]) == {name_of(INTEREST_IN_PART)}
    found = {
        row["account_number"]: tuple(cents(row[name]) for name in ("interest", "stated", "claimable"))
        for row in mine.to_dict("records")
    }
    late = {row["account_number"]: row["days_late"] for row in mine.to_dict("records")}
    owed = {number: interest_owed(paid.paid, late[number]) for number, paid in told.items()}
    assert found == {
        number: (owed[number], paid.interest, owed[number] - paid.interest) for number, paid in told.items()
    }
    assert all(paid.interest == owed[number] // 2 for number, paid in told.items())
    of_payers = late_payments.summary(engine, whole).by_payer
    payer_id = next(one.payer_id for one in of_payers if one.payer == name_of(INTEREST_IN_PART))
    assert late_payments.loose(engine, replace(whole, payer_ids=(payer_id,))) == 0


def test_status_requests_that_wait_are_those_of_the_payer_that_does_not_answer(engine, events):
    today = Filters(UNTIL, UNTIL - timedelta(days=90), UNTIL)
    last = {}
    for each in sorted([*events.sent, *events.paid], key=lambda one: one.day):
        last[each.account.number, each.payer.identifier] = each
    unanswered = [one for one in events.questions if not one.answered and one.sent in last.values()]
    expected = {
        number: (UNTIL.toordinal() - min(one.day for one in mine), len(mine))
        for number in {one.sent.account.number for one in unanswered}
        if (mine := [one for one in unanswered if one.sent.account.number == number])
    }
    assert len(expected) >= 4
    found = page(engine, asked.table(today))
    assert set(found.frame["payer"]) == {name_of(QUESTIONS_UNANSWERED)}
    rows = found.frame.to_dict("records")
    assert {row["account_number"]: (row["waiting"], row["times_asked"]) for row in rows} == expected
    charge = sum({one.sent.account.number: one.sent.account.charge for one in unanswered}.values())
    assert (found.total_rows, cents(found.totals["charge"])) == (len(expected), charge)
    assert waiting.waiting(engine, today, {}).lists["asked"] == (len(expected), found.totals["charge"])
    assert asked.questions(engine, today) == asked.Questions(len(events.questions), 1)
    (unknown,) = page(engine, asked.unknown(today)).frame.to_dict("records")
    assert (unknown["account_number"], unknown["payer"]) == (PRIOR_ACCOUNT, name_of(QUESTION_UNKNOWN))


def test_the_answer_that_asks_for_records_stands_at_its_claim(engine, events):
    (wanted,) = [one for one in events.questions if one.status == RECORDS]
    frame = page(engine, progress.table(Filters(UNTIL, first_day(UNTIL), UNTIL)), limit=10_000).frame
    rows = frame[frame["reason"] == "R4:317:"].to_dict("records")
    assert [(row["account_number"], cents(row["charge"]), row["state"]) for row in rows] == [
        (wanted.sent.account.number, wanted.sent.account.charge, "accepted_payer")
    ]
    assert statuses.short(rows[0]["reason"]) == "Medical records"


def test_appeals_at_the_second_level_stand_on_the_worklist_when_they_are_due(engine):
    row, state = account.c, work_state.c
    query = select(
        row.account_number, row.appeal_level, row.appeal_deadline, state.appeal_level, state.appeal_state
    ).join(work_state, state.account_id == row.account_id)
    with engine.connect() as connection:
        found = connection.execute(query).all()
    assert DUE < len(found) <= MOST
    assert {one[1] for one in found} == {2}
    due = {number for number, _, deadline, *appeal in found if appeal == [1, "upheld"]}
    assert 1 <= len(due) <= DUE
    assert {deadline for number, _, deadline, *_ in found if number in due} == {UNTIL + timedelta(days=DAYS_LEFT)}
    assert {(level, name) for number, _, _, level, name in found if number not in due} == {(2, "submitted")}
    period = Filters(UNTIL, UNTIL - timedelta(days=90), UNTIL)
    listed, _ = worklist.look(engine, period, Desk(UNTIL), "deadlines", limit=200)
    left = dict(zip(listed.frame["account_number"], listed.frame["days_left"], strict=True))
    assert {number: left[number] for number in due} == dict.fromkeys(due, DAYS_LEFT)
    assert not {one[0] for one in found} - due & left.keys()
