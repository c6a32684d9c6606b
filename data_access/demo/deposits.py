"""What the bank says: the money of remittances and patients as deposits, days later, and what went wrong with it."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from data_access.demo.by_hand import oddities
from data_access.demo.events import Deposit, Entry, Events
from data_access.demo.practice import PAYER_BY_ID
from data_access.demo.remits import Remit, trace_number
from data_access.demo.stories import (
    CHECK_RETURNED,
    DEPOSIT_MISSING,
    DEPOSIT_TRANSPOSED,
    REMITTANCE_MISSING,
    Story,
)
from data_access.demo.timing import after_business_days, business_day

#: What patients paid, in cents, by posting day and method.
Takings = dict[tuple[int, str], int]
#: Paper checks of one day that go to the bank as one deposit.
_TOGETHER = 0.3
#: How a patient paid, by how the bank names it.
_METHODS = {"cash": "cash", "check": "check", "card": "card", "portal": "portal", "point_of_service": "card"}
_WORDS = {
    "cash": "CASH DEPOSIT",
    "check": "PATIENT CHECKS",
    "card": "CARD SETTLEMENT",
    "portal": "PORTAL SETTLEMENT",
    "point_of_service": "FRONT DESK SETTLEMENT",
}


def deposits(remitted: list[Remit], events: Events, part: int) -> list[Deposit]:
    """The bank's lines about the remittances of one part, by day, up to the last day.

    Only the first part has the planted oddities, a patient's returned check among them.
    """
    random = Random(f"bank {part} {events.until} {len(remitted)}")
    lines = [*_transfers(random, remitted, part), *_checks(random, remitted, part), *_of_paper(remitted, part)]
    lines = [line for line in lines if line.day <= events.until]
    if part == 0:
        _transpose(lines, remitted, events.until)
        lost = _lost_trace(remitted, events.until)
        lines = [line for line in lines if line.trace != lost]
        lines += _unannounced(random, events.until)
        lines += _returned(events.entries, events.until)
    return sorted(lines, key=_order)


def _order(line: Deposit) -> tuple:
    return line.day, line.method, line.trace, line.description, line.amount


def _transfers(random: Random, remitted: list[Remit], part: int) -> Iterator[Deposit]:
    """Electronic transfers: within two business days, under the remittance's trace number."""
    for remit in remitted:
        amount = 0 if remit.payer.by_check else remit.amount
        if amount:
            day = after_business_days(remit.day, random.choice((0, 0, 1, 1, 2)))
            name = remit.payer.name.upper()
            yield Deposit(business_day(day), amount, "eft", trace_number(remit, part), f"{name} HCCLAIMPMT")


def _checks(random: Random, remitted: list[Remit], part: int) -> Iterator[Deposit]:
    """Paper checks: three to six days; two of one day go to the bank together now and then, with neither's number."""
    checks = [remit for remit in remitted if remit.payer.by_check and remit.amount and not remit.on_paper]
    while checks:
        remit, checks = checks[0], checks[1:]
        # in the first part only: of more such deposits on a day nobody could tell which is which
        together = part == 0 and checks and checks[0].day == remit.day and random.random() < _TOGETHER
        day = business_day(remit.day + random.randint(3, 6))
        if together:
            yield Deposit(day, remit.amount + checks[0].amount, "check", "", "LOCKBOX DEPOSIT 2 ITEMS")
            checks = checks[1:]
        else:
            yield Deposit(day, remit.amount, "check", trace_number(remit, part), "LOCKBOX DEPOSIT 1 ITEM")


def _of_paper(remitted: list[Remit], part: int) -> Iterator[Deposit]:
    """Checks whose remittance came on paper: each under its number, but for the one that never came."""
    lost = oddities(remitted, part).lost
    for remit in remitted:
        if remit.on_paper and remit is not lost:
            day = business_day(remit.day + 3 + remit.number % 4)
            yield Deposit(day, remit.amount, "check", trace_number(remit, part), "LOCKBOX DEPOSIT 1 ITEM")


def gather(entries: list[Entry], takings: Takings) -> None:
    """Add a part's patient payments to those of the whole practice, which go to the bank together."""
    for entry in entries:
        if entry.entry_type == "patient_payment":
            key = entry.day, entry.method
            takings[key] = takings.get(key, 0) + entry.amount


def patient_deposits(takings: Takings, until: int) -> list[Deposit]:
    """Patients' payments: one deposit for each posting day and method, on the next business day."""
    lines = (
        Deposit(after_business_days(day, 1), amount, _METHODS[method], "", _WORDS[method])
        for (day, method), amount in sorted(takings.items())
    )
    return sorted((line for line in lines if line.day <= until), key=_order)


# --- what goes wrong ---


def largest(story: Story, remitted: list[Remit], until: int) -> Remit | None:
    """The largest remittance of a story's payer in its time."""
    mine = [each for each in remitted if each.payer.identifier == story.payer and story.covers(until - each.day)]
    found = max(mine, key=lambda remit: remit.amount, default=None)
    return found if found and found.amount else None


def _lost_trace(remitted: list[Remit], until: int) -> str | None:
    lost = largest(DEPOSIT_MISSING, remitted, until)
    return trace_number(lost, 0) if lost else None


def transposed(amount: int) -> int:
    """An amount with the first two neighbouring digits that differ changed round; itself when none do."""
    digits = str(amount)
    for position in range(1, len(digits) - 1):
        first, second = digits[position], digits[position + 1]
        if first != second:
            return int(digits[:position] + second + first + digits[position + 2 :])
    return amount


def _transpose(lines: list[Deposit], remitted: list[Remit], until: int) -> None:
    wrong = largest(DEPOSIT_TRANSPOSED, remitted, until)
    trace = trace_number(wrong, 0) if wrong else None
    for position, line in enumerate(lines):
        if line.trace == trace:
            lines[position] = replace(line, amount=transposed(line.amount), story=DEPOSIT_TRANSPOSED.name)


def _unannounced(random: Random, until: int) -> Iterator[Deposit]:
    payer = PAYER_BY_ID[REMITTANCE_MISSING.payer]
    day = business_day(until - REMITTANCE_MISSING.first + 2)
    trace, words = f"{payer.identifier}000999001", f"{payer.name.upper()} HCCLAIMPMT"
    yield Deposit(day, random.randint(80_000, 240_000), "eft", trace, words, REMITTANCE_MISSING.name)


def _returned(entries: list[Entry], until: int) -> Iterator[Deposit]:
    """The largest of the patients' checks in this time comes back four business days after its deposit."""
    checks = [
        entry
        for entry in entries
        if entry.entry_type == "patient_payment"
        and entry.method == "check"
        and CHECK_RETURNED.covers(until - entry.day)
    ]
    if checks:
        check = max(checks, key=lambda entry: (entry.amount, entry.account.number))
        day = after_business_days(check.day, 5)
        yield Deposit(day, -check.amount, "returned", "", "RETURNED ITEM NSF", CHECK_RETURNED.name)
