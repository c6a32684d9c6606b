"""The revenue cycle around the receivable, in one figure a step: covered, clean, paid in full, at the bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data_access.engine import Source
from data_access.filters import Filters
from data_access.queries import coverage, credits, measures, reconciliation, underpayments
from data_access.queries.measures import Measure


@dataclass(frozen=True)
class Step:
    """A figure of the cycle now and in the comparison period, and the screen that explains it."""

    screen: str
    now: Measure
    before: Measure | None


def steps(engine: Source, filters: Filters) -> list[Step]:
    """The figures in the order of the cycle; one that needs files the office does not load is left out, not zero."""
    then = filters.comparison()
    found = ((screen, read(engine, filters), read) for screen, read in _READERS)
    return [Step(screen, now, read(engine, then)) for screen, now, read in found if now is not None]


def _verified(engine: Source, filters: Filters) -> Measure | None:
    return coverage.verification(engine, filters) if coverage.anything_asked(engine) else None


def _acknowledged(metric_id: str) -> Callable[[Source, Filters], Measure | None]:
    def read(engine: Source, filters: Filters) -> Measure | None:
        found = measures.rate(engine, metric_id, filters)
        return found if found.n else None

    return read


def _underpaid(engine: Source, filters: Filters) -> Measure | None:
    return underpayments.underpaid(engine, filters, underpayments.default_yardstick(engine))


def _deposited(engine: Source, filters: Filters) -> Measure | None:
    return reconciliation.days_to_deposit(engine, filters) if reconciliation.any_deposits(engine) else None


_READERS: tuple[tuple[str, Callable[[Source, Filters], Measure | None]], ...] = (
    ("coverage", _verified),
    ("claims", _acknowledged("clean_claim_rate")),
    ("claims", _acknowledged("rejection_rate")),
    ("underpayments", _underpaid),
    ("reconciliation", _deposited),
    ("reconciliation", reconciliation.unapplied),
    ("reconciliation", credits.credit_days),
)
