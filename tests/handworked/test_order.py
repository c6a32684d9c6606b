"""Files in any order, in one run or many, give the same accounts; each file loads once and can be taken back."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, select

from data_access import schema as s
from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from tests.handworked.conftest import FILES, assert_sound

ALL = sorted(FILES.iterdir())
#: Columns whose value says where a row came from, not what it means.
_SOURCE = {"load_id", "transaction_no", "segment_no", "last_segment", "remittance_id"}


def named(engine: Engine) -> dict[str, dict[int, tuple]]:
    """Names of ids that hold in every database: a number for an account, a payer's identifier, and so on."""
    naming: dict[str, tuple[Table, Iterable]] = {
        "account_id": (s.account, [s.account.c.account_number]),
        "sent_account_id": (s.claim, [s.claim.c.account_number]),  # there may be no such account any more
        "payer_id": (s.payer, [s.payer.c.identifier]),
        "facility_id": (s.facility, [s.facility.c.npi]),
        "provider_id": (s.provider, [s.provider.c.npi]),
        "patient_id": (s.patient, [s.patient.c.member_id]),
        "claim_id": (s.claim, [s.claim.c.account_number, s.claim.c.submitted_on, s.claim.c.sequence]),
        "claim_payment_id": (
            s.claim_payment,
            [s.claim_payment.c.payer_claim_number, s.claim_payment.c.is_reversal, s.claim_payment.c.paid],
        ),
        "payment_line_id": (
            s.payment_line,
            [s.payment_line.c.procedure_code, s.payment_line.c.service_from, s.payment_line.c.charge],
        ),
        "billing_entry_id": (
            s.billing_entry,
            [s.billing_entry.c.account_number, s.billing_entry.c.posted_on, s.billing_entry.c.entry_type],
        ),
    }
    with engine.connect() as connection:
        return {
            name: {row[0]: tuple(row[1:]) for row in connection.execute(select(table.c[name], *columns))}
            for name, (table, columns) in naming.items()
        }


_ALIASES = {
    "billing_id": "facility_id",
    "chain_id": "claim_id",
    "second_payer_id": "payer_id",
    "third_payer_id": "payer_id",
    "responsible_payer_id": "payer_id",
    "appeal_payer_id": "payer_id",
    "remit_payer_id": "payer_id",
    "reversal_of": "claim_payment_id",
    "last_by": "claim_payment_id",
}


def derived(engine: Engine) -> dict[str, list[str]]:
    """Every derived table, and claims and claim payments whole, without what depends on ids or order of loading."""
    names, found = named(engine), {}
    dropped = _SOURCE | {"entry_no", "account_key", "sent_account_key"}
    with engine.connect() as connection:
        for table in (*s.DERIVED_TABLES, s.claim, s.claim_payment):
            columns = [column for column in table.c if column.name not in dropped]
            rows = connection.execute(select(*columns)).all()
            found[table.name] = sorted(
                repr([_plain(names, column.name, value) for column, value in zip(columns, row, strict=True)])
                for row in rows
            )
    return found


def _plain(names: dict[str, dict[int, tuple]], column: str, value: Any) -> Any:
    name = _ALIASES.get(column, column)
    return names[name].get(value, value) if name in names and value is not None else value


def shuffled(seed: int) -> list[Path]:
    files = list(ALL)
    random.Random(seed).shuffle(files)
    return files


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the files give when loaded in order of their names, on the embedded database."""
    engine = open_engine(f"duckdb:///{tmp_path_factory.mktemp('reference') / 'reference.duckdb'}")
    load_paths(engine, [FILES], who="test")
    found = derived(engine)
    engine.dispose()
    return found


def test_one_run_in_any_order_gives_the_same(reference: dict[str, list[str]], engine: Engine) -> None:
    assert {result.status for result in load_paths(engine, shuffled(1), who="test")} == {"loaded"}
    assert_sound(engine)
    assert derived(engine) == reference


def test_one_by_one_payments_before_their_claims(reference: dict[str, list[str]], engine: Engine) -> None:
    for number, path in enumerate(reversed(ALL)):  # the billing system's files first of all
        assert [result.status for result in load_paths(engine, [path], who="test")] == ["loaded"]
        if number % 5 == 4:
            assert_sound(engine)
    assert derived(engine) == reference


def test_a_second_time_changes_nothing(reference: dict[str, list[str]], engine: Engine) -> None:
    load_paths(engine, [FILES], who="test")
    again = load_paths(engine, [FILES], who="test")
    assert {result.status for result in again} == {"already_loaded"}
    assert_sound(engine)
    assert derived(engine) == reference


@pytest.mark.parametrize("name", ["03_claims_2026_second_quarter.837", "12_medicare.835", "21_transactions.csv"])
def test_taken_back_and_loaded_again(reference: dict[str, list[str]], duckdb_engine: Engine, name: str) -> None:
    results = {result.file: result for result in load_paths(duckdb_engine, [FILES], who="test")}
    undo(duckdb_engine, results[name].load_id)
    assert_sound(duckdb_engine)
    assert derived(duckdb_engine) != reference
    load_paths(duckdb_engine, [FILES / name], who="test")
    assert_sound(duckdb_engine)
    assert derived(duckdb_engine) == reference


def test_all_taken_back_leaves_nothing(engine: Engine) -> None:
    results = load_paths(engine, shuffled(9), who="test")
    for result in results:
        undo(engine, result.load_id)
    assert_sound(engine)
    with engine.connect() as connection:
        for table in (*s.FACT_TABLES, *s.DERIVED_TABLES, s.ledger_month, *s.PARTY_TABLES):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0, table.name
