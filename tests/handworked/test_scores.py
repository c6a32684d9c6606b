"""The scores of every open account of worked.md, each part by hand, as of 30 June 2026; nobody has touched any.

Rates are made round: 40 % of what insurers owe is usually collected, 10 % of what patients owe. No payer has a usual
time of its own, so 45 days are silence. Weights: amount 25, likelihood 15, deadline 30, promise 8, silence 10, touch 7,
answer 5; a part is its weight times the share of its step, rounded down.
"""

import pytest
from sqlalchemy import Engine

from data_access.queries import aging, scoring, worklist
from data_access.queries.table import page
from tests.handworked.conftest import AS_OF, p1
from tests.queries.desk import make_rates_round

# amount, likelihood, deadline, promise, silence, touch, answer
POINTS = {
    "HW-18": (6, 12, 0, 0, 10, 7, 0),  # 110.00 of 275.00: from 100.00 25 % of 25; sent 1 April, silent 90 - 45 days
    "HW-04": (2, 12, 12, 0, 0, 7, 0),  # 40.00 of 100.00; 11 days left to appeal: 40 % of 30
    "HW-19": (2, 12, 0, 0, 10, 7, 0),  # 52.00 of 130.00; sent a year ago, never answered
    "HW-03": (6, 12, 0, 0, 0, 7, 0),  # 180.00 of 450.00; 68 days left are too many to count
    "HW-UNBILLED": (2, 12, 0, 0, 0, 7, 0),  # 70.00 of 175.00; 172 days left to file
    "HW-20": (2, 12, 0, 0, 0, 7, 0),  # 34.00 of 85.00; sent 31 May, 30 days ago
    "HW-21": (0, 12, 0, 0, 0, 7, 0),  # 12.00 of 30.00: below 25.00; answered 27 May, 34 days ago
    "HW-13": (0, 4, 0, 0, 0, 7, 5),  # 3.50 of 35.00: 10 % is 30 % of 15; answered 16 June
    "HW-09": (0, 4, 0, 0, 0, 7, 5),  # 3.00 of 30.00; answered 10 June
    "HW-05": (0, 4, 0, 0, 0, 7, 0),  # 18.00 of 180.00; answered 25 March
    "HW-SELF": (0, 4, 0, 0, 0, 7, 0),  # 6.50 of 65.00
    "HW-01": (0, 4, 0, 0, 0, 7, 0),  # 2.00 of 20.00; answered 20 May, 41 days ago
    "HW-14": (2, 0, 0, 0, 0, 7, 0),  # 40.00 to be given back: 10 % of 25
}


@pytest.fixture(scope="module")
def rated(office: Engine) -> Engine:
    """The office with round rates."""
    make_rates_round(office)
    return office


def test_every_open_account(rated: Engine) -> None:
    found = page(rated, worklist.table(p1(), scoring.Desk(AS_OF)))
    rows = {row["account_number"]: row for row in found.frame.to_dict("records")}
    points = {number: tuple(int(row[f"{part}_points"]) for part in scoring.WEIGHTS) for number, row in rows.items()}
    assert points == POINTS
    assert {number: row["score"] for number, row in rows.items()} == {one: sum(made) for one, made in POINTS.items()}
    assert list(rows) == list(POINTS), "the highest score first, then the larger balance"


@pytest.mark.parametrize("narrowed", [{}, {"payer_types": ("Commercial",)}, {"payer_types": ("Self-pay", "Medicare")}])
def test_its_total_is_agings(rated: Engine, narrowed: dict) -> None:
    filters = p1(**narrowed)
    found = page(rated, worklist.table(filters, scoring.Desk(AS_OF)))
    assert found.totals["balance"] == sum(aging.buckets(rated, filters)["balance"])
    assert worklist.counts(rated, filters, scoring.Desk(AS_OF))["all"] == found.total_rows
