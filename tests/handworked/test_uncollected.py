"""What the net collection rate of worked.md loses: 210 of 490 as of 30 June 2026, 130 of 130 on 1 April.

HW-19 (cardiology) is still owed 130.00 by its insurer on both days; the services of December, old enough in June
only, lost 50.00 as bad debt (HW-16, cardiology) and 30.00 as charity care (HW-17, primary care).
"""

from decimal import Decimal

import pytest
from sqlalchemy import Engine

from data_access.queries import collections, movers, uncollected
from data_access.queries.table import page
from tests.handworked.conftest import p1
from tests.handworked.expected import fraction


def test_the_cells_by_hand(office: Engine) -> None:
    found = {
        (loss.department, loss.became): (loss.before, loss.after)
        for loss in uncollected.losses(office, p1())
        if loss.before or loss.after
    }
    assert found == {
        ("Cardiology", "insurance"): (Decimal(-1), -fraction("130", "490")),
        ("Cardiology", "bad_debt"): (0, -fraction("50", "490")),
        ("Primary care", "charity"): (0, -fraction("30", "490")),
    }


@pytest.mark.parametrize("payer_types", [(), ("Medicare",), ("Commercial",)])
def test_the_cells_are_what_is_missing_to_the_whole(office: Engine, payer_types: tuple[str, ...]) -> None:
    filters = p1(payer_types=payer_types)
    losses, rate = uncollected.losses(office, filters), collections.net_collection_rate(office, filters).value
    if not losses:
        assert None in (rate, collections.net_collection_rate(office, filters.comparison()).value)
        return
    assert rate is not None and abs(1 + sum(loss.after for loss in losses) - rate) <= len(losses) * Decimal("0.000001")


def test_the_rows_behind_a_cell_add_up_to_it(office: Engine) -> None:
    found = movers.what_moved(office, p1(), most=50)
    found = found[found["metric_id"] == "net_collection_rate"].to_dict("records")
    assert [row["label"] for row in found] == [
        "Cardiology, still owed by insurance",
        "Cardiology, bad debt",
        "Primary care, charity care",
    ]
    for row in found:
        behind = page(office, collections.table(p1(), row["selection"]))
        assert -behind.totals["amount"] / 490 == pytest.approx(row["after"], abs=Decimal("0.000001"))
        assert behind.total_rows == 1


def test_nothing_mature_moves_nothing(office: Engine) -> None:
    assert uncollected.losses(office, p1(payer_types=("Self-pay",))) == []
