"""Collections: what came in, against what should, how fast, from whom, and what was given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Engine,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from data_access.engine import read_frame
from data_access.filters import Filters
from data_access.metrics import AVOIDABLE_REASONS
from data_access.posting.scope import month_of
from data_access.queries import dimensions
from data_access.queries.denials import claims_report
from data_access.queries.dimensions import payer_name, with_labels, with_names
from data_access.queries.measures import Measure, ratio
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import account, claim, claim_payment, facility, ledger_entry, provider, remittance

#: Months after which a cohort of services is old enough to judge.
MATURE_MONTHS = 6
SOURCES = {
    "insurance": "Insurance, on accounts",
    "unapplied": "Insurance, not on an account yet",
    "provider_level": "Provider-level adjustments and differences",
    "patient": "Patients",
    "refund": "Refunds",
}
_ZERO = Decimal("0.00")
_PATIENT_NET = ("patient_payment", "patient_refund")
_PAYMENTS = ("insurance_payment", "patient_payment", "insurance_refund", "patient_refund")
WRITE_OFFS = {
    "denial_write_off": "Denial write-offs",
    "write_off": "Other write-offs",
    "bad_debt": "Bad debt",
    "charity": "Charity care",
}


def cash_by_month(engine: Engine, filters: Filters, date_from: date, date_to: date) -> pd.DataFrame:
    """Cash by month and source: month, source, label, amount.

    Insurance cash adds up to the remittances' amounts. Under a filter of clinic, department, payer or
    provider only what is posted to accounts is counted: the rest belongs to no account.
    """
    entry = ledger_entry.c
    # summed by kind first: naming the source of every entry would cost more than the sums
    by_kind = (
        select(entry.posted_month, entry.entry_type, func.sum(entry.amount).label("amount"))
        .where(
            entry.entry_type.in_(_PAYMENTS),
            entry.posted_on >= date_from,
            entry.posted_on <= date_to,
            *filters.where(ledger_entry),
        )
        .group_by(entry.posted_month, entry.entry_type)
        .subquery("by_kind")
    )
    kind = by_kind.c.entry_type
    source = case(
        (kind == "insurance_payment", literal("insurance")),
        (kind == "patient_payment", literal("patient")),
        else_=literal("refund"),
    ).label("source")
    posted = select(
        by_kind.c.posted_month.label("month"), source, (-func.sum(by_kind.c.amount)).label("amount")
    ).group_by(by_kind.c.posted_month, source)
    parts = (
        [posted] if filters.narrows else [posted, _unapplied(date_from, date_to), _provider_level(date_from, date_to)]
    )
    frame = read_frame(engine, union_all(*parts))
    some = pd.Series([amount != 0 for amount in frame["amount"]], dtype=bool, index=frame.index)
    frame = frame[some].sort_values(["month", "source"], ignore_index=True)
    return frame.assign(label=[SOURCES[name] for name in frame["source"]])


def _unapplied(date_from: date, date_to: date) -> Select:
    row = claim_payment.c
    return (
        select(row.paid_month, literal("unapplied"), func.sum(row.paid))
        .where(row.match_status != "confirmed", row.paid_on >= date_from, row.paid_on <= date_to)
        .group_by(row.paid_month)
    )


def _provider_level(date_from: date, date_to: date) -> Select:
    """What a remittance pays beyond or below its claims."""
    row = remittance.c
    return (
        select(row.paid_month, literal("provider_level"), func.sum(row.amount - row.claims_paid))
        .where(row.paid_on >= date_from, row.paid_on <= date_to)
        .group_by(row.paid_month)
    )


def cash(engine: Engine, filters: Filters) -> Measure:
    """Cash of the period, all sources."""
    frame = cash_by_month(engine, filters, filters.date_from, filters.date_to)
    total = sum((Decimal(amount) for amount in frame["amount"]), Decimal("0.00"))
    return Measure("cash", total, total, None, len(frame), filters.as_of)


def _ledger_total(*kinds: str) -> ColumnElement:
    entry = ledger_entry.c
    return func.coalesce(func.sum(entry.amount).filter(entry.entry_type.in_(kinds)), 0)


def rate_cohorts(engine: Engine, filters: Filters, months: int = 18) -> pd.DataFrame:
    """Collection rates by service month: month, charges, contractual, payments, net, gross, accounts, mature.

    Everything posted up to the as-of date to accounts of that month counts.
    """
    first = _months_before(filters.as_of, months)
    return _cohorts(engine, filters, first)


def _months_before(day: date, months: int) -> date:
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _cohorts(engine: Engine, filters: Filters, first: date) -> pd.DataFrame:
    entry = ledger_entry.c
    # grouping by kind of entry costs a third of summing under one condition for each kind
    query = (
        select(
            entry.service_month.label("month"),
            entry.entry_type,
            func.sum(entry.amount).label("amount"),
            func.count(case((entry.entry_no == 1, 1))).label("accounts"),
        )
        .where(
            entry.posted_on <= filters.as_of,
            entry.service_month >= first,
            entry.service_month <= filters.as_of,
            *filters.where(ledger_entry),
        )
        .group_by(entry.service_month, entry.entry_type)
    )
    with engine.connect() as connection:
        frame = _by_month(connection.execute(query).all())
    # on the last day of a month the whole of the sixth month before is six months old
    mature = _months_before(filters.as_of + timedelta(days=1), MATURE_MONTHS)
    rows = list(zip(frame["payments"], frame["charges"], frame["contractual"], strict=True))
    return frame.assign(
        net=pd.Series([ratio(paid, charged - written) for paid, charged, written in rows], dtype=object),
        gross=pd.Series([ratio(paid, charged) for paid, charged, _ in rows], dtype=object),
        mature=[value < mature for value in frame["month"]],
    )


def _by_month(rows: Sequence[Any]) -> pd.DataFrame:
    """One row a month: charges, contractual adjustments and payments (positive), and accounts first charged."""
    columns = ("charges", "contractual", "payments")
    of_kind = {"charge": ("charges", 1), "contractual": ("contractual", -1), "other_payer": ("contractual", -1)}
    of_kind |= dict.fromkeys(_PAYMENTS, ("payments", -1))
    months: dict[date, dict[str, Any]] = {}
    for row in rows:
        found = months.setdefault(row.month, {"month": row.month, **dict.fromkeys(columns, _ZERO), "accounts": 0})
        found["accounts"] += row.accounts
        if row.entry_type in of_kind:
            column, sign = of_kind[row.entry_type]
            found[column] += sign * Decimal(row.amount)
    return pd.DataFrame([months[month] for month in sorted(months)], columns=["month", *columns, "accounts"])


def net_collection_rate(engine: Engine, filters: Filters) -> Measure:
    """Net collection rate of the mature service months of the last year and a half."""
    return mature_rate(rate_cohorts(engine, filters), filters.as_of)


def mature_rate(frame: pd.DataFrame, as_of: date) -> Measure:
    """The net collection rate of the mature months among cohorts."""
    frame = frame[frame["mature"].astype(bool)] if len(frame) else frame
    paid = sum((Decimal(value) for value in frame["payments"]), Decimal(0))
    expected = sum(
        (
            Decimal(charged) - Decimal(written)
            for charged, written in zip(frame["charges"], frame["contractual"], strict=True)
        ),
        Decimal(0),
    )
    cases = int(frame["accounts"].sum()) if len(frame) else 0
    return Measure("net_collection_rate", ratio(paid, expected), paid, expected, cases, as_of)


@dataclass(frozen=True)
class Posted:
    """Rates by posting date in the period."""

    net: Measure
    bad_debt: Measure
    charity: Measure
    avoidable: Measure
    point_of_service: Measure


def posted(engine: Engine, filters: Filters) -> Posted:
    """What was posted in the period, as rates."""
    entry = ledger_entry.c
    in_period = (
        entry.posted_on >= filters.date_from,
        entry.posted_on <= filters.date_to,
        *filters.where(ledger_entry),
    )
    query = select(
        _ledger_total("charge").label("charges"),
        (-_ledger_total("contractual", "other_payer")).label("contractual"),
        (-_ledger_total(*_PAYMENTS)).label("payments"),
        (-_ledger_total("bad_debt")).label("bad_debt"),
        (-_ledger_total("charity")).label("charity"),
        (-func.coalesce(func.sum(entry.amount).filter(_avoidable()), 0)).label("avoidable"),
        (-_ledger_total(*_PATIENT_NET)).label("patient"),
        func.count().filter(entry.entry_type == "patient_payment").label("patient_payments"),
        func.count().label("n"),
    ).where(*in_period)
    at_service = (
        select(func.coalesce(-func.sum(entry.amount), 0))
        .join(account, account.c.account_id == entry.account_id)
        .where(entry.entry_type == "patient_payment", entry.posted_on <= account.c.service_to, *in_period)
    )
    with engine.connect() as connection:
        row = connection.execute(query).one()
        paid_at_service = connection.execute(at_service).scalar_one()

    def measure(metric_id: str, top: Decimal, under: Decimal | None, cases: int = row.n) -> Measure:
        value = Decimal(top) if under is None else ratio(top, under)
        return Measure(metric_id, value, Decimal(top), under, cases, filters.as_of)

    return Posted(
        measure("net_collection_rate_posted", row.payments, row.charges - row.contractual),
        measure("bad_debt", row.bad_debt, row.charges),
        measure("charity", row.charity, row.charges),
        measure("avoidable_write_offs", row.avoidable, None),
        measure("point_of_service_share", paid_at_service, row.patient, row.patient_payments),
    )


def _avoidable() -> ColumnElement[bool]:
    entry = ledger_entry.c
    return and_(entry.entry_type.in_(list(WRITE_OFFS)), entry.reason.in_(AVOIDABLE_REASONS))


def payment_lag(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Days from first submission to first payment by payer: key, label, n, q1, median, q3, p90.

    Of claims first paid in the period.
    """
    days = claim.c.days_to_payment
    shares = (("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("p90", 0.9))
    query = (
        select(
            claim.c.payer_id.label("key"),
            func.count().label("n"),
            *(func.percentile_cont(share).within_group(days).label(name) for name, share in shares),
        )
        .where(*_first_paid(filters))
        .group_by(claim.c.payer_id)
    )
    frame = with_labels(engine, read_frame(engine, query), "payer")
    return frame.sort_values("n", ascending=False, ignore_index=True)


def _first_paid(filters: Filters) -> list[ColumnElement[bool]]:
    on = claim.c.first_paid_on
    in_period = (on >= filters.date_from, on <= filters.date_to)
    return [claim.c.counts, claim.c.days_to_payment.is_not(None), *in_period, *filters.where(claim)]


def patient_cohorts(engine: Engine, filters: Filters, months: int = 15) -> pd.DataFrame:
    """Patient collection by first-statement month: month, responsibility, payments, accounts, value."""
    entry = ledger_entry.c
    month = month_of(account.c.first_statement_on).label("month")
    became = and_(entry.side == "patient", entry.entry_type.in_(["transfer", "charge"]))
    query = (
        select(
            month,
            func.coalesce(func.sum(entry.amount).filter(became), 0).label("responsibility"),
            (-_ledger_total(*_PATIENT_NET)).label("payments"),
            func.count(entry.account_id.distinct()).label("accounts"),
        )
        .join(account, account.c.account_id == entry.account_id)
        .where(
            account.c.first_statement_on >= _months_before(filters.as_of, months),
            account.c.first_statement_on <= filters.as_of,
            entry.posted_on <= filters.as_of,
            or_(became, entry.entry_type.in_(_PATIENT_NET)),
            *filters.where(ledger_entry),
        )
        .group_by(month)
        .order_by(month)
    )
    frame = read_frame(engine, query)
    pairs = zip(frame["payments"], frame["responsibility"], strict=True)
    return frame.assign(value=pd.Series([ratio(paid, owed) for paid, owed in pairs], dtype=object))


def write_offs(engine: Engine, filters: Filters) -> pd.DataFrame:
    """Write-offs of the period by kind and reason: kind, label, reason, amount, avoidable."""
    entry = ledger_entry.c
    reason = func.coalesce(entry.reason, literal("not stated"))
    query = (
        select(entry.entry_type.label("kind"), reason.label("reason"), (-func.sum(entry.amount)).label("amount"))
        .where(
            entry.entry_type.in_(list(WRITE_OFFS)),
            entry.posted_on >= filters.date_from,
            entry.posted_on <= filters.date_to,
            *filters.where(ledger_entry),
        )
        .group_by(entry.entry_type, reason)
    )
    frame = read_frame(engine, query).sort_values("amount", ascending=False, ignore_index=True)
    return frame.assign(
        label=[WRITE_OFFS[kind] for kind in frame["kind"]],
        avoidable=[reason in AVOIDABLE_REASONS for reason in frame["reason"]],
    )


_KINDS = {
    "insurance": ("insurance_payment",),
    "patient": ("patient_payment",),
    "refund": ("insurance_refund", "patient_refund"),
    **{kind: (kind,) for kind in WRITE_OFFS},
}


def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Ledger entries behind a mark; their sum is the mark's value, money received or written off positive.

    Args:
        selection: any of a dimension, `source` (a key of SOURCES), `kind` (a key of WRITE_OFFS), `reason`, and at
            most one of `month` (of posting), `service_month` and `statement_month` (payments of a cohort so far).
            `first_paid`: the claims, not the entries, that were first paid in the period.
    """
    selection = selection or {}
    if selection.get("first_paid"):
        behind = [*_first_paid(filters), *dimensions.narrow(claim, selection)]
        return claims_report("claims_first_paid", "Claims first paid in the period", behind, ("cash",))
    if selection.get("source") == "unapplied":
        return unapplied_table(filters, selection.get("month"))
    if selection.get("source") == "provider_level":
        return remittances_table(filters, selection.get("month"))
    entry = ledger_entry.c
    conditions = [*filters.where(ledger_entry), *dimensions.narrow(ledger_entry, selection)]
    conditions += _posted_when(filters, selection)
    usual = _PATIENT_NET if "statement_month" in selection else _PAYMENTS
    kinds = _KINDS.get(selection.get("source", selection.get("kind", "")), usual)
    conditions.append(entry.entry_type.in_(kinds))
    if "reason" in selection:
        stated = func.coalesce(entry.reason, literal("not stated"))
        conditions.append(stated == selection["reason"])
    return ledger_table(conditions)


def _posted_when(filters: Filters, selection: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """The period or, where a month was chosen, that month up to the as-of date."""
    entry = ledger_entry.c
    months = {"month": entry.posted_month, "service_month": entry.service_month}
    chosen = [column == selection[name] for name, column in months.items() if name in selection]
    if "statement_month" in selection:
        first_told = month_of(account.c.first_statement_on) == selection["statement_month"]
        chosen.append(entry.account_id.in_(select(account.c.account_id).where(first_told)))
    if chosen:
        return [*chosen, entry.posted_on <= filters.as_of]
    return [entry.posted_on >= filters.date_from, entry.posted_on <= filters.date_to]


def ledger_table(conditions: list[ColumnElement[bool]]) -> TableReport:
    """Payments, refunds and write-offs as rows; money in and written off is positive."""
    entry = ledger_entry.c
    core = select(
        entry.account_id,
        entry.entry_no,
        entry.posted_on,
        entry.entry_type,
        entry.side,
        entry.payer_id,
        entry.facility_id,
        entry.department,
        entry.provider_id,
        entry.reason,
        entry.method,
        (-entry.amount).label("amount"),
    ).where(*conditions)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("entry_no", "Entry", "id", hidden=True),
        ColumnSpec("posted_on", "Posted on", "date"),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("entry_type", "Kind"),
        ColumnSpec("side", "Side"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
        ColumnSpec("provider", "Provider"),
        ColumnSpec("reason", "Reason"),
        ColumnSpec("method", "Method"),
        ColumnSpec("amount", "Amount", "money", total=True),
    )
    order = (("posted_on", True), ("account_id", False), ("entry_no", False))
    whole = _with_account(core.subquery("core"))
    return TableReport("collections", "Payments and write-offs", whole, columns, order, ("cash",), core, _with_account)


def _with_account(rows: FromClause) -> Select:
    """Join to ledger entries what their account, payer, facility and provider are called."""
    query = select(
        *(column for column in rows.c if not column.name.endswith("_id") or column.name == "account_id"),
        account.c.account_number,
        payer_name().label("payer"),
        facility.c.name.label("facility"),
        provider.c.name.label("provider"),
    ).join(account, account.c.account_id == rows.c.account_id)
    return with_names(query, rows)


def _in_period(
    on: ColumnElement, month_column: ColumnElement, filters: Filters, month: date | None
) -> ColumnElement[bool]:
    if month is not None:
        return and_(month_column == month, on <= filters.as_of)
    return and_(on >= filters.date_from, on <= filters.date_to)


def unapplied_table(filters: Filters, month: date | None = None, everything: bool = False) -> TableReport:
    """Claim payments not posted to an account, with what ties them to one; `everything`: whatever their date."""
    row = claim_payment.c
    query = select(
        row.claim_payment_id,
        row.load_id,
        row.segment_no,
        row.last_segment,
        row.paid_on,
        remittance.c.payer_name,
        remittance.c.trace_number,
        row.account_number,
        row.payer_claim_number,
        row.status_code,
        row.match_status,
        row.match_reason,
        row.charge,
        row.paid.label("amount"),
    ).join(remittance, remittance.c.remittance_id == row.remittance_id)
    conditions = [row.match_status != "confirmed"]
    if not everything:
        conditions.append(_in_period(row.paid_on, row.paid_month, filters, month))
    columns = (
        ColumnSpec("claim_payment_id", "Payment id", "id", hidden=True),
        ColumnSpec("load_id", "Load", "id", hidden=True),
        ColumnSpec("segment_no", "Segment", "id", hidden=True),
        ColumnSpec("last_segment", "Last segment", "id", hidden=True),
        ColumnSpec("paid_on", "Paid on", "date"),
        ColumnSpec("payer_name", "Payer"),
        ColumnSpec("trace_number", "Trace number"),
        ColumnSpec("account_number", "Account number sent"),
        ColumnSpec("payer_claim_number", "Payer's claim number"),
        ColumnSpec("match_status", "Match"),
        ColumnSpec("match_reason", "What agrees"),
        ColumnSpec("charge", "Billed", "money", total=True),
        ColumnSpec("amount", "Paid", "money", total=True),
    )
    order = (("paid_on", True), ("claim_payment_id", False))
    return TableReport(
        "unapplied", "Payments not on an account", query.where(*conditions), columns, order, ("unapplied",)
    )


def remittances_table(filters: Filters, month: date | None = None) -> TableReport:
    """Remittances that pay more or less than their claims, with the difference."""
    row = remittance.c
    query = select(
        row.remittance_id,
        row.paid_on,
        row.payer_name,
        row.trace_number,
        row.payment_method,
        cast(case((or_(row.balanced.is_(None), row.balanced), "yes"), else_="no"), String).label("balanced"),
        row.claims_paid,
        row.provider_adjustments,
        row.amount.label("paid"),
        (row.amount - row.claims_paid).label("amount"),
    ).where(_in_period(row.paid_on, row.paid_month, filters, month), row.amount != row.claims_paid)
    columns = (
        ColumnSpec("remittance_id", "Remittance id", "id", hidden=True),
        ColumnSpec("paid_on", "Paid on", "date"),
        ColumnSpec("payer_name", "Payer"),
        ColumnSpec("trace_number", "Trace number"),
        ColumnSpec("payment_method", "Method"),
        ColumnSpec("balanced", "In balance"),
        ColumnSpec("claims_paid", "Paid on claims", "money", total=True),
        ColumnSpec("provider_adjustments", "Provider-level", "money", total=True),
        ColumnSpec("paid", "Payment", "money", total=True),
        ColumnSpec("amount", "Payment less claims", "money", total=True),
    )
    order = (("paid_on", True), ("remittance_id", False))
    return TableReport("remittances", "Remittances with provider-level amounts", query, columns, order, ("cash",))
