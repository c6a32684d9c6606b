"""Replacements: which account a claim that replaces another belongs to, and what must be posted together for it.

A replacement or void names the claim it replaces by the payer's number for that (REF*F8). It may carry another account
number (RFI 1945), and belongs to the account of the claim that it names all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Subquery,
    Update,
    and_,
    exists,
    func,
    or_,
    select,
    union,
)

from data_access.built_once import built_once
from data_access.bulk import bulk_insert
from data_access.posting.scope import Scope, set_rows
from data_access.posting.together import sets_of
from data_access.schema import claim, claim_payment, unsettled

#: A payer claim number on payments of more accounts than these is none of one claim.
NAMED_BY_NUMBER = 10


def list_linked_keys(connection: Connection) -> None:
    """Add to `unsettled` the keys tied to those in it by a replacement's REF*F8 (payer claim number).

    A replacement may carry another account number than the claim it replaces (RFI 1945), and so may what replaces it.
    """
    listed = select(unsettled.c.account_key)
    while found := connection.execute(_linked(listed)).all():
        bulk_insert(connection, unsettled, ["account_key"], [tuple(row) for row in found])


def keys_linked_to(connection: Connection, account_key: int) -> set[int]:
    """A key with those tied to it in the same way."""
    keys = {account_key}
    while found := set(connection.scalars(_linked(sorted(keys)))):
        keys |= found
    return keys


def tied_keys(connection: Connection) -> list[set[int]]:
    """Of the keys in `unsettled`, those that must be posted together, in sets."""
    ties = connection.execute(union(*_ties(select(unsettled.c.account_key))))
    return sets_of((one, other) for one, other in ties)


def _linked(listed: Select | Sequence[int]) -> Select:
    """Keys one step from those listed: tied to them, or of a replacement that what is listed may move."""
    ties = union(*_ties(listed)).subquery("ties")
    naming = (
        select(claim.c.account_key)
        .join(claim_payment, claim_payment.c.payer_claim_number == claim.c.original_reference)
        .where(claim.c.original_reference.is_not(None), claim_payment.c.account_key.in_(listed))
    )
    linked = union(select(ties.c.account_key), select(ties.c.other_key), naming).subquery("linked")
    key = linked.c[0]
    return select(key).where(key.is_not(None), key.not_in(listed)).distinct()


def _ties(listed: Select | Sequence[int]) -> list[Select]:
    """Pairs of keys that must be posted together: account_key, other_key.

    Of a replacement that was moved, the key of its account and that it was sent under; of any, its own and those of
    the claims that its reference may be for.
    """
    own, sent = claim.c.account_key, claim.c.sent_account_key
    elsewhere = select(own.label("account_key"), sent.label("other_key")).where(sent != own)
    keys = _keys_by_number(select(claim.c.original_reference).where(own.in_(listed)))
    naming = (
        select(own, keys.c.account_key)
        .join(keys, keys.c.payer_claim_number == claim.c.original_reference)
        .where(own.in_(listed), keys.c.account_key != own)
    )
    return [elsewhere.where(own.in_(listed)), elsewhere.where(sent.in_(listed)), naming]


def _keys_by_number(numbers: Select) -> Subquery:
    """The account keys of the payments that carry these payer claim numbers: payer_claim_number, account_key.

    A number that payments of many accounts carry (0, or N/A) names no claim.
    """
    row = claim_payment.c
    carried = (
        select(row.payer_claim_number, row.account_key)
        .where(row.payer_claim_number.in_(numbers), row.account_key.is_not(None))
        .distinct()
        .subquery("carried")
    )
    accounts = func.count().over(partition_by=carried.c.payer_claim_number)
    counted = select(carried, accounts.label("accounts")).subquery("counted")
    few = select(counted.c.payer_claim_number, counted.c.account_key).where(counted.c.accounts <= NAMED_BY_NUMBER)
    return few.subquery("keys")


def join_replacements_to_their_accounts(connection: Connection, scope: Scope) -> None:
    """Give a replacement or void the account of the claim that it names by REF*F8, whatever number it carries."""
    connection.execute(_note_as_sent(scope))
    connection.execute(_as_sent(scope))
    if not scope.holds(connection, claim, claim.c.original_reference.is_not(None)):
        return
    # once more after each round: what replaces a replacement follows it to the account that it was given
    while found := connection.execute(_to_bemoved(scope)).all():
        set_rows(connection, claim, "claim_id", ["account_key", "account_id"], [tuple(row) for row in found])


@built_once
def _note_as_sent(scope: Scope) -> Update:
    new = claim.update().where(scope.of(claim), claim.c.sent_account_id.is_(None))
    return new.values(sent_account_key=claim.c.account_key, sent_account_id=claim.c.account_id)


@built_once
def _as_sent(scope: Scope) -> Update:
    elsewhere = claim.update().where(scope.of(claim), moved(claim))
    return elsewhere.values(account_key=claim.c.sent_account_key, account_id=claim.c.sent_account_id)


def moved(one: FromClause) -> ColumnElement[bool]:
    """Whether a claim is on another account than it was sent under."""
    return one.c.sent_account_id != one.c.account_id


@built_once
def _to_bemoved(scope: Scope) -> Select:
    """Replacements in scope on the account that they were sent under, with key and id of the one they belong to."""
    replacing, original = claim.alias("replacing"), claim.alias("original")
    keys = _keys_by_number(select(claim.c.original_reference).where(scope.of(claim)))
    loaded = claim_payment.c.payer_claim_number == original.c.original_reference
    # one whose own original is loaded has its account once it is moved; a claim that never moves has it already
    on_its_account = or_(original.c.original_reference.is_(None), moved(original), ~exists().where(loaded))
    return (
        select(replacing.c.claim_id, func.min(original.c.account_key), func.min(original.c.account_id))
        .join(keys, keys.c.payer_claim_number == replacing.c.original_reference)
        .join(
            original,
            and_(
                original.c.sent_account_key == keys.c.account_key,
                original.c.billing_id == replacing.c.billing_id,
                original.c.account_id != replacing.c.account_id,
                on_its_account,
            ),
        )
        .where(scope.of(replacing), ~moved(replacing))
        .group_by(replacing.c.claim_id)
        .having(func.count(original.c.account_id.distinct()) == 1)
    )
