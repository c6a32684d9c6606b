"""Claims whose status the synthetic practice asks for (276), and what payers answer (277)."""

from collections import Counter, defaultdict
from datetime import date

import pytest
from x12sdk.io import X12ModelReader

from data_access.demo.asking import (
    AGAIN_AFTER,
    ASKED_AFTER,
    IN_PROCESS,
    MOST,
    NOT_FOUND,
    PRIOR_ACCOUNT,
    RECORDS,
    SINCE,
    TO_BE_PAID,
)
from data_access.demo.events import Events, Question
from data_access.demo.generate import Part, generate
from data_access.demo.stories import QUESTION_UNKNOWN, QUESTIONS_UNANSWERED, RECORDS_ASKED_FOR
from data_access.demo.x12_status import VERSION, answers, requests
from data_access.demo.x12_text import interchange

UNTIL = date(2026, 11, 20)
LAST = UNTIL.toordinal()


@pytest.fixture(scope="module")
def events() -> Events:
    return generate(Part(0, 6_000), 1, UNTIL)


@pytest.fixture(scope="module")
def asked(events: Events) -> list[Question]:
    """All questions but the one about no claim that was sent."""
    found = [question for question in events.questions if question.sent.account.number != PRIOR_ACCOUNT]
    assert len(found) > 80
    return found


def test_each_claim_is_asked_about_until_something_is_heard_of_it(events, asked):
    heard = defaultdict(list)
    for each in [*events.paid, *events.sent]:
        heard[each.account.number, each.payer.identifier].append(each.day)
    by_claim = defaultdict(list)
    for question in asked:
        by_claim[id(question.sent)].append(question)
    for questions in by_claim.values():
        sent = questions[0].sent
        assert sent.sequence == 1 and sent.frequency != "8" and not sent.rejection and sent.day >= LAST - SINCE
        days = [question.day for question in questions]
        assert days[0] - sent.day in range(ASKED_AFTER, ASKED_AFTER + 7)
        assert {date.fromordinal(day).weekday() for day in days} == {1}
        assert days == list(range(days[0], days[-1] + 1, AGAIN_AFTER))
        assert len(days) <= MOST
        assert [question.answered for question in questions[:-1]] == [0] * (len(days) - 1)
        assert not [day for day in heard[sent.account.number, sent.payer.identifier] if sent.day < day <= days[-1]]


def test_answers_follow_within_days_and_say_what_then_comes(events, asked):
    said = [question for question in asked if question.answered]
    assert len(said) > 0.7 * len(asked)
    assert {question.answered - question.day for question in said} <= {1, 2, 3}
    assert {question.status == NOT_FOUND for question in said if question.sent.lost} == {True}
    first_paid = defaultdict(lambda: LAST + 1)
    for paid in events.paid:
        key = paid.account.number, paid.payer.identifier
        first_paid[key] = min(paid.day, first_paid[key])
    for question in said:
        if question.status == TO_BE_PAID and question.sent.frequency == "1":
            paid_on = first_paid[question.sent.account.number, question.sent.payer.identifier]
            assert question.day < paid_on <= question.answered + 9
    unanswered = [question for question in asked if not question.answered and question.day < LAST - 3]
    assert {question.sent.payer.identifier for question in unanswered} == {QUESTIONS_UNANSWERED.payer}
    assert all(QUESTIONS_UNANSWERED.covers(LAST - question.day) for question in unanswered)
    assert Counter(question.status for question in said).keys() == {NOT_FOUND, TO_BE_PAID, IN_PROCESS, RECORDS}


def test_records_are_wanted_for_the_largest_claim_in_process(events, asked):
    (wanted,) = [question for question in asked if question.status == RECORDS]
    assert RECORDS_ASKED_FOR.covers(LAST - wanted.day)
    paid = {(each.account.number, each.payer.identifier) for each in events.paid}
    open_ones = [
        question.sent.account.charge
        for question in asked
        if question.status in (IN_PROCESS, RECORDS)
        and RECORDS_ASKED_FOR.covers(LAST - question.day)
        and (question.sent.account.number, question.sent.payer.identifier) not in paid
    ]
    assert wanted.sent.account.charge == max(open_ones)


def test_one_question_is_about_no_claim_that_was_sent(events):
    (unknown,) = [question for question in events.questions if question.sent.account.number == PRIOR_ACCOUNT]
    assert QUESTION_UNKNOWN.covers(LAST - unknown.day)
    assert (unknown.sent.payer.identifier, unknown.answered) == (QUESTION_UNKNOWN.payer, 0)
    assert PRIOR_ACCOUNT not in {sent.account.number for sent in events.sent}
    members = {sent.account.patient.member_id for sent in events.sent}
    assert unknown.sent.account.patient.member_id not in members
    other = generate(Part(1, 500), 1, UNTIL)
    assert PRIOR_ACCOUNT not in {question.sent.account.number for question in other.questions}


def test_x12sdk_accepts_questions_and_answers(events):
    said = sorted((each for each in events.questions if each.answered), key=lambda each: (each.answered, each.trace))
    for kind, code, bodies, answer in (
        ("276", "HR", requests(events.questions), False),
        ("277", "HN", answers(said), True),
    ):
        text = interchange(code, VERSION, kind, 1, LAST, bodies, answer)
        with X12ModelReader(text) as reader:
            assert len(list(reader.models())) == len(bodies)
