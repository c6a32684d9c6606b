"""One table of all rules: an office whose history bears on every one, a claim that passes them, and what fails each.

Each finding says its segment, severity, why and how to mend it; command line and page say the same.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.__main__ import main
from data_access.claim_check.report import COLUMNS
from data_access.claim_check.rules import ERROR, RULES, WARNING
from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from tests.claim_check.test_rules import CLAIM, HEADER, TODAY, answer_271, checked, said_of
from tests.ingest.x12_text import file_835, file_837, remittance
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
BILLING, RENDERING = HEADER[3], "NM1*82*1*SYNTHETIC*DOCTOR****XX*1992999825"
REFUSED = "NM1*82*1*SYNTHETIC*NURSE****XX*1234567893"  # of whom the payer rejected three claims
#: Of procedures and an account the office has no history with.
SOUND = [
    line.replace("CLM*A1", "CLM*B1").replace("99214", "99202").replace("93005", "71046") for line in HEADER + CLAIM
]


def instead(old: str, new: str | None) -> list[str]:
    """The sound file with one segment replaced, or left out."""
    assert SOUND.count(old) == 1
    return [new if line == old else line for line in SOUND if line != old or new is not None]


def each(old: str, new: str) -> list[str]:
    """The sound file with a text replaced wherever it stands."""
    return [line.replace(old, new) for line in SOUND]


@dataclass(frozen=True)
class Broken:
    """A file that breaks one rule: on which segment that is said, how severely, and words of it."""

    body: list[str]
    at: str
    severity: str
    why: str
    mend: str
    today: date = TODAY


CLM = "CLM*B1*300***11:B:1*Y*A*Y*Y"
BROKEN: dict[str, Broken] = {
    "identifiers": Broken(
        instead(BILLING, "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567839"),
        "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567839",
        ERROR,
        "NPI of the billing provider fails its check digit",
        "NPI registry",
    ),
    "rendering provider": Broken(
        instead(RENDERING, None), CLM, WARNING, "nobody is named who gave the service", "Name the rendering provider"
    ),
    "dates": Broken(
        instead("DMG*D8*19700101*F", "DMG*D8*20250116*F"),
        "LX*1",
        ERROR,
        "before the patient's birth",
        "Correct the date",
    ),
    "diagnoses": Broken(
        instead("HI*ABK:M545*ABF:M542", "HI*ABK:M545"),
        "LX*1",
        ERROR,
        "points to diagnosis 2 of 1",
        "add the missing one",
    ),
    "charges": Broken(
        instead(CLM, "CLM*B1*299***11:B:1*Y*A*Y*Y"),
        "CLM*B1*299***11:B:1*Y*A*Y*Y",
        ERROR,
        "The claim charges $299.00, its lines $300.00",
        "must be equal",
    ),
    "duplicate": Broken(
        each("CLM*B1", "CLM*A1"), "CLM*A1*300***11:B:1*Y*A*Y*Y", ERROR, "was sent on 20 Jan 2025", "send a replacement"
    ),
    "replacement": Broken(
        each(":B:1*", ":B:7*"),
        "CLM*B1*300***11:B:7*Y*A*Y*Y",
        ERROR,
        "without the payer's number of the claim it is for (REF*F8)",
        "CLP07",
    ),
    "filing limit": Broken(
        SOUND, CLM, ERROR, "limit of 90 days passed 1 day ago", "proof of an earlier receipt", date(2025, 4, 16)
    ),
    "coverage": Broken(
        each("MI*M1", "MI*ENDED"),
        "NM1*IL*1*SYNTHETIC*PATIENT****MI*ENDED",
        ERROR,
        "coverage is not active",
        "Ask again for the date of service",
    ),
    "authorization": Broken(
        each("99202", "99214"),
        "LX*1",
        WARNING,
        "denied 3 of the last 4 such lines",
        "authorization on file",
    ),
    "denial habit": Broken(
        each("71046", "93005"),
        "LX*2",
        WARNING,
        "denied 3 of the last 5 such lines: medical necessity",
        "Send the records",
    ),
    "rejection habit": Broken(
        instead(RENDERING, REFUSED), CLM, WARNING, "3 of the last 5 claims of this provider", "Check the NPI"
    ),
}


def fill(engine: Engine, folder: Path) -> None:
    """Claims sent, answered and rejected, the payer's filing limit, and what it said of two members."""
    folder.mkdir()
    (folder / "1.837").write_bytes(file_837(HEADER + CLAIM).replace(b"*77*", b"*76*"))
    refused = [line.replace("CLM*A1", f"CLM*R{n}").replace(RENDERING, REFUSED) for n in range(5) for line in CLAIM]
    (folder / "2.837").write_bytes(file_837(HEADER + refused).replace(b"000000001", b"000000002"))
    for number in range(5):
        status = "A7:562:82" if number < 3 else "A2:20"
        (folder / f"{number}.277").write_bytes(said_of(f"R{number}", status, 900 + number))
    answers = [("99214", "197")] * 3 + [("99214", None)] + [("93005", "50")] * 3 + [("93005", None)] * 2
    lines: list[str] = []
    for number, (code, carc) in enumerate(answers, 1):
        paid = 0 if carc else 100
        lines += [f"CLP*Z{number}*1*100*{paid}**12*CLAIM{number}*11*1", f"SVC*HC:{code}*100*{paid}**1"]
        lines += ["DTM*472*20250105", *([f"CAS*CO*{carc}*100"] if carc else [])]
    (folder / "3.835").write_bytes(file_835(remittance(*lines, amount="300")))
    (folder / "4.271").write_bytes(answer_271("20250114", {"M1": ["EB*1**30"], "ENDED": ["EB*6**30"]}))
    (folder / "5.csv").write_text("payer_id,name,filing_limit_days,appeal_limit_days\r\n12345,Big Payer,90,180\r\n")
    results = load_paths(engine, [folder], "test")
    assert {result.status for result in results} == {"loaded"}, [result.reason for result in results]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Engine:
    fill(engine, tmp_path / "history")
    return engine


def test_there_is_a_case_for_every_rule() -> None:
    assert BROKEN.keys() == RULES.keys()


def test_what_passes_every_rule_and_what_fails_each(office: Engine) -> None:
    passed = checked(office, SOUND)
    assert (passed.claims, passed.clean, passed.findings) == (1, 1, [])
    for rule, case in BROKEN.items():
        report = checked(office, case.body, case.today)
        file = file_837(case.body).decode().split("~\n")
        first = report.findings[0]
        assert {one.rule for one in report.findings} == {rule}, rule
        assert (first.severity, file[first.segment_no - 1]) == (case.severity, case.at), rule
        assert case.why in first.why and case.mend in first.mend, (rule, first)
        assert file[first.claim_segment - 1].startswith("CLM") and first.account_number in ("A1", "B1")
        assert (report.clean, report.with_errors) == (0, int(case.severity == ERROR)), rule


def several() -> bytes:
    """A file of three claims: one sound, one with two mistakes, one that this payer would deny."""
    wrong = [line.replace("CLM*A1*300", "CLM*B2*299").replace("99214", "99202") for line in CLAIM]
    denied = [line.replace("CLM*A1", "CLM*B3") for line in CLAIM]
    wrong = [line.replace("93005", "71046").replace("***1:2", "***1:3") for line in wrong]
    return file_837(SOUND + wrong + denied)


def test_the_command_and_the_page_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, closed_afterwards: None
) -> None:
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    engine = open_engine(url)
    fill(engine, tmp_path / "history")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    file = tmp_path / "draft.837"
    file.write_bytes(several())
    assert main(["check-claims", str(file), "--json"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    # the filing limit passed long ago by the time this runs: on all three claims
    assert {one["rule"] for one in told} == {"charges", "diagnoses", "filing limit"}
    assert main(["check-claims", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines.pop() == "3 claims: 0 clean by these checks, 3 with errors. No payer is bound by them."
    for line, one in zip(lines, told, strict=True):
        assert line.startswith(f"segment {one['segment_no']}, account {one['account_number']}")
        assert all(one[name] in line for name in ("severity", "rule", "why", "mend"))
    app = opened("imports", {"show": "Check claims"})
    app.file_uploader(key="claims-to-check").set_value((file.name, file.read_bytes(), "text/plain")).run()
    assert_no_failure(app)
    assert "0 of 3 claims are clean by these checks; 3 would come back" in words(app)
    assert "no payer is bound by them" in words(app)
    (shown,) = [frame.value for frame in app.dataframe if "mend" in frame.value]
    rows = [row | {"rule": row["rule"].lower()} for row in shown.to_dict("records")]
    wanted = [{name: one[name] for name in COLUMNS} for one in told]
    assert [{name: row[name] for name in COLUMNS} for row in rows] == [
        row | {"severity": row["severity"].capitalize()} for row in wanted
    ]
