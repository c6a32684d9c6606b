"""When things happen: draws of days from a stream of random numbers."""

from math import exp
from random import Random

from data_access.demo.practice import Payer


def lognormal_days(random: Random, median: float, sigma: float) -> int:
    """Whole days from a lognormal distribution with the given median, at least one."""
    return max(1, round(median * exp(random.gauss(0.0, sigma))))


def business_day(day: int) -> int:
    """The day itself, or the Monday after when it falls on a weekend."""
    weekday = (day - 1) % 7  # ordinal 1 was a Monday
    return day + (7 - weekday if weekday > 4 else 0)


def next_weekday(day: int, weekday: int) -> int:
    """The first day from `day` on that is this weekday (Monday = 0)."""
    return day + (weekday - (day - 1)) % 7


def pay_day(payer: Payer, day: int) -> int:
    """The payer's next weekly payment run."""
    return next_weekday(day, payer.pay_day)
