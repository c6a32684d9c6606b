"""The stories before and after the claim: coverage, acknowledgments, contracts, the bank. Each is really there."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest

from data_access.demo.adjudication import contract_amount
from data_access.demo.claim_files import claim_files
from data_access.demo.deposits import deposits, largest
from data_access.demo.events import Account, Events, Sent
from data_access.demo.front_end import acknowledgments
from data_access.demo.generate import Part, generate
from data_access.demo.practice import PROMPT_PAY_DAYS
from data_access.demo.remits import remits, trace_number
from data_access.demo.stories import (
    ACKNOWLEDGMENTS_STOPPED,
    CHECK_RETURNED,
    CHECKS_LAPSED,
    DEPOSIT_MISSING,
    DEPOSIT_TRANSPOSED,
    FILE_REFUSED,
    LATE_PAYER,
    REJECTION_SPIKE,
    REMITTANCE_MISSING,
    VISIT_UNDERPAYER,
)

LAST = date(2026, 11, 20).toordinal()


@pytest.fixture(scope="module")
def events() -> Events:
    """One practice, large enough for its stories to show."""
    return generate(Part(0, 9_000), 1, date(2026, 11, 20))


def share(found: Iterable[bool]) -> float:
    answers = list(found)
    assert len(answers) >= 20
    return sum(answers) / len(answers)


def accounts(events: Events) -> list[Account]:
    """Billed accounts whose payers answer inquiries, each once."""
    found = {sent.account.number: sent.account for sent in events.sent if sent.account.number[-1] != "D"}
    return [each for each in found.values() if each.patient.payer and each.patient.payer.benefit != "none"]


def eligibility_denied(events: Events) -> set[str]:
    codes = {"27", "31", "26"}
    return {
        paid.account.number
        for paid in events.paid
        if any(code in codes for line in paid.lines for _, code, _ in line.adjustments)
    }


def test_coverage_checks_lapse(events):
    checked = {check.trace[1:11] for check in events.checks}
    here = [each for each in accounts(events) if each.provider.clinic.npi == CHECKS_LAPSED.clinic]
    elsewhere = [each for each in accounts(events) if each.provider.clinic.npi != CHECKS_LAPSED.clinic]
    lapse = [each for each in here if CHECKS_LAPSED.covers(LAST - each.service_day)]
    before = [each for each in here if LAST - each.service_day > CHECKS_LAPSED.first]
    assert share(each.number not in checked for each in lapse) > 0.6
    assert share(each.number not in checked for each in before) < 0.1
    assert share(each.number not in checked for each in elsewhere) < 0.1
    denied = eligibility_denied(events)
    assert share(each.number not in checked for each in lapse if each.number in denied) > 0.8


def test_most_visits_are_checked_in_the_week_before(events):
    checks = {check.trace: check for check in events.checks}
    days = [
        each.service_day - checks[f"E{each.number}"].day for each in accounts(events) if f"E{each.number}" in checks
    ]
    assert min(days) >= 1
    assert share(day <= 9 for day in days) > 0.7
    assert 0.02 < share(day >= 30 for day in days) < 0.12


def test_eligibility_denials_have_a_check_to_blame_or_none(events):
    denied = eligibility_denied(events)
    assert share(check.answer == "inactive" for check in events.checks if check.trace[1:11] in denied) > 0.05
    assert share(check.answer == "inactive" for check in events.checks if check.trace[1:11] not in denied) < 0.02


def test_visits_yet_to_come_were_checked(events):
    scheduled = [check for check in events.checks if check.service_day > LAST]
    assert scheduled
    assert max(check.service_day for check in scheduled) <= LAST + 14
    assert {"active"} < {check.answer for check in scheduled}


def test_acknowledgments_stopped(events):
    payer = [sent for sent in events.sent if sent.payer.identifier == ACKNOWLEDGMENTS_STOPPED.payer]
    told = {id(each.sent) for each in acknowledgments(events.sent, LAST)}
    during = [sent for sent in payer if ACKNOWLEDGMENTS_STOPPED.covers(LAST - sent.day)]
    before = [sent for sent in payer if LAST - sent.day > ACKNOWLEDGMENTS_STOPPED.first]
    assert during
    assert not [sent for sent in during if id(sent) in told]
    assert share(id(sent) in told for sent in before) > 0.95


def test_rejection_spike(events):
    def rejected(claims: Iterable[Sent]) -> float:
        return share(sent.rejection is not None for sent in claims)

    first = [sent for sent in events.sent if sent.frequency == "1" and sent.sequence == 1]
    here = [sent for sent in first if sent.account.provider.clinic.npi == REJECTION_SPIKE.clinic]
    spike = [sent for sent in here if REJECTION_SPIKE.covers(LAST - sent.day)]
    before = [sent for sent in here if not REJECTION_SPIKE.covers(LAST - sent.day)]
    assert rejected(spike) > 0.12 > 3 * rejected(before)
    codes = Counter(sent.rejection.code for sent in spike if sent.rejection)
    assert codes.most_common(1)[0][0] == "164"
    assert 0.01 < rejected(first) < 0.04


def test_claims_lost_on_the_way_are_never_acknowledged_by_the_payer(events):
    lost = [sent for sent in events.sent if sent.lost]
    assert len(lost) > 20
    assert not [each for each in acknowledgments(lost, LAST) if each.by_payer]
    paid = {(one.account.number, one.payer.identifier) for one in events.paid}
    sent_again = Counter(sent.account.number for sent in events.sent)
    assert not [
        sent
        for sent in lost
        if sent_again[sent.account.number] == 1 and (sent.account.number, sent.payer.identifier) in paid
    ]


def test_a_claim_file_is_refused_and_sent_again(events):
    assert events.refused
    assert {sent.account.provider.clinic.npi for sent in events.refused} == {FILE_REFUSED.clinic}
    files = claim_files(events, 1)
    refused = [file for file in files if file.refused]
    assert len(refused) == 1
    assert FILE_REFUSED.covers(LAST - refused[0].last_day)
    again = Counter((sent.account.number, sent.day) for sent in events.sent)
    for sent in events.refused:
        assert again[sent.account.number, sent.day] == 0
        assert again[sent.account.number, sent.day + 3] == 1  # the Monday after
    assert refused[0].control not in {file.control for file in files if not file.refused}


def test_visits_with_modifier_25_are_underpaid(events):
    def paid_in_full(during: bool) -> float:
        return share(
            line.paid + line.share == contract_amount(line.line, paid.payer)
            for paid in events.paid
            if paid.payer.identifier == VISIT_UNDERPAYER.payer
            and paid.status == "1"
            and VISIT_UNDERPAYER.covers(LAST - paid.day) is during
            for line in paid.lines
            if line.line.modifier == "25" and line.paid + line.share
        )

    assert paid_in_full(during=True) == 0
    assert paid_in_full(during=False) > 0.9


def test_late_payments(events):
    sent_on: dict[str, int] = {}
    for sent in events.sent:
        if sent.sequence == 1 and not sent.rejection:
            sent_on.setdefault(sent.account.number, sent.day)

    def late(during: bool) -> float:
        return share(
            paid.day - sent_on[paid.account.number] > PROMPT_PAY_DAYS
            for paid in events.paid
            if paid.payer.identifier == LATE_PAYER.payer
            and paid.status == "1"
            and not paid.original_reference
            and LATE_PAYER.covers(LAST - sent_on[paid.account.number]) is during
            and sent_on[paid.account.number] < LAST - 70  # the latest have only been answered by now when early
        )

    assert late(during=True) > 0.3 > 3 * late(during=False)


def test_the_banks_oddities(events):
    remitted = remits(events)
    lines = deposits(remitted, events, 0)
    missing = largest(DEPOSIT_MISSING, remitted, LAST)
    assert missing
    assert missing.amount > 10_000
    assert trace_number(missing, 0) not in {line.trace for line in lines}
    stories = Counter(line.story for line in lines if line.story)
    assert stories == {DEPOSIT_TRANSPOSED.name: 1, REMITTANCE_MISSING.name: 1, CHECK_RETURNED.name: 1}
    assert max(line.day for line in lines) <= LAST
