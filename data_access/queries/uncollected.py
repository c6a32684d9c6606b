"""Where the net collection rate is lost: what mature services did not bring, by department and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from data_access.built_once import built_once
from data_access.dates import months_before
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries import dimensions
from data_access.queries.dimensions import named
from data_access.queries.measures import ratio
from data_access.queries.payments import ledger_table
from data_access.queries.posted import NET_REVENUE, posted_over
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, ledger_entry

#: Months after which a cohort of services is old enough to judge, and how many months back cohorts are looked at.
MATURE_MONTHS, LOOKED_AT = 6, 18
#: What became of what was not collected, but what is still owed, which goes by the side that owes it.
WRITTEN = {
    "denial_write_off": "denials written off",
    "write_off": "other write-offs",
    "bad_debt": "bad debt",
    "charity": "charity care",
}
OWED = {"insurance": "still owed by insurance", "patient": "still owed by patients"}
BECAME = WRITTEN | OWED


def mature_months(as_of: date) -> tuple[date, date]:
    """First service month that counts on a day, and the first that is not old enough yet.

    On the last day of a month the whole of the sixth month before is six months old.
    """
    return months_before(as_of, LOOKED_AT), months_before(as_of + timedelta(days=1), MATURE_MONTHS)


class Loss(NamedTuple):
    """What a department and an outcome take from the net collection rate, now and in the comparison period.

    `became` is a key of BECAME; `after` and `before` are at most 0: parts of a rate of 1.
    """

    department: str | None
    became: str
    after: Decimal
    before: Decimal


def losses(engine: Source, filters: Filters) -> list[Loss]:
    """What the net collection rate loses; none where there is no rate to compare.

    All of them and 1 add up to the rate, but for the sixth place.
    """
    expected = [Decimal(0), Decimal(0)]
    lost: dict[tuple[str | None, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in read_rows(engine, _posted(filters)):
        amount = Decimal(row.amount)
        if row.entry_type in NET_REVENUE:
            expected[row.span] += amount
        if row.entry_type in WRITTEN:
            lost[row.department, row.entry_type][row.span] -= amount
        lost[row.department, row.side][row.span] += amount
    if not all(expected):
        return []
    return [
        Loss(*of, *(ratio(-amount, whole) or Decimal(0) for amount, whole in zip(pair, expected, strict=True)))
        for of, pair in lost.items()
    ]


@built_once
def _posted(filters: Filters) -> Select:
    days = (filters.as_of, filters.comparison().as_of)
    names = ("service_month", "department", "entry_type", "side")
    found = posted_over(filters, names, *((None, day) for day in days)).c
    keys = (found.span, found.department, found.entry_type, found.side)
    of_span = [and_(found.span == span, _mature(found.service_month, day)) for span, day in enumerate(days)]
    return select(*keys, func.sum(found.amount).label("amount")).where(or_(*of_span)).group_by(*keys)


def _mature(service_month: ColumnElement[date], day: date) -> ColumnElement[bool]:
    first, too_young = mature_months(day)
    return and_(service_month >= first, service_month < too_young)


@built_once
def table(filters: Filters, selection: Mapping[str, Any]) -> TableReport:
    """The rows behind a cell: entries that wrote it off, or the accounts that still owe it.

    Args:
        selection: `became` (a key of BECAME) and any dimension.
    """
    entry, became = ledger_entry.c, selection["became"]
    conditions = [
        _mature(entry.service_month, filters.as_of),
        entry.posted_on <= filters.as_of,
        *filters.where(ledger_entry),
        *dimensions.narrow(ledger_entry, selection),
    ]
    if became not in OWED:
        return ledger_table([*conditions, entry.entry_type == became])
    owed = (
        select(entry.account_id, func.sum(entry.amount).label("amount"))
        .where(*conditions, entry.side == became)
        .group_by(entry.account_id)
        .having(func.sum(entry.amount) != 0)
        .subquery("owed")
    )
    own = ("account_id", "account_number", "service_from", "payer_id", "facility_id", "department", "provider_id")
    core = select(*(account.c[name] for name in own), owed.c.amount).join(
        owed, owed.c.account_id == account.c.account_id
    )
    order = (("amount", True), ("account_id", False))
    return TableReport("uncollected", f"Services of mature months, {OWED[became]}", core, _COLUMNS, order, (), named)


_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
    ColumnSpec("amount", "Owed", "money", total=True),
)
