"""What was loaded, what was wrong with it, what waits for a person, and how fresh the data are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

import pandas as pd
from sqlalchemy import ColumnElement, Select, false, func, select, union_all

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.frames import read_frame, read_rows
from data_access.posting.matching import agreements, payments_decided_on, standing_decisions
from data_access.schema import (
    claim,
    claim_payment,
    deposit,
    ledger_entry,
    load,
    load_problem,
    match_decision,
    payer,
    remittance,
    x12_transaction,
)

_STAND = ("loaded", "partly_loaded")
SHOWN = 200  # decisions, and payments to decide on


def history(engine: Source, limit: int = 200) -> pd.DataFrame:
    """The latest loads, newest first, with the number of problems of each."""
    return read_frame(engine, _history(limit))


@built_once
def _history(limit: int) -> Select:
    problems = (
        select(load_problem.c.load_id, func.count().label("problems")).group_by(load_problem.c.load_id).subquery()
    )
    return (
        select(load, func.coalesce(problems.c.problems, 0).label("problems"))
        .outerjoin(problems, problems.c.load_id == load.c.load_id)
        .order_by(load.c.load_id.desc())
        .limit(limit)
    )


def refused_since(engine: Source, first: date) -> dict[str, int]:
    """Files refused or loaded in part from the first moment (UTC) of a day on, those not taken back: status, number."""
    return {row[0]: row[1] for row in read_rows(engine, _refused_since(first))}


@built_once
def _refused_since(first: date) -> Select:
    return (
        select(load.c.status, func.count())
        .where(load.c.status.in_(["rejected", "partly_loaded"]), load.c.loaded_at >= datetime.combine(first, time()))
        .group_by(load.c.status)
    )


def problems(engine: Source, load_id: int) -> pd.DataFrame:
    """The problems of one load, in order."""
    return read_frame(engine, _problems(load_id))


@built_once
def _problems(load_id: int) -> Select:
    return select(load_problem).where(load_problem.c.load_id == load_id).order_by(load_problem.c.problem_no)


def conflicts(engine: Source) -> pd.DataFrame:
    """Transactions held aside, each beside the loaded one with the same key but other contents."""
    return read_frame(engine, _conflicts())


@built_once
def _conflicts() -> Select:
    held, kept = x12_transaction.alias("held"), x12_transaction.alias("kept")
    held_load, kept_load = load.alias("held_load"), load.alias("kept_load")
    return (
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


_A_CONFLICT = select(x12_transaction.c.load_id).where(x12_transaction.c.status == "conflict").limit(1)


def held_aside(engine: Source) -> int:
    """How many transactions `conflicts` lists; mostly none, which is known without looking for their likes."""
    return len(conflicts(engine)) if read_rows(engine, _A_CONFLICT) else 0


def to_decide(engine: Source) -> pd.DataFrame:
    """Payments that share an account number with a claim but too little else: each beside that claim.

    A reversal of such a payment is not listed: it follows what is decided on the payment.

    Returns:
        claim_payment_id, account_id, account_number, trace_number, paid_on, amount, and of the payment (`paid_...`),
        of the claim (`sent_...`) and whether the two agree (`same_...`): charge, service_from, member_id and
        payer_name. The largest `SHOWN` amounts first.
    """
    return read_frame(engine, _to_decide())


@built_once
def _to_decide() -> Select:
    paid, sent, agrees = claim_payment.c, claim.c, agreements()
    return (
        select(
            paid.claim_payment_id,
            paid.account_id,
            paid.account_number,
            remittance.c.trace_number,
            paid.paid_on,
            paid.paid.label("amount"),
            paid.charge.label("paid_charge"),
            sent.charge.label("sent_charge"),
            paid.service_from.label("paid_service_from"),
            sent.service_from.label("sent_service_from"),
            paid.member_id.label("paid_member_id"),
            sent.member_id.label("sent_member_id"),
            remittance.c.payer_name.label("paid_payer_name"),
            payer.c.name.label("sent_payer_name"),
            _yes_or_no(agrees["charge"]).label("same_charge"),
            _yes_or_no(agrees["service date"]).label("same_service_from"),
            _yes_or_no(agrees["member id"]).label("same_member_id"),
            _yes_or_no(paid.remit_payer_id == sent.payer_id).label("same_payer_name"),
        )
        .join(remittance, remittance.c.remittance_id == paid.remittance_id)
        .join(claim, sent.claim_id == paid.claim_id)
        .outerjoin(payer, payer.c.payer_id == sent.payer_id)
        .where(paid.match_status == "probable", paid.reversal_of.is_(None))
        .order_by(func.abs(paid.paid).desc(), paid.claim_payment_id)
        .limit(SHOWN)
    )


def _yes_or_no(condition: ColumnElement) -> ColumnElement[bool]:
    return func.coalesce(condition, false())


def decisions(engine: Source) -> pd.DataFrame:
    """The latest decisions on payments, newest first.

    Returns:
        decision_id, claim_payment_id, account_id, account_number, amount, decision, reason, decided_by, decided_at
        (UTC) and `stands`: it holds and can be taken back. claim_payment_id, account_number and amount are missing
        while the payment's file is not loaded.
    """
    return read_frame(engine, _decisions())


@built_once
def _decisions() -> Select:
    row, on, standing = match_decision.c, payments_decided_on(), standing_decisions()
    return (
        select(
            row.decision_id,
            on.c.claim_payment_id,
            row.account_id,
            claim_payment.c.account_number,
            claim_payment.c.paid.label("amount"),
            row.decision,
            row.reason,
            row.decided_by,
            row.decided_at,
            standing.c.decision_id.is_not(None).label("stands"),
        )
        .outerjoin(on, on.c.decision_id == row.decision_id)
        .outerjoin(claim_payment, claim_payment.c.claim_payment_id == on.c.claim_payment_id)
        .outerjoin(standing, standing.c.decision_id == row.decision_id)
        .order_by(row.decision_id.desc())
        .limit(SHOWN)
    )


@dataclass(frozen=True)
class Unapplied:
    """Payments not on an account: how many, how much, and how many of them wait for a person or were set aside."""

    payments: int
    amount: Decimal
    probable: int
    probable_amount: Decimal
    set_aside: int = 0
    set_aside_amount: Decimal = Decimal(0)


def unapplied(engine: Source) -> Unapplied:
    """Unapplied cash now."""
    (found,) = read_rows(engine, _unapplied())
    payments, amount, waiting, waiting_amount, aside, aside_amount = found
    return Unapplied(payments, Decimal(amount), waiting, Decimal(waiting_amount), aside, Decimal(aside_amount))


@built_once
def _unapplied() -> Select:
    status, paid = claim_payment.c.match_status, claim_payment.c.paid
    columns: list[ColumnElement] = []
    for condition in (status != "confirmed", status == "probable", status == "set_aside"):
        columns += [func.count().filter(condition), func.coalesce(func.sum(paid).filter(condition), 0)]
    return select(*columns).where(status != "confirmed")


@dataclass(frozen=True)
class Unposted:
    """What is loaded, by kind of file, and the first and newest day of money at the bank or in remittances."""

    kinds: tuple[str, ...]
    oldest: date | None
    newest: date | None


_KINDS = select(load.c.kind).distinct().where(load.c.status.in_(_STAND), load.c.kind.is_not(None))


def unposted(engine: Source, today: date) -> Unposted:
    """What there is where nothing is posted to accounts. Money dated after `today` does not count."""
    held = {kind for (kinds_of_a_file,) in read_rows(engine, _KINDS) for kind in kinds_of_a_file.split("+")}
    ((oldest, newest),) = read_rows(engine, _money(today))
    return Unposted(tuple(sorted(held)), oldest, newest)


@built_once
def _money(today: date) -> Select:
    days = union_all(select(remittance.c.paid_on.label("day")), select(deposit.c.deposited_on)).subquery()
    return select(func.min(days.c.day), func.max(days.c.day)).where(days.c.day <= today)


@dataclass(frozen=True)
class Freshness:
    """When something was last loaded (UTC), the first and newest posting date; None in an empty database."""

    last_load: datetime | None
    oldest: date | None
    newest: date | None


_LAST_LOAD = select(func.max(load.c.loaded_at)).where(load.c.status.in_(_STAND))


def freshness(engine: Source, today: date) -> Freshness:
    """How fresh the data are. Postings dated after `today` do not count."""
    ((oldest, newest),) = read_rows(engine, _posted(today))
    ((last_load,),) = read_rows(engine, _LAST_LOAD)
    return Freshness(last_load, oldest, newest)


@built_once
def _posted(today: date) -> Select:
    return select(func.min(ledger_entry.c.posted_on), func.max(ledger_entry.c.posted_on)).where(
        ledger_entry.c.posted_on <= today
    )
