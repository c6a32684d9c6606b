"""Collections: what came in, against what should, how fast, from whom, and what was given up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from data_access.built_once import built_once
from data_access.dates import months_before
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.metrics import AVOIDABLE_REASONS
from data_access.queries import dimensions, uncollected
from data_access.queries.cash import KINDS, PAYMENTS
from data_access.queries.denials import claims_report
from data_access.queries.dimensions import with_labels
from data_access.queries.measures import Measure, percentiles, ratio
from data_access.queries.payments import ledger_table, remittances_table, unapplied_table
from data_access.queries.posted import NET_REVENUE, posted_by_kind, posted_over
from data_access.queries.table import TableReport
from data_access.queries.uncollected import LOOKED_AT, mature_months
from data_access.schema import account, claim, ledger_entry

#: Sources whose money is on no account, and the rows behind them.
_ON_NO_ACCOUNT = {"unapplied": unapplied_table, "provider_level": remittances_table}
_LAGS = {"q1": Fraction(1, 4), "median": Fraction(1, 2), "q3": Fraction(3, 4), "p90": Fraction(9, 10)}
_ZERO = Decimal("0.00")
_PATIENT_NET = ("patient_payment", "patient_refund")
WRITE_OFFS = {
    "denial_write_off": "Denial write-offs",
    "write_off": "Other write-offs",
    "bad_debt": "Bad debt",
    "charity": "Charity care",
}


class Cohort(NamedTuple):
    """The services of a month: what was charged, written off by contract and paid (all positive) up to a day.

    `moved` came from other payers less what went to them: nothing, but under a filter of payers. `accounts` were
    first charged; `mature`: the services are old enough to judge.
    """

    month: date
    charges: Decimal
    contractual: Decimal
    moved: Decimal
    payments: Decimal
    accounts: int
    mature: bool

    @property
    def expected(self) -> Decimal:
        """What is to be paid of it."""
        return self.charges - self.contractual + self.moved

    @property
    def net(self) -> Decimal | None:
        """The net collection rate."""
        return ratio(self.payments, self.expected)

    @property
    def gross(self) -> Decimal | None:
        """The gross collection rate."""
        return ratio(self.payments, self.charges)


def rate_cohorts(engine: Source, filters: Filters, months: int = LOOKED_AT) -> pd.DataFrame:
    """Collection rates by service month: month, charges, contractual, moved, payments, accounts, mature,
    net, gross.

    Everything posted up to the as-of date to accounts of that month counts.
    """
    (cohorts,) = cohorts_at(engine, filters, [filters.as_of], months)
    frame = pd.DataFrame(cohorts, columns=list(Cohort._fields))
    rates = {name: pd.Series([getattr(one, name) for one in cohorts], dtype=object) for name in ("net", "gross")}
    return frame.assign(**rates)


def cohorts_at(engine: Source, filters: Filters, days: Sequence[date], months: int = LOOKED_AT) -> list[list[Cohort]]:
    """What `rate_cohorts` says as it stood on each of several days, in order of months."""
    rows = read_rows(engine, _by_service_month(filters, tuple(days), months))
    return [_cohorts(rows, span, day, months_before(day, months)) for span, day in enumerate(days)]


@built_once
def _by_service_month(filters: Filters, days: tuple[date, ...], months: int) -> Select:
    found = posted_over(filters, ("service_month", "entry_type", "accounts"), *((None, day) for day in days)).c
    # grouping by kind of entry costs a third of summing under one condition for each kind
    return (
        select(
            found.span,
            found.service_month.label("month"),
            found.entry_type,
            func.sum(found.amount).label("amount"),
            func.sum(found.accounts).label("accounts"),
        )
        .where(found.service_month >= months_before(min(days), months), found.service_month <= max(days))
        .group_by(found.span, found.service_month, found.entry_type)
    )


def _cohorts(rows: Sequence[Any], span: int, day: date, first: date) -> list[Cohort]:
    _, too_young = mature_months(day)
    nothing = dict.fromkeys(("charges", "contractual", "moved", "payments"), _ZERO)
    sums: dict[date, dict[str, Any]] = defaultdict(lambda: nothing | {"accounts": 0})
    for row in rows:
        if row.span != span or not first <= row.month <= day:
            continue
        found = sums[row.month]
        found["accounts"] += int(row.accounts)
        if row.entry_type in _OF_COHORT:
            column, sign = _OF_COHORT[row.entry_type]
            found[column] += sign * Decimal(row.amount)
    return [Cohort(month=month, **sums[month], mature=month < too_young) for month in sorted(sums)]


#: Kind of entry -> what it counts as in a cohort, and the sign that makes it positive.
_OF_COHORT = {"charge": ("charges", 1), "transfer": ("moved", 1)}
_OF_COHORT |= dict.fromkeys(("contractual", "other_payer"), ("contractual", -1))
_OF_COHORT |= dict.fromkeys(PAYMENTS, ("payments", -1))


def net_collection_rate(engine: Source, filters: Filters) -> Measure:
    """Net collection rate of the mature service months of the last year and a half."""
    return mature_rate(cohorts_at(engine, filters, [filters.as_of])[0], filters.as_of)


def mature_rate(cohorts: list[Cohort], as_of: date) -> Measure:
    """The net collection rate of the mature months among cohorts."""
    mature = [one for one in cohorts if one.mature]
    paid = sum((one.payments for one in mature), Decimal(0))
    expected = sum((one.expected for one in mature), Decimal(0))
    cases = sum(one.accounts for one in mature)
    return Measure("net_collection_rate", ratio(paid, expected), paid, expected, cases, as_of)


@dataclass(frozen=True)
class Posted:
    """Rates by posting date in the period."""

    net: Measure
    bad_debt: Measure
    charity: Measure
    avoidable: Measure
    point_of_service: Measure


def posted(engine: Source, filters: Filters) -> Posted:
    """What was posted in the period, as rates."""
    found = posted_by_kind(engine, filters, (filters.date_from, filters.date_to))
    ((paid_at_service,),) = read_rows(engine, _paid_at_service(filters))

    def measure(metric_id: str, top: Decimal, under: Decimal | None, cases: int = found.entries()) -> Measure:
        return Measure(metric_id, top if under is None else ratio(top, under), top, under, cases, filters.as_of)

    charges = found.amount("charge")
    return Posted(
        measure("net_collection_rate_posted", -found.amount(*PAYMENTS), found.amount(*NET_REVENUE)),
        measure("bad_debt", -found.amount("bad_debt"), charges),
        measure("charity", -found.amount("charity"), charges),
        measure("avoidable_write_offs", -found.amount(*WRITE_OFFS, reasons=AVOIDABLE_REASONS), None),
        measure(
            "point_of_service_share",
            Decimal(paid_at_service),
            -found.amount(*_PATIENT_NET),
            found.entries("patient_payment"),
        ),
    )


@built_once
def _paid_at_service(filters: Filters) -> Select:
    entry = ledger_entry.c
    return (
        select(func.coalesce(-func.sum(entry.amount), 0))
        .join(account, account.c.account_id == entry.account_id)
        .where(entry.entry_type == "patient_payment", entry.posted_on <= account.c.service_to)
        .where(entry.posted_on >= filters.date_from, entry.posted_on <= filters.date_to, *filters.where(ledger_entry))
    )


def payment_lag(engine: Source, filters: Filters) -> pd.DataFrame:
    """Days from first submission to first payment by payer: key, label, n, q1, median, q3, p90.

    Of claims first paid in the period.
    """
    waits: dict[int | None, dict[int, int]] = defaultdict(dict)
    for payer, waited, claims in read_rows(engine, _days_to_payment(filters)):
        waits[payer][waited] = claims
    rows = [(sum(cases.values()), *map(float, percentiles(cases, *_LAGS.values()))) for cases in waits.values()]
    frame = pd.DataFrame(rows, columns=["n", *_LAGS])
    frame = frame.assign(key=pd.array(list(waits), dtype="Int64"))
    return with_labels(engine, frame, "payer").sort_values("n", ascending=False, ignore_index=True)


@built_once
def _days_to_payment(filters: Filters) -> Select:
    payer_id, days = claim.c.payer_id, claim.c.days_to_payment
    return select(payer_id, days, func.count()).where(*_first_paid(filters)).group_by(payer_id, days)


def _first_paid(filters: Filters) -> list[ColumnElement[bool]]:
    on = claim.c.first_paid_on
    in_period = (on >= filters.date_from, on <= filters.date_to)
    return [claim.c.counts, claim.c.days_to_payment.is_not(None), *in_period, *filters.where(claim)]


def patient_cohorts(engine: Source, filters: Filters, months: int = 15) -> pd.DataFrame:
    """Patient collection by first-statement month: month, responsibility, payments, value."""
    frame = read_frame(engine, _patient_cohorts(filters, months))
    pairs = zip(frame["payments"], frame["responsibility"], strict=True)
    return frame.assign(value=pd.Series([ratio(paid, owed) for paid, owed in pairs], dtype=object))


@built_once
def _patient_cohorts(filters: Filters, months: int) -> Select:
    rows = union_all(*_of_patients(filters, months_before(filters.as_of, months))).subquery("rows").c
    became = and_(rows.side == "patient", rows.entry_type.in_(["transfer", "charge"]))
    pays = rows.entry_type.in_(_PATIENT_NET)
    return (
        select(
            rows.statement_month.label("month"),
            func.coalesce(func.sum(case((became, rows.amount))), 0).label("responsibility"),
            (-func.coalesce(func.sum(case((pays, rows.amount))), 0)).label("payments"),
        )
        .where(or_(became, pays))
        .group_by(rows.statement_month)
        .order_by(rows.statement_month)
    )


def _of_patients(filters: Filters, first: date) -> list[Select]:
    """What was posted to accounts first told of from a month until the as-of date, with that month."""
    this_month, entry = filters.as_of.replace(day=1), ledger_entry.c
    keys = ("statement_month", "side", "entry_type")
    found, names = posted_over(filters, keys, (None, filters.as_of)).c, (*keys, "amount")
    until = found.statement_month < this_month if filters.in_midst_of_month else found.statement_month <= this_month
    parts = [select(*(found[name] for name in names)).where(found.statement_month >= first, until)]
    if filters.in_midst_of_month:
        # of the month that is not over, only the accounts told of so far
        parts.append(
            select(*(entry[name] for name in names))
            .join(account, account.c.account_id == entry.account_id)
            .where(entry.statement_month == this_month, entry.posted_on <= filters.as_of, *filters.where(ledger_entry))
            .where(account.c.first_statement_on <= filters.as_of)
        )
    return parts


def write_offs(engine: Source, filters: Filters) -> pd.DataFrame:
    """Write-offs of the period by kind and reason: kind, label, reason, amount, avoidable."""
    frame = read_frame(engine, _write_offs(filters)).sort_values("amount", ascending=False, ignore_index=True)
    return frame.assign(
        label=[WRITE_OFFS[kind] for kind in frame["kind"]],
        avoidable=[reason in AVOIDABLE_REASONS for reason in frame["reason"]],
    )


@built_once
def _write_offs(filters: Filters) -> Select:
    found = posted_over(filters, ("entry_type", "reason"), (filters.date_from, filters.date_to)).c
    reason = func.coalesce(found.reason, literal("not stated"))
    return (
        select(found.entry_type.label("kind"), reason.label("reason"), (-func.sum(found.amount)).label("amount"))
        .where(found.entry_type.in_(list(WRITE_OFFS)))
        .group_by(found.entry_type, reason)
    )


_KINDS = KINDS | {kind: (kind,) for kind in WRITE_OFFS}


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Ledger entries behind a mark; their sum is the mark's value, money received or written off positive.

    Args:
        selection: any of a dimension, `source` (of `cash.SOURCES`), `kind` (of WRITE_OFFS), `reason`, and at
            most one of `month` (of posting), `service_month` and `statement_month` (payments of a cohort so far).
            `first_paid`: the claims, not the entries, that were first paid in the period. `became`: see `uncollected`.
    """
    selection = selection or {}
    if selection.get("first_paid"):
        behind = [*_first_paid(filters), *dimensions.narrow(claim, selection)]
        return claims_report("claims_first_paid", "Claims first paid in the period", behind, ("cash",))
    if selection.get("became") in uncollected.BECAME:
        return uncollected.table(filters, selection)
    if selection.get("source") in _ON_NO_ACCOUNT:
        report = _ON_NO_ACCOUNT[selection["source"]](filters, selection.get("month"))
        # under a filter of accounts none of it counts: an older link may still ask for it
        return replace(report, query=report.query.where(false())) if filters.narrows else report
    entry = ledger_entry.c
    conditions = [*filters.where(ledger_entry), *dimensions.narrow(ledger_entry, selection)]
    conditions += _posted_when(filters, selection)
    usual = _PATIENT_NET if "statement_month" in selection else PAYMENTS
    kinds = _KINDS.get(selection.get("source", selection.get("kind", "")), usual)
    conditions.append(entry.entry_type.in_(kinds))
    if "reason" in selection:
        stated = func.coalesce(entry.reason, literal("not stated"))
        conditions.append(stated == selection["reason"])
    return ledger_table(conditions)


def _posted_when(filters: Filters, selection: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """The period or, where a month was chosen, that month up to the as-of date."""
    entry = ledger_entry.c
    months = {
        "month": entry.posted_month,
        "service_month": entry.service_month,
        "statement_month": entry.statement_month,
    }
    chosen = [column == selection[name] for name, column in months.items() if name in selection]
    if "statement_month" in selection:  # of a month that is not over, as in `_of_patients`
        told = select(account.c.account_id).where(account.c.first_statement_on <= filters.as_of)
        chosen.append(entry.account_id.in_(told))
    if chosen:
        return [*chosen, entry.posted_on <= filters.as_of]
    return [entry.posted_on >= filters.date_from, entry.posted_on <= filters.date_to]
