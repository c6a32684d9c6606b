"""Two ways in: loaded as files, or straight into the tables, the practice is the same; and it holds together."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from data_access.check import check
from data_access.demo.appeals import record_appeals
from data_access.demo.calibration import figures
from data_access.demo.write_rows import write_rows
from data_access.demo.write_x12 import write_files
from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.schema import (
    account,
    account_coverage,
    claim,
    claim_payment,
    claim_progress,
    denial,
    deposit,
    deposit_match,
    facility,
    ledger_entry,
    line_expectation,
    open_balance,
    payer,
    posted_payment,
    provider,
    remittance,
    status_request,
)
from data_access.work.tables import work_state

UNTIL = date(2026, 11, 20)
CLAIMS = 500


@pytest.fixture(scope="module")
def as_files(tmp_path_factory) -> Iterator[Engine]:
    """Through the loader, like anyone's files."""
    folder = tmp_path_factory.mktemp("files")
    engine = open_engine(f"duckdb:///{folder / 'files.duckdb'}")
    results = load_paths(engine, list(write_files(folder / "x12", CLAIMS, 3, UNTIL)), "test")
    assert {result.status for result in results} == {"loaded"}
    assert not any(result.warnings for result in results)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def directly(tmp_path_factory) -> Iterator[Engine]:
    """Straight into the tables."""
    engine = open_engine(f"duckdb:///{tmp_path_factory.mktemp('rows') / 'rows.duckdb'}")
    write_rows(engine, CLAIMS, 3, UNTIL)
    yield engine
    engine.dispose()


_OF_ACCOUNT = (
    *("account_number", "department", "service_from", "first_submitted_on", "first_statement_on", "charge"),
    *("insurance_payments", "patient_payments", "adjustments", "insurance_balance", "patient_balance", "denied"),
    *("responsible", "denial_category", "claims", "filing_deadline", "appeal_deadline"),
)
_OF_CLAIM = (
    *("account_number", "sequence", "frequency_code", "submitted_on", "charge", "chain_role", "counts"),
    *("first_remit_on", "initial_outcome", "initial_category", "final_outcome", "overturned", "paid", "allowed"),
)
_OF_PROGRESS = ("sent_on", "state", "category", "status", "resent_on", "clearinghouse_on", "payer_on", "rejected_on")
_OF_LINE = ("procedure_code", "modifiers", "paid_on", "allowed", "expected", "short", "basis", "contract", "state")
_OF_BALANCE = ("side", "from_date", "to_date", "balance", "billed", "age_from")

QUERIES = {
    "accounts": select(*(account.c[name] for name in _OF_ACCOUNT), facility.c.name, provider.c.name, payer.c.name)
    .outerjoin(facility, facility.c.facility_id == account.c.facility_id)
    .outerjoin(provider, provider.c.provider_id == account.c.provider_id)
    .outerjoin(payer, payer.c.payer_id == account.c.payer_id),
    "claims": select(*(claim.c[name] for name in _OF_CLAIM)),
    "ledger": select(
        ledger_entry.c.posted_on,
        ledger_entry.c.entry_type,
        ledger_entry.c.side,
        ledger_entry.c.reason,
        func.count(),
        func.sum(ledger_entry.c.amount),
    ).group_by(ledger_entry.c.posted_on, ledger_entry.c.entry_type, ledger_entry.c.side, ledger_entry.c.reason),
    "open balances": select(account.c.account_number, *(open_balance.c[name] for name in _OF_BALANCE)).join(
        account, account.c.account_id == open_balance.c.account_id
    ),
    "denials": select(
        account.c.account_number, denial.c.denied_on, denial.c.category, denial.c.carc, denial.c.amount, denial.c.main
    ).join(account, account.c.account_id == denial.c.account_id),
    "remittances": select(remittance.c.trace_number, remittance.c.paid_on, remittance.c.amount, remittance.c.claims),
    "payers": select(payer.c.name, payer.c.payer_type),
    "coverage": select(
        account.c.account_number,
        account_coverage.c.standing,
        account_coverage.c.days_before,
        account_coverage.c.in_time,
    ).join(account, account.c.account_id == account_coverage.c.account_id),
    "progress": select(account.c.account_number, *(claim_progress.c[name] for name in _OF_PROGRESS)).join(
        account, account.c.account_id == claim_progress.c.account_id
    ),
    "expectations": select(account.c.account_number, *(line_expectation.c[name] for name in _OF_LINE)).join(
        account, account.c.account_id == line_expectation.c.account_id
    ),
    "bank": select(
        deposit.c.deposited_on, deposit.c.amount, deposit.c.trace_number, deposit_match.c.state, deposit_match.c.how
    ).join(deposit_match, deposit_match.c.deposit_id == deposit.c.deposit_id),
    "posted by hand": select(*(posted_payment.c[name] for name in ("check_number", "posted_on", "amount", "state"))),
    "status requests": select(
        account.c.account_number, status_request.c.asked_on, status_request.c.trace, status_request.c.answered_on
    ).outerjoin(account, account.c.account_id == status_request.c.account_id),
    "interest": select(claim_payment.c.payer_claim_number, claim_payment.c.interest).where(
        claim_payment.c.interest.is_not(None)
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_both_ways_give_the_same(as_files, directly, name):
    def rows(engine: Engine) -> list[tuple]:
        with engine.connect() as connection:
            return sorted((tuple(row) for row in connection.execute(QUERIES[name])), key=repr)

    expected = rows(as_files)
    assert expected
    assert rows(directly) == expected


def test_both_ways_give_the_same_calibration(as_files, directly):
    assert figures(as_files) == figures(directly)


def test_everything_holds(as_files, directly):
    for engine in (as_files, directly):
        assert [finding for finding in check(engine) if not finding.ok] == []


def test_postgresql_holds_the_same(postgresql_engine, directly):
    write_rows(postgresql_engine, CLAIMS, 3, UNTIL)
    assert figures(postgresql_engine) == figures(directly)


def test_appeals_are_recorded_alike(postgresql_engine, duckdb_engine):
    row, state = account.c, work_state.c
    query = (
        select(row.account_number, row.appeal_level, row.appeal_deadline, state.appeal_level, state.appeal_filed_on)
        .join(work_state, state.account_id == row.account_id)
        .order_by(row.account_number)
    )
    found, until = [], date(2026, 11, 26)
    for engine in (postgresql_engine, duckdb_engine):
        write_rows(engine, 800, 1, until)
        record_appeals(engine, until)
        with engine.connect() as connection:
            found.append(connection.execute(query).all())
    assert found[0] == found[1]
    assert found[0]


def test_an_empty_database_has_no_figures(duckdb_engine):
    assert figures(duckdb_engine) == []
