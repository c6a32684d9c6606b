"""What a payer's answers to one bill come to: a bill sent again is answered anew, without the first answer taken back.

A payer that settles what it denied before answers the whole bill once more. The newer answer stands in the place of the
older one: what it pays is added, what it writes off and leaves to the patient is not. A denial takes nothing back that
was settled before: a bill sent twice is refused as a duplicate, and stays paid.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, Select, Update, and_, case, func, literal, not_, select

from data_access.built_once import built_once
from data_access.posting.scope import Scope, set_from
from data_access.schema import claim, claim_payment

#: What an answer says of the whole bill, where its payment is for this visit only.
SAID = ("contractual", "other_payer", "patient_share", "denied_to_patient")


def changes(scope: Scope) -> Select:
    """By confirmed claim payment in scope: what it changes of what the payer said before, under the names of `SAID`.

    Over the answers of a payer to a bill the changes add up to what stands. `stands`: whether this answer does. A
    payment of a part of the claim, one taken back, what takes it back, and one that repeats another are no such answer:
    the first three change what they say, the last one nothing.
    """
    row = claim_payment.c
    whole = and_(
        row.is_reversal.is_not(True),
        row.reversed.is_(False),
        row.repeats.is_(False),
        row.charge > 0,
        row.charge == claim.c.charge,
    )
    settles = not_(and_(row.denied > 0, row.paid == 0, row.patient_share == 0))
    told = (
        select(
            row.claim_payment_id,
            row.claim_id,
            row.repeats,
            claim.c.chain_id,
            row.payer_rank,
            *(row[name] for name in SAID),
            case((whole, 1), else_=0).label("whole"),
            case((settles, 1), else_=0).label("settles"),
            row.paid_on,
            row.paid,
            row.payer_claim_number,
        )
        .join(claim, claim.c.claim_id == row.claim_id)
        .where(scope.of(claim_payment), row.match_status == "confirmed")
        .subquery("told")
    )
    return _changes_of(told)


def _changes_of(told: FromClause) -> Select:
    answer = told.c
    bill = [answer.chain_id, answer.payer_rank, answer.whole]
    order = [answer.paid_on, answer.paid, func.coalesce(answer.payer_claim_number, ""), answer.claim_payment_id]
    settled_before = func.coalesce(func.sum(answer.settles).over(partition_by=bill, order_by=order, rows=(None, -1)), 0)
    later = func.count().over(partition_by=bill, order_by=order, rows=(1, None))
    settled_later = func.coalesce(func.sum(answer.settles).over(partition_by=bill, order_by=order, rows=(1, None)), 0)
    denies, settles = answer.settles == 0, answer.settles == 1

    def change(name: str) -> ColumnElement:
        said = answer[name]
        before = func.lag(said).over(partition_by=bill, order_by=order)
        before_of_its_kind = func.lag(said).over(partition_by=[*bill, answer.settles], order_by=order)
        return case(
            (answer.repeats, literal(0)),
            (answer.whole == 0, said),
            (and_(denies, settled_before > 0), literal(0)),
            (settled_before > 0, said - before_of_its_kind),
            else_=said - func.coalesce(before, 0),
        )

    stands = case(
        (answer.whole == 0, literal(True)),
        (settles, settled_later == 0),
        else_=and_(settled_before == 0, later == 0),
    )
    return select(
        answer.claim_payment_id,
        answer.claim_id,
        answer.chain_id,
        *(change(name).label(name) for name in SAID),
        stands.label("stands"),
    )


@built_once
def mark(scope: Scope) -> Update:
    """Unsets `stands` of the claim payments in scope in whose place another answer stands."""
    found = changes(scope).subquery("found")
    others = select(found.c.claim_payment_id, found.c.stands).where(found.c.stands.is_(False)).subquery("others")
    return set_from(claim_payment, others, "claim_payment_id", "stands")
