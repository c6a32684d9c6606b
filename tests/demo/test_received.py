"""What the synthetic practice receives: answers to claims and inquiries, contracts, and the bank's lines."""

import csv
import io
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count

import pytest
from x12sdk.io import X12ModelReader

from data_access.demo import csv_contracts, x12_eligibility
from data_access.demo.adjudication import SHORT, SHORT_BY, contract_amount
from data_access.demo.by_hand import oddities
from data_access.demo.claim_files import claim_files
from data_access.demo.deposits import Takings, deposits, gather, largest, patient_deposits, transposed
from data_access.demo.events import Events
from data_access.demo.generate import Part, first_day, generate
from data_access.demo.practice import PAYER_BY_ID, PAYERS, WITHOUT_CONTRACT
from data_access.demo.remits import remits, trace_number
from data_access.demo.stories import (
    ACKNOWLEDGMENTS_STOPPED,
    CHECK_RETURNED,
    DEPOSIT_MISSING,
    DEPOSIT_TRANSPOSED,
    REMITTANCE_MISSING,
    UNDERPAYER,
    VISIT_UNDERPAYER,
)
from data_access.demo.write_x12 import received_files
from data_access.demo.x12_text import interchange, money
from data_access.ingest.reader import Delimiters, read_segments

UNTIL = date(2026, 11, 20)
PART = Part(0, 900)
Segments = list[list[str]]


def segments(text: str) -> Segments:
    """The segments of a file, as the product's own tokenizer reads them."""
    items = read_segments(BytesIO(text.encode("ascii")))
    return [line.split("*") for item in items if not isinstance(item, Delimiters) for line in item]


@pytest.fixture(scope="module")
def events() -> Events:
    return generate(PART, 7, UNTIL)


@pytest.fixture(scope="module")
def received(events: Events) -> dict[str, str]:
    """The files that answer, by name."""
    return dict(received_files(PART, events, claim_files(events, 1), remits(events), count(500)))


@pytest.fixture(scope="module")
def x12(received: dict[str, str]) -> dict[str, Segments]:
    return {name: segments(text) for name, text in received.items() if name.endswith(".x12")}


def of_kind(x12: dict[str, Segments], kind: str) -> list[Segments]:
    found = [lines for name, lines in x12.items() if name.startswith(kind)]
    assert found
    return found


def test_same_seed_and_day_make_the_same_files(received):
    events = generate(PART, 7, UNTIL)
    again = dict(received_files(PART, events, claim_files(events, 1), remits(events), count(500)))
    assert again == received


def test_every_kind_is_there_in_few_files(events, received):
    kinds = Counter(name.partition("-")[0] for name in received)
    assert set(kinds) == {"270", "271", "276", "277", "999", "277CA", "deposits.csv"}
    assert kinds["999"] in (len(claim_files(events, 1)), len(claim_files(events, 1)) - 2)
    assert len(received) <= 85
    sources = {name.rpartition("-")[2] for name in received if name.startswith("277CA")}
    assert sources == {"clearinghouse.x12", "payers.x12"}


def test_counts_and_control_numbers_of_every_envelope_agree(x12):
    seen = set()
    for lines in x12.values():
        control = lines[0][13]
        assert control not in seen
        seen.add(control)
        assert lines[-1] == ["IEA", "1", control]
        starts = [number for number, line in enumerate(lines) if line[0] == "ST"]
        ends = [number for number, line in enumerate(lines) if line[0] == "SE"]
        assert lines[-2] == ["GE", str(len(starts)), lines[1][6]]
        for start, end in zip(starts, ends, strict=True):
            assert lines[end][1:] == [str(end - start + 1), lines[start][2]]
            assert lines[start][3] == lines[1][8]


def test_levels_are_numbered_and_hang_together(x12):
    for lines in x12.values():
        levels: dict[str, str] = {}
        for line in lines:
            if line[0] == "ST":
                levels = {}
            elif line[0] == "HL":
                assert line[1] == str(len(levels) + 1)
                assert line[2] == "" or line[2] in levels
                levels[line[1]] = line[3]


def test_every_claim_file_is_answered_transaction_by_transaction(events, x12):
    answers = {lines[3][2]: lines for lines in of_kind(x12, "999")}
    for file in claim_files(events, 1):
        if file.last_day >= UNTIL.toordinal():
            continue
        lines = answers.pop(str(file.control))
        sent = [line[2] for line in segments(file.text()) if line[0] == "ST"]
        assert [line[2] for line in lines if line[0] == "AK2"] == sent
        verdict = "R" if file.refused else "A"
        assert {line[1] for line in lines if line[0] == "IK5"} == {verdict}
        accepted = 0 if file.refused else len(sent)
        assert lines[-4] == ["AK9", verdict, str(len(sent)), str(len(sent)), str(accepted)]
        for line in lines:
            if line[0] == "IK3":  # the segment complained of stands where it is said to stand
                assert segments(file.text())[1 + int(line[2])][0] == line[1]
    assert not answers


def batches(lines: Segments) -> list[Segments]:
    """The transactions of a file."""
    found: list[Segments] = []
    for line in lines:
        if line[0] == "ST":
            found.append([])
        elif line[0] in ("SE", "GE", "IEA"):
            continue
        elif found:
            found[-1].append(line)
    return found


def test_every_claim_acknowledged_was_sent_in_the_batch_named(events, x12):
    sent = {
        (file.reference(day), each.account.number, money(each.account.charge))
        for file in claim_files(events, 1)
        for day, claims in file.days.items()
        for each in claims
    }
    acknowledged: Counter[tuple[str, str]] = Counter()
    for lines in of_kind(x12, "277CA"):
        for batch in batches(lines):
            source = next(line[1] for line in batch if line[0] == "NM1")
            reference, *accounts = [line[2] for line in batch if line[:2] == ["TRN", "2"]]
            statuses = [line for line in batch if line[0] == "STC"][1:]
            for account, status in zip(accounts, statuses, strict=True):
                assert (reference, account, status[4]) in sent
                acknowledged[source, account] += 1
            accepted = sum(Decimal(line[4]) for line in statuses if line[3] == "WQ")
            rejected = sum(Decimal(line[4]) for line in statuses if line[3] == "U")
            totals = {line[1]: Decimal(line[2]) for line in batch if line[0] == "AMT"}
            assert (totals.get("YU", 0), totals.get("YY", 0)) == (accepted, rejected)
    old = {each.account.number for each in events.sent if each.day < UNTIL.toordinal() - ACKNOWLEDGMENTS_STOPPED.first}
    assert old <= {account for source, account in acknowledged if source == "AY"}


def test_a_rejected_claim_goes_no_further_until_it_is_sent_again(events):
    rejected = [sent for sent in events.sent if sent.rejection]
    assert rejected
    by_account = defaultdict(list)
    for sent in events.sent:
        by_account[sent.account.number].append(sent)
    first_paid: dict[str, int] = {}
    for paid in events.paid:
        first_paid[paid.account.number] = min(paid.day, first_paid.get(paid.account.number, paid.day))
    resent = 0
    for sent in rejected:
        later = [other for other in by_account[sent.account.number] if other.day > sent.day]
        paid_on = first_paid.get(sent.account.number)
        assert paid_on is None or later[0].day < paid_on
        if later:
            resent += 1
            assert (later[0].frequency, later[0].rejection, later[0].account) == ("1", None, sent.account)
    assert resent > len(rejected) / 2


def test_every_answer_names_a_patient_of_the_claims(events, x12):
    known = set()
    for file in claim_files(events, 1):
        member = ""
        for line in segments(file.text()):
            if line[:2] == ["NM1", "IL"]:
                member = line[9]
            elif line[0] == "DMG":
                known.add((member, line[2]))
    patients = {(check.patient.member_id, check.patient.birth_day) for check in events.checks}
    named = set()
    for lines in of_kind(x12, "271") + of_kind(x12, "270"):
        member = ""
        for line in lines:
            if line[:2] == ["NM1", "IL"]:
                member = line[9]
            elif line[0] == "DMG":
                named.add((member, line[2]))
    assert named == patients
    assert len(named - known) < len(named) / 10  # not billed yet, or first coming in the next weeks


def test_what_was_asked_is_answered_under_its_own_number(events, x12):
    asked = {line[2] for lines in of_kind(x12, "270") for line in lines if line[:2] == ["TRN", "1"]}
    answered = {line[2] for lines in of_kind(x12, "271") for line in lines if line[:2] == ["TRN", "2"]}
    assert answered == {check.trace for check in events.checks if check.answer}
    kept = {check.trace for check in events.checks if check.day > UNTIL.toordinal() - 180}
    assert asked == kept
    assert asked - answered == {check.trace for check in events.checks if not check.answer} & kept


def test_coverage_is_told_with_the_patients_shares(x12):
    told = Counter(
        f"{line[1]} {line[6] if len(line) > 6 else ''}".strip()
        for lines in of_kind(x12, "271")
        for line in lines
        if line[0] == "EB"
    )
    assert set(told) == {"1", "6", "B 27", "A", "C 23", "C 29", "R"}
    assert told["1"] > 20 * told["6"]
    rejects = {line[3] for lines in of_kind(x12, "271") for line in lines if line[0] == "AAA"}
    assert rejects <= {"72", "75", "42"}
    for lines in of_kind(x12, "271"):
        for line, following in zip(lines, lines[1:], strict=False):
            if line[:2] == ["EB", "C"] and line[6] == "23":
                assert following[6] == "29"
                assert Decimal(0) <= Decimal(following[7]) <= Decimal(line[7])


def test_x12sdk_accepts_inquiries_and_answers(events):
    # it knows the rejects of providers only (AAA03 41 and so on) at the subscriber's level
    checks = sorted(
        (check for check in events.checks if not check.answer.isdigit()), key=lambda check: (check.day, check.trace)
    )[:60]
    for kind, code, bodies in (
        ("270", "HS", x12_eligibility.inquiries(checks)),
        ("271", "HB", x12_eligibility.answers(checks)),
    ):
        text = interchange(code, x12_eligibility.VERSION, kind, 1, checks[-1].day, bodies)
        with X12ModelReader(text) as reader:
            assert len(list(reader.models())) == len(bodies)


# --- the bank ---


def test_deposits_are_remittances_and_patients_money_but_for_the_oddities(events):
    until = UNTIL.toordinal()
    remitted = remits(events)
    made, lost = deposits(remitted, events, 0), oddities(remitted, 0).lost
    arrived = {line.trace: line for line in made if line.trace}
    missing = largest(DEPOSIT_MISSING, remitted, until)
    wrong = largest(DEPOSIT_TRANSPOSED, remitted, until)
    assert missing
    assert wrong
    together = 0
    for remit in remitted:
        trace = trace_number(remit, 0)
        if trace in arrived and remit is not wrong:
            assert arrived[trace].amount == remit.amount
            assert 0 <= arrived[trace].day - remit.day <= 8
        elif remit is lost:
            assert remit.amount and trace not in arrived
        elif remit.payer.by_check and remit.amount and remit.day < until - 8:
            together += remit.amount
        elif remit not in (missing, wrong) and remit.amount:
            assert remit.day > until - 8
    assert trace_number(missing, 0) not in arrived
    assert arrived[trace_number(wrong, 0)].amount == transposed(wrong.amount) != wrong.amount
    assert (arrived[trace_number(wrong, 0)].amount - wrong.amount) % 9 == 0  # as two digits that changed places differ
    assert sum(line.amount for line in made if line.description.endswith("2 ITEMS")) == together
    unexpected = set(arrived) - {trace_number(remit, 0) for remit in remitted}
    assert {arrived[trace].story for trace in unexpected} == {REMITTANCE_MISSING.name}


def test_two_checks_of_one_day_may_come_as_one_deposit(events):
    some = [paid for paid in events.paid if paid.status == "1" and paid.paid > 0][:80]
    payers = PAYER_BY_ID["SYNWCP1"], PAYER_BY_ID["SYNAUT1"]
    days = [UNTIL.toordinal() - 130 - number // 2 for number in range(80)]  # before its remittances came on paper
    checks = [
        replace(paid, payer=payers[number % 2], day=day)
        for number, (paid, day) in enumerate(zip(some, days, strict=True))
    ]
    few = Events(UNTIL.toordinal(), paid=checks)
    assert not [line for line in deposits(remits(few), few, 1) if not line.trace]
    lines = deposits(remits(few), few, 0)
    two = [line for line in lines if line.description.endswith("2 ITEMS")]
    assert 0 < len(two) < 40
    assert {line.trace for line in two} == {""}
    assert {line.method for line in lines if not line.story} == {"check"}
    assert sum(line.amount for line in lines if not line.story) == sum(paid.paid for paid in checks)


def test_patients_payments_are_deposited_by_day_and_method(events):
    until = UNTIL.toordinal()
    words = {"point_of_service": "FRONT DESK SETTLEMENT", "cash": "CASH DEPOSIT"}
    takings: Takings = {}
    gather(events.entries, takings)
    made = patient_deposits(takings, until)
    for method, description in words.items():
        due: Counter[int] = Counter()
        for entry in events.entries:
            if entry.entry_type == "patient_payment" and entry.method == method:
                due[entry.day] += entry.amount
        got = sorted(line.amount for line in made if line.description == description)
        in_transit = sum(1 for day in due if day >= until - 3)
        assert len(due) - in_transit <= len(got) <= len(due)
        assert not Counter(got) - Counter(due.values())
    returned = [line for line in deposits(remits(events), events, 0) if line.method == "returned"]
    assert [line.story for line in returned] == [CHECK_RETURNED.name]
    assert -returned[0].amount in {entry.amount for entry in events.entries if entry.method == "check"}


def test_patients_money_of_all_parts_is_deposited_together(events):
    other = generate(Part(1, 300), 7, UNTIL)
    takings: Takings = {}
    for one in (events, other):
        gather(one.entries, takings)
    paid = [entry for one in (events, other) for entry in one.entries if entry.entry_type == "patient_payment"]
    made = patient_deposits(takings, UNTIL.toordinal() + 10)
    assert sum(line.amount for line in made) == sum(entry.amount for entry in paid)
    assert len(made) == len({(entry.day, entry.method) for entry in paid})


def test_deposits_file(events, received):
    rows = list(csv.DictReader(io.StringIO(received["deposits.csv"])))
    made = deposits(remits(events), events, 0)
    assert [Decimal(row["amount"]) for row in rows] == [Decimal(line.amount) / 100 for line in made]
    assert len({row["bank_reference"] for row in rows}) == len(rows)
    assert {row["method"] for row in rows} <= {"eft", "check", "returned"}
    assert {len(row["bank_account"]) for row in rows} == {4}
    assert max(row["deposited_on"] for row in rows) <= UNTIL.isoformat()
    assert all((Decimal(row["amount"]) < 0) == (row["method"] == "returned") for row in rows)


def test_only_the_first_part_has_oddities():
    other = generate(Part(1, 300), 7, UNTIL)
    made = deposits(remits(other), other, 1)
    assert made
    assert not [line for line in made if line.story]


# --- contracts ---


def test_contracts_agree_with_what_payers_allow_but_for_the_stories(events):
    """Expected amounts are read from the files alone."""
    terms = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(csv_contracts.contracts(first_day(UNTIL)))):
        terms[row["payer_id"]][row["procedure_code"]] = row
    fees = {
        row["procedure_code"]: Decimal(row["amount"])
        for row in csv.DictReader(io.StringIO(csv_contracts.fee_schedules(first_day(UNTIL))))
    }
    assert set(terms) == {payer.identifier for payer in PAYERS} - set(WITHOUT_CONTRACT)
    short, lines = 0, 0
    for paid in events.paid:
        if paid.status not in ("1", "19") or paid.payer.identifier in WITHOUT_CONTRACT:
            continue
        own = terms[paid.payer.identifier]
        for line in paid.lines:
            allowed = line.paid + line.share
            if not allowed or any(code in ("27", "96", "204") for _, code, _ in line.adjustments):
                continue
            term = own.get(line.line.code) or own[""]
            unit = Decimal(term["amount"] or 0) or fees[line.line.code] * Decimal(term["percent"]) / 100
            expected = unit * line.line.units * 100
            before_end = UNTIL.toordinal() - paid.day
            lines += 1
            if UNDERPAYER.payer == paid.payer.identifier and UNDERPAYER.covers(before_end):
                assert allowed == round(expected * Decimal(str(UNDERPAYER.strength)))
            elif (
                VISIT_UNDERPAYER.payer == paid.payer.identifier
                and line.line.modifier == "25"
                and VISIT_UNDERPAYER.covers(before_end)
            ):
                assert allowed == round(expected / 2)
            elif allowed != expected:
                assert SHORT_BY[0] * 0.999 < allowed / expected < SHORT_BY[1] * 1.001
                short += 1
    assert 0 < short < 2 * SHORT * lines


def test_a_contract_never_promises_more_than_the_charge(events):
    for sent in events.sent[:300]:
        for line in sent.account.lines:
            for payer in PAYERS:
                assert contract_amount(line, payer) == round(line.fee * payer.price) <= line.charge


def test_prices_are_whole_cents_so_that_nobody_need_round():
    for fee in csv_contracts.fees().values():
        for payer in PAYERS:
            assert abs(fee * payer.price - round(fee * payer.price)) < 1e-6
