"""Remittances on paper, posted by hand, and interest paid in part: as the files say it, and the bank."""

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest

from data_access.demo.by_hand import RECEIVED_AFTER, oddities, postings
from data_access.demo.deposits import Takings, deposits
from data_access.demo.events import Events
from data_access.demo.generate import Part, generate
from data_access.demo.remits import Remit, interest_owed, remits, trace_number
from data_access.demo.stories import INTEREST_IN_PART, PAPER_REMITTANCES
from data_access.demo.write_x12 import part_files
from data_access.demo.x12_text import ccyymmdd

UNTIL = date(2026, 11, 20)
PART = Part(0, 6_000)


@pytest.fixture(scope="module")
def events() -> Events:
    return generate(PART, 1, UNTIL)


@pytest.fixture(scope="module")
def remitted(events: Events) -> list[Remit]:
    return remits(events)


@pytest.fixture(scope="module")
def files(events: Events) -> dict[str, str]:
    return dict(part_files(PART, events, Takings(), last=True))


def segments(files: dict[str, str], kind: str) -> list[list[str]]:
    """The segments of all files of a kind."""
    texts = [text for name, text in files.items() if name.startswith(kind)]
    assert texts
    return [line.rstrip("~").split("*") for text in texts for line in text.splitlines()]


def rows(files: dict[str, str], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name])))


def test_what_came_on_paper_was_posted_and_is_in_no_remittance(files, remitted):
    odd = oddities(remitted, 0)
    paper = {paid.number: paid for remit in remitted if remit.on_paper for paid in remit.claims}
    assert len(paper) >= 8
    in_835 = {line[7] for line in segments(files, "835") if line[0] == "CLP"}
    assert {number for number in paper if number in in_835} == {paid.number for paid in odd.received.claims}
    taken_off: dict[str, Decimal] = defaultdict(Decimal)
    accounts = {paid.account.number for paid in paper.values()}
    for row in rows(files, "transactions.csv"):
        if row["account_number"] in accounts:
            assert row["type"] in ("insurance_payment", "write_off")
            taken_off[row["account_number"]] += Decimal(row["amount"])
    for paid in paper.values():  # all of the charge, or of what was paid where the remittance says the rest
        whole = paid.paid if paid in odd.received.claims else paid.charge
        assert taken_off[paid.account.number] * 100 == whole


def test_every_check_posted_is_at_the_bank_but_one(files, remitted):
    posted: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(files, "transactions.csv"):
        if row["type"] == "insurance_payment":
            assert (row["method"], row["payer_id"]) == ("check", PAPER_REMITTANCES.payer)
            posted[row["check_number"]] += Decimal(row["amount"])
        else:
            assert not row["check_number"]
    bank = {row["trace_number"]: Decimal(row["amount"]) for row in rows(files, "deposits.csv")}
    odd = oddities(remitted, 0)
    unnumbered = trace_number(odd.unnumbered, 0)
    assert bank[unnumbered] == posted.pop("")
    assert unnumbered not in posted
    assert posted.pop(trace_number(odd.lost, 0)) * 100 == odd.lost.amount
    assert trace_number(odd.lost, 0) not in bank
    assert trace_number(odd.received, 0) in posted
    assert len(posted) >= 3
    assert {number: bank[number] for number in posted} == posted


def test_the_remittance_received_after_all_comes_later_than_its_posting(files, remitted):
    late = oddities(remitted, 0).received
    (text,) = [text for name, text in files.items() if name.endswith("-received-later.x12")]
    lines = [line.rstrip("~").split("*") for line in text.splitlines()]
    assert [line[2] for line in lines if line[0] == "TRN"] == [trace_number(late, 0)]
    group = next(line for line in lines if line[0] == "GS")
    assert (
        group[4]
        == ccyymmdd(late.day + RECEIVED_AFTER)
        > max(
            row["posted_on"].replace("-", "")
            for row in rows(files, "transactions.csv")
            if row["check_number"] == trace_number(late, 0)
        )
    )


def test_the_oddities_are_three_checks_of_the_first_part_alone(remitted):
    odd = oddities(remitted, 0)
    paper = sorted((remit.amount for remit in remitted if remit.on_paper), reverse=True)
    assert [odd.lost.amount, odd.received.amount, odd.unnumbered.amount] == paper[:3]
    other = generate(Part(1, 3_000), 1, UNTIL)
    made = remits(other)
    none = oddities(made, 1)
    assert (none.lost, none.received, none.unnumbered) == (None, None, None)
    checks = [remit for remit in made if remit.on_paper]
    posted = [entry for entry in postings(made, 1) if entry.entry_type == "insurance_payment"]
    bank = {line.trace: line.amount for line in deposits(made, other, 1)}
    assert checks
    assert sum(entry.amount for entry in posted) == sum(bank[trace_number(remit, 1)] for remit in checks)


def test_a_practice_may_be_too_small_for_any_of_it():
    few = generate(Part(0, 5), 1, UNTIL)
    made = remits(few)
    assert not list(postings(made, 0))
    assert dict(part_files(Part(0, 5), few, Takings(), last=True))


def test_interest_by_the_rule_worked_by_hand():
    assert interest_owed(21_050, 32) == 221  # 210.50 x 12 % x 32 / 365 = 2.2146
    assert interest_owed(48_976, 11) == 177  # 1.7712
    assert interest_owed(365_00, 1) == 12
    assert interest_owed(100, 1) == 0


def test_half_the_interest_is_paid_in_one_sum_and_said_claim_by_claim(files, remitted):
    mine = [remit for remit in remitted if remit.payer.identifier == INTEREST_IN_PART.payer]
    sums = Counter()
    for remit in mine:
        told = sum(paid.interest for paid in remit.claims)
        entries = [entry for entry in remit.provider_level if entry.reason == "L6"]
        assert [-entry.amount for entry in entries] == ([told] if told else [])
        assert not {entry.reference for entry in entries} & {paid.number for paid in remit.claims}
        sums["told"] += told
        sums["claims"] += sum(1 for paid in remit.claims if paid.interest)
    assert sums["claims"] >= 8
    in_files = [line for line in segments(files, "835") if line[:2] == ["AMT", "I"]]
    assert len(in_files) == sums["claims"]
    assert sum(Decimal(line[2]) for line in in_files) * 100 == sums["told"]
    others = {remit.payer.identifier for remit in remitted if any(paid.interest for paid in remit.claims)}
    assert others == {INTEREST_IN_PART.payer}
