"""Months and their days."""

from datetime import date, timedelta


def months_before(day: date, months: int) -> date:
    """The first day of the month so many months before a day's own."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def earlier(day: date, months: int) -> date:
    """The same day so many months earlier; of the last day of a month the last one."""
    last = last_of_month(months_before(day, months))
    return last if day == last_of_month(day) else last.replace(day=min(day.day, last.day))
