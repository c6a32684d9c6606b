"""CSV files as offices and their programs make them: read as meant, or refused by the row that is wrong."""

import io
import re
import zipfile
import zlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from tests.ingest.loading import D, contents, load

HEADER = "account_number,posted_on,type,amount,method\n"
ROW = "A1,2026-03-01,patient_payment,25.00,cash\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEADER + ROW + ROW.replace("25.00", "1,234.50"), "Row 3 has 6 cells where the header names 5"),
        (HEADER + ROW.replace("25.00,cash", "1,234.50,"), "Row 2 has 6 cells where the header names 5"),
        (HEADER + ROW.replace(",cash", ""), "Row 2 has 4 cells where the header names 5"),
        (HEADER.replace("method", "") + ROW.replace("25.00,cash", "1,234.50"), "Row 2 has a cell below no name"),
        (HEADER + ROW + ROW.replace("cash", '"cash') + ROW + ROW, "Row 3 cannot be read"),
        (HEADER + ROW.replace("cash", '"cash') + ROW + ROW.replace("cash", '"'), "Row 2 cannot be read"),
        (HEADER + ROW.replace("cash", '"cash" box'), "Row 2 cannot be read"),
        (HEADER.replace("method", "Amount") + ROW.replace("cash", "2.50"), "The header names a column twice: amount"),
    ],
)
def test_a_row_that_is_not_as_the_header_refuses_the_file(
    duckdb_engine: Engine, tmp_path: Path, text: str, told: str
) -> None:
    result = load(duckdb_engine, tmp_path, a=text.encode())["a"]
    assert result.status == "rejected"
    assert told in (result.reason or "")
    assert "A1" not in (result.reason or "")
    assert contents(duckdb_engine)["billing_entry"] == []


def test_a_quoted_amount_and_empty_cells_below_no_name_are_read(duckdb_engine: Engine, tmp_path: Path) -> None:
    text = HEADER.replace("\n", ",,\n") + ROW.replace("25.00", '"1,234.50"').replace("\n", ",,\n")
    result = load(duckdb_engine, tmp_path, a=text.encode())["a"]
    assert (result.status, result.charge, result.warnings) == ("loaded", D("1234.50"), [])


@pytest.mark.parametrize(
    ("content", "row_no"),
    [
        ((HEADER + ROW).replace(",", "\t").encode("utf-16"), 2),  # Excel's "Unicode text"
        (b"\xfe\xff" + (HEADER + ROW).encode("utf-16-be"), 2),
        (f"\r\n\r\n{HEADER}{ROW}".encode(), 4),
        (f",,,,\n{HEADER},,,,\n{ROW},,,,\n".encode(), 4),
        (f"sep=,\r\n{HEADER}{ROW}".encode(), 3),
        (f'\ufeff"sep=;"\r\n{HEADER}{ROW}'.replace(",", ";").encode(), 3),
        (f"SEP=|\n{HEADER}{ROW}".replace(",", "|").encode(), 3),
        (f"||\n{HEADER}{ROW}||||\n".replace(",", "|").encode(), 3),
        ((HEADER + ROW.replace("A1", '="A1"')).encode(), 2),
        ((HEADER + ROW.replace("A1", '"=""A1"""')).encode(), 2),
    ],
)
def test_what_spreadsheets_write_is_read(duckdb_engine: Engine, tmp_path: Path, content: bytes, row_no: int) -> None:
    result = load(duckdb_engine, tmp_path, a=content)["a"]
    assert (result.status, result.kind, result.warnings) == ("loaded", "transactions", [])
    with duckdb_engine.connect() as connection:
        entry = connection.execute(select(s.billing_entry)).one()
        assert (entry.account_number, entry.amount, entry.method) == ("A1", D("25.00"), "cash")
        assert entry.segment_no == row_no
        chunk = connection.execute(select(s.source_chunk)).one()
    line = zlib.decompress(chunk.body).decode().split("\n")[row_no - chunk.first_segment]
    assert "patient_payment" in line


def test_a_header_without_rows_says_so(duckdb_engine: Engine, tmp_path: Path) -> None:
    result = load(duckdb_engine, tmp_path, a=HEADER.encode())["a"]
    assert result.status == "loaded"
    assert "a header and no rows" in result.warnings[0]


def test_an_empty_zip_and_an_unknown_header_say_what_is_the_matter(duckdb_engine: Engine, tmp_path: Path) -> None:
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    results = load(duckdb_engine, tmp_path, **{"a.zip": empty.getvalue(), "b.csv": b"account,amount\n1,2\n"})
    assert results["a.zip"].reason == "The zip holds no files. Get it again from its sender."
    assert (results["b.csv"].reason or "").startswith("This is a CSV file whose columns fit none of the files")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "account_number,date,type,total\nA1,2026-03-01,charge,5\n",
            "The nearest is transactions.csv, of which it lacks the column posted_on.",
        ),
        (
            "Account Number;Posted On;Type;Notes\nA1;2026-03-01;charge;x\n",
            "The nearest is transactions.csv, of which it lacks the columns account_number and posted_on.",
        ),
        (
            "contract,payer_id,effective_from,rate\nC,P1,2026-01-01,5\n",
            "The nearest is contracts.csv, of which it lacks the column basis.",
        ),
        ("Patient,Insurer\nDoe,Acme\n", "It shares no column with any of them (transactions.csv, payers.csv,"),
        ("\n" + ",".join(f"column of many {n}" for n in range(400)) + "\n" + "1," * 399 + "1\n", "no column with any"),
    ],
)
def test_a_csv_of_other_columns_is_told_what_it_lacks(
    duckdb_engine: Engine, tmp_path: Path, text: str, told: str
) -> None:
    result = load(duckdb_engine, tmp_path, a=text.encode())["a"]
    reason = result.reason or ""
    assert (result.status, result.kind) == ("rejected", None)
    assert told in reason and "X12" not in reason and "Import, CSV formats" in reason
    assert not {"A1", "Doe", "Acme", "Patient", "Insurer", "Notes"} & set(re.findall(r"\w+", reason))


@pytest.mark.parametrize("text", ["Dear office, this is a letter.\nNo table.\n", "100,200\n1,2\n", "Doe, Jane\n"])
def test_what_has_no_header_is_not_taken_for_a_csv(duckdb_engine: Engine, tmp_path: Path, text: str) -> None:
    result = load(duckdb_engine, tmp_path, a=text.encode())["a"]
    assert "This is not X12" in (result.reason or "") and "Doe" not in (result.reason or "")
