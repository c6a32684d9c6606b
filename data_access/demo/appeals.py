"""Appeals of the synthetic practice at a second level, recorded as a rep would: no file tells of them."""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, select

from data_access.demo.practice import PAYER_BY_ID, levels
from data_access.demo.stories import SECOND_APPEAL
from data_access.schema import account, claim_payment, payer
from data_access.work import activities, people

REP = "Demo Appeals Desk"
#: Denials recorded in all, and how many of them are due at the second level so many days after the last day.
MOST, DUE, DAYS_LEFT = 6, 2, 10
#: Of the others: days before the last day by which the first appeal was filed.
_FILED_BEFORE = 55
#: Days from the first appeal to its decision, from there to the second appeal, and until somebody looks again.
_DECISION, _AGAIN, _LOOK = timedelta(30), timedelta(10), timedelta(30)


class Denial(NamedTuple):
    """A denial that stands: the day of its notice, and the payer's identifier."""

    account_id: int
    claim_id: int
    on: date
    payer: str


def record_appeals(engine: Engine, until: date) -> None:
    """Record what became of the largest denials of the story's time: upheld, then due or filed at the second level."""
    denials = standing_denials(engine, until)
    if not denials:
        return
    rep = people.add(engine, REP)
    due = [one for one in denials if _filed_to_be_due(one, until)][:DUE]
    others = [one for one in denials if one not in due]
    for one in [*due, *others][:MOST]:
        filed = _filed_to_be_due(one, until) if one in due else None
        filed = filed or min(until - timedelta(days=_FILED_BEFORE), _last_day(one))
        decided = filed + _DECISION
        _record(engine, one, rep, 1, "submitted", filed, filed + _LOOK)
        _record(engine, one, rep, 1, "upheld", decided, until if one in due else decided + _AGAIN)
        if one not in due:
            _record(engine, one, rep, 2, "submitted", decided + _AGAIN, decided + _AGAIN + _LOOK)


def standing_denials(engine: Engine, until: date) -> list[Denial]:
    """Denials of the story's time that stand at payers which hear a second appeal, the largest first."""
    story, row, paid = SECOND_APPEAL, account.c, claim_payment.c
    identifiers = [identifier for identifier, one in PAYER_BY_ID.items() if len(levels(one)) > 1]
    query = (
        select(row.account_id, paid.claim_id, paid.paid_on, payer.c.identifier)
        .join(payer, payer.c.payer_id == row.responsible_payer_id)
        .join(claim_payment, paid.account_id == row.account_id)
        .where(
            row.appeal_level == 1,
            row.denial_category != "duplicate",
            payer.c.identifier.in_(identifiers),
            paid.payer_rank == 1,
            paid.denied > 0,
            paid.denied_to_patient == 0,
            paid.reversed.is_(False),
            paid.paid_on == row.last_remit_on,
            paid.paid_on >= until - timedelta(days=story.first),
            paid.paid_on <= until - timedelta(days=story.last),
        )
        .order_by(row.denied.desc(), row.account_number, paid.claim_id)
    )
    with engine.connect() as connection:
        found = [Denial(*one) for one in connection.execute(query)]
    return list({one.account_id: one for one in found}.values())


def _last_day(one: Denial) -> date:
    """The last day to appeal at the first level."""
    return one.on + timedelta(days=levels(PAYER_BY_ID[one.payer])[0].days)


def _filed_to_be_due(one: Denial, until: date) -> date | None:
    """When a first appeal was filed whose second level is due soon; None where that was not possible in time."""
    limit = levels(PAYER_BY_ID[one.payer])[1].days
    filed = until - timedelta(days=limit - DAYS_LEFT) - _DECISION
    return filed if one.on < filed <= _last_day(one) else None


def _record(engine: Engine, one: Denial, rep: int, level: int, state: str, on: date, next_on: date) -> None:
    against = state == "upheld"
    entry = {
        "kind": "appeal",
        "claim_id": one.claim_id,
        "level": level,
        "state": state,
        "next_step": f"Appeal at level {level + 1}" if against else "Look for the payer's answer to the appeal",
        "next_on": next_on,
    }
    activities.record(engine, one.account_id, rep, [entry], day=on)
