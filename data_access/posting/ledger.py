"""The ledger: every entry that raises or lowers what an account owes, from the facts.

A balance is the sum of its entries and nothing else. A denied amount is not posted: it stays in
insurance A/R until it is paid, written off or moved to the patient.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Select,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)

from data_access.built_once import built_once
from data_access.posting import answers, next_payers, superseded
from data_access.posting.chains import REPLACEMENT, VOID
from data_access.posting.scope import Scope, month_of
from data_access.posting.superseded import Way
from data_access.schema import account, billing_entry, claim, claim_payment, ledger_entry

#: Entries of the billing system: which post one row, which of them lower the patient's side unless the
#: file names a side, which raise a balance, and which move it from one side to the other.
PLAIN_ENTRIES = (
    "charge",
    "patient_payment",
    "patient_refund",
    "insurance_payment",
    "insurance_refund",
    "recoupment",
    "write_off",
    "denial_write_off",
    "bad_debt",
    "charity",
)
PATIENT_ENTRIES = ("patient_payment", "patient_refund", "bad_debt", "charity")
RAISING_ENTRIES = ("charge", "patient_refund", "insurance_refund", "recoupment")
TRANSFER_ENTRIES = ("transfer_to_patient", "transfer_to_insurance")

_COLUMNS = (
    "account_id",
    "posted_on",
    "entry_type",
    "side",
    "amount",
    "reason",
    "method",
    "load_id",
    "claim_id",
    "claim_payment_id",
    "billing_entry_id",
)


def post(connection: Connection, scope: Scope) -> None:
    """Write the ledger of every account in scope, whose ledger is empty."""
    connection.execute(_entries(scope, superseded.which(connection, scope)))
    next_payers.move_balances(connection, scope)


@built_once
def _entries(scope: Scope, ways: frozenset[Way]) -> Insert:
    parts = [_charges(scope), *_insurance(scope), *_billing(scope, superseded.counted(scope, ways))]
    entries = union_all(*parts).subquery("entries")
    order = [
        entries.c.posted_on,
        case((entries.c.entry_type == "charge", 0), else_=1),
        func.coalesce(entries.c.claim_payment_id, entries.c.billing_entry_id, entries.c.claim_id),
        entries.c.entry_type,
        entries.c.side,
    ]
    return _written(entries, func.row_number().over(partition_by=entries.c.account_id, order_by=order))


def _written(entries: FromClause, entry_no: ColumnElement) -> Insert:
    insurance = entries.c.side == "insurance"
    payer_id = case(
        (and_(insurance, entries.c.posted_on > account.c.third_from), account.c.third_payer_id),
        (and_(insurance, entries.c.posted_on > account.c.second_from), account.c.second_payer_id),
        else_=account.c.payer_id,
    )
    query = (
        select(
            *(entries.c[name] for name in _COLUMNS),
            entry_no.label("entry_no"),
            month_of(entries.c.posted_on).label("posted_month"),
            month_of(account.c.service_from).label("service_month"),
            case((_of_patients(entries), month_of(account.c.first_statement_on))).label("statement_month"),
            account.c.facility_id,
            account.c.department,
            account.c.provider_id,
            payer_id.label("payer_id"),
        )
        .join(account, account.c.account_id == entries.c.account_id)
        .order_by(entries.c.posted_on, entries.c.account_id)
    )
    columns = [
        *_COLUMNS,
        "entry_no",
        "posted_month",
        "service_month",
        "statement_month",
        "facility_id",
        "department",
        "provider_id",
        "payer_id",
    ]
    return insert(ledger_entry).from_select(columns, query)


def _of_patients(entries: FromClause) -> ColumnElement[bool]:
    """Whether an entry tells what patients owe or pay."""
    return or_(entries.c.side == "patient", entries.c.entry_type.in_(["patient_payment", "patient_refund"]))


def _entry(
    account_id: ColumnElement,
    posted_on: ColumnElement,
    entry_type: ColumnElement,
    side: ColumnElement,
    amount: ColumnElement,
    load_id: ColumnElement,
    **more: ColumnElement,
) -> Select:
    """One SELECT of the union, with its columns in `_COLUMNS` order; what is not given is null."""
    given = {
        "account_id": account_id,
        "posted_on": posted_on,
        "entry_type": entry_type,
        "side": side,
        "amount": amount,
        "load_id": load_id,
        **more,
    }
    missing = {name: cast(null(), ledger_entry.c[name].type) for name in _COLUMNS if name not in given}
    return select(*((given | missing)[name].label(name) for name in _COLUMNS))


def _charges(scope: Scope) -> Select:
    """Each bill's charge, on its service date.

    A replacement posts the difference on the day it was sent, a void takes the charge back.
    """
    head = claim.alias("head")
    same_bill: dict[str, Any] = {
        "partition_by": claim.c.chain_id,
        "order_by": [
            claim.c.submitted_on.nulls_first(),
            case((claim.c.frequency_code == VOID, 2), (claim.c.frequency_code == REPLACEMENT, 1), else_=0),
            claim.c.claim_id,
        ],
    }
    stands = case((claim.c.frequency_code == VOID, literal(0)), else_=claim.c.charge)
    steps = (
        select(
            claim.c.account_id,
            claim.c.claim_id,
            claim.c.load_id,
            claim.c.submitted_on,
            claim.c.service_from,
            (stands - func.coalesce(func.lag(stands).over(**same_bill), 0)).label("step"),
            func.row_number().over(**same_bill).label("place"),
        )
        .join(head, head.c.claim_id == claim.c.chain_id)
        # only the primary-most claims of a bill carry its charge
        .where(scope.of(claim), func.coalesce(claim.c.sequence, 1) == func.coalesce(head.c.sequence, 1))
        .subquery("steps")
    )
    posted_on = case(
        (steps.c.place == 1, func.coalesce(steps.c.service_from, steps.c.submitted_on)),
        else_=func.coalesce(steps.c.submitted_on, steps.c.service_from),
    )
    return (
        _entry(
            steps.c.account_id,
            posted_on,
            literal("charge"),
            _side_of_charge(),
            steps.c.step,
            steps.c.load_id,
            claim_id=steps.c.claim_id,
        )
        .join(account, account.c.account_id == steps.c.account_id)
        .where(steps.c.step != 0)
    )


def _side_of_charge() -> ColumnElement:
    return case((account.c.payer_id.is_(None), literal("patient")), else_=literal("insurance"))


def _insurance(scope: Scope) -> list[Select]:
    """Payments, adjustments and transfers to the patient, from the claim payments matched with confidence."""
    paid = _payments(scope).cte("payments")
    source = {
        "load_id": paid.c.load_id,
        "claim_id": paid.c.claim_id,
        "claim_payment_id": paid.c.claim_payment_id,
    }
    kind = case(
        (and_(paid.c.other_payer != 0, paid.c.before == 0, paid.c.contractual == 0), literal("other_payer")),
        else_=literal("contractual"),
    )
    moved = paid.c.to_patient

    def entry(entry_type: ColumnElement, side: str, amount: ColumnElement) -> Select:
        return _entry(paid.c.account_id, paid.c.paid_on, entry_type, literal(side), amount, **source).where(amount != 0)

    return [
        entry(literal("insurance_payment"), "insurance", -paid.c.paid),
        entry(kind, "insurance", -paid.c.adjusted),
        entry(literal("transfer"), "insurance", -moved),
        entry(literal("transfer"), "patient", moved),
    ]


def _payments(scope: Scope) -> Select:
    """Claim payments with what each of them adjusts and moves to the patient.

    A secondary payer repeats what the primary paid and wrote off (CARC 23, and its own contractual amount), so only
    what goes beyond that is a further adjustment. CARC 23 never is: it repeats what the primary denied as well, or
    has taken back since, and that stays owed. Only where no earlier payer's answer is loaded does it stand for that.
    A payment that repeats another brings its money and nothing else, and an answer to a bill that was answered before
    what it changes of that (`answers.changes`).
    """
    row, changed = claim_payment.c, answers.changes(scope).cte("changed")
    contractual, other_payer, patient_share, denied_to_patient = (changed.c[name] for name in answers.SAID)
    before = _before(changed)
    live = and_(row.is_reversal.is_not(True), row.reversed.is_(False))
    same = [changed.c.chain_id, row.payer_rank, live]

    def earlier(what: str) -> ColumnElement:
        by_rank = ((row.payer_rank == rank, before.c[f"{what}_by_{rank - 1}"]) for rank in (2, 3))
        return func.coalesce(case(*by_rank, else_=0), 0)

    settled = earlier("settled")

    def further(written_off: ColumnElement, by_another: ColumnElement) -> ColumnElement:
        return func.greatest(written_off + func.least(by_another, settled) - settled, 0)

    totals = (func.sum(amount).over(partition_by=same) for amount in (contractual, other_payer))
    first = func.row_number().over(partition_by=same, order_by=[row.paid_on, row.claim_payment_id]) == 1
    adjusted = case(
        (earlier("answers") == 0, contractual + other_payer),
        (and_(live, first), further(*totals)),
        (live, literal(0)),
        (row.charge < 0, -further(-contractual, -other_payer)),
        else_=further(contractual, other_payer),
    )
    next_payer = case(
        (row.payer_rank == 1, account.c.second_payer_id), (row.payer_rank == 2, account.c.third_payer_id), else_=null()
    )
    to_patient = case((next_payer.is_(None), patient_share + denied_to_patient), else_=literal(0))
    return (
        select(
            row.account_id,
            row.claim_id,
            row.claim_payment_id,
            row.load_id,
            row.paid_on,
            row.paid,
            row.contractual,
            row.other_payer,
            earlier("answers").label("before"),
            adjusted.label("adjusted"),
            to_patient.label("to_patient"),
        )
        .join(changed, changed.c.claim_payment_id == row.claim_payment_id)
        .join(account, account.c.account_id == row.account_id)
        .outerjoin(before, before.c.chain_id == changed.c.chain_id)
    )


def _before(changed: FromClause) -> FromClause:
    """By bill: answers of the primary, what it paid and wrote off (settled), and the same including the secondary."""
    row = claim_payment.c

    def total(amount: ColumnElement, rank: int) -> ColumnElement:
        return func.coalesce(func.sum(amount).filter(row.payer_rank == rank), 0)

    reported = changed.c.contractual + changed.c.other_payer
    first = total(row.paid + reported, 1)
    second = first + total(row.paid, 2) + func.greatest(total(reported, 2) - first, 0)
    return (
        select(
            changed.c.chain_id,
            func.count().filter(row.payer_rank == 1).label("answers_by_1"),
            func.count().filter(row.payer_rank <= 2).label("answers_by_2"),
            first.label("settled_by_1"),
            second.label("settled_by_2"),
        )
        .join(changed, changed.c.claim_payment_id == row.claim_payment_id)
        .group_by(changed.c.chain_id)
        .subquery("before")
    )


def _billing(scope: Scope, counts: list[ColumnElement[bool]]) -> list[Select]:
    """Entries of the billing system. Its charges count only while the account has no claim.

    Args:
        counts: what holds of entries that no remittance holds as well.
    """
    row = billing_entry.c
    default_side = case(
        (row.entry_type == "charge", _side_of_charge()),
        (row.entry_type.in_(PATIENT_ENTRIES), literal("patient")),
        else_=literal("insurance"),
    )
    sign = case((row.entry_type.in_(RAISING_ENTRIES), 1), else_=-1)
    to_patient = case((row.entry_type == "transfer_to_patient", 1), else_=-1)
    more = {
        "reason": row.reason,
        "method": row.method,
        "load_id": row.load_id,
        "billing_entry_id": row.billing_entry_id,
    }

    def entry(entry_type: ColumnElement, side: ColumnElement, amount: ColumnElement) -> Select:
        return (
            _entry(row.account_id, row.posted_on, entry_type, side, amount, **more)
            .join(account, account.c.account_id == row.account_id)
            .where(scope.of(billing_entry), row.amount != 0)
        )

    plain = entry(row.entry_type, func.coalesce(row.side, default_side), row.amount * sign).where(
        row.entry_type.in_(PLAIN_ENTRIES), or_(row.entry_type != "charge", account.c.claims == 0), *counts
    )
    transfers = [
        entry(literal("transfer"), literal(side), row.amount * to_patient * direction).where(
            row.entry_type.in_(TRANSFER_ENTRIES)
        )
        for side, direction in (("patient", 1), ("insurance", -1))
    ]
    return [plain, *transfers]
