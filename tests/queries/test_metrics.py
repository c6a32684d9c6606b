"""The catalogue of metrics, and how a measured value says what it does not know."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine

from data_access.metrics import METRICS
from data_access.queries import dimensions, measures, overview
from data_access.queries.measures import Measure, ratio, wilson
from data_access.rates import RATES
from data_access.schema import claim
from tests.posting.facts import day
from tests.queries.office import filters, money


@pytest.mark.parametrize("metric_id", METRICS)
def test_every_metric_says_what_it_is(metric_id: str) -> None:
    metric = METRICS[metric_id]
    assert metric.id == metric_id
    assert metric.definition.endswith(".")
    assert metric.formula
    assert metric.unit in ("money", "percent", "days", "count")
    assert metric.good in ("up", "down", None)
    assert metric.formula in metric.help


@pytest.mark.parametrize("metric_id", METRICS)
def test_no_benchmark_without_its_source(metric_id: str) -> None:
    metric = METRICS[metric_id]
    if metric.benchmark or metric.target is not None:
        assert metric.benchmark
        assert metric.source


def test_rates_and_tiles_are_of_the_catalogue() -> None:
    assert set(RATES) <= set(METRICS)
    assert set(overview.TILES) <= set(METRICS)
    assert all(METRICS[name].unit == "percent" for name in RATES)


def test_nothing_over_nothing_is_not_zero() -> None:
    assert ratio(0, 0) is None
    assert ratio(None, None) is None
    assert ratio(0, 5) == 0
    assert ratio(money("1.00"), 3) == Decimal("0.333333")


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Wilson 1927; the same figures as statsmodels' proportion_confint(method="wilson")
    [
        (5, 10, "0.2366", "0.7634"),
        (0, 10, "0.0000", "0.2775"),
        (10, 10, "0.7225", "1.0000"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_wilson_interval(hits: int, n: int, low: str, high: str) -> None:
    found = tuple(round(end, 4) for end in wilson(Decimal(hits) / n, n))
    assert found == (Decimal(low), Decimal(high))


def test_few_cases_are_marked() -> None:
    def share(hits: int, n: int) -> Measure:
        return Measure("initial_denial_rate", ratio(hits, n), Decimal(hits), Decimal(n), n, day(6, 30))

    assert share(3, 29).low
    assert not share(3, 30).low
    assert share(3, 29).interval == wilson(Decimal("0.103448"), 29)
    assert share(0, 0).interval is None
    of_amounts = Measure("initial_denial_rate_amount", Decimal("0.5"), money("50.00"), money("100.00"), 4, day(6, 30))
    assert of_amounts.interval is None
    assert not Measure("ar", money("5.00"), money("5.00"), None, 1, day(6, 30)).low


#: Of C and G, denied in the period: numerator, denominator, cases.
RATES_OF_THE_PERIOD = {
    "initial_denial_rate": ("2", "2", 2),
    "initial_denial_rate_amount": ("550.00", "700.00", 2),
    "initial_denial_rate_line": ("2", "2", 2),
    "first_pass_yield": ("0", "2", 2),
    "overturn_rate": ("0", "0", 0),  # both are still pending
    "preventable_share": ("2", "2", 2),
}


def test_rates_of_the_period_and_by_payer_agree(office: Engine) -> None:
    # those of acknowledgments are worked in tests/acknowledgments
    assert {name for name, rate in RATES.items() if rate.table is claim} == set(RATES_OF_THE_PERIOD)
    for metric_id, (numerator, denominator, cases) in RATES_OF_THE_PERIOD.items():
        (found,) = measures.rates_each(office, [(metric_id, filters())])
        assert (found.numerator, found.denominator, found.n) == (Decimal(numerator), Decimal(denominator), cases)
        key = dimensions.key(claim, "payer").label("key")
        by_payer = measures.rates_among(office, [metric_id], filters(), [key])[metric_id]
        assert sum(Decimal(str(value)) for value in by_payer["numerator"]) == Decimal(numerator), metric_id
        assert sum(Decimal(str(value)) for value in by_payer["denominator"]) == Decimal(denominator), metric_id
    assert measures.rates_each(office, [("overturn_rate", filters())])[0].value is None
