"""Since when a denial is overturned, or stands for good: so that a look back leaves out what happened later."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Update, and_, func, select, union_all

from data_access.built_once import built_once
from data_access.posting import answers
from data_access.posting.scope import Scope, set_from
from data_access.schema import claim, claim_payment, open_balance


def build(connection: Connection, scope: Scope) -> None:
    """Set `decided_on` of the claims in scope; after their outcomes and the open balances of their accounts.

    Overturned since the payer had first allowed more than on the first adjudication; else since insurance last owed.
    """
    if not scope.holds(connection, claim, claim.c.overturned.is_not(None)):
        return
    connection.execute(_decided(scope))


@built_once
def _decided(scope: Scope) -> Update:
    decided = union_all(_overturned_since(scope), _closed_since(scope)).subquery("decided")
    return set_from(claim, decided, "claim_id", "decided_on")


def _overturned_since(scope: Scope) -> Select:
    row, head, changed = claim_payment.c, claim.alias("head"), answers.changes(scope).subquery("changed")
    by_day: dict[str, Any] = {"partition_by": head.c.claim_id, "order_by": row.paid_on}
    settled = func.sum(func.sum(row.paid + changed.c.patient_share)).over(**by_day)
    first_on = head.c.first_remit_on
    days = (
        select(head.c.claim_id, row.paid_on, settled.label("settled"), first_on)
        .join(changed, changed.c.claim_payment_id == row.claim_payment_id)
        .join(claim, claim.c.claim_id == row.claim_id)
        .join(head, and_(head.c.claim_id == claim.c.chain_id, head.c.sequence == claim.c.sequence))
        .where(head.c.overturned.is_(True))
        .group_by(head.c.claim_id, row.paid_on, first_on)
        .subquery("days")
    )
    first = select(days.c.claim_id, days.c.settled).where(days.c.paid_on == days.c.first_remit_on).subquery("first")
    return (
        select(days.c.claim_id, func.min(days.c.paid_on).label("decided_on"))
        .join(first, first.c.claim_id == days.c.claim_id)
        .where(days.c.settled > first.c.settled, days.c.paid_on >= days.c.first_remit_on)
        .group_by(days.c.claim_id)
    )


def _closed_since(scope: Scope) -> Select:
    owed = (
        select(open_balance.c.account_id, func.max(open_balance.c.to_date).label("closed_on"))
        .where(scope.account(open_balance), open_balance.c.side == "insurance", open_balance.c.balance > 0)
        .group_by(open_balance.c.account_id)
        .subquery("owed")
    )
    closed_on = func.greatest(claim.c.first_remit_on, func.coalesce(owed.c.closed_on, claim.c.first_remit_on))
    return (
        select(claim.c.claim_id, closed_on.label("decided_on"))
        .outerjoin(owed, owed.c.account_id == claim.c.account_id)
        .where(scope.of(claim), claim.c.overturned.is_(False))
    )
