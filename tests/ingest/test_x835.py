"""Remittances: each segment in its place, each odd case by a small file written here."""

from datetime import date

import pytest

from data_access.ids import party_id, row_id
from data_access.ingest.parties import account_key
from tests.ingest.x12_text import SALT, D, Read, encode, file_835, group, interchange, remittance, transaction


def _read(*segments: str, amount: str = "0", **options) -> Read:
    return Read(file_835(remittance(*segments, amount=amount, **options)))


def test_every_column_of_a_full_remittance():
    read = _read(
        "LX*1",
        "TS3*1234567893*11*20251231*1*300",
        "CLP*acct-1*1*300*150*40*12*PCN1*11*1",
        "CAS*CO*45*10",
        "NM1*QC*1*DOE*JANE****MI*M1",
        "NM1*IL*1*DOE*JOHN****MI*S1",
        "NM1*TT*2*NEXT PAYER*****PI*999",
        "NM1*82*1*DOC*ANN****XX*1098765432",
        "MOA***MA130*N1",
        "REF*F8*OLD1",
        "REF*EA*MRN",
        "DTM*232*20250101",
        "DTM*233*20250102",
        "DTM*050*20250105",
        "AMT*AU*200",
        "AMT*I*4.93",
        "QTY*CA*2",
        "SVC*HC:99213:25:59*200*150**2*HC:99214*3",
        "DTM*472*20250101",
        "CAS*PR*1*25**2*15*1",
        "CAS*CO*45*10",
        "REF*6R*LINE1",
        "AMT*B6*190",
        "AMT*I*99",
        "LQ*HE*N130",
        "LQ*HE*MA130",
        "SVC*NU:0450*90*0*0450*1",
        "DTM*150*20250103",
        "DTM*151*20250104",
        "CAS*CO*97*90",
        "PLB*1234567893*20251231*WO:PCN9*30*L6*-5",
        amount="125",
    )
    assert read.problems == []
    remit, paid = read.one("remittance"), read.one("claim_payment")
    assert remit == {
        "remittance_id": row_id(1, 4),
        "load_id": 1,
        "transaction_no": 1,
        "segment_no": 4,
        "last_segment": 41,
        "payer_id": party_id(SALT, "payer", "12345"),
        "payer_name": "BIG PAYER",
        "payee_npi": "1234567893",
        "payee_tax_id": "123456789",
        "payee_name": "CLINIC",
        "trace_number": "T1",
        "payment_method": "CHK",
        "paid_on": date(2025, 1, 10),
        "paid_month": date(2025, 1, 1),
        "amount": D("125.00"),
        "claims_paid": D("150.00"),
        "provider_adjustments": D("25.00"),
        "difference": D("0.00"),
        "balanced": True,
        "claims": 1,
    }
    assert paid == {
        "claim_payment_id": row_id(1, 12),
        "remittance_id": row_id(1, 4),
        "load_id": 1,
        "transaction_no": 1,
        "segment_no": 12,
        "last_segment": 39,
        "account_key": account_key(SALT, "ACCT-1"),
        "account_number": "acct-1",
        "status_code": "1",
        "sequence": 1,
        "is_reversal": False,
        "charge": D(300),
        "paid": D(150),
        "stated_patient_responsibility": D(40),
        "interest": D("4.93"),
        "filing_code": "12",
        "payer_claim_number": "PCN1",
        "original_reference": "OLD1",
        "member_id": "S1",
        "crossover_payer": "NEXT PAYER",
        "service_from": date(2025, 1, 1),
        "service_to": date(2025, 1, 2),
        "paid_on": date(2025, 1, 10),
        "paid_month": date(2025, 1, 1),
        "remit_payer_id": remit["payer_id"],
        "payee_npi": "1234567893",
        "payee_tax_id": "123456789",
        "contractual": D(20),
        "patient_share": D(40),
        "denied": D(90),
        "denied_to_patient": D(0),
        "other_payer": D(0),
        "other": D(0),
        "allowed": D(190),
        "outcome": "partly_denied",
        "denial_category": "bundling",
        "denial_carc": "97",
        "denial_group": "CO",
        "preventable": True,
        "lines": 2,
        "lines_denied": 1,
        "difference": D(0),
    }
    first, second = read.rows["payment_line"]
    assert first == {
        "payment_line_id": row_id(1, 27),
        "claim_payment_id": row_id(1, 12),
        "load_id": 1,
        "transaction_no": 1,
        "segment_no": 27,
        "procedure_code": "99213",
        "modifiers": "25 59",
        "submitted_procedure": "99214",
        "revenue_code": None,
        "charge": D(200),
        "paid": D(150),
        "units": D(2),
        "service_from": date(2025, 1, 1),
        "line_control": "LINE1",
        "allowed": D(190),
        "denied": D(0),
        "outcome": "paid",
        "difference": D(0),
    }
    assert (second["procedure_code"], second["revenue_code"]) == (None, "0450")
    assert (second["outcome"], second["denied"], second["allowed"]) == ("denied", D(90), D(0))
    assert second["service_from"] == date(2025, 1, 3)
    adjustments = read.rows["adjustment"]
    assert [(row["adjustment_id"], row["group_code"], row["carc"], row["amount"]) for row in adjustments] == [
        (row_id(1, 13), "CO", "45", D(10)),
        (row_id(1, 29, 0), "PR", "1", D(25)),
        (row_id(1, 29, 1), "PR", "2", D(15)),
        (row_id(1, 30), "CO", "45", D(10)),
        (row_id(1, 39), "CO", "97", D(90)),
    ]
    assert [row["payment_line_id"] for row in adjustments] == [
        None,
        row_id(1, 27),
        row_id(1, 27),
        row_id(1, 27),
        row_id(1, 36),
    ]
    assert [row["remark_codes"] for row in adjustments] == [
        "MA130 N1",
        "N130 MA130 N1",
        "N130 MA130 N1",
        "N130 MA130 N1",
        "MA130 N1",
    ]
    assert [row["adjustment_class"] for row in adjustments] == [
        "contractual",
        "patient_responsibility",
        "patient_responsibility",
        "contractual",
        "denial",
    ]
    assert [
        (row["reason_code"], row["reference"], row["amount"], row["fiscal_period"])
        for row in read.rows["provider_adjustment"]
    ] == [
        ("WO", "PCN9", D(30), date(2025, 12, 31)),
        ("L6", None, D(-5), date(2025, 12, 31)),
    ]
    (payer,) = read.parties["payer"].values()
    assert payer == {
        "payer_id": remit["payer_id"],
        "identifier": "12345",
        "name": "BIG PAYER",
        "payer_type": "Commercial",
        "load_id": 1,
    }


def test_a_remittance_of_provider_adjustments_only():
    read = _read("PLB*1*20251231*FB*-10*CS:X*4*72*-1*WO*2*L6*-3*AP*-2", amount="10")
    assert read.problems == []
    assert len(read.rows["provider_adjustment"]) == 6
    assert read.one("remittance")["claims"] == 0
    assert read.ends[0].balanced is True


def test_a_claim_without_service_lines():
    read = _read("CLP*A*1*100*0*0*MA*P", "CAS*CO*29*100", "DTM*232*20250101")
    paid = read.one("claim_payment")
    assert (paid["lines"], paid["lines_denied"], paid["outcome"], paid["denial_category"]) == (
        0,
        0,
        "denied",
        "timely_filing",
    )
    assert read.one("adjustment")["payment_line_id"] is None


def test_a_zero_payment_that_only_notifies():
    read = _read("CLP*A*4*100*0*0*MA*P", "CAS*OA*31*100", method="NON")
    assert read.problems == []
    assert read.one("remittance")["payment_method"] == "NON"
    assert "NOTIFICATION_WITH_AMOUNT" in _read("CLP*A*1*5*5*0*MA*P", amount="5", method="NON").codes


def test_a_negative_adjustment_raises_the_payment():
    read = _read("CLP*A*2*541*34*0*12*P", "SVC*HC:1*541*34", "CAS*OA*23*516", "CAS*OA*94*-9", amount="34")
    paid = read.one("claim_payment")
    assert (paid["other_payer"], paid["contractual"], paid["sequence"], paid["outcome"]) == (D(516), D(-9), 2, "paid")
    assert read.problems == []


def test_a_reversal_and_its_correction():
    read = _read(
        "CLP*A*22*-100*-70*0*12*P1",
        "SVC*HC:1*-100*-70",
        "CAS*CO*45*-10**97*-20",
        "CLP*A*1*100*90*0*12*P2",
        "REF*F8*P1",
        "SVC*HC:1*100*90",
        "CAS*CO*45*10",
        amount="20",
    )
    reversal, correction = read.rows["claim_payment"]
    assert read.problems == []
    assert (reversal["is_reversal"], reversal["sequence"], reversal["outcome"]) == (True, None, None)
    assert (reversal["denied"], reversal["contractual"], reversal["denial_carc"]) == (D(-20), D(-10), "97")
    assert read.rows["payment_line"][0]["outcome"] is None
    assert (correction["original_reference"], correction["outcome"]) == ("P1", "paid")


@pytest.mark.parametrize(
    ("status", "sequence"), [("1", 1), ("19", 1), ("2", 2), ("20", 2), ("3", 3), ("21", 3), ("4", 1), ("25", 1)]
)
def test_sequence_of_the_payer(status, sequence):
    assert _read(f"CLP*A*{status}*1*1*0*12*P", amount="1").one("claim_payment")["sequence"] == sequence


@pytest.mark.parametrize("number", ["", "0"])
def test_no_account_number(number):
    assert _read(f"CLP*{number}*1*1*1*0*12*P", amount="1").one("claim_payment")["account_key"] is None


def test_an_account_number_is_known_by_its_first_twenty_characters():
    long = _read("CLP*abcdefghijklmnopqrstUVW*1*1*1*0*12*P", amount="1").one("claim_payment")
    short = _read("CLP*ABCDEFGHIJKLMNOPQRST*1*1*1*0*12*P", amount="1").one("claim_payment")
    assert long["account_key"] == short["account_key"]
    assert long["account_number"] == "abcdefghijklmnopqrstUVW"


@pytest.mark.parametrize(
    ("segments", "amount", "findings"),
    [
        (
            ("CLP*A*1*100*70*0*12*P", "SVC*HC:1*100*70", "CAS*CO*45*20"),
            "70",
            {("LINE_UNBALANCED", D(10)), ("CLAIM_UNBALANCED", D(10))},
        ),
        (("CLP*A*1*100*80*0*12*P", "SVC*HC:1*90*80", "CAS*CO*45*20"), "80", {("LINE_UNBALANCED", D(-10))}),
        (("CLP*A*1*100*80*0*12*P", "CAS*CO*45*20"), "79.99", {("TRANSACTION_UNBALANCED", D("-0.01"))}),
        (("CLP*A*1*100*80*0*12*P", "CAS*CO*45*20", "PLB*1*20251231*WO*5"), "80", {("TRANSACTION_UNBALANCED", D(5))}),
    ],
)
def test_what_does_not_balance_is_loaded_and_flagged_with_the_difference(segments, amount, findings):
    read = _read(*segments, amount=amount)
    assert {(problem.code, problem.difference) for problem in read.problems} == findings
    assert read.ends[0].balanced is read.one("remittance")["balanced"] is False
    assert read.ends[0].refused is None


def test_a_debit_is_negative_and_told():
    body = [segment.replace("*C*CHK", "*D*CHK") for segment in remittance("CLP*A*22*-5*-5*0*12*P", amount="5")]
    read = Read(file_835(body))
    assert read.one("remittance")["amount"] == D(-5)
    assert read.codes == {"NEGATIVE_PAYMENT"}


def test_dates_fall_back_and_bad_ones_are_told():
    body = remittance("CLP*A*1*1*1*0*12*P", "DTM*232*20251399", amount="1")
    without = [segment.replace("20250110", "20252110") for segment in body]
    read = Read(file_835(without))
    assert read.one("remittance")["paid_on"] == date(2025, 1, 9)
    assert [problem.code for problem in read.problems] == ["BAD_DATE", "BAD_DATE"]
    bare = [segment.replace("20250110", "") for segment in body if "405" not in segment]
    assert Read(file_835(bare)).one("remittance")["paid_on"] == date(2025, 1, 3)


@pytest.mark.parametrize(
    ("header", "identifier"),
    [
        (["N1*PR*PAYER*XV*XV1", "REF*2U*REF1"], "XV1"),
        (["N1*PR*PAYER", "REF*2U*REF1"], "REF1"),
        (["N1*PR*PAYER"], "1999999999"),
    ],
)
def test_which_payer_identifier_counts(header, identifier):
    body = ["BPR*I*0*C*NON************20250110", "TRN*1*T1*1999999999", *header, "N1*PE*CLINIC*FI*123456789"]
    read = Read(file_835(body))
    assert read.one("remittance")["payer_id"] == party_id(SALT, "payer", identifier)
    assert read.one("remittance")["payee_tax_id"] == "123456789"


def test_an_unknown_reason_is_kept_listed_and_a_denial_of_category_other():
    read = _read(
        "CLP*A*1*100*0*0*12*P",
        "CAS*CO*ZZ9*90**ZZ9*-10",
        "CLP*B*22*-20*0*0*12*P",
        "CAS*CO*ZZ9*-20",
        "CLP*C*1*20*0*0*12*P",
        "CAS*CO*ZZ9*20",
    )
    assert [(row["adjustment_class"], row["category"]) for row in read.rows["adjustment"]] == [
        ("denial", "other"),
        ("other", None),
        ("denial", "other"),
        ("denial", "other"),
    ]
    assert [problem.code for problem in read.problems] == ["UNKNOWN_REASON", "CLAIM_UNBALANCED"]


def test_a_denial_moved_to_the_patient():
    paid = _read("CLP*A*1*100*0*100*12*P", "CAS*PR*96*100").one("claim_payment")
    assert (paid["denied"], paid["denied_to_patient"], paid["patient_share"], paid["outcome"]) == (
        D(100),
        D(100),
        D(0),
        "denied",
    )


def test_the_main_denial_is_the_largest_by_group_and_code():
    paid = _read("CLP*A*1*100*0*0*12*P", "CAS*CO*16*30**97*40", "CAS*OA*16*30").one("claim_payment")
    assert (paid["denial_group"], paid["denial_carc"]) == ("CO", "97")


def test_a_component_separator_other_than_stated():
    assert (
        _read("CLP*A*1*5*5*0*12*P", "SVC*HC>99213>26*5*5", amount="5").one("payment_line")["procedure_code"] == "99213"
    )


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        (["TRN*1*T1*1", "CLP*A*1*1*1"], "BPR is missing"),
        (["TRN*1*T1*1"], "BPR is missing"),
        (["BPR*I**C*CHK"], "BPR02"),
        (["BPR*I*5*C*CHK", "SVC*HC:1*5*5"], "outside a claim"),
        (["BPR*I*5*C*CHK", "CLP*A*1*5*5", "CAS*CO*45*five"], "CAS03"),
        (["BPR*I*5*C*CHK", "PLB*1*20251231*WO*five"], "PLB04"),
    ],
)
def test_what_refuses_a_remittance(segments, reason):
    (end,) = Read(file_835(segments)).ends
    assert reason in end.refused


@pytest.mark.parametrize("trace", ["", "0", "000"])
def test_no_trace_number_no_business_key(trace):
    assert Read(file_835(remittance(trace=trace))).ends[0].business_key is None


def test_004010_is_read_alike():
    body = remittance("CLP*A*1*100*80*0*12*P", "SVC*HC:1*100*80", "CAS*CR*45*20", amount="80")
    read = Read(encode(interchange(group(transaction("835", body), version="004010X091A1"))))
    assert read.ends[0].kind == "835" and read.problems == []
    assert read.one("adjustment")["adjustment_class"] == "contractual"
