"""Claims on their way: how far each came, where it is stuck, and who acknowledges claims.

The funnel is of the services of the period: charges without a claim, and bills, each as far as any of its
sendings came by the as-of date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting.scope import days_between
from data_access.queries import claim_rows, dimensions
from data_access.queries.table import TableReport
from data_access.schema import account, claim_ack, claim_progress

#: How far a bill came -> its name, in order; the first is a charge without a claim.
STEPS = {
    "charged": "Charged",
    "sent": "Claim sent",
    "clearinghouse": "Clearinghouse accepted",
    "payer": "Payer accepted",
    "adjudicated": "Adjudicated",
    "paid": "Paid",
}
STUCK = {
    "charged": "No claim sent",
    "sent": "Sent, not accepted yet",
    "clearinghouse": "At the clearinghouse",
    "payer": "With the payer",
    "adjudicated": "Adjudicated, not paid",
}
#: A payer that acknowledged a claim in so many days is one that acknowledges.
ACKNOWLEDGES = timedelta(days=90)


def _cohort(filters: Filters, *names: str) -> Subquery:
    """Bills and unbilled charges of the period's services; a payment posted by hand is one without a remittance too.

    Args:
        names: columns to have; all without any.
    """
    by_hand = claim_rows.paid_by_hand(filters)
    furthest = case((by_hand, list(STEPS).index("paid")), else_=claim_rows.reached(filters))
    no_remittance = and_(claim_rows.not_by(claim_progress.c.adjudicated_on, filters), by_hand)
    state = case((no_remittance, "posted_by_hand"), else_=claim_rows.state(filters))
    bills = claim_rows.facts(filters, furthest, state).where(
        claim_progress.c.counts,
        claim_rows.not_void(filters),
        claim_progress.c.service_from >= filters.date_from,
        claim_progress.c.service_from <= filters.date_to,
        claim_rows.by(claim_progress.c.sent_on, filters),
        *filters.where(claim_progress),
    )
    row, own = account.c, bills.selected_columns
    known: dict[str, ColumnElement] = {
        name: row[name] for name in ("account_id", *claim_rows.DIMENSIONS, "service_from", "charge", "filing_deadline")
    }
    known |= {
        "state": literal("unbilled"),
        "days_left": type_coerce(row.filing_deadline - bindparam(None, filters.as_of, Date), Integer),
        "reached": literal(0, Integer),
    }
    unbilled = select(*(known.get(column.name, cast(null(), column.type)).label(column.name) for column in own)).where(
        _unbilled(filters),
        row.service_from >= filters.date_from,
        row.service_from <= filters.date_to,
        *filters.where(account),
    )
    parts = [bills, unbilled]
    if names:
        parts = [part.with_only_columns(*(part.selected_columns[name] for name in names)) for part in parts]
    return union_all(*parts).subquery("cohort")


def _unbilled(filters: Filters) -> ColumnElement[bool]:
    """Accounts with charges for an insurer, of which no claim was sent by the as-of date: to this day, or later."""
    row = account.c
    return or_(row.responsible == "unbilled", row.first_submitted_on > bindparam(None, filters.as_of, Date))


def funnel(engine: Source, filters: Filters) -> pd.DataFrame:
    """Step by step: step, label, claims, amount, stuck, stuck_amount, days (median from first sending; None)."""
    here = {found.reached: (found.claims, Decimal(found.amount or 0)) for found in read_rows(engine, _reached(filters))}
    (median,) = read_rows(engine, _median_days(filters))
    rows = []
    for place, (step, label) in enumerate(STEPS.items()):
        passed = [here[key] for key in here if key >= place]
        claims, amount = sum(count for count, _ in passed), sum((money for _, money in passed), Decimal(0))
        stuck, stuck_amount = here.get(place, (0, Decimal(0))) if step in STUCK else (0, Decimal(0))
        rows.append((step, label, claims, amount, stuck, stuck_amount, getattr(median, step, None)))
    columns = {name: list(values) for name, values in zip(_FUNNEL, zip(*rows, strict=True), strict=True)}
    exact = {name: pd.Series(columns[name], dtype=object) for name in ("amount", "stuck_amount", "days")}
    return pd.DataFrame(columns | exact)


@built_once
def _reached(filters: Filters) -> Select:
    row = _cohort(filters, "reached", "charge").c
    return select(row.reached, func.count().label("claims"), func.sum(row.charge).label("amount")).group_by(row.reached)


@built_once
def _median_days(filters: Filters) -> Select:
    own = claim_progress.c
    on = {
        "clearinghouse": own.days_to_clearinghouse,
        "payer": own.days_to_payer,
        "adjudicated": own.days_to_adjudication,
        "paid": own.days_to_payment,
    }
    days = {
        name: func.percentile_cont(0.5).within_group(case((claim_rows.by(own[f"bill_{name}_on"], filters), value)))
        for name, value in on.items()
    }
    days["sent"] = func.percentile_cont(0.5).within_group(days_between(own.sent_on, own.service_from))
    return select(*(value.label(name) for name, value in days.items())).where(
        own.counts,
        claim_rows.not_void(filters),
        own.service_from >= filters.date_from,
        own.service_from <= filters.date_to,
        claim_rows.by(own.sent_on, filters),
        *filters.where(claim_progress),
    )


_FUNNEL = ("step", "label", "claims", "amount", "stuck", "stuck_amount", "days")


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Bills and unbilled charges of the period, one row each.

    Args:
        selection: `step` (came so far), `stuck` (came so far and no further), a dimension.
    """
    selection = selection or {}
    cohort: Any = _cohort(filters)
    places = list(STEPS)
    conditions = dimensions.narrow(cohort, selection)
    if selection.get("step") in STEPS:
        conditions.append(cohort.c.reached >= places.index(selection["step"]))
    if selection.get("stuck") in STEPS:
        conditions.append(cohort.c.reached == places.index(selection["stuck"]))
    core = select(cohort).where(*conditions)
    return claim_rows.report("claim_progress", "Claims and charges", core, (("sent_on", True),), ("clean_claim_rate",))


class Acknowledging(NamedTuple):
    """Who said anything of claims in the last 90 days.

    Attributes:
        telling: payers that acknowledged claims, whatever the filters.
        sent: payers that claims went to.
        both: payers that claims went to and that acknowledged claims.
        unnamed: acknowledgments that name no claim that is loaded, whatever the filters.
    """

    telling: int
    sent: int
    both: int
    unnamed: int


def acknowledging(engine: Source, filters: Filters) -> Acknowledging:
    """Whose silence means something, and whose does not."""
    said_and_sent = [(one.said > 0, one.sent > 0) for one in read_rows(engine, _by_payer(filters))]
    ((unnamed,),) = read_rows(engine, _unnamed(filters))
    return Acknowledging(
        telling=sum(said for said, _ in said_and_sent),
        sent=sum(sent for _, sent in said_and_sent),
        both=sum(said and sent for said, sent in said_and_sent),
        unnamed=unnamed,
    )


@built_once
def _by_payer(filters: Filters) -> Select:
    row, since = claim_progress.c, filters.as_of - ACKNOWLEDGES
    sent = and_(row.sent_on > since, claim_rows.by(row.sent_on, filters), *filters.where(claim_progress))
    said = and_(row.acknowledged_on > since, claim_rows.by(row.acknowledged_on, filters))
    return (
        select(func.count(case((said, 1))).label("said"), func.count(case((sent, 1))).label("sent"))
        .where(row.payer_id.is_not(None), or_(said, sent))
        .group_by(row.payer_id)
    )


@built_once
def _unnamed(filters: Filters) -> Select:
    ack, since = claim_ack.c, filters.as_of - ACKNOWLEDGES
    return select(func.count(case((ack.level == "claim", 1)))).where(
        ack.claim_id.is_(None), ack.stated_on > since, claim_rows.by(ack.stated_on, filters)
    )
