"""Posting that fails: it says so without a word of data, and taking back what it fails on mends it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from data_access import __main__ as command
from data_access import schema as s
from data_access.engine import expect_posting, write
from data_access.ingest.undo import undo
from data_access.posting import PostingFailed, not_posted, resume
from tests.ingest.loading import PAID, assert_sound, balances, claims_837, load, remits_835


def with_an_undated_payment(engine: Engine, tmp_path: Path) -> None:
    """As an older version loaded it: nothing can be posted on no day."""
    load(engine, tmp_path, a=claims_837(("SECRET1", "100")))
    load(engine, tmp_path, b=remits_835(("SECRET1", "100", "60", PAID)))
    with write(engine) as connection:
        connection.execute(update(s.claim_payment).values(paid_on=None, paid_month=None))
        keys = s.claim_payment.select().with_only_columns(s.claim_payment.c.account_key)
        connection.execute(insert(s.unsettled).from_select(["account_key"], keys))
        expect_posting(connection)


def test_what_failed_is_told_until_it_is_taken_back(engine: Engine, tmp_path: Path) -> None:
    with_an_undated_payment(engine, tmp_path)
    assert not_posted(engine) is None
    with pytest.raises(PostingFailed) as failed:
        resume(engine)
    told = str(failed.value)
    assert "Error at " in told and "Take the newest load back" in told
    assert "SECRET1" not in told and "100" not in told
    assert not_posted(engine) == told
    undo(engine, 2)
    assert not_posted(engine) is None
    assert balances(engine) == {"SECRET1": (100, 0)}
    assert_sound(engine)


def test_the_command_line_tells_it_without_a_traceback(
    duckdb_url: str,
    duckdb_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    with_an_undated_payment(duckdb_engine, tmp_path)
    duckdb_engine.dispose()
    monkeypatch.setenv("DATABASE_URL", duckdb_url)
    (tmp_path / "c.csv").write_text("account_number,posted_on,type,amount\nB1,2026-01-31,patient_payment,5.00\n")
    assert command.main(["load", str(tmp_path / "c.csv")]) == 2
    told = capsys.readouterr().err
    assert "Not all that was loaded is posted" in told
    assert "SECRET1" not in told and "Traceback" not in told
    assert command.main(["undo", "2"]) == 0
