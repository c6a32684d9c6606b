"""The filters: what they select, and what they compare with."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select

from data_access.filters import Filters
from data_access.queries import dimensions
from data_access.schema import open_balance
from tests.queries.office import CLINIC, FIRST, OKAFOR, RIVERA, SECOND, filters


def test_the_ninety_days_to_a_day_are_of_everything() -> None:
    found = Filters.of_ninety_days(date(2026, 6, 30))
    assert (found.as_of, found.date_from, found.date_to) == (date(2026, 6, 30), date(2026, 4, 2), date(2026, 6, 30))
    assert found.days == 90
    assert not found.narrows


def test_a_manifest_says_what_is_not_as_usual() -> None:
    usual = {"as_of": "2026-06-30", "from": "2026-04-02", "to": "2026-06-30"}
    assert filters().in_words() == usual
    chosen = filters(compare="last_year", anchor="billed", departments=("Cardiology", "Surgery"), payer_ids=(FIRST,))
    said = {"compare": "last_year", "age_from": "billed", "departments": "Cardiology, Surgery", "payer_ids": "1"}
    assert chosen.in_words() == usual | said


def test_comparison_is_the_period_before_or_a_year_earlier() -> None:
    before = filters().comparison()
    assert (before.as_of, before.date_from, before.date_to) == (date(2026, 4, 1), date(2026, 1, 2), date(2026, 4, 1))
    last_year = filters(compare="last_year").comparison()
    assert (last_year.date_from, last_year.date_to) == (date(2025, 4, 2), date(2025, 6, 30))


@pytest.mark.parametrize(
    ("compare", "period", "as_of", "wanted", "then"),
    [
        ("previous", ("2026-02-01", "2026-02-28"), "2026-02-28", ("2026-01-01", "2026-01-31"), "2026-01-31"),
        ("previous", ("2026-08-01", "2026-10-31"), "2026-11-26", ("2026-05-01", "2026-07-31"), "2026-08-26"),
        ("previous", ("2026-11-01", "2026-11-26"), "2026-11-26", ("2026-10-01", "2026-10-26"), "2026-10-26"),
        ("previous", ("2026-03-01", "2026-03-30"), "2026-03-30", ("2026-02-01", "2026-02-28"), "2026-02-28"),
        ("previous", ("2026-01-01", "2026-11-26"), "2026-11-26", ("2025-02-05", "2025-12-31"), "2025-12-31"),
        ("last_year", ("2028-03-01", "2028-03-31"), "2028-03-31", ("2027-03-01", "2027-03-31"), "2027-03-31"),
        ("last_year", ("2028-02-01", "2028-02-29"), "2028-02-29", ("2027-02-01", "2027-02-28"), "2027-02-28"),
        ("last_year", ("2028-02-02", "2028-04-20"), "2028-04-20", ("2027-02-02", "2027-04-20"), "2027-04-20"),
    ],
)
def test_months_are_compared_with_months(
    compare: str, period: tuple[str, str], as_of: str, wanted: tuple[str, str], then: str
) -> None:
    first, last = map(date.fromisoformat, period)
    found = filters(compare=compare, as_of=date.fromisoformat(as_of), date_from=first, date_to=last).comparison()
    assert (found.date_from, found.date_to) == tuple(map(date.fromisoformat, wanted))
    assert found.as_of == date.fromisoformat(then)


#: Sum of all open balances on 30 June under each filter.
UNDER = {
    "all": ({}, "840.00"),
    "self-pay is what has no payer": ({"payer_types": ("Self-pay",)}, "50.00"),
    "the office's own payer type wins": ({"payer_types": ("Medicare",)}, "350.00"),
    "two types": ({"payer_types": ("Medicare", "Self-pay")}, "400.00"),
    "type of the filing indicator": ({"payer_types": ("Commercial",)}, "440.00"),
    "payer": ({"payer_ids": (FIRST,)}, "440.00"),
    "payer and type": ({"payer_ids": (SECOND,), "payer_types": ("Commercial",)}, None),
    "department": ({"departments": ("Cardiology",)}, "750.00"),
    "provider": ({"provider_ids": (RIVERA,)}, "40.00"),
    "two providers": ({"provider_ids": (RIVERA, OKAFOR)}, "790.00"),
    "facility of claims": ({"facility_ids": (CLINIC,)}, "790.00"),
}


@pytest.mark.parametrize("name", UNDER)
def test_what_is_open_under_a_filter(office: Engine, name: str) -> None:
    changes, wanted = UNDER[name]
    chosen = replace(filters(), **changes)
    query = select(func.sum(open_balance.c.balance)).where(
        open_balance.c.from_date <= chosen.as_of, open_balance.c.to_date > chosen.as_of, *chosen.where(open_balance)
    )
    with office.connect() as connection:
        assert connection.execute(query).scalar() == (wanted and Decimal(wanted))


def test_options_are_what_occurs(office: Engine) -> None:
    found = dimensions.options(office)
    assert found.payer_types == ("Medicare", "Commercial", "Self-pay")
    assert set(found.payers.values()) == {"First Payer", "Second Payer"}
    assert found.providers == {OKAFOR: "Okafor, Ben", RIVERA: "Rivera, Ana"}
    assert {"Family medicine", "Cardiology"} <= set(found.departments)
