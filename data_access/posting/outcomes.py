"""What became of each claim: first adjudication, denials, rework, and how it ended.

A bill (chain of claims) counts once, on its first claim. Its first adjudication is the first day on
which the primary-most payer answered, after netting what that payer reversed on the same day.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Update,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from data_access.built_once import built_once
from data_access.posting.interest import named
from data_access.posting.scope import Scope, days_between, month_of, set_from
from data_access.reference import denial_categories
from data_access.schema import account, adjustment, claim, claim_payment, denial, ledger_entry

_SUMS = ("paid", "allowed", "contractual", "patient_share", "denied")


def sum_claims(connection: Connection, scope: Scope) -> None:
    """Set the sums of every claim in scope from its own claim payments that stand, reversals netted."""
    connection.execute(_without_sums(scope))
    connection.execute(_with_sums(scope))


@built_once
def _without_sums(scope: Scope) -> Update:
    return claim.update().where(scope.of(claim)).values(dict.fromkeys(_SUMS, literal(0)))


@built_once
def _with_sums(scope: Scope) -> Update:
    row = claim_payment.c
    standing = and_(row.is_reversal.is_not(True), row.reversed.is_(False), row.stands)
    sums = {
        "paid": func.sum(row.paid),
        **{name: _once(row[name]) for name in ("allowed", "contractual", "patient_share")},
        "denied": func.coalesce(func.sum(row.denied).filter(standing), 0),
    }
    source = (
        select(row.claim_id, *(value.label(name) for name, value in sums.items()))
        .where(scope.of(claim_payment), row.match_status == "confirmed")
        .group_by(row.claim_id)
        .subquery()
    )
    return set_from(claim, source, "claim_id", *sums)


def _once(amount: ColumnElement) -> ColumnElement:
    row = claim_payment.c
    return func.coalesce(func.sum(amount).filter(row.repeats.is_(False), row.stands), 0)


def build(connection: Connection, scope: Scope) -> None:
    """Set adjudication, denial, rework and outcome columns of every claim in scope, and write `denial`."""
    connection.execute(_reset(scope))
    if scope.holds(connection, claim_payment):
        for statement in (first_adjudication, _denials, _main_reason, _first_payment, _first_pass):
            connection.execute(statement(scope))
        if scope.holds(connection, claim, claim.c.chain_id != claim.c.claim_id):  # anything was sent again
            connection.execute(_not_first_pass(scope))
            connection.execute(_rework(scope))
    connection.execute(_end(scope))


@built_once
def _reset(scope: Scope) -> Update:
    cleared = (
        "first_remit_on",
        "first_remit_month",
        "days_to_remit",
        "first_paid_on",
        "days_to_payment",
        "initial_outcome",
        "initial_denied",
        "initial_charge",
        "first_paid",
        "first_interest",
        "initial_category",
        "initial_carc",
        "initial_group",
        "initial_preventable",
        "lines_adjudicated",
        "lines_denied",
        "first_pass",
        "final_outcome",
        "overturned",
        "decided_on",
        "reworked_on",
        "days_to_rework",
    )
    return (
        claim.update()
        .where(scope.of(claim))
        .values(
            {
                **{name: null() for name in cleared},
                "service_month": month_of(claim.c.service_from),
                "days_to_submit": days_between(claim.c.first_submitted_on, claim.c.service_to),
            }
        )
    )


def _standing() -> list[ColumnElement[bool]]:
    """Claim payments that are sure to be of their claim, but for those taken back on the day they were made."""
    row = claim_payment.c
    return [
        row.match_status == "confirmed",
        row.is_reversal.is_not(True),
        or_(row.reversed_on.is_(None), row.reversed_on > row.paid_on),
    ]


def _answers(scope: Scope) -> FromClause:
    """Payments of the primary-most payer by bill, without those taken back on the day they were made."""
    row, head = claim_payment.c, claim.alias("head")
    return (
        select(
            head.c.claim_id.label("head_id"),
            head.c.first_submitted_on,
            row.claim_payment_id,
            row.paid_on,
            row.charge,
            row.paid,
            row.patient_share,
            row.denied,
            row.lines,
            row.lines_denied,
            row.payer_rank,
            row.interest,
            func.min(row.paid_on).over(partition_by=head.c.claim_id).label("first_on"),
        )
        .join(claim, claim.c.claim_id == row.claim_id)
        .join(head, and_(head.c.claim_id == claim.c.chain_id, head.c.sequence == claim.c.sequence))
        .where(scope.of(claim_payment), *_standing())
        .subquery("answers")
    )


@built_once
def first_adjudication(scope: Scope) -> Update:
    """Sets what the first answer said, paid and denied, on the first claim of every bill in scope that was answered."""
    answer = _answers(scope)
    primary = answer.c.payer_rank == 1
    interest = named(scope, *_standing(), claim_payment.c.payer_rank == 1)
    no_lines = answer.c.lines == 0
    denied, paid, share = func.sum(answer.c.denied), func.sum(answer.c.paid), func.sum(answer.c.patient_share)
    outcome = case(
        (and_(denied > 0, paid == 0, share == 0), literal("denied")),
        (denied > 0, literal("partly_denied")),
        else_=literal("paid"),
    )
    first = (
        select(
            answer.c.head_id.label("claim_id"),
            func.min(answer.c.first_on).label("first_remit_on"),
            month_of(func.min(answer.c.first_on)).label("first_remit_month"),
            days_between(func.min(answer.c.first_on), func.min(answer.c.first_submitted_on)).label("days_to_remit"),
            outcome.label("initial_outcome"),
            case((denied > 0, denied), else_=0).label("initial_denied"),
            func.sum(answer.c.charge).label("initial_charge"),
            func.coalesce(func.sum(answer.c.paid).filter(primary), 0).label("first_paid"),
            func.coalesce(func.sum(interest.c.interest), func.sum(answer.c.interest).filter(primary), 0).label(
                "first_interest"
            ),
            func.sum(case((no_lines, 1), else_=answer.c.lines)).label("lines_adjudicated"),
            func.sum(case((and_(no_lines, answer.c.denied > 0), 1), else_=answer.c.lines_denied)).label("lines_denied"),
        )
        .outerjoin(interest, interest.c.claim_payment_id == answer.c.claim_payment_id)
        .where(answer.c.paid_on == answer.c.first_on)
        .group_by(answer.c.head_id)
        .subquery("first")
    )
    names = [column.name for column in first.c if column.name != "claim_id"]
    return set_from(claim, first, "claim_id", *names)


@built_once
def _denials(scope: Scope) -> Insert:
    """One row for each reason a bill was denied for on its first adjudication, the largest marked `main`."""
    answer = _answers(scope)
    reasons = (
        select(
            answer.c.head_id,
            adjustment.c.group_code,
            adjustment.c.carc,
            adjustment.c.category,
            func.sum(adjustment.c.amount).label("amount"),
        )
        .join(answer, answer.c.claim_payment_id == adjustment.c.claim_payment_id)
        .where(answer.c.paid_on == answer.c.first_on, adjustment.c.adjustment_class == "denial")
        .group_by(answer.c.head_id, adjustment.c.group_code, adjustment.c.carc, adjustment.c.category)
        .having(func.sum(adjustment.c.amount) > 0)
        .subquery("reasons")
    )
    place = func.row_number().over(
        partition_by=reasons.c.head_id, order_by=[reasons.c.amount.desc(), reasons.c.carc, reasons.c.group_code]
    )
    columns = {
        "claim_id": claim.c.claim_id,
        "account_id": claim.c.account_id,
        "facility_id": claim.c.facility_id,
        "department": claim.c.department,
        "provider_id": claim.c.provider_id,
        "payer_id": claim.c.payer_id,
        "denied_on": claim.c.first_remit_on,
        "denied_month": claim.c.first_remit_month,
        "group_code": reasons.c.group_code,
        "carc": reasons.c.carc,
        "category": reasons.c.category,
        "preventable": _preventable(reasons.c.category),
        "amount": reasons.c.amount,
        "main": place == 1,
    }
    query = (
        select(*(column.label(name) for name, column in columns.items()))
        .join(reasons, reasons.c.head_id == claim.c.claim_id)
        .where(claim.c.initial_outcome != "paid")
        .order_by(claim.c.first_remit_on, claim.c.claim_id)  # those of one time lie together
    )
    return insert(denial).from_select(list(columns), query)


@built_once
def _main_reason(scope: Scope) -> Update:
    main = (
        select(
            denial.c.claim_id,
            denial.c.category.label("initial_category"),
            denial.c.carc.label("initial_carc"),
            denial.c.group_code.label("initial_group"),
            denial.c.preventable.label("initial_preventable"),
        )
        .where(scope.account(denial), denial.c.main.is_(True))
        .subquery()
    )
    return set_from(
        claim,
        main,
        "claim_id",
        "initial_category",
        "initial_carc",
        "initial_group",
        "initial_preventable",
    )


def _preventable(category: ColumnElement) -> ColumnElement:
    preventable = [name for name, entry in denial_categories().items() if entry.preventable]
    return category.in_(preventable)


@built_once
def _first_payment(scope: Scope) -> Update:
    row = claim_payment.c
    first = (
        select(claim.c.chain_id.label("claim_id"), func.min(row.paid_on).label("first_paid_on"))
        .join(claim, claim.c.claim_id == row.claim_id)
        .where(scope.of(claim_payment), row.match_status == "confirmed", row.paid > 0)
        .group_by(claim.c.chain_id)
        .subquery()
    )
    source = (
        select(
            first.c.claim_id,
            first.c.first_paid_on,
            days_between(first.c.first_paid_on, claim.c.first_submitted_on).label("days_to_payment"),
        )
        .join(claim, claim.c.claim_id == first.c.claim_id)
        .subquery()
    )
    return set_from(claim, source, "claim_id", "first_paid_on", "days_to_payment")


@built_once
def _first_pass(scope: Scope) -> Update:
    """First pass: resolved at once, nothing sent again before."""
    first_pass = claim.c.initial_outcome == "paid"
    return claim.update().where(scope.of(claim), claim.c.initial_outcome.is_not(None)).values(first_pass=first_pass)


@built_once
def _not_first_pass(scope: Scope) -> Update:
    again = _sent_again(scope).c
    changes = claim.update().where(claim.c.claim_id == again.claim_id, again.before.is_not(None))
    return changes.values(first_pass=False)


@built_once
def _rework(scope: Scope) -> Update:
    """Rework: the first claim sent again after a denial."""
    again = _sent_again(scope).c
    denied = claim.c.initial_outcome != "paid"
    changes = claim.update().where(claim.c.claim_id == again.claim_id, again.after.is_not(None), denied)
    return changes.values(reworked_on=again.after, days_to_rework=days_between(again.after, claim.c.first_remit_on))


def _sent_again(scope: Scope) -> FromClause:
    """By bill: when it was first sent again after its first adjudication, and before it."""
    head, link = claim.alias("head"), claim.alias("link")
    return (
        select(
            head.c.claim_id,
            func.min(link.c.submitted_on).filter(link.c.submitted_on > head.c.first_remit_on).label("after"),
            func.min(link.c.submitted_on).filter(link.c.submitted_on <= head.c.first_remit_on).label("before"),
        )
        .join(
            link,
            and_(
                link.c.chain_id == head.c.claim_id,
                link.c.claim_id != head.c.claim_id,
                link.c.sequence == head.c.sequence,
            ),
        )
        .where(scope.of(head), head.c.first_remit_on.is_not(None))
        .group_by(head.c.claim_id)
        .subquery()
    )


@built_once
def _end(scope: Scope) -> Update:
    """How each counted claim stands now, and whether its denial was overturned.

    Overturned: the payer has since allowed more than on the first adjudication. Not overturned: insurance
    owes nothing any more (written off, moved to the patient). Else still pending.
    """
    link = claim.alias("link")
    bill = (
        select(
            link.c.chain_id.label("claim_id"),
            func.sum(link.c.paid + link.c.patient_share).label("settled"),
            func.sum(link.c.paid).label("paid"),
            func.sum(case((link.c.chain_role == "current", link.c.denied), else_=0)).label("denied"),
            func.max(case((link.c.chain_role == "void", 1), else_=0)).label("void"),
        )
        .join(claim, and_(claim.c.claim_id == link.c.chain_id, claim.c.sequence == link.c.sequence))
        .where(scope.of(link))
        .group_by(link.c.chain_id)
        .subquery("bill")
    )
    answer = _answers(scope)
    first = (
        select(answer.c.head_id.label("claim_id"), func.sum(answer.c.paid + answer.c.patient_share).label("settled"))
        .where(answer.c.paid_on == answer.c.first_on)
        .group_by(answer.c.head_id)
        .subquery("first")
    )
    written_off = (
        select(ledger_entry.c.account_id)
        .where(scope.account(ledger_entry), ledger_entry.c.side == "insurance")
        .where(ledger_entry.c.entry_type.in_(["write_off", "denial_write_off"]))
        .distinct()
        .subquery("written_off")
    )
    denied_first = claim.c.initial_outcome != "paid"
    more = bill.c.settled > first.c.settled
    source = (
        select(
            claim.c.claim_id,
            case(
                (bill.c.void == 1, "void"),
                (claim.c.initial_outcome.is_(None), "open"),
                (bill.c.denied <= 0, "paid"),
                (and_(account.c.insurance_balance <= 0, written_off.c.account_id.is_not(None)), "written_off"),
                (bill.c.paid > 0, "partly_paid"),
                else_="denied",
            ).label("final_outcome"),
            case(
                (and_(denied_first, more), literal(True)),
                (and_(denied_first, account.c.insurance_balance <= 0), literal(False)),
                else_=null(),
            ).label("overturned"),
        )
        .join(bill, bill.c.claim_id == claim.c.claim_id)
        .join(account, account.c.account_id == claim.c.account_id)
        .outerjoin(first, first.c.claim_id == claim.c.claim_id)
        .outerjoin(written_off, written_off.c.account_id == claim.c.account_id)
        .where(scope.of(claim), claim.c.counts.is_(True))
        .subquery()
    )
    return set_from(claim, source, "claim_id", "final_outcome", "overturned")
