"""Equal amounts of patient payments on nearby days: which deposit is of which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from data_access.posting.bank.facts import Line, Office, Receipt

Member = TypeVar("Member", Line, Receipt)
CouldHold = Callable[[Line, Receipt], bool]


def in_order(office: Office, of_days: dict[Line, list[Receipt]], could_hold: CouldHold) -> None:
    """Equal amounts on nearby days by several methods: in order of days, where both sides are as many.

    Lines and receipts that could be each other's are looked at together. A receipt of the last line's own day may
    still come to the bank, and is left out where there is one too many. Days are paired first to first; what is of one
    day on both sides is one match, for nobody can tell it apart. Where numbers, days or methods do not fit, a person
    decides.
    """
    by_amount: dict[Decimal, dict[Line, list[Receipt]]] = defaultdict(dict)
    for line, days in of_days.items():
        if line.group is None:
            by_amount[line.amount][line] = [receipt for receipt in days if receipt.group is None]
    for left in by_amount.values():
        while left:
            lines, receipts = _together(left)
            if len(receipts) > len(lines):
                receipts = [receipt for receipt in receipts if receipt.on < lines[-1].on]
            if len(lines) == len(receipts):
                _tie(office, list(zip(_days(lines), _days(receipts), strict=False)), len(lines), could_hold)


def _tie(office: Office, pairs: list[tuple[list[Line], list[Receipt]]], number: int, could_hold: CouldHold) -> None:
    fit = all(
        len(lines) == len(receipts) and all(could_hold(line, receipt) for line in lines for receipt in receipts)
        for lines, receipts in pairs
    )
    if fit and sum(len(lines) for lines, _ in pairs) == number:
        for lines, receipts in pairs:
            office.tie("matched", "order", lines, receipts)


def _together(left: dict[Line, list[Receipt]]) -> tuple[list[Line], list[Receipt]]:
    """Take out the first line, and all that is tied to it through receipts that either may hold; in order of days."""
    lines, receipts = [next(iter(left))], {id(receipt): receipt for receipt in left.pop(next(iter(left)))}
    while True:
        more = [line for line, days in left.items() if any(id(receipt) in receipts for receipt in days)]
        if not more:
            break
        for line in more:
            receipts |= {id(receipt): receipt for receipt in left.pop(line)}
        lines += more
    lines.sort(key=lambda line: (line.on, line.key, line.deposit_id))
    return lines, sorted(receipts.values(), key=lambda receipt: receipt.key)


def _days(members: Sequence[Member]) -> list[list[Member]]:
    """Members in order of days, one list a day."""
    return [list(those) for _, those in groupby(members, key=attrgetter("on"))]
