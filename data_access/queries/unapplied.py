"""Claim payments on no account yet: how much, of what age, and which."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
from sqlalchemy import Select, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.queries import payments
from data_access.queries.aging import bucket
from data_access.queries.measures import Measure, in_turn
from data_access.queries.table import TableReport
from data_access.schema import claim_payment


def by_age(engine: Source, filters: Filters) -> pd.DataFrame:
    """Claim payments on no account by age since their payment date, as of the day: bucket, amount, payments."""
    return read_frame(engine, _by_age(filters))


@built_once
def _by_age(filters: Filters) -> Select:
    row = claim_payment.c
    age = bucket(row.paid_on, filters.as_of)
    return (
        select(age.label("bucket"), func.sum(row.paid).label("amount"), func.count().label("payments"))
        .where(row.match_status != "confirmed", row.paid_on <= filters.as_of)
        .group_by(age)
    )


@built_once
def table(filters: Filters, of_bucket: str | None = None) -> TableReport:
    """Claim payments on no account as of the day, of any age or of one bucket."""
    row, report = claim_payment.c, payments.unapplied_table(filters, everything=True)
    query = report.query.where(row.paid_on <= filters.as_of)
    if of_bucket is not None:
        query = query.where(bucket(row.paid_on, filters.as_of) == of_bucket)
    return replace(report, query=query)


def in_periods(engine: Source, *periods: Filters) -> list[Measure]:
    """Everything on no account as of the day of each period, whatever its age."""
    rows = read_rows(engine, _sums(periods))
    return [
        Measure("unapplied", Decimal(amount), Decimal(amount), None, n, period.as_of)
        for (amount, n), period in zip(rows, periods, strict=True)
    ]


@built_once
def _sums(periods: tuple[Filters, ...]) -> Select:
    row = claim_payment.c
    query: Select = select(func.coalesce(func.sum(row.paid), 0), func.count()).where(row.match_status != "confirmed")
    return in_turn(query.where(row.paid_on <= period.as_of) for period in periods)
