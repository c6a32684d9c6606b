"""Months and their days."""

from datetime import date, timedelta

import pytest

from data_access.dates import as_months, last_of_month


@pytest.mark.parametrize("first", [date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 15), date(2024, 12, 31)])
def test_a_run_of_days_is_its_months_with_days_added_and_taken_off(first: date) -> None:
    for length in (1, 14, 16, 29, 31, 60, 90, 400):
        last = first + timedelta(days=length - 1)
        months, more, less = as_months(first, last)
        whole = {month.replace(day=number + 1) for month in months for number in range(last_of_month(month).day)}
        assert set(less) <= whole and not set(more) & whole
        meant = {first + timedelta(days=number) for number in range(length)}
        assert (whole - set(less)) | set(more) == meant
        assert len(more) + len(less) <= 2 * 15, "of two months half each at most"


def test_a_run_that_ends_before_it_begins_is_empty() -> None:
    assert as_months(date(2024, 3, 2), date(2024, 3, 1)) == ([], [], [])
