"""The bank's CSV: signs, methods and accounts are read as the bank writes them, or the row is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access.ingest.csv_cells import BadCell, signed_money
from data_access.ingest.csv_import import kind_of_header, template
from data_access.queries import bank_days
from data_access.schema import deposit
from tests.bank.test_month import MARCH
from tests.ingest.loading import load

D = Decimal


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1250.00", "1250.00"),
        ("-25.00", "-25.00"),
        ("(1,025.50)", "-1025.50"),
        ("$ 25", "25"),
        ("-$25.10", "-25.10"),
        ("0", "0"),
    ],
)
def test_amounts_have_a_sign(text: str, amount: str) -> None:
    assert signed_money(text) == D(amount)


@pytest.mark.parametrize(
    "text",
    [
        "--5",
        "(-5)",
        "5-",
        "1.005",
        "five",
        "NaN",
        "(",
        "-",
        "12,50",
        "(1,02.50)",
        "1.025,50",
        "1,025,5",
        "1_000",
        "1e3",
    ],
)
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        signed_money(text)


def test_the_header_tells_the_kind() -> None:
    assert kind_of_header(template("deposits").encode()) == "deposits"


def test_rows_are_kept_with_the_end_of_the_account_only(duckdb_engine: Engine, tmp_path: Path) -> None:
    (result,) = load(
        duckdb_engine,
        tmp_path,
        bank=b"Deposited_On;Amount;Method;Bank_account\n3/2/2026;(10.00);Returned;000-98-76541234\n2026-03-03;5;;\n",
    ).values()
    assert (result.status, result.claims, result.charge) == ("loaded", 2, D("-5.00"))
    with duckdb_engine.connect() as connection:
        rows = connection.execute(
            select(deposit.c.deposited_on, deposit.c.amount, deposit.c.method, deposit.c.bank_account)
        ).all()
    assert rows == [(date(2026, 3, 2), D("-10.00"), "returned", "1234"), (date(2026, 3, 3), D("5.00"), None, None)]


def test_a_returned_item_cannot_bring_money(duckdb_engine: Engine, tmp_path: Path) -> None:
    (result,) = load(duckdb_engine, tmp_path, bank=b"deposited_on,amount,method\n2026-03-02,10.00,returned\n").values()
    assert result.status == "rejected"
    assert "Row 2, column amount: must be negative" in (result.reason or "")


def test_a_deposit_of_another_amount_is_not_one_that_nobody_knows(office: Engine) -> None:
    assert bank_days.differing(office, MARCH) == (D("10.00"), 1)  # 90.00 of T400, whose remittance says 100.00
    april = replace(MARCH, date_from=date(2026, 4, 1), date_to=date(2026, 4, 30))
    assert bank_days.differing(office, april) == (D("0.00"), 0)
