"""Claims (837P, 837I, 837D; 005010X222, X223, X224 and 004010X098, X096, X097): segments to rows.

One method a segment, named as in the implementation guide. The HL segments say where we are: billing
provider (2000A), subscriber (2000B), patient (2000C); CLM opens the claim (2300), an SBR inside it the
other subscriber (2320, another payer's view of the same claim, passed over), LX the service line (2400).
"""

from data_access.ingest.days import NO_SUCH_DAY
from data_access.ingest.parties import Entity
from data_access.ingest.transaction import Context, Handler, Refused
from data_access.ingest.values import ZERO, birth_date, day, money, period, procedure, units
from data_access.ingest.x837_rows import Loops, Person, SentClaim, SentLine, write_claim

#: NM1 roles of the place of service: 005010 says 77, 004010 also laboratory, facility, independent lab.
_SERVICE_FACILITY = ("77", "FA", "LI", "TL")
_FORM = {"SV1": "P", "SV2": "I", "SV3": "D"}


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
        self._loops = Loops()
        self._entity: Entity | None = None
        self._claim: SentClaim | None = None
        self._line: SentLine | None = None
        self._other_subscriber = False
        self.handlers: dict[str, Handler] = {
            "BHT": self.bht,
            "HL": self.hl,
            "NM1": self.nm1,
            "REF": self.ref,
            "PRV": self.prv,
            "SBR": self.sbr,
            "N3": self.n3,
            "N4": self.n4,
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
        self._loops.submitted_on = day(elements[4]) or self._context.group_date
        if elements[4].strip() and day(elements[4]) is None:
            self._context.problems.warn(segment_no, "BAD_DATE", f"BHT04 (submission date) {NO_SUCH_DAY}; GS04 is used.")

    def hl(self, elements: list[str], segment_no: int) -> None:
        """Hierarchy: 20 billing provider, 22 subscriber, 23 patient. What lies below starts afresh."""
        self._close_claim(segment_no - 1)
        self._entity = None
        level = elements[3].strip()
        above = self._loops
        if level == "20":
            self._loops = Loops(submitted_on=above.submitted_on)
        elif level == "22":
            self._loops = Loops(above.billing, above.billing_taxonomy, submitted_on=above.submitted_on)
        elif level == "23":
            above.patient = Person()

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
            entity.taxonomy = self._loops.billing_taxonomy
            self._loops.billing = entity
        elif role == "IL":
            self._loops.subscriber.entity = entity
        elif role == "PR":
            self._loops.payer = entity
        elif role == "QC":
            self._loops.patient = self._loops.patient or Person()
            self._loops.patient.entity = entity
        elif role == "41":
            self._submitter = entity.identifier or entity.last_name

    def sbr(self, elements: list[str], segment_no: int) -> None:
        """Subscriber (2000B): payer sequence and filing indicator; inside a claim the other subscriber (2320)."""
        if self._claim is not None:
            self._other_subscriber = True
            self._line = None
        else:
            self._loops.sequence_code, self._loops.filing_code = elements[1].strip(), elements[9].strip()

    def n3(self, elements: list[str], segment_no: int) -> None:
        """Street of subscriber or patient (2010BA, 2010CA): where statements go."""
        if self._claim is None and self._entity is not None:
            self._entity.street = ", ".join(part.strip() for part in elements[1:3] if part.strip())

    def n4(self, elements: list[str], segment_no: int) -> None:
        """City, state and postal code, as `n3`."""
        if self._claim is None and self._entity is not None:
            self._entity.city, self._entity.state, self._entity.postal_code = (part.strip() for part in elements[1:4])

    def dmg(self, elements: list[str], segment_no: int) -> None:
        """Birth date and sex of subscriber or patient."""
        if self._claim is None and self._entity is not None:
            person = self._loops.patient if self._entity.role == "QC" else self._loops.subscriber
            if person is not None and self._entity.role in ("IL", "QC"):
                person.birth_date, person.sex = birth_date(elements[2]), elements[3]

    def prv(self, elements: list[str], segment_no: int) -> None:
        """Specialty: of the billing provider before its NM1 (2000A), of the rendering provider after."""
        if self._other_subscriber:
            return
        if self._claim is None:
            if elements[1] in ("BI", "PT"):
                self._loops.billing_taxonomy = elements[3].strip()
                if self._loops.billing is not None:
                    self._loops.billing.taxonomy = self._loops.billing_taxonomy
        elif self._entity is not None and self._entity.role in ("82", "71"):
            self._entity.taxonomy = elements[3].strip()

    def ref(self, elements: list[str], segment_no: int) -> None:
        """Tax id of the billing provider; original reference (F8), authorization (G1) and line control (6R)."""
        if self._other_subscriber:
            return
        qualifier, value, claim = elements[1], elements[2].strip() or None, self._claim
        if claim is None:
            if self._entity is self._loops.billing and self._entity is not None and qualifier in ("EI", "SY"):
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
        self._claim = SentClaim(segment_no, number, money(elements[2]), place.strip(), frequency.strip())

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """Service dates: 472 of line or claim, 434 statement dates of an institutional claim."""
        qualifier, claim = elements[1], self._claim
        if claim is None or self._other_subscriber or qualifier not in ("472", "434"):
            return
        first, last = period(elements[3])
        if first is None:
            self._context.problems.warn(segment_no, "BAD_DATE", f"DTP*{qualifier}: DTP03 {NO_SUCH_DAY}; left out.")
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
            self._line = SentLine(segment_no, line_no)
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

    def _service(self, tag: str, segment_no: int, code: str, charge: str, quantity: str) -> SentLine:
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

    # --- end ---

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
        write_claim(self._context, claim, last_segment, self.kind[3:] or "P", self._loops)

    def finish(self, segment_no: int) -> None:
        """SE: close the last claim."""
        self._close_claim(segment_no - 1)

    def business_key(self) -> str | None:
        """Submitter, batch number, date and time; None where the sender gave no batch number."""
        batch = self._bht[3].strip() if self._bht else ""
        if not batch.strip("0"):
            return None
        return "|".join(("837", self._submitter, batch, self._bht[4].strip(), self._bht[5].strip())).upper()
