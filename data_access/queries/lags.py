"""Lags before a claim is out of the door, and what was never billed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting.scope import days_between
from data_access.queries import accounts
from data_access.queries.measures import Measure
from data_access.queries.table import TableReport, totals
from data_access.schema import account, billing_entry, claim


def charge_lag(engine: Source, filters: Filters) -> Measure:
    """Median days from service to charge, of charges posted in the period."""
    return _median(engine, "charge_lag", _charged(filters), filters.as_of)


@built_once
def _charged(filters: Filters) -> Select:
    entry = billing_entry.c
    days = days_between(entry.posted_on, entry.service_on)
    query = select(func.percentile_cont(0.5).within_group(days), func.count()).where(
        entry.account_id.is_not(None),
        entry.entry_type == "charge",
        entry.service_on.is_not(None),
        entry.posted_on >= filters.date_from,
        entry.posted_on <= filters.date_to,
    )
    if filters.narrows:
        query = query.join(account, account.c.account_id == entry.account_id).where(*filters.where(account))
    return query


def submission_lag(engine: Source, filters: Filters) -> Measure:
    """Median days from service to first sending, of bills first sent in the period."""
    return _median(engine, "submission_lag", _submitted(filters), filters.as_of)


@built_once
def _submitted(filters: Filters) -> Select:
    row = claim.c
    return select(func.percentile_cont(0.5).within_group(row.days_to_submit), func.count(row.days_to_submit)).where(
        row.counts,
        row.first_submitted_on >= filters.date_from,
        row.first_submitted_on <= filters.date_to,
        *filters.where(claim),
    )


def _median(engine: Source, metric_id: str, query: Select, as_of: date) -> Measure:
    ((median, count),) = read_rows(engine, query)
    value = None if median is None else Decimal(str(median))
    return Measure(metric_id, value, value or Decimal(0), None, count, as_of)


def unbilled(engine: Source, filters: Filters) -> tuple[int, Decimal]:
    """Accounts without a claim on the as-of date, and what insurers would owe on them."""
    count, sums = totals(engine, _unbilled(filters))
    return count, sums["balance"]


@built_once
def _unbilled(filters: Filters) -> TableReport:
    return accounts.table(filters, accounts.AccountFilters(responsible=("unbilled",)))
