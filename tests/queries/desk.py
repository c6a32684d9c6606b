"""Work at a desk in the small office: its worklist by account number, and what is recorded on an account."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from data_access.queries import scoring, worklist
from data_access.queries.scoring import Desk
from data_access.queries.table import page
from data_access.schema import collect_rate
from data_access.work import activities
from tests.posting.facts import day
from tests.queries.office import filters

TODAY = day(6, 30)
#: By number, of the test's own office: the fixture `known_accounts` fills it.
ACCOUNTS: dict[str, int] = {}
CONTACT = {
    "kind": "contact",
    "method": "payer_call",
    "spoke_to": "line",
    "outcome": "in_process",
    "next_step": "Call",
    "next_on": TODAY,
}


def make_rates_round(engine: Engine) -> None:
    """The office usually collects 40 % of what insurers owe and 10 % of what patients owe."""
    with engine.begin() as connection:
        connection.execute(collect_rate.delete())
        for side, rate in (("insurance", "0.4000"), ("patient", "0.1000")):
            values = {"side": side, "bucket": "any", "payer_id": 0, "category": "-", "cases": 100, "level": "office"}
            connection.execute(collect_rate.insert().values(values | {"rate": Decimal(rate)}))


def account_of(number: str) -> int:
    return ACCOUNTS[number]


def rows(engine: Engine, desk: Desk, view: str = "all") -> dict[str, dict[str, Any]]:
    found, counts = worklist.look(engine, filters(), desk, view)
    assert found.total_rows == len(found.frame)
    assert counts == worklist.counts(engine, filters(), desk)
    plain = page(engine, worklist.table(filters(), desk, view).without_phi)
    assert plain.frame.equals(found.frame) and (plain.total_rows, plain.totals) == (found.total_rows, found.totals)
    for row in found.frame.to_dict("records"):
        assert row["score"] == sum(row[f"{part}_points"] for part in scoring.WEIGHTS)
    return {row["account_number"]: row for row in found.frame.to_dict("records")}


def done(engine: Engine, number: str, desk: Desk, on: date, **entry: Any) -> None:
    activities.record(engine, account_of(number), desk.person_id or 0, [entry], day=on)
