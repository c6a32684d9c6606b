"""Interest that a payer paid for a claim by a provider-level adjustment (PLB L6) that names it.

An entry names a claim payment of its own remittance, by the payer's claim number or by ours.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select

from data_access.posting.scope import Scope
from data_access.schema import claim_payment, provider_adjustment

#: PLB03-1 of interest the payer owed and paid.
INTEREST = "L6"


def names() -> ColumnElement[bool]:
    """Whether an entry is of interest and names a claim payment."""
    plb, row = provider_adjustment.c, claim_payment.c
    by_number = or_(plb.reference == row.payer_claim_number, plb.reference == row.account_number)
    return and_(plb.remittance_id == row.remittance_id, plb.reason_code == INTEREST, by_number)


def named(scope: Scope, *counted: ColumnElement[bool]) -> Subquery:
    """Interest that names a claim payment of an account in scope: claim_payment_id, interest (positive: paid to us).

    Of a claim that was split, the first of its payments stands for all.

    Args:
        counted: which claim payments may.
    """
    plb, row = provider_adjustment.c, claim_payment.c
    of = (
        select(func.min(row.claim_payment_id).label("claim_payment_id"), plb.provider_adjustment_id, plb.amount)
        .join(provider_adjustment, names())
        .where(scope.of(claim_payment), *counted)
        .group_by(plb.provider_adjustment_id, plb.amount, row.account_key)
        .subquery("of")
    )
    query = select(of.c.claim_payment_id, (-func.sum(of.c.amount)).label("interest")).group_by(of.c.claim_payment_id)
    return query.subquery("named")
