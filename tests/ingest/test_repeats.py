"""Payments that stand in two exports of the billing system count once, in any order and after any undo."""

from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.ingest.loader import LoadResult
from data_access.ingest.undo import undo
from tests.ingest.loading import PAID, D, assert_sound, balances, claims_837, contents, load, remits_835

HEADER = "account_number,posted_on,type,amount,method"
FIVE, SIX = "A1,2026-03-01,patient_payment,5.00,cash", "A1,2026-03-02,patient_payment,6.00,"


def export(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def office(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=remits_835(("A1", "100", "60", PAID)))
    assert owed(engine) == D(20)


def owed(engine: Engine) -> Decimal:
    return balances(engine)["A1"][1]


def load_one(engine: Engine, tmp_path: Path, content: bytes) -> LoadResult:
    return load(engine, tmp_path, x=content)["x"]


def test_a_second_export_counts_what_is_new_and_says_so(engine: Engine, tmp_path: Path) -> None:
    office(engine, tmp_path)
    first = load_one(engine, tmp_path, export(FIVE))
    later = load_one(engine, tmp_path, export(FIVE, SIX))
    told = f"1 row is already loaded, by load {first.load_id}, and counted once."
    assert (first.warnings, later.status, later.warnings) == ([], "loaded", [told])
    assert owed(engine) == D(9)
    with engine.connect() as connection:
        problem = connection.execute(select(s.load_problem).where(s.load_problem.c.load_id == later.load_id)).one()
        assert (problem.severity, problem.code, problem.message) == ("warning", "ROWS_REPEATED", told)
        assert connection.scalars(select(s.patient_receipt.c.amount)).all() == [D(5), D(6)]
    assert_sound(engine)


def test_the_second_of_two_rows_alike_repeats_only_the_second(engine: Engine, tmp_path: Path) -> None:
    office(engine, tmp_path)
    assert load_one(engine, tmp_path, export(FIVE, FIVE)).warnings == []
    assert owed(engine) == D(10)
    assert "2 rows are already loaded" in load_one(engine, tmp_path, export(FIVE, SIX, FIVE, FIVE)).warnings[0]
    assert load_one(engine, tmp_path, export(FIVE.replace("cash", "card"))).warnings == []
    assert owed(engine) == D(20) - D(5) * 3 - D(6) - D(5)
    assert_sound(engine)


def test_an_undo_loses_no_payment_and_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    office(engine, tmp_path)
    before = contents(engine)
    first = load_one(engine, tmp_path, export(FIVE)).load_id or 0
    later = load_one(engine, tmp_path, export(FIVE, SIX)).load_id or 0
    last = load_one(engine, tmp_path, export(SIX, FIVE)).load_id or 0
    undo(engine, first)
    assert owed(engine) == D(9)
    assert_sound(engine)
    undo(engine, later)
    assert owed(engine) == D(9)
    assert_sound(engine)
    undo(engine, last)
    assert contents(engine) == before


def test_any_order_and_one_folder_come_to_the_same(duckdb_engine: Engine, tmp_path: Path) -> None:
    office(duckdb_engine, tmp_path)
    exports = [export(FIVE), export(FIVE, FIVE), export(SIX, FIVE, "")]
    for order in (exports, exports[::-1]):
        numbers = [load_one(duckdb_engine, tmp_path, content).load_id or 0 for content in order]
        assert owed(duckdb_engine) == D(4)
        for number in numbers:
            undo(duckdb_engine, number)
        assert owed(duckdb_engine) == D(20)
    results = load(duckdb_engine, tmp_path, **{f"{number}": content for number, content in enumerate(exports)})
    assert owed(duckdb_engine) == D(4)
    assert [len(result.warnings) for result in results.values()] == [0, 1, 1]
