"""Matching: which claim a payment is for, whose a billing entry is.

Follows `835 -> 837` matching as billing systems do it: the account number (first 20 characters, as
payers may cut it: x12.org RFI 525) under the same payee, confirmed by two of charge, service date and
member id, because an account number alone is not guaranteed to be unique (RFI 1956).
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Update,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from data_access.built_once import built_once
from data_access.posting import answers, reversals
from data_access.posting.replacements import moved
from data_access.posting.scope import Scope, one_if, set_from
from data_access.schema import (
    billing_entry,
    claim,
    claim_payment,
    facility,
    match_decision,
    x12_transaction,
)

CONFIRMED_BY = 2  # agreeing facts beside the account number


def match_claim_payments(connection: Connection, scope: Scope) -> None:
    """Set the derived columns of every claim payment in scope."""
    if not scope.holds(connection, claim_payment):
        return
    connection.execute(_reset(scope))
    reversals.pair(connection, scope)
    connection.execute(_find_claims(scope))
    if scope.holds(connection, claim_payment, claim_payment.c.reversal_of.is_not(None)):
        connection.execute(_reversals_follow_their_mates(scope))
    if connection.execute(_several(scope)).first() is not None:  # one alone repeats and replaces nothing
        connection.execute(_mark_repeats(scope))
        connection.execute(answers.mark(scope))


@built_once
def _several(scope: Scope) -> Select:
    """An account with several payments, whatever numbers they name, if there is any."""
    account_id = claim_payment.c.account_id
    several = select(account_id).where(scope.of(claim_payment), account_id.is_not(None))
    return several.group_by(account_id).having(func.count() > 1).limit(1)


@built_once
def _reset(scope: Scope) -> Update:
    return (
        claim_payment.update()
        .where(scope.of(claim_payment))
        .values(
            account_id=null(),
            claim_id=null(),
            match_status="none",
            match_reason="no claim with this account number",
            payer_id=claim_payment.c.remit_payer_id,
            reversed=false(),
            reversed_on=null(),
            reversal_of=null(),
            repeats=false(),
            stands=true(),
            payer_rank=func.coalesce(claim_payment.c.sequence, 1),
        )
    )


@built_once
def _mark_repeats(scope: Scope) -> Update:
    """Marks payments of a whole claim that say the same as an earlier one that was not taken back.

    The payer paid twice: the money is to go back, and the patient owes the share once.
    """
    row = claim_payment.c
    said = ("claim_id", "payer_rank", "charge", "paid", "contractual", "patient_share", "denied", "other_payer")
    turn = func.row_number().over(
        partition_by=[row[name] for name in said], order_by=[row.paid_on, row.claim_payment_id]
    )
    whole = (
        select(row.claim_payment_id, turn.label("turn"))
        .join(claim, and_(claim.c.claim_id == row.claim_id, claim.c.charge == row.charge))
        .where(scope.of(claim_payment), row.match_status == "confirmed", row.paid > 0, row.reversed.is_(False))
        .subquery("whole")
    )
    again = select(whole.c.claim_payment_id, literal(True).label("repeats")).where(whole.c.turn > 1).subquery("again")
    return set_from(claim_payment, again, "claim_payment_id", "repeats")


def payments_decided_on() -> Subquery:
    """Decisions on payments that are loaded now: decision_id, claim_payment_id.

    What was decided on a reversal is about the payment it takes back, once that is found: the two are matched as one.
    """
    row, paid, sent = match_decision.c, claim_payment.c, x12_transaction.c
    return (
        select(row.decision_id, func.coalesce(paid.reversal_of, paid.claim_payment_id).label("claim_payment_id"))
        .join(x12_transaction, and_(sent.body_sha256 == row.body_sha256, sent.status == "loaded"))
        .join(
            claim_payment,
            and_(
                paid.account_key == row.account_key,
                paid.load_id == sent.load_id,
                paid.transaction_no == sent.transaction_no,
                paid.segment_no == sent.first_segment + row.body_segment,
            ),
        )
        .subquery("decided_on")
    )


def standing_decisions() -> Subquery:
    """What people decided on payments and still holds: claim_payment_id, decision_id, account_id, decision."""
    row, on = match_decision.c, payments_decided_on()
    about = [on.c.claim_payment_id, row.account_id]
    turn = func.row_number().over(partition_by=about, order_by=row.decision_id.desc()).label("turn")
    latest = (
        select(*about, row.decision_id, row.decision, turn)
        .join(on, on.c.decision_id == row.decision_id)
        .subquery("latest")
    )
    return (
        select(latest.c.claim_payment_id, latest.c.decision_id, latest.c.account_id, latest.c.decision)
        .where(latest.c.turn == 1, latest.c.decision != "withdraw")
        .subquery("decided")
    )


def agreements() -> dict[str, ColumnElement[bool]]:
    """What of a claim payment may agree with a claim beside the account number, by what it is called."""
    paid, sent = claim_payment.c, claim.c
    return {
        "charge": func.abs(paid.charge) == sent.charge,
        "service date": paid.service_from == sent.service_from,
        "member id": func.upper(paid.member_id) == func.upper(sent.member_id),
    }


@built_once
def _find_claims(scope: Scope) -> Update:
    """Matches each payment to the best claim of its account number; reversals with a mate follow it later.

    A person's decision goes before what agrees.
    """
    decided, named = standing_decisions(), _claims_by_key(scope)
    paid, sent, billing = claim_payment.c, claim.c, facility.c
    charge_agrees, date_agrees, member_agrees = agreements().values()
    agreeing = one_if(charge_agrees) + one_if(date_agrees) + one_if(member_agrees)
    other_payee = and_(
        or_(paid.payee_npi.is_not(None), paid.payee_tax_id.is_not(None)),
        or_(billing.npi.is_not(None), billing.tax_id.is_not(None)),
        func.coalesce(paid.payee_npi == billing.npi, false()).is_(False),
        func.coalesce(paid.payee_tax_id == billing.tax_id, false()).is_(False),
        # a payee named by NPI alone says nothing of a billing provider known by tax id alone
        or_(
            and_(paid.payee_npi.is_not(None), billing.npi.is_not(None)),
            and_(paid.payee_tax_id.is_not(None), billing.tax_id.is_not(None)),
        ),
    )
    best_first = [
        case((decided.c.decision == "post", 0), (decided.c.decision == "reject", 2), else_=1),
        case((agreeing >= CONFIRMED_BY, 0), else_=1),
        case((paid.payer_rank == sent.sequence, 0), else_=1),
        case((paid.remit_payer_id == sent.payer_id, 0), else_=1),
        agreeing.desc(),
        case((sent.submitted_on <= paid.paid_on, 0), else_=1),
        sent.submitted_on.desc().nulls_last(),
        sent.claim_id.desc(),
    ]
    ranked = (
        select(
            paid.claim_payment_id,
            sent.claim_id,
            sent.account_id,
            sent.payer_id,
            agreeing.label("agreeing"),
            decided.c.decision,
            _reason(charge_agrees, date_agrees, member_agrees).label("match_reason"),
            func.row_number().over(partition_by=paid.claim_payment_id, order_by=best_first).label("place"),
        )
        .join(named, named.c.account_key == paid.account_key)
        .join(claim, sent.claim_id == named.c.claim_id)
        .outerjoin(facility, billing.facility_id == sent.billing_id)
        .outerjoin(
            decided,
            and_(decided.c.claim_payment_id == paid.claim_payment_id, decided.c.account_id == sent.account_id),
        )
        .where(scope.of(claim_payment), paid.reversal_of.is_(None), func.coalesce(other_payee, false()).is_(False))
        .subquery()
    )
    best = (
        select(
            ranked.c.claim_payment_id,
            ranked.c.claim_id,
            ranked.c.account_id,
            ranked.c.payer_id,
            (ranked.c.match_reason + _by_a_person(ranked.c.decision)).label("match_reason"),
            case(
                (ranked.c.decision == "post", literal("confirmed")),
                (ranked.c.decision == "reject", literal("set_aside")),
                (ranked.c.agreeing >= CONFIRMED_BY, literal("confirmed")),
                else_=literal("probable"),
            ).label("match_status"),
        )
        .where(ranked.c.place == 1)
        .subquery()
    )
    columns = ("claim_id", "account_id", "payer_id", "match_status", "match_reason")
    return set_from(claim_payment, best, "claim_payment_id", *columns)


def _claims_by_key(scope: Scope) -> Subquery:
    """Claims in scope by the key of their account and, where it is another, by that they were sent under."""
    of_account = select(claim.c.claim_id, claim.c.account_key).where(scope.of(claim))
    as_sent = select(claim.c.claim_id, claim.c.sent_account_key).where(scope.of(claim), moved(claim))
    return union_all(of_account, as_sent).subquery("named")


def _by_a_person(decision: ColumnElement) -> ColumnElement:
    return case(
        (decision == "post", ", confirmed by a person"), (decision == "reject", ", set aside by a person"), else_=""
    )


def _reason(charge: ColumnElement, day: ColumnElement, member: ColumnElement) -> ColumnElement:
    return (
        literal("account number")
        + case((charge, ", charge"), else_="")
        + case((day, ", service date"), else_="")
        + case((member, ", member id"), else_="")
        + literal(" agree")
    )


@built_once
def _reversals_follow_their_mates(scope: Scope) -> Update:
    mate, reversal = claim_payment.alias("mate"), claim_payment.alias("reversal")
    columns = ("claim_id", "account_id", "payer_id", "match_status", "match_reason", "payer_rank")
    source = (
        select(reversal.c.claim_payment_id, *(mate.c[name] for name in columns))
        .join(mate, reversal.c.reversal_of == mate.c.claim_payment_id)
        .where(scope.of(reversal))
        .subquery()
    )
    return set_from(claim_payment, source, "claim_payment_id", *columns)


def match_billing_entries(connection: Connection, scope: Scope) -> None:
    """Set `account_id` of every billing entry in scope whose number is that of exactly one claim account.

    Entries of accounts without a claim get theirs in `accounts.open_accounts`.
    """
    connection.execute(_without_account(scope))
    connection.execute(_with_account(scope))


@built_once
def _without_account(scope: Scope) -> Update:
    return billing_entry.update().where(scope.of(billing_entry)).values(account_id=null())


@built_once
def _with_account(scope: Scope) -> Update:
    entry = billing_entry.c
    found = (
        select(entry.billing_entry_id, func.min(claim.c.account_id).label("account_id"))
        .join(
            claim,
            and_(
                claim.c.sent_account_key == entry.account_key,
                func.upper(claim.c.account_number) == func.upper(entry.account_number),
            ),
        )
        .outerjoin(facility, facility.c.facility_id == claim.c.billing_id)
        .where(scope.of(billing_entry), or_(entry.billing_npi.is_(None), entry.billing_npi == facility.c.npi))
        .group_by(entry.billing_entry_id)
        .having(func.count(claim.c.account_id.distinct()) == 1)
        .subquery()
    )
    return set_from(billing_entry, found, "billing_entry_id", "account_id")
