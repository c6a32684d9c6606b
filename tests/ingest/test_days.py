"""Dates that cannot be: nothing that is loaded may keep posting from ending, whatever a file says."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.dates import last_of_month, months_before
from data_access.ingest import values
from data_access.ingest.csv_cells import BadCell, day, limit
from data_access.posting.bank.match import _runs
from tests.ingest.loading import PAID, assert_sound, balances, claims_837, load, remits_835

YEAR = date.today().year
NEXT, AFTER = date(YEAR + 1, 12, 31), date(YEAR + 2, 1, 1)
CSV = "account_number,posted_on,type,amount\nA1,{},patient_payment,5.00\n"
BANK = "deposited_on,amount\n{},9.00\n"


def undated(content: bytes, *more: bytes) -> bytes:
    """The file without the date of its group, and without what is given."""
    for text in (b"*20250103*1200*1*X", *more):
        assert text in content
        content = content.replace(text, text.replace(b"20250103", b"") if text.startswith(b"*2025") else b"")
    return content


@pytest.mark.parametrize("wrong", [b"", b"99991231"])
def test_a_payment_without_a_day_is_refused_and_the_next_files_load(
    wrong: bytes, engine: Engine, tmp_path: Path
) -> None:
    content = undated(remits_835(("A1", "100", "60", PAID))).replace(b"*20260201~", b"*" + wrong + b"~")
    assert load(engine, tmp_path, a=claims_837(("A1", "100")))["a"].status == "loaded"
    refused = load(engine, tmp_path, b=content)["b"]
    assert refused.status == "rejected"
    assert "Segment 9: the payment has no date: BPR16 (segment 4), DTM*405 and GS04" in (refused.reason or "")
    assert "Ask the payer" in (refused.reason or "")
    assert load(engine, tmp_path, c=CSV.format("2026-01-31").encode())["c"].status == "loaded"
    assert balances(engine) == {"A1": (100, -5)}
    assert_sound(engine)


def test_a_claim_without_a_day_is_refused_and_the_rest_of_the_file_loads(engine: Engine, tmp_path: Path) -> None:
    bad = undated(claims_837(("A1", "100")), b"DTP*472*D8*20260105~\n").replace(b"*20260110*", b"**")
    bad = bad.replace(b"SE*18*", b"SE*17*")
    good = claims_837(("A2", "50"), batch="B2").decode()
    good = good[good.index("ST*") : good.index("GE*")].replace("0001~", "0002~").replace("ST*837*0001", "ST*837*0002")
    both = bad.replace(b"GE*1*", good.encode() + b"GE*2*")
    result = load(engine, tmp_path, a=both)["a"]
    assert result.status == "partly_loaded"
    assert "the claim that begins at segment 15 has no date: DTP*472" in (result.reason or "")
    assert balances(engine) == {"A2": (50, 0)}
    assert_sound(engine)


@pytest.mark.parametrize("text", [CSV, BANK])
@pytest.mark.parametrize("wrong", ["9999-12-31", AFTER.isoformat()])
def test_a_row_of_no_possible_day_refuses_the_file(
    wrong: str, text: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    result = load(duckdb_engine, tmp_path, a=text.format(wrong).encode())["a"]
    assert result.status == "rejected"
    column = text.split(",")[0] if text is BANK else "posted_on"
    told = f"Row 2, column {column}: is no date from 1900 to the end of next year; check the year."
    assert told in (result.reason or "")
    assert wrong not in (result.reason or "")
    assert_sound(duckdb_engine)


def test_a_contract_without_end_loads_and_counts(engine: Engine, tmp_path: Path) -> None:
    header = "payer_id,contract,effective_from,effective_to,basis,amount\n"
    for name, end in (("a", "9999-12-31"), ("b", "2099-12-31")):
        row = f"12345,Plan {name},1900-01-01,{end},fixed,90\n"
        assert load(engine, tmp_path, **{name: (header + row).encode()})[name].status == "loaded"
    load(engine, tmp_path, c=claims_837(("A1", "100")), d=remits_835(("A1", "100", "60", PAID)))
    with engine.connect() as connection:
        ends = connection.scalars(select(s.contract_term.c.effective_to).order_by(s.contract_term.c.load_id)).all()
    assert ends == [date(9999, 12, 31), date(2099, 12, 31)]
    assert_sound(engine)


def test_the_bounds_are_the_same_in_every_kind_of_file() -> None:
    for possible in (date(1900, 1, 1), date(2026, 1, 31), NEXT):
        assert day(possible.isoformat()) == values.day(f"{possible:%Y%m%d}") == possible
    for impossible in (date(1899, 12, 31), AFTER, date(9999, 12, 31)):
        assert values.day(f"{impossible:%Y%m%d}") is None
        with pytest.raises(BadCell, match="check the year"):
            day(impossible.isoformat())
    with pytest.raises(BadCell, match="before 1800"):
        limit("0001-01-01")


def test_births_and_ends_of_coverage_reach_further() -> None:
    assert values.birth_date("18500101") == date(1850, 1, 1)
    assert values.birth_date("18491231") is None
    assert values.birth_date("99991231") is None
    assert values.term("20260101-20991231") == (date(2026, 1, 1), date(2099, 12, 31))
    assert values.term("20260101-99991231") == (date(2026, 1, 1), None)
    assert values.period("20260101-99991231") == (date(2026, 1, 1), None)


def test_months_at_the_ends_of_the_calendar() -> None:
    assert last_of_month(date.max) == date.max
    assert (last_of_month(date(2024, 2, 3)), last_of_month(date(2025, 12, 1))) == (
        date(2024, 2, 29),
        date(2025, 12, 31),
    )
    assert months_before(date(2026, 1, 31), 0) == date(2026, 1, 1)
    assert months_before(date(2026, 1, 31), 13) == date(2024, 12, 1)
    assert months_before(date(1, 1, 31), 0) == date.min


def test_days_in_a_row_end_with_the_calendar() -> None:
    last = date.max
    assert list(_runs({last: ["a"]}, 4)) == [["a"]]
    by_day = {date(2026, 1, 1): ["a"], date(2026, 1, 3): ["b"], date(2026, 1, 5): ["c"], date(2026, 1, 20): ["d"]}
    assert list(_runs(by_day, 4)) == [["a"], ["a", "b"], ["b"], ["b", "c"], ["c"], ["d"]]
