"""Files that cannot be read: each is refused by itself with what to do, and the others are loaded."""

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.ingest import whole_file
from tests.bank.test_bai2 import FILE
from tests.ingest.loading import PAID, assert_sound, balances, claims_837, load, remits_835

HEADER = b"account_number,posted_on,type,amount,method\n"
ROW = b"S1,2026-01-31,patient_payment,25.00,cash\n"
PAYERS = b"payer_id,name,filing_limit_days\nS1,S1,%s\n"


def damaged_zip() -> bytes:
    """A zip whose one file is not what its checksum says."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.835", b"ISA*00*hello world")
    return packed.getvalue().replace(b"hello", b"jello")


def torn_zip() -> bytes:
    """A zip whose compressed bytes are not such."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.835", bytes(range(256)) * 40)
    data = bytearray(packed.getvalue())
    data[40:60] = b"\xff" * 20
    return bytes(data)


BAD = {
    "largest.csv": (PAYERS % b"99999999999", "Row 2, column filing_limit_days: is more than 36,500"),
    "return.csv": (HEADER + ROW + ROW.replace(b"cash", b"ca\rsh"), "Row 3 cannot be read"),
    "mac.csv": ((HEADER + ROW).replace(b"\n", b"\r"), "Row 1 cannot be read"),
    "open.csv": (HEADER + ROW.replace(b"cash", b'"' + b"x" * 140_000), "Row 2 cannot be read"),
    "nul.csv": (HEADER + ROW + ROW.replace(b"cash", b"ca\0sh"), "Row 3 holds a NUL character"),
    "nul.bai": (FILE.replace("COUNTER", "COUN\0TER").encode(), "Row 6 holds a NUL character"),
    "damaged.zip/x.835": (damaged_zip(), "The zip file is damaged"),
    "torn.zip/x.835": (torn_zip(), "The zip file is damaged"),
    "sum.835": (
        remits_835(("S1", "1", "0", ("CAS*OA" + "*1*999999999*" * 6,) * 200), trace="T7"),
        "An amount or number in the file, or a sum of them, is too large",
    ),
}


def test_each_is_refused_by_itself(engine: Engine, tmp_path: Path) -> None:
    files = {name.split("/")[0]: content for name, (content, _) in BAD.items()}
    results = load(
        engine, tmp_path, **files, good=claims_837(("A1", "100")), last=remits_835(("A1", "100", "60", PAID))
    )
    assert results.pop("good").status == results.pop("last").status == "loaded"
    assert set(results) == set(BAD)
    for name, result in results.items():
        told = result.reason or ""
        assert (name, result.status) == (name, "rejected")
        assert BAD[name][1] in told
        assert "S1" not in told
    assert balances(engine) == {"A1": (0, 20)}
    assert_sound(engine)


def test_a_nul_in_x12_is_padding(engine: Engine, tmp_path: Path) -> None:
    padded = claims_837(("A1", "100")).replace(b"*SYNTHETIC CLINIC*", b"*SYNTHETIC CLINIC\0\0*")
    padded = padded.replace(b"*SENDER    ", b"*SENDER\0\0\0\0")
    assert load(engine, tmp_path, a=padded)["a"].status == "loaded"
    with engine.connect() as connection:
        assert connection.scalars(select(s.facility.c.name)).all() == ["SYNTHETIC CLINIC"]
    assert load(engine, tmp_path, b=remits_835(("A1", "100", "60", PAID)))["b"].status == "loaded"
    assert balances(engine) == {"A1": (0, 20)}


@pytest.mark.parametrize("content", [HEADER + ROW, FILE.encode()])
def test_what_is_held_in_memory_is_bounded(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(whole_file, "MAX_BYTES", len(content) - 1)
    result = load(duckdb_engine, tmp_path, a=content)["a"]
    assert result.status == "rejected"
    assert "the most for this kind" in (result.reason or "")
    monkeypatch.setattr(whole_file, "MAX_BYTES", len(content))
    assert load(duckdb_engine, tmp_path, b=content)["b"].status == "loaded"
