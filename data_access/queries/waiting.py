"""Claims to work, whatever the period: rejected and not sent again, without a word, accepted and silent, asked about.

They are sendings that nothing followed. A claim is on one of the first three lists at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from data_access.built_once import built_once
from data_access.counting import counted
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.queries import accounts, asked, claim_rows, dimensions
from data_access.queries.aging import stands
from data_access.queries.progress import ACKNOWLEDGES
from data_access.queries.table import TableReport
from data_access.reference import statuses
from data_access.schema import claim_progress, open_balance

LISTS = {
    "rejected": "Rejected, not sent again",
    "unacknowledged": "No acknowledgment",
    "silent": "Accepted and silent",
    "asked": asked.TITLE,
}
_BY_CLAIM = tuple(which for which in LISTS if which != "asked")
#: Days after which a claim should have been acknowledged.
ACKNOWLEDGED_WITHIN = 2


class Reason(NamedTuple):
    """Claims rejected for one reason and not sent again.

    Attributes:
        key: category:status:entity.
        label: the key in words.
        mend: what to do; empty where nothing is known.
        past: how many of them are past their filing limit.
        days_left: the fewest left to file any of the others; None where none of these has a limit that is known.
    """

    key: str
    label: str
    mend: str
    claims: int
    amount: Decimal
    past: int
    days_left: int | None

    @property
    def limits(self) -> str:
        """How they stand to their filing limits, in words; empty where none is known."""
        if self.past == self.claims:
            return "past filing limit" if self.claims == 1 else "all past filing limit"
        parts = [f"{self.past:,} past filing limit"] if self.past else []
        if self.days_left is not None:
            when = "today" if self.days_left == 0 else f"in {counted(self.days_left, 'day')}"
            parts.append(f"next {when}" if self.past else f"first filing limit {when}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Waiting:
    """Claims that wait to be worked.

    Attributes:
        lists: claims and charges of each of LISTS.
        reasons: of those rejected, most claims first.
    """

    lists: dict[str, tuple[int, Decimal]]
    reasons: list[Reason]


def waiting(engine: Source, filters: Filters, limits: Mapping[int, int]) -> Waiting:
    """Claims and charges on each list; `limits`: `accounts.silence_limits`."""
    found = read_rows(engine, _on_lists(filters, limits))
    lists = {which: _total([one for one in found if one.on_list == which]) for which in _BY_CLAIM}
    reasons = [_reason(one, filters.as_of) for one in found if one.on_list == "rejected"]
    reasons.sort(key=lambda one: (-one.claims, one.key))
    return Waiting(lists | {"asked": asked.total(engine, filters)}, reasons)


@built_once
def _on_lists(filters: Filters, limits: Mapping[int, int]) -> Select:
    row, as_of = claim_progress.c, bindparam(None, filters.as_of, Date)
    own = {which: and_(*_own(filters, which, limits)) for which in _BY_CLAIM}
    on_list = case(*((of, which) for which, of in own.items()))
    reason = case((own["rejected"], func.coalesce(claim_rows.reason_of(row), "")))
    marked = (
        select(on_list.label("on_list"), reason.label("reason"), row.account_id, row.charge, row.filing_deadline)
        .where(*_waits(filters))
        .subquery("marked")
    )
    return (
        select(
            marked.c.on_list,
            marked.c.reason,
            func.count().label("claims"),
            func.coalesce(func.sum(marked.c.charge), 0).label("amount"),
            func.count().filter(marked.c.filing_deadline < as_of).label("past"),
            func.min(case((marked.c.filing_deadline >= as_of, marked.c.filing_deadline))).label("next"),
        )
        .where(marked.c.on_list.is_not(None), _owes(marked.c.account_id, filters))  # asked last, of few
        .group_by(marked.c.on_list, marked.c.reason)
    )


def _total(rows: Sequence[Any]) -> tuple[int, Decimal]:
    return sum(one.claims for one in rows), sum((Decimal(one.amount) for one in rows), Decimal(0))


def _reason(row: Any, as_of: date) -> Reason:
    left = None if row.next is None else (row.next - as_of).days
    key = row.reason
    return Reason(key, statuses.short(key), statuses.mend(key), row.claims, Decimal(row.amount), row.past, left)


@built_once
def to_work(
    filters: Filters,
    which: str = "rejected",
    selection: Mapping[str, Any] | None = None,
    limits: Mapping[int, int] | None = None,
) -> TableReport:
    """Claims of one of LISTS, as of the as-of date, whatever the period.

    Args:
        selection: `reason` (category:status:entity), a dimension.
        limits: `accounts.silence_limits`, for "silent".
    """
    selection = selection or {}
    if which == "asked":
        return asked.table(filters, selection)
    conditions = [*_waits(filters), *_own(filters, which, limits or {})]
    conditions.append(_owes(claim_progress.c.account_id, filters))
    conditions += dimensions.narrow(claim_progress, selection)
    if "reason" in selection:
        conditions.append(
            func.coalesce(claim_rows.reason_of(claim_progress.c), literal("")) == (selection["reason"] or "")
        )
    core = claim_rows.facts(filters, claim_rows.reached(filters)).where(*conditions)
    order = (("days_left", False), ("charge", True)) if which == "rejected" else (("waited", True), ("charge", True))
    report_id = "rejections" if which == "rejected" else f"claims_{which}"
    metric_ids = ("rejection_rate", "clean_claim_rate")
    return claim_rows.report(report_id, LISTS[which], core, order, metric_ids, at_once=True)


def _waits(filters: Filters) -> list[ColumnElement[bool]]:
    """Sendings that nothing followed."""
    row = claim_progress.c
    return [
        claim_rows.not_by(row.adjudicated_on, filters),
        claim_rows.not_by(row.resent_on, filters),
        claim_rows.not_void(filters),
        claim_rows.by(row.sent_on, filters),
        *filters.where(claim_progress),
    ]


def _owes(account_id: ColumnElement, filters: Filters) -> ColumnElement[bool]:
    """Whether insurance still owes something on the account: else its claims wait for nothing."""
    row = open_balance.c
    return account_id.in_(select(row.account_id).where(stands(filters.as_of), row.side == "insurance", row.balance > 0))


def _own(filters: Filters, which: str, limits: Mapping[int, int]) -> list[ColumnElement[bool]]:
    row, as_of = claim_progress.c, filters.as_of
    if which == "rejected":
        return [claim_rows.rejection_stands(filters)]
    if which == "unacknowledged":
        late = row.sent_on < as_of - timedelta(days=ACKNOWLEDGED_WITHIN)
        nobody = ~func.coalesce(claim_rows.by(row.acknowledged_on, filters), false())
        return [nobody, late, row.payer_id.in_(_tell(filters))]
    limit: Any = literal(accounts.DEFAULT_SILENCE)
    if limits:
        limit = case(*((row.payer_id == key, days) for key, days in limits.items()), else_=accounts.DEFAULT_SILENCE)
    waited = type_coerce(bindparam(None, as_of, Date) - row.sent_on, Integer)
    accepted = or_(claim_rows.by(row.clearinghouse_on, filters), claim_rows.by(row.payer_on, filters))
    with_payer = and_(accepted, ~claim_rows.rejection_stands(filters))
    return [with_payer, waited > limit, ~claim_rows.paid_by_hand(filters)]


def _tell(filters: Filters) -> Select:
    """Payers whose claims were acknowledged of late."""
    row = claim_progress.c
    told = (
        row.acknowledged_on > filters.as_of - ACKNOWLEDGES,
        claim_rows.by(row.acknowledged_on, filters),
        row.payer_id.is_not(None),
    )
    return select(row.payer_id).distinct().where(*told)
