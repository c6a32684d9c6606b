"""What moved most and why, on the small office."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from data_access.queries import aging, collections, denials, movers
from data_access.queries.table import page
from tests.queries.office import FIRST, SECOND, filters, money


def moved(engine: Engine, metric_id: str, most: int = 5) -> list[dict[str, Any]]:
    found = movers.what_moved(engine, filters(), most)
    return found[found["metric_id"] == metric_id].to_dict("records")


def test_receivables_moved(office: Engine) -> None:
    found = moved(office, "ar", most=50)
    assert {row["label"]: (row["before"], row["after"]) for row in found} == {
        "Second Payer, 91-120 days": (0, money("300.00")),  # C grew old
        "Second Payer, 0-30 days": (money("300.00"), money("50.00")),  # C left, D came
        "First Payer, 61-90 days": (0, money("250.00")),  # G
        "First Payer, 0-30 days": (0, money("200.00")),  # B
        "Self-pay, 61-90 days": (money("80.00"), 0),  # E grew old, and 30 was given up
        "Self-pay, 121-180 days": (0, money("50.00")),
        "First Payer, 31-60 days": (money("15.00"), 0),  # A grew old; F's credit is nobody's debt
        "First Payer, 121-180 days": (0, money("15.00")),
    }
    assert sum(row["change"] for row in found) == money("470.00")
    largest = found[0]
    assert largest["selection"] == {"payer": SECOND, "bucket": "91-120", "side": "owed"}
    assert round(largest["share"], 4) == round(Decimal(300) / 815, 4)  # of all that rose
    assert len(moved(office, "ar", most=3)) == 3


def test_denials_moved(office: Engine) -> None:
    found = moved(office, "initial_denial_rate")
    assert {row["selection"]["payer"]: (row["before"], row["after"]) for row in found} == {
        FIRST: (0, 1),
        SECOND: (0, 1),
    }
    assert {row["page"] for row in found} == {"denials"}


def test_cash_moved(office: Engine) -> None:
    found = moved(office, "cash")
    assert [(row["label"], row["before"], row["after"]) for row in found] == [
        ("Commercial, insurance", money("180.00"), 0),
        ("Commercial, patients", money("30.00"), 0),
    ]
    assert [row["share"] for row in found] == [Decimal(180) / 210, Decimal(30) / 210]


@pytest.mark.parametrize("period", ["now", "before"])
def test_the_rows_behind_a_mover_add_up_to_it(office: Engine, period: str) -> None:
    chosen = filters() if period == "now" else filters().comparison()
    tables = {"aging": aging.table, "denials": denials.table, "collections": collections.table}
    found = movers.what_moved(office, filters(), most=50)
    assert set(found["metric_id"]) == {"ar", "initial_denial_rate", "cash"}, "no service is six months old"
    for row in found.to_dict("records"):
        found = page(office, tables[row["page"]](chosen, row["selection"]))
        total = found.totals.get("balance", found.totals.get("amount", Decimal(found.total_rows)))
        if row["page"] == "denials":
            total = Decimal(found.total_rows)
        assert total == row["after" if period == "now" else "before"], row
