"""Workers' compensation and auto insurers answer no eligibility inquiries: their accounts are no gap in verification.

Beside the thirteen visits of `office`, seven of them verified in time, W1 is of a workers' compensation fund and W2 of
an auto insurer, both of the same day and never asked about.
"""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access.engine import open_engine
from data_access.queries import coverage, cycle
from data_access.queries.account import load_account
from data_access.queries.account_coverage import on_account
from data_access.queries.table import page
from data_access.schema import account
from tests.coverage import office
from tests.coverage.office import Person, filters
from tests.ingest.loading import assert_sound, load
from tests.ingest.x12_text import file_837
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
FUND, AUTO = "NM1*PR*2*COMP FUND*****PI*77777", "NM1*PR*2*AUTO CASUALTY*****PI*88888"
W1 = Person("W1")


def claims() -> bytes:
    """The 837 of W1 and W2."""
    body = [
        "BHT*0019*00*88*20250120*1200*CH",
        "NM1*41*2*CLINIC*****46*SUB1",
        "HL*1**20*1",
        "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567893",
        "REF*EI*123456789",
    ]
    for number, (person, payer, code) in enumerate([(W1, FUND, "WC"), (Person("W2"), AUTO, "AM")], 2):
        body += [
            f"HL*{number}*1*22*0",
            f"SBR*P*18*******{code}",
            f"NM1*IL*1*SYNTHETIC*PATIENT****MI*{person.member}",
            f"DMG*D8*{person.born}*F",
            payer,
            f"CLM*{person.account}*100***11:B:1*Y*A*Y*Y",
            "HI*ABK:M545",
            "LX*1",
            "SV1*HC:99213*100*UN*1***1",
            "DTP*472*D8*20250115",
        ]
    return file_837(body).replace(b"*000000001", b"*000000088")


def rate(engine: Engine) -> tuple[int, int, int]:
    """In time, of all, and left out: the same on every screen, and as many as the rows."""
    served = coverage.served(engine, filters())
    found = served.verification()
    assert coverage.verification(engine, filters()) == [found]
    assert [step.now for step in cycle.steps(engine, filters()) if step.screen == "coverage"] == [found]
    rows = page(engine, coverage.table(filters()), limit=100)
    assert rows.total_rows == found.n == sum(one.accounts for one in served.standings())
    assert sum(served.verification_by()["n"]) == sum(served.verification_over_time()["n"]) == found.n
    return int(found.numerator), found.n, coverage.left_out(engine, filters())


def sentence(engine: Engine, number: str) -> str:
    with engine.connect() as connection:
        account_id = connection.scalar(select(account.c.account_id).where(account.c.account_number == number))
    found = on_account(engine, load_account(engine, account_id or 0).head)
    assert found
    return found.sentence


@pytest.fixture
def mixed(engine: Engine, tmp_path: Path) -> Engine:
    """The office with W1 and W2."""
    (tmp_path / "files").mkdir()
    office.fill(engine, tmp_path / "files")
    assert load(engine, tmp_path, more=claims())["more"].status == "loaded"
    return engine


def test_who_answers_nobody_is_no_gap(mixed: Engine) -> None:
    assert rate(mixed) == (7, 13, 2)
    assert coverage.left_out(mixed, filters(payer_types=("Workers' comp",))) == 1
    assert coverage.verification(mixed, filters(payer_types=("Workers' comp",)))[0].n == 0
    said = "Coverage on 15 Jan 2025 was never checked"
    assert sentence(mixed, "W1") == f"{said}: COMP FUND is of a type of payer that answers no eligibility inquiries."
    assert sentence(mixed, "A10") == f"{said}."


def test_one_that_was_asked_or_answers_counts(mixed: Engine, tmp_path: Path) -> None:
    asked = office.eligibility("270", ("20250114", office.about(W1, "EQ*30")), payer=FUND)
    load(mixed, tmp_path, asked=asked.replace(b"*000000001", b"*000000089"))
    assert rate(mixed) == (7, 14, 1)
    answered = office.eligibility("271", ("20250114", office.about(W1, *office.GOLD)), payer=FUND)
    load(mixed, tmp_path, answered=answered.replace(b"*000000001", b"*000000090"))
    assert rate(mixed) == (8, 14, 1)
    assert_sound(mixed)


def test_a_type_that_the_office_states_counts(mixed: Engine, tmp_path: Path) -> None:
    load(mixed, tmp_path, payers=b"payer_id,name,type\n77777,COMP FUND,Commercial\n")
    assert rate(mixed) == (7, 14, 1)


def test_the_screen_says_who_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    engine = open_engine(url)
    (tmp_path / "files").mkdir()
    office.fill(engine, tmp_path / "files")
    load(engine, tmp_path, more=claims())
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    period = {"asof": "2025-02-15", "from": "2025-01-01", "to": "2025-02-15"}
    app = opened("coverage", period)
    assert_no_failure(app)
    said = words(app)
    assert "53.8\N{NO-BREAK SPACE}% of 13 insured accounts were verified in time" in said
    left_out = "workers' compensation, auto and liability insurers {} left out: such insurers answer no"
    assert f"2 accounts of {left_out.format('are')}" in said
    app = opened("coverage", {**period, "pt": "Workers' comp"})
    assert_no_failure(app)
    said = words(app)
    assert "No insured account to verify was served in this period." in said
    assert f"1 account of {left_out.format('is')}" in said
