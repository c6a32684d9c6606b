"""Where a patient lives and what a payer is called: the newest word of any file, in any order, after any undo."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.ingest.undo import undo
from tests.ingest.loading import PAID, assert_sound, claims_837, load, remits_835


def claim_on(day: str, street: str, payer: str = "BIG PAYER", account: str = "A1") -> bytes:
    """A claim sent on a day, for a patient who lives there; `street` may be empty."""
    sent = claims_837((account, "100"), batch=f"B{day}").replace(b"*20260110*1200", f"*{day}*1200".encode())
    sent = sent.replace(b"****MI*M" + account.encode(), b"****MI*M1")
    home = f"N3*{street}~\nN4*TOWN*TX*70000~\n".encode() if street else b""
    sent = sent.replace(b"DMG*D8", home + b"DMG*D8").replace(b"BIG PAYER", payer.encode())
    head, _, tail = sent.partition(b"SE*")
    segments = sent.count(b"~") - 4  # from ST to SE: all but ISA, GS, GE and IEA
    return head + b"SE*" + str(segments).encode() + tail[tail.index(b"*") :]


OLD, NEW, NONE = (
    claim_on("20260105", "1 OLD ST", "BIG PAYER OLD", "A1"),
    claim_on("20260110", "2 NEW ST", "BIG PAYER NEW", "A2"),
    claim_on("20260115", "", "BIG PAYER", "A3"),
)


def home(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(select(s.patient.c.street)).scalar_one()


def payer_name(engine: Engine) -> str:
    with engine.connect() as connection:
        return connection.execute(select(s.payer.c.name)).scalar_one()


@pytest.mark.parametrize("order", [(OLD, NEW, NONE), (NONE, OLD, NEW), (NEW, NONE, OLD)])
def test_the_newest_address_holds_in_any_order(duckdb_engine: Engine, tmp_path: Path, order: tuple[bytes, ...]) -> None:
    for content in order:
        assert load(duckdb_engine, tmp_path, x=content)["x"].status == "loaded"
    assert (home(duckdb_engine), payer_name(duckdb_engine)) == ("2 NEW ST", "BIG PAYER")
    assert_sound(duckdb_engine)


def test_an_undo_leaves_what_the_standing_files_say(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, x=NONE)
    assert home(engine) is None
    load(engine, tmp_path, x=OLD)
    assert home(engine) == "1 OLD ST"
    load(engine, tmp_path, x=NEW)
    assert home(engine) == "2 NEW ST"
    undo(engine, 3)
    assert home(engine) == "1 OLD ST"
    undo(engine, 1)
    assert payer_name(engine) == "BIG PAYER OLD"
    assert_sound(engine)


def test_a_payer_is_called_as_the_office_says_else_as_last_sent(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, x=NEW)
    load(engine, tmp_path, x=remits_835(("A2", "100", "60", PAID)))
    assert payer_name(engine) == "BIG PAYER"
    load(engine, tmp_path, x=b"payer_id,name\n12345,Our Name\n")
    load(engine, tmp_path, x=NONE)
    assert payer_name(engine) == "Our Name"
    undo(engine, 3)
    assert payer_name(engine) == "BIG PAYER"
