"""Remittances: claim payments gathered by payer and payment run, with provider-level adjustments, always in balance."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from data_access.demo.events import Events, Paid, ProviderLevel
from data_access.demo.practice import PAYERS, PROMPT_PAY_DAYS, PROMPT_PAY_PERCENT, Payer
from data_access.demo.stories import INTEREST_IN_PART, PAPER_REMITTANCES

_ORDER = {payer.identifier: position for position, payer in enumerate(PAYERS)}
#: Payers under prompt-payment law that pay interest on what they paid late, and from how many days on.
_INTEREST_TYPES, _INTEREST_AFTER = ("Commercial",), 45


@dataclass(slots=True)
class Remit:
    """One payment of one payer: an 835 transaction, or a check with a remittance on paper."""

    payer: Payer
    day: int
    number: int
    on_paper: bool = False
    claims: list[Paid] = field(default_factory=list)
    provider_level: list[ProviderLevel] = field(default_factory=list)

    @property
    def amount(self) -> int:
        """BPR02 = sum of claim payments less provider-level adjustments."""
        return sum(paid.paid for paid in self.claims) - sum(entry.amount for entry in self.provider_level)


def trace_number(remit: Remit, part: int) -> str:
    """Trace or check number (TRN02), by which the bank's line is known too."""
    return f"{remit.payer.identifier}{part:03d}{remit.number:06d}"


def remits(events: Events) -> list[Remit]:
    """All remittances of a part, by day and payer; one on paper comes after the payer's 835 of the day.

    A payment cannot be below zero: what is missing is carried forward (PLB FB) to the payer's next one.
    """
    found: dict[tuple[int, int, bool], Remit] = {}
    paper = _on_paper(events)

    def remit(payer: Payer, day: int, on_paper: bool) -> Remit:
        key = day, _ORDER[payer.identifier], on_paper
        if key not in found:
            found[key] = Remit(payer, day, 0, on_paper)
        return found[key]

    for paid in events.paid:
        remit(paid.payer, paid.day, paid.number in paper).claims.append(paid)
    for entry in events.provider_level:
        remit(entry.payer, entry.day, False).provider_level.append(entry)
    ordered = [found[key] for key in sorted(found)]
    _add_interest(ordered, events)
    _carry_forward(each for each in ordered if not each.on_paper)
    for number, each in enumerate(ordered, 1):
        each.number = number
    return ordered


def _on_paper(events: Events) -> set[str]:
    """The payer's numbers of claims whose one payment came on paper: paid in full, and nothing was to be said since."""
    story = PAPER_REMITTANCES
    mine = [paid for paid in events.paid if paid.payer.identifier == story.payer]
    answers = Counter(paid.account.number for paid in mine)
    adjusted = {entry.reference for entry in events.provider_level}
    return {
        paid.number
        for paid in mine
        if story.covers(events.until - paid.day)
        and answers[paid.account.number] == 1
        and paid.number not in adjusted
        and all(line.paid > 0 and not line.share for line in paid.lines)
    }


def _add_interest(ordered: Iterable[Remit], events: Events) -> None:
    """Interest (PLB L6) on the first claim of a remittance that was paid late: 1 % a month, cents.

    The payer of a story pays it in one sum instead, a part of what it owes, and says each claim's in AMT*I.
    """
    clean = _clean(events)
    for remit in ordered:
        if remit.payer.identifier == INTEREST_IN_PART.payer:
            _one_sum(remit, clean)
        elif remit.payer.payer_type in _INTEREST_TYPES:
            _of_first(remit)


def _of_first(remit: Remit) -> None:
    for paid in remit.claims:
        late = remit.day - paid.account.service_day - _INTEREST_AFTER
        interest = paid.paid * late // 3000 if late > 0 else 0
        if interest > 0 and not paid.original_reference and paid.status == "1":
            remit.provider_level.append(ProviderLevel(remit.payer, remit.day, "L6", paid.number, -interest))
            return


def _one_sum(remit: Remit, clean: dict[str, int]) -> None:
    for paid in remit.claims:
        late = paid.day - clean.get(paid.number, paid.day) - PROMPT_PAY_DAYS
        paid.interest = int(interest_owed(paid.paid, late) * INTEREST_IN_PART.strength) if late > 0 else 0
    total = sum(paid.interest for paid in remit.claims)
    if total:  # under a reference that is no claim's
        remit.provider_level.append(ProviderLevel(remit.payer, remit.day, "L6", f"INT{remit.day}", -total))


def interest_owed(paid: int, days_late: int) -> int:
    """Simple interest by the prompt-pay rule on cents paid so many days late: cents, half up."""
    return (2 * paid * PROMPT_PAY_PERCENT * days_late + 36_500) // 73_000


def _clean(events: Events) -> dict[str, int]:
    """Day of sending by the payer's number, of the story's claims that were sent once and paid once, nothing denied."""
    story = INTEREST_IN_PART
    sent = [each for each in (*events.refused, *events.sent) if each.payer.identifier == story.payer]
    mine = [paid for paid in events.paid if paid.payer.identifier == story.payer]
    sendings = Counter(each.account.number for each in sent)
    answers = Counter(paid.account.number for paid in mine)
    sent_on = {each.account.number: each.day for each in sent}
    return {
        paid.number: sent_on[paid.account.number]
        for paid in mine
        if sendings[paid.account.number] == answers[paid.account.number] == 1
        and paid.paid > 0
        and all(line.paid or line.share for line in paid.lines)
    }


def _carry_forward(ordered: Iterable[Remit]) -> None:
    owed: dict[str, ProviderLevel] = {}
    for remit in ordered:
        payer = remit.payer
        carried = owed.pop(payer.identifier, None)
        if carried:  # under the reference with which it was forwarded, so that the two can be told to belong together
            remit.provider_level.append(ProviderLevel(payer, remit.day, "FB", carried.reference, -carried.amount))
        missing = -remit.amount
        if missing > 0:
            owed[payer.identifier] = ProviderLevel(payer, remit.day, "FB", f"FWD{remit.day}", -missing)
            remit.provider_level.append(owed[payer.identifier])
