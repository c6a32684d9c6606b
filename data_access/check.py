"""Proves a database: every rule that must hold whatever was loaded, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, SelectBase, and_, case, false, func, or_, select, union_all

from data_access import bank_rules
from data_access.posting.balances import STILL_OPEN
from data_access.posting.coverage import FRESH_DAYS
from data_access.posting.expectations import TOLERANCE_LEAST, TOLERANCE_SHARE
from data_access.posting.matching import standing_decisions
from data_access.posting.months import sums_of_ledger
from data_access.posting.scope import days_between
from data_access.posting.usual import FEWEST
from data_access.schema import (
    FACT_TABLES,
    account,
    account_coverage,
    adjustment,
    billing_entry,
    claim,
    claim_ack,
    claim_payment,
    claim_progress,
    coverage_answer,
    coverage_benefit,
    coverage_inquiry,
    ledger_entry,
    ledger_month,
    line_expectation,
    load,
    load_problem,
    open_balance,
    payment_line,
    provider_adjustment,
    remittance,
    service_line,
    unsettled,
)
from data_access.work.replay import replay
from data_access.work.tables import activity, work_state


@dataclass(frozen=True)
class Finding:
    """One rule: whether it holds, and how many rows break it."""

    rule: str
    ok: bool
    detail: str


def check(engine: Engine) -> list[Finding]:
    """Check every rule; a database is sound when all are ok."""
    with engine.connect() as connection:
        found = [_finding(connection, rule, query()) for rule, query in RULES.items()]
        return [*found, _work_replays(connection), *_bank_replays(connection)]


def _work_replays(connection: Connection) -> Finding:
    """The state of every account that was worked on is what its activities replay to."""
    rows: dict[int, list] = {}
    for row in connection.execute(select(activity).order_by(activity.c.activity_id)).mappings():
        rows.setdefault(row["account_id"], []).append(row)
    kept = {row["account_id"]: dict(row) for row in connection.execute(select(work_state)).mappings()}
    replayed = {account_id: replay(account_id, done).row() for account_id, done in rows.items()}
    wrong = sum(kept.get(account_id) != replayed.get(account_id) for account_id in kept.keys() | replayed.keys())
    detail = "holds" if not wrong else f"{wrong:,} accounts break it"
    return Finding("the state of worked accounts is what their activities replay to", not wrong, detail)


def _bank_replays(connection: Connection) -> list[Finding]:
    """What money is of what follows from the facts; closings are what was signed."""
    broken = {
        "what money is of what follows from facts and decisions": bank_rules.stale_matches(connection),
        "closings of days replay": bank_rules.broken_closings(connection),
    }
    return [Finding(rule, not n, "holds" if not n else f"{n:,} rows break it") for rule, n in broken.items()]


def _finding(connection: Connection, rule: str, offenders: SelectBase) -> Finding:
    broken = connection.execute(select(func.count()).select_from(offenders.subquery())).scalar_one()
    return Finding(rule, broken == 0, "holds" if broken == 0 else f"{broken:,} rows break it")


def _nothing_waits() -> SelectBase:
    return select(unsettled.c.account_key)


def _balances_are_sums() -> SelectBase:
    entry = ledger_entry.c

    def side(name: str) -> ColumnElement:
        return func.coalesce(func.sum(case((entry.side == name, entry.amount), else_=0)), 0)

    sums = (
        select(entry.account_id, side("insurance").label("insurance"), side("patient").label("patient"))
        .group_by(entry.account_id)
        .subquery()
    )
    own = account.c
    return (
        select(own.account_id)
        .outerjoin(sums, sums.c.account_id == own.account_id)
        .where(
            or_(
                own.insurance_balance != func.coalesce(sums.c.insurance, 0),
                own.patient_balance != func.coalesce(sums.c.patient, 0),
                own.balance != own.insurance_balance + own.patient_balance,
                own.balance != own.charge - own.insurance_payments - own.patient_payments - own.adjustments,
            )
        )
    )


def _open_balances_close() -> SelectBase:
    """Roll-forward, for every account: what stands open is the sum of everything posted."""
    row = open_balance.c
    standing = (
        select(row.account_id, func.sum(row.balance).label("balance"))
        .where(row.to_date == STILL_OPEN)
        .group_by(row.account_id)
        .subquery()
    )
    return (
        select(account.c.account_id)
        .outerjoin(standing, standing.c.account_id == account.c.account_id)
        .where(account.c.balance != func.coalesce(standing.c.balance, 0))
    )


def _payers_close() -> SelectBase:
    """The same by payer and side, so that a filtered roll-forward closes too."""
    entry, row = ledger_entry.c, open_balance.c
    posted = select(entry.account_id, entry.side, func.coalesce(entry.payer_id, 0).label("payer"), entry.amount)
    standing = select(row.account_id, row.side, func.coalesce(row.payer_id, 0), -row.balance).where(
        row.to_date == STILL_OPEN
    )
    both = union_all(posted, standing).subquery()
    return (
        select(both.c.account_id)
        .group_by(both.c.account_id, both.c.side, both.c.payer)
        .having(func.sum(both.c.amount) != 0)
    )


def _months_are_sums() -> SelectBase:
    """The ledger added up by month is the ledger, to the cent and to the entry."""
    names = [column.name for column in ledger_month.columns]
    kept = select(*(ledger_month.c[name] for name in names))
    both = union_all(kept, sums_of_ledger(-1)).subquery()
    off = [func.sum(both.c[name]) != 0 for name in ("amount", "entries", "accounts")]
    keys = [both.c[name] for name in names if name not in ("amount", "entries", "accounts")]
    return select(*keys).group_by(*keys).having(or_(*off))


def _ledger_has_accounts() -> SelectBase:
    return (
        select(ledger_entry.c.account_id)
        .outerjoin(account, account.c.account_id == ledger_entry.c.account_id)
        .where(account.c.account_id.is_(None))
    )


def _payments_posted_once() -> SelectBase:
    """Each confirmed claim payment is in the ledger with its amount, and no other is."""
    entry, row = ledger_entry.c, claim_payment.c
    posted = (
        select(entry.claim_payment_id, func.sum(-entry.amount).label("paid"))
        .where(entry.entry_type == "insurance_payment", entry.claim_payment_id.is_not(None))
        .group_by(entry.claim_payment_id)
        .subquery()
    )
    expected = case((row.match_status == "confirmed", row.paid), else_=0)
    return (
        select(row.claim_payment_id)
        .outerjoin(posted, posted.c.claim_payment_id == row.claim_payment_id)
        .where(func.coalesce(posted.c.paid, 0) != expected)
    )


def _billing_entries_posted_once() -> SelectBase:
    entry, row = ledger_entry.c, billing_entry.c
    posted = (
        select(entry.billing_entry_id, func.count().label("times"))
        .where(entry.billing_entry_id.is_not(None))
        .group_by(entry.billing_entry_id)
        .subquery()
    )
    transfer = row.entry_type.in_(["transfer_to_patient", "transfer_to_insurance"])
    counted = or_(row.entry_type != "charge", account.c.claims == 0)
    expected = case(
        (or_(row.account_id.is_(None), row.entry_type == "statement", row.amount == 0), 0),
        (transfer, 2),
        (counted, 1),
        else_=0,
    )
    return (
        select(row.billing_entry_id)
        .outerjoin(account, account.c.account_id == row.account_id)
        .outerjoin(posted, posted.c.billing_entry_id == row.billing_entry_id)
        .where(func.coalesce(posted.c.times, 0) != expected)
    )


def _charges_stand_once() -> SelectBase:
    """An account's charge is that of its standing claims, or of its billing entries while it has no claim."""
    claims = (
        select(claim.c.account_id, func.sum(case((claim.c.counts_charge, claim.c.charge), else_=0)).label("charge"))
        .group_by(claim.c.account_id)
        .subquery()
    )
    entries = (
        select(billing_entry.c.account_id, func.sum(billing_entry.c.amount).label("charge"))
        .where(billing_entry.c.entry_type == "charge", billing_entry.c.account_id.is_not(None))
        .group_by(billing_entry.c.account_id)
        .subquery()
    )
    return (
        select(account.c.account_id)
        .outerjoin(claims, claims.c.account_id == account.c.account_id)
        .outerjoin(entries, entries.c.account_id == account.c.account_id)
        .where(account.c.charge != func.coalesce(claims.c.charge, entries.c.charge, 0))
    )


def _claims_equal_lines() -> SelectBase:
    """A claim's charge is the sum of its lines, or its load says that it is not."""
    lines = (
        select(service_line.c.claim_id, func.sum(service_line.c.charge).label("charge"))
        .group_by(service_line.c.claim_id)
        .subquery()
    )
    flagged = select(load_problem.c.load_id).where(
        load_problem.c.load_id == claim.c.load_id,
        load_problem.c.code.in_(["CLAIM_CHARGE_MISMATCH", "MORE_PROBLEMS"]),
    )
    return (
        select(claim.c.claim_id)
        .join(lines, lines.c.claim_id == claim.c.claim_id)
        .where(lines.c.charge != claim.c.charge, ~flagged.exists())
    )


def _remittances_balance_or_are_flagged() -> SelectBase:
    claims = (
        select(
            claim_payment.c.remittance_id,
            func.sum(claim_payment.c.paid).label("paid"),
            func.sum(case((claim_payment.c.difference != 0, 1), else_=0)).label("off"),
        )
        .group_by(claim_payment.c.remittance_id)
        .subquery()
    )
    adjustments = (
        select(provider_adjustment.c.remittance_id, func.sum(provider_adjustment.c.amount).label("amount"))
        .group_by(provider_adjustment.c.remittance_id)
        .subquery()
    )
    own = remittance.c
    paid, withheld = func.coalesce(claims.c.paid, 0), func.coalesce(adjustments.c.amount, 0)
    return (
        select(own.remittance_id)
        .outerjoin(claims, claims.c.remittance_id == own.remittance_id)
        .outerjoin(adjustments, adjustments.c.remittance_id == own.remittance_id)
        .where(
            or_(
                own.claims_paid != paid,
                own.provider_adjustments != withheld,
                own.difference != own.amount - paid + withheld,
                and_(own.balanced, or_(own.difference != 0, func.coalesce(claims.c.off, 0) > 0)),
            )
        )
    )


def _payments_equal_adjustments() -> SelectBase:
    sums = (
        select(adjustment.c.claim_payment_id, func.sum(adjustment.c.amount).label("amount"))
        .group_by(adjustment.c.claim_payment_id)
        .subquery()
    )
    row = claim_payment.c
    return (
        select(row.claim_payment_id)
        .outerjoin(sums, sums.c.claim_payment_id == row.claim_payment_id)
        .where(
            or_(
                row.difference != row.charge - row.paid - func.coalesce(sums.c.amount, 0),
                func.coalesce(sums.c.amount, 0)
                != row.contractual + row.patient_share + row.denied + row.other_payer + row.other,
            )
        )
    )


def _orphans() -> SelectBase:
    pairs = (
        (service_line, claim, "claim_id"),
        (claim_payment, remittance, "remittance_id"),
        (provider_adjustment, remittance, "remittance_id"),
        (payment_line, claim_payment, "claim_payment_id"),
        (adjustment, claim_payment, "claim_payment_id"),
        (coverage_benefit, coverage_answer, "coverage_answer_id"),
    )
    return union_all(
        *(
            select(child.c[key]).outerjoin(parent, parent.c[key] == child.c[key]).where(parent.c[key].is_(None))
            for child, parent, key in pairs
        ),
        *(
            select(fact.c.load_id)
            .outerjoin(load, load.c.load_id == fact.c.load_id)
            .where(or_(load.c.load_id.is_(None), load.c.status.not_in(["loaded", "partly_loaded"])))
            for fact in FACT_TABLES
        ),
    )


def _ids_are_unique() -> SelectBase:
    return union_all(
        *(
            select(column).group_by(column).having(func.count() > 1)
            for column in (
                account.c.account_id,
                claim.c.claim_id,
                service_line.c.service_line_id,
                claim_payment.c.claim_payment_id,
                payment_line.c.payment_line_id,
                adjustment.c.adjustment_id,
                billing_entry.c.billing_entry_id,
                claim_ack.c.claim_ack_id,
                load.c.load_id,
                coverage_answer.c.coverage_answer_id,
                coverage_benefit.c.coverage_benefit_id,
                coverage_inquiry.c.coverage_inquiry_id,
                account_coverage.c.account_id,
            )
        )
    )


def _decisions_hold() -> SelectBase:
    """A payment confirmed for an account is posted there, if its claim is loaded; one set aside is not."""
    decided, row = standing_decisions(), claim_payment.c
    on_account = and_(row.match_status == "confirmed", func.coalesce(row.account_id == decided.c.account_id, false()))
    has_claim = select(claim.c.claim_id).where(
        claim.c.account_key == row.account_key, claim.c.account_id == decided.c.account_id
    )
    posted = select(ledger_entry.c.account_id).where(
        ledger_entry.c.claim_payment_id == row.claim_payment_id, ledger_entry.c.account_id == decided.c.account_id
    )
    return (
        select(row.claim_payment_id)
        .join(decided, decided.c.claim_payment_id == row.claim_payment_id)
        .where(
            or_(
                and_(decided.c.decision == "post", has_claim.exists(), ~on_account),
                and_(decided.c.decision == "reject", or_(on_account, posted.exists())),
            )
        )
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
    moved = [account.c[name] != row[name] for name in ("service_from", "payer_id", "department")]
    answered = row.coverage_answer_id.is_not(None)
    wrong_answer = and_(
        answered,
        or_(
            said.answered_on.is_(None),
            said.answered_on != row.answered_on,
            row.days_before != days_between(row.service_from, said.answered_on),
            (row.standing == "rejected") != said.status.in_(["rejected", "unknown"]),
            row.in_time.is_distinct_from(and_(row.standing != "rejected", row.days_before.between(0, FRESH_DAYS))),
        ),
    )
    wrong_inquiry = and_(~answered, or_(row.standing != "asked_unanswered", asked.coverage_inquiry_id.is_(None)))
    return (
        select(row.account_id)
        .outerjoin(account, account.c.account_id == row.account_id)
        .outerjoin(coverage_answer, said.coverage_answer_id == row.coverage_answer_id)
        .outerjoin(coverage_inquiry, asked.coverage_inquiry_id == row.coverage_inquiry_id)
        .where(or_(no_account, *moved, wrong_answer, wrong_inquiry))
    )


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


RULES: dict[str, Callable[[], SelectBase]] = {
    "every load is posted": _nothing_waits,
    "every balance is the sum of its ledger": _balances_are_sums,
    "open balances close with the ledger, account by account": _open_balances_close,
    "open balances close with the ledger by payer and side": _payers_close,
    "the months of the ledger are the sums of its entries": _months_are_sums,
    "every ledger entry has an account": _ledger_has_accounts,
    "every confirmed payment is posted once, to the cent": _payments_posted_once,
    "what people decided on payments holds": _decisions_hold,
    "every billing entry is posted once": _billing_entries_posted_once,
    "every charge stands once": _charges_stand_once,
    "claim charges equal their lines, or the load says so": _claims_equal_lines,
    "every remittance balances or is flagged": _remittances_balance_or_are_flagged,
    "claim payments equal their adjustments, or carry the difference": _payments_equal_adjustments,
    "underpaid lines are short of what was expected, to the cent": _expectations_hold,
    "every paid line is measured once": _paid_lines_are_measured_once,
    "the coverage of every account is what a payer's answer says": _coverage_stands,
    "every acknowledgment matched is of a claim that is loaded": _answers_name_loaded_claims,
    "the way of every claim is told once": _progress_is_told_once,
    "no claim is paid before it is adjudicated, or rejected after": _progress_is_consistent,
    "nothing is orphaned": _orphans,
    "every id is unique": _ids_are_unique,
    **bank_rules.RULES,
}
