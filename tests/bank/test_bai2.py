"""BAI2 files: deposits are read to the cent when the control totals agree, and the file is refused when not."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access.ingest.bai2 import is_bai2
from data_access.queries import reconciliation
from data_access.schema import deposit
from tests.bank.test_month import MARCH
from tests.ingest.loading import assert_sound, load

D = Decimal
# 1,000.00 opening and 1,065.00 closing, then 60.00 + 20.00 + 15.00 + 30.00 as written: 2,190.00 in all
FILE = """01,BANK,OFFICE,260303,0700,1,80,1,2/
02,OFFICE,122000000,1,260302,0700,USD,2/
03,000987651234,USD,010,100000,,/
88,015,106500,,/
16,165,6000,0,B1,,BIG PAYER HCCLAIMPMT TRN*1*T100*1999999999\\
16,301,2000,Z,B2,,COUNTER
88,BRANCH 7, SECOND DROP
16,555,1500,S,1000,500,0,B3,C9,RETURNED ITEM
16,475,3000,0,B4,1001,CHECK PAID/
49,219000,8/
98,219000,1,10/
99,219000,1,12/
"""


def test_deposits_are_read(duckdb_engine: Engine, tmp_path: Path) -> None:
    assert is_bai2(FILE.encode())
    (result,) = load(duckdb_engine, tmp_path, bank=FILE.encode()).values()
    assert (result.status, result.kind, result.claims, result.charge) == ("loaded", "BAI2", 3, D("65.00"))
    assert result.warnings == ["1 debits and items of lockbox deposits are no deposits and were left out."]
    row = deposit.c
    query = select(
        row.deposited_on,
        row.amount,
        row.method,
        row.trace_number,
        row.bank_reference,
        row.bank_account,
        row.description,
    ).order_by(row.deposit_id)
    with duckdb_engine.connect() as connection:
        rows = [tuple(found) for found in connection.execute(query)]
    day = date(2026, 3, 2)
    assert rows == [
        (day, D("60.00"), "eft", "T100", "B1", "1234", "BIG PAYER HCCLAIMPMT TRN*1*T100*1999999999\\"),
        (day, D("20.00"), None, None, "B2", "1234", "COUNTER BRANCH 7, SECOND DROP"),
        (day, D("-15.00"), "returned", "C9", "B3", "1234", "RETURNED ITEM"),
    ]


def test_the_same_line_in_bai2_and_csv_counts_once(duckdb_engine: Engine, tmp_path: Path) -> None:
    lines = b"deposited_on,amount,bank_account,bank_reference\n2026-03-02,20.00,1234,B2\n"
    load(duckdb_engine, tmp_path, bank=FILE.encode(), csv=lines)
    found = reconciliation.position(duckdb_engine, MARCH)
    assert (found.sum(found.deposits), found.repeated_lines) == ((D("65.00"), 3), 1)
    assert_sound(duckdb_engine)


@pytest.mark.parametrize(
    ("said", "instead", "why"),
    [
        ("49,219000", "49,219001", "another control total than its account adds up to, by -0.01"),
        ("98,219000", "98,219100", "another control total than its group adds up to, by -1.00"),
        ("99,219000", "99,0", "another control total than its file adds up to, by 2,190.00"),
        ("99,219000,1,12/\n", "", "cut off"),
        ("USD,2/", "EUR,2/", "The record at line 2 has amounts in another currency"),
        ("1234,USD,010", "1234,cad,010", "The record at line 3 has amounts in another currency"),
        ("010,100000,,/", "010,100000,,D,-3/", "not as BAI2 has it"),
        ("16,301,2000", "16,301,20.00", "not as BAI2 has it"),
        ("98,219000", "77,219000", "has no place here"),
    ],
)
def test_a_file_that_does_not_add_up_is_refused(
    said: str, instead: str, why: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    (result,) = load(duckdb_engine, tmp_path, bank=FILE.replace(said, instead, 1).encode()).values()
    assert result.status == "rejected"
    assert why in (result.reason or "")


def test_an_amount_no_bank_line_has_is_refused(duckdb_engine: Engine, tmp_path: Path) -> None:
    huge = FILE.replace("16,301,2000", "16,301,100000000000").replace("219000", "100000217000")
    (result,) = load(duckdb_engine, tmp_path, bank=huge.encode()).values()
    assert result.status == "rejected"
    assert "The record at line 6 has an amount of a billion dollars or more" in (result.reason or "")


@pytest.mark.parametrize("funds", ["V,260303,0800", "S,40000,30000,30000", "D,2,0,50000,1,50000", "d,0", "Z"])
def test_a_summary_may_say_when_its_funds_are_there(funds: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    told = FILE.replace("010,100000,,/", f"010,100000,,{funds}/").replace("1234,USD,", "1234,,")
    (result,) = load(duckdb_engine, tmp_path, bank=told.encode()).values()
    assert (result.status, result.claims, result.charge) == ("loaded", 3, D("65.00"))


def test_a_lockbox_deposit_counts_once(duckdb_engine: Engine, tmp_path: Path) -> None:
    boxed = FILE.replace("16,301,2000,Z", "16,115,2000,Z").replace("16,475,3000,0", "16,116,3000,0")
    (result,) = load(duckdb_engine, tmp_path, bank=boxed.encode()).values()
    assert (result.status, result.claims, result.charge) == ("loaded", 3, D("65.00"))
