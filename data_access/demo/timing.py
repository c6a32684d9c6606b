"""When things happen: draws of days from a stream of random numbers."""

from math import exp
from random import Random

from data_access.demo.practice import Payer


def lognormal_days(random: Random, median: float, sigma: float) -> int:
    """Whole days from a lognormal distribution with the given median, at least one."""
    return max(1, round(median * exp(random.gauss(0.0, sigma))))


def next_weekday(day: int, weekday: int) -> int:
    """The first day from `day` on that is this weekday (Monday = 0)."""
    return day + (weekday - (day - 1)) % 7


def business_day(day: int) -> int:
    """The day itself, or the Monday after it when it falls on a weekend."""
    return next_weekday(day, 0) if (day - 1) % 7 > 4 else day


def after_business_days(day: int, count: int) -> int:
    """So many business days later; bank holidays are not kept."""
    for _ in range(count):
        day = business_day(day + 1)
    return day


def batch_day(day: int, institutional: bool) -> int:
    """The next day on which claims are sent: Tuesdays and Fridays, institutional ones on Fridays only."""
    friday = next_weekday(day, 4)
    return friday if institutional else min(friday, next_weekday(day, 1))


def pay_day(payer: Payer, day: int) -> int:
    """The payer's next payment run: weekly, of small payers every other week."""
    run = next_weekday(day, payer.pay_day)
    return run + 7 if payer.small and run // 7 % 2 else run
