"""Acknowledgments as they are read: every public sample, and what each segment comes to."""

from datetime import date
from decimal import Decimal

import pytest

from data_access.ingest.x277 import verdict
from tests.acknowledgments import office
from tests.ingest.test_samples import _index, _read
from tests.ingest.x12_text import Read, group, interchange, transaction
from tests.ingest.x12_text import encode as encoded

D = Decimal
_SAMPLES = [row for row in _index() if row["set"] in ("276", "277", "277CA", "999")]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["path"]) for row in _SAMPLES])
def test_samples_are_loaded_with_their_counts_and_statuses(samples, row):
    read = _read(samples / row["path"])
    assert {end.refused for end in read.ends} == {None}
    assert set(read.end.kinds) == {row["set"]}
    assert {end.version for end in read.ends} == {row["version"]}
    assert sum(end.claims for end in read.ends) == int(row["claims"])
    assert sum(end.charge for end in read.ends) == Decimal(row["total_charge"])
    flags = {flag for flag in row["flags"].split() if flag.startswith(("STC_", "IK5=", "AK9="))}
    if row["set"] == "999":
        found = read.rows["file_ack"]
        assert len(found) == int(row["claims"])
        assert {f"IK5={one['transaction_status']}" for one in found} | {
            f"AK9={one['group_status']}" for one in found
        } == flags
        assert {one["accepted"] for one in found} == {"AK9=R" not in flags}
    elif row["set"] == "276":
        assert len(read.rows["status_request"]) == int(row["claims"])
    else:
        found = read.rows["claim_ack"]
        assert {f"STC_{one['category']}" for one in found} == flags
        assert sum(one["level"] == "claim" for one in found) == int(row["claims"])
        assert sum(one["charge"] for one in found if one["level"] == "claim") == Decimal(row["total_charge"])


def test_a_sample_rejected_file_says_where(samples):
    read = _read(samples / "999/imsweb-x12-parser/x12_999_rejected.txt")
    found = read.one("file_ack")
    assert (found["group_control"], found["control_number"], found["answered_on"]) == ("28", "0028", date(2011, 3, 11))
    assert (found["errors"], found["error_segment"], found["error_position"], found["error_code"]) == (1, "NM", 17, "1")


def test_a_sample_status_answer_about_a_line_and_a_provider(samples):
    line = next(
        row for row in _read(samples / "277/linuxforhealth-x12/demo.277").rows["claim_ack"] if row["level"] == "line"
    )
    assert (line["procedure_code"], line["charge"], line["entity"]) == ("99203", D("150.00"), "QC")
    assert (line["account_number"], line["service_from"]) == ("MA345678", date(2005, 5, 1))
    provider = _read(samples / "277/linuxforhealth-x12/provider-level-status.277").rows["claim_ack"][-1]
    assert (provider["level"], provider["category"], provider["account_key"]) == ("provider", "E0", None)


def test_a_claim_acknowledgment(samples):
    read = Read(office.FILES["32_b1_payer.277"])
    paid, rejected = (
        next(row for row in read.rows["claim_ack"] if row["account_number"] == number) for number in ("AK-01", "AK-04")
    )
    assert (paid["answered_by"], paid["source_identifier"], paid["batch_reference"]) == ("payer", "SYN01", "P77")
    assert (paid["payer_claim_number"], paid["action"], paid["charge"]) == ("PAY01", "WQ", D("100.00"))
    assert (paid["stated_on"], paid["service_from"], paid["verdict"]) == (
        date(2026, 3, 5),
        date(2026, 2, 20),
        "accepted",
    )
    assert (rejected["category"], rejected["status"], rejected["entity"]) == ("A7", "562", "85")
    assert rejected["verdict"] == "rejected" and rejected["action"] == "U"
    assert read.lines[paid["segment_no"] - 1].startswith("STC")


def test_further_statuses_are_kept():
    claim = office.Sent("AK-30", "10", "20260220")
    said = office.about(claim, "A7:562:85", "20260303")
    said[2] += "******A7:128:85*A3:21"
    found = Read(office.claim_answer("20260303", 1, "B1", "AY", said)).rows["claim_ack"][-1]
    assert found["also"] == "A7:128:85 A3:21"


@pytest.mark.parametrize(
    ("category", "action", "expected"),
    [
        ("A0", "WQ", "received"),
        ("A2", "WQ", "accepted"),
        ("A5", "WQ", "accepted"),
        *((category, "U", "rejected") for category in ("A3", "A6", "A7", "A8")),
        ("A4", "", "not_found"),
        ("P3", "", "requested"),
        ("F2", "", "finalized"),
        ("E0", "", "other"),
        ("Z9", "U", "rejected"),  # unknown: the action tells
        ("Z9", "", "other"),
    ],
)
def test_what_a_category_comes_to(category: str, action: str, expected: str) -> None:
    assert verdict(category, action) == expected


def answer(*listed: str, result: str, kind: str = "999") -> list[dict]:
    body = ["AK1*HC*77*005010X222A1", *listed, *([f"AK9*{result}"] if result else [])]
    return Read(encoded(interchange(group(transaction(kind, body), version="005010X231A1")))).rows["file_ack"]


def test_each_transaction_of_a_group_is_answered():
    found = answer("AK2*837*0001", "IK5*A", "AK2*837*0002", "IK5*E", "AK2*837*0003", "IK5*R*4", result="P*3*3*2")
    assert [(row["control_number"], row["accepted"]) for row in found] == [
        ("0001", True),
        ("0002", True),
        ("0003", False),
    ]


def test_what_is_accepted_and_not_listed_has_a_row():
    found = answer("AK2*837*0002", "IK5*R*5", result="P*3*3*2")
    assert [(row["control_number"], row["accepted"]) for row in found] == [("0002", False), (None, True)]


def test_a_rejected_group_rejects_its_transactions():
    found = answer("AK2*837*0001", "IK5*A", result="R*1*1*0*3")
    assert [row["accepted"] for row in found] == [False]
    assert [row["accepted"] for row in answer(result="R*1*1*0")] == [False]


def test_a_997_reads_alike():
    found = answer("AK2*837*0001", "AK3*NM1*8**8", "AK4*9**7", "AK5*R*5", result="R*1*1*0", kind="997")
    assert [(row["kind"], row["error_segment"], row["error_code"], row["accepted"]) for row in found] == [
        ("997", "NM1", "7", False)
    ]


def test_a_ta1_stands_outside_any_transaction():
    read = Read(office.FILES["24_b4.ta1"])
    assert read.end.kinds == ("TA1",) and not read.problems
    row = read.one("file_ack")
    assert (row["interchange"], row["accepted"], row["error_code"]) == ("260304|0800|000000104", False, "006")
    assert (row["answered_on"], row["segment_no"]) == (date(2026, 3, 4), 2)


def test_what_does_not_say_what_it_answers_is_refused():
    assert Read(office.ta1("20260304", 1, 2, "20260304", "X", "006")).ends[0].refused.startswith("Segment 2: TA101")
    file = encoded(interchange(group(transaction("999", ["AK9*A*1*1*1"]), version="005010X231A1")))
    (end,) = Read(file).ends
    assert "AK1" in end.refused
    file = encoded(interchange(group(transaction("277", ["STC*A1:20*20260303"]), version="005010X214")))
    assert "STC" in Read(file).ends[0].refused


def test_a_bad_amount_of_a_status_is_left_out_and_told():
    claim = office.Sent("AK-31", "1x0", "20260220")
    read = Read(office.claim_answer("20260303", 1, "B1", "AY", office.about(claim, "A2:20", "20260303")))
    assert read.rows["claim_ack"][-1]["charge"] is None
    assert "BAD_AMOUNT" in read.codes


def test_a_question_is_read():
    body = [
        "BHT*0010*13*Q1*20260320*1200",
        "HL*1**20*1",
        "NM1*PR*2*SYNTHETIC PAYER*****PI*SYN01",
        "HL*2*1*21*1",
        "HL*3*2*19*1",
        "HL*4*3*22*0",
        "NM1*IL*1*SYNTHETIC*PATIENT****MI*M1",
        "TRN*1*QUESTION1",
        "REF*EJ*AK-12",
        "AMT*T3*220",
        "DTP*472*RD8*20260220-20260221",
    ]
    row = Read(encoded(interchange(group(transaction("276", body), version="005010X212")))).one("status_request")
    assert (row["member_id"], row["payer_claim_number"]) == ("M1", None)
    assert (row["account_number"], row["trace"], row["charge"]) == ("AK-12", "QUESTION1", D("220.00"))
    assert (row["asked_on"], row["service_to"], row["payer_identifier"]) == (
        date(2026, 3, 20),
        date(2026, 2, 21),
        "SYN01",
    )


def test_a_question_about_a_dependent_is_under_the_subscribers_number():
    body = [
        "BHT*0010*13*Q1*20260320*1200",
        "HL*1**20*1",
        "NM1*PR*2*SYNTHETIC PAYER*****PI*SYN01",
        "HL*2*1*22*1",
        "NM1*IL*1*SYNTHETIC*PARENT****MI*m7",
        "HL*3*2*23*0",
        "NM1*QC*1*SYNTHETIC*CHILD",
        "TRN*1*QUESTION1",
        "HL*4*1*22*0",
        "NM1*IL*1*SYNTHETIC*OTHER",
        "TRN*1*QUESTION2",
    ]
    read = Read(encoded(interchange(group(transaction("276", body), version="005010X212"))))
    assert [row["member_id"] for row in read.rows["status_request"]] == ["M7", None]
    # the number that both go by, for want of one of our own
    assert None not in [row["account_key"] for row in read.rows["status_request"]]
