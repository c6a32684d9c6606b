"""The rates over claims, each once.

A rate carries its SQL expressions, so that a tile, a trend and a breakdown cannot disagree. What it means in words
stands with the other metrics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Integer, Table, and_, case, cast, false, func

from data_access.schema import claim, claim_progress

#: Of the as-of date: what was known on it.
Expression = Callable[[date], ColumnElement]


@dataclass(frozen=True)
class Rate:
    """A rate over claims: numerator and denominator are sums over the rows of `table` that `among` selects.

    `on` is the date column by which a claim falls into a period, `cases` counts what the rate is about. `behind`: the
    rows that the numerator counts.
    """

    metric_id: str
    numerator: Expression
    denominator: Expression
    among: Expression
    on: str = "first_remit_on"
    cases: Expression = lambda as_of: func.count()
    table: Table = claim
    behind: Expression | None = None


def _money_sum(column: ColumnElement) -> ColumnElement:
    return func.coalesce(func.sum(column), 0)


def _count_if(condition: ColumnElement) -> ColumnElement:
    return func.coalesce(cast(func.sum(case((condition, 1), else_=0)), Integer), 0)


def denied() -> ColumnElement[bool]:
    """Claims with a denial on their first adjudication."""
    return claim.c.initial_outcome.in_(["denied", "partly_denied"])


def adjudicated() -> ColumnElement[bool]:
    """Claims that count in rates and that the payer has answered."""
    return and_(claim.c.counts, claim.c.initial_outcome.is_not(None))


def decided(as_of: date) -> ColumnElement[bool]:
    """Denied claims of which it was known on a day whether the denial is overturned or stands for good."""
    return and_(claim.c.overturned.is_not(None), claim.c.decided_on <= as_of)


def acknowledged(as_of: date) -> ColumnElement[bool]:
    """Sendings that clearinghouse or payer had said anything about by a day."""
    return claim_progress.c.acknowledged_on <= as_of


def rejected(as_of: date) -> ColumnElement[bool]:
    """Sendings refused at the door by a day, with their file or by themselves, whatever came of them later."""
    return func.coalesce(claim_progress.c.rejected_on <= as_of, false())


RATES: dict[str, Rate] = {
    rate.metric_id: rate
    for rate in (
        Rate(
            "initial_denial_rate",
            lambda as_of: _count_if(denied()),
            lambda as_of: cast(func.count(), Integer),
            lambda as_of: adjudicated(),
        ),
        Rate(
            "initial_denial_rate_amount",
            lambda as_of: _money_sum(claim.c.initial_denied),
            lambda as_of: _money_sum(claim.c.initial_charge),
            lambda as_of: adjudicated(),
        ),
        Rate(
            "initial_denial_rate_line",
            lambda as_of: _money_sum(claim.c.lines_denied),
            lambda as_of: _money_sum(claim.c.lines_adjudicated),
            lambda as_of: adjudicated(),
        ),
        Rate(
            "first_pass_yield",
            lambda as_of: _count_if(claim.c.first_pass),
            lambda as_of: cast(func.count(), Integer),
            lambda as_of: adjudicated(),
        ),
        Rate(
            "overturn_rate",
            lambda as_of: _count_if(and_(claim.c.overturned, decided(as_of))),
            lambda as_of: _count_if(decided(as_of)),
            lambda as_of: and_(adjudicated(), denied()),
            cases=lambda as_of: _count_if(decided(as_of)),
        ),
        Rate(
            "preventable_share",
            lambda as_of: _count_if(claim.c.initial_preventable),
            lambda as_of: cast(func.count(), Integer),
            lambda as_of: and_(adjudicated(), denied()),
        ),
        Rate(
            "rejection_rate",
            lambda as_of: _count_if(rejected(as_of)),
            lambda as_of: cast(func.count(), Integer),
            acknowledged,
            on="sent_on",
            table=claim_progress,
            behind=rejected,
        ),
        Rate(
            "clean_claim_rate",
            lambda as_of: _count_if(~rejected(as_of)),
            lambda as_of: cast(func.count(), Integer),
            lambda as_of: and_(claim_progress.c.first, acknowledged(as_of)),
            on="sent_on",
            table=claim_progress,
            behind=lambda as_of: ~rejected(as_of),
        ),
    )
}
