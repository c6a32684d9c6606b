"""Months and their days."""

from calendar import monthrange
from datetime import date, timedelta


def months_before(day: date, months: int) -> date:
    """The first day of the month so many months before a day's own."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def parted_months(first: date, last: date) -> list[date]:
    """The months, by their first day, of which the days from `first` to `last` are a part only."""
    begins, ends = first.replace(day=1), last.replace(day=1)
    parted = {begins} if first != begins else set()
    return sorted(parted | ({ends} if last != last_of_month(last) else set()))


def as_months(first: date, last: date) -> tuple[list[date], list[date], list[date]]:
    """The days from `first` to `last` as whole months, by their first day, with days to add and days to take off.

    A month of which most days are meant is taken whole, so that the days beside the months are few.
    """
    months: list[date] = []
    more: list[date] = []
    less: list[date] = []
    month = first.replace(day=1)
    while month <= last:
        days = [month + timedelta(days=number) for number in range(last_of_month(month).day)]
        meant = [day for day in days if first <= day <= last]
        if 2 * len(meant) >= len(days):
            months.append(month)
            less += [day for day in days if not first <= day <= last]
        else:
            more += meant
        month = months_before(month, -1)
    return months, more, less


def earlier(day: date, months: int) -> date:
    """The same day so many months earlier; of the last day of a month the last one."""
    last = last_of_month(months_before(day, months))
    return last if day == last_of_month(day) else last.replace(day=min(day.day, last.day))
