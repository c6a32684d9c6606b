"""Accounts, the ledger and balances: what was posted adds up, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Select, SelectBase, Table, and_, case, false, func, or_, select, union_all

from data_access.posting.balances import STILL_OPEN
from data_access.posting.matching import standing_decisions
from data_access.posting.month_ends import kept_months, sums_at
from data_access.posting.months import ANSWER_MONTHS, CONTRACT_MONTHS, LEDGER_MONTHS
from data_access.posting.superseded import gives_way
from data_access.schema import (
    account,
    billing_entry,
    claim,
    claim_payment,
    ledger_entry,
    month_end_balance,
    open_balance,
    unsettled,
)


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
    return _differing(LEDGER_MONTHS.table, LEDGER_MONTHS.added_up(-1), LEDGER_MONTHS.sums)


def _month_ends_are_sums() -> SelectBase:
    """What is kept of each month end is what the open balances say of that day, to the cent and to the balance."""
    return _differing(month_end_balance, sums_at(kept_months(), -1), ("balance", "accounts"))


def _contract_months_are_sums() -> SelectBase:
    """Lines measured by contract, added up by month, are those lines, to the cent and to the line."""
    return _differing(CONTRACT_MONTHS.table, CONTRACT_MONTHS.added_up(-1), CONTRACT_MONTHS.sums)


def _answer_months_are_sums() -> SelectBase:
    """How long payers took to answer, added up by month, is what is said of each claim."""
    return _differing(ANSWER_MONTHS.table, ANSWER_MONTHS.added_up(-1), ANSWER_MONTHS.sums)


def _differing(kept: Table, taken_back: Select, sums: Sequence[str]) -> SelectBase:
    """The keys of sums kept that are not what they are sums of, which `taken_back` takes out of them."""
    names = [column.name for column in kept.columns]
    both = union_all(select(*(kept.c[name] for name in names)), taken_back).subquery()
    keys = [both.c[name] for name in names if name not in sums]
    return select(*keys).group_by(*keys).having(or_(*(func.sum(both.c[name]) != 0 for name in sums)))


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


def _decisions_hold() -> SelectBase:
    """A payment confirmed for an account is posted there, if its claim is loaded; one set aside is not."""
    decided, row = standing_decisions(), claim_payment.c
    on_account = and_(row.match_status == "confirmed", func.coalesce(row.account_id == decided.c.account_id, false()))
    has_claim = select(claim.c.claim_id).where(
        or_(claim.c.account_key == row.account_key, claim.c.sent_account_key == row.account_key),
        claim.c.account_id == decided.c.account_id,
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


def _billing_entries_posted_once() -> SelectBase:
    """Each entry is in the ledger as its type asks; what a remittance holds as well is there in that alone."""
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
        (gives_way(), 0),
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


RULES: dict[str, Callable[[], SelectBase]] = {
    "every load is posted": _nothing_waits,
    "every balance is the sum of its ledger": _balances_are_sums,
    "open balances close with the ledger, account by account": _open_balances_close,
    "open balances close with the ledger by payer and side": _payers_close,
    "the months of the ledger are the sums of its entries": _months_are_sums,
    "the balances kept of month ends are those of the day": _month_ends_are_sums,
    "the months of lines measured by contract are the sums of the lines": _contract_months_are_sums,
    "how long payers took to answer, by month, is the sum of the claims": _answer_months_are_sums,
    "every ledger entry has an account": _ledger_has_accounts,
    "every confirmed payment is posted once, to the cent": _payments_posted_once,
    "what people decided on payments holds": _decisions_hold,
    "every billing entry is posted once": _billing_entries_posted_once,
    "every charge stands once": _charges_stand_once,
}
