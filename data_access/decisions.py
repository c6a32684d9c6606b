"""What a person decides about payments that posting may not decide: is this payment for that account?

Decisions are only ever added to; the last one about a payment holds. They are kept by the payment's place in its
file, so taking a load back forgets what was decided on its payments.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Row, func, insert, select

from data_access.engine import write
from data_access.posting import settle
from data_access.schema import claim_payment, match_decision, unsettled

#: decision -> the match states it may follow.
_AFTER = {"post": ("probable", "rejected"), "reject": ("probable",)}
WORDS = {"post": "posted to the account", "reject": "set aside as not for the account", "withdraw": "taken back"}


class CannotDecide(ValueError):
    """The decision does not fit what stands; the message says what does, without patient data."""


def post(engine: Engine, claim_payment_id: int, who: str, reason: str | None = None) -> None:
    """Confirm that a payment is for the account it was found for, and post it. Raises CannotDecide."""
    _decide(engine, claim_payment_id, "post", who, reason)


def reject(engine: Engine, claim_payment_id: int, who: str, reason: str | None = None) -> None:
    """Say that a payment is not for the account it was found for. Raises CannotDecide."""
    _decide(engine, claim_payment_id, "reject", who, reason)


def withdraw(engine: Engine, claim_payment_id: int, who: str, reason: str | None = None) -> None:
    """Take the standing decision on a payment back, and post again as if it had not been made. Raises CannotDecide."""
    _decide(engine, claim_payment_id, "withdraw", who, reason)


def _decide(engine: Engine, claim_payment_id: int, decision: str, who: str, reason: str | None) -> None:
    with write(engine) as connection:
        payment = connection.execute(
            select(claim_payment.c.account_key, claim_payment.c.account_id, claim_payment.c.match_status).where(
                claim_payment.c.claim_payment_id == claim_payment_id
            )
        ).first()
        if payment is None:
            raise CannotDecide("This payment is no longer there: its load was taken back.")
        standing = _standing(connection, claim_payment_id)
        account_id = _account(payment, standing, decision)
        connection.execute(
            insert(match_decision).values(
                decision_id=connection.scalar(select(func.coalesce(func.max(match_decision.c.decision_id), 0) + 1)),
                claim_payment_id=claim_payment_id,
                account_id=account_id,
                decision=decision,
                reason=(reason or "").strip() or None,
                decided_by=who,
                decided_at=datetime.now(UTC).replace(tzinfo=None),
            )
        )
        connection.execute(insert(unsettled).values(account_key=payment.account_key))
    settle(engine)


def _standing(connection: Connection, claim_payment_id: int) -> Row | None:
    row = match_decision.c
    latest = connection.execute(
        select(row.decision, row.account_id, row.decided_by)
        .where(row.claim_payment_id == claim_payment_id)
        .order_by(row.decision_id.desc())
        .limit(1)
    ).first()
    return None if latest is None or latest.decision == "withdraw" else latest


def _account(payment: Row, standing: Row | None, decision: str) -> int:
    """The account the decision is about, once it is clear that it can be made."""
    if decision == "withdraw":
        if standing is None:
            raise CannotDecide("Nothing stands to be taken back: somebody did so already.")
        return standing.account_id
    if payment.match_status in _AFTER[decision]:
        return payment.account_id
    if standing is not None:
        raise CannotDecide(f"{standing.decided_by} decided meanwhile: it was {WORDS[standing.decision]}.")
    if payment.match_status == "confirmed":
        raise CannotDecide("The payment was matched meanwhile by what was loaded since, and is posted.")
    raise CannotDecide("The claim it was found for is no longer there.")
