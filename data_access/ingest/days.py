"""Which days can be, in whatever kind of file: a mistyped or missing year must not reach the ledger."""

from datetime import date

_FIRST, _FIRST_BIRTH, _FIRST_TERM = date(1900, 1, 1), date(1850, 1, 1), date(1800, 1, 1)

#: What is said of a day that did not happen.
NO_SUCH_DAY = "is no date from 1900 to the end of next year"


def can_happen(day: date) -> bool:
    """Whether something may be given, sent, booked or paid on this day; some things are dated ahead of today."""
    return day >= _FIRST and day.year <= date.today().year + 1


def can_be_born(day: date) -> bool:
    """Whether it may be a birth date."""
    return day >= _FIRST_BIRTH and day.year <= date.today().year + 1


def can_limit(day: date) -> bool:
    """Whether coverage or a contract may begin or end on this day: 9999-12-31 is how many write that it does not."""
    return day >= _FIRST_TERM
