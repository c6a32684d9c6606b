"""What charts say of themselves, and what a click on one narrows the rows to."""

import re
from datetime import date
from decimal import Decimal

import pytest

from pages.parts import charts
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]


@pytest.mark.parametrize(
    ("shown", "most", "said"),
    [
        (3, "", "Owed: $9.00"),
        (2, "", "Owed: $9.00, the largest 2 of 3"),
        (2, "most denied claims", "Owed: $9.00, the 2 of 3 with most denied claims"),
    ],
)
def test_a_chart_of_a_part_says_so(shown: int, most: str, said: str) -> None:
    assert charts.part_of("Owed: $9.00", [1, 2, 3][:shown], [1, 2, 3], most) == said


@pytest.mark.parametrize(("months", "ticks"), [(1, 1), (2, 2), (12, 12), (15, 8)])
def test_lines_have_one_tick_a_month_at_most(months: int, ticks: int) -> None:
    days = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(months)]
    plot, _ = charts.lines({"Net": (days, [Decimal("0.9")] * months), "Gross": (days, [Decimal("0.5")] * months)})
    shown = plot.layout.xaxis.tickvals
    assert len(set(shown)) == len(shown) == ticks and set(shown) <= set(days)


@pytest.mark.parametrize(
    ("page", "params", "said"),
    [
        ("aging", {"by": "Provider"}, r"Insurance, billed: \$[\d,.]+, the largest 14 of \d\d"),
        ("denials", {"by": "Provider", "period": "Last 12 months"}, r"the 14 of \d\d with most denied claims"),
        ("coverage", {"by": "Provider", "period": "Last 12 months"}, r"the 12 of \d\d with most accounts missed"),
    ],
)
def test_a_screen_says_where_not_every_bar_is_drawn(
    page: str,
    params: dict[str, str],
    said: str,
    practice: str,
    monkeypatch: pytest.MonkeyPatch,
    closed_afterwards: None,
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page, params)
    assert_no_failure(app)
    assert re.search(said, words(app)), words(app)


def test_a_change_of_filters_drops_what_was_clicked(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("aging", {"sel": "side=owed~payer_type=Medicaid", "pt": "Medicaid"})
    assert "Narrowed to Owed by anyone, Medicaid" in words(app), "a link with both keeps both"
    app.run()
    assert "Narrowed to" in words(app)
    app.multiselect(key="pt").set_value(["Medicare"]).run()
    assert_no_failure(app)
    assert "Narrowed to" not in words(app) and "Open balances** · 1 to" in words(app)


@pytest.mark.parametrize(
    ("page", "asked", "said"),
    [
        ("aging", "side=insurance~payer_type=Medicare", "the rows below add up to the mark"),
        ("aging", "side=owed~payer_type=Medicare", "the rows below are what is owed on the day"),
        ("denials", "payer_type=Medicare~category=authorization", "the rows below are this period's claims of it"),
        ("collections", "source=insurance~month=2026-05-01", "the rows below add up to the mark"),
        ("collections", "source=insurance~payer_type=Medicare", "the rows below are this period's behind it"),
        ("collections", "service_month=2025-09-01", "the rows below are the payments behind the rate"),
        ("collections", "statement_month=2026-01-01", "the rows below are the payments behind the rate"),
    ],
)
def test_a_screen_says_what_the_rows_behind_a_mark_are(
    page: str, asked: str, said: str, practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened(page, {"sel": asked})
    assert_no_failure(app)
    assert said in words(app)
