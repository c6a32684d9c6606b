"""A payment that came in two files is not lost when the first of them is undone."""

from pathlib import Path

from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.ingest.undo import taken_back, undo
from tests.ingest.loading import PAID, D, assert_sound, balances, claims_837, contents, load, remits_835

CLAIMS = claims_837(("A1", "100"), ("A2", "100"))
FIRST = remits_835(("A1", "100", "60", PAID))
#: The same payment under a new envelope.
AGAIN = remits_835(("A1", "100", "60", PAID), control="000000009")
SECOND = remits_835(("A2", "100", "70", ("CAS*CO*45*30",)), trace="T2", control="000000003")
PAID_BOTH = {"A1": (D(0), D(20)), "A2": (D(0), D(0))}


def loads(engine: Engine) -> dict[int, tuple]:
    row = s.load.c
    with engine.connect() as connection:
        query = select(row.load_id, row.status, row.transactions, row.claims, row.paid, row.balanced, row.reason)
        return {found[0]: tuple(found[1:]) for found in connection.execute(query)}


def test_what_was_skipped_counts_when_the_first_copy_is_undone(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, claims=CLAIMS)
    load(engine, tmp_path, f1=FIRST)
    (again,) = load(engine, tmp_path, f2=AGAIN + SECOND).values()
    assert (again.status, again.load_id) == ("loaded", 3)
    assert "1 of its transactions were already loaded" in (again.reason or "")
    assert undo(engine, 2) == [3]
    assert balances(engine) == PAID_BOTH
    assert loads(engine)[3] == ("loaded", 2, 2, D(130), True, None)
    with engine.connect() as connection:
        problems = connection.scalars(select(s.load_problem.c.code).where(s.load_problem.c.load_id == 3)).all()
    assert "DUPLICATE" not in problems
    assert_sound(engine)
    undo(engine, 3)
    assert balances(engine) == {"A1": (D(100), D(0)), "A2": (D(100), D(0))}


def test_it_is_as_if_the_undone_file_had_never_been_loaded(duckdb_engine: Engine, tmp_path: Path) -> None:
    engine = duckdb_engine
    load(engine, tmp_path, claims=CLAIMS, f1=FIRST)
    load(engine, tmp_path, f2=AGAIN)
    load(engine, tmp_path, f3=remits_835(("A1", "100", "60", PAID), control="000000010"))
    assert loads(engine)[3][0] == loads(engine)[4][0] == "already_loaded"
    undo(engine, 1)
    assert undo(engine, 2) == [3]
    assert loads(engine)[3][0] == "loaded"
    load(engine, tmp_path, claims=CLAIMS)
    assert balances(engine)["A1"] == (D(0), D(20))
    assert undo(engine, 3) == [4]
    assert balances(engine)["A1"] == (D(0), D(20))
    assert_sound(engine)
    kept = contents(engine)["claim_payment"]
    assert len(kept) == 1


def test_other_terminators_and_names_are_read_again_alike(duckdb_engine: Engine, tmp_path: Path) -> None:
    named = AGAIN.replace(b"SYNTHETIC*PATIENT", "Müller-Ñandú*Zoë".encode("cp1252"))
    load(duckdb_engine, tmp_path, claims=CLAIMS, f1=named.replace(b"\n", b"").replace(b"000000009", b"000000008"))
    load(duckdb_engine, tmp_path, f2=named.replace(b"~", b"\r\n"))
    before = contents(duckdb_engine)
    assert len(undo(duckdb_engine, 2)) == 1
    after = contents(duckdb_engine)
    for table in ("claim_payment", "adjustment", "remittance"):
        assert len(after[table]) == len(before[table]) > 0
    assert balances(duckdb_engine)["A1"] == (D(0), D(20))
    assert_sound(duckdb_engine)


def test_the_message_names_the_loads() -> None:
    assert taken_back(1, []) == "Load 1 was taken back."
    assert "What load 3 had sent again" in taken_back(1, [3])
    assert "loads 3, 5" in taken_back(1, [3, 5])
