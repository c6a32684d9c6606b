"""Amounts as people write them: a comma counts between thousands only."""

from decimal import Decimal

import pytest

from data_access.amounts import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("12,345,678", "12345678"),
        ("-1,234", "-1234"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("25.0000", "25"),
    ],
)
def test_numbers(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "12,50", "1,2345", "1234,500", ",500", "1.234,50", "1,234,5", "1 000", "٣", "1e3"]
)
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None
