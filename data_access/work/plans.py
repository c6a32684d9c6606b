"""Ways to pay a balance: in full, or in monthly instalments within the office's rules."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from data_access.work.activities import FIRST_OF_THESE
from data_access.work.office import Office

_CENT = Decimal("0.01")
#: Lengths that are offered, in months, as far as the office's rules allow.
OFFERED_MONTHS = (2, 3, 6, 9, 12, 18, 24, 36, 48, 60)


class OutsideTheRules(ValueError):
    """A plan the office does not offer; the message says which rule it breaks."""


@dataclass(frozen=True)
class PayNow:
    """Paying in full by a day: what is to be paid, and the discount for it (0.00 where none is set)."""

    amount: Decimal
    discount: Decimal
    due_on: date


def pay_now(balance: Decimal, rules: Office, today: date) -> PayNow:
    """Paying the whole balance at once; the discount is rounded to the cent, half up."""
    discount = (balance * rules.prompt_pay_percent / 100).quantize(_CENT, ROUND_HALF_UP)
    return PayNow(balance - discount, discount, today + timedelta(days=rules.prompt_pay_days))


def schedule(balance: Decimal, months: int, first_due: date) -> list[tuple[date, Decimal]]:
    """Monthly instalments that add up to the balance to the cent; the last is the one that differs.

    A day that a month does not have becomes its last.
    """
    each = (balance / months).quantize(_CENT, ROUND_HALF_UP)
    amounts = [each] * (months - 1)
    amounts.append(balance - sum(amounts, Decimal(0)))
    return [(_months_later(first_due, number), amount) for number, amount in enumerate(amounts)]


def lengths(balance: Decimal, rules: Office) -> list[int]:
    """The lengths in months that a balance may be paid in."""
    return [months for months in OFFERED_MONTHS if not _broken_rule(balance, months, rules)]


def entries(balance: Decimal, months: int, first_due: date, rules: Office) -> list[dict[str, Any]]:
    """What to record when a plan is accepted: the plan, and a promise for each instalment.

    Raises:
        OutsideTheRules: the office does not offer such a plan.
    """
    broken = _broken_rule(balance, months, rules)
    if broken:
        raise OutsideTheRules(broken)
    instalments = schedule(balance, months, first_due)
    found: list[dict[str, Any]] = [{"kind": "plan", "amount": balance, "due_on": instalments[-1][0]}]
    in_all = Decimal(0)
    for due_on, amount in instalments:
        in_all += amount
        found.append(
            {"kind": "promise", "amount": amount, "in_all": in_all, "due_on": due_on, "plan_id": FIRST_OF_THESE}
        )
    return found


def _broken_rule(balance: Decimal, months: int, rules: Office) -> str:
    if months < 2:
        return "A plan has two instalments at least."
    if months > rules.longest_months:
        return f"The longest plan this office offers is {rules.longest_months} months."
    if min(amount for _, amount in schedule(balance, months, date.min)) < rules.smallest_instalment:
        return f"An instalment must be at least ${rules.smallest_instalment:,.2f}."
    return ""


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
