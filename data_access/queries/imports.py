"""What was loaded, what was wrong with it, what waits for a person, and how fresh the data are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
from sqlalchemy import Engine, func, select

from data_access.engine import read_frame
from data_access.schema import (
    claim,
    claim_payment,
    ledger_entry,
    load,
    load_problem,
    match_decision,
    remittance,
    x12_transaction,
)

_SHOWN = 200


def history(engine: Engine, limit: int = 200) -> pd.DataFrame:
    """The latest loads, newest first, with the number of problems of each."""
    problems = (
        select(load_problem.c.load_id, func.count().label("problems")).group_by(load_problem.c.load_id).subquery()
    )
    query = (
        select(load, func.coalesce(problems.c.problems, 0).label("problems"))
        .outerjoin(problems, problems.c.load_id == load.c.load_id)
        .order_by(load.c.load_id.desc())
        .limit(limit)
    )
    return read_frame(engine, query)


def problems(engine: Engine, load_id: int) -> pd.DataFrame:
    """The problems of one load, in order."""
    query = select(load_problem).where(load_problem.c.load_id == load_id).order_by(load_problem.c.problem_no)
    return read_frame(engine, query)


def conflicts(engine: Engine) -> pd.DataFrame:
    """Transactions held aside, each beside the loaded one with the same key but other contents."""
    held, kept = x12_transaction.alias("held"), x12_transaction.alias("kept")
    held_load, kept_load = load.alias("held_load"), load.alias("kept_load")
    query = (
        select(
            held.c.kind,
            held_load.c.file_name.label("held_file"),
            held.c.load_id.label("held_load"),
            held.c.first_segment.label("held_first"),
            held.c.last_segment.label("held_last"),
            held.c.charge.label("held_charge"),
            held.c.paid.label("held_paid"),
            kept_load.c.file_name.label("kept_file"),
            kept.c.load_id.label("kept_load"),
            kept.c.first_segment.label("kept_first"),
            kept.c.last_segment.label("kept_last"),
            kept.c.charge.label("kept_charge"),
            kept.c.paid.label("kept_paid"),
        )
        .join(kept, (kept.c.business_key == held.c.business_key) & (kept.c.status == "loaded"))
        .join(held_load, held_load.c.load_id == held.c.load_id)
        .join(kept_load, kept_load.c.load_id == kept.c.load_id)
        .where(held.c.status == "conflict")
        .order_by(held.c.load_id, held.c.transaction_no)
    )
    return read_frame(engine, query)


def to_decide(engine: Engine) -> pd.DataFrame:
    """Payments that share an account number with a claim but too little else: each beside that claim.

    Returns:
        claim_payment_id, account_id, account_number, payer_name, trace_number, paid_on, amount, match_reason, and
        charge, service_from and member_id of the payment (`paid_...`) and of the claim (`sent_...`).
    """
    paid, sent = claim_payment.c, claim.c
    query = (
        select(
            paid.claim_payment_id,
            paid.account_id,
            paid.account_number,
            remittance.c.payer_name,
            remittance.c.trace_number,
            paid.paid_on,
            paid.paid.label("amount"),
            paid.match_reason,
            paid.charge.label("paid_charge"),
            sent.charge.label("sent_charge"),
            paid.service_from.label("paid_service_from"),
            sent.service_from.label("sent_service_from"),
            paid.member_id.label("paid_member_id"),
            sent.member_id.label("sent_member_id"),
        )
        .join(remittance, remittance.c.remittance_id == paid.remittance_id)
        .join(claim, sent.claim_id == paid.claim_id)
        .where(paid.match_status == "probable")
        .order_by(func.abs(paid.paid).desc(), paid.claim_payment_id)
        .limit(_SHOWN)
    )
    return read_frame(engine, query)


def decisions(engine: Engine) -> pd.DataFrame:
    """What people decided on payments, newest first; `stands`: the decision still holds and can be taken back."""
    row = match_decision.c
    query = (
        select(match_decision, claim_payment.c.account_number, claim_payment.c.paid.label("amount"))
        .join(claim_payment, claim_payment.c.claim_payment_id == row.claim_payment_id)
        .order_by(row.decision_id.desc())
        .limit(_SHOWN)
    )
    frame = read_frame(engine, query)
    return frame.assign(stands=~frame.duplicated("claim_payment_id") & (frame["decision"] != "withdraw"))


@dataclass(frozen=True)
class Unapplied:
    """Payments not on an account: how many, how much, and how many of them wait only for a confirmation."""

    payments: int
    amount: Decimal
    probable: int
    probable_amount: Decimal


def unapplied(engine: Engine) -> Unapplied:
    """Unapplied cash now."""
    probable = claim_payment.c.match_status == "probable"
    query = select(
        func.count(),
        func.coalesce(func.sum(claim_payment.c.paid), 0),
        func.count().filter(probable),
        func.coalesce(func.sum(claim_payment.c.paid).filter(probable), 0),
    ).where(claim_payment.c.match_status != "confirmed")
    with engine.connect() as connection:
        payments, amount, waiting, waiting_amount = connection.execute(query).one()
    return Unapplied(payments, Decimal(amount), waiting, Decimal(waiting_amount))


@dataclass(frozen=True)
class Freshness:
    """When something was last loaded (UTC), the first and newest posting date; None in an empty database."""

    last_load: datetime | None
    oldest: date | None
    newest: date | None


def freshness(engine: Engine, today: date) -> Freshness:
    """How fresh the data are. Postings dated after `today` do not count."""
    standing = select(func.max(load.c.loaded_at)).where(load.c.status.in_(["loaded", "partly_loaded"]))
    posted = select(func.min(ledger_entry.c.posted_on), func.max(ledger_entry.c.posted_on)).where(
        ledger_entry.c.posted_on <= today
    )
    with engine.connect() as connection:
        oldest, newest = connection.execute(posted).one()
        return Freshness(connection.execute(standing).scalar(), oldest, newest)
