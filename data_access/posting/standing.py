"""What still stands on an account: its denials, and the deadlines by the payers' own rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Subquery,
    Update,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from data_access.built_once import built_once
from data_access.posting.scope import KEY_SPACE, Accounts, Scope, set_from
from data_access.schema import account, adjustment, claim, claim_payment, payer_rule
from data_access.work.tables import activity

#: What an appeal came to (see `entries.APPEAL_STATES`) that opens the next level.
DECIDED_AGAINST = ("upheld", "partly")
#: Remark code: unprocessable claim, to be corrected and sent again (CMS, remittance advice remark codes).
UNPROCESSABLE = "MA130"
#: What an account says of its next appeal.
NEXT_APPEAL = (
    "appeal_level",
    "appeal_payer_id",
    "appeal_notice_on",
    "appeal_limit_days",
    "appeal_receipt_days",
    "appeal_deadline",
)


def set_denials(connection: Connection, scope: Scope) -> None:
    """Denied amount still standing, what it was denied for, and the deadlines that follow."""
    connection.execute(_denied_amount(scope))
    stands = scope.holds(connection, account, account.c.denied > 0)
    if stands:
        connection.execute(_category(scope))
    connection.execute(_filing_deadlines(scope))
    if stands:
        connection.execute(_appeal_deadlines(scope))


@built_once
def _denied_amount(scope: Scope) -> Update:
    """The claims', never more than insurance still owes."""
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
    return set_from(account, capped, "account_id", "denied")


@built_once
def _category(scope: Scope) -> Update:
    return set_from(account, _denied(scope), "account_id", "denial_category", "unprocessable")


def count_appeals_again(connection: Connection, account_id: int) -> None:
    """Work out anew by when the next appeal of an account is due, within the caller's `write` transaction.

    What was decided on its appeals is recorded by people: it changes nothing else that is posted.
    """
    scope = Accounts(0, KEY_SPACE, frozenset([account_id]))
    nothing = dict.fromkeys(NEXT_APPEAL)
    connection.execute(account.update().where(account.c.account_id == account_id).values(nothing))
    connection.execute(_appeal_deadlines(scope))


def _denied(scope: Scope) -> Subquery:
    """The latest denial of each account on which one stands."""
    newest = (
        select(
            claim_payment.c.account_id,
            claim_payment.c.denial_category,
            _unprocessable().label("unprocessable"),
            claim_payment.c.paid_on,
            claim.c.payer_id,
            claim.c.chain_id,
            func.row_number()
            .over(
                partition_by=claim_payment.c.account_id,
                order_by=[claim_payment.c.paid_on.desc().nulls_last(), claim_payment.c.claim_payment_id.desc()],
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
    return (
        select(newest)
        .join(account, account.c.account_id == newest.c.account_id)
        .where(newest.c.place == 1, account.c.denied > 0)
        .subquery("denied")
    )


def _unprocessable() -> ColumnElement[bool]:
    """Whether a claim payment says that the claim cannot be processed as it was sent: Medicare gives no appeal then."""
    row = adjustment.c
    said = select(row.adjustment_id).where(
        row.claim_payment_id == claim_payment.c.claim_payment_id,
        (literal(" ") + row.remark_codes + literal(" ")).contains(f" {UNPROCESSABLE} "),
    )
    return said.exists()


@built_once
def _filing_deadlines(scope: Scope) -> Update:
    """Filing deadline of what was never sent, or is to be corrected and sent again, by the payer's rule that day."""
    rule = rules_with_their_ends()
    filing = (
        select(
            account.c.account_id,
            type_coerce(account.c.service_from + rule.c.filing_limit_days, Date).label("filing_deadline"),
        )
        .join(rule, in_force(rule, account.c.payer_id, account.c.service_from))
        .where(scope.of(account), or_(account.c.responsible == "unbilled", account.c.unprocessable))
        .subquery()
    )
    return set_from(account, filing, "account_id", "filing_deadline")


@built_once
def _appeal_deadlines(scope: Scope) -> Update:
    """Appeal deadline of a standing denial, by the rule of who denied it that day for the level that is next."""
    rule, decided, denied = rules_with_their_ends(), _decided(scope), _denied(scope)
    level = func.coalesce(decided.c.level + 1, 1)
    notice = func.coalesce(decided.c.day, denied.c.paid_on)
    limit, receipt = rule.c.appeal_limit_days, rule.c.presumed_receipt_days
    appeal = (
        select(
            account.c.account_id,
            level.label("appeal_level"),
            denied.c.payer_id.label("appeal_payer_id"),
            notice.label("appeal_notice_on"),
            limit.label("appeal_limit_days"),
            receipt.label("appeal_receipt_days"),
            type_coerce(notice + (limit + func.coalesce(receipt, 0)), Date).label("appeal_deadline"),
        )
        .join(denied, denied.c.account_id == account.c.account_id)
        .outerjoin(decided, and_(decided.c.account_id == account.c.account_id, decided.c.chain_id == denied.c.chain_id))
        .outerjoin(rule, in_force(rule, denied.c.payer_id, notice, level))
        .where(scope.of(account), ~denied.c.unprocessable)
        .subquery()
    )
    return set_from(account, appeal, "account_id", *NEXT_APPEAL)


def _decided(scope: Scope) -> Subquery:
    """The highest level of appeal that was decided against us, and when, of each claim with its resubmissions."""
    row, undo = activity.c, activity.alias("undo")
    ranked = (
        select(
            row.account_id,
            claim.c.chain_id,
            row.level,
            row.day,
            func.row_number()
            .over(
                partition_by=[row.account_id, claim.c.chain_id],
                order_by=[row.level.desc(), row.activity_id.desc()],
            )
            .label("place"),
        )
        .join(claim, claim.c.claim_id == row.claim_id)
        .where(row.kind == "appeal", row.state.in_(DECIDED_AGAINST), scope.account(activity))
        .where(~exists().where(undo.c.undoes == row.activity_id))
        .subquery()
    )
    return select(ranked).where(ranked.c.place == 1).subquery("decided")


def rules_with_their_ends() -> Subquery:
    """The payers' rules, each with the day the next one takes over; of two from one day the later loaded counts.

    A payer's first rule also covers the days before it: the office states a limit when it learns of it. Each level of
    appeal has rules of its own; those of the first also say how long a claim may be filed.
    """
    rule = payer_rule.c
    level = func.coalesce(rule.appeal_level, 1)
    newest = func.row_number().over(
        partition_by=[rule.payer_id, level, rule.effective_from], order_by=[rule.load_id.desc(), rule.row_no.desc()]
    )
    others = (column for column in rule if column.name != "appeal_level")
    ranked = select(*others, level.label("appeal_level"), newest.label("place")).subquery()
    by_day: dict[str, Any] = {
        "partition_by": [ranked.c.payer_id, ranked.c.appeal_level],
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


def in_force(
    rule: Subquery, payer_id: ColumnElement, day: ColumnElement, level: ColumnElement | int = 1
) -> ColumnElement[bool]:
    """The rule of a payer for a level of appeal that held on a day; the first level's is that for filing too."""
    return and_(
        rule.c.payer_id == payer_id,
        rule.c.appeal_level == level,
        or_(rule.c.turn == 1, rule.c.effective_from <= day),
        or_(rule.c.until.is_(None), day < rule.c.until),
    )
