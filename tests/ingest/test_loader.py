"""Loading: once, whole, in any order, and taken back without a trace."""

import gc
import io
import threading
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.engine import open_engine
from data_access.ingest import inbox
from data_access.ingest.csv_import import KINDS, template
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import CannotUndo, undo
from data_access.ingest.uploads import sources_of
from data_access.queries import imports
from data_access.queries.account import source_segments
from data_access.startup import keep_imports
from tests.ingest.loading import PAID, assert_sound, balances, claims_837, contents, load, remits_835

D = Decimal


def test_a_remittance_may_come_before_its_claim(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=remits_835(("A1", "100", "60", PAID)))
    assert balances(engine) == {}
    assert imports.unapplied(engine).amount == D("60.00")
    assert_sound(engine)
    load(engine, tmp_path, b=claims_837(("A1", "100")))
    assert balances(engine) == {"A1": (D("0.00"), D("20.00"))}
    assert imports.unapplied(engine).payments == 0
    assert_sound(engine)


def test_the_same_file_twice_is_loaded_once(engine: Engine, tmp_path: Path) -> None:
    first = load(engine, tmp_path, a=claims_837(("A1", "100")))["a"]
    before = contents(engine)
    again = load(engine, tmp_path, other_name=claims_837(("A1", "100")))["other_name"]
    assert (first.status, again.status) == ("loaded", "already_loaded")
    assert f"load {first.load_id}" in (again.reason or "")
    assert contents(engine) == before


def test_a_resend_under_a_new_envelope_is_skipped_and_says_so(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=remits_835(("A1", "100", "60", PAID)))
    before = balances(engine)
    again = load(engine, tmp_path, c=remits_835(("A1", "100", "60", PAID), control="000000077"))["c"]
    assert again.status == "already_loaded"
    assert "loaded before as load 2" in (again.reason or "")
    assert balances(engine) == before
    assert_sound(engine)


def test_same_key_with_other_contents_is_held_aside_and_both_are_shown(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=remits_835(("A1", "100", "60", PAID)))
    other = remits_835(("A1", "100", "60", ("CAS*CO*45*40",)), control="000000077")
    held = load(engine, tmp_path, c=other)["c"]
    assert held.status == "rejected"
    assert "other contents" in (held.reason or "")
    assert balances(engine) == {"A1": (D("0.00"), D("20.00"))}
    row = imports.conflicts(engine).iloc[0]
    assert (row["held_file"], row["kept_file"]) == ("c", "b")
    shown = source_segments(engine, int(row["held_load"]), int(row["held_first"]), int(row["held_last"]))
    assert any("CAS*CO*45*40" in text for _, text in shown)
    assert_sound(engine)


def test_one_bad_transaction_leaves_the_rest_loaded(engine: Engine, tmp_path: Path) -> None:
    good = remits_835(("A1", "100", "60", PAID)).decode().split("~\n")
    text = "~\n".join(good)
    bad = text[text.index("ST*835") : text.index("GE*")].replace("0001", "0002").replace("*T1*", "*T2*")
    bad = bad.replace("*100*60*", "*100*sixty*")
    both = text.replace("GE*1*", bad + "GE*2*").encode()
    result = load(engine, tmp_path, a=both)["a"]
    assert (result.status, result.claims, result.paid) == ("partly_loaded", 1, D("60.00"))
    assert "transaction 2" in (result.reason or "")
    problem = imports.problems(engine, 1).iloc[0]
    assert (problem["severity"], problem["transaction_no"]) == ("error", 2)
    assert_sound(engine)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<html><body>Sign in</body></html>", ""),
        (b"%PDF-1.7 ...", ""),
        (b"hello, this is no X12", "not X12"),
        (claims_837(("A1", "100"))[:-60], "cut off"),
        (claims_837(("A1", "100")).replace(b"CLM*A1*100", b"CLM*A1*many"), "transaction 1"),
    ],
)
def test_what_cannot_be_trusted_is_refused_whole(
    duckdb_engine: Engine, tmp_path: Path, content: bytes, words: str
) -> None:
    before = contents(duckdb_engine)
    result = load(duckdb_engine, tmp_path, a=content)["a"]
    assert result.status == "rejected"
    assert words in (result.reason or "")
    assert contents(duckdb_engine) == before


def test_zips_and_folders_are_opened(duckdb_engine: Engine, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("deep/claims.837", claims_837(("A1", "100")))
        archive.writestr("remits.835", remits_835(("A1", "100", "60", PAID)))
    results = load(duckdb_engine, tmp_path, **{"both.zip": packed.getvalue()})
    assert {name: result.status for name, result in results.items()} == {
        "both.zip/claims.837": "loaded",
        "both.zip/remits.835": "loaded",
    }
    assert balances(duckdb_engine) == {"A1": (D("0.00"), D("20.00"))}


def test_uploads_are_loaded_like_files(duckdb_engine: Engine) -> None:
    from data_access.ingest.loader import load_sources

    with sources_of([("x.837", io.BytesIO(claims_837(("A1", "100"))))]) as sources:
        results = load_sources(duckdb_engine, sources, "test")
    assert [(result.file, result.status, result.charge) for result in results] == [("x.837", "loaded", D("100"))]


def test_undo_leaves_the_database_exactly_as_before(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100"), ("A2", "50")))
    before = contents(engine)
    load(
        engine,
        tmp_path,
        b=remits_835(("A1", "100", "60", PAID), plb="PLB*1234567893*20261231*WO:X*5.00"),
        c=claims_837(("A2", "40"), ("NEW", "10"), batch="B2", frequency="7"),
        d=b"account_number,posted_on,type,amount\nA1,2026-03-01,patient_payment,5.00\n",
    )
    assert contents(engine) != before
    for load_id in (4, 2, 3):
        undo(engine, load_id)
        assert_sound(engine)
    assert contents(engine) == before
    with pytest.raises(CannotUndo):
        undo(engine, 4)
    with pytest.raises(CannotUndo):
        undo(engine, 99)


def test_undoing_an_early_load_is_as_if_it_never_was(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=remits_835(("A1", "100", "60", PAID)))
    undo(engine, 1)
    assert balances(engine) == {}
    assert imports.unapplied(engine).amount == D("60.00")
    again = load(engine, tmp_path, a=claims_837(("A1", "100")))["a"]
    assert again.status == "loaded"
    assert balances(engine) == {"A1": (D("0.00"), D("20.00"))}
    assert_sound(engine)


def test_a_load_leaves_what_the_process_set_aside(duckdb_engine: Engine, tmp_path: Path) -> None:
    """Else the collector goes through all imports again, in a dashboard from its first upload on."""
    keep_imports()
    before = gc.get_freeze_count()
    load(duckdb_engine, tmp_path, a=claims_837(("A1", "100")))
    assert gc.get_freeze_count() > 0.9 * before > 90_000  # some of it was of no more use


def test_provider_level_money_touches_no_account(engine: Engine, tmp_path: Path) -> None:
    content = remits_835(("A1", "100", "60", PAID), plb="PLB*1234567893*20261231*WO:X*15.00")
    result = load(engine, tmp_path, a=claims_837(("A1", "100")), b=content)["b"]
    assert (result.paid, result.balanced) == (D("60"), True)
    assert balances(engine) == {"A1": (D("0.00"), D("20.00"))}
    with engine.connect() as connection:
        assert connection.execute(select(s.remittance.c.amount, s.remittance.c.difference)).one() == (D("45.00"), 0)


def test_a_zero_payment_denial_stays_open(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=remits_835(("A1", "100", "0", ("CAS*CO*197*100",))))
    assert balances(engine) == {"A1": (D("100.00"), D("0.00"))}
    with engine.connect() as connection:
        assert connection.execute(select(s.denial.c.category, s.denial.c.amount)).one() == (
            "authorization",
            D("100.00"),
        )


def test_two_loaders_at_once_neither_lose_nor_double(postgresql_url: str, tmp_path: Path) -> None:
    engines = [open_engine(postgresql_url) for _ in range(2)]
    folders = []
    for number in range(2):
        folder = tmp_path / f"part{number}"
        folder.mkdir()
        for step in range(5):
            name = f"{number}{step}"
            (folder / name).write_bytes(claims_837((f"A{name}", "100"), batch=name, control=f"0000000{name}"))
        folders.append(folder)
    threads = [
        threading.Thread(target=load_paths, args=(engine, [folder], "test"))
        for engine, folder in zip(engines, folders, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(balances(engines[0])) == 10
    with engines[0].connect() as connection:
        numbers = list(connection.scalars(select(s.load.c.load_id).order_by(s.load.c.load_id)))
    assert numbers == list(range(1, 11))
    assert_sound(engines[0])
    for engine in engines:
        engine.dispose()


def test_csv_errors_name_row_and_column_and_load_nothing(duckdb_engine: Engine, tmp_path: Path) -> None:
    text = (
        "account_number,posted_on,type,amount\n"
        "A1,2026-03-01,patient_payment,5.00\n"
        "A1,yesterday,patient_payment,5.00\n"
        "A1,2026-03-01,gift,5.001\n"
    )
    result = load(duckdb_engine, tmp_path, a=text.encode())["a"]
    assert result.status == "rejected"
    for words in ("Row 3, column posted_on", "Row 4, column type", "Row 4, column amount"):
        assert words in (result.reason or "")
    assert "yesterday" not in (result.reason or "")
    assert contents(duckdb_engine)["billing_entry"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_template_loads(duckdb_engine: Engine, tmp_path: Path, kind: str) -> None:
    result = load(duckdb_engine, tmp_path, **{f"{kind}.csv": template(kind).encode()})[f"{kind}.csv"]
    assert (result.status, result.kind, result.claims) == ("loaded", kind, 1)
    assert_sound(duckdb_engine)


def test_csv_with_semicolons_byte_order_mark_and_american_dates(duckdb_engine: Engine, tmp_path: Path) -> None:
    text = '\ufeffAccount_Number;Posted_On;Type;Amount\r\nA1;03/01/2026;patient_payment;"1,005.00"\r\n'
    result = load(duckdb_engine, tmp_path, a=text.encode())["a"]
    assert (result.status, result.charge) == ("loaded", D("1005.00"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{};posted_on;type;amount\nA1;2026-03-01;patient_payment;12,50\n", "Row 2, column amount: is not an amount"),
        (
            "{},posted_on,type,amount\nA1,2026-03-01,patient_payment,12,50\n",
            "Row 2 has 5 cells where the header names 4",
        ),
    ],
)
def test_a_decimal_comma_is_refused_and_never_taken_for_thousands(
    duckdb_engine: Engine, tmp_path: Path, text: str, told: str
) -> None:
    result = load(duckdb_engine, tmp_path, a=text.format("account_number").encode())["a"]
    assert result.status == "rejected"
    assert told in (result.reason or "")
    assert contents(duckdb_engine)["billing_entry"] == []


def test_payers_and_departments_apply_to_what_is_there(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=claims_837(("A1", "100")), b=remits_835(("A1", "100", "0", ("CAS*CO*197*100",))))
    load(
        engine,
        tmp_path,
        c=b"payer_id,name,type,filing_limit_days,appeal_limit_days\n12345,Big Payer,Medicaid,90,30\n",
        d=b"npi,department\n1234567893,Synthetic Department\n",
    )
    with engine.connect() as connection:
        row = connection.execute(select(s.account.c.department, s.account.c.appeal_deadline)).one()
        kind = connection.scalar(select(s.payer.c.payer_type))
    assert (row.department, f"{row.appeal_deadline}", kind) == ("Synthetic Department", "2026-03-03", "Medicaid")
    undo(engine, 3)
    undo(engine, 4)
    with engine.connect() as connection:
        row = connection.execute(select(s.account.c.department, s.account.c.appeal_deadline)).one()
        kind = connection.scalar(select(s.payer.c.payer_type))
    assert (row.department, row.appeal_deadline, kind) == ("Unassigned", None, "Commercial")


def test_the_inbox_loads_each_file_once_and_keeps_it(duckdb_engine: Engine, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "good.837").write_bytes(claims_837(("A1", "100")))
    (outside / "bad.txt").write_bytes(b"no X12 at all")
    box = tmp_path / "inbox"
    assert inbox.place([outside], box) == ["bad.txt", "good.837"]
    results = inbox.process(duckdb_engine, box)
    assert {result.file: result.status for result in results} == {"bad.txt": "rejected", "good.837": "loaded"}
    assert [path.name[9:] for path in (box / "done").iterdir()] == ["good.837"]
    assert [path.name[9:] for path in (box / "failed").iterdir()] == ["bad.txt"]
    assert inbox.process(duckdb_engine, box) == []


@pytest.mark.parametrize(("shared_bytes", "rows_at_once"), [(6_000_000, 40_000), (0, 40_000), (0, 1)])
def test_files_sharing_a_transaction_fare_as_if_alone(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_bytes: int, rows_at_once: int
) -> None:
    monkeypatch.setattr("data_access.ingest.loader._SHARED_BYTES", shared_bytes)
    monkeypatch.setattr("data_access.ingest.file_load._ROWS_AT_ONCE", rows_at_once)
    remits = remits_835(("A1", "100", "60", PAID))
    bad = remits_835(("A2", "50", "60", ()), trace="T2").replace(b"*50*60*", b"*50*sixty*")
    results = load(
        engine,
        tmp_path,
        a=claims_837(("A1", "100"), ("A2", "50")),
        b=claims_837(("A9", "10"), batch="B9")[:-60],
        c=remits,
        d=remits.replace(b"000000002", b"000000055"),
        e=bad,
        f=claims_837(("A1", "100"), ("A2", "50")),
        g=claims_837(("A3", "30"), batch="B3"),
    )
    assert {name: result.status for name, result in results.items()} == {
        "a": "loaded",
        "b": "rejected",
        "c": "loaded",
        "d": "already_loaded",
        "e": "rejected",
        "f": "already_loaded",
        "g": "loaded",
    }
    assert "load 3" in (results["d"].reason or "")
    assert results["f"].load_id == results["a"].load_id
    assert balances(engine) == {
        "A1": (D("0.00"), D("20.00")),
        "A2": (D("50.00"), D("0.00")),
        "A3": (D("30.00"), D("0.00")),
    }
    with engine.connect() as connection:
        loads = connection.execute(select(s.load.c.load_id, s.load.c.file_name).order_by(s.load.c.load_id)).all()
        assert [tuple(row) for row in loads] == list(enumerate("abcdeg", 1))
        assert connection.scalars(select(s.source_chunk.c.load_id).distinct().order_by(s.source_chunk.c.load_id)).all()
    assert_sound(engine)
