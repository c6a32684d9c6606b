"""Claims on their way: how far each came, where it is stuck, what was rejected and is not sent again.

The funnel is of the services of the period: charges without a claim, and bills, each as far as any of its
sendings came by the as-of date. What is to be worked stands beside it whatever the period: rejected and not sent
again, without a word, accepted and silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    Engine,
    FromClause,
    Integer,
    Select,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from data_access.engine import read_frame
from data_access.filters import Filters
from data_access.metrics import RATES
from data_access.posting.acknowledgments import REJECTED
from data_access.posting.scope import days_between
from data_access.queries import accounts, dimensions
from data_access.queries.dimensions import patient_name, payer_name, with_labels, with_names
from data_access.queries.measures import Measure, rate_query, rates_by, with_value
from data_access.queries.table import ColumnSpec, TableReport, totals
from data_access.reference import statuses
from data_access.schema import account, billing_entry, claim, claim_ack, claim_progress, facility, patient, provider

#: How far a bill came -> its name, in order; the first is a charge without a claim.
STEPS = {
    "charged": "Charged",
    "sent": "Claim sent",
    "clearinghouse": "Accepted by clearinghouse",
    "payer": "Accepted by payer",
    "adjudicated": "Adjudicated",
    "paid": "Paid",
}
STUCK = {
    "charged": "No claim sent",
    "sent": "Sent, not accepted yet",
    "clearinghouse": "At the clearinghouse",
    "payer": "With the payer",
    "adjudicated": "Adjudicated, nothing paid",
}
LISTS = {
    "rejected": "Rejected, not sent again",
    "unacknowledged": "No acknowledgment",
    "silent": "Accepted and silent",
}
#: Days after which a claim should have been acknowledged.
ACKNOWLEDGED_WITHIN = 2
#: A payer that acknowledged a claim in so many days is one that acknowledges.
_ACKNOWLEDGES = timedelta(days=90)
_DIMENSIONS = ("facility_id", "department", "provider_id", "payer_id")


def reason_of(row: Any) -> ColumnElement[str]:
    """What is said as "category:status:entity"; null where nothing is."""
    parts = [func.coalesce(row[name], literal("")) for name in ("category", "status", "entity")]
    return case((func.coalesce(row.category, row.status).is_not(None), parts[0] + ":" + parts[1] + ":" + parts[2]))


def _by(day: ColumnElement, filters: Filters) -> ColumnElement[bool]:
    return day <= bindparam(None, filters.as_of, Date)


def _reached(filters: Filters) -> ColumnElement[int]:
    """Place in STEPS of the furthest step; an adjudicated claim was accepted, whether anybody said so or not."""
    row = claim_progress.c
    return case(
        (_by(row.bill_paid_on, filters), 5),
        (_by(row.bill_adjudicated_on, filters), 4),
        (_by(row.bill_payer_on, filters), 3),
        (_by(row.bill_clearinghouse_on, filters), 2),
        else_=1,
    )


def _core(filters: Filters, reached: ColumnElement[int]) -> Select:
    row, as_of = claim_progress.c, bindparam(None, filters.as_of, Date)
    return select(
        row.account_id,
        row.claim_id,
        *(row[name] for name in _DIMENSIONS),
        row.service_from,
        row.sent_on,
        row.charge,
        row.state,
        reason_of(row).label("reason"),
        row.rejected_by,
        row.rejected_on,
        row.clearinghouse_on,
        row.payer_on,
        row.adjudicated_on,
        row.paid_on,
        row.filing_deadline,
        type_coerce(row.filing_deadline - as_of, Integer).label("days_left"),
        type_coerce(as_of - row.sent_on, Integer).label("waited"),
        reached.label("reached"),
    )


def _cohort(filters: Filters) -> Subquery:
    """Bills and unbilled charges of the period's services."""
    bills = _core(filters, _reached(filters)).where(
        claim_progress.c.counts,
        ~claim_progress.c.voided,
        claim_progress.c.service_from >= filters.date_from,
        claim_progress.c.service_from <= filters.date_to,
        _by(claim_progress.c.sent_on, filters),
        *filters.where(claim_progress),
    )
    row, own = account.c, bills.selected_columns
    known: dict[str, ColumnElement] = {
        name: row[name] for name in ("account_id", *_DIMENSIONS, "service_from", "charge", "filing_deadline")
    }
    known |= {
        "state": literal("unbilled"),
        "days_left": type_coerce(row.filing_deadline - bindparam(None, filters.as_of, Date), Integer),
        "reached": literal(0, Integer),
    }
    unbilled = select(*(known.get(column.name, cast(null(), column.type)).label(column.name) for column in own)).where(
        row.responsible == "unbilled",
        row.service_from >= filters.date_from,
        row.service_from <= filters.date_to,
        *filters.where(account),
    )
    return union_all(bills, unbilled).subquery("cohort")


def funnel(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Step by step: step, label, claims, amount, stuck, stuck_amount, days (median from first sending; None)."""
    row = _cohort(filters).c
    query = select(row.reached, func.count().label("claims"), func.sum(row.charge).label("amount")).group_by(
        row.reached
    )
    own = claim_progress.c
    on = {
        "clearinghouse": own.days_to_clearinghouse,
        "payer": own.days_to_payer,
        "adjudicated": own.days_to_adjudication,
        "paid": own.days_to_payment,
    }
    days = {
        name: func.percentile_cont(0.5).within_group(case((_by(own[f"bill_{name}_on"], filters), value)))
        for name, value in on.items()
    }
    days["sent"] = func.percentile_cont(0.5).within_group(days_between(own.sent_on, own.service_from))
    medians = select(*(value.label(name) for name, value in days.items())).where(
        own.counts,
        ~own.voided,
        own.service_from >= filters.date_from,
        own.service_from <= filters.date_to,
        _by(own.sent_on, filters),
        *filters.where(claim_progress),
    )
    with engine.connect() as connection:
        here = {found.reached: (found.claims, Decimal(found.amount or 0)) for found in connection.execute(query)}
        median = connection.execute(medians).mappings().one()
    rows = []
    for place, (step, label) in enumerate(STEPS.items()):
        passed = [here[key] for key in here if key >= place]
        claims, amount = sum(count for count, _ in passed), sum((money for _, money in passed), Decimal(0))
        stuck, stuck_amount = here.get(place, (0, Decimal(0))) if step in STUCK else (0, Decimal(0))
        rows.append((step, label, claims, amount, stuck, stuck_amount, median.get(step)))
    frame = pd.DataFrame(rows, columns=["step", "label", "claims", "amount", "stuck", "stuck_amount", "days"])
    return frame.astype({"amount": object, "stuck_amount": object, "days": object})


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
    return _report("claim_progress", "Claims and charges", core, (("sent_on", True),), ("clean_claim_rate",))


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
    conditions = [*_listed(filters, which, limits or {}), *dimensions.narrow(claim_progress, selection)]
    if "reason" in selection:
        conditions.append(func.coalesce(reason_of(claim_progress.c), literal("")) == (selection["reason"] or ""))
    core = _core(filters, _reached(filters)).where(*conditions)
    order = (("days_left", False), ("charge", True)) if which == "rejected" else (("waited", True), ("charge", True))
    report_id = "rejections" if which == "rejected" else f"claims_{which}"
    return _report(report_id, LISTS[which], core, order, ("rejection_rate", "clean_claim_rate"))


def _listed(filters: Filters, which: str, limits: Mapping[int, int]) -> list[ColumnElement[bool]]:
    row, as_of = claim_progress.c, filters.as_of
    standing = [row.last, ~row.voided, _by(row.sent_on, filters), *filters.where(claim_progress)]
    if which == "rejected":
        return [*standing, row.state.in_(REJECTED), _by(row.rejected_on, filters)]
    if which == "unacknowledged":
        late = row.sent_on < as_of - timedelta(days=ACKNOWLEDGED_WITHIN)
        return [*standing, row.state == "sent", row.acknowledged_on.is_(None), late, row.payer_id.in_(_tell(filters))]
    limit: Any = literal(accounts.DEFAULT_SILENCE)
    if limits:
        limit = case(*((row.payer_id == key, days) for key, days in limits.items()), else_=accounts.DEFAULT_SILENCE)
    waited = type_coerce(bindparam(None, as_of, Date) - row.sent_on, Integer)
    return [*standing, row.state.in_(("accepted_clearinghouse", "accepted_payer")), waited > limit]


def _tell(filters: Filters) -> Select:
    """Payers whose claims were acknowledged of late."""
    row = claim_progress.c
    return select(row.payer_id).where(
        row.acknowledged_on > filters.as_of - _ACKNOWLEDGES,
        _by(row.acknowledged_on, filters),
        row.payer_id.is_not(None),
    )


def lists(engine: Engine, filters: Filters) -> dict[str, tuple[int, Decimal]]:
    """Claims and charges of each of LISTS."""
    limits = accounts.silence_limits(engine, filters)
    found = {}
    with engine.connect() as connection:
        for which in LISTS:
            count, sums = totals(connection, to_work(filters, which, limits=limits))
            found[which] = (count, sums["charge"])
    return found


def acknowledging(engine: Engine, filters: Filters) -> tuple[int, int, int]:
    """Payers that acknowledge, payers that claims went to in the same days, and acknowledgments that name no claim."""
    row, tell = claim_progress.c, _tell(filters).distinct().subquery()
    sent = select(func.count(row.payer_id.distinct())).where(
        row.sent_on > filters.as_of - _ACKNOWLEDGES, _by(row.sent_on, filters), *filters.where(claim_progress)
    )
    nobody = select(func.count()).where(claim_ack.c.level == "claim", claim_ack.c.claim_id.is_(None))
    with engine.connect() as connection:
        telling = connection.execute(select(func.count()).select_from(tell)).scalar_one()
        return telling, connection.execute(sent).scalar_one(), connection.execute(nobody).scalar_one()


def rejections(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Rejected and not sent again, by reason: key, label, mend, claims, amount, days_left (fewest)."""
    row = claim_progress.c
    key = func.coalesce(reason_of(row), literal(""))
    left = type_coerce(func.min(row.filing_deadline) - bindparam(None, filters.as_of, Date), Integer)
    query = (
        select(
            key.label("key"),
            func.count().label("claims"),
            func.sum(row.charge).label("amount"),
            left.label("days_left"),
        )
        .where(*_listed(filters, "rejected", {}))
        .group_by(key)
    )
    frame = read_frame(engine, query).sort_values(["claims", "key"], ascending=[False, True], ignore_index=True)
    named = {"label": statuses.short, "mend": statuses.mend}
    return frame.assign(**{name: [words(value) for value in frame["key"]] for name, words in named.items()})


def rates_over_time(engine: Engine, filters: Filters, metric_id: str, months: int = 12) -> pd.DataFrame:
    """A rate by month of sending up to the as-of date: month, numerator, denominator, n, value."""
    first = filters.as_of.replace(day=1)
    for _ in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    month = claim_progress.c.sent_month.label("month")
    period = replace(filters, date_from=first, date_to=filters.as_of)
    return with_value(read_frame(engine, rate_query(RATES[metric_id], period, [month]).order_by(month)))


def breakdown(engine: Engine, filters: Filters, by: str = "payer") -> pd.DataFrame:
    """Rejection rate by payer, facility, department or provider: key, label, numerator, denominator, n, value."""
    key = dimensions.key(claim_progress, by).label("key")
    frame = with_labels(engine, rates_by(engine, "rejection_rate", filters, [key]), by)
    return frame.sort_values(["numerator", "label"], ascending=[False, True], ignore_index=True)


def charge_lag(engine: Engine, filters: Filters) -> Measure:
    """Median days from service to charge, of charges posted in the period."""
    entry = billing_entry.c
    days = days_between(entry.posted_on, entry.service_on)
    query = (
        select(func.percentile_cont(0.5).within_group(days), func.count())
        .join(account, account.c.account_id == entry.account_id)
        .where(
            entry.entry_type == "charge",
            entry.service_on.is_not(None),
            entry.posted_on >= filters.date_from,
            entry.posted_on <= filters.date_to,
            *filters.where(account),
        )
    )
    return _median(engine, "charge_lag", query, filters.as_of)


def submission_lag(engine: Engine, filters: Filters) -> Measure:
    """Median days from service to first sending, of bills first sent in the period."""
    row = claim.c
    query = select(func.percentile_cont(0.5).within_group(row.days_to_submit), func.count(row.days_to_submit)).where(
        row.counts,
        row.first_submitted_on >= filters.date_from,
        row.first_submitted_on <= filters.date_to,
        *filters.where(claim),
    )
    return _median(engine, "submission_lag", query, filters.as_of)


def _median(engine: Engine, metric_id: str, query: Select, as_of: date) -> Measure:
    with engine.connect() as connection:
        median, count = connection.execute(query).one()
    value = None if median is None else Decimal(str(median))
    return Measure(metric_id, value, value or Decimal(0), None, count, as_of)


def unbilled(engine: Engine, filters: Filters) -> tuple[int, Decimal]:
    """Accounts without a claim on the as-of date, and what insurers would owe on them."""
    report = accounts.table(filters, accounts.AccountFilters(responsible=("unbilled",)))
    with engine.connect() as connection:
        count, sums = totals(connection, report)
    return count, sums["balance"]


_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("claim_id", "Claim id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("charge", "Charge", "money", total=True),
    ColumnSpec("state", "Now"),
    ColumnSpec("reason", "What was said", "claim_status"),
    ColumnSpec("rejected_by", "Rejected by"),
    ColumnSpec("rejected_on", "Rejected on", "date"),
    ColumnSpec("days_left", "Left to file", "days"),
    ColumnSpec("filing_deadline", "File by", "date"),
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("sent_on", "Sent", "date"),
    ColumnSpec("waited", "Since sent", "days"),
    ColumnSpec("clearinghouse_on", "At clearinghouse", "date"),
    ColumnSpec("payer_on", "Accepted by payer", "date"),
    ColumnSpec("adjudicated_on", "Adjudicated", "date"),
    ColumnSpec("paid_on", "Paid", "date"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)


def _report(
    report_id: str, title: str, core: Select, order: tuple[tuple[str, bool], ...], metric_ids: tuple[str, ...]
) -> TableReport:
    order = (*order, ("account_id", False), ("claim_id", False))
    return TableReport(
        report_id, title, _with_names(core.subquery("core")), _COLUMNS, order, metric_ids, core, _with_names
    )


def _with_names(rows: FromClause) -> Select:
    """Join what account, patient, payer, facility and provider are called."""
    query = select(
        *(column for column in rows.c if not column.name.endswith("_id") or column.name in ("account_id", "claim_id")),
        account.c.account_number,
        patient_name().label("patient"),
        payer_name().label("payer"),
        facility.c.name.label("facility"),
        provider.c.name.label("provider"),
    ).join(account, account.c.account_id == rows.c.account_id)
    return with_names(query, rows).outerjoin(patient, patient.c.patient_id == account.c.patient_id)
