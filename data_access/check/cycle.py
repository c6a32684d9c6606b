"""What follows from contracts, eligibility answers and acknowledgments."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import SelectBase, and_, func, literal, or_, select, true, union_all

from data_access.posting import prompt_pay, status_requests
from data_access.posting.balances import STILL_OPEN
from data_access.posting.coverage import FRESH_DAYS
from data_access.posting.expectations import TOLERANCE_LEAST, TOLERANCE_SHARE
from data_access.posting.scope import days_between
from data_access.posting.usual import FEWEST
from data_access.schema import (
    account,
    account_coverage,
    adjustment,
    claim,
    claim_ack,
    claim_payment,
    claim_progress,
    coverage_answer,
    coverage_inquiry,
    eligibility_denial,
    line_expectation,
    payment_line,
    prompt_pay_term,
    status_request,
)


def _expectations_hold() -> SelectBase:
    """A line is short by what was expected and neither allowed nor denied, over the tolerance, and stands on a payment
    that was not taken back; what was expected is never above the charge, and a usual amount has enough cases."""
    row, paid = line_expectation.c, claim_payment.c
    missing = row.expected - row.allowed - row.denied
    tolerated = and_(missing <= TOLERANCE_LEAST, row.short == 0)
    return (
        select(row.claim_payment_id)
        .outerjoin(claim_payment, paid.claim_payment_id == row.claim_payment_id)
        .where(
            or_(
                paid.claim_payment_id.is_(None),
                paid.reversed,
                paid.payer_rank != 1,
                and_(row.charge > 0, row.expected > row.charge),
                and_(row.short != 0, row.short != missing),
                and_(row.short == 0, missing > TOLERANCE_LEAST, missing > row.expected * TOLERANCE_SHARE),
                and_(row.short != 0, tolerated),
                and_(row.recovered != 0, row.first_allowed + row.recovered > row.allowed),
                and_(row.basis == "contract", row.contract.is_(None)),
                and_(row.basis == "usual", func.coalesce(row.cases, 0) < FEWEST),
                row.basis.is_(None) != row.expected.is_(None),
            )
        )
    )


def _paid_lines_are_measured_once() -> SelectBase:
    """No paid line is measured twice, and every account with a line that a primary payer allowed has one measured."""
    row, paid, line = line_expectation.c, claim_payment.c, payment_line.c
    twice = select(row.payment_line_id).where(row.payment_line_id.is_not(None)).group_by(row.payment_line_id)
    measured = select(row.account_id).where(row.account_id == paid.account_id)
    other = select(adjustment.c.adjustment_id).where(
        adjustment.c.claim_payment_id == paid.claim_payment_id, adjustment.c.adjustment_class == "other_payer"
    )
    lost = (
        select(line.payment_line_id)
        .join(claim_payment, paid.claim_payment_id == line.claim_payment_id)
        .join(claim, claim.c.claim_id == paid.claim_id)
        .where(
            line.allowed > 0,
            paid.match_status == "confirmed",
            paid.is_reversal.is_not(True),
            paid.reversed.is_(False),
            paid.payer_rank == 1,
            func.coalesce(claim.c.sequence, 1) == 1,
            paid.paid_on.is_not(None),
            ~measured.exists(),
            ~other.exists(),
        )
    )
    return union_all(twice.having(func.count() > 1), lost)


def _coverage_stands() -> SelectBase:
    """What an account's coverage is told from stands in the files, and says so: answer or inquiry, days, dimensions."""
    row, said, asked = account_coverage.c, coverage_answer.c, coverage_inquiry.c
    no_account = account.c.account_id.is_(None)
    same = ("service_from", "payer_id", "department", "patient_id", "charge", "insurance_balance")
    moved = [account.c[name].is_distinct_from(row[name]) for name in same]
    answered, never = row.coverage_answer_id.is_not(None), row.standing == "not_verified"
    wrong_answer = and_(
        answered,
        or_(
            said.answered_on.is_(None),
            said.answered_on != row.answered_on,
            row.known_from != row.answered_on,
            row.days_before != days_between(row.service_from, said.answered_on),
            (row.standing == "rejected") != said.status.in_(["rejected", "unknown"]),
            row.in_time.is_distinct_from(and_(row.standing != "rejected", row.days_before.between(0, FRESH_DAYS))),
            *(said[name].is_distinct_from(row[name]) for name in ("plan", "other_payer", "copay", "deductible_left")),
        ),
    )
    unanswered = or_(row.standing != "asked_unanswered", asked.asked_on.is_(None), row.known_from != asked.asked_on)
    nobody_asked = or_(row.known_from != row.service_from, row.asked_on.is_not(None), row.in_time)
    return (
        select(row.account_id)
        .outerjoin(account, account.c.account_id == row.account_id)
        .outerjoin(coverage_answer, said.coverage_answer_id == row.coverage_answer_id)
        .outerjoin(coverage_inquiry, asked.coverage_inquiry_id == row.coverage_inquiry_id)
        .where(
            or_(
                no_account,
                *moved,
                wrong_answer,
                and_(~answered, never, nobody_asked),
                and_(~answered, ~never, unanswered),
            )
        )
    )


def _coverage_is_known_without_gaps() -> SelectBase:
    """Of every insured account something is known on each day from its service on, and one thing only."""
    row = account_coverage.c
    following = func.lead(row.known_from).over(partition_by=row.account_id, order_by=row.known_from)
    first = func.row_number().over(partition_by=row.account_id, order_by=row.known_from)
    steps = select(
        row.account_id,
        row.service_from,
        row.known_from,
        row.known_until,
        func.coalesce(following, STILL_OPEN).label("following"),
        first.label("place"),
    ).subquery()
    gaps = select(steps.c.account_id).where(
        or_(
            steps.c.known_until != steps.c.following,
            steps.c.known_until <= steps.c.service_from,
            and_(steps.c.place == 1, steps.c.known_from > steps.c.service_from),
        )
    )
    own = account.c
    known = select(row.account_id).where(row.account_id == own.account_id)
    without = select(own.account_id).where(
        own.payer_id.is_not(None), own.patient_id.is_not(None), own.service_from.is_not(None), ~known.exists()
    )
    return union_all(gaps, without)


def _eligibility_denials_stand() -> SelectBase:
    """Every claim first denied for coverage stands beside what was known by then, with its own amount, and no other."""
    row, own = eligibility_denial.c, claim.c
    denied = and_(
        own.counts, own.initial_outcome.in_(["denied", "partly_denied"]), own.initial_category == "eligibility"
    )
    listed = select(row.claim_id).where(row.claim_id == own.claim_id)
    missing = select(own.claim_id).where(denied, ~listed.exists())
    differs = [
        own.claim_id.is_(None),
        ~denied,
        own.first_remit_on != row.denied_on,
        own.initial_denied != row.amount,
        row.checked_on > row.denied_on,
    ]
    wrong = select(row.claim_id).outerjoin(claim, own.claim_id == row.claim_id).where(or_(*differs))
    return union_all(missing, wrong)


def _answers_name_loaded_claims() -> SelectBase:
    row = claim_ack.c
    return (
        select(row.claim_ack_id)
        .outerjoin(claim, claim.c.claim_id == row.claim_id)
        .where(row.claim_id.is_not(None), or_(claim.c.claim_id.is_(None), row.account_key != claim.c.sent_account_key))
    )


def _progress_is_told_once() -> SelectBase:
    times = select(claim_progress.c.claim_id, func.count().label("times")).group_by(claim_progress.c.claim_id)
    told = times.subquery()
    return (
        select(func.coalesce(claim.c.claim_id, told.c.claim_id))
        .select_from(claim.outerjoin(told, told.c.claim_id == claim.c.claim_id, full=True))
        .where(or_(claim.c.claim_id.is_(None), told.c.times.is_(None), told.c.times != 1))
    )


def _progress_is_consistent() -> SelectBase:
    """Paid means adjudicated, adjudicated means answered by a remittance, and a rejection has its day."""
    row, paid = claim_progress.c, claim_payment.c
    answered = select(paid.claim_id).where(
        paid.claim_id == row.claim_id, paid.match_status == "confirmed", paid.is_reversal.is_not(True)
    )
    return select(row.claim_id).where(
        or_(
            and_(row.paid_on.is_not(None), row.adjudicated_on.is_(None)),
            row.paid_on < row.adjudicated_on,
            row.adjudicated_on.is_not(None) != answered.exists(),
            (row.state == "paid") != row.paid_on.is_not(None),
            and_(row.state.in_(["rejected", "file_rejected"]), row.rejected_on.is_(None)),
            and_(row.state.in_(["rejected", "file_rejected"]), row.adjudicated_on.is_not(None)),
            row.resent_on < row.sent_on,
            and_(row.last, row.resent_on.is_not(None)),
            row.bill_paid_on < row.bill_adjudicated_on,
        )
    )


def _questions_are_about_loaded_claims() -> SelectBase:
    """A status request is about a claim that was sent by then, on its account, and is answered on its day or later."""
    row = status_request.c
    return (
        select(row.status_request_id)
        .outerjoin(claim, claim.c.claim_id == row.claim_id)
        .where(
            or_(
                row.answered_on < row.asked_on,
                and_(row.claim_id.is_not(None), claim.c.claim_id.is_(None)),
                row.account_id.is_distinct_from(claim.c.account_id),
                claim.c.submitted_on > row.asked_on,
            )
        )
    )


def _questions_follow() -> SelectBase:
    """Worked out anew for all of them, the same comes out."""
    wrong = (status_requests.misplaced(true()).subquery(), status_requests.misanswered(true()).subquery())
    return union_all(*(select(rows.c.status_request_id) for rows in wrong))


def _terms_follow() -> SelectBase:
    """The prompt-pay rules that apply to each payer are those that follow from all rules and the payers' types."""
    keys = [column.name for column in prompt_pay_term.columns]
    wanted, kept = prompt_pay.terms().add_columns(literal(1).label("times")), select(prompt_pay_term, literal(-1))
    both = union_all(wanted, kept).subquery().c
    return select(both.payer_id).group_by(*(both[name] for name in keys)).having(func.sum(both.times) != 0)


RULES: dict[str, Callable[[], SelectBase]] = {
    "underpaid lines are short of what was expected, to the cent": _expectations_hold,
    "the prompt-pay rules of every payer are what all rules say": _terms_follow,
    "every paid line is measured once": _paid_lines_are_measured_once,
    "the coverage of every account is what a payer's answer says": _coverage_stands,
    "what is known of coverage is known without gaps": _coverage_is_known_without_gaps,
    "every claim denied for coverage stands beside the last check": _eligibility_denials_stand,
    "every acknowledgment matched is of a claim that is loaded": _answers_name_loaded_claims,
    "every status request matched is of a claim that was sent": _questions_are_about_loaded_claims,
    "status requests stand by the claim and the answer that follow from all files": _questions_follow,
    "the way of every claim is told once": _progress_is_told_once,
    "no claim is paid before it is adjudicated, or rejected after": _progress_is_consistent,
}
