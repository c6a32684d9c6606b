"""Reversals: which payment a payer takes back.

A reversal is of the same account number, payer and charge as what it takes back, and never before it. A payer repeats
its claim number and the amount; some give the reversal a number of its own, or mask the amount: then the service date
must not differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Select, func, or_, select

from data_access.built_once import built_once
from data_access.posting.scope import Scope, set_rows
from data_access.schema import claim_payment


@dataclass(frozen=True)
class Payment:
    """A claim payment, or the reversal of one, as far as pairing them needs it."""

    claim_payment_id: int
    account_key: int
    remit_payer_id: int | None
    charge: Decimal
    paid: Decimal
    payer_claim_number: str | None
    service_from: date | None
    paid_on: date | None
    is_reversal: bool

    @property
    def bill(self) -> tuple:
        """What a reversal and the payment it takes back always have in common."""
        return self.account_key, self.remit_payer_id, abs(self.charge)


def pair(connection: Connection, scope: Scope) -> None:
    """Tell each payment in scope that it was taken back, and each reversal in scope what it takes back."""
    found = list(pairs(Payment(*values) for values in connection.execute(_payments(scope))))
    reversal_of = [(taking.claim_payment_id, taken.claim_payment_id) for taken, taking in found]
    set_rows(connection, claim_payment, "claim_payment_id", ["reversal_of"], reversal_of)
    taken_back = [(taken.claim_payment_id, True, taking.paid_on) for taken, taking in found]
    set_rows(connection, claim_payment, "claim_payment_id", ["reversed", "reversed_on"], taken_back)


@built_once
def _payments(scope: Scope) -> Select:
    row = claim_payment.c
    with_reversals = select(row.account_key).where(scope.of(claim_payment), row.is_reversal.is_(True))
    return select(
        row.claim_payment_id,
        row.account_key,
        row.remit_payer_id,
        row.charge,
        row.paid,
        row.payer_claim_number,
        row.service_from,
        row.paid_on,
        func.coalesce(row.is_reversal, False),
    ).where(row.account_key.in_(with_reversals), or_(row.is_reversal.is_(True), row.charge > 0))


def pairs(payments: Iterable[Payment]) -> Iterator[tuple[Payment, Payment]]:
    """Each payment that was taken back with its reversal; the earliest first where more than one may be meant."""
    by_bill: dict[tuple, list[Payment]] = defaultdict(list)
    for payment in sorted(payments, key=_order):
        by_bill[payment.bill].append(payment)
    for of_bill in by_bill.values():
        yield from _pairs_of_bill(of_bill)


def _order(payment: Payment) -> tuple:
    return payment.paid_on or date.min, payment.payer_claim_number or "", payment.claim_payment_id


def _pairs_of_bill(payments: Sequence[Payment]) -> Iterator[tuple[Payment, Payment]]:
    open_payments = [payment for payment in payments if not payment.is_reversal]
    open_reversals = [payment for payment in payments if payment.is_reversal]
    for agree in (_by_number, _by_service_date, _without_service_date):
        for taking in list(open_reversals):
            taken = _first(open_payments, taking, agree)
            if taken is not None:
                open_payments.remove(taken)
                open_reversals.remove(taking)
                yield taken, taking


def _first(payments: Iterable[Payment], taking: Payment, agree: Callable[[Payment, Payment], bool]) -> Payment | None:
    return next((taken for taken in payments if _not_later(taken, taking) and agree(taken, taking)), None)


def _not_later(taken: Payment, taking: Payment) -> bool:
    return taken.paid_on is None or taking.paid_on is None or taken.paid_on <= taking.paid_on


def _by_number(taken: Payment, taking: Payment) -> bool:
    same_number = (taken.payer_claim_number or "") == (taking.payer_claim_number or "")
    return same_number and abs(taken.paid) == abs(taking.paid)


def _by_service_date(taken: Payment, taking: Payment) -> bool:
    return taken.service_from is not None and taken.service_from == taking.service_from


def _without_service_date(taken: Payment, taking: Payment) -> bool:
    return taken.service_from is None or taking.service_from is None
