"""Amounts, quantities, dates and composites as X12 writes them. All cached: a file repeats few values."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from data_access.amounts import LIMIT
from data_access.ingest.days import can_be_born, can_happen, can_limit

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
_MILLI = Decimal("0.001")
_PLAIN_AMOUNT = re.compile(r"-?\d{1,9}\.\d\d")
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,9})?|\.\d{1,9})")
_UNITS_LIMIT = Decimal(10) ** 9
_NEVER = 2200  #: a coverage that ends in this year or later has no end
_CACHE = 1 << 16


class BadValue(ValueError):
    """A value that cannot be what its element says. The message never repeats it: it may be patient data."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text = text


@lru_cache(_CACHE)
def money(text: str) -> Decimal:
    """An amount in dollars with two decimals; empty is zero.

    Raises `BadValue` for text that is no plain decimal number, for fractions of a cent and from a billion up.
    """
    if _PLAIN_AMOUNT.fullmatch(text):  # nearly all of them
        return Decimal(text) or ZERO
    number = text.strip()
    if not number:
        return ZERO
    if not _NUMBER.fullmatch(number):
        raise BadValue(text, "(an amount) is not a number")
    value = Decimal(number)
    if abs(value) >= LIMIT:
        raise BadValue(text, "(an amount) is too large")
    cents = value.quantize(CENT)
    if cents != value:
        raise BadValue(text, "(an amount) has fractions of a cent")
    return cents or ZERO


@lru_cache(_CACHE)
def units(text: str) -> Decimal | None:
    """A quantity with three decimals; None when empty or not a usable number."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    return value.quantize(_MILLI) if abs(value) < _UNITS_LIMIT else None


@lru_cache(_CACHE)
def _date(text: str) -> date | None:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) not in (6, 8, 12, 14):
        return None
    if len(text) == 6:
        text = ("20" if text < "70" else "19") + text
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def day(text: str) -> date | None:
    """The day on which something happened, written CCYYMMDD, YYMMDD or CCYYMMDDHHMM; None when it cannot be."""
    value = _date(text)
    return value if value and can_happen(value) else None


def birth_date(text: str) -> date | None:
    """A birth date written as in `day`; None when it cannot be one."""
    value = _date(text)
    return value if value and can_be_born(value) else None


def limit(text: str) -> date | None:
    """The day on which coverage or a period begins or ends; None when empty, no date, or so far off that it is none."""
    value = _date(text)
    return value if value and can_limit(value) and value.year < _NEVER else None


def period(text: str) -> tuple[date | None, date | None]:
    """First and last day of a DTP03: one date, or two joined by a hyphen (RD8)."""
    return _both(text, day)


def term(text: str) -> tuple[date | None, date | None]:
    """As `period`, of coverage: it may end in years to come, or never."""
    return _both(text, limit)


def _both(text: str, read: Callable[[str], date | None]) -> tuple[date | None, date | None]:
    first, hyphen, last = text.partition("-")
    start = read(first)
    return start, (read(last) if hyphen else start)


@lru_cache(_CACHE)
def month_start(value: date | None) -> date | None:
    """The first day of the month, for grouping."""
    return value.replace(day=1) if value else None


@lru_cache(_CACHE)
def procedure(text: str, separator: str) -> tuple[str, str | None, str | None]:
    """Qualifier, code and modifiers (joined by a space) of a procedure composite such as HC:99213:25.

    Some senders write another component separator than their ISA16 states; as the qualifier has two
    characters, the one that follows it is taken when the stated one does not occur.
    """
    text = text.strip()
    if separator not in text and len(text) > 3 and not text[2].isalnum() and text[2] != " ":
        separator = text[2]
    parts = [part.strip() for part in text.split(separator)]
    parts += [""] * (7 - len(parts))
    modifiers = " ".join(part for part in parts[2:6] if part)
    return parts[0], parts[1] or None, modifiers or None
