"""Which claim an acknowledgment is for.

An acknowledgment is for the claim with its account number (277CA 2200D TRN02 = CLM01), confirmed by the batch it
names (2200B TRN02 = BHT03: x12.org RFI 2145) or by charge and service date. Of several sendings of one bill it is
for the one of that batch, else for the latest sent by its day.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, Update, and_, func, null, or_, select, union

from data_access.built_once import built_once
from data_access.posting.scope import Scope, one_if, set_from
from data_access.schema import claim, claim_ack, payer, x12_transaction


def match(connection: Connection, scope: Scope) -> None:
    """Set `claim_id` and `account_id` of the acknowledgments about claims in scope."""
    if connection.execute(select(claim_ack.c.claim_ack_id).limit(1)).first() is None:
        return
    connection.execute(_without_claim(scope))
    connection.execute(_with_claim(scope))


@built_once
def _without_claim(scope: Scope) -> Update:
    matched = claim_ack.update().where(within(scope), claim_ack.c.claim_id.is_not(None))
    return matched.values(claim_id=null(), account_id=null())


@built_once
def _with_claim(scope: Scope) -> Update:
    candidates = _candidates(within(scope))
    place = func.row_number().over(partition_by=candidates.c.claim_ack_id, order_by=_best_first(candidates.c))
    ranked = select(candidates, place.label("place")).subquery("ranked")
    best = select(ranked.c.claim_ack_id, ranked.c.claim_id, ranked.c.account_id).where(ranked.c.place == 1).subquery()
    return set_from(claim_ack, best, "claim_ack_id", "claim_id", "account_id")


def within(scope: Scope) -> ColumnElement[bool]:
    """Acknowledgments that name an account in scope, by the number it has or by one that a claim was sent under."""
    keys = union(
        select(claim.c.sent_account_key).where(scope.of(claim)),
        select(claim_ack.c.account_key).where(scope.of(claim_ack)),
    ).subquery("keys")
    return claim_ack.c.account_key.in_(select(keys.c[0]))


def _candidates(mine: ColumnElement[bool]) -> Subquery:
    """Claims an acknowledgment may be for, with what agrees."""
    row, sent = claim_ack.c, x12_transaction.c
    batch = func.split_part(sent.business_key, "|", 3) == func.upper(row.batch_reference)
    charge = row.charge == claim.c.charge
    dated = and_(row.service_from >= claim.c.service_from, row.service_from <= claim.c.service_to)
    # the charge of a line is not that of its claim
    no_charge = or_(row.charge.is_(None), row.charge == 0, row.level == "line")
    in_time = or_(row.stated_on.is_(None), claim.c.submitted_on.is_(None), claim.c.submitted_on <= row.stated_on)
    agrees = and_(or_(no_charge, charge), or_(row.service_from.is_(None), dated), in_time)
    by_payer = and_(row.answered_by == "payer", func.upper(payer.c.identifier) == func.upper(row.source_identifier))
    return (
        select(
            row.claim_ack_id,
            claim.c.claim_id,
            claim.c.account_id,
            claim.c.submitted_on,
            claim.c.sequence,
            claim.c.frequency_code,
            one_if(batch).label("batch"),
            one_if(and_(~no_charge, charge)).label("charge"),
            one_if(dated).label("dated"),
            one_if(by_payer).label("by_payer"),
        )
        .join(claim, claim.c.sent_account_key == row.account_key)
        .outerjoin(
            x12_transaction, and_(sent.load_id == claim.c.load_id, sent.transaction_no == claim.c.transaction_no)
        )
        .outerjoin(payer, payer.c.payer_id == claim.c.payer_id)
        .where(mine, or_(func.coalesce(batch, False), agrees))
        .subquery("candidates")
    )


def _best_first(row: Any) -> list[ColumnElement]:
    return [
        row.batch.desc(),
        row.charge.desc(),
        row.dated.desc(),
        row.by_payer.desc(),
        row.submitted_on.desc().nulls_last(),
        row.sequence,
        row.frequency_code,
        row.claim_id,
    ]
