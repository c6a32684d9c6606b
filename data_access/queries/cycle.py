"""The revenue cycle around the receivable, in one figure a step: covered, clean, paid in full, at the bank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data_access.engine import Source
from data_access.filters import Filters
from data_access.queries import coverage, credits, measures, reconciliation, unapplied, underpayments
from data_access.queries.measures import Measure

#: A figure of the period, and of those compared with; None where nothing is loaded to tell.
Pair = Sequence[Measure | None]
Read = Callable[..., Sequence[Pair]]


@dataclass(frozen=True)
class Step:
    """A figure of the cycle now and in the comparison period, and the screen that explains it."""

    screen: str
    now: Measure
    before: Measure | None


def beyond(metric_id: str, filters: Filters) -> str:
    """How far a figure reaches that the filters do not narrow: money on no account is of no payer and no clinic."""
    if metric_id not in ("unapplied", "days_to_deposit"):
        return ""
    return filters.beyond(but_payers=metric_id == "days_to_deposit")


def steps(engine: Source, filters: Filters) -> list[Step]:
    """The figures in the order of the cycle; one that needs files the office does not load is left out, not zero."""
    return [
        Step(screen, now, before)
        for screen, (now, before) in over(engine, filters, filters.comparison())
        if now is not None
    ]


def over(engine: Source, *periods: Filters) -> list[tuple[str, Pair]]:
    """The figures of several periods, each with the screen that explains it, where the first period has the figure."""
    return [(screen, found) for screen, read in _READERS for found in read(engine, *periods) if found[0] is not None]


def _verified(engine: Source, *periods: Filters) -> Sequence[Pair]:
    return [coverage.verification(engine, *periods)] if coverage.anything_asked(engine) else []


def _acknowledged(engine: Source, *periods: Filters) -> Sequence[Pair]:
    wanted = [(metric_id, period) for metric_id in ("clean_claim_rate", "rejection_rate") for period in periods]
    found = [one if one.n else None for one in measures.rates_each(engine, wanted)]
    return [found[: len(periods)], found[len(periods) :]]


def _underpaid(engine: Source, *periods: Filters) -> Sequence[Pair]:
    return [underpayments.underpaid(engine, underpayments.default_yardstick(engine), *periods)]


def _banked(engine: Source, *periods: Filters) -> Sequence[Pair]:
    known = reconciliation.any_deposits(engine)
    lags: Sequence[Pair] = [reconciliation.days_to_deposit(engine, *periods)] if known else []
    return [*lags, unapplied.in_periods(engine, *periods), credits.credit_days(engine, *periods)]


_READERS: tuple[tuple[str, Read], ...] = (
    ("coverage", _verified),
    ("claims", _acknowledged),
    ("underpayments", _underpaid),
    ("reconciliation", _banked),
)
