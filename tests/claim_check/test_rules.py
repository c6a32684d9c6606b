"""Every rule a claim is checked by before it is sent: a claim that passes, and what each mistake brings."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.__main__ import main
from data_access.claim_check.report import Report, check_file, findings_csv
from data_access.claim_check.rules import is_employer_id, is_npi, is_tax_id
from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.ingest.rows import CutOff, NotX12
from tests.acknowledgments.office import Sent, about, claim_answer
from tests.ingest.x12_text import encode, file_835, file_837, group, interchange, remittance, transaction

TODAY = date(2025, 2, 1)
HEADER = [
    "BHT*0019*00*77*20250120*1200*CH",
    "NM1*41*2*CLINIC*****46*SUB1",
    "HL*1**20*1",
    "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567893",
    "N3*1 SYNTHETIC WAY",
    "N4*EXAMPLEVILLE*KS*66002",
    "REF*EI*123456789",
    "HL*2*1*22*0",
    "SBR*P*18*******CI",
    "NM1*IL*1*SYNTHETIC*PATIENT****MI*M1",
    "DMG*D8*19700101*F",
    "NM1*PR*2*BIG PAYER*****PI*12345",
]
CLAIM = [
    "CLM*A1*300***11:B:1*Y*A*Y*Y",
    "HI*ABK:M545*ABF:M542",
    "NM1*82*1*SYNTHETIC*DOCTOR****XX*1992999825",
    "LX*1",
    "SV1*HC:99214*200*UN*1***1:2",
    "DTP*472*D8*20250115",
    "LX*2",
    "SV1*HC:93005*100*UN*1***1",
    "DTP*472*D8*20250115",
]


def changed(old: str, new: str | None, body: list[str] | None = None) -> list[str]:
    """The file with one segment replaced, or left out."""
    body = body or HEADER + CLAIM
    assert old in body
    return [new if line == old else line for line in body if line != old or new is not None]


def checked(engine: Engine, body: list[str], today: date = TODAY) -> Report:
    return check_file(engine, io.BytesIO(file_837(body)), today)


def told(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in report.findings]


@pytest.fixture
def empty(duckdb_engine: Engine) -> Engine:
    """An office that has loaded nothing yet: rules that need no history work all the same."""
    return duckdb_engine


def test_a_clean_claim_is_clean(empty: Engine) -> None:
    report = checked(empty, HEADER + CLAIM)
    assert (report.claims, report.clean, report.with_errors, report.findings) == (1, 1, 0, [])


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("1234567893", True),
        ("1992999825", True),
        ("1234567894", False),
        ("1234567839", False),  # two digits swapped
        ("3234567891", False),  # no NPI begins with 3
        ("123456789", False),
        ("12345678９3", False),
        ("", False),
    ],
)
def test_npi(number: str, good: bool) -> None:
    assert is_npi(number) == good


@pytest.mark.parametrize(
    ("number", "good"),
    [("123456789", True), ("12-3456789", True), ("000000019", False), ("111111111", False), ("12345678", False)],
)
def test_tax_id(number: str, good: bool) -> None:
    assert is_tax_id(number) == good


BILLING, SUBSCRIBER, PAYER = HEADER[3], HEADER[9], HEADER[11]
MISTAKES = [
    ("identifiers", BILLING, "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567839", "check digit"),
    ("identifiers", BILLING, "NM1*85*2*SYNTHETIC CLINIC", "no NPI"),
    ("identifiers", "REF*EI*123456789", None, "tax id"),
    (
        "identifiers",
        "NM1*82*1*SYNTHETIC*DOCTOR****XX*1992999825",
        "NM1*82*1*SYNTHETIC*DOCTOR****XX*1992999852",
        "rendering",
    ),
    ("identifiers", SUBSCRIBER, "NM1*IL*1*SYNTHETIC*PATIENT****MI*", "member id"),
    ("identifiers", PAYER, "NM1*PR*2*BIG PAYER", "payer's identifier"),
    ("dates", "DMG*D8*19700101*F", "DMG*D8*20250116*F", "before the patient's birth"),
    ("dates", "BHT*0019*00*77*20250120*1200*CH", "BHT*0019*00*77*20250114*1200*CH", "after the claim's own date"),
    ("diagnoses", "HI*ABK:M545*ABF:M542", None, "No diagnosis"),
    ("diagnoses", "HI*ABK:M545*ABF:M542", "HI*ABK:M545", "points to diagnosis 2 of 1"),
    ("diagnoses", "SV1*HC:93005*100*UN*1***1", "SV1*HC:93005*100*UN*1", "points to no diagnosis"),
    ("charges", "CLM*A1*300***11:B:1*Y*A*Y*Y", "CLM*A1*299.99***11:B:1*Y*A*Y*Y", "its lines $300.00"),
    ("charges", "SV1*HC:93005*100*UN*1***1", "SV1*HC:93005*1O0*UN*1***1", "no amount"),
    ("charges", "SV1*HC:93005*100*UN*1***1", "SV1*HC:93005*0*UN*1***1", "charges nothing"),
    ("charges", "SV1*HC:93005*100*UN*1***1", "SV1*HC:93005*-100*UN*1***1", "negative"),
    ("charges", "SV1*HC:93005*100*UN*1***1", "SV1**100*UN*1***1", "no procedure"),
    ("replacement", "CLM*A1*300***11:B:1*Y*A*Y*Y", "CLM*A1*300***11:B:7*Y*A*Y*Y", "REF*F8"),
]


@pytest.mark.parametrize(("rule", "old", "new", "why"), MISTAKES)
def test_mistakes(empty: Engine, rule: str, old: str, new: str | None, why: str) -> None:
    report = checked(empty, changed(old, new))
    found = [finding for finding in report.findings if why in finding.why]
    assert {finding.rule for finding in found} == {rule}, told(report)
    assert found[0].mend and found[0].account_number == "A1"
    assert report.clean == 0
    lines = (HEADER + CLAIM)[:]
    assert 1 <= found[0].segment_no <= len(lines) + 4, "the segment of the file, its envelope counted"


def test_dates_that_are_none_or_out_of_order(empty: Engine) -> None:
    body = HEADER + [line for line in CLAIM if not line.startswith("DTP")]
    assert told(checked(empty, body)) == [("dates", "error")]
    assert told(checked(empty, [line.replace("D8*20250115", "D8*2025011") for line in HEADER + CLAIM])) == [
        ("dates", "error")
    ]
    ends_first = changed("DTP*472*D8*20250115", "DTP*472*RD8*20250115-20250110")
    assert ("dates", "error") in told(checked(empty, ends_first))
    stay = CLAIM[:1] + ["DTP*434*RD8*20250110-20250112"] + CLAIM[1:]
    outside = checked(empty, HEADER + stay).findings
    assert [("statement dates" in finding.why, finding.rule) for finding in outside] == [(True, "dates")] * 2


def test_a_dependents_birth_counts_not_the_subscribers(empty: Engine) -> None:
    dependent = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*SYNTHETIC*CHILD", "DMG*D8*20250116*F"]
    assert told(checked(empty, HEADER + dependent + CLAIM)) == [("dates", "error")] * 2


def test_what_other_insurers_say_is_not_the_claims_own(empty: Engine) -> None:
    other = ["SBR*S*18*******CI", "AMT*D*50", "NM1*IL*1*OTHER*NAME****MI*X", "NM1*PR*2*OTHER PAYER*****PI*9"]
    body = HEADER + CLAIM[:3] + other + CLAIM[3:]
    assert checked(empty, body).findings == []


def test_what_many_claims_share_is_told_once(empty: Engine) -> None:
    wrong = changed(BILLING, "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567839", HEADER)
    second = [line.replace("CLM*A1", "CLM*A2") for line in CLAIM]
    report = checked(empty, wrong + CLAIM + second)
    assert [(finding.rule, finding.claims) for finding in report.findings] == [("identifiers", 2)]
    assert (report.claims, report.clean, report.with_errors) == (2, 0, 2)


def test_the_same_claim_twice_in_a_file(empty: Engine) -> None:
    report = checked(empty, HEADER + CLAIM + CLAIM)
    assert [(finding.rule, finding.why) for finding in report.findings] == [
        ("duplicate", "The file holds this account, date and charge more than once.")
    ]
    assert (report.claims, report.clean) == (2, 1)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Engine:
    """An office that sent A1 before, and whose payer denied 3 of 4 lines of 99214 and 3 of 5 of 93005 last month."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "sent.837").write_bytes(file_837(HEADER + CLAIM))
    answers = [("99214", "197")] * 3 + [("99214", None)] + [("93005", "50")] * 3 + [("93005", None)] * 2
    lines: list[str] = []
    for number, (code, carc) in enumerate(answers, 1):
        denied = carc is not None
        lines += [
            f"CLP*Z{number}*1*100*{0 if denied else 100}**12*CLAIM{number}*11*1",
            f"SVC*HC:{code}*100*{0 if denied else 100}**1",
            "DTM*472*20250105",
            *([f"CAS*CO*{carc}*100"] if denied else []),
        ]
    (folder / "answers.835").write_bytes(file_835(remittance(*lines, amount="300")))
    (folder / "payers.csv").write_text(
        "payer_id,name,type,filing_limit_days,appeal_limit_days,source,effective_from\r\n"
        "12345,Big Payer,Commercial,90,180,Synthetic manual,2024-01-01\r\n"
    )
    results = load_paths(engine, [folder], "test")
    assert {result.status for result in results} == {"loaded"}, [result.reason for result in results]
    return engine


def fresh(**changes: str) -> list[str]:
    """A claim the office has not sent, of procedures it has no history with unless told otherwise."""
    body = [line.replace("CLM*A1", "CLM*B1") for line in HEADER + CLAIM]
    codes = {"99214": "99202", "93005": "71046"} | changes
    return [line.replace("99214", codes["99214"]).replace("93005", codes["93005"]) for line in body]


def test_a_claim_sent_before_is_a_duplicate_unless_it_corrects(office: Engine) -> None:
    (found,) = [one for one in checked(office, HEADER + CLAIM).findings if one.rule == "duplicate"]
    assert "was sent on 20 Jan 2025" in found.why and found.severity == "error"
    assert checked(office, fresh()).findings == []
    later = [line.replace("20250115", "20250116") for line in HEADER + CLAIM]
    assert "duplicate" not in {one.rule for one in checked(office, later).findings}


def test_a_replacement_must_name_a_claim_the_payer_knows(office: Engine) -> None:
    body = [line.replace(":B:1*", ":B:7*") for line in fresh()]
    at = body.index("HI*ABK:M545*ABF:M542")
    known, unknown = (body[:at] + [f"REF*F8*{number}"] + body[at:] for number in ("CLAIM2", "NOSUCH"))
    assert checked(office, known).findings == []
    assert told(checked(office, unknown)) == [("replacement", "warning")]
    assert told(checked(office, body)) == [("replacement", "error")]


@pytest.mark.parametrize(
    ("today", "wanted"),
    [
        (date(2025, 4, 7), []),  # 82 days after the service: 8 are left
        (date(2025, 4, 8), [("filing limit", "warning")]),
        (date(2025, 4, 15), [("filing limit", "warning")]),  # the ninetieth day
        (date(2025, 4, 16), [("filing limit", "error")]),
    ],
)
def test_the_payers_filing_limit(office: Engine, today: date, wanted: list) -> None:
    assert told(checked(office, fresh(), today)) == wanted


def test_lines_this_payer_denied_for_want_of_authorization(office: Engine) -> None:
    body = fresh(**{"99214": "99214"})
    (found,) = checked(office, body).findings
    assert (found.rule, found.severity) == ("authorization", "warning")
    assert "denied 3 of the last 4 such lines" in found.why and "authorization on file" in found.mend
    at = body.index("HI*ABK:M545*ABF:M542")
    assert checked(office, body[:at] + ["REF*G1*AUTH1"] + body[at:]).findings == []
    assert checked(office, body, date(2026, 3, 1)).findings[0].rule == "filing limit", "denials of the last year count"
    elsewhere = [line.replace("PI*12345", "PI*99999") for line in body]
    assert checked(office, elsewhere).findings == []


def test_a_denial_this_payer_makes_a_habit_of(office: Engine) -> None:
    (found,) = checked(office, fresh(**{"93005": "93005"})).findings
    assert (found.rule, found.severity) == ("denial habit", "warning")
    assert "denied 3 of the last 5 such lines: medical necessity" in found.why


#: What the payer said of a member on 14 January, and why a claim for the fifteenth is then held up.
SAYS: dict[str, tuple[list[str], str | None]] = {
    "M1": (["EB*1**30"], None),
    "M2": (["DTP*347*D8*20250131", "EB*6**30"], None),  # ended since
    "M3": (["EB*6**30"], "of 14 Jan 2025, says that the coverage is not active"),
    "M4": (["DTP*347*D8*20250114", "EB*1**30"], "coverage ran to 14 Jan 2025"),
    "M5": (["DTP*346*D8*20250201", "EB*1**30"], "coverage ran from 01 Feb 2025"),
    "M6": (["AAA*N**75*C"], None),
}


def answer_271(day: str, says: dict[str, list[str]], born: str = "19700101") -> bytes:
    body = [f"BHT*0022*11*R{day}*{day}*0900", "HL*1**20*1", "NM1*PR*2*BIG PAYER*****PI*12345", "HL*2*1*21*1"]
    for member, said in says.items():
        body += ["HL*3*2*22*0", f"NM1*IL*1*SYNTHETIC*PATIENT****MI*{member}", f"DMG*D8*{born}", *said]
    return encode(interchange(group(transaction("271", body), version="005010X279A1")))


def test_the_service_must_lie_within_the_coverage_found(engine: Engine, tmp_path: Path) -> None:
    wrong = dict.fromkeys(SAYS, ["EB*6**30"])
    (tmp_path / "1.271").write_bytes(answer_271("20250110", {"M1": wrong["M1"]}))  # the last answer counts
    (tmp_path / "2.271").write_bytes(answer_271("20250114", {member: said for member, (said, _) in SAYS.items()}))
    (tmp_path / "3.271").write_bytes(answer_271("20250114", wrong, born="19991231"))  # other people
    load_paths(engine, [tmp_path], "test")
    for member, (_, why) in SAYS.items():
        body = [line.replace("MI*M1", f"MI*{member}") for line in fresh()]
        findings = checked(engine, body).findings
        assert [(one.rule, one.severity) for one in findings] == ([("coverage", "error")] if why else []), member
        assert why is None or why in findings[0].why
        assert checked(engine, body, date(2025, 1, 9)).findings == [], "answered later"


@pytest.mark.parametrize(("number", "good"), [("123456789", True), ("07-1234567", False), ("990000001", True)])
def test_employer_prefixes(number: str, good: bool) -> None:
    assert is_employer_id(number) == good


def test_a_prefix_that_no_employer_has(empty: Engine) -> None:
    (found,) = checked(empty, changed("REF*EI*123456789", "REF*EI*171234567")).findings
    assert (found.rule, found.severity) == ("identifiers", "warning") and "begins with 17" in found.why
    assert checked(empty, changed("REF*EI*123456789", "REF*SY*171234567")).findings == []


def test_somebody_must_have_given_the_service(empty: Engine) -> None:
    nobody = changed("NM1*82*1*SYNTHETIC*DOCTOR****XX*1992999825", None)
    (found,) = checked(empty, nobody).findings
    assert (found.rule, found.severity) == ("rendering provider", "warning")
    person = [line.replace("NM1*85*2*SYNTHETIC CLINIC**", "NM1*85*1*SYNTHETIC*DOCTOR*") for line in nobody]
    assert checked(empty, person).findings == []


def said_of(number: str, status: str, control: int) -> bytes:
    """A 277CA on a claim of 300 of 15 January 2025."""
    one = Sent(number, "300", "20250115")
    return claim_answer("20250121", control, "77", "PR", about(one, status, "20250121"))


def test_rejections_of_this_provider_by_this_payer(engine: Engine, tmp_path: Path) -> None:
    """Three of five claims came back for the rendering provider's NPI; the last may be sent again."""
    claims = [line.replace("CLM*A1", f"CLM*R{number}") for number in range(5) for line in CLAIM]
    (tmp_path / "sent.837").write_bytes(file_837(HEADER + claims))
    for number in range(5):
        status = "A7:562:82" if number < 3 else "A2:20"
        (tmp_path / f"{number}.277").write_bytes(said_of(f"R{number}", status, 900 + number))
    load_paths(engine, [tmp_path], "test")
    (found,) = checked(engine, HEADER + CLAIM).findings
    assert (found.rule, found.severity) == ("rejection habit", "warning")
    assert found.why.startswith(
        "3 of the last 5 claims of this provider to this payer were rejected: National provider"
    )
    another = changed("NM1*82*1*SYNTHETIC*DOCTOR****XX*1992999825", "NM1*82*1*SYNTHETIC*NURSE****XX*1234567893")
    assert checked(engine, another).findings == []
    again, accepted = ([line.replace("CLM*A1", f"CLM*R{number}") for line in HEADER + CLAIM] for number in (0, 4))
    assert {one.rule for one in checked(engine, again).findings} == {"rejection habit"}, "rejected: no duplicate"
    assert {one.rule for one in checked(engine, accepted).findings} == {"rejection habit", "duplicate"}


@pytest.mark.parametrize(("data", "error"), [(b"not x12", NotX12), (file_835(remittance()), NotX12)])
def test_files_that_hold_no_claims(empty: Engine, data: bytes, error: type) -> None:
    with pytest.raises(error):
        check_file(empty, io.BytesIO(data), TODAY)


def test_findings_as_csv_are_safe_and_whole(empty: Engine) -> None:
    report = checked(empty, [line.replace("CLM*A1", "CLM*=A1") for line in changed("REF*EI*123456789", None)])
    rows = findings_csv(report.findings).splitlines()
    assert rows[0] == "segment_no,account_number,claims,rule,severity,why,mend"
    assert len(rows) == 2 and "'=A1" in rows[1]


def test_from_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    open_engine(url).dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    good, bad = tmp_path / "good.837", tmp_path / "bad.837"
    good.write_bytes(file_837(HEADER + CLAIM))
    bad.write_bytes(file_837(changed("REF*EI*123456789", None)))
    # sent dates lie behind us by the time this runs: no limit is known to this office
    assert main(["check-claims", str(good)]) == 0
    assert "1 claim: 1 clean by these checks" in capsys.readouterr().out
    assert main(["check-claims", str(bad), "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["rule"] == "identifiers"
    assert main(["check-claims", str(tmp_path / "none.837")]) == 2
    (tmp_path / "cut.837").write_bytes(file_837(HEADER + CLAIM)[:-40])
    assert main(["check-claims", str(tmp_path / "cut.837")]) == 2
    assert "cut off" in capsys.readouterr().err


def test_every_public_837_is_looked_at_without_a_traceback(samples: Path, empty: Engine) -> None:
    looked = 0
    for path in sorted(one for one in samples.rglob("*") if one.is_file()):
        with path.open("rb") as stream:
            try:
                report = check_file(empty, stream, TODAY)
            except (NotX12, CutOff):
                continue
        looked += 1
        assert 0 <= report.clean <= report.claims and report.with_errors <= report.claims
    assert looked > 30
