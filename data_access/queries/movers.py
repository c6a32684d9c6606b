"""What moved most and why: the cells that explain most of each change, largest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import SELF_PAY, Filters
from data_access.frames import read_rows
from data_access.queries import aging, dimensions, uncollected
from data_access.queries.measures import exact
from data_access.queries.posted import posted_over
from data_access.rates import adjudicated, denied
from data_access.schema import claim, payer

#: Which list of movers explains a headline figure.
GROUP_OF = {
    "ar": "ar",
    "days_in_ar": "ar",
    "over_90": "ar",
    "initial_denial_rate": "initial_denial_rate",
    "first_pass_yield": "initial_denial_rate",
    "net_collection_rate": "net_collection_rate",
    "cash": "cash",
}
PAGES = {"ar": "aging", "initial_denial_rate": "denials", "net_collection_rate": "collections", "cash": "collections"}
TITLES = {
    "ar": "A/R by payer and age",
    "initial_denial_rate": "Denied claims by payer and reason",
    "net_collection_rate": "Net collection rate by department and what became of the rest",
    "cash": "Cash by payer type and source",
}
#: What receivables are read by, of the day described and the one compared with.
RECEIVABLES_BY = "payer"
_COLUMNS = ["metric_id", "label", "page", "selection", "before", "after", "change", "share"]


class Cell(NamedTuple):
    """What explains a part of a change: `selection` narrows the screen to it."""

    label: str
    selection: dict[str, Any]
    before: Decimal | int
    after: Decimal | int


def what_moved(engine: Source, filters: Filters, most: int = 5) -> pd.DataFrame:
    """For A/R, denials, the net collection rate and cash, the cells that changed most since the comparison period.

    Returns:
        metric_id, label, page (screen to open), selection (of that screen), before, after, change (Decimal; of the
        net collection rate parts of it), share (of all change in that direction, Decimal or None).
    """
    return ranked(cells(engine, filters), most)


def cells(engine: Source, filters: Filters) -> dict[str, list[Cell]]:
    """All the cells that explain A/R, denials, the net collection rate and cash, in no order, by metric."""
    payers = dimensions.labels(engine, "payer")
    return {
        "ar": _receivables(engine, filters, payers),
        "initial_denial_rate": _denied(engine, filters, payers),
        "net_collection_rate": _uncollected(engine, filters),
        "cash": _cash(engine, filters),
    }


def ranked(groups: Mapping[str, list[Cell]], most: int = 5) -> pd.DataFrame:
    """Of each group the cells that changed most, as `what_moved` returns them."""
    rows = [row for metric_id, found in groups.items() for row in _ranked(metric_id, found, most)]
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(_COLUMNS, ())
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def _ranked(metric_id: str, found: list[Cell], most: int) -> list[tuple]:
    """Rows of the cells that changed most."""
    changes = [(exact(cell.after) - exact(cell.before), cell) for cell in found]
    total = {sign: sum((abs(change) for change, _ in changes if (change > 0) == sign), Decimal(0)) for sign in (0, 1)}
    moved = sorted((one for one in changes if one[0]), key=lambda one: (-abs(one[0]), one[1].label))
    return [
        (metric_id, cell.label, PAGES[metric_id], cell.selection, cell.before, cell.after, change)
        + (abs(change) / total[change > 0],)
        for change, cell in moved[:most]
    ]


def _receivables(engine: Source, filters: Filters, payers: dict[Any, str]) -> list[Cell]:
    """A/R by payer and age bucket."""
    now, before = filters.as_of, filters.comparison().as_of
    sums: dict[tuple[int | None, str], dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in aging.held(engine, filters, [now, before], by=RECEIVABLES_BY):
        if row.side != "credit":
            sums[row.key, row.bucket][row.day] += row.balance
    return [
        Cell(
            f"{dimensions.label('payer', payers, key)}, {bucket} days",
            {"payer": key, "bucket": bucket, "side": "owed"},
            sums_at[before],
            sums_at[now],
        )
        for (key, bucket), sums_at in sums.items()
    ]


def _denied(engine: Source, filters: Filters, payers: dict[Any, str]) -> list[Cell]:
    """Denied claims by payer and category."""
    names = dimensions.labels(engine, "category")
    return [
        Cell(
            f"{dimensions.label('payer', payers, key)}, {names.get(category, str(category)).lower()}",
            {"payer": key, "category": category},
            *counts,
        )
        for key, category, *counts in read_rows(engine, _denied_claims(filters))
    ]


@built_once
def _denied_claims(filters: Filters) -> Select:
    before, row = filters.comparison(), claim.c
    return (
        select(
            row.payer_id,
            row.initial_category,
            _count(_within(row.first_remit_on, before)),
            _count(_within(row.first_remit_on, filters)),
        )
        .where(adjudicated(), denied(), *filters.where(claim))
        .where(row.first_remit_on >= before.date_from, row.first_remit_on <= filters.date_to)
        .group_by(row.payer_id, row.initial_category)
    )


def _uncollected(engine: Source, filters: Filters) -> list[Cell]:
    """What the net collection rate loses, by department and what became of it."""
    return [
        Cell(
            f"{dimensions.label('department', {}, loss.department)}, {uncollected.BECAME[loss.became]}",
            {"department": loss.department, "became": loss.became},
            loss.before,
            loss.after,
        )
        for loss in uncollected.losses(engine, filters)
    ]


def _cash(engine: Source, filters: Filters) -> list[Cell]:
    """Cash posted to accounts by payer type and source."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for span, kind, entry_type, amount in read_rows(engine, _payments(filters)):
        sums[kind or SELF_PAY, entry_type][span] -= Decimal(amount)
    return [
        Cell(
            f"{kind}, {'patients' if entry_type == 'patient_payment' else 'insurance'}",
            {"payer_type": kind, "source": "patient" if entry_type == "patient_payment" else "insurance"},
            *pair,
        )
        for (kind, entry_type), pair in sums.items()
    ]


@built_once
def _payments(filters: Filters) -> Select:
    spans = [(period.date_from, period.date_to) for period in (filters.comparison(), filters)]
    found = posted_over(filters, ("payer_id", "entry_type"), *spans).c
    keys = (found.span, found.payer_id, found.entry_type)
    by_payer = (
        select(*keys, func.sum(found.amount).label("amount"))
        .where(found.entry_type.in_(["insurance_payment", "patient_payment"]))
        .group_by(*keys)
        .subquery("by_payer")
    )
    return select(by_payer.c.span, payer.c.payer_type, by_payer.c.entry_type, by_payer.c.amount).select_from(
        by_payer.outerjoin(payer, payer.c.payer_id == by_payer.c.payer_id)
    )


def _within(on: ColumnElement, period: Filters) -> ColumnElement[bool]:
    return and_(on >= period.date_from, on <= period.date_to)


def _count(condition: ColumnElement[bool]) -> ColumnElement:
    return func.count(case((condition, 1)))
