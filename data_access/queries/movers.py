"""What moved most and why: the cells that explain most of each change, largest first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Engine, and_, case, func, select

from data_access.engine import read_frame
from data_access.filters import SELF_PAY, Filters
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
_COLUMNS = ["metric_id", "label", "page", "selection", "before", "after", "change", "share"]


def what_moved(engine: Engine, filters: Filters, most: int = 5) -> pd.DataFrame:
    """For A/R, denials, the net collection rate and cash, the cells that changed most since the comparison period.

    Returns:
        metric_id, label, page (screen to open), selection (of that screen), before, after, change (Decimal; of the
        net collection rate parts of it), share (of all change in that direction, Decimal or None).
    """
    groups = [group(engine, filters) for group in (_receivables, _denied, _uncollected, _cash)]
    frames = [_ranked(frame, most) for frame in groups if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_COLUMNS)


def _ranked(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    change = [exact(after) - exact(before) for after, before in zip(frame["after"], frame["before"], strict=True)]
    frame = frame.assign(change=pd.Series(change, dtype=object, index=frame.index))
    total = {sign: sum((abs(value) for value in change if (value > 0) == sign), Decimal(0)) for sign in (True, False)}
    shares = [abs(value) / total[value > 0] if total[value > 0] else None for value in change]
    frame = frame.assign(share=pd.Series(shares, dtype=object, index=frame.index))
    names = list(frame["label"])
    order = sorted(range(len(frame)), key=lambda row: (-abs(change[row]), names[row]))
    kept = [row for row in order if change[row] != 0][:most]
    return frame.iloc[kept][_COLUMNS]


def _receivables(engine: Engine, filters: Filters) -> pd.DataFrame:
    """A/R by payer and age bucket."""
    before = filters.comparison()
    sums: dict[tuple[int | None, str], dict[str, Decimal]] = {}
    held = aging.by_age(engine, filters, [filters.as_of, before.as_of], by="payer")
    for row in held[held["side"] != "credit"].to_dict("records"):
        cell = sums.setdefault((_key(row["key"]), row["bucket"]), {"after": Decimal(0), "before": Decimal(0)})
        cell["after" if row["day"] == filters.as_of else "before"] += row["balance"]
    frame = pd.DataFrame(
        {
            "key": pd.array([owner for owner, _ in sums], dtype="Int64"),
            "bucket": [bucket for _, bucket in sums],
            **{name: pd.Series([cell[name] for cell in sums.values()], dtype=object) for name in ("after", "before")},
        }
    )
    frame = dimensions.with_labels(engine, frame, "payer")
    labels = [f"{payer}, {bucket} days" for payer, bucket in zip(frame["label"], frame["bucket"], strict=True)]
    chosen = [
        {"payer": _key(key), "bucket": bucket, "side": "owed"}
        for key, bucket in zip(frame["key"], frame["bucket"], strict=True)
    ]
    return _named(frame, "ar", labels, chosen)


def _denied(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Denied claims by payer and category."""
    before = filters.comparison()
    query = (
        select(
            claim.c.payer_id.label("key"),
            claim.c.initial_category.label("category"),
            _count(_within(claim.c.first_remit_on, filters)).label("after"),
            _count(_within(claim.c.first_remit_on, before)).label("before"),
        )
        .where(adjudicated(), denied(), *filters.where(claim))
        .where(claim.c.first_remit_on >= before.date_from, claim.c.first_remit_on <= filters.date_to)
        .group_by(claim.c.payer_id, claim.c.initial_category)
    )
    frame = dimensions.with_labels(engine, read_frame(engine, query), "payer")
    names = dimensions.labels(engine, "category")
    pairs = list(zip(frame["label"], frame["category"], strict=True))
    labels = [f"{payer}, {names.get(category, str(category)).lower()}" for payer, category in pairs]
    chosen = [
        {"payer": _key(key), "category": category}
        for key, category in zip(frame["key"], frame["category"], strict=True)
    ]
    return _named(frame, "initial_denial_rate", labels, chosen)


def _uncollected(engine: Engine, filters: Filters) -> pd.DataFrame:
    """What the net collection rate loses, by department and what became of it."""
    frame = dimensions.with_labels(engine, uncollected.cells(engine, filters), "department")
    labels = [
        f"{name}, {uncollected.BECAME[became]}" for name, became in zip(frame["label"], frame["became"], strict=True)
    ]
    chosen = [{"department": key, "became": became} for key, became in zip(frame["key"], frame["became"], strict=True)]
    return _named(frame, "net_collection_rate", labels, chosen)


def _cash(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Cash posted to accounts by payer type and source."""
    before = filters.comparison()
    spans = [(period.date_from, period.date_to) for period in (filters, before)]
    found = posted_over(filters, *spans).c

    def total(span: int) -> ColumnElement:
        return func.coalesce(-func.sum(case((found.span == span, found.amount))), 0)

    by_payer = (
        select(found.payer_id, found.entry_type, total(0).label("after"), total(1).label("before"))
        .where(found.entry_type.in_(["insurance_payment", "patient_payment"]))
        .group_by(found.payer_id, found.entry_type)
        .subquery("by_payer")
    )
    key = func.coalesce(payer.c.payer_type, SELF_PAY).label("key")
    source = case((by_payer.c.entry_type == "patient_payment", "patient"), else_="insurance").label("source")
    query = (
        select(key, source, func.sum(by_payer.c.after).label("after"), func.sum(by_payer.c.before).label("before"))
        .select_from(by_payer.outerjoin(payer, payer.c.payer_id == by_payer.c.payer_id))
        .group_by(key, source)
    )
    frame = read_frame(engine, query)
    pairs = list(zip(frame["key"], frame["source"], strict=True))
    labels = [f"{kind}, {'patients' if source == 'patient' else 'insurance'}" for kind, source in pairs]
    return _named(frame, "cash", labels, [{"payer_type": kind, "source": source} for kind, source in pairs])


def _within(on: ColumnElement, period: Filters) -> ColumnElement[bool]:
    return and_(on >= period.date_from, on <= period.date_to)


def _count(condition: ColumnElement[bool]) -> ColumnElement:
    return func.count(case((condition, 1)))


def _key(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _named(frame: pd.DataFrame, metric_id: str, labels: list[str], chosen: list[dict]) -> pd.DataFrame:
    return frame.assign(
        metric_id=metric_id, page=PAGES[metric_id], label=labels, selection=pd.Series(chosen, dtype=object)
    )
