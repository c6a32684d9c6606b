"""What files brought: sums within claims and remittances, and nothing without its parent."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import SelectBase, and_, case, func, or_, select, union_all

from data_access.schema import (
    FACT_TABLES,
    account,
    adjustment,
    billing_entry,
    claim,
    claim_ack,
    claim_payment,
    coverage_answer,
    coverage_benefit,
    coverage_inquiry,
    eligibility_denial,
    load,
    load_problem,
    payment_line,
    provider_adjustment,
    remittance,
    repeated_entry,
    service_line,
)


def _claims_equal_lines() -> SelectBase:
    """A claim's charge is the sum of its lines, or its load says that it is not."""
    lines = (
        select(service_line.c.claim_id, func.sum(service_line.c.charge).label("charge"))
        .group_by(service_line.c.claim_id)
        .subquery()
    )
    flagged = select(load_problem.c.load_id).where(
        load_problem.c.load_id == claim.c.load_id,
        load_problem.c.code.in_(["CLAIM_CHARGE_MISMATCH", "MORE_PROBLEMS"]),
    )
    return (
        select(claim.c.claim_id)
        .join(lines, lines.c.claim_id == claim.c.claim_id)
        .where(lines.c.charge != claim.c.charge, ~flagged.exists())
    )


def _remittances_balance_or_are_flagged() -> SelectBase:
    claims = (
        select(
            claim_payment.c.remittance_id,
            func.sum(claim_payment.c.paid).label("paid"),
            func.sum(case((claim_payment.c.difference != 0, 1), else_=0)).label("off"),
        )
        .group_by(claim_payment.c.remittance_id)
        .subquery()
    )
    adjustments = (
        select(provider_adjustment.c.remittance_id, func.sum(provider_adjustment.c.amount).label("amount"))
        .group_by(provider_adjustment.c.remittance_id)
        .subquery()
    )
    own = remittance.c
    paid, withheld = func.coalesce(claims.c.paid, 0), func.coalesce(adjustments.c.amount, 0)
    return (
        select(own.remittance_id)
        .outerjoin(claims, claims.c.remittance_id == own.remittance_id)
        .outerjoin(adjustments, adjustments.c.remittance_id == own.remittance_id)
        .where(
            or_(
                own.claims_paid != paid,
                own.provider_adjustments != withheld,
                own.difference != own.amount - paid + withheld,
                and_(own.balanced, or_(own.difference != 0, func.coalesce(claims.c.off, 0) > 0)),
            )
        )
    )


def _payments_equal_adjustments() -> SelectBase:
    sums = (
        select(adjustment.c.claim_payment_id, func.sum(adjustment.c.amount).label("amount"))
        .group_by(adjustment.c.claim_payment_id)
        .subquery()
    )
    row = claim_payment.c
    return (
        select(row.claim_payment_id)
        .outerjoin(sums, sums.c.claim_payment_id == row.claim_payment_id)
        .where(
            or_(
                row.difference != row.charge - row.paid - func.coalesce(sums.c.amount, 0),
                func.coalesce(sums.c.amount, 0)
                != row.contractual + row.patient_share + row.denied + row.other_payer + row.other,
            )
        )
    )


def _orphans() -> SelectBase:
    pairs = (
        (service_line, claim, "claim_id"),
        (claim_payment, remittance, "remittance_id"),
        (provider_adjustment, remittance, "remittance_id"),
        (payment_line, claim_payment, "claim_payment_id"),
        (adjustment, claim_payment, "claim_payment_id"),
        (coverage_benefit, coverage_answer, "coverage_answer_id"),
    )
    return union_all(
        *(
            select(child.c[key]).outerjoin(parent, parent.c[key] == child.c[key]).where(parent.c[key].is_(None))
            for child, parent, key in pairs
        ),
        *(
            select(fact.c.load_id)
            .outerjoin(load, load.c.load_id == fact.c.load_id)
            .where(or_(load.c.load_id.is_(None), load.c.status.not_in(["loaded", "partly_loaded"])))
            for fact in FACT_TABLES
        ),
    )


def _ids_are_unique() -> SelectBase:
    entries = union_all(*(select(table.c.billing_entry_id) for table in (billing_entry, repeated_entry))).subquery()
    return union_all(
        *(
            select(column).group_by(column).having(func.count() > 1)
            for column in (
                account.c.account_id,
                claim.c.claim_id,
                service_line.c.service_line_id,
                claim_payment.c.claim_payment_id,
                payment_line.c.payment_line_id,
                adjustment.c.adjustment_id,
                entries.c.billing_entry_id,
                claim_ack.c.claim_ack_id,
                load.c.load_id,
                coverage_answer.c.coverage_answer_id,
                coverage_benefit.c.coverage_benefit_id,
                coverage_inquiry.c.coverage_inquiry_id,
                eligibility_denial.c.claim_id,
            )
        )
    )


RULES: dict[str, Callable[[], SelectBase]] = {
    "claim charges equal their lines, or the load says so": _claims_equal_lines,
    "every remittance balances or is flagged": _remittances_balance_or_are_flagged,
    "claim payments equal their adjustments, or carry the difference": _payments_equal_adjustments,
    "nothing is orphaned": _orphans,
    "every id is unique": _ids_are_unique,
}
