"""The practice accounts: what happened on each, what to do next, and why. All made up; none is an office's account."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from data_access.metrics import METRICS, Metric
from data_access.reference import (
    AdjustmentReason,
    DenialCategory,
    Term,
    adjustment_reasons,
    denial_categories,
    glossary,
    labels,
    table,
)

#: Who owes the balance; a credit is owed to somebody.
SIDES = ("insurance", "patient", "credit")


@dataclass(frozen=True)
class Choice:
    """One of the four actions to choose from. `why`: why it is weaker, or why it is best."""

    action: str
    label: str
    why: str
    best: bool


@dataclass(frozen=True)
class Case:
    """A practice account.

    `age_days` counts from what `aged_from` names; `balance` is positive, also of a credit. `reason` is the adjustment
    reason of the payer's answer. `category`, `term` and `metric` are what the playbook and the definitions say about
    it, by the office's own reference; at least one is there.
    """

    case_id: int
    topic: str
    payer_type: str
    side: str
    balance: Decimal
    age_days: int
    aged_from: str
    happened: str
    reason: AdjustmentReason | None
    choices: tuple[Choice, ...]
    category: DenialCategory | None
    term: Term | None
    metric: Metric | None

    @property
    def best(self) -> Choice:
        """The right answer."""
        return next(choice for choice in self.choices if choice.best)

    def choice(self, action: str) -> Choice | None:
        """One of the four by its action; None when it is none of them."""
        return next((choice for choice in self.choices if choice.action == action), None)


@lru_cache(1)
def actions() -> dict[str, str]:
    """The actions there are, by id."""
    return labels("practice_actions")


@lru_cache(1)
def cases() -> dict[int, Case]:
    """The practice accounts by number.

    Raises:
        KeyError: a case names an action, reason, category, word or metric that does not exist.
    """
    words = {term.term: term for term in glossary()}
    return {int(row["case"]): _case(row, words) for row in table("practice_accounts")}


@lru_cache(1)
def topics() -> tuple[str, ...]:
    """The topics, in the order in which they first come."""
    return tuple(dict.fromkeys(case.topic for case in cases().values()))


def _case(row: dict[str, str], words: dict[str, Term]) -> Case:
    return Case(
        case_id=int(row["case"]),
        topic=row["topic"],
        payer_type=row["payer_type"],
        side=row["side"],
        balance=Decimal(row["balance"]),
        age_days=int(row["age_days"]),
        aged_from=row["aged_from"],
        happened=row["happened"],
        reason=adjustment_reasons()[row["carc"]] if row["carc"] else None,
        choices=(
            Choice(row["action"], actions()[row["action"]], row["explanation"], True),
            *(Choice(row[f"other_{n}"], actions()[row[f"other_{n}"]], row[f"why_{n}"], False) for n in (1, 2, 3)),
        ),
        category=denial_categories()[row["category"]] if row["category"] else None,
        term=words[row["term"]] if row["term"] else None,
        metric=METRICS[row["metric"]] if row["metric"] else None,
    )
