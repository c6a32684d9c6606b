"""Claims (837P, 837I, 837D; 005010X222, X223, X224 and 004010X098, X096, X097): segments to rows.

One method a segment, named as in the implementation guide. The HL segments say where we are: billing
provider (2000A), subscriber (2000B), patient (2000C); CLM opens the claim (2300), an SBR inside it the
other subscriber (2320, another payer's view of the same claim, passed over), LX the service line (2400).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zlib import crc32

from data_access import schema
from data_access.ingest.parties import Entity, account_id, account_key
from data_access.ingest.payer_types import payer_type
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context, Handler, Refused
from data_access.ingest.values import ZERO, day, money, period, procedure, units

_claim_row = row_maker(schema.claim)
_service_line_row = row_maker(schema.service_line)

_SEQUENCE = {"P": 1, "S": 2, "T": 3, **{letter: 4 + number for number, letter in enumerate("ABCDEFGH")}}
#: NM1 roles of the place of service: 005010 says 77, 004010 also laboratory, facility, independent lab.
_SERVICE_FACILITY = ("77", "FA", "LI", "TL")
_FORM = {"SV1": "P", "SV2": "I", "SV3": "D"}


@dataclass(slots=True)
class _Line:
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
class _Claim:
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
    lines: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class _Person:
    """Subscriber or patient with what DMG says."""

    entity: Entity | None = None
    birth_date: date | None = None
    sex: str = ""


class Claims:
    """Reads one 837 transaction."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.kind = context.kind
        self.claims = 0
        self.charge = ZERO
        self.paid = ZERO
        self.balanced: bool | None = None
        self._bht: list[str] = []
        self._submitter = ""
        self._submitted_on: date | None = None
        self._billing: Entity | None = None
        self._billing_taxonomy = ""
        self._subscriber = _Person()
        self._patient: _Person | None = None
        self._sbr: list[str] = []
        self._payer: Entity | None = None
        self._entity: Entity | None = None
        self._claim: _Claim | None = None
        self._line: _Line | None = None
        self._other_subscriber = False
        self.handlers: dict[str, Handler] = {
            "BHT": self.bht,
            "HL": self.hl,
            "NM1": self.nm1,
            "REF": self.ref,
            "PRV": self.prv,
            "SBR": self.sbr,
            "DMG": self.dmg,
            "CLM": self.clm,
            "DTP": self.dtp,
            "AMT": self.amt,
            "HI": self.hi,
            "LX": self.lx,
            "SV1": self.sv1,
            "SV2": self.sv2,
            "SV3": self.sv3,
        }

    # --- header and hierarchy ---

    def bht(self, elements: list[str], segment_no: int) -> None:
        """Batch number, date and time of the submission."""
        self._bht = elements
        self._submitted_on = day(elements[4]) or self._context.group_date
        if elements[4].strip() and day(elements[4]) is None:
            self._context.problems.warn(segment_no, "BAD_DATE", "BHT04 (submission date) is no date; GS04 is used.")

    def hl(self, elements: list[str], segment_no: int) -> None:
        """Hierarchy: 20 billing provider, 22 subscriber, 23 patient. What lies below starts afresh."""
        self._close_claim(segment_no - 1)
        self._entity = None
        level = elements[3].strip()
        if level == "20":
            self._billing = None
            self._billing_taxonomy = ""
        if level in ("20", "22"):
            self._subscriber, self._sbr, self._payer, self._patient = _Person(), [], None, None
        elif level == "23":
            self._patient = _Person()

    def nm1(self, elements: list[str], segment_no: int) -> None:
        """Whoever it is; kept where the loop says it is the claim's own."""
        if self._other_subscriber:
            return
        entity = self._entity = Entity.from_nm1(elements)
        role, claim = entity.role, self._claim
        if claim is None:
            self._header_entity(role, entity)
        elif self._line is not None:
            if role == "82" and claim.line_rendering is None:
                claim.line_rendering = entity
        elif role == "82":
            claim.rendering = entity
        elif role == "71":
            claim.attending = entity
        elif role in _SERVICE_FACILITY:
            claim.facility = entity

    def _header_entity(self, role: str, entity: Entity) -> None:
        if role == "85":
            entity.taxonomy = self._billing_taxonomy
            self._billing = entity
        elif role == "IL":
            self._subscriber.entity = entity
        elif role == "PR":
            self._payer = entity
        elif role == "QC":
            self._patient = self._patient or _Person()
            self._patient.entity = entity
        elif role == "41":
            self._submitter = entity.identifier or entity.last_name

    def sbr(self, elements: list[str], segment_no: int) -> None:
        """Subscriber (2000B): payer sequence and filing indicator; inside a claim the other subscriber (2320)."""
        if self._claim is not None:
            self._other_subscriber = True
            self._line = None
        else:
            self._sbr = elements

    def dmg(self, elements: list[str], segment_no: int) -> None:
        """Birth date and sex of subscriber or patient."""
        if self._claim is None and self._entity is not None:
            person = self._patient if self._entity.role == "QC" else self._subscriber
            if person is not None and self._entity.role in ("IL", "QC"):
                person.birth_date, person.sex = day(elements[2]), elements[3]

    def prv(self, elements: list[str], segment_no: int) -> None:
        """Specialty: of the billing provider before its NM1 (2000A), of the rendering provider after."""
        if self._other_subscriber:
            return
        if self._claim is None:
            if elements[1] in ("BI", "PT"):
                self._billing_taxonomy = elements[3].strip()
                if self._billing is not None:
                    self._billing.taxonomy = self._billing_taxonomy
        elif self._entity is not None and self._entity.role in ("82", "71"):
            self._entity.taxonomy = elements[3].strip()

    def ref(self, elements: list[str], segment_no: int) -> None:
        """Tax id of the billing provider; original reference (F8), authorization (G1) and line control (6R)."""
        if self._other_subscriber:
            return
        qualifier, value, claim = elements[1], elements[2].strip() or None, self._claim
        if claim is None:
            if self._entity is self._billing and self._entity is not None and qualifier in ("EI", "SY"):
                self._entity.tax_id = value or ""
        elif self._line is not None:
            if qualifier == "6R":
                self._line.line_control = value
            elif qualifier == "G1":
                claim.prior_authorization = claim.prior_authorization or value
        elif qualifier == "F8":
            claim.original_reference = value
        elif qualifier == "G1":
            claim.prior_authorization = value

    # --- claim (2300) ---

    def clm(self, elements: list[str], segment_no: int) -> None:
        """Claim: account number, charge, place of service and frequency."""
        self._close_claim(segment_no - 1)
        number = elements[1].strip()
        if not number:
            raise Refused("CLM_NO_ACCOUNT", "CLM01 (account number) is missing")
        if not elements[2].strip():
            raise Refused("CLM_NO_AMOUNT", "CLM02 (charge) is missing")
        place, _, rest = elements[5].partition(self._context.component)
        frequency = rest.rpartition(self._context.component)[2] if rest else ""
        self._entity = None
        self._claim = _Claim(segment_no, number, money(elements[2]), place.strip(), frequency.strip())

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """Service dates: 472 of line or claim, 434 statement dates of an institutional claim."""
        qualifier, claim = elements[1], self._claim
        if claim is None or self._other_subscriber or qualifier not in ("472", "434"):
            return
        first, last = period(elements[3])
        if first is None:
            self._context.problems.warn(segment_no, "BAD_DATE", f"DTP*{qualifier}: DTP03 is no date; left out.")
            return
        place = self._line or claim
        place.service_from, place.service_to = first, max(first, last or first)

    def amt(self, elements: list[str], segment_no: int) -> None:
        """Amount paid by the patient (F5)."""
        if self._claim is not None and self._line is None and not self._other_subscriber and elements[1] == "F5":
            self._claim.patient_paid = money(elements[2])

    def hi(self, elements: list[str], segment_no: int) -> None:
        """First diagnosis (BK, ABK)."""
        claim = self._claim
        if claim is not None and claim.diagnosis is None and not self._other_subscriber:
            qualifier, code, _ = procedure(elements[1], self._context.component)
            if qualifier in ("BK", "ABK"):
                claim.diagnosis = code

    # --- service line (2400) ---

    def lx(self, elements: list[str], segment_no: int) -> None:
        """Line counter."""
        claim = self._claim
        if claim is not None:
            number = elements[1].strip()
            self._other_subscriber = False
            self._entity = None
            line_no = int(number) if number.isdecimal() and len(number) < 7 else len(claim.lines) + 1
            self._line = _Line(segment_no, line_no)
            claim.lines.append(self._line)

    def sv1(self, elements: list[str], segment_no: int) -> None:
        """Professional service."""
        self._service("SV1", segment_no, elements[1], elements[2], elements[4])

    def sv2(self, elements: list[str], segment_no: int) -> None:
        """Institutional service."""
        line = self._service("SV2", segment_no, elements[2], elements[3], elements[5])
        line.revenue_code = elements[1].strip() or None

    def sv3(self, elements: list[str], segment_no: int) -> None:
        """Dental service."""
        self._service("SV3", segment_no, elements[1], elements[2], elements[6])

    def _service(self, tag: str, segment_no: int, code: str, charge: str, quantity: str) -> _Line:
        if self._claim is None:
            raise Refused("LINE_NO_CLAIM", f"a service line ({tag}) stands outside a claim")
        if self._line is None or self._line.has_service:
            self.lx([""] * 2, segment_no)
        line = self._line
        assert line is not None
        line.has_service = True
        _, line.procedure_code, line.modifiers = procedure(code, self._context.component)
        line.charge = money(charge)
        line.units = units(quantity)
        if self.kind == "837":
            self.kind = "837" + _FORM[tag]
        return line

    # --- rows ---

    def _close_claim(self, last_segment: int) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = self._line = self._entity = None
        self._other_subscriber = False
        if claim.lines:
            difference = claim.charge - sum((line.charge for line in claim.lines), ZERO)
            if difference:
                self._context.problems.warn(
                    claim.segment_no,
                    "CLAIM_CHARGE_MISMATCH",
                    f"CLM02 differs from the sum of its lines by {difference}.",
                    difference,
                )
        self.claims += 1
        self.charge += claim.charge
        self._claim_row(claim, last_segment)
        for line in claim.lines:
            self._line_row(line, claim)

    def _claim_row(self, claim: _Claim, last_segment: int) -> None:
        context = self._context
        parties, billing = context.parties, self._billing
        starts = [line.service_from for line in claim.lines if line.service_from]
        ends = [line.service_to for line in claim.lines if line.service_to]
        service_from = min(starts, default=None) or claim.service_from or self._submitted_on
        billing_id = parties.facility(billing) if billing else None
        subscriber = self._subscriber.entity
        filing_code = self._sbr[9].strip() if self._sbr else ""
        key = account_key(context.salt, claim.account_number)
        if key is None:
            raise Refused("CLM_NO_ACCOUNT", "CLM01 (account number) is 0")
        context.output.rows["claim"].append(
            _claim_row(
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
                    "facility_id": (parties.facility(claim.facility) if claim.facility else None) or billing_id,
                    "department": None,
                    "provider_id": self._provider(claim),
                    "payer_id": self._payer_id(filing_code),
                    "patient_id": self._patient_id(),
                    "form": self.kind[3:] or "P",
                    "sequence": _SEQUENCE.get(self._sbr[1].strip(), 1) if self._sbr else 1,
                    "frequency_code": claim.frequency_code or None,
                    "original_reference": claim.original_reference,
                    "filing_code": filing_code or None,
                    "member_id": subscriber.identifier or None if subscriber else None,
                    "prior_authorization": claim.prior_authorization,
                    "place_of_service": claim.place_of_service or None,
                    "diagnosis": claim.diagnosis,
                    "service_from": service_from,
                    "service_to": max(ends, default=None) or claim.service_to or service_from,
                    "submitted_on": self._submitted_on or context.group_date,
                    "charge": claim.charge,
                    "patient_paid": claim.patient_paid,
                    "lines": len(claim.lines),
                    "line_control_digest": line_digest(
                        (line.procedure_code, line.modifiers, line.revenue_code, line.charge) for line in claim.lines
                    ),
                }
            )
        )

    def _provider(self, claim: _Claim) -> int | None:
        """Rendering provider: of the claim, of its lines, the attending, else the billing provider if a person."""
        billing = self._billing if self._billing is not None and self._billing.is_person else None
        for entity in (claim.rendering, claim.line_rendering, claim.attending, billing):
            if entity is not None:
                found = self._context.parties.provider(entity)
                if found is not None:
                    return found
        return None

    def _payer_id(self, filing_code: str) -> int | None:
        payer = self._payer
        if payer is None:
            return None
        return self._context.parties.payer(payer.identifier, payer.last_name, payer_type(filing_code))

    def _patient_id(self) -> int | None:
        person = self._patient if self._patient is not None and self._patient.entity else self._subscriber
        if person.entity is None:
            return None
        return self._context.parties.patient(person.entity, person.birth_date, person.sex)

    def _line_row(self, line: _Line, claim: _Claim) -> None:
        context = self._context
        context.output.rows["service_line"].append(
            _service_line_row(
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
                    "service_from": line.service_from or claim.service_from or self._submitted_on,
                    "service_to": line.service_to or claim.service_to or self._submitted_on,
                    "line_control": line.line_control,
                }
            )
        )

    # --- end ---

    def finish(self, segment_no: int) -> None:
        """SE: close the last claim."""
        self._close_claim(segment_no - 1)

    def business_key(self) -> str | None:
        """Submitter, batch number, date and time; None where the sender gave no batch number."""
        batch = self._bht[3].strip() if self._bht else ""
        if not batch.strip("0"):
            return None
        return "|".join(("837", self._submitter, batch, self._bht[4].strip(), self._bht[5].strip())).upper()


def line_digest(lines: Iterable[tuple[str | None, str | None, str | None, Decimal]]) -> int:
    """Hash of procedures, modifiers, revenue codes and charges in any order; fits a 32-bit integer."""
    text = "\n".join(sorted("|".join((code or "", mods or "", rev or "", str(charge))) for code, mods, rev, charge in lines))
    return crc32(text.encode()) & 0x7FFFFFFF
