"""What this office knows that bears on claims to be sent: what it sent before, its payers' limits and their denials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection, Engine, and_, exists, func, select

from data_access.claim_check.drafts import Draft
from data_access.posting.acknowledgments import REJECTED
from data_access.posting.standing import rules_with_their_ends
from data_access.schema import (
    adjustment,
    claim,
    claim_ack,
    claim_payment,
    claim_progress,
    coverage_answer,
    payer,
    payment_line,
    provider,
)

#: Denials of the last year count.
LOOK_BACK = timedelta(days=365)
_CHUNK = 500


@dataclass
class Lines:
    """Lines (or claims) of a kind a payer answered in the last year, and how many it refused, by what it said."""

    answered: int = 0
    denied: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit:
    """A payer's filing limit and the service days it holds for; None: without an end."""

    days: int
    first: date | None
    until: date | None


@dataclass(frozen=True)
class Insured:
    """The payer's last answer about a person's coverage. `active`: the plan stood when it answered."""

    answered_on: date
    active: bool
    first: date | None
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the answer says that a day is covered; a plan that has ended since covered it while it stood."""
        if not self.active and self.last is None:
            return False
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass
class Known:
    """What is known about the drafts of one file; empty where the office's database is empty."""

    today: date
    payers: dict[str, int] = field(default_factory=dict)
    sent: dict[tuple[str, date, Decimal], date] = field(default_factory=dict)
    claim_numbers: set[str] = field(default_factory=set)
    limits: dict[int, list[Limit]] = field(default_factory=dict)
    lines: dict[tuple[int, str], Lines] = field(default_factory=dict)
    insured: dict[tuple[str, date], Insured] = field(default_factory=dict)
    acknowledged: dict[tuple[int, str], Lines] = field(default_factory=dict)  # by payer and rendering NPI

    def coverage_of(self, draft: Draft) -> Insured | None:
        """The last answer about the draft's patient, by the subscriber's member id and the patient's birth date."""
        above = draft.above
        born = above.patient_born if above.patient is not None else above.subscriber_born
        if above.subscriber is None or born is None:
            return None
        return self.insured.get((above.subscriber.identifier.upper(), born))

    def payer_of(self, draft: Draft) -> int | None:
        """The payer the draft goes to, when claims or remittances named it before."""
        named = draft.above.payer
        return self.payers.get(named.identifier.upper()) if named is not None else None


def look_up(engine: Engine, drafts: Sequence[Draft], today: date) -> Known:
    """What is known about these drafts, in a few queries whatever their number."""
    known = Known(today)
    with engine.connect() as connection:
        for some in _chunks({named.identifier for draft in drafts if (named := draft.above.payer)}):
            rows = select(payer.c.identifier, payer.c.payer_id).where(func.upper(payer.c.identifier).in_(some))
            known.payers |= {row.identifier.upper(): row.payer_id for row in connection.execute(rows)}
        for some in _chunks({draft.account_number for draft in drafts}):
            _add_sent(connection, known, some)
        for some in _chunks({draft.original_reference for draft in drafts if draft.original_reference}):
            number = claim_payment.c.payer_claim_number
            found = connection.scalars(select(number).where(func.upper(number).in_(some)))
            known.claim_numbers |= {one.upper() for one in found}
        for some in _chunks({named.identifier for draft in drafts if (named := draft.above.subscriber)}):
            _add_insured(connection, known, some)
        payer_ids = sorted(set(known.payers.values()))
        for some in _chunks(draft.rendering_npi for draft in drafts):
            _add_acknowledged(connection, known, payer_ids, some)
        _add_limits(connection, known, payer_ids)
        for some in _chunks({line.procedure_code for draft in drafts for line in draft.lines if line.procedure_code}):
            _add_lines(connection, known, payer_ids, some)
    return known


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted({value.upper() for value in values if value})
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]


def _add_sent(connection: Connection, known: Known, numbers: list[str]) -> None:
    row = claim.c
    query = select(row.account_number, row.service_from, row.charge, row.submitted_on).where(
        func.upper(row.account_number).in_(numbers),
        func.coalesce(row.frequency_code, "1") == "1",
        # what was rejected never arrived: to send it again is right
        ~exists().where(claim_progress.c.claim_id == row.claim_id, claim_progress.c.state.in_(REJECTED)),
    )
    for found in connection.execute(query):
        if found.service_from is not None and found.submitted_on is not None:
            key = (found.account_number.upper(), found.service_from, found.charge)
            known.sent[key] = min(known.sent.get(key, found.submitted_on), found.submitted_on)


def _add_insured(connection: Connection, known: Known, members: list[str]) -> None:
    row = coverage_answer.c
    dates = (row.answered_on, row.coverage_from, row.coverage_to)
    query = (
        select(row.member_id, row.birth_date, row.status, *dates)
        .where(row.member_id.in_(members), row.status.in_(["active", "inactive"]))
        .where(row.birth_date.is_not(None), row.answered_on <= known.today)
        .order_by(row.answered_on, func.coalesce(row.answered_at, ""), row.coverage_answer_id)
    )
    for found in connection.execute(query):
        known.insured[found.member_id, found.birth_date] = Insured(
            found.answered_on, found.status == "active", found.coverage_from, found.coverage_to
        )


def _add_limits(connection: Connection, known: Known, payer_ids: list[int]) -> None:
    rule = rules_with_their_ends()
    query = select(rule).where(rule.c.payer_id.in_(payer_ids), rule.c.filing_limit_days.is_not(None))
    query = query.where(rule.c.appeal_level == 1)
    for row in connection.execute(query.order_by(rule.c.payer_id, rule.c.turn)):
        first = None if row.turn == 1 else row.effective_from
        known.limits.setdefault(row.payer_id, []).append(Limit(row.filing_limit_days, first, row.until))


def _add_acknowledged(connection: Connection, known: Known, payer_ids: list[int], npis: list[str]) -> None:
    """Claims of these providers that were acknowledged in the last year, and those rejected, by status."""
    said = claim_ack.c
    keys = [claim.c.payer_id, provider.c.npi]
    told = (
        select(*keys, func.count(claim.c.claim_id.distinct()).label("claims"))
        .select_from(claim_ack)
        .join(claim, claim.c.claim_id == said.claim_id)
        .join(provider, provider.c.provider_id == claim.c.provider_id)
        .where(
            said.level == "claim",
            said.stated_on > known.today - LOOK_BACK,
            said.stated_on <= known.today,
            claim.c.payer_id.in_(payer_ids),
            provider.c.npi.in_(npis),
        )
    )
    for row in connection.execute(told.group_by(*keys)):
        known.acknowledged[row.payer_id, row.npi] = Lines(row.claims)
    codes = [said.category, said.status, said.entity]
    refused = told.add_columns(*codes).where(said.verdict == "rejected").group_by(*keys, *codes)
    for row in connection.execute(refused):
        reason = ":".join((row.category or "", row.status or "", row.entity or ""))
        known.acknowledged[row.payer_id, row.npi].denied[reason] = row.claims


def _add_lines(connection: Connection, known: Known, payer_ids: list[int], codes: list[str]) -> None:
    line, paid, row = payment_line.c, claim_payment.c, adjustment.c
    answered = (
        select(line.payment_line_id, paid.remit_payer_id.label("payer_id"), line.procedure_code)
        .join(claim_payment, paid.claim_payment_id == line.claim_payment_id)
        .where(
            paid.remit_payer_id.in_(payer_ids),
            line.procedure_code.in_(codes),
            paid.paid_on > known.today - LOOK_BACK,
            paid.paid_on <= known.today,
            paid.is_reversal.is_(False),
        )
        .subquery("answered")
    )
    denied = and_(row.payment_line_id == answered.c.payment_line_id, row.adjustment_class == "denial", row.amount > 0)
    query = (
        select(
            answered.c.payer_id,
            answered.c.procedure_code,
            row.category,
            func.count(answered.c.payment_line_id.distinct()).label("lines"),
        )
        .select_from(answered.outerjoin(adjustment, denied))
        .group_by(answered.c.payer_id, answered.c.procedure_code, row.category)
    )
    totals = select(answered.c.payer_id, answered.c.procedure_code, func.count().label("lines")).group_by(
        answered.c.payer_id, answered.c.procedure_code
    )
    for found in connection.execute(totals):
        known.lines[found.payer_id, found.procedure_code] = Lines(found.lines)
    for found in connection.execute(query.where(row.category.is_not(None))):
        known.lines[found.payer_id, found.procedure_code].denied[found.category] = found.lines
