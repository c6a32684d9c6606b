"""A remittance whose money comes in two deposits: the month closes to the cent with it, before and after the second."""

from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine

from data_access.queries import bank_days, reconciliation
from data_access.queries.table import page
from tests.bank.month import file_835, remittance
from tests.bank.test_month import MARCH, day, state, states
from tests.ingest.loading import assert_sound, load

D = Decimal
HEADER = b"deposited_on,amount,trace_number,method,bank_reference\n"
FIRST, SECOND = b"2026-03-27,70.00,T500,eft,B40\n", b"2026-03-30,30.00,T500,eft,B41\n"


def position(engine: Engine) -> tuple[dict, dict]:
    """Deposits and remittances by what became of them, each equal to its rows and to the days of the bank."""
    found = reconciliation.position(engine, MARCH)
    days = page(engine, bank_days.table(MARCH)).totals
    of = days["remittances"] + days["patients"] + days["explained"] + days["returned"] + days["open"]
    assert of == days["deposits"] == found.sum(found.deposits)[0]
    for kind, (amount, number) in found.deposits.items():
        rows = page(engine, reconciliation.deposits_table(MARCH, {"kind": kind}))
        assert (rows.totals["amount"], rows.total_rows) == (amount, number)
    assert_sound(engine)
    return found.deposits, found.remittances


def test_a_split_deposit_closes_to_the_cent(office: Engine, tmp_path: Path) -> None:
    before, _ = position(office)
    load(office, tmp_path, split=file_835(remittance("T500", "0326", ("X5", "100", "100", ())), control="000000050"))
    load(office, tmp_path, first=HEADER + FIRST)
    assert states(office)["T500 26"][:2] == states(office)["B40"] == ("differing", "trace")
    deposits, remittances = position(office)
    # beside T400's 90.00 of 100.00
    assert (deposits["differing"], remittances["differing"]) == ((D("160.00"), 2), (D("200.00"), 2))
    assert state(office, day(27)) == "open"
    load(office, tmp_path, second=HEADER + SECOND)
    assert {states(office)[name][:2] for name in ("T500 26", "B40", "B41")} == {("matched", "trace")}
    deposits, remittances = position(office)
    assert deposits == before | {"remittance": (D("385.00"), 7)}
    assert remittances["matched"] == (D("385.00"), 7)
    assert (state(office, day(27)), state(office, day(30))) == ("balanced", "balanced")
