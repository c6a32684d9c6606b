"""Claims whose status the office asks for (276) when no answer comes, and what payers say (277)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from data_access.demo.checking import UNASKED
from data_access.demo.events import Events, Paid, Question, Sent
from data_access.demo.practice import PAYER_BY_ID
from data_access.demo.stories import QUESTION_UNKNOWN, QUESTIONS_UNANSWERED, RECORDS_ASKED_FOR
from data_access.demo.timing import business_day, next_weekday

#: The office asks on Tuesdays, about claims sent in so many days before the last: so many days after sending, after so
#: many more again, and how often.
SINCE, ASKED_AFTER, AGAIN_AFTER, MOST = 180, 35, 21, 3
_TUESDAY = 1
#: Category and code of the answers: not found; adjudicated, payment to come; in process; medical records wanted.
NOT_FOUND, TO_BE_PAID, IN_PROCESS, RECORDS = "A4:35", "F0:3", "P1:20", "R4:317"
#: Days before the payment from which on a payer knows of it.
_KNOWN_BEFORE = 9
_NEVER = 10**6
#: Days on which something happened, by account number and payer.
Days = dict[tuple[str, str], list[int]]
#: Account number in the system before, of which no claim is loaded.
PRIOR_ACCOUNT = "PRIOR0417"


def questions(random: Random, events: Events, first_part: bool) -> list[Question]:
    """What was asked up to the last day, each claim until it was answered, paid or sent again.

    Args:
        first_part: with what was planted for the screens to find once.
    """
    paid, sendings = _days(events.paid), _days(events.sent)
    found: list[Question] = []
    for sent in events.sent:
        if _asked_about(sent, events.until):
            paid_on, resent_on = (_next(days[_key(sent)], sent.day) for days in (paid, sendings))
            found += _about(random, sent, paid_on, resent_on, events.until)
    if first_part:
        _ask_for_records(found, paid, sendings, events.until)
        found += _unknown(events)
    return sorted(found, key=lambda question: (question.day, question.trace))


def _days(happened: Sequence[Paid] | Sequence[Sent]) -> Days:
    days: Days = defaultdict(list)
    for each in happened:
        days[_key(each)].append(each.day)
    return days


def _key(each: Paid | Sent) -> tuple[str, str]:
    return each.account.number, each.payer.identifier


def _next(days: list[int], after: int) -> int:
    return min((day for day in days if day > after), default=_NEVER)


def _asked_about(sent: Sent, until: int) -> bool:
    original = sent.sequence == 1 and sent.frequency != "8" and sent.rejection is None
    return original and sent.payer.benefit != UNASKED and sent.day >= until - SINCE


def _about(random: Random, sent: Sent, paid_on: int, resent_on: int, until: int) -> Iterator[Question]:
    """The questions about one claim."""
    day = next_weekday(sent.day + ASKED_AFTER, _TUESDAY)
    for _ in range(MOST):
        if day >= min(paid_on, resent_on) or day > until:
            return
        question = Question(sent, day, f"Q{sent.account.number}{day}")
        silent = sent.payer.identifier == QUESTIONS_UNANSWERED.payer and QUESTIONS_UNANSWERED.covers(until - day)
        answered = business_day(day + random.randint(1, 3))
        if not silent and answered <= until:
            yield replace(question, answered=answered, status=_status(sent, answered, paid_on))
            return
        yield question
        day += AGAIN_AFTER


def _status(sent: Sent, day: int, paid_on: int) -> str:
    if sent.lost:
        return NOT_FOUND
    return TO_BE_PAID if paid_on - day <= _KNOWN_BEFORE else IN_PROCESS


def _ask_for_records(found: list[Question], paid: Days, sendings: Days, until: int) -> None:
    """The largest of the claims still in process waits for records."""
    waiting = [
        (question.sent.account.charge, place)
        for place, question in enumerate(found)
        if question.status == IN_PROCESS
        and RECORDS_ASKED_FOR.covers(until - question.day)
        and all(_next(days[_key(question.sent)], question.sent.day) == _NEVER for days in (paid, sendings))
    ]
    if waiting:
        place = max(waiting)[1]
        found[place] = replace(found[place], status=RECORDS)


def _unknown(events: Events) -> Iterator[Question]:
    """A question about a claim that the system before had sent."""
    story = QUESTION_UNKNOWN
    like = next((sent for sent in events.sent if sent.payer.identifier == story.payer), None)
    if like is not None:
        patient = replace(like.account.patient, first_name="NPRIOR", member_id="SYNPRIOR")
        account = replace(like.account, number=PRIOR_ACCOUNT, patient=patient, service_day=events.until - 800)
        sent = Sent(account, events.until - 790, PAYER_BY_ID[story.payer], 1, "1")
        day = next_weekday(events.until - story.first, _TUESDAY)
        yield Question(sent, day, f"Q{PRIOR_ACCOUNT}{day}")
