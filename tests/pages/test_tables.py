"""How rows read on a screen: nothing is cut to the width of its empty cells, nothing stands there as a stored id."""

from decimal import Decimal

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data_access.queries.table import ColumnSpec
from pages.parts.mover import told
from pages.parts.tables import width_of
from pages.parts.text import name_of
from pages.parts.tiles import since
from tests.pages.opening import assert_no_failure, closed_afterwards, opened

__all__ = ["closed_afterwards"]

BALANCE, KIND = ColumnSpec("balance", "Balance", "money"), ColumnSpec("kind", "Kind")
COVERAGE = ColumnSpec("status", "Coverage")
DENIAL, DEADLINE = ColumnSpec("denial", "Denial"), ColumnSpec("deadline", "Deadline", "date")


@pytest.mark.parametrize(
    ("cells", "column", "wide"),
    [
        (["Authorization", *[""] * 5], DENIAL, True),
        ([*[None] * 5, pd.Timestamp("2026-11-29")], DEADLINE, True),
        (["Authorization", "Coding", "Eligibility", ""], DENIAL, False),  # the browser measures these itself
        (["", "", ""], DENIAL, False),
        ([*["Active"] * 20, "Asked, not answered"], COVERAGE, True),
        ([*["Active"] * 10, *["Asked, not answered"] * 10], COVERAGE, True),
        (["Authorization", "", "", ""], DENIAL, False),  # of so few it leaves none out
        (
            [*["Patient payment"] * 9, "Insurance payment", "Patient payment"],
            KIND,
            True,
        ),  # it measures nine, and the last
        ([*["Patient payment"] * 9, "Insurance payment"], KIND, False),
        ([*[12.5] * 9, 1234567.8, 12.5], BALANCE, True),
        ([*[12.5] * 9, 99.99, 12.5], BALANCE, False),
    ],
)
def test_columns_are_as_wide_as_the_longest_cell_that_the_browser_would_cut(
    cells: list, column: ColumnSpec, wide: bool
) -> None:
    width = width_of(pd.Series(cells), column)
    if not wide:
        assert width is None
        return
    longest = {"date": "29 Nov 2026", "money": "$1,234,567.80"}.get(column.kind) or max(cells, key=len)
    assert width is not None and 6 * len(longest) + 16 <= width <= 8 * len(longest) + 32


def test_a_table_without_rows_is_measured() -> None:
    assert width_of(pd.Series([], dtype="str"), KIND) is None


def test_a_turned_page_is_measured_anew(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("aging")
    first = app.dataframe[-1].key
    next(one for one in app.button if one.label == "Next").click().run()
    assert_no_failure(app)
    assert app.dataframe[-1].key != first


def test_stored_ids_are_said_in_words() -> None:
    assert name_of("registration") == "Registration"
    assert name_of("bankruptcy,dispute") == "Bankruptcy, Dispute"
    assert name_of("Smith, Jones") == "Smith, Jones"


@pytest.mark.parametrize(
    ("now", "before", "unit", "said"),
    [
        ("0.145", "0.113", "percent", "+3.2 points"),
        ("100", "2100", "money", "-$2k"),
        ("14", "14.02", "days", None),
        (None, "1", "money", None),
    ],
)
def test_a_change_in_words(now: str | None, before: str, unit: str, said: str | None) -> None:
    assert since(None if now is None else Decimal(now), Decimal(before), unit) == said


@pytest.mark.parametrize(
    ("metric_id", "change", "words", "up", "worse"),
    [
        ("net_collection_rate", "0.002", "0.2 points less", False, False),
        ("net_collection_rate", "-0.001", "0.1 points more", True, True),
        ("net_collection_rate", "-0.0002", "under 0.1 points more", True, True),
        ("initial_denial_rate", "1", "+1 claim", True, True),
        ("cash", "-20", "-$20.00", False, True),
        ("ar", "-20", "-$20.00", False, False),
    ],
)
def test_a_mover_has_one_meaning(metric_id: str, change: str, words: str, up: bool, worse: bool) -> None:
    assert told(metric_id, Decimal(change))[:3] == (words, up, worse)


def tiles_on_few_cases() -> None:
    from dataclasses import replace
    from datetime import date
    from decimal import Decimal

    import pandas as pd

    from data_access.queries.measures import Measure
    from data_access.queries.overview import Tile
    from pages.parts import tiles

    few = Measure("initial_denial_rate", Decimal("0.5"), Decimal(5), Decimal(10), 10, date(2026, 6, 30))
    many = replace(few, numerator=Decimal(50), denominator=Decimal(100), n=100)
    no_trend = pd.DataFrame({"month": [], "value": []})
    tiles.show(Tile(few, many, no_trend))
    tiles.show(Tile(many, few, no_trend))
    tiles.show(Tile(many, many, no_trend))


def test_a_headline_tile_on_few_cases_says_so() -> None:
    app = AppTest.from_function(tiles_on_few_cases).run()
    assert not app.exception
    said = [caption.value for caption in app.caption if "small" in caption.value]
    assert said == ["small numbers: 24 to 76 %", "small numbers before"]


def tiles_of_amounts() -> None:
    from decimal import Decimal

    from pages.parts import tiles

    tiles.plain_tile("Small", Decimal("9999999.99"), note="3 accounts")
    tiles.plain_tile("Large", Decimal("21396665.10"), note="3 accounts")
    tiles.plain_tile("Negative", Decimal("-1234567890.12"))


def test_an_amount_too_long_for_a_tile_stands_below_to_the_cent() -> None:
    app = AppTest.from_function(tiles_of_amounts).run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["$9,999,999.99", "$21.40M", "-$1.23B"]
    said = [caption.value.replace("\\", "") for caption in app.caption]
    assert said == ["3 accounts", "$21,396,665.10 · 3 accounts", "-$1,234,567,890.12"]
