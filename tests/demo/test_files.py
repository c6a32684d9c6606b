"""The synthetic practice as files: byte for byte the same, valid to ourselves and to two other readers."""

import re
from collections import Counter
from datetime import date
from hashlib import sha256
from io import BytesIO

import oxedi
import pytest
from x12sdk.io import X12ModelReader

from data_access.demo.write_x12 import files, write_files
from data_access.ingest.csv_import import kind_of_header, read_csv
from data_access.ingest.rows import FileEnd, TransactionEnd
from data_access.ingest.x12 import read_x12

UNTIL = date(2026, 11, 20)
#: A remittance of provider-level adjustments alone.
WITHOUT_CLAIMS = re.compile(r"ST\*835(?:(?!\nLX\*|\nSE\*)[\s\S])*\nSE\*[^\n]*\n")


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """A small practice by file name."""
    return {name: text.encode("ascii") for name, text in files(600, 7, UNTIL)}


def test_same_seed_and_day_make_the_same_bytes(tmp_path, made):
    written = {path.name: path.read_bytes() for path in write_files(tmp_path, 600, 7, UNTIL)}
    assert {name: sha256(data).digest() for name, data in written.items()} == {
        name: sha256(data).digest() for name, data in made.items()
    }
    assert dict(files(600, 8, UNTIL))["transactions.csv"].encode() != made["transactions.csv"]


def test_few_enough_files(made):
    assert len(made) <= 150
    assert {"payers.csv", "departments.csv", "transactions.csv"} <= set(made)
    kinds = {name[:3] + name[-5:-4] for name in made if name.endswith(".x12")}
    assert {"837P", "837I"} <= kinds


def test_every_file_reads_without_a_problem(made):
    claims: Counter[str] = Counter()
    for name, data in made.items():
        if not name.endswith(".x12"):
            continue
        for event in read_x12(BytesIO(data), 1, b"salt"):
            if isinstance(event, TransactionEnd):
                assert event.refused is None
                assert event.problems == []
                assert event.balanced is not False
                claims[event.kind] += event.claims
            elif isinstance(event, FileEnd):
                assert event.problems == []
    assert 450 < claims["837P"] + claims["837I"] < 750
    assert claims["837I"] > 20
    assert claims["835"] > 450
    assert claims["277CA"] > 1.9 * 0.9 * (claims["837P"] + claims["837I"])
    assert claims["271"] > 400


def test_csv_files_read_without_a_problem(made):
    names = [name for name in made if name.endswith(".csv")]
    assert len(names) == 8
    for name in names:
        kind = kind_of_header(made[name][:4096])
        assert kind == name.removesuffix(".csv").partition("-")[0]
        held = read_csv(BytesIO(made[name]), kind, 1, b"salt")
        assert held.problems == []
        assert held.rows == made[name].count(b"\n") - 1


def test_oxedi_finds_nothing_wrong_with_any_remittance(made):
    for name, data in made.items():
        if name.startswith("835"):
            assert list(oxedi.parse(data).diagnostics) == []


def test_x12sdk_accepts_every_transaction(made):
    for name, data in made.items():
        if name[:3] in ("837", "835"):
            text = WITHOUT_CLAIMS.sub("", data.decode())  # legal, but x12sdk wants at least one claim
            with X12ModelReader(text) as reader:
                assert len(list(reader.models())) == text.count("\nST*")
