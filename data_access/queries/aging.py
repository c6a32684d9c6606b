"""Receivables by age: as of any day, by any dimension, over time, and the roll-forward that proves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)

from data_access.built_once import built_once
from data_access.engine import Source, snapshot
from data_access.filters import SELF_PAY, Filters
from data_access.frames import read_frame, read_rows
from data_access.posting.collectibility import BUCKETS, OLDEST
from data_access.posting.month_ends import KEPT_UNTIL, side
from data_access.queries import dimensions
from data_access.queries.dimensions import named, with_labels
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import month_end_balance, open_balance, payer

#: Bucket label -> oldest age in days that is in it.
SEVEN: dict[str, int | None] = {**dict(BUCKETS), OLDEST: None}
FIVE: dict[str, int | None] = {"0-30": 30, "31-60": 60, "61-90": 90, "91-120": 120, "Over 120": None}
VIEWS = {"seven": SEVEN, "five": FIVE}
SIDES = ("insurance", "unbilled", "patient", "credit")
SIDE_LABELS = {
    "insurance": "Insurance, billed",
    "unbilled": "Insurance, unbilled",
    "patient": "Patient",
    "credit": "Credit balances",
    "owed": "Owed by anyone",
}
_MANY = 10**6
#: Where balances stand; those billed may be late.
_SIDES = ("insurance", "unbilled", "patient", "credit")
_BILLED = ("insurance", "patient")
_ANCHORS = {"policy": "age_from", "service": "service_from", "billed": "billed_from"}


def anchor(filters: Filters) -> ColumnElement:
    """The date from which an open balance ages under these filters."""
    return open_balance.c[_ANCHORS[filters.anchor]]


def stands(on: date | ColumnElement) -> ColumnElement[bool]:
    """Open balances that stand on a day."""
    return and_(open_balance.c.from_date <= on, open_balance.c.to_date > on)


def bucket(age_from: ColumnElement, as_of: date, view: str = "seven") -> ColumnElement:
    """The age bucket of a date on a day; day 30 is in 0-30."""
    limits = [(label, limit) for label, limit in VIEWS[view].items() if limit is not None]
    oldest = next(label for label, limit in VIEWS[view].items() if limit is None)
    return case(
        *((age_from >= bindparam(None, as_of - timedelta(days=limit), Date), label) for label, limit in limits),
        else_=oldest,
    )


def buckets(engine: Source, filters: Filters, by: str = "payer_type", view: str = "seven") -> pd.DataFrame:
    """Open balances as of the day: side, key, label, bucket, balance, accounts.

    An account that two payers of one group owe counts for each.
    """
    return with_labels(engine, read_frame(engine, _buckets(filters, by, view)), by)


@built_once
def _buckets(filters: Filters, by: str, view: str) -> Select:
    sums = _bucket_sums(filters, "payer" if by == "payer_type" else by, view)
    key = func.coalesce(payer.c.payer_type, SELF_PAY) if by == "payer_type" else sums.c.key
    keys = (sums.c.side, key.label("key"), sums.c.bucket)
    query = select(
        *keys, func.sum(sums.c.balance).label("balance"), cast(func.sum(sums.c.accounts), Integer).label("accounts")
    ).group_by(*keys)
    if by == "payer_type":
        query = query.select_from(sums.outerjoin(payer, payer.c.payer_id == sums.c.key))
    return query


def _bucket_sums(filters: Filters, by: str, view: str) -> Subquery:
    """Sums by side, a column's value and bucket; names are joined to these, not to every balance."""
    keys = (
        side().label("side"),
        open_balance.c[dimensions.COLUMNS[by]].label("key"),
        bucket(anchor(filters), filters.as_of, view).label("bucket"),
    )
    marked = (
        select(*keys, open_balance.c.balance)
        .where(stands(filters.as_of), *filters.where(open_balance))
        .subquery("marked")
    )
    columns = (marked.c.side, marked.c.key, marked.c.bucket)
    return (
        select(*columns, func.sum(marked.c.balance).label("balance"), func.count().label("accounts"))
        .group_by(*columns)
        .subquery("sums")
    )


@dataclass(frozen=True)
class Position:
    """What is owed on one day. `over` holds billed A/R older than 90 and 120 days."""

    as_of: date
    insurance: Decimal
    unbilled: Decimal
    patient: Decimal
    credit: Decimal
    over_90: Decimal
    over_120: Decimal
    insurance_accounts: int
    unbilled_accounts: int
    patient_accounts: int
    credit_accounts: int

    @property
    def accounts(self) -> int:
        """How many balances A/R is made of."""
        return self.insurance_accounts + self.unbilled_accounts + self.patient_accounts

    @property
    def ar(self) -> Decimal:
        """A/R: all positive balances."""
        return self.insurance + self.unbilled + self.patient

    @property
    def billed(self) -> Decimal:
        """Billed A/R: all positive balances but unbilled ones."""
        return self.insurance + self.patient


def positions(engine: Source, filters: Filters, days: list[date], by: str | None = None) -> list[Position]:
    """The position on each of several days.

    Args:
        by: what to read the balances `by`, where they are read so for something else on the same screen.
    """
    found: dict[date, list[Any]] = defaultdict(list)
    for row in held(engine, filters, days, by):
        found[row.day].append(row)
    return [_position(day, found[day]) for day in days]


def _position(day: date, rows: list[Any]) -> Position:
    balances: dict[str, Decimal] = dict.fromkeys(_SIDES, Decimal("0.00"))
    accounts = dict.fromkeys(_SIDES, 0)
    over = {90: Decimal("0.00"), 120: Decimal("0.00")}
    for row in rows:
        balances[row.side] += row.balance
        accounts[row.side] += row.accounts
        if row.side in _BILLED:
            for limit in over:
                over[limit] += row.balance if (SEVEN[row.bucket] or _MANY) > limit else 0
    return Position(
        as_of=day,
        insurance=balances["insurance"],
        unbilled=balances["unbilled"],
        patient=balances["patient"],
        credit=balances["credit"],
        over_90=over[90],
        over_120=over[120],
        insurance_accounts=accounts["insurance"],
        unbilled_accounts=accounts["unbilled"],
        patient_accounts=accounts["patient"],
        credit_accounts=accounts["credit"],
    )


def by_age(engine: Source, filters: Filters, days: list[date]) -> pd.DataFrame:
    """Open balances on several days, in order of days: day, side, bucket, balance, accounts."""
    with snapshot(engine) as source:
        return read_frame(source, _by_age(filters, tuple(days), _kept_until(source), None))


def held(engine: Source, filters: Filters, days: list[date], by: str | None = None) -> Sequence[Row]:
    """The rows of `by_age`.

    Args:
        by: a dimension of `dimensions.COLUMNS`, whose values are the `key` of each.
    """
    with snapshot(engine) as source:
        return read_rows(source, _by_age(filters, tuple(days), _kept_until(source), by))


def _kept_until(source: Source) -> date | None:
    """The last month end kept; None before the first."""
    ((last,),) = read_rows(source, KEPT_UNTIL)
    return last


@built_once
def _by_age(filters: Filters, days: tuple[date, ...], until: date | None, by: str | None) -> Select:
    """Month ends up to the last one kept are added up; for other days every balance that stood then is read."""
    kept = {day for day in days if until and day <= until and (day + timedelta(days=1)).day == 1}
    parts = [_read_day(filters, day, by) for day in sorted(set(days) - kept)]
    if kept:
        parts.append(_read_month_ends(filters, sorted(kept), by))
    query = union_all(*parts).subquery("held")
    keys = [column for column in query.c if column.name not in ("balance", "accounts")]
    return select(query).order_by(*keys)


def _read_day(filters: Filters, day: date, by: str | None) -> Select:
    marks = (side().label("side"), bucket(anchor(filters), day).label("bucket"), open_balance.c.balance)
    marked = (
        select(*_key_of(open_balance, by), *marks).where(stands(day), *filters.where(open_balance)).subquery("marked")
    )
    keys = [column for column in marked.c if column.name != "balance"]
    sums = func.sum(marked.c.balance).label("balance"), func.count().label("accounts")
    return select(bindparam(None, day, Date).label("day"), *keys, *sums).group_by(*keys)


def _read_month_ends(filters: Filters, days: list[date], by: str | None) -> Select:
    row = month_end_balance.c
    bucket_of = row[f"{filters.anchor}_bucket"]
    own = _key_of(month_end_balance, by)
    keys = (row.month_end.label("day"), *own, row.side.label("side"), bucket_of.label("bucket"))
    sums = func.sum(row.balance).label("balance"), cast(func.sum(row.accounts), Integer).label("accounts")
    return select(*keys, *sums).where(row.month_end.in_(days), *filters.where(month_end_balance)).group_by(*keys)


def _key_of(table: Table, by: str | None) -> list[ColumnElement]:
    return [] if by is None else [table.c[dimensions.COLUMNS[by]].label("key")]


def month_ends(as_of: date, months: int = 12) -> list[date]:
    """The last days of the months before `as_of`, and `as_of` itself, in order."""
    ends, first = [as_of], as_of.replace(day=1)
    for _ in range(months):
        end = first - timedelta(days=1)
        ends.append(end)
        first = end.replace(day=1)
    return ends[::-1]


def trend(engine: Source, filters: Filters, months: int = 12) -> pd.DataFrame:
    """Open balances at month ends and on the day: day, side, bucket, balance, accounts."""
    return by_age(engine, filters, month_ends(filters.as_of, months))


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None, view: str = "seven") -> TableReport:
    """The open balances behind a mark (any of side, bucket, and a dimension); their sum is the mark's value.

    The side "owed" is every side but credit.
    """
    selection = selection or {}
    row = open_balance.c
    as_of = bindparam(None, filters.as_of, Date)
    age = bucket(anchor(filters), filters.as_of, view)
    conditions = [stands(filters.as_of), *filters.where(open_balance), *dimensions.narrow(open_balance, selection)]
    if selection.get("side") == "owed":
        conditions.append(row.balance > 0)
    elif "side" in selection:
        conditions.append(side() == selection["side"])
    if "bucket" in selection:
        conditions.append(age == selection["bucket"])
    core = select(
        row.account_id,
        _side_label().label("side"),
        row.payer_id,
        row.facility_id,
        row.department,
        row.provider_id,
        anchor(filters).label("age_from"),
        type_coerce(as_of - anchor(filters), Integer).label("age"),
        age.label("bucket"),
        row.balance,
    ).where(*conditions)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("birth_date", "Date of birth", "date", phi=True),
        ColumnSpec("side", "Owed by"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("balance", "Balance", "money", total=True),
        ColumnSpec("age", "Age", "days"),
        ColumnSpec("bucket", "Bucket"),
        ColumnSpec("age_from", "Ages from", "date"),
        ColumnSpec("service_from", "Service date", "date"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
        ColumnSpec("provider", "Provider"),
    )
    order = (("balance", True), ("account_id", False), ("side", False), ("payer_id", False))
    metric_ids = ("ar", "insurance_ar", "patient_ar")
    return TableReport("aging_accounts", "Open balances", core, columns, order, metric_ids, _with_account)


def _with_account(rows: FromClause) -> Select:
    return named(rows, "account_number", "service_from", "patient_id")


def _side_label() -> ColumnElement:
    which = side()
    return case(*((which == name, literal(label, String)) for name, label in SIDE_LABELS.items() if name in SIDES))


@built_once
def summary(filters: Filters, view: str = "seven") -> TableReport:
    """Bucket by payer type and side, as a table for export."""
    sums = _bucket_sums(filters, "payer", view)
    payer_type = func.coalesce(payer.c.payer_type, SELF_PAY)
    which = case(*((sums.c.side == name, literal(SIDE_LABELS[name], String)) for name in SIDES))
    keys = (payer_type.label("payer_type"), which.label("side"), sums.c.bucket)
    query = (
        select(
            *keys, func.sum(sums.c.balance).label("balance"), cast(func.sum(sums.c.accounts), Integer).label("accounts")
        )
        .select_from(sums.outerjoin(payer, payer.c.payer_id == sums.c.key))
        .group_by(*keys)
    )
    columns = (
        ColumnSpec("payer_type", "Payer type"),
        ColumnSpec("side", "Owed by"),
        ColumnSpec("bucket", "Bucket"),
        ColumnSpec("balance", "Balance", "money", total=True),
        ColumnSpec("accounts", "Accounts", "count"),
    )
    order = (("payer_type", False), ("side", False), ("bucket", False))
    return TableReport("aging", "Aging by payer type", query, columns, order, ("ar",))
