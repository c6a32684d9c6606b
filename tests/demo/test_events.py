"""The synthetic practice as events: the same every time, plausible, and with its stories in it."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from data_access.demo import practice
from data_access.demo.events import Events, Paid
from data_access.demo.generate import Part, generate, parts
from data_access.demo.reasons import REASONS
from data_access.demo.remits import remits
from data_access.demo.stories import (
    AUTHORIZATION_SPIKE,
    CHECK_RETURNED,
    DUPLICATE_BILLING,
    ELIGIBILITY_LAPSE,
    MISSED_FILING,
    RECORDS_ASKED_FOR,
    SECOND_APPEAL,
    SLOW_PAYER,
    STORIES,
    UNDERPAYER,
)

UNTIL = date(2026, 11, 20)
LAST = UNTIL.toordinal()
SCREENS = (
    "denials",
    "collections",
    "claims",
    "coverage",
    "underpayments",
    "reconciliation",
    "worklist",
)
#: Stories of whoever it happens to.
OF_ANYBODY = (CHECK_RETURNED, RECORDS_ASKED_FOR, SECOND_APPEAL)


@pytest.fixture(scope="module")
def events() -> Events:
    """One practice, large enough for its stories to show."""
    return generate(Part(0, 9_000), 1, UNTIL)


def test_identifiers_are_synthetic_and_valid():
    npis = {practice.GROUP_NPI, *(clinic.npi for clinic in practice.CLINICS), *(p.npi for p in practice.PROVIDERS)}
    assert len(npis) == 1 + len(practice.CLINICS) + len(practice.PROVIDERS)
    for npi in npis:
        assert npi.startswith("199999")
        digits = [int(digit) for digit in "80840" + npi]
        doubled = [2 * digit if position % 2 else digit for position, digit in enumerate(reversed(digits))]
        assert sum(sum(divmod(digit, 10)) for digit in doubled) % 10 == 0
    assert practice.npi(0) == "1999990009"  # worked by hand: 80840 + 199999000 sums to 61 with 24 for the prefix
    assert len({payer.identifier for payer in practice.PAYERS}) == len(practice.PAYERS)


def test_nothing_happens_after_the_last_day(events):
    made = (events.sent, events.paid, events.provider_level, events.entries, events.refused, events.checks)
    days = [event.day for group in made for event in group]
    days += [day for question in events.questions for day in (question.day, question.answered) if day]
    assert max(days) <= LAST
    assert LAST - min(days) <= 2 * 366


def test_every_claim_payment_balances(events):
    for paid in events.paid:
        for line in paid.lines:
            charge = -line.line.charge if paid.status == "22" else line.line.charge
            assert charge == line.paid + sum(amount for _, _, amount in line.adjustments)


def test_no_remittance_is_below_zero_and_what_is_missing_is_carried_forward(events):
    taken_back = next(
        paid for paid in events.paid if paid.status == "22" and paid.paid < 0 and paid.payer.payer_type != "Commercial"
    )
    next_one = next(paid for paid in events.paid if paid.payer is taken_back.payer and paid.paid > -taken_back.paid)
    few = Events(paid=[replace(taken_back, day=LAST - 7), replace(next_one, day=LAST)])
    assert [remit.amount for remit in remits(few)] == [0, taken_back.paid + next_one.paid]

    made = remits(events)
    assert min(remit.amount for remit in made) >= 0
    carried: Counter[str] = Counter()
    for remit in made:
        for entry in remit.provider_level:
            if entry.reason == "FB":
                carried[remit.payer.identifier] += entry.amount
    # what is carried out of one remittance comes into the payer's next one, if there is a next one
    assert all(amount <= 0 for amount in carried.values())
    references = Counter(entry.reference for remit in made for entry in remit.provider_level if entry.reason == "FB")
    assert set(references.values()) <= {1, 2}
    assert {"WO", "L6"} <= {entry.reason for remit in made for entry in remit.provider_level}


def test_the_ugly_cases_are_there(events):
    assert {sent.frequency for sent in events.sent} == {"1", "7", "8"}
    assert {sent.sequence for sent in events.sent} == {1, 2}
    assert {paid.status for paid in events.paid} == {"1", "2", "19", "22"}
    assert {entry.entry_type for entry in events.entries} >= {
        *("charge", "patient_payment", "patient_refund", "recoupment", "write_off"),
        *("denial_write_off", "bad_debt", "charity", "statement"),
    }
    self_pay = [entry for entry in events.entries if entry.entry_type == "charge" and not entry.account.patient.payer]
    unbilled = [entry for entry in events.entries if entry.entry_type == "charge" and entry.account.patient.payer]
    assert self_pay
    assert unbilled
    assert min(entry.day for entry in unbilled) > LAST - 20


def test_parts_make_up_the_whole():
    assert sum(part.accounts for part in parts(103_000)) == 100_000
    assert [part.number for part in parts(60_000)] == [0, 1, 2]
    first, second = (generate(part, 1, UNTIL) for part in (Part(0, 50), Part(1, 50)))
    numbers = {sent.account.number for sent in first.sent} & {sent.account.number for sent in second.sent}
    assert not numbers


def _denied(paid: Paid, codes: set[str]) -> bool:
    return any(code in codes for line in paid.lines for _, code, _ in line.adjustments)


def _codes(name: str) -> set[str]:
    return {code for reason in REASONS if reason.name == name for _, code, _, _ in reason.codes}


def _rate(claims: list[Paid], codes: set[str]) -> float:
    assert len(claims) >= 20
    return sum(_denied(paid, codes) for paid in claims) / len(claims)


def _first(events: Events) -> list[Paid]:
    return [paid for paid in events.paid if paid.status in ("1", "19") and not paid.original_reference]


def test_authorization_spike(events):
    mine = [
        paid
        for paid in _first(events)
        if paid.payer.identifier == AUTHORIZATION_SPIKE.payer and paid.account.provider.specialty.needs_authorization
    ]
    spike = [paid for paid in mine if AUTHORIZATION_SPIKE.covers(LAST - paid.day)]
    before = [paid for paid in mine if not AUTHORIZATION_SPIKE.covers(LAST - paid.day)]
    assert _rate(spike, _codes("authorization")) > 0.25 > 5 * _rate(before, _codes("authorization"))


def test_eligibility_lapse(events):
    here = [paid for paid in _first(events) if paid.account.provider.clinic.npi == ELIGIBILITY_LAPSE.clinic]
    lapse = [paid for paid in here if ELIGIBILITY_LAPSE.covers(LAST - paid.account.service_day)]
    before = [paid for paid in here if LAST - paid.account.service_day > ELIGIBILITY_LAPSE.first]
    assert _rate(lapse, _codes("eligibility")) > 3 * _rate(before, _codes("eligibility"))


def test_missed_filing_is_written_off(events):
    lost = [
        entry
        for entry in events.entries
        if entry.reason == "timely_filing"
        and entry.account.patient.payer
        and entry.account.patient.payer.identifier == MISSED_FILING.payer
        and entry.account.provider.clinic.npi == MISSED_FILING.clinic
    ]
    assert sum(MISSED_FILING.covers(LAST - entry.account.service_day) for entry in lost) >= 3


def test_slow_payer(events):
    def median_lag(during: bool) -> int:
        sent_on = {}
        for sent in events.sent:
            sent_on.setdefault(sent.account.number, sent.day)
        lags = [
            paid.day - sent_on[paid.account.number]
            for paid in _first(events)
            if paid.payer.identifier == SLOW_PAYER.payer
            and SLOW_PAYER.covers(LAST - sent_on[paid.account.number]) is during
        ]
        return sorted(lags)[len(lags) // 2]

    assert median_lag(during=True) > 1.5 * median_lag(during=False)


def test_underpayment(events):
    def allowed(during: bool) -> float:
        lines = [
            line
            for paid in _first(events)
            if paid.payer.identifier == UNDERPAYER.payer and UNDERPAYER.covers(LAST - paid.day) is during
            for line in paid.lines
            if line.paid + line.share
        ]
        return sum(line.paid + line.share for line in lines) / sum(line.line.fee for line in lines)

    assert allowed(during=True) < 0.92 * allowed(during=False)


def test_duplicate_billing(events):
    twice = [paid for paid in events.paid if _denied(paid, {"18"})]
    assert twice
    assert {paid.account.provider.specialty.department for paid in twice} == {DUPLICATE_BILLING.department}


def test_every_story_says_what_it_is():
    assert len(STORIES) >= 6
    for story in STORIES:
        assert story.tells.endswith(".")
        assert story.screen in SCREENS
        assert story.payer or story.clinic or story.department or story in OF_ANYBODY
    assert len({story.name for story in STORIES}) == len(STORIES)
