"""How far each claim came, worked by hand: in any order of loading, on both databases, and undone without a trace."""

import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from tests.acknowledgments import office as o
from tests.acknowledgments.office import EXPECTED, write_files

COLUMNS = (
    "state", "file_status", "clearinghouse_on", "payer_on", "rejected_on", "rejected_by",
    "category", "status", "entity", "resent_on", "adjudicated_on", "paid_on",
)  # fmt: skip


def progress(engine: Engine) -> dict[tuple[str, date], tuple]:
    row = s.claim_progress.c
    query = select(s.claim.c.account_number, row.sent_on, *(row[name] for name in COLUMNS)).join(
        s.claim, s.claim.c.claim_id == row.claim_id
    )
    with engine.connect() as connection:
        return {(found[0], found[1]): tuple(found[2:]) for found in connection.execute(query)}


def everything(engine: Engine) -> list[str]:
    """All of `claim_progress` and of the accounts' rejections, by names that hold whatever the order of loading."""
    plain = [column for column in s.claim_progress.c if not column.name.endswith("_id")]
    query = select(s.claim.c.account_number, *plain).join(s.claim, s.claim.c.claim_id == s.claim_progress.c.claim_id)
    own = select(s.account.c.account_number, s.account.c.rejected_on, s.account.c.filing_deadline, s.account.c.balance)
    with engine.connect() as connection:
        return sorted(repr(tuple(row)) for one in (query, own) for row in connection.execute(one))


def assert_sound(engine: Engine) -> None:
    assert [finding for finding in check(engine) if not finding.ok] == []


def paths(folder: Path, seed: int | None = None) -> list[Path]:
    found = sorted(folder.iterdir())
    if seed is not None:
        random.Random(seed).shuffle(found)
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("files") / "in")


@pytest.fixture(scope="module")
def reference(files: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    engine = open_engine(f"duckdb:///{tmp_path_factory.mktemp('reference') / 'reference.duckdb'}")
    load_paths(engine, [files], who="test")
    found = everything(engine)
    engine.dispose()
    return found


def test_each_claim_stands_where_it_was_worked_to_stand(engine: Engine, files: Path) -> None:
    results = load_paths(engine, [files], who="test")
    assert {(result.status, *result.warnings) for result in results} == {("loaded",)}
    kinds = {result.file: result.kind for result in results}
    assert {kinds[name] for name in kinds if name.endswith((".999", ".ta1"))} == {"999", "TA1"}
    assert kinds["31_b1_clearinghouse.277"] == "277CA" and kinds["37_status.277"] == "277"
    assert_sound(engine)
    found = progress(engine)
    assert found.keys() == EXPECTED.keys()
    for key, expected in EXPECTED.items():
        assert dict(zip(COLUMNS, found[key], strict=True)) == dict(zip(COLUMNS, expected, strict=True)), key


def test_a_rejected_claim_runs_out_of_time_and_its_account_says_so(duckdb_engine: Engine, files: Path) -> None:
    load_paths(duckdb_engine, [files], who="test")
    row = s.account.c
    query = select(row.account_number, row.rejected_on, row.filing_deadline).where(row.rejected_on.is_not(None))
    with duckdb_engine.connect() as connection:
        found = {number: (on, deadline) for number, on, deadline in connection.execute(query)}
    deadline = date(2026, 5, 21)  # 20 February and the payer's 90 days
    assert found == {
        "AK-03": (date(2026, 3, 3), deadline),
        "AK-05": (date(2026, 3, 3), deadline),
        "AK-06": (date(2026, 3, 4), deadline),
        "AK-13": (date(2026, 3, 6), deadline),
    }


def test_a_corrected_claim_takes_the_place_of_the_rejected_one(duckdb_engine: Engine, files: Path) -> None:
    """AK-09 was rejected at 190 and sent again at 195: one bill of 195, aged from the first sending."""
    load_paths(duckdb_engine, [files], who="test")
    with duckdb_engine.connect() as connection:
        query = select(s.account.c.charge, s.account.c.first_submitted_on).where(s.account.c.account_number == "AK-09")
        assert connection.execute(query).one() == (Decimal("195.00"), date(2026, 3, 2))


def test_the_bill_is_as_far_as_its_best_sending(duckdb_engine: Engine, files: Path) -> None:
    load_paths(duckdb_engine, [files], who="test")
    row = s.claim_progress.c
    query = (
        select(
            row.bill_clearinghouse_on, row.bill_payer_on, row.days_to_payer, row.bill_rejected_on, row.first, row.last
        )
        .join(s.claim, s.claim.c.claim_id == row.claim_id)
        .where(s.claim.c.account_number == "AK-04")
        .order_by(row.sent_on)
    )
    with duckdb_engine.connect() as connection:
        first, second = connection.execute(query).all()
    bill = (date(2026, 3, 3), date(2026, 3, 12), 10, None)
    assert tuple(first) == (*bill, True, False)
    assert tuple(second) == (*bill, False, True)


def test_any_order_gives_the_same(engine: Engine, files: Path, reference: list[str]) -> None:
    """Answers before their claims, remittances before both."""
    shuffled = paths(files, 1)
    for batch in (shuffled[:4], shuffled[4:5], shuffled[5:11], shuffled[11:]):
        load_paths(engine, batch, who="test")
    assert_sound(engine)
    assert everything(engine) == reference


def test_answers_before_their_claims(duckdb_engine: Engine, files: Path, reference: list[str]) -> None:
    found = paths(files)
    for batch in ([path for path in found if path.suffix != ".837"], [path for path in found if path.suffix == ".837"]):
        load_paths(duckdb_engine, batch, who="test")
    assert everything(duckdb_engine) == reference


def test_taken_back_and_loaded_again(duckdb_engine: Engine, files: Path, reference: list[str]) -> None:
    results = {result.file: result for result in load_paths(duckdb_engine, [files], who="test")}
    for name in ("12_b2.837", "24_b4.ta1", "35_b5_batch.277"):
        undo(duckdb_engine, results[name].load_id)
        assert_sound(duckdb_engine)
        assert everything(duckdb_engine) != reference, name
        load_paths(duckdb_engine, [files / name], who="test")
        assert everything(duckdb_engine) == reference, name


def test_all_taken_back_leaves_nothing(engine: Engine, files: Path) -> None:
    some = [path for path in paths(files, 5) if path.name[:2] in ("11", "14", "15", "21", "24", "31", "35")]
    for result in load_paths(engine, some, who="test"):
        undo(engine, result.load_id)
    with engine.connect() as connection:
        for table in (*s.FACT_TABLES, *s.DERIVED_TABLES, *s.PARTY_TABLES, s.unsettled):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0, table.name


def test_what_names_no_claim_is_kept_apart(duckdb_engine: Engine, files: Path) -> None:
    """AK-11 is answered with another charge and date than it has: somebody else's claim."""
    load_paths(duckdb_engine, [files], who="test")
    row = s.claim_ack.c
    with duckdb_engine.connect() as connection:
        query = select(row.account_number).where(row.level == "claim", row.claim_id.is_(None))
        assert list(connection.scalars(query)) == ["AK-11"]


def test_a_number_used_again_is_for_the_file_before_the_answer(engine: Engine, tmp_path: Path) -> None:
    """The same group and transaction numbers in January and February, each answered."""
    files: dict[str, Any] = {
        "1.837": o.claims("X1", "20260105", 1, [o.Sent("AK-20", "50", "20260102")]),
        "2.837": o.claims("X2", "20260205", 1, [o.Sent("AK-21", "60", "20260202")]),
        "3.999": o.file_answer("20260106", 501, 1, "AK2*837*0001", "IK5*R*5", result="R*1*1*0"),
        "4.999": o.file_answer("20260205", 502, 1, "AK2*837*0001", "IK5*A", result="A*1*1*1"),
    }
    for name in ("3.999", "1.837", "4.999", "2.837"):
        (tmp_path / name).write_bytes(files[name])
        load_paths(engine, [tmp_path / name], who="test")
    found = {number: values[0:2] for (number, _), values in progress(engine).items()}
    assert found == {"AK-20": ("file_rejected", "rejected"), "AK-21": ("sent", "accepted")}
