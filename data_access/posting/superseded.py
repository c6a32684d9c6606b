"""Insurance payments posted by hand that a remittance holds as well: it counts, and they do not.

An entry gives way only where nothing speaks against it, or a payment would be lost: the number agrees, the remittance
paid the same account, the days lie as near as a deposit's may, and the payer is the same, not stated, or at least the
amount on the account agrees, for offices have codes of their own for payers. As in `bank.match`, check by check.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from data_access.posting.bank.facts import plain_number
from data_access.posting.bank.match import TRACE_DAYS
from data_access.posting.scope import Scope, days_between
from data_access.schema import billing_entry, claim_payment, payer, remittance


def any_numbers(connection: Connection, scope: Scope) -> bool:
    """Whether any entry in scope states a check number; without one there is nothing to look for."""
    query = select(billing_entry.c.billing_entry_id).where(scope.of(billing_entry), billing_entry.c.check_number != "")
    return connection.execute(query.limit(1)).first() is not None


def paid_by_remittance() -> ColumnElement[bool]:
    """Whether a billing entry is a payment that a loaded remittance holds."""
    row, paid, number = billing_entry.c, claim_payment.c, plain_number(billing_entry.c.check_number)
    apart, most = days_between(row.posted_on, paid.paid_on), max(TRACE_DAYS)
    named = func.coalesce(row.payer_identifier, "")
    same = or_(named == "", func.upper(payer.c.identifier) == func.upper(named), paid.paid == row.amount)
    by_remittance = (
        select(paid.claim_payment_id)
        .join(remittance, remittance.c.remittance_id == paid.remittance_id)
        .outerjoin(payer, payer.c.payer_id == remittance.c.payer_id)
        .where(
            paid.account_key == row.account_key,
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
