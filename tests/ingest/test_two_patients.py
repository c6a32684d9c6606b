"""Two patients under one account number are told, by segment and without a name; one patient of two payers is not."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from tests.ingest.loading import assert_sound, claims_837, load

ONE = claims_837(("A1", "100"))


def sent(**changed: str) -> bytes:
    """Another claim of the same account and billing provider, for whom is told."""
    claim = claims_837(("A1", "90"), batch="B2", control="000000009").replace(
        b"MI*MA1", changed.get("member", "MI*MA1").encode()
    )
    claim = claim.replace(b"SYNTHETIC*PATIENT2", f"SYNTHETIC*{changed.get('first', 'PATIENT2')}".encode())
    return claim.replace(b"19800101", changed.get("born", "19800101").encode())


@pytest.mark.parametrize("other", [sent(born="19900101"), sent(member="MI*M9", first="ANN"), sent(born="20010203")])
def test_another_patient_is_told_by_segment(engine: Engine, tmp_path: Path, other: bytes) -> None:
    results = load(engine, tmp_path, a=ONE, b=other)
    assert results["a"].warnings == []
    (told,) = results["b"].warnings
    assert "claim at segment 15 is for another patient" in told
    assert "A1" not in told and "SYNTHETIC" not in told and "ANN" not in told
    with engine.connect() as connection:
        problem = connection.execute(select(s.load_problem)).one()
    assert (problem.load_id, problem.severity, problem.transaction_no) == (2, "warning", 1)
    assert (problem.segment_no, problem.code, problem.message) == (15, "TWO_PATIENTS", told)
    assert_sound(engine)


@pytest.mark.parametrize("same", [sent(), sent(member="MI*SECOND"), sent(member="MI*M9", first="PATIENT2 J")])
def test_one_patient_of_two_payers_is_not(duckdb_engine: Engine, tmp_path: Path, same: bytes) -> None:
    results = load(duckdb_engine, tmp_path, a=ONE, b=same)
    assert [result.warnings for result in results.values()] == [[], []]
