"""Clean claims paid later than the payer's prompt-pay rule, and the interest that can be claimed for them.

A claim is clean here when the payer settled it on its first answer, with no line denied and nothing sent again. The
clock starts on its first submission. Interest is simple: paid x yearly rate x days late / 365, to the cent, half up.

Interest a payer paid takes off what can be claimed, once. The money moves by PLB L6: what an L6 names the claim for
counts. Most payers send one L6 for all claims of a remittance, and say each claim's part of it in AMT*I, which moves
nothing (x12.org RFI 2123, 1324): it counts where no L6 names the claim, also where the remittance has no L6 at all, for
the payer then says that it paid elsewhere (RFI 2202). What is left of an L6 that names no claim is loose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Numeric,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting.interest import INTEREST, names
from data_access.posting.prompt_pay import rules_in_order
from data_access.queries import dimensions
from data_access.queries.dimensions import numbered
from data_access.queries.measures import Measure
from data_access.queries.table import ColumnSpec, TableReport
from data_access.quotients import in_cents, scaled, whole_quotient
from data_access.schema import (
    claim,
    claim_payment,
    load,
    payer,
    prompt_pay_rule,
    prompt_pay_term,
    provider_adjustment,
)

_RATE_UNIT = 10_000  # rates have four decimals
_DIVISOR = 365 * 100 * _RATE_UNIT


class LateOfPayer(NamedTuple):
    """Claims that one payer paid late, what it paid for them, and the interest claimable."""

    payer_id: int
    payer: str
    claims: int
    paid: Decimal
    claimable: Decimal


@dataclass(frozen=True)
class LateSummary:
    """Claims paid late in the period. `claimable` is left after interest that names its claim.

    Attributes:
        by_payer: those with most interest first.
        ruled: whether any prompt-pay rule is stated.
    """

    by_payer: list[LateOfPayer]
    ruled: bool

    @property
    def claims(self) -> int:
        """Claims paid late."""
        return sum(one.claims for one in self.by_payer)

    @property
    def paid(self) -> Decimal:
        """What was paid for them."""
        return sum((one.paid for one in self.by_payer), Decimal("0.00"))

    @property
    def claimable(self) -> Decimal:
        """The interest that can be claimed for them."""
        return sum((one.claimable for one in self.by_payer), Decimal("0.00"))


@built_once
def _by_payer(filters: Filters) -> Select:
    row = _late(filters).c
    return select(row.payer_id, func.count(), func.sum(row.paid), func.sum(row.claimable)).group_by(row.payer_id)


_A_RULE = select(prompt_pay_rule.c.load_id).limit(1)


def summary(engine: Source, filters: Filters) -> LateSummary:
    """Late claims of the period and the interest claimable."""
    names = dimensions.labels(engine, "payer")
    found = [
        LateOfPayer(payer_id, dimensions.label("payer", names, payer_id), claims, Decimal(paid), Decimal(claimable))
        for payer_id, claims, paid, claimable in read_rows(engine, _by_payer(filters))
    ]
    ruled = bool(found or read_rows(engine, _A_RULE))
    return LateSummary(sorted(found, key=lambda one: (-one.claimable, one.payer)), ruled)


def measure(found: LateSummary, filters: Filters) -> Measure:
    """The interest claimable under its definition."""
    return Measure("late_interest", found.claimable, found.claimable, None, found.claims, filters.as_of)


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims paid late in the period, one row each; narrowed to a payer or another dimension where one is chosen."""
    core = select(_late(filters, dimensions.narrow(claim, selection or {})))
    order = (("claimable", True), ("claim_id", False))
    metrics = ("late_interest",)
    return TableReport("late_payments", "Claims paid late", core, _COLUMNS, order, metrics, numbered, at_once=True)


@built_once
def rules_table(today: date) -> TableReport:
    """The prompt-pay rules that were stated, in force or not today."""
    rule = rules_in_order()
    now = bindparam(None, today, Date)
    state = case((rule.c.starts_on > now, "To come"), (rule.c.ends_on <= now, "Past"), else_="In force")
    query = (
        select(
            func.coalesce(payer.c.name, literal("Other payers: ") + rule.c.payer_type).label("payer"),
            payer.c.identifier,
            state.label("state"),
            rule.c.days,
            rule.c.annual_interest_percent.label("percent"),
            _clock(rule.c.counts_from),
            rule.c.effective_from,
            rule.c.source,
            load.c.file_name,
            rule.c.load_id,
            rule.c.row_no,
        )
        .outerjoin(payer, payer.c.payer_id == rule.c.payer_id)
        .outerjoin(load, load.c.load_id == rule.c.load_id)
    )
    order = (("payer", False), ("effective_from", True), ("load_id", True), ("row_no", True))
    return TableReport("prompt_pay_rules", "Prompt-pay rules", query, _RULES, order)


def at_rate(paid: ColumnElement, percent: ColumnElement, days: ColumnElement) -> ColumnElement:
    """paid x percent x days as a whole number: of cents, in parts of `_DIVISOR`."""
    return in_cents(paid) * cast(percent * _RATE_UNIT, BigInteger) * cast(days, BigInteger)


def interest(whole: ColumnElement) -> ColumnElement:
    """paid x percent / 100 x days / 365 in dollars, of `at_rate`: exact to the cent, half up."""
    return scaled(whole_quotient(whole, literal(_DIVISOR, BigInteger)), 2, Numeric(14, 2))


def _late(filters: Filters, narrowed: list[ColumnElement[bool]] | None = None) -> Subquery:
    sent, term = claim.c, prompt_pay_term.c
    days_late = sent.days_to_remit - term.days
    late = (
        select(
            sent.claim_id,
            sent.account_id,
            sent.payer_id,
            sent.facility_id,
            sent.department,
            sent.provider_id,
            sent.first_submitted_on,
            sent.first_remit_on,
            sent.days_to_remit,
            term.days,
            term.annual_interest_percent.label("percent"),
            _clock(term.counts_from),
            sent.first_paid.label("paid"),
            sent.first_interest.label("stated"),
            days_late.label("days_late"),
            at_rate(sent.first_paid, term.annual_interest_percent, days_late).label("at_rate"),
        )
        .join(
            prompt_pay_term,
            and_(
                term.payer_id == sent.payer_id,
                sent.first_submitted_on >= term.starts_on,
                sent.first_submitted_on < term.ends_on,
                sent.days_to_remit > term.days,
            ),
        )
        .where(
            sent.counts,
            sent.first_pass,
            sent.first_paid > 0,
            sent.first_remit_on >= filters.date_from,
            sent.first_remit_on <= filters.date_to,
            *filters.where(claim),
            *(narrowed or []),
        )
        .subquery("late")
    )
    # step by step: a database that is given the whole as one expression works it out again wherever it is named
    shown = [column for column in late.c if column.name != "at_rate"]
    priced = select(*shown, interest(late.c.at_rate).label("interest")).subquery("priced")
    owed, stated = priced.c.interest, priced.c.stated
    claimable = case((owed > stated, owed - stated), else_=Decimal("0.00"))
    return select(priced, claimable.label("claimable")).subquery("late_claim")


def _clock(counts_from: ColumnElement) -> ColumnElement:
    return case((counts_from == "received", "Receipt"), else_="Submission").label("counts_from")


def loose(engine: Source, filters: Filters) -> Decimal:
    """Interest paid in the period that names no claim of its remittance, less what its claims say of it in AMT*I."""
    ((found,),) = read_rows(engine, _loose(filters))
    return Decimal(found or 0)


@built_once
def _loose(filters: Filters) -> Select:
    plb, row = provider_adjustment.c, claim_payment.c
    # both are of the remittance's day: looking at the period alone finds the same, without reading all payments
    in_period = [row.paid_on >= filters.date_from, row.paid_on <= filters.date_to]
    conditions: list[ColumnElement[bool]] = [plb.paid_on >= filters.date_from, plb.paid_on <= filters.date_to]
    if filters.payer_ids:
        conditions.append(plb.payer_id.in_(filters.payer_ids))
    named = select(row.claim_payment_id).where(names(), *in_period).exists()
    in_sum = (
        select(plb.remittance_id, (-func.sum(plb.amount)).label("amount"))
        .where(plb.reason_code == INTEREST, *conditions, ~named)
        .group_by(plb.remittance_id)
        .subquery("in_sum")
    )
    told = (
        select(row.remittance_id, func.sum(row.interest).label("amount"))
        .where(row.interest != 0, *in_period, ~select(plb.provider_adjustment_id).where(names()).exists())
        .group_by(row.remittance_id)
        .subquery("told")
    )
    left = in_sum.c.amount - func.coalesce(told.c.amount, 0)
    query = select(func.sum(case((left * in_sum.c.amount > 0, left), else_=0)))
    return query.outerjoin_from(in_sum, told, told.c.remittance_id == in_sum.c.remittance_id)


_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("claim_id", "Claim id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("first_submitted_on", "First sent", "date"),
    ColumnSpec("first_remit_on", "Paid on", "date"),
    ColumnSpec("days_to_remit", "Took", "days"),
    ColumnSpec("days", "Rule", "days"),
    ColumnSpec("days_late", "Late by", "days"),
    ColumnSpec("percent", "Interest a year, %", "number"),
    ColumnSpec("paid", "Paid", "money", total=True),
    ColumnSpec("interest", "Interest", "money", total=True),
    ColumnSpec("stated", "Interest paid", "money", total=True),
    ColumnSpec("claimable", "Claimable", "money", total=True),
    ColumnSpec("counts_from", "Rule counts from"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)
_RULES = (
    ColumnSpec("payer", "Payer"),
    ColumnSpec("identifier", "Identifier"),
    ColumnSpec("state", "State"),
    ColumnSpec("days", "Days to pay", "days"),
    ColumnSpec("percent", "Interest a year, %", "number"),
    ColumnSpec("counts_from", "Counts from"),
    ColumnSpec("effective_from", "Applies from", "date"),
    ColumnSpec("source", "Source"),
    ColumnSpec("file_name", "Stated in"),
    ColumnSpec("load_id", "Load", "count", hidden=True),
    ColumnSpec("row_no", "Row", "count", hidden=True),
)
