"""CSV files as offices and their programs make them: read as meant, or refused by the row that is wrong."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

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
