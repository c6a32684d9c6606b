"""What a person decides about payments that posting may not decide: is this payment for that account?

Decisions are only ever added to; the last one about a payment and an account holds. They are kept by what the payment
is in its transaction, not by its id: they still hold when its file is taken back and loaded again, or comes again in
another envelope. A file with other contents is another payment, and is asked about anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Row, and_, insert, select

from data_access.deciding import CannotDecide, decider
from data_access.engine import next_number, write
from data_access.posting import settle_now
from data_access.posting.matching import standing_decisions
from data_access.schema import claim_payment, match_decision, x12_transaction

WORDS = {"post": "posted to the account", "reject": "set aside as not for the account", "withdraw": "taken back"}


def post(engine: Engine, claim_payment_id: int, account_id: int, who: str, reason: str | None = None) -> None:
    """Confirm that a payment is for an account, and post it there.

    Args:
        claim_payment_id: a payment listed by `queries.imports.to_decide`.
        account_id: the account that the person was shown beside it.
        who: who decides; needed.
        reason: why, in words.

    Raises:
        CannotDecide: nobody decides, somebody decided otherwise, or it is no longer found for this account.
    """
    _decide(engine, claim_payment_id, account_id, "post", who, reason)


def reject(engine: Engine, claim_payment_id: int, account_id: int, who: str, reason: str | None = None) -> None:
    """Say that a payment is not for an account; it is set aside, or found for another. As `post`."""
    _decide(engine, claim_payment_id, account_id, "reject", who, reason)


def withdraw(engine: Engine, claim_payment_id: int, account_id: int, who: str, reason: str | None = None) -> None:
    """Take back what was decided on a payment and an account, and post as if it had not been decided.

    Raises:
        CannotDecide: nobody decides, or nothing stands that could be taken back.
    """
    _decide(engine, claim_payment_id, account_id, "withdraw", who, reason)


def _decide(
    engine: Engine, claim_payment_id: int, account_id: int, decision: str, who: str, reason: str | None
) -> None:
    with write(engine) as connection:
        payment = _payment(connection, claim_payment_id)
        standing = _standing(connection, payment.claim_payment_id)
        subject = payment
        if decision == "withdraw":
            subject = _to_take_back(standing, account_id)
        else:
            _refuse_what_does_not_fit(payment, standing, account_id)
        connection.execute(
            insert(match_decision).values(
                decision_id=next_number(connection, match_decision.c.decision_id),
                account_key=subject.account_key,
                body_sha256=subject.body_sha256,
                body_segment=subject.body_segment,
                account_id=account_id,
                decision=decision,
                reason=(reason or "").strip() or None,
                decided_by=decider(who),
                decided_at=datetime.now(UTC).replace(tzinfo=None),
            )
        )
        settle_now(connection, payment.account_key)


def _payment(connection: Connection, claim_payment_id: int) -> Row:
    """A payment with what it is in its transaction; for a reversal, the payment it takes back."""
    row, sent = claim_payment.c, x12_transaction.c
    found = connection.execute(
        select(
            row.claim_payment_id,
            row.account_key,
            row.account_id,
            row.match_status,
            row.reversal_of,
            sent.body_sha256,
            (row.segment_no - sent.first_segment).label("body_segment"),
        )
        .join(x12_transaction, and_(sent.load_id == row.load_id, sent.transaction_no == row.transaction_no))
        .where(row.claim_payment_id == claim_payment_id)
    ).first()
    if found is None:
        raise CannotDecide("This payment is no longer there: its load was taken back.")
    return found if found.reversal_of is None else _payment(connection, found.reversal_of)


def _standing(connection: Connection, claim_payment_id: int) -> Sequence[Row]:
    """The decisions that stand on a payment: one for each account decided on."""
    decided = standing_decisions()
    return connection.execute(
        select(match_decision)
        .join(decided, decided.c.decision_id == match_decision.c.decision_id)
        .where(decided.c.claim_payment_id == claim_payment_id)
    ).all()


def _to_take_back(standing: Sequence[Row], account_id: int) -> Row:
    for row in standing:
        if row.account_id == account_id:
            return row
    raise CannotDecide("Nothing stands to be taken back: somebody did so already.")


def _refuse_what_does_not_fit(payment: Row, standing: Sequence[Row], account_id: int) -> None:
    for row in standing:
        if row.account_id == account_id:
            raise CannotDecide(f"{row.decided_by} decided meanwhile: it was {WORDS[row.decision]}.")
        if row.decision == "post":
            raise CannotDecide(f"{row.decided_by} decided meanwhile: it was posted to another account.")
    if payment.match_status == "confirmed":
        raise CannotDecide("The payment was matched meanwhile by what was loaded since, and is posted.")
    if payment.account_id is None:
        raise CannotDecide("The claim it was found for is no longer there.")
    if payment.account_id != account_id:
        raise CannotDecide("By what was loaded since, it is found for another account: look at it again.")
