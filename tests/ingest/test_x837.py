"""Claims: the loops of the hierarchy, the three forms, and what must not overwrite a claim's own."""

import re
from datetime import date

import pytest

from data_access.ids import party_id, row_id
from data_access.ingest.parties import account_id, account_key
from tests.ingest.x12_text import SALT, D, Read, encode, file_837, group, interchange, transaction

HEADER = [
    "BHT*0019*00*BATCH7*20250105*1015*CH",
    "NM1*41*2*BILLER*****46*SUB1",
    "PER*IC*ANN*TE*5551234567",
    "NM1*40*2*PAYER*****46*12345",
]
BILLING = [
    "HL*1**20*1",
    "PRV*BI*PXC*207Q00000X",
    "NM1*85*2*CLINIC*****XX*1234567893",
    "N3*1 STREET",
    "N4*TOWN*NY*10001",
    "REF*EI*123456789",
    "NM1*87*2*PAY TO",
    "REF*EI*999999999",
]
SUBSCRIBER = [
    "HL*2*1*22*0",
    "SBR*P*18*GROUP******CI",
    "NM1*IL*1*DOE*JANE****MI*M1",
    "DMG*D8*19800102*F",
    "NM1*PR*2*BIG PAYER*****PI*12345",
    "REF*2U*77",
]
CLAIM = ["CLM*ACC1*150***11:B:1*Y*A*Y*Y", "HI*ABK:J20*ABF:R05"]
LINES = [
    "LX*1",
    "SV1*HC:99213:25*100*UN*1***1",
    "DTP*472*D8*20250102",
    "REF*6R*L1",
    "LX*2",
    "SV1*HC:85025*50*UN*2***1",
    "DTP*472*D8*20250103",
]


def _read(*segments: str, version: str = "005010X222A1") -> Read:
    return Read(file_837([*HEADER, *segments], version))


def test_every_column_of_a_professional_claim():
    read = _read(
        *BILLING,
        *SUBSCRIBER,
        *CLAIM,
        "DTP*431*D8*20241224",
        "AMT*F5*20",
        "REF*G1*AUTH9",
        "REF*F8*OLD7",
        "NM1*82*1*DOC*ANN****XX*1098765432",
        "PRV*PE*PXC*207R00000X",
        "NM1*77*2*SITE*****XX*1112223334",
        "SBR*S*18*******MB",
        "CAS*PR*1*10",
        "AMT*D*40",
        "DMG*D8*19700101*M",
        "OI***Y***Y",
        "NM1*IL*1*OTHER*SUB****MI*X9",
        "REF*F8*OTHERCLAIM",
        "REF*G1*OTHERAUTH",
        "NM1*PR*2*OTHER PAYER*****PI*999",
        "NM1*82*1*OTHER*DOC****XX*1999999999",
        "NM1*77*2*OTHER SITE",
        "DTP*573*D8*20250104",
        *LINES,
        "NM1*82*1*LINE*DOC****XX*1888888888",
        "PRV*PE*PXC*208000000X",
        "SVD*999*40*HC:85025**2",
        "CAS*CO*45*10",
        "DTP*573*D8*20250104",
    )
    assert read.problems == []
    claim = read.one("claim")
    assert claim == {
        "claim_id": row_id(1, 22),
        "load_id": 1,
        "transaction_no": 1,
        "segment_no": 22,
        "last_segment": 54,
        "account_key": account_key(SALT, "acc1"),
        "account_id": account_id(SALT, "1234567893", "ACC1"),
        "account_number": "ACC1",
        "billing_id": party_id(SALT, "facility", "1234567893"),
        "facility_id": party_id(SALT, "facility", "1112223334"),
        "department": None,
        "provider_id": party_id(SALT, "provider", "1098765432"),
        "payer_id": party_id(SALT, "payer", "12345"),
        "patient_id": party_id(SALT, "patient", "M1", "1980-01-02"),
        "form": "P",
        "sequence": 1,
        "frequency_code": "1",
        "original_reference": "OLD7",
        "filing_code": "CI",
        "member_id": "M1",
        "prior_authorization": "AUTH9",
        "place_of_service": "11",
        "diagnosis": "J20",
        "service_from": date(2025, 1, 2),
        "service_to": date(2025, 1, 3),
        "submitted_on": date(2025, 1, 5),
        "charge": D("150.00"),
        "patient_paid": D("20.00"),
        "lines": 2,
        "line_control_digest": claim["line_control_digest"],
    }
    first, second = read.rows["service_line"]
    assert first == {
        "service_line_id": row_id(1, 43),
        "claim_id": claim["claim_id"],
        "load_id": 1,
        "transaction_no": 1,
        "segment_no": 43,
        "line_no": 1,
        "procedure_code": "99213",
        "modifiers": "25",
        "revenue_code": None,
        "units": D(1),
        "charge": D(100),
        "service_from": date(2025, 1, 2),
        "service_to": date(2025, 1, 2),
        "line_control": "L1",
    }
    assert (second["line_no"], second["units"], second["service_from"]) == (2, D(2), date(2025, 1, 3))
    assert read.parties["facility"][claim["billing_id"]] == {
        "facility_id": claim["billing_id"],
        "npi": "1234567893",
        "tax_id": "123456789",
        "name": "CLINIC",
        "load_id": 1,
    }
    assert read.parties["provider"][claim["provider_id"]]["taxonomy"] == "207R00000X"
    assert read.parties["provider"][claim["provider_id"]]["name"] == "DOC, ANN"
    assert read.parties["payer"][claim["payer_id"]]["payer_type"] == "Commercial"
    patient = read.parties["patient"][claim["patient_id"]]
    assert (patient["last_name"], patient["birth_date"], patient["sex"], patient["member_id"]) == (
        "DOE",
        date(1980, 1, 2),
        "F",
        "M1",
    )
    (end,) = read.ends
    assert (end.kind, end.claims, end.charge, end.balanced) == ("837P", 1, D(150), None)
    assert end.business_key == "837|SUB1|BATCH7|20250105|1015"


def test_a_dependent_is_the_patient_and_the_next_subscriber_starts_afresh():
    read = _read(
        *BILLING,
        "HL*2*1*22*1",
        "SBR*P********MC",
        "NM1*IL*1*DOE*JOHN****MI*M9",
        "DMG*D8*19700101*M",
        "NM1*PR*2*STATE*****PI*MCAID",
        "HL*3*2*23*0",
        "PAT*19",
        "NM1*QC*1*DOE*KIM",
        "DMG*D8*20150505*F",
        *CLAIM,
        *LINES,
        "HL*4*1*22*0",
        "SBR*S*18*******MB",
        "NM1*IL*1*ROE*RAY****MI*M2",
        "NM1*PR*2*MEDICARE*****PI*MCARE",
        "CLM*ACC2*50***11:B:7",
        "LX*1",
        "SV1*HC:99212*50*UN*1",
    )
    child, adult = read.rows["claim"]
    assert child["patient_id"] == party_id(SALT, "patient", "DOE|KIM", "2015-05-05")
    assert (child["member_id"], child["filing_code"], child["sequence"]) == ("M9", "MC", 1)
    assert adult["patient_id"] == party_id(SALT, "patient", "M2", "")
    assert (adult["member_id"], adult["filing_code"], adult["sequence"], adult["frequency_code"]) == (
        "M2",
        "MB",
        2,
        "7",
    )
    assert child["billing_id"] == adult["billing_id"]
    assert child["payer_id"] != adult["payer_id"]
    # no date on line or claim: the day it was sent
    assert adult["service_from"] == adult["service_to"] == date(2025, 1, 5)
    assert read.rows["service_line"][2]["service_from"] == date(2025, 1, 5)


def test_two_billing_providers():
    second = [segment.replace("1234567893", "1222222222").replace("HL*1", "HL*3") for segment in BILLING]
    read = _read(*BILLING, *SUBSCRIBER, *CLAIM, *LINES, *second, *SUBSCRIBER, *CLAIM, *LINES)
    first, other = read.rows["claim"]
    assert first["account_key"] == other["account_key"]
    assert first["account_id"] != other["account_id"]
    assert first["line_control_digest"] == other["line_control_digest"]


def test_an_institutional_claim():
    read = _read(
        *BILLING,
        *SUBSCRIBER,
        "CLM*ACC3*300.5***13:A:1**A*Y*Y",
        "DTP*434*RD8*20250101-20250104",
        "DTP*435*DT*202501010800",
        "HI*BK:4019",
        "HI*BF:25000",
        "NM1*71*1*HEAD*AL****XX*1333333333",
        "LX*1",
        "SV2*0450*HC:99284:25*200*UN*1",
        "DTP*472*RD8*20250102-20250103",
        "LX*2",
        "SV2*0250**100.5*UN*3",
        version="005010X223A2",
    )
    claim = read.one("claim")
    assert read.problems == []
    assert read.ends[0].kind == "837I"
    assert (claim["form"], claim["diagnosis"], claim["place_of_service"]) == ("I", "4019", "13")
    assert claim["provider_id"] == party_id(SALT, "provider", "1333333333")
    assert claim["facility_id"] == claim["billing_id"]
    assert (claim["service_from"], claim["service_to"]) == (date(2025, 1, 2), date(2025, 1, 3))
    emergency, drug = read.rows["service_line"]
    assert (emergency["revenue_code"], emergency["procedure_code"], emergency["modifiers"]) == ("0450", "99284", "25")
    assert (drug["revenue_code"], drug["procedure_code"], drug["units"]) == ("0250", None, D(3))
    assert (drug["service_from"], drug["service_to"]) == (date(2025, 1, 1), date(2025, 1, 4))


def test_a_dental_claim():
    read = _read(
        *BILLING,
        *SUBSCRIBER,
        "CLM*ACC4*80***11:B:1",
        "DTP*472*D8*20250101",
        "LX*1",
        "SV3*AD:D0120*80****2",
        version="005010X224A2",
    )
    line = read.one("service_line")
    assert read.ends[0].kind == "837D"
    assert read.one("claim")["form"] == "D"
    assert (line["procedure_code"], line["units"], line["service_from"]) == ("D0120", D(2), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("version", "line", "kind"),
    [
        ("004010X098A1", "SV1*HC:1*10*UN*1", "837P"),
        ("004010X096A1", "SV2*0450*HC:1*10*UN*1", "837I"),
        ("004010X097A1", "SV3*AD:D1*10", "837D"),
        ("005010", "SV2*0450*HC:1*10*UN*1", "837I"),
        ("", "SV3*AD:D1*10", "837D"),
    ],
)
def test_the_form_by_guide_else_by_its_lines(version, line, kind):
    read = _read(*BILLING, *SUBSCRIBER, "CLM*A*10***11::1", "LX*1", line, version=version)
    assert read.ends[0].kind == kind
    assert read.one("claim")["form"] == kind[-1]


def test_004010_names_providers_by_tax_id():
    read = _read(
        "HL*1**20*1",
        "NM1*85*1*JONES*BEN****24*587654321",
        "PRV*BI*ZZ*203BA0200N",
        *SUBSCRIBER,
        *CLAIM,
        "NM1*FA*2*LAB*****24*581111111",
        *LINES,
        version="004010X098A1",
    )
    claim = read.one("claim")
    assert claim["billing_id"] == party_id(SALT, "facility", "587654321")
    assert claim["facility_id"] == party_id(SALT, "facility", "581111111")
    # a person who bills and names no other rendered the service
    assert read.parties["provider"][claim["provider_id"]]["name"] == "JONES, BEN"
    assert read.parties["provider"][claim["provider_id"]]["taxonomy"] == "203BA0200N"


def test_the_rendering_provider_of_a_line_when_the_claim_names_none():
    read = _read(*BILLING, *SUBSCRIBER, *CLAIM, *LINES, "NM1*82*1*LINE*DOC****XX*1888888888", "PRV*PE*PXC*208000000X")
    claim = read.one("claim")
    assert claim["provider_id"] == party_id(SALT, "provider", "1888888888")
    assert read.parties["provider"][claim["provider_id"]]["taxonomy"] == "208000000X"


def test_an_organisation_that_bills_is_no_rendering_provider():
    assert _read(*BILLING, *SUBSCRIBER, *CLAIM, *LINES).one("claim")["provider_id"] is None


def test_a_line_without_lx_still_counts():
    read = _read(*BILLING, *SUBSCRIBER, *CLAIM, "SV1*HC:1*100*UN*1", "SV1*HC:2*50*UN*1")
    assert [row["line_no"] for row in read.rows["service_line"]] == [1, 2]
    assert read.problems == []


def test_a_charge_that_is_not_the_sum_of_its_lines_is_told():
    read = _read(*BILLING, *SUBSCRIBER, "CLM*A*100***11:B:1", *LINES)
    (problem,) = read.problems
    assert (problem.code, problem.difference) == ("CLAIM_CHARGE_MISMATCH", D(-50))


def test_resubmission_is_told_from_another_claim_by_its_lines():
    same = _read(*BILLING, *SUBSCRIBER, *CLAIM, *LINES).one("claim")["line_control_digest"]
    swapped = _read(*BILLING, *SUBSCRIBER, *CLAIM, *LINES[4:], *LINES[:4]).one("claim")["line_control_digest"]
    other = _read(*BILLING, *SUBSCRIBER, *CLAIM, *LINES[:4]).one("claim")["line_control_digest"]
    assert same == swapped != other
    assert 0 <= same < 2**31


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (["CLM*A****11:B:1"], "CLM02 .charge. is missing"),
        (["CLM*A*ten***11:B:1"], "CLM02 .an amount. is not a number"),
        (["CLM**10***11:B:1"], "CLM01"),
        (["CLM*A*10***11:B:1", "LX*1", "SV1*HC:1*ten*UN*1"], "SV102"),
        (["SV1*HC:1*10*UN*1"], "outside a claim"),
    ],
)
def test_what_refuses_a_batch_by_itself(claim, reason):
    good = [*HEADER, *BILLING, *SUBSCRIBER, *CLAIM, *LINES]
    bad = [*HEADER, *BILLING, *SUBSCRIBER, *claim, *CLAIM, *LINES]
    batches = group(
        transaction("837", good, "1"),
        transaction("837", bad, "2"),
        transaction("837", good, "3"),
        version="005010X222A1",
    )
    read = Read(encode(interchange(batches)))
    assert [end.refused is None for end in read.ends] == [True, False, True]
    assert re.search(rf"Segment \d+: .*{reason}", read.ends[1].refused)
    assert [row["transaction_no"] for row in read.rows["claim"]] == [1, 3]


def test_bad_dates_are_left_out_and_told():
    read = _read(*BILLING, *SUBSCRIBER, *CLAIM, "LX*1", "SV1*HC:1*150*UN*1", "DTP*472*D8*20250231")
    assert read.codes == {"BAD_DATE"}
    assert read.one("claim")["service_from"] == date(2025, 1, 5)


def test_no_batch_number_no_business_key():
    header = [segment.replace("BATCH7", "") for segment in HEADER]
    assert Read(file_837([*header, *BILLING, *SUBSCRIBER, *CLAIM, *LINES])).ends[0].business_key is None
