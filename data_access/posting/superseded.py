"""Insurance payments posted by hand that a remittance holds as well: it counts, and they do not.

An entry gives way only where nothing speaks against it, or a payment would be lost: the number agrees, the remittance
paid the same account, the days lie as near as a deposit's may, and the payer is the same, not stated, or at least the
amount on the account agrees, for offices have codes of their own for payers. As in `bank.match`, check by check.
Without a number it gives way only where a person said that the two are the same payment.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select

from data_access.posting.bank.facts import plain_number
from data_access.posting.bank.match import TRACE_DAYS
from data_access.posting.bank.posted import remitted_entries
from data_access.posting.scope import Scope, days_between
from data_access.schema import billing_entry, claim_payment, duplicate_posting, payer, remittance

#: Why an entry may give way: its number, or what a person said.
Way = Literal["number", "person"]


def which(connection: Connection, scope: Scope) -> frozenset[Way]:
    """The ways in which any entry in scope could give way."""
    row = billing_entry.c
    numbered = select(row.billing_entry_id).where(scope.of(billing_entry), row.check_number != "")
    asked: dict[Way, Select] = {"number": numbered, "person": _said_the_same(scope)}
    return frozenset(way for way, query in asked.items() if connection.execute(query.limit(1)).first() is not None)


def counted(scope: Scope, ways: frozenset[Way]) -> list[ColumnElement[bool]]:
    """What holds of the entries in scope that count, where they may give way in these ways."""
    conditions = []
    if "number" in ways:
        conditions.append(not_(paid_by_remittance()))
    if "person" in ways:
        conditions.append(billing_entry.c.billing_entry_id.not_in(_said_the_same(scope)))
    return conditions


def _said_the_same(scope: Scope) -> Select:
    return remitted_entries().where(scope.account(duplicate_posting))


def gives_way() -> ColumnElement[bool]:
    """Whether a billing entry is a payment that a loaded remittance holds and that counts there."""
    return or_(paid_by_remittance(), billing_entry.c.billing_entry_id.in_(remitted_entries()))


def paid_by_remittance() -> ColumnElement[bool]:
    """Whether a loaded remittance holds a billing entry under its check number."""
    row, paid, number = billing_entry.c, claim_payment.c, plain_number(billing_entry.c.check_number)
    apart, most = days_between(row.posted_on, paid.paid_on), max(TRACE_DAYS)
    named = func.coalesce(row.payer_identifier, "")
    same = or_(named == "", func.upper(payer.c.identifier) == func.upper(named), paid.paid == row.amount)
    by_remittance = (
        select(paid.claim_payment_id)
        .join(remittance, remittance.c.remittance_id == paid.remittance_id)
        .outerjoin(payer, payer.c.payer_id == remittance.c.payer_id)
        .where(
            paid.account_id == row.account_id,
            paid.match_status == "confirmed",
            plain_number(remittance.c.trace_number) == number,
            apart >= -most,
            apart <= most,
            same,
        )
    )
    return and_(
        row.entry_type == "insurance_payment", row.check_number.is_not(None), number != "", by_remittance.exists()
    )
