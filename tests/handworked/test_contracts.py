"""A contract prices the same lines whether it is loaded before or after them, and leaves no trace when undone."""

from pathlib import Path

from sqlalchemy import Engine, select

from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from data_access.schema import account, line_expectation, usual_allowed
from tests.handworked.conftest import FILES, assert_sound

FILES_OF_TERMS = {
    "contracts.csv": "payer_id,contract,effective_from,basis,percent,schedule\n"
    "SYNCOM01,Synthetic agreement,2025-01-01,percent_of_charge,90,\n"
    "SYNMCR01,Synthetic Medicare,2025-01-01,percent_of_schedule,100,Synthetic fees\n",
    "fees.csv": "schedule,procedure_code,effective_from,amount\nSYNTHETIC FEES,99213,2025-01-01,123.45\n",
}


def measured(engine: Engine) -> list[tuple]:
    row = line_expectation.c
    query = (
        select(
            account.c.account_number,
            row.procedure_code,
            row.paid_on,
            row.basis,
            row.expected,
            row.allowed,
            row.short,
            row.state,
            row.recovered,
        )
        .join(account, account.c.account_id == row.account_id)
        .order_by(account.c.account_number, row.claim_id, row.payment_line_id)
    )
    with engine.connect() as connection:
        assert connection.execute(select(usual_allowed)).all() == [], "too few lines for a usual amount"
        return [tuple(found) for found in connection.execute(query)]


def test_before_after_and_undone(engine: Engine, tmp_path: Path) -> None:
    terms = [tmp_path / name for name in FILES_OF_TERMS]
    for path in terms:
        path.write_text(FILES_OF_TERMS[path.name])
    first = load_paths(engine, terms, "test")
    load_paths(engine, [FILES], "test")
    assert_sound(engine)
    before = measured(engine)
    assert {row[3] for row in before} == {"contract", None}
    assert sum(row[6] for row in before) > 0

    for result in first:
        undo(engine, result.load_id or 0)
    assert_sound(engine)
    undone = measured(engine)
    assert {row[3:5] + row[6:8] for row in undone} == {(None, None, 0, None)}
    assert [row[:3] for row in undone] == [row[:3] for row in before]

    load_paths(engine, terms[::-1], "test")
    assert_sound(engine)
    assert measured(engine) == before
