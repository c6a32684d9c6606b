"""Eligibility inquiries and responses, segment by segment, and every public sample of them."""

from decimal import Decimal

import pytest

from data_access.ids import party_id
from tests.ingest.test_samples import _index
from tests.ingest.x12_text import SALT, Read, encode, group, interchange, transaction
from tests.posting.facts import date

#: Where the index counts every subscriber and dependent, and we those asked about: in both files the subscriber has
#: neither trace number nor question nor answer, and is named for the dependent's sake only.
_NAMED_ONLY = "dependent-health-benefit-check"
#: Of the file without anybody in it: the payer turned the provider away.
_TURNED_AWAY = "subscriber-health-benefit-check-error.271"

TOP = [
    "BHT*0022*11*REF1*20250110*0930",
    "HL*1**20*1",
    "NM1*PR*2*BIG PAYER*****PI*12345",
    "HL*2*1*21*1",
    "NM1*1P*2*CLINIC*****XX*1234567893",
]
PERSON = ["HL*3*2*22*0", "TRN*2*T1*9CLINIC", "NM1*IL*1*SYNTHETIC*PATIENT****MI*m1", "DMG*D8*19700101*F"]


def read(*said: str, kind: str = "271", person: list[str] = PERSON, top: list[str] = TOP, component: str = ":") -> Read:
    body = [*top, *person, *said]
    return Read(encode(interchange(group(transaction(kind, body), version="005010X279A1")), component=component))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["path"]) for row in _index() if row["set"] in ("270", "271")])
def test_every_sample_is_loaded_with_the_counts_of_the_index(samples, row):
    found = Read((samples / row["path"]).read_bytes())
    counted = int(row["claims"]) - (_NAMED_ONLY in row["path"])
    assert [(end.kind, end.refused) for end in found.ends] == [(row["set"], None)]
    assert sum(end.claims for end in found.ends) == counted
    rows = found.rows["coverage_inquiry" if row["set"] == "270" else "coverage_answer"]
    assert len(rows) == counted
    assert {end.version for end in found.ends} <= set(row["version"].split("+"))
    assert all(found.lines[one["segment_no"] - 1].startswith("HL") for one in rows)
    assert all(found.lines[one["segment_no"] - 1].startswith("EB") for one in found.rows["coverage_benefit"])
    told = {("AAA" if problem.code == "INQUIRY_REJECTED" else problem.code) for problem in found.problems}
    assert {flag for flag in row["flags"].split() if flag in ("AAA", "SE01_MISMATCH", "SE02_MISMATCH")} <= told
    assert ("AAA" in told) == (_TURNED_AWAY in row["path"])


def test_what_the_samples_say(samples):
    folder = samples / "271/linuxforhealth-x12"
    (answer,) = Read((folder / "demo.271").read_bytes()).rows["coverage_answer"]
    assert (answer["status"], answer["plan"], answer["copay"]) == ("active", "GOLD 123 PLAN", Decimal("10.00"))
    assert (answer["coverage_from"], answer["answered_on"]) == (date(2006, 1, 1), date(2006, 5, 1))
    (child,) = Read((folder / f"{_NAMED_ONLY}.271").read_bytes()).rows["coverage_answer"]
    assert (child["dependent"], child["first_name"], child["member_id"]) == (True, "MARY", "123456789")
    assert child["trace_number"] == "93175-012547"


def test_a_subscriber():
    found = read("REF*6P*G77", "DTP*472*D8*20250115", "EB*1**30*PR*GOLD PLAN", "DTP*346*D8*20250101")
    answer = found.one("coverage_answer")
    assert answer["answered_on"] == date(2025, 1, 10) and answer["answered_at"] == "0930"
    assert answer["patient_id"] == party_id(SALT, "patient", "M1", "1970-01-01"), "the id of the patient of an 837"
    assert answer["payer_id"] == party_id(SALT, "payer", "12345")
    assert not any(found.parties.values()), "names and addresses are the claims' to state"
    assert (answer["member_id"], answer["group_number"], answer["plan"]) == ("M1", "G77", "GOLD PLAN")
    assert (answer["service_on"], answer["coverage_from"]) == (date(2025, 1, 15), date(2025, 1, 1))
    assert (answer["segment_no"], answer["last_segment"]) == (9, 16)
    (end,) = found.ends
    assert (end.kind, end.claims, end.charge, end.paid, end.balanced) == ("271", 1, 0, 0, None)


def test_a_dependent_has_the_subscribers_member_id_and_an_id_of_their_own():
    child = [*PERSON[:1], *PERSON[2:], "HL*4*3*23*0", "TRN*2*T2*9CLINIC", "NM1*03*1*SYNTHETIC*CHILD", "DMG*D8*20150601"]
    answer = read("EB*1**30", person=child).one("coverage_answer")
    assert answer["patient_id"] == party_id(SALT, "patient", "SYNTHETIC|CHILD", "2015-06-01")
    assert (answer["member_id"], answer["birth_date"], answer["dependent"]) == ("M1", date(2015, 6, 1), True)
    both = read("EB*1**30", person=PERSON + child[3:])
    assert [one["dependent"] for one in both.rows["coverage_answer"]] == [False, True]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (["EB*1**30"], "active"),
        (["EB*5**30"], "active"),
        (["EB*6**30"], "inactive"),
        (["EB*8"], "inactive"),
        (["EB*6**35", "EB*1**30"], "active"),
        (["EB*1**35", "EB*6**30"], "inactive"),
        (["EB*1**98^35"], "active"),
        (["EB*V"], "unknown"),
        ([], "unknown"),
        (["AAA*N**75*C"], "rejected"),
    ],
)
def test_status(said, status):
    assert read(*said).one("coverage_answer")["status"] == status


@pytest.mark.parametrize(
    ("said", "dates"),
    [
        (["DTP*346*D8*20250101", "DTP*347*D8*20251231", "EB*1**30"], (date(2025, 1, 1), date(2025, 12, 31), None)),
        (["DTP*291*RD8*20250101-20251231", "EB*1**30"], (date(2025, 1, 1), date(2025, 12, 31), None)),
        (["DTP*291*D8*20250115", "EB*1**30"], (None, None, date(2025, 1, 15))),
        (["DTP*291*RD8*20250115-20250115", "EB*1**30"], (None, None, date(2025, 1, 15))),
        (["DTP*356*D8*20240701", "EB*6**30", "DTP*357*D8*20241231"], (date(2024, 7, 1), date(2024, 12, 31), None)),
        (["EB*1**30", "DTP*307*RD8*20250101-20250630"], (date(2025, 1, 1), date(2025, 6, 30), None)),
        (["DTP*472*D8*2025011", "EB*1**30"], (None, None, None)),
    ],
)
def test_dates(said, dates):
    answer = read(*said).one("coverage_answer")
    assert (answer["coverage_from"], answer["coverage_to"], answer["service_on"]) == dates


def test_shares_of_the_patient():
    answer = read(
        "EB*1**30**GOLD",
        "EB*B**UC***27*75*****Y",
        "EB*B**98***27*60*****N",
        "EB*B**98***27*25*****Y",
        "EB*A**30*****20****Y",
        "EB*C*FAM*30***23*4000",
        "EB*C*IND*30***23*1500",
        "EB*C*IND*30***29*600",
        "EB*CB**33********N",
    ).one("coverage_answer")
    assert (answer["copay"], answer["coinsurance"]) == (Decimal("25.00"), Decimal("0.2000"))
    assert (answer["deductible"], answer["deductible_left"]) == (Decimal("1500.00"), Decimal("600.00"))
    assert answer["authorization"] is False
    assert read("EB*1**30", "EB*1**4********Y").one("coverage_answer")["authorization"] is True
    assert read("EB*1**30").one("coverage_answer")["authorization"] is None


def test_a_benefit_keeps_what_it_says():
    found = read("EB*1**30", "EB*B*IND*1^98*HM*GOLD*27*10.5***MN*2*Y*N", "DTP*348*D8*20250101", component=">")
    benefit = found.rows["coverage_benefit"][1]
    wanted = {
        "information": "B",
        "coverage_level": "IND",
        "service_types": "1 98",
        "insurance_type": "HM",
        "plan": "GOLD",
        "period": "27",
        "amount": Decimal("10.50"),
        "authorization": None,
        "date_from": date(2025, 1, 1),
    }
    assert {name: benefit[name] for name in wanted} == wanted
    assert found.lines[benefit["segment_no"] - 1].startswith("EB*B")
    assert benefit["coverage_answer_id"] == found.one("coverage_answer")["coverage_answer_id"]


@pytest.mark.parametrize(
    ("said", "named", "primary"),
    [
        (["LS*2120", "NM1*PRP*2*OLDER PAYER*****PI*99", "LE*2120"], "OLDER PAYER", True),
        (["NM1*SEP*2*SECOND PAYER*****PI*98"], "SECOND PAYER", False),
        (["LS*2120", "NM1*PRP*2*BIG PAYER AGAIN*****PI*12345", "LE*2120"], None, None),  # the payer itself
        ([], "not named", False),
    ],
)
def test_other_insurance(said, named, primary):
    answer = read("EB*1**30", "EB*R**30", *said).one("coverage_answer")
    assert (answer["other_payer"], answer["other_payer_primary"]) == (named, primary)
    assert answer["last_name"] == "SYNTHETIC", "who is named in a benefit is not the patient"


def test_rejections_of_provider_and_person():
    twice = read("AAA*N**72*C", "AAA*N**71*C").one("coverage_answer")
    assert (twice["reject_level"], twice["reject_codes"], twice["reject_follow_up"]) == ("subscriber", "72 71", "C")
    turned_away = read("EQ*30", top=[*TOP, "AAA*Y**50*N"])
    assert (turned_away.one("coverage_answer")["status"], turned_away.codes) == ("rejected", set())
    nobody = read(person=[], top=[*TOP, "AAA*Y**50*N"])
    assert nobody.codes == {"INQUIRY_REJECTED"} and "may not ask" in nobody.problems[0].message
    assert read(person=[]).codes == {"NO_SUBSCRIBER"}


def test_an_inquiry():
    found = read("DTP*291*D8*20250115", "EQ*30^98", "EQ*1", kind="270")
    inquiry = found.one("coverage_inquiry")
    assert (inquiry["asked_on"], inquiry["service_on"]) == (date(2025, 1, 10), date(2025, 1, 15))
    assert (inquiry["service_types"], inquiry["trace_number"], inquiry["member_id"]) == ("30 98 1", "T1", "M1")


def test_an_amount_that_is_none_refuses_the_answer():
    found = read("EB*1**30", "EB*B**98***27*1O")
    assert "EB07" in found.ends[0].refused and not any(found.rows.values())
