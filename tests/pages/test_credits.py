"""The credit of the small office, 25.00 on account F: below zero among balances, a plain amount where it is alone."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words
from tests.queries.office import fill

__all__ = ["closed_afterwards"]
DAY = {"asof": "2026-06-30"}


@pytest.fixture
def office(office_of: Callable, closed_afterwards: None) -> None:
    office_of("duckdb", fill)


def tile(app: AppTest) -> tuple[str, str]:
    (found,) = (metric.value for metric in app.metric if metric.label == "Credit balances")
    said = words(app)
    return found, said


@pytest.mark.usefixtures("office")
def test_among_balances_a_credit_is_below_zero_and_the_screen_says_so() -> None:
    app = opened("aging", DAY)
    assert_no_failure(app)
    credit, said = tile(app)
    assert credit == "-$25.00"
    assert "Credit balances are below zero and not in A/R" in said
    # 865.00 owed, 25.00 to be given back
    assert "Open balances** · 1 to 7 of 7 · Balance $840.00" in said


@pytest.mark.usefixtures("office")
def test_where_only_credits_are_listed_they_are_amounts_and_the_screen_says_so() -> None:
    app = opened("reconciliation", DAY | {"view": "Credits"})
    assert_no_failure(app)
    credit, said = tile(app)
    assert credit == "$25.00"
    assert "Credit balances** · 1 to 1 of 1 · Credit $25.00" in said
    assert "Only credits are listed here, as plain amounts." in said


@pytest.mark.usefixtures("office")
def test_without_credits_nothing_is_said_of_them() -> None:
    for screen in ("aging", "reconciliation"):
        app = opened(screen, DAY | {"view": "Credits", "payer": "Second Payer"})
        assert_no_failure(app)
        assert "Credit balances are below zero" not in words(app)
        assert "Only credits are listed" not in words(app)
