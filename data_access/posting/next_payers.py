"""Next payers: to whom an account's insurance balance moves on, and when.

The balance moves once the payer before has answered and the next has been sent a claim (or has paid, or the payer
before says it forwarded the claim: CLP02 19 and NM1*TT).
"""

from __future__ import annotations

from sqlalchemy import Connection, Insert, Integer, Select, Update, and_, case, func, insert, literal, or_, select, true

from data_access.built_once import built_once
from data_access.given import given
from data_access.posting.scope import Scope, month_of, set_from
from data_access.schema import account, claim, claim_payment, ledger_entry, payer

#: Claim status (CLP02) of a claim that its payer sent on to the next one.
_FORWARDED = ("19", "20", "21")
#: Transfers between payers come after all other entries of their day.
_MOVE_ENTRY_NO = 1_000_000


def find(connection: Connection, scope: Scope) -> None:
    """Set the secondary and tertiary payer of the accounts in scope, and the day the balance moved on to each."""
    if not _may_have_any(connection, scope):
        return
    for statement in (_second_payer, _third_payer, _third_after_second):
        connection.execute(statement(scope))


def move_balances(connection: Connection, scope: Scope) -> None:
    """Write the transfers from payer to payer, once the other entries of the accounts in scope are there."""
    if not scope.holds(connection, account, or_(account.c.second_from.is_not(None), account.c.third_from.is_not(None))):
        return
    connection.execute(_to_second_payer(scope))
    connection.execute(_to_third_payer(scope))


def _may_have_any(connection: Connection, scope: Scope) -> bool:
    """Whether a next payer was sent a claim, has paid, or was forwarded one."""
    paid = claim_payment.c
    return scope.holds(connection, claim, claim.c.sequence > 1) or scope.holds(
        connection, claim_payment, or_(paid.payer_rank > 1, paid.status_code.in_(_FORWARDED))
    )


@built_once
def _second_payer(scope: Scope) -> Update:
    return _next_payer(scope, 2, "second_payer_id", "second_from")


@built_once
def _third_payer(scope: Scope) -> Update:
    return _next_payer(scope, 3, "third_payer_id", "third_from")


@built_once
def _third_after_second(scope: Scope) -> Update:
    too_early = account.update().where(scope.of(account), account.c.third_from < account.c.second_from)
    return too_early.values(third_from=account.c.second_from)


def _next_payer(scope: Scope, rank: int, payer_column: str, day_column: str) -> Update:
    """Sets the payer of a rank, and the day the insurance balance moved on to it."""
    found = _sent_and_answered(scope, rank).subquery()
    source = select(
        found.c.account_id,
        found.c.payer_id.label(payer_column),
        case(
            (found.c.answered_before.is_(None), found.c.paid_on),
            (found.c.sent_on < found.c.answered_before, found.c.answered_before),
            else_=func.coalesce(found.c.sent_on, found.c.paid_on),
        ).label(day_column),
    ).subquery()
    return set_from(account, source, "account_id", payer_column, day_column)


def _sent_and_answered(scope: Scope, rank: int) -> Select:
    sent = (
        select(
            claim.c.account_id,
            func.max(claim.c.payer_id).label("payer_id"),
            func.min(claim.c.submitted_on).label("sent_on"),
        )
        .where(scope.of(claim), claim.c.sequence == rank)
        .group_by(claim.c.account_id)
        .subquery()
    )
    confirmed = and_(scope.of(claim_payment), claim_payment.c.match_status == "confirmed")
    is_rank, is_before = claim_payment.c.payer_rank == rank, claim_payment.c.payer_rank == rank - 1
    forwarded = and_(is_before, claim_payment.c.status_code.in_(_FORWARDED))
    answered = (
        select(
            claim_payment.c.account_id,
            func.max(claim_payment.c.remit_payer_id).filter(is_rank).label("payer_id"),
            func.min(claim_payment.c.paid_on).filter(is_rank).label("paid_on"),
            func.min(claim_payment.c.paid_on).filter(is_before).label("answered_before"),
            func.min(claim_payment.c.paid_on).filter(forwarded).label("forwarded_on"),
            func.max(payer.c.payer_id).filter(forwarded).label("forwarded_to"),
        )
        .outerjoin(payer, func.upper(payer.c.name) == func.upper(claim_payment.c.crossover_payer))
        .where(confirmed)
        .group_by(claim_payment.c.account_id)
        .subquery()
    )
    payer_id = func.coalesce(sent.c.payer_id, answered.c.payer_id, answered.c.forwarded_to)
    return (
        select(
            account.c.account_id,
            payer_id.label("payer_id"),
            case((answered.c.forwarded_to.is_not(None), answered.c.forwarded_on), else_=sent.c.sent_on).label(
                "sent_on"
            ),
            answered.c.paid_on,
            answered.c.answered_before,
        )
        .outerjoin(sent, sent.c.account_id == account.c.account_id)
        .outerjoin(answered, answered.c.account_id == account.c.account_id)
        .where(scope.of(account), payer_id.is_not(None), account.c.payer_id.is_not(None))
    )


@built_once
def _to_second_payer(scope: Scope) -> Insert:
    return _move_to_next_payer(scope, ("payer_id",), "second_payer_id", "second_from", _MOVE_ENTRY_NO)


@built_once
def _to_third_payer(scope: Scope) -> Insert:
    from_payers = ("second_payer_id", "payer_id")
    return _move_to_next_payer(scope, from_payers, "third_payer_id", "third_from", _MOVE_ENTRY_NO + 2)


def _move_to_next_payer(scope: Scope, from_payers: tuple[str, ...], to_payer: str, on: str, entry_no: int) -> Insert:
    """On the day insurance responsibility moved on, transfers the whole insurance balance to the next payer."""
    entry, day = ledger_entry.c, account.c[on]
    moving = (
        select(entry.account_id, func.sum(entry.amount).label("amount"))
        .join(account, account.c.account_id == entry.account_id)
        .where(scope.of(account), day.is_not(None), entry.side == "insurance", entry.posted_on <= day)
        .group_by(entry.account_id)
        .having(func.sum(entry.amount) != 0)
        .subquery("moving")
    )
    giver = func.coalesce(*(account.c[name] for name in from_payers))
    # One scan gives both entries: a second branch might read the ledger after the first has written to it.
    side = given("sides", {"sign": Integer()}, [(-1,), (1,)])
    leaves = side.c.sign < 0
    columns = {
        "account_id": account.c.account_id,
        "posted_on": day,
        "posted_month": month_of(day),
        "service_month": month_of(account.c.service_from),
        "entry_type": literal("transfer"),
        "side": literal("insurance"),
        "facility_id": account.c.facility_id,
        "department": account.c.department,
        "provider_id": account.c.provider_id,
        "payer_id": case((leaves, giver), else_=account.c[to_payer]),
        "amount": moving.c.amount * side.c.sign,
        "entry_no": case((leaves, literal(entry_no)), else_=literal(entry_no + 1)),
    }
    query = (
        select(*(value.label(name) for name, value in columns.items()))
        .select_from(account)
        .join(moving, moving.c.account_id == account.c.account_id)
        .join(side, true())
    )
    return insert(ledger_entry).from_select(list(columns), query)
