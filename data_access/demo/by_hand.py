"""Payments whose remittance came on paper: posted by hand in the billing system, and what is odd about some."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data_access.demo.events import Entry
from data_access.demo.remits import Remit, trace_number
from data_access.demo.timing import business_day

#: Days from a check's date to its posting, and to the day on which its 835 is received after all.
POSTED_AFTER, RECEIVED_AFTER = 4, 11


@dataclass(frozen=True, slots=True)
class Oddities:
    """Checks on paper about which something is odd; None where the practice is too small to have one.

    `lost`: its money never came. `received`: its 835 came after all. `unnumbered`: nobody noted its number.
    """

    lost: Remit | None
    received: Remit | None
    unnumbered: Remit | None


def oddities(remitted: list[Remit], part: int) -> Oddities:
    """The three largest checks on paper; only the first part has them."""
    checks: list[Any] = [each for each in remitted if each.on_paper and part == 0]
    checks.sort(key=lambda remit: (-remit.amount, remit.number))
    return Oddities(*[*checks, None, None, None][:3])


def postings(remitted: list[Remit], part: int) -> Iterator[Entry]:
    """What was posted for checks on paper: each claim's payment, and what its contract takes off.

    The latter is left to the remittance where that came after all.
    """
    odd = oddities(remitted, part)
    for remit in remitted:
        if not remit.on_paper:
            continue
        number = "" if remit is odd.unnumbered else trace_number(remit, part)
        day = business_day(remit.day + POSTED_AFTER)
        for paid in remit.claims:
            yield Entry(paid.account, day, "insurance_payment", paid.paid, method="check", check_number=number)
            if paid.charge > paid.paid and remit is not odd.received:
                rest = paid.charge - paid.paid
                yield Entry(paid.account, day, "write_off", rest, side="insurance", reason="other")
