"""What still stands on an account: its denials, and the deadlines by the payers' own rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
    type_coerce,
)

from data_access.posting.scope import Scope, set_from
from data_access.schema import account, claim, claim_payment, payer_rule


def set_denials(connection: Connection, scope: Scope) -> None:
    """Denied amount still standing: the claims', never more than insurance still owes."""
    standing = (
        select(claim.c.account_id, func.sum(claim.c.denied).label("denied"))
        .where(scope.of(claim), claim.c.chain_role == "current", claim.c.denied > 0)
        .group_by(claim.c.account_id)
        .subquery()
    )
    capped = (
        select(
            standing.c.account_id,
            case(
                (standing.c.denied < account.c.insurance_balance, standing.c.denied), else_=account.c.insurance_balance
            ).label("denied"),
        )
        .join(account, account.c.account_id == standing.c.account_id)
        .where(account.c.insurance_balance > 0)
        .subquery()
    )
    set_from(connection, account, capped, "account_id", "denied")
    newest = (
        select(
            claim_payment.c.account_id,
            claim_payment.c.denial_category,
            claim_payment.c.paid_on,
            func.row_number()
            .over(
                partition_by=claim_payment.c.account_id,
                order_by=[claim_payment.c.paid_on.desc(), claim_payment.c.claim_payment_id.desc()],
            )
            .label("place"),
        )
        .join(claim, claim.c.claim_id == claim_payment.c.claim_id)
        .where(
            scope.of(claim_payment),
            claim_payment.c.match_status == "confirmed",
            claim_payment.c.denied > 0,
            claim_payment.c.reversed.is_(False),
            claim.c.chain_role == "current",
        )
        .subquery()
    )
    source = (
        select(newest.c.account_id, newest.c.denial_category, newest.c.paid_on)
        .join(account, account.c.account_id == newest.c.account_id)
        .where(newest.c.place == 1, account.c.denied > 0)
        .subquery()
    )
    set_from(connection, account, source, "account_id", "denial_category")
    _set_deadlines(connection, scope, source)


def _set_deadlines(connection: Connection, scope: Scope, denied: Any) -> None:
    """Filing deadline of what was never sent, appeal deadline of a standing denial, by the payer's rule that day."""
    rule = rules_with_their_ends()
    filing = (
        select(
            account.c.account_id,
            type_coerce(account.c.service_from + rule.c.filing_limit_days, Date).label("filing_deadline"),
        )
        .join(rule, in_force(rule, account.c.payer_id, account.c.service_from))
        .where(scope.of(account), account.c.responsible == "unbilled")
        .subquery()
    )
    set_from(connection, account, filing, "account_id", "filing_deadline")
    appeal = (
        select(
            account.c.account_id,
            type_coerce(denied.c.paid_on + rule.c.appeal_limit_days, Date).label("appeal_deadline"),
        )
        .join(denied, denied.c.account_id == account.c.account_id)
        .join(rule, in_force(rule, account.c.responsible_payer_id, denied.c.paid_on))
        .where(scope.of(account))
        .subquery()
    )
    set_from(connection, account, appeal, "account_id", "appeal_deadline")


def rules_with_their_ends() -> Subquery:
    """The payers' rules, each with the day the next one takes over; of two from one day the later loaded counts.

    A payer's first rule also covers the days before it: the office states a limit when it learns of it.
    """
    rule = payer_rule.c
    newest = func.row_number().over(
        partition_by=[rule.payer_id, rule.effective_from], order_by=[rule.load_id.desc(), rule.row_no.desc()]
    )
    ranked = select(payer_rule, newest.label("place")).subquery()
    by_day: dict[str, Any] = {
        "partition_by": ranked.c.payer_id,
        "order_by": [ranked.c.effective_from.asc().nulls_first()],
    }
    return (
        select(
            ranked,
            func.row_number().over(**by_day).label("turn"),
            func.lead(ranked.c.effective_from).over(**by_day).label("until"),
        )
        .where(ranked.c.place == 1)
        .subquery("rule")
    )


def in_force(rule: Subquery, payer_id: ColumnElement, day: ColumnElement) -> ColumnElement[bool]:
    """The rule of a payer that held on a day."""
    return and_(
        rule.c.payer_id == payer_id,
        or_(rule.c.turn == 1, rule.c.effective_from <= day),
        or_(rule.c.until.is_(None), day < rule.c.until),
    )
