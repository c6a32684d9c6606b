"""Which claim each status request (276) asks about, and when it was answered.

A question names its claim by our account number (REF*EJ), by the payer's claim number (REF*1K), by a trace number that
is our account number, or only by member, service date and charge. Whichever it is, nothing else that it says may
differ, and the claim was sent by the day of the question. Member, date and charge alone must mean one account.

The answer is a 277 with the same trace number (TRN02) whose account, claim, charge and dates do not differ, or any 277
on the same claim, of the day of the question or later; so is a remittance for the claim. That a question could not be
answered (E0 to E4) is no answer.

Worked out anew are only the questions that the accounts being posted may touch: those that name one, those about its
claims, and those that its claims, payments or acknowledgments may lead to a claim or an answer.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)

from data_access.posting import ack_matching
from data_access.posting.scope import Scope, set_rows
from data_access.schema import claim, claim_ack, claim_payment, payer, status_request, unsettled

_ASKED = status_request.c
_AT_ONCE = 5_000  # questions named in one statement, some times over: a server takes 65,535 values
_MANY = 4  # where this part of all questions is touched, all are worked out, which takes no longer
_BY_ACCOUNT, _BY_PAYER_NUMBER, _BY_TRACE, _BY_MEMBER = range(4)


def resolve(connection: Connection, scope: Scope | None = None) -> bool:
    """Set claim, account and day of the answer of the status requests that what is in scope may touch.

    Those without an account are always looked at, for no scope holds them; without a scope, they alone are.

    Returns:
        Whether anything changed.
    """
    questions = connection.execute(select(func.count()).select_from(status_request)).scalar_one()
    if not questions:
        return False
    touched = [select(_ASKED.status_request_id).where(_ASKED.account_key.is_(None))]
    if scope is not None:
        within = scope.of(claim), scope.of(claim_payment), ack_matching.within(scope)
        touched += _touched(_ASKED.status_request_id, *within)
        touched.append(select(_ASKED.status_request_id).where(scope.of(status_request)))
    ids = sorted(connection.scalars(union(*touched)))
    changed = False
    for mine in _parts(ids, questions):
        changed = any([changed, _match(connection, mine), _answer(connection, mine)])
    return changed


def _parts(ids: list[int], questions: int) -> list[ColumnElement[bool]]:
    """Conditions that name these of so many questions: all in one where they are many, else some at once."""
    if len(ids) * _MANY > questions:
        return [true()]
    slices = range(0, len(ids), _AT_ONCE)
    return [_ASKED.status_request_id.in_(ids[start : start + _AT_ONCE]) for start in slices]


def list_touched(connection: Connection, load_id: int) -> None:
    """List the account keys of questions that a load may have been about, before it is taken back: once it is gone,
    nothing tells."""
    loaded = [table.c.load_id == load_id for table in (claim, claim_payment, claim_ack)]
    keys = union(*_touched(_ASKED.account_key, *loaded)).subquery("keys")
    query = select(keys.c.account_key).where(keys.c.account_key.is_not(None))
    connection.execute(insert(unsettled).from_select(["account_key"], query))


def _touched(
    what: ColumnElement,
    claims: ColumnElement[bool],
    payments: ColumnElement[bool],
    acknowledged: ColumnElement[bool],
) -> list[Select]:
    """Questions about some claims, or that some payments or acknowledgments may lead to their claim or answer."""
    paid, said = claim_payment.c, claim_ack.c
    same_member = and_(func.upper(claim.c.member_id) == _ASKED.member_id, _same_charge(), _same_days())
    question = select(what).select_from(status_request)
    return [
        *(
            question.join(claim, same).where(claims)
            for same in (
                claim.c.claim_id == _ASKED.claim_id,
                claim.c.sent_account_key == _ASKED.account_key,
                same_member,
            )
        ),
        question.join(claim_payment, paid.payer_claim_number == _ASKED.payer_claim_number).where(payments),
        *(
            question.join(claim_ack, same).where(acknowledged)
            for same in (
                said.payer_claim_number == _ASKED.payer_claim_number,
                said.trace == _ASKED.trace,
                said.claim_id == _ASKED.claim_id,
            )
        ),
    ]


def _match(connection: Connection, mine: ColumnElement[bool]) -> bool:
    rows = [tuple(row) for row in connection.execute(misplaced(mine))]
    set_rows(connection, status_request, "status_request_id", ("claim_id", "account_id"), rows)
    return bool(rows)


def misplaced(mine: ColumnElement[bool]) -> Select:
    """Of these questions, those whose claim or account is not what follows from the facts: status_request_id, and
    claim_id and account_id as they should be."""
    found = _best(mine)
    return (
        select(_ASKED.status_request_id, found.c.claim_id, found.c.account_id)
        .outerjoin(found, found.c.status_request_id == _ASKED.status_request_id)
        .where(
            mine,
            or_(
                _ASKED.claim_id.is_distinct_from(found.c.claim_id),
                _ASKED.account_id.is_distinct_from(found.c.account_id),
            ),
        )
    )


def _best(mine: ColumnElement[bool]) -> Subquery:
    """The claim that each of these questions is about; without those about none."""
    candidates = union_all(
        _candidates(
            case((_ASKED.account_number.is_not(None), _BY_ACCOUNT), else_=_BY_TRACE),
            claim.c.sent_account_key == _ASKED.account_key,
        ).where(mine, or_(_ASKED.account_number.is_not(None), _same_charge(), _same_days())),
        *(
            _candidates(
                literal(_BY_PAYER_NUMBER),
                claim.c.claim_id == named.c.claim_id,
                (named, named.c.payer_claim_number == _ASKED.payer_claim_number),
            ).where(mine, *confirmed)
            for named, confirmed in (
                (claim_payment, [claim_payment.c.match_status == "confirmed"]),
                (claim_ack, [claim_ack.c.level == "claim"]),
            )
        ),
        _candidates(literal(_BY_MEMBER), func.upper(claim.c.member_id) == _ASKED.member_id).where(
            mine, _same_charge(), _same_days()
        ),
    ).subquery("candidates")
    row = candidates.c
    whole: dict[str, Any] = {"partition_by": [row.status_request_id, row.way]}
    order = [
        row.way,
        row.same_charge.desc(),
        row.same_days.desc(),
        row.same_payer.desc(),
        row.submitted_on.desc().nulls_last(),
        row.sequence,
        row.frequency_code,
        row.claim_id,
    ]
    ranked = select(
        row.status_request_id,
        row.claim_id,
        row.account_id,
        row.way,
        (func.min(row.account_id).over(**whole) == func.max(row.account_id).over(**whole)).label("one_account"),
        func.row_number().over(partition_by=row.status_request_id, order_by=order).label("place"),
    ).subquery("ranked")
    best = ranked.c
    return (
        select(best.status_request_id, best.claim_id, best.account_id)
        .where(best.place == 1, or_(best.way != _BY_MEMBER, best.one_account))
        .subquery("best")
    )


def _candidates(way: ColumnElement[int], same: ColumnElement[bool], through: tuple | None = None) -> Select:
    """Claims a question may be about, found one `way`, `through` another table where given."""
    sent = claim.c
    agrees = and_(
        or_(_ASKED.charge.is_(None), _ASKED.charge == 0, _same_charge()),
        or_(_ASKED.service_from.is_(None), _same_days()),
        or_(_ASKED.asked_on.is_(None), sent.submitted_on.is_(None), sent.submitted_on <= _ASKED.asked_on),
    )
    source: Any = status_request
    if through:
        source = source.join(*through)
    return (
        select(
            _ASKED.status_request_id,
            sent.claim_id,
            sent.account_id,
            sent.submitted_on,
            sent.sequence,
            sent.frequency_code,
            way.label("way"),
            case((sent.charge == _ASKED.charge, 1), else_=0).label("same_charge"),
            case((_same_days(), 1), else_=0).label("same_days"),
            case((func.upper(payer.c.identifier) == func.upper(_ASKED.payer_identifier), 1), else_=0).label(
                "same_payer"
            ),
        )
        .select_from(source)
        .join(claim, same)
        .outerjoin(payer, payer.c.payer_id == sent.payer_id)
        .where(agrees)
    )


def _same_charge() -> ColumnElement[bool]:
    """The charge of the claim; a question about some of its lines may state theirs."""
    return or_(_ASKED.charge == claim.c.charge, and_(_ASKED.lines > 0, _ASKED.charge <= claim.c.charge))


def _same_days() -> ColumnElement[bool]:
    last = func.coalesce(_ASKED.service_to, _ASKED.service_from)
    return and_(_ASKED.service_from <= claim.c.service_to, last >= claim.c.service_from)


def _answer(connection: Connection, mine: ColumnElement[bool]) -> bool:
    rows = [tuple(row) for row in connection.execute(misanswered(mine))]
    set_rows(connection, status_request, "status_request_id", ("answered_on",), rows)
    return bool(rows)


def misanswered(mine: ColumnElement[bool]) -> Select:
    """Of these questions, those whose answer is not what follows from the facts and their claims: status_request_id,
    and answered_on as it should be."""
    told = union_all(*(query.where(mine) for query in (_by_claim(), _by_trace(), _by_remittance()))).subquery("told")
    first = (
        select(told.c.status_request_id, func.min(told.c.told_on).label("answered_on"))
        .group_by(told.c.status_request_id)
        .subquery("first")
    )
    return (
        select(_ASKED.status_request_id, first.c.answered_on)
        .outerjoin(first, first.c.status_request_id == _ASKED.status_request_id)
        .where(mine, _ASKED.answered_on.is_distinct_from(first.c.answered_on))
    )


def _answers() -> list[ColumnElement[bool]]:
    said = claim_ack.c
    no_answer = func.coalesce(said.category, "").startswith("E")
    return [said.kind == "277", said.level == "claim", ~no_answer, said.told_on >= _ASKED.asked_on]


def _by_claim() -> Select:
    said = claim_ack.c
    query = select(_ASKED.status_request_id, said.told_on)
    return query.join(claim_ack, said.claim_id == _ASKED.claim_id).where(*_answers())


def _by_trace() -> Select:
    said = claim_ack.c
    named = said.account_number != said.trace
    other_account = and_(named, _ASKED.account_number.is_not(None), said.account_key != _ASKED.account_key)
    other_charge = and_(said.charge > 0, _ASKED.charge > 0, said.charge != _ASKED.charge)
    last = func.coalesce(_ASKED.service_to, _ASKED.service_from)
    other_days = or_(said.service_from > last, func.coalesce(said.service_to, said.service_from) < _ASKED.service_from)
    differs = or_(other_account, said.claim_id != _ASKED.claim_id, other_charge, other_days)
    query = select(_ASKED.status_request_id, said.told_on).join(claim_ack, said.trace == _ASKED.trace)
    return query.where(*_answers(), ~func.coalesce(differs, False))


def _by_remittance() -> Select:
    paid = claim_payment.c
    query = select(_ASKED.status_request_id, paid.paid_on.label("told_on"))
    same = and_(paid.claim_id == _ASKED.claim_id, paid.account_id == _ASKED.account_id)  # found by its account
    return query.join(claim_payment, same).where(
        paid.match_status == "confirmed", paid.is_reversal.is_not(True), paid.paid_on >= _ASKED.asked_on
    )
