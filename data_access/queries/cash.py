"""Cash: what came in by month and source, from payments posted to accounts and from remittances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, CompoundSelect, Date, Integer, Select, and_, func, literal, select, union_all

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.given import given
from data_access.queries.measures import Measure
from data_access.queries.posted import posted_by_kind, posted_over
from data_access.schema import claim_payment, remittance

SOURCES = {
    "insurance": "Insurance, on accounts",
    "unapplied": "Insurance, not on an account yet",
    "provider_level": "Provider-level adjustments and differences",
    "patient": "Patients",
    "refund": "Refunds",
    "recoupment": "Taken back by insurers",
}
#: Source of money on accounts -> its kinds of ledger entry.
KINDS = {
    "insurance": ("insurance_payment",),
    "patient": ("patient_payment",),
    "refund": ("insurance_refund", "patient_refund"),
    "recoupment": ("recoupment",),
}
_SOURCE_OF = {kind: source for source, kinds in KINDS.items() for kind in kinds}
PAYMENTS = tuple(_SOURCE_OF)


class Cash(NamedTuple):
    """What one source (a key of SOURCES) brought in a month, never zero."""

    month: date
    source: str
    amount: Decimal


def by_month(engine: Source, filters: Filters, date_from: date, date_to: date) -> pd.DataFrame:
    """Cash by month and source: month, source, label, amount.

    Insurance cash adds up to the remittances' amounts, which are without what a payer kept from them. Under a
    filter of clinic, department, payer or provider only what is posted to accounts is counted, recoupments too:
    the rest belongs to no account.
    """
    (found,) = over(engine, filters, [(date_from, date_to)])
    months, sources, amounts = zip(*found, strict=True) if found else ((), (), ())
    return pd.DataFrame(
        {
            "month": pd.Series(months, dtype=object),
            "source": pd.Series(sources, dtype="str"),
            "label": pd.Series([SOURCES[name] for name in sources], dtype="str"),
            "amount": pd.Series(amounts, dtype=object),
        }
    )


def over(engine: Source, filters: Filters, spans: Sequence[tuple[date, date]]) -> list[list[Cash]]:
    """What `by_month` says of each of several spans of days, in order of months and sources."""
    sums: dict[int, dict[tuple[date, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for span, month, kind, amount in read_rows(engine, _over(filters, tuple(spans))):
        sums[span][month, _SOURCE_OF.get(kind, kind)] += Decimal(amount)
    return [[Cash(*of, amount) for of, amount in sorted(sums[span].items()) if amount] for span in range(len(spans))]


@built_once
def _over(filters: Filters, spans: tuple[tuple[date, date], ...]) -> CompoundSelect:
    found = posted_over(filters, ("posted_month", "entry_type"), *spans).c
    keys = (found.span, found.posted_month, found.entry_type)
    kinds = PAYMENTS if filters.narrows else [kind for kind in PAYMENTS if kind not in KINDS["recoupment"]]
    parts = [select(*keys, -func.sum(found.amount)).where(found.entry_type.in_(kinds)).group_by(*keys)]
    row, whole = claim_payment.c, remittance.c
    if not filters.narrows:
        parts.append(_paid(spans, "unapplied", row, row.paid).where(row.match_status != "confirmed"))
        # what a remittance pays beyond or below its claims
        parts.append(_paid(spans, "provider_level", whole, whole.amount - whole.claims_paid))
    return union_all(*parts)


def _paid(spans: Sequence[tuple[date, date]], source: str, row: Any, amount: ColumnElement) -> Select:
    """What remittances paid by span and month."""
    kinds = {"span": Integer, "first": Date, "last": Date}
    days = given("spans", kinds, [(number, *span) for number, span in enumerate(spans)])
    return (
        select(days.c.span, row.paid_month, literal(source), func.sum(amount))
        .join(days, and_(row.paid_on >= days.c.first, row.paid_on <= days.c.last))
        .group_by(days.c.span, row.paid_month)
    )


def on_no_account(engine: Source, filters: Filters) -> dict[str, Decimal]:
    """Cash of the period that no ledger entry stands for, by source, none of it zero; with the entries it is all cash.

    What insurers took back is among the provider-level amounts of remittances; what of it was posted to accounts is
    left out here.
    """
    if filters.narrows:
        return {}
    span = (filters.date_from, filters.date_to)
    taken_back = posted_by_kind(engine, filters, span).amount(*KINDS["recoupment"])
    sums = {"unapplied": Decimal("0.00"), "provider_level": taken_back}
    for one in over(engine, filters, [span])[0]:
        if one.source in sums:
            sums[one.source] += one.amount
    return {source: amount for source, amount in sums.items() if amount}


def of_period(engine: Source, filters: Filters) -> Measure:
    """Cash of the period, all sources."""
    return measure(over(engine, filters, [(filters.date_from, filters.date_to)])[0], filters.as_of)


def measure(found: list[Cash], as_of: date) -> Measure:
    """All cash among cash by month and source."""
    total = sum((one.amount for one in found), Decimal("0.00"))
    return Measure("cash", total, total, None, len(found), as_of)
