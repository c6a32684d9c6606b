"""Contracts, fee schedules and prompt-pay rules from CSV: recognised, read exactly, refused by row, undone."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from data_access.engine import data_version
from data_access.ingest.csv_import import KINDS, kind_of_header
from data_access.ingest.file_load import LoadResult
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from data_access.schema import contract_term, fee_schedule, payer, prompt_pay_rule

CONTRACTS = (
    "payer_id,contract,procedure_code,modifier,place_of_service,effective_from,effective_to,basis,amount,percent,"
    "schedule,multiple_procedure_percent,bilateral_percent,source\r\n"
)
FEES = "schedule,procedure_code,modifier,effective_from,amount\r\n"
RULES = "payer_id,payer_type,days,annual_interest_percent,counts_from,effective_from,source\r\n"


def load(engine: Engine, folder: Path, name: str, text: str) -> LoadResult:
    path = folder / name
    path.write_bytes(text.encode())
    (result,) = load_paths(engine, [path], "test")
    return result


def test_no_kind_is_mistaken_for_another() -> None:
    for kind in KINDS.values():
        header = ",".join(column.name for column in kind.columns)
        assert kind_of_header(header.encode()) == kind.kind
    assert kind_of_header(CONTRACTS.replace("source", "source,name").encode()) == "contracts"
    for kind in ("contracts", "fee_schedules", "prompt_pay"):
        needed = ",".join(column.name for column in KINDS[kind].columns if column.required)
        assert kind_of_header(needed.encode()) == kind


def test_terms_are_read_exactly(engine: Engine, tmp_path: Path) -> None:
    rows = "PAY1,Plan,99213,gt,,2026-01-01,,percent_of_schedule,,106.1234,Fees,50,150%,Exhibit B\r\n"
    rows += "PAY1,Plan,,,22,1/1/2026,12/31/2026,FIXED,1200.50,,,,,\r\n"
    result = load(engine, tmp_path, "any name.csv", CONTRACTS + rows)
    assert (result.kind, result.status, result.claims, result.charge) == ("contracts", "loaded", 2, 0)
    load(engine, tmp_path, "fees.csv", FEES + "Fees,99213,,2026-01-01,92.47\r\n")
    load(engine, tmp_path, "rules.csv", RULES + "PAY1,,30,18.0625,,,Law\r\n,Commercial,45,12,Received,2026-01-01,\r\n")
    with engine.connect() as connection:
        first, second = connection.execute(select(contract_term).order_by(contract_term.c.row_no)).all()
        fee = connection.execute(select(fee_schedule)).one()
        own, of_type = connection.execute(select(prompt_pay_rule).order_by(prompt_pay_rule.c.row_no)).all()
        known = connection.execute(select(payer.c.payer_id, payer.c.identifier)).one()
    assert (first.percent, first.bilateral_percent, first.modifier) == (Decimal("106.1234"), 150, "GT")
    assert (second.basis, second.amount, second.procedure_code, second.place_of_service) == (
        "fixed",
        Decimal("1200.50"),
        None,
        "22",
    )
    assert first.payer_id == own.payer_id == known.payer_id
    assert known.identifier == "PAY1"
    assert fee.amount == Decimal("92.47")
    assert (own.annual_interest_percent, own.counts_from) == (Decimal("18.0625"), "submitted")
    assert (of_type.payer_id, of_type.payer_type, of_type.counts_from) == (None, "Commercial", "received")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CONTRACTS + "PAY1,Plan,,,,2026-01-01,,fixed,,,,,,\r\n", "Row 2, column amount: is empty"),
        (CONTRACTS + "PAY1,Plan,,,,2026-01-01,,percent_of_schedule,,110,,,,\r\n", "Row 2, column schedule: is empty"),
        (CONTRACTS + "PAY1,Plan,,,,2026-01-01,,per_diem,9,,,,,\r\n", "Row 2, column basis: must be one of"),
        (CONTRACTS + "PAY1,Plan,,,,2026-01-01,,percent_of_charge,,-5,,,,\r\n", "Row 2, column percent: must be zero"),
        (CONTRACTS + "PAY1,Plan,,,,2026-01-01,,percent_of_charge,,1.00005,,,,\r\n", "at most four decimals"),
        (CONTRACTS + "PAY1,Plan,,,,2026-01-02,2026-01-01,fixed,9,,,,,\r\n", "Row 2, column effective_to: is before"),
        (
            CONTRACTS + "PAY1,Plan,,,,2026-01-01,,fixed,9,,,,,\r\n,Plan,,,,2026-01-01,,fixed,9,,,,,\r\n",
            "Row 3, column p",
        ),
        (FEES + "Fees,99213,,2026-01-01,9.999\r\n", "Row 2, column amount: has more than two decimals"),
        (RULES + ",,30,18,,,\r\n", "Row 2, column payer_id: and payer_type: give one of the two"),
        (RULES + "PAY1,Commercial,30,18,,,\r\n", "Row 2, column payer_id: and payer_type: give one of the two"),
        (RULES + "PAY1,,0,18,,,\r\n", "Row 2, column days: must be 1 or more"),
    ],
)
def test_a_wrong_row_refuses_the_file(duckdb_engine: Engine, tmp_path: Path, text: str, told: str) -> None:
    result = load(duckdb_engine, tmp_path, "wrong.csv", text)
    assert result.status == "rejected"
    assert told in (result.reason or "")
    with duckdb_engine.connect() as connection:
        for table in (contract_term, fee_schedule, prompt_pay_rule, payer):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_undone_terms_are_gone_and_so_is_the_payer_they_named(engine: Engine, tmp_path: Path) -> None:
    terms = load(engine, tmp_path, "c.csv", CONTRACTS + "PAY1,Plan,,,,2026-01-01,,fixed,9,,,,,\r\n")
    before = data_version(engine)
    rules = load(engine, tmp_path, "r.csv", RULES + "PAY1,,30,18,,,Law\r\n")
    assert data_version(engine) > before, "screens must not show late payments by the old rules"
    for result in (terms, rules):
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(payer)) == 1
        undo(engine, result.load_id or 0)
    with engine.connect() as connection:
        for table in (contract_term, prompt_pay_rule, payer):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
