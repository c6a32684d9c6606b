"""The rates over claims, each once.

A rate carries its SQL expressions, so that a tile, a trend and a breakdown cannot disagree. What it means in words
stands with the other metrics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Table, and_, case, cast, func

from data_access.schema import claim, claim_progress

Expression = Callable[[], ColumnElement]


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
    cases: Expression = lambda: func.count()
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


def acknowledged() -> ColumnElement[bool]:
    """Sendings that clearinghouse or payer said anything about."""
    return claim_progress.c.acknowledged_on.is_not(None)


def rejected() -> ColumnElement[bool]:
    """Sendings refused at the door, with their file or by themselves, whatever came of them later."""
    return claim_progress.c.rejected_on.is_not(None)


RATES: dict[str, Rate] = {
    rate.metric_id: rate
    for rate in (
        Rate(
            "initial_denial_rate",
            lambda: _count_if(denied()),
            lambda: cast(func.count(), Integer),
            adjudicated,
        ),
        Rate(
            "initial_denial_rate_amount",
            lambda: _money_sum(claim.c.initial_denied),
            lambda: _money_sum(claim.c.initial_charge),
            adjudicated,
        ),
        Rate(
            "initial_denial_rate_line",
            lambda: _money_sum(claim.c.lines_denied),
            lambda: _money_sum(claim.c.lines_adjudicated),
            adjudicated,
        ),
        Rate(
            "first_pass_yield",
            lambda: _count_if(claim.c.first_pass),
            lambda: cast(func.count(), Integer),
            adjudicated,
        ),
        Rate(
            "overturn_rate",
            lambda: _count_if(claim.c.overturned),
            lambda: _count_if(claim.c.overturned.is_not(None)),
            lambda: and_(adjudicated(), denied()),
            cases=lambda: _count_if(claim.c.overturned.is_not(None)),
        ),
        Rate(
            "preventable_share",
            lambda: _count_if(claim.c.initial_preventable),
            lambda: cast(func.count(), Integer),
            lambda: and_(adjudicated(), denied()),
        ),
        Rate(
            "rejection_rate",
            lambda: _count_if(rejected()),
            lambda: cast(func.count(), Integer),
            acknowledged,
            on="sent_on",
            table=claim_progress,
            behind=rejected,
        ),
        Rate(
            "clean_claim_rate",
            lambda: _count_if(~rejected()),
            lambda: cast(func.count(), Integer),
            lambda: and_(claim_progress.c.first, acknowledged()),
            on="sent_on",
            table=claim_progress,
            behind=lambda: ~rejected(),
        ),
    )
}
