"""Rows of a claim (837): the claim and its service lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zlib import crc32

from data_access import schema
from data_access.ingest.parties import Entity, account_id, account_key
from data_access.ingest.payer_types import payer_type
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context, Refused
from data_access.ingest.values import ZERO

_make_claim = row_maker(schema.claim)
_make_line = row_maker(schema.service_line)

_SEQUENCE = {"P": 1, "S": 2, "T": 3, **{letter: 4 + number for number, letter in enumerate("ABCDEFGH")}}


@dataclass(slots=True)
class SentLine:
    """A service line (2400)."""

    segment_no: int
    line_no: int
    procedure_code: str | None = None
    modifiers: str | None = None
    revenue_code: str | None = None
    units: Decimal | None = None
    charge: Decimal = ZERO
    service_from: date | None = None
    service_to: date | None = None
    line_control: str | None = None
    has_service: bool = False


@dataclass(slots=True)
class SentClaim:
    """A claim (2300)."""

    segment_no: int
    account_number: str
    charge: Decimal
    place_of_service: str
    frequency_code: str
    service_from: date | None = None
    service_to: date | None = None
    original_reference: str | None = None
    prior_authorization: str | None = None
    patient_paid: Decimal | None = None
    diagnosis: str | None = None
    rendering: Entity | None = None
    line_rendering: Entity | None = None
    attending: Entity | None = None
    facility: Entity | None = None
    lines: list[SentLine] = field(default_factory=list)


@dataclass(slots=True)
class Person:
    """Subscriber or patient with what DMG says."""

    entity: Entity | None = None
    birth_date: date | None = None
    sex: str = ""


@dataclass(slots=True)
class Loops:
    """What stands above a claim in the hierarchy."""

    billing: Entity | None = None
    billing_taxonomy: str = ""
    subscriber: Person = field(default_factory=Person)
    patient: Person | None = None
    sequence_code: str = ""
    filing_code: str = ""
    payer: Entity | None = None
    submitted_on: date | None = None


def write_claim(context: Context, claim: SentClaim, last_segment: int, form: str, loops: Loops) -> None:
    """Hand over the rows of a claim. Raises `Refused` when it has no usable account number or no date."""
    billing = loops.billing
    starts = [line.service_from for line in claim.lines if line.service_from]
    ends = [line.service_to for line in claim.lines if line.service_to]
    service_from = min(starts, default=None) or claim.service_from or loops.submitted_on
    subscriber = loops.subscriber.entity
    key = account_key(context.salt, claim.account_number)
    if key is None:
        raise Refused("CLM_NO_ACCOUNT", "CLM01 (account number) is 0")
    submitted_on = loops.submitted_on or context.group_date
    if service_from is None and submitted_on is None:
        raise Refused(
            "CLM_NO_DATE",
            f"the claim that begins at segment {claim.segment_no} has no date: DTP*472, DTP*434, BHT04 and GS04 are "
            "missing or hold none from 1900 to the end of next year. Send the claims again from the billing system "
            "with their service dates",
        )
    said = claim.segment_no, submitted_on
    billing_id = _facility(context, billing, *said)
    context.output.rows["claim"].append(
        _make_claim(
            {
                "claim_id": context.id(claim.segment_no),
                "load_id": context.load_id,
                "transaction_no": context.transaction_no,
                "segment_no": claim.segment_no,
                "last_segment": last_segment,
                "account_key": key,
                "account_id": account_id(context.salt, billing.key if billing else "", claim.account_number),
                "account_number": claim.account_number,
                "billing_id": billing_id,
                "facility_id": _facility(context, claim.facility, *said) or billing_id,
                "department": None,
                "provider_id": _provider(context, claim, loops, *said),
                "payer_id": _payer_id(context, loops, *said),
                "patient_id": _patient_id(context, loops, *said),
                "form": form,
                "sequence": _SEQUENCE.get(loops.sequence_code, 1),
                "frequency_code": claim.frequency_code or None,
                "original_reference": claim.original_reference,
                "filing_code": loops.filing_code or None,
                "member_id": subscriber.identifier or None if subscriber else None,
                "prior_authorization": claim.prior_authorization,
                "place_of_service": claim.place_of_service or None,
                "diagnosis": claim.diagnosis,
                "service_from": service_from,
                "service_to": max(ends, default=None) or claim.service_to or service_from,
                "submitted_on": submitted_on,
                "charge": claim.charge,
                "patient_paid": claim.patient_paid,
                "lines": len(claim.lines),
                "line_control_digest": line_digest(
                    (line.procedure_code, line.modifiers, line.revenue_code, line.charge) for line in claim.lines
                ),
            }
        )
    )
    for line in claim.lines:
        _line_row(context, line, claim, loops.submitted_on)


def _facility(context: Context, entity: Entity | None, segment_no: int, on: date | None) -> int | None:
    if entity is None:
        return None
    if entity.facility_id is not None:  # of the claim before, too, where it is the billing provider
        return entity.facility_id
    found = context.parties.facility(entity)
    if found is not None and entity.name:
        context.say("facility", found, segment_no, on, name=entity.name)
    return found


def _provider(context: Context, claim: SentClaim, loops: Loops, segment_no: int, on: date | None) -> int | None:
    """Rendering provider: of the claim, of its lines, the attending, else the billing provider if a person."""
    billing = loops.billing if loops.billing is not None and loops.billing.is_person else None
    for entity in (claim.rendering, claim.line_rendering, claim.attending, billing):
        if entity is not None:
            found = context.parties.provider(entity)
            if found is not None:
                said = {"name": entity.name or None, "taxonomy": entity.taxonomy or None}
                context.say("provider", found, segment_no, on, **said)
                return found
    return None


def _payer_id(context: Context, loops: Loops, segment_no: int, on: date | None) -> int | None:
    payer = loops.payer
    if payer is None:
        return None
    found = context.parties.payer(payer.identifier, payer.last_name, payer_type(loops.filing_code))
    if found is not None and payer.last_name:
        context.say("payer", found, segment_no, on, name=payer.last_name)
    return found


def _patient_id(context: Context, loops: Loops, segment_no: int, on: date | None) -> int | None:
    person = loops.patient if loops.patient is not None and loops.patient.entity else loops.subscriber
    if person.entity is None:
        return None
    home = loops.subscriber.entity
    if home is not None and not person.entity.street:
        person.entity.street, person.entity.city = home.street, home.city
        person.entity.state, person.entity.postal_code = home.state, home.postal_code
    found = context.parties.patient(person.entity, person.birth_date, person.sex)
    if found is not None:
        context.say("patient", found, segment_no, on, **person.entity.words(), sex=person.sex.strip() or None)
    return found


def _line_row(context: Context, line: SentLine, claim: SentClaim, submitted_on: date | None) -> None:
    context.output.rows["service_line"].append(
        _make_line(
            {
                "service_line_id": context.id(line.segment_no),
                "claim_id": context.id(claim.segment_no),
                "load_id": context.load_id,
                "transaction_no": context.transaction_no,
                "segment_no": line.segment_no,
                "line_no": line.line_no,
                "procedure_code": line.procedure_code,
                "modifiers": line.modifiers,
                "revenue_code": line.revenue_code,
                "units": line.units,
                "charge": line.charge,
                "service_from": line.service_from or claim.service_from or submitted_on,
                "service_to": line.service_to or claim.service_to or submitted_on,
                "line_control": line.line_control,
            }
        )
    )


def line_digest(lines: Iterable[tuple[str | None, str | None, str | None, Decimal]]) -> int:
    """Hash of procedures, modifiers, revenue codes and charges in any order; fits a 32-bit integer."""
    text = "\n".join(
        sorted("|".join((code or "", mods or "", rev or "", str(charge))) for code, mods, rev, charge in lines)
    )
    return crc32(text.encode()) & 0x7FFFFFFF
