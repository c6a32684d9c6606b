"""What happens to a claim before anybody reads it: acknowledged, rejected, or lost on the way."""

from collections.abc import Iterable, Iterator
from random import Random

from data_access.demo.events import Account, Acknowledged, Rejection, Sent
from data_access.demo.practice import Payer
from data_access.demo.stories import ACKNOWLEDGMENTS_STOPPED, REJECTION_SPIKE
from data_access.demo.timing import business_day

#: Claims rejected at first sending: clean claim rates of 95 % and of 97 to 98 % at the top leave about so many.
REJECTED = 0.022
#: Rejected claims that nobody corrects, until it is too late to file them.
FORGOTTEN = 0.1
#: Of claims that no payer ever answers, those that were lost before they reached it.
LOST = 0.6
#: Why, and how often; the shares are our assumption. Status codes by their published numbers.
_REASONS = (
    (Rejection("A3", "21", False), 3),
    (Rejection("A7", "562", False), 3),
    (Rejection("A7", "500", False), 2),
    (Rejection("A7", "164", True), 4),
    (Rejection("A3", "33", True), 3),
    (Rejection("A3", "116", True), 2),
    (Rejection("A8", "255", True), 1),
)
_MEMBER_NUMBER = _REASONS[3][0]


def rejection(random: Random, account: Account, day: int, until: int) -> Rejection | None:
    """Whether and why a claim first sent on this day is rejected."""
    chance = random.random()
    here = account.provider.clinic.npi == REJECTION_SPIKE.clinic and REJECTION_SPIKE.covers(until - day)
    if here and chance < REJECTION_SPIKE.strength:
        return _MEMBER_NUMBER
    if chance > 1 - REJECTED:
        return random.choices([reason for reason, _ in _REASONS], [weight for _, weight in _REASONS])[0]
    return None


def clearinghouse_day(sent: Sent) -> int:
    """The day after sending: its computers know no weekends."""
    return sent.day + 1


def payer_day(payer: Payer, day: int) -> int:
    """When a payer acknowledges what was sent to it on a day, as one: one to three days later."""
    return business_day(day + 1 + (sum(map(ord, payer.identifier)) + day) % 3)


def told_day(sent: Sent) -> int:
    """When the office hears of a rejection."""
    by_payer = sent.rejection is not None and sent.rejection.by_payer
    return payer_day(sent.payer, sent.day) if by_payer else clearinghouse_day(sent)


def acknowledgments(sent: Iterable[Sent], until: int) -> Iterator[Acknowledged]:
    """What clearinghouse and payers say of claims, in order of the claims; nothing later than `until`."""
    for each in sent:
        if _stopped(each, until):
            continue
        why = each.rejection
        early = why is not None and not why.by_payer
        day = clearinghouse_day(each)
        if day <= until:
            yield Acknowledged(each, day, False, f"{why.category}:{why.code}" if early and why else "A1:20")
        day = payer_day(each.payer, each.day)
        if not (early or each.lost or day > until):
            yield Acknowledged(each, day, True, f"{why.category}:{why.code}" if why else "A2:20")


def _stopped(sent: Sent, until: int) -> bool:
    story = ACKNOWLEDGMENTS_STOPPED
    return sent.payer.identifier == story.payer and story.covers(until - sent.day)
