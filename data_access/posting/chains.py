"""Claim chains: which claims resubmit, replace or void which, and whose charge stands.

A chain is one bill. Its first claim starts the age and is the one counted in rates; the charge that
stands is that of its last primary claim, or nothing once voided (claim frequency code, CLM05-3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby

from sqlalchemy import Connection, Row, Update, func, select, true
from sqlalchemy import false as sql_false

from data_access.built_once import built_once
from data_access.posting.acknowledgments import rejected_claims
from data_access.posting.scope import Scope, set_rows
from data_access.schema import claim, claim_payment

#: Payer claim number -> charge and service date of the payments that carry it.
PaymentsByNumber = dict[str, list[tuple[Decimal, date | None]]]

REPLACEMENT = "7"
VOID = "8"


@dataclass
class Link:
    """A claim as far as chains need it."""

    claim_id: int
    account_id: int
    sequence: int
    frequency: str
    original_reference: str | None
    submitted_on: date | None
    service_from: date | None
    service_to: date | None
    charge: Decimal
    digest: int | None
    rejected: bool = False

    @property
    def order(self) -> tuple:
        return (
            self.sequence,
            self.submitted_on or date.min,
            self.frequency in (REPLACEMENT, VOID),
            self.frequency == VOID,
            self.claim_id,
        )

    @property
    def bill(self) -> tuple:
        return (self.service_from, self.service_to, self.charge, self.digest)


@dataclass
class Chain:
    """Claims of one bill, in the order they were sent, primary first."""

    links: list[Link] = field(default_factory=list)

    @property
    def first(self) -> Link:
        return self.links[0]


def build(connection: Connection, scope: Scope) -> None:
    """Set `chain_id`, `chain_role`, `counts_charge`, `counts` and `first_submitted_on` of every claim in scope."""
    connection.execute(_each_alone(scope))
    connection.execute(_voids(scope))
    payments = _payments_by_number(connection, scope)
    rows = [row for links in _accounts_with_several_claims(connection, scope) for row in _rows(links, payments)]
    columns = ("chain_id", "chain_role", "counts_charge", "counts", "first_submitted_on")
    set_rows(connection, claim, "claim_id", columns, rows)


@built_once
def _each_alone(scope: Scope) -> Update:
    return (
        claim.update()
        .where(scope.of(claim))
        .values(
            chain_id=claim.c.claim_id,
            chain_role="current",
            counts_charge=true(),
            counts=true(),
            first_submitted_on=claim.c.submitted_on,
        )
    )


@built_once
def _voids(scope: Scope) -> Update:
    voids = claim.update().where(scope.of(claim), claim.c.frequency_code == VOID)
    return voids.values(chain_role="void", counts_charge=sql_false())


def _accounts_with_several_claims(connection: Connection, scope: Scope) -> Iterator[list[Link]]:
    several = select(claim.c.account_id).where(scope.of(claim)).group_by(claim.c.account_id).having(func.count() > 1)
    query = (
        select(
            claim.c.claim_id,
            claim.c.account_id,
            claim.c.sequence,
            claim.c.frequency_code,
            claim.c.original_reference,
            claim.c.submitted_on,
            claim.c.service_from,
            claim.c.service_to,
            claim.c.charge,
            claim.c.line_control_digest,
        )
        .where(claim.c.account_id.in_(several))
        .order_by(claim.c.account_id)
    )
    rejected = rejected_claims(connection, scope)
    for _, rows in groupby(connection.execute(query), key=lambda row: row.account_id):
        yield sorted((_link(row, rejected) for row in rows), key=lambda link: link.order)


def _link(row: Row, rejected: set[int]) -> Link:
    return Link(
        row.claim_id,
        row.account_id,
        row.sequence or 1,
        row.frequency_code or "1",
        row.original_reference,
        row.submitted_on,
        row.service_from,
        row.service_to,
        row.charge,
        row.line_control_digest,
        row.claim_id in rejected,
    )


def chain_up(links: list[Link], named: dict[str, Link] | None = None) -> list[Chain]:
    """Sort one account's claims (in `Link.order`) into chains.

    Args:
        named: the claim that a payer's claim number stands for, where payments told.
    """
    chains: list[Chain] = []
    for link in links:
        chain = _chain_for(link, chains, named or {})
        if chain is None:
            chain = Chain()
            chains.append(chain)
        chain.links.append(link)
    return chains


def _chain_for(link: Link, chains: list[Chain], named: dict[str, Link]) -> Chain | None:
    same_dates = [chain for chain in chains if chain.first.service_from == link.service_from]
    if link.frequency in (REPLACEMENT, VOID):
        original = named.get(link.original_reference or "")
        by_reference = [chain for chain in chains if original in chain.links]
        same_rank = [chain for chain in chains if chain.first.sequence <= link.sequence]
        candidates = by_reference or [chain for chain in same_dates if chain in same_rank] or same_rank
        return candidates[-1] if candidates else None
    if chains and link.sequence > chains[0].first.sequence:
        return (same_dates or chains)[-1]
    # The same bill sent once more is a resubmission; anything else is another bill of the account.
    for chain in chains:
        if any(earlier.sequence == link.sequence and earlier.bill == link.bill for earlier in chain.links):
            return chain
    return _rejected_before(link, chains)


def _rejected_before(link: Link, chains: list[Chain]) -> Chain | None:
    """The chain whose last claim was rejected at the door: it never stood, so a corrected one takes its place."""
    for chain in chains:
        last = chain.links[-1]
        same_service = (last.sequence, last.service_from) == (link.sequence, link.service_from)
        if last.rejected and same_service and last.frequency != VOID:
            return chain
    return None


def _rows(links: list[Link], payments: PaymentsByNumber) -> Iterator[tuple]:
    for chain in chain_up(links, _named(links, payments)):
        base = chain.first.sequence
        for _, group in groupby(chain.links, key=lambda link: link.sequence):
            same = list(group)
            first_sent = min((link.submitted_on for link in same if link.submitted_on), default=None)
            for link in same:
                last = link is same[-1]
                role = "superseded" if not last else "void" if link.frequency == VOID else "current"
                counts_charge = last and role == "current" and link.sequence == base
                yield link.claim_id, chain.first.claim_id, role, counts_charge, link is chain.first, first_sent


def _payments_by_number(connection: Connection, scope: Scope) -> PaymentsByNumber:
    wanted = select(claim.c.original_reference).where(scope.of(claim), claim.c.original_reference.is_not(None))
    query = (
        select(claim_payment.c.payer_claim_number, claim_payment.c.charge, claim_payment.c.service_from)
        .where(claim_payment.c.payer_claim_number.in_(wanted), claim_payment.c.is_reversal.is_not(True))
        .order_by(claim_payment.c.claim_payment_id)
    )
    payments: PaymentsByNumber = {}
    for number, charge, service_from in connection.execute(query):
        payments.setdefault(number, []).append((charge, service_from))
    return payments


def _named(links: list[Link], payments: PaymentsByNumber) -> dict[str, Link]:
    """Payer claim numbers named by REF*F8, with the claim each stands for.

    A payment with that number is of the claim with its charge and service date, else its charge, else its date.
    """
    named: dict[str, Link] = {}
    for number in {link.original_reference for link in links if link.original_reference in payments}:
        originals = [link for link in links if link.original_reference != number]
        for charge, service_from in payments[number]:
            fits = [link for link in originals if link.charge == charge and link.service_from == service_from]
            fits = fits or [link for link in originals if link.charge == charge]
            fits = fits or [link for link in originals if link.service_from == service_from]
            if fits:
                named.setdefault(number, fits[0])
    return named
