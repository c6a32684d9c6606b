"""Provider-level entries (PLB) in words: what they are, and where they land."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, case, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame
from data_access.given import zero
from data_access.queries.reconciliation import of_payers
from data_access.queries.table import ColumnSpec, TableReport
from data_access.reference import labels
from data_access.schema import account, claim_payment, provider_adjustment, provider_landing, remittance

#: State -> what a person reads.
STATES = {
    "netted": "Taken back by another entry",
    "on_claim": "Lands on a claim",
    "provider_level": "Provider-level by nature",
    "unallocated": "Unallocated",
}


def _label() -> ColumnElement:
    code = func.upper(func.coalesce(provider_adjustment.c.reason_code, ""))
    known = labels("provider_adjustment_reasons")
    return case(*((code == reason, f"{reason} {label}") for reason, label in known.items()), else_=code)


def _in_period(filters: Filters) -> list[ColumnElement[bool]]:
    row = provider_adjustment.c
    return [row.paid_on >= filters.date_from, row.paid_on <= filters.date_to, *of_payers(provider_adjustment, filters)]


def by_reason(engine: Source, filters: Filters) -> pd.DataFrame:
    """Entries of the period by reason, most frequent first: label, code, amount (effect on payments), entries,
    unallocated (the part of the amount that lands nowhere)."""
    return read_frame(engine, _by_reason(filters))


@built_once
def _by_reason(filters: Filters) -> Select:
    label, state = _label(), func.coalesce(provider_landing.c.state, "unallocated")
    row = provider_adjustment.c
    left = func.sum(case((state == "unallocated", -row.amount), else_=zero()))
    return (
        select(
            label.label("label"),
            row.reason_code.label("code"),
            (-func.sum(row.amount)).label("amount"),
            func.count().label("entries"),
            left.label("unallocated"),
        )
        .outerjoin(provider_landing, provider_landing.c.provider_adjustment_id == row.provider_adjustment_id)
        .where(*_in_period(filters))
        .group_by(label, row.reason_code)
        .order_by(func.count().desc(), label)
    )


@built_once
def table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Provider-level entries; a negative amount lowered the payment.

    Args:
        chosen: any of code, state (as in `STATES`), remittance (id).
    """
    chosen = chosen or {}
    row, landing = provider_adjustment.c, provider_landing.c
    state = func.coalesce(landing.state, "unallocated")
    withheld = row.amount > 0
    words = case(
        (state == "netted", "Entries of this payer that add up to zero take each other back."),
        (
            state == "on_claim",
            case(
                (withheld, "Money of this claim was taken back from the payment."),
                else_="Money for this claim was added to the payment.",
            ),
        ),
        (
            state == "provider_level",
            case(
                (withheld, "Kept from the payment for the provider as a whole."),
                else_="Paid to the provider as a whole.",
            ),
        ),
        else_=case(
            (row.reason_code == "FB", "Carried forward; its other half has not come yet."),
            (func.coalesce(row.reference, "") == "", "About a claim, but no reference says which: ask the payer."),
            else_="Its reference names no claim payment here: ask the payer which claim.",
        ),
    )
    core = select(
        row.provider_adjustment_id,
        row.remittance_id,
        landing.claim_payment_id,
        row.paid_on,
        _label().label("reason"),
        row.reference,
        state.label("state"),
        words.label("explanation"),
        (-row.amount).label("amount"),
    ).outerjoin(provider_landing, landing.provider_adjustment_id == row.provider_adjustment_id)
    if "remittance" in chosen:
        core = core.where(row.remittance_id == int(chosen["remittance"]))
    else:
        core = core.where(*_in_period(filters))
    if "code" in chosen:
        core = core.where(row.reason_code == chosen["code"])
    if "state" in chosen:
        core = core.where(state == chosen["state"])
    columns = (
        ColumnSpec("provider_adjustment_id", "Entry id", "id", hidden=True),
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("paid_on", "Paid on", "date"),
        ColumnSpec("payer_name", "Payer"),
        ColumnSpec("reason", "Reason"),
        ColumnSpec("amount", "Effect on payment", "money", total=True),
        ColumnSpec("state", "Lands"),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("explanation", "In words"),
        ColumnSpec("reference", "Reference"),
        ColumnSpec("trace_number", "Trace number"),
    )
    order = (("paid_on", True), ("provider_adjustment_id", False))
    title = "Provider-level entries"
    return TableReport("provider_adjustments", title, core, columns, order, join=_with_claim)


def _with_claim(rows: FromClause) -> Select:
    """Join to entries their remittance, and the account of the claim they land on."""
    # the claims of these rows alone, found by inner joins: planned from outer ones, every account would be read
    paid = (
        select(claim_payment.c.claim_payment_id, claim_payment.c.account_id, claim_payment.c.account_number)
        .join(rows, rows.c.claim_payment_id == claim_payment.c.claim_payment_id)
        .distinct()
        .subquery("paid")
    )
    own = select(account.c.account_id, account.c.account_number).join(paid, paid.c.account_id == account.c.account_id)
    owner = own.distinct().subquery("owner")
    return (
        select(
            *(column for column in rows.c if column.name not in ("remittance_id", "claim_payment_id")),
            remittance.c.payer_name,
            remittance.c.trace_number,
            paid.c.account_id,
            func.coalesce(owner.c.account_number, paid.c.account_number, "").label("account_number"),
        )
        .join(remittance, remittance.c.remittance_id == rows.c.remittance_id)
        .outerjoin(paid, paid.c.claim_payment_id == rows.c.claim_payment_id)
        .outerjoin(owner, owner.c.account_id == paid.c.account_id)
    )
