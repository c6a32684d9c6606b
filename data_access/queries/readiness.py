"""Is a month ready to report? What of it is not settled, by the queries of the screens that settle it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from data_access.dates import last_of_month
from data_access.engine import Source
from data_access.filters import Filters
from data_access.queries import bank_days, imports, posted_payments, posted_twice, reconciliation
from data_access.queries.measures import Measure
from data_access.queries.movement import RollForward
from data_access.queries.reconciliation import Amount

FINE, OPEN, UNKNOWN = "fine", "open", "unknown"
_NOTHING = Decimal("0.00")
_DAYS = {
    "open": ("days_open", "Days at the bank that do not balance", "open"),
    "balanced": ("days_not_closed", "Days at the bank that balance and are not closed", "deposits"),
    "changed": ("days_changed", "Days at the bank that changed after they were closed", "deposits"),
}


@dataclass(frozen=True)
class Check:
    """A line of the checklist: what is looked at, how it stands (FINE, OPEN or UNKNOWN), how many and how much.

    `count` and `amount` (dollars) are None where the line counts nothing. `said`: more in words. `screen`, its `view`
    and `selection` show what was counted.
    """

    check_id: str
    label: str
    state: str
    count: int | None = None
    amount: Decimal | None = None
    said: str = ""
    screen: str = "reconciliation"
    view: str = ""
    selection: Mapping[str, Any] = field(default_factory=dict)


def checks(
    engine: Source, filters: Filters, newest: date, rolled: RollForward, unapplied: Measure | None
) -> list[Check]:
    """The checklist of a month, in the order in which an office works it off.

    Args:
        newest: the newest posting date of the data.
        rolled: the month's roll-forward.
        unapplied: claim payments on no account as of the day.
    """
    return [
        _reached(filters, newest),
        *_loads(engine, filters),
        *_unposted(filters, unapplied),
        *_bank(engine, filters),
        _rolls(rolled),
    ]


def _whole(label: str, filters: Filters) -> str:
    """The label of what no filter of accounts narrows."""
    return _marked(label, filters.beyond())


def _of_payers(label: str, filters: Filters) -> str:
    """The label of what only filters of payers narrow."""
    return _marked(label, filters.beyond(but_payers=True))


def _marked(label: str, scope: str) -> str:
    return f"{label} ({scope})" if scope else label


def _state(number: int) -> str:
    return OPEN if number else FINE


def _reached(filters: Filters, newest: date) -> Check:
    last = last_of_month(filters.date_from)
    said = f"newest posting {newest:%d %b %Y}, the month ends on {last:%d %b %Y}"
    reach, state = ("reach", FINE) if newest >= last else ("do not reach", OPEN)
    label = f"The data {reach} the end of the month"
    return Check("data", label, state, said=said, screen="imports", view="Load files")


def _loads(engine: Source, filters: Filters) -> list[Check]:
    first = filters.date_from
    refused = imports.refused_since(engine, first)
    names = {"rejected": "refused", "partly_loaded": "loaded in part"}
    said = ", ".join(f"{refused[status]:,} {name}" for status, name in names.items() if refused.get(status))
    number, held = sum(refused.values()), imports.held_aside(engine)
    label = _whole(f"Files refused or loaded in part since {first:%d %b %Y}", filters)
    aside = _whole("Transactions held aside", filters)
    return [
        Check("files", label, _state(number), number, said=said, screen="imports", view="History"),
        Check("held", aside, _state(held), held, screen="imports", view="Waiting"),
    ]


def _unposted(filters: Filters, unapplied: Measure | None) -> list[Check]:
    if unapplied is None:
        return []
    label, found = _whole("Claim payments on no account", filters), (unapplied.numerator, unapplied.n)
    return [_counted("unapplied", label, found, "Credits", unapplied="any")]


def _counted(check_id: str, label: str, found: Amount, view: str, said: str = "", **selection: str) -> Check:
    """A line of so much money in so many cases, which a view of Reconciliation shows."""
    amount, number = found
    return Check(check_id, label, _state(number), number, amount, said, view=view, selection=selection)


def _bank(engine: Source, filters: Filters) -> list[Check]:
    if not reconciliation.any_deposits(engine):
        label = _whole("The bank agrees with remittances and postings", filters)
        return [Check("bank", label, UNKNOWN, said="no deposits are loaded", view="Deposits")]
    found = reconciliation.position(engine, filters)
    loose, taken_out = found.sum(found.deposits, "open"), found.sum(found.deposits, "taken_out")
    late, awaited = found.sum(found.remittances, "open"), found.sum(found.remittances, "awaited")
    differing = bank_days.differing(engine, filters)
    by_hand = posted_payments.by_state(engine, filters)
    twice = posted_twice.waiting(engine, filters)
    unexplained = _whole("Deposits without a remittance or other explanation", filters)
    checked = [*_days(engine, filters), _counted("deposits", unexplained, loose, "Deposits", kind="open")]
    if taken_out[1]:
        label = _whole("Returned items and debits without explanation", filters)
        checked.append(_counted("taken_out", label, taken_out, "Deposits", kind="taken_out"))
    if differing[1]:
        label = _whole("Deposits of another amount than remitted or posted, and by how much", filters)
        checked.append(_counted("differing", label, differing, "Deposits", kind="differing"))
    label = _of_payers("Remittances without money, past the usual days", filters)
    may_come = f"{awaited[1]:,} more (${awaited[0]:,.2f}) may still come" if awaited[1] else ""
    checked.append(_counted("remittances", label, late, "Remittances", may_come, state="open"))
    if by_hand:
        label, left = _of_payers("Payments posted by hand without money", filters), by_hand.get("open", (_NOTHING, 0))
        checked.append(_counted("by_hand", label, left, "Posted by hand", state="open"))
    if twice[1]:
        label = _of_payers("Payments that may count twice: posted by hand, and in a remittance", filters)
        checked.append(_counted("twice", label, twice, "Posted by hand"))
    return checked


def _days(engine: Source, filters: Filters) -> list[Check]:
    days = bank_days.days(engine, filters).to_dict("records")
    found = []
    for state, (check_id, label, of) in _DAYS.items():
        mine = [row for row in days if row["state"] == state]
        amount = sum((row[of] for row in mine), _NOTHING)
        found.append(_counted(check_id, _whole(label, filters), (amount, len(mine)), "Daily close", state=state))
    return found


def _rolls(rolled: RollForward) -> Check:
    closes, state = ("does not close", OPEN) if rolled.difference else ("closes", FINE)
    label = f"The roll-forward {closes} to the cent"
    return Check("roll_forward", label, state, amount=rolled.difference, screen="aging")
