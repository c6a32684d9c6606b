"""The headline figures and the sentence above them, on the small office."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import Engine

from data_access.queries import movers, overview
from data_access.queries.measures import Measure
from data_access.queries.overview import Tile, finding, words
from tests.posting.facts import day
from tests.queries.office import filters, money


def test_tiles(office: Engine) -> None:
    found = {tile.now.metric_id: tile for tile in overview.tiles(office, filters())}
    assert tuple(found) == overview.TILES
    values = {name: (tile.before.value, tile.now.value) for name, tile in found.items()}
    assert values == {
        "ar": (money("395.00"), money("865.00")),
        # the 90 days to 1 April begin before the first charge, of 5 January; 865 / (650 / 90)
        "days_in_ar": (None, Decimal("119.8")),
        "over_90": (Decimal(0), Decimal("0.447853")),  # 365 / 815
        "initial_denial_rate": (Decimal(0), Decimal(1)),  # A and F paid; C and G denied
        "net_collection_rate": (None, None),  # no service is six months old
        "first_pass_yield": (Decimal(1), Decimal(0)),
        "cash": (money("210.00"), money("0.00")),  # 60 + 120 + 5 + 25
    }
    for name, tile in found.items():
        assert tile.now.as_of == day(6, 30), name
        assert tile.before.as_of == day(4, 1), name
    rate = found["initial_denial_rate"].now
    assert (rate.numerator, rate.denominator, rate.n, rate.low) == (2, 2, 2, True)
    assert found["ar"].change == money("470.00")
    assert found["net_collection_rate"].change is None

    trend = found["ar"].trend
    assert len(trend) == 13
    assert list(trend["value"])[-4:] == [money("395.00"), money("795.00"), money("845.00"), money("865.00")]


def test_tiles_of_nothing(engine: Engine) -> None:
    for tile in overview.tiles(engine, filters()):
        assert tile.now.value in (None, 0), tile.now
        assert tile.change in (None, 0)
    assert len(movers.what_moved(engine, filters())) == 0


def test_finding_names_what_hurts_most_and_its_cause(office: Engine) -> None:
    tiles, moved = overview.tiles(office, filters()), movers.what_moved(office, filters())
    # the denial rate went from nothing to everything, but on two claims
    assert finding(tiles, moved) == "A/R rose to $865 from $395; the largest part is Second Payer, 91-120 days."


def tile(metric_id: str, before: str, now: str, cases: int = 100) -> Tile:
    measure = Measure(metric_id, Decimal(now), Decimal(now), Decimal(1), cases, day(6, 30))
    return Tile(measure, replace(measure, value=Decimal(before)), pd.DataFrame({"month": [], "value": []}))


def cell(metric_id: str, label: str, change: int, **selection: str) -> dict:
    return {"metric_id": metric_id, "label": label, "change": change, "selection": selection}


CASES = {
    "nothing is worse": (
        [tile("ar", "100", "90"), tile("first_pass_yield", "0.8", "0.9")],
        [],
        "No headline figure is worse than in the comparison period.",
    ),
    "a cause that moved the other way is none": (
        [tile("ar", "100", "110")],
        [cell("ar", "Alpha, 0-30 days", -50, bucket="0-30"), cell("ar", "Beta, 0-30 days", 40, bucket="0-30")],
        "A/R rose to $110 from $100; the largest part is Beta, 0-30 days.",
    ),
    "a young balance does not explain the old ones": (
        [tile("over_90", "0.20", "0.25")],
        [cell("ar", "Alpha, 0-30 days", 50, bucket="0-30"), cell("ar", "Beta, 91-120 days", 40, bucket="91-120")],
        "A/R over 90 days rose to 25.0 % from 20.0 %; the largest part is Beta, 91-120 days.",
    ),
    "a lower yield comes from more denials": (
        [tile("first_pass_yield", "0.90", "0.80"), tile("cash", "100", "99")],
        [cell("initial_denial_rate", "Gamma, authorization", 9), cell("cash", "Medicare, insurance", -1)],
        "First-pass yield fell to 80.0 % from 90.0 %; the largest part is Gamma, authorization.",
    ),
    "nothing but few cases is worse": (
        [tile("initial_denial_rate", "0.10", "0.90", 29), tile("cash", "99", "100")],
        [],
        "Only figures on small numbers are worse than in the comparison period: Initial denial rate.",
    ),
    "few cases say little": (
        [tile("initial_denial_rate", "0.10", "0.90", 29), tile("cash", "100", "99")],
        [],
        "Cash fell to $99 from $100.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_finding(name: str) -> None:
    tiles, moved, wanted = CASES[name]
    assert finding(tiles, pd.DataFrame(moved)) == wanted


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        (None, "money", "n/a"),
        ("1234567", "money", "$1.23M"),
        ("-45600", "money", "-$46k"),
        ("0.118", "percent", "11.8 %"),
        ("41.26", "days", "41.3 days"),
        ("12345", "count", "12,345"),
    ],
)
def test_figures_in_words(value: str | None, unit: str, wanted: str) -> None:
    assert words(None if value is None else Decimal(value), unit) == wanted
