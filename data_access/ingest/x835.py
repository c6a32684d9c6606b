"""Remittances (835, health care claim payment/advice, 005010X221 and 004010X091): segments to rows.

One method a segment, named as in the implementation guide. Amounts keep the sign they are sent with:
a positive adjustment lowers the payment. What an adjustment means is in `data_access.ingest.classify`;
how a remittance balances (guide section 1.10.2.1) is checked here at line, claim and transaction level,
exactly, and told as a warning with the difference.
"""

from datetime import date

from data_access import schema
from data_access.ingest.classify import normal_code
from data_access.ingest.days import NO_SUCH_DAY
from data_access.ingest.parties import Entity
from data_access.ingest.payer_types import payer_type
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context, Handler, Refused
from data_access.ingest.values import ZERO, day, limit, money, month_start, procedure, units
from data_access.ingest.x835_rows import ClaimRows, Header, PaidClaim, PaidLine

_remittance_row = row_maker(schema.remittance)
_provider_adjustment_row = row_maker(schema.provider_adjustment)

#: Where the reason codes stand in a CAS segment.
_CAS_REASONS = range(2, 20, 3)


class Remittance:
    """Reads one 835 transaction."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.kind = "835"
        self.claims = 0
        self.charge = ZERO
        self.paid = ZERO
        self._amount = ZERO
        self._bpr: list[str] = []
        self._bpr_segment = 0
        self._trn: list[str] = []
        self._produced_on: date | None = None
        self._payer = Entity("PR")
        self._payee = Entity("PE")
        self._entity: Entity | None = None
        self._payer_reference = ""
        self._payer_id: int | None = None
        self._paid_on: date | None = None
        self._header_done = False
        self._shared: Header | None = None
        self._provider_adjustments = ZERO
        self._claim: PaidClaim | None = None
        self._line: PaidLine | None = None
        self._rows = ClaimRows(context)
        self.handlers: dict[str, Handler] = {
            "BPR": self.bpr,
            "TRN": self.trn,
            "N1": self.n1,
            "REF": self.ref,
            "DTM": self.dtm,
            "LX": self.lx,
            "CLP": self.clp,
            "CAS": self.cas,
            "NM1": self.nm1,
            "AMT": self.amt,
            "MIA": self.mia,
            "MOA": self.moa,
            "SVC": self.svc,
            "LQ": self.lq,
            "PLB": self.plb,
        }

    # --- header (table 1) ---

    def bpr(self, elements: list[str], segment_no: int) -> None:
        """Amount, method and date of the payment."""
        if not elements[2].strip():
            raise Refused("BPR_NO_AMOUNT", "BPR02 (amount of the payment) is missing")
        self._bpr, self._bpr_segment = elements, segment_no
        amount = money(elements[2])
        self._amount = -amount if elements[3] == "D" else amount

    def trn(self, elements: list[str], segment_no: int) -> None:
        """Trace number of check or transfer, and who originated it."""
        if not self._trn:
            self._trn = elements

    def n1(self, elements: list[str], segment_no: int) -> None:
        """Payer (PR) and payee (PE)."""
        self._entity = None
        if elements[1] in ("PR", "PE") and not self._header_done:
            self._entity = Entity(
                elements[1], last_name=elements[2].strip(), qualifier=elements[3], identifier=elements[4].strip()
            )
            if elements[1] == "PR":
                self._payer = self._entity
            else:
                self._payee = self._entity

    def _header(self) -> None:
        """What the claims need from the header, once it is complete."""
        if self._header_done:
            return
        if not self._bpr_segment:
            raise Refused("NO_BPR", "claims or adjustments come before the payment (BPR is missing)")
        self._header_done = True
        self._entity = None
        self._paid_on = day(self._bpr[16])
        if self._bpr[16].strip() and self._paid_on is None:
            self._context.problems.warn(
                self._bpr_segment, "BAD_DATE", f"BPR16 (payment date) {NO_SUCH_DAY}; the next best date is used."
            )
        self._paid_on = self._paid_on or self._produced_on or self._context.group_date
        if self._paid_on is None:
            raise Refused(
                "NO_PAYMENT_DATE",
                f"the payment has no date: BPR16 (segment {self._bpr_segment}), DTM*405 and GS04 are missing or hold "
                "none from 1900 to the end of next year. Ask the payer for the remittance with its payment date",
            )
        if self._amount < ZERO:
            self._context.problems.warn(
                self._bpr_segment,
                "NEGATIVE_PAYMENT",
                "BPR02 is below zero; the guide asks the payer to carry it forward.",
            )
        elif self._amount and (self._bpr[1] == "H" or self._bpr[4] == "NON"):
            self._context.problems.warn(
                self._bpr_segment,
                "NOTIFICATION_WITH_AMOUNT",
                "BPR says notification only (H, NON) but states an amount.",
            )

    def _payer_party(self, filing_code: str) -> int | None:
        if self._payer_id is None:
            identifier = self._payer.identifier or self._payer_reference or (self._trn[3].strip() if self._trn else "")
            self._payer_id = self._context.parties.payer(identifier, self._payer.last_name, payer_type(filing_code))
            name = self._payer.last_name
            if self._payer_id is not None and name:
                self._context.say("payer", self._payer_id, self._bpr_segment or 0, self._paid_on, name=name)
        return self._payer_id

    # --- claim (2100) ---

    def lx(self, elements: list[str], segment_no: int) -> None:
        """Header number (2000): a new group of claims."""
        self._close_claim(segment_no - 1)

    def clp(self, elements: list[str], segment_no: int) -> None:
        """Claim payment."""
        self._close_claim(segment_no - 1)
        self._header()
        if not elements[3].strip() or not elements[4].strip():
            raise Refused("CLP_NO_AMOUNT", "CLP03 (charge) or CLP04 (paid) is missing")
        self._claim = PaidClaim(
            segment_no,
            elements[1].strip(),
            elements[2].strip(),
            money(elements[3]),
            money(elements[4]),
            money(elements[5]) if elements[5].strip() else None,
            elements[6].strip(),
            elements[7].strip(),
        )

    def cas(self, elements: list[str], segment_no: int) -> None:
        """Adjustments of the line or the claim: up to six of reason, amount, quantity."""
        place = self._line or self._claim
        if place is None:
            return
        group = elements[1].strip()
        for position, start in enumerate(_CAS_REASONS):
            carc, amount = elements[start], elements[start + 1]
            if carc or amount:
                place.adjustments.append((segment_no, position, group, normal_code(carc), money(amount)))
            elif not elements[start + 3]:
                break

    def nm1(self, elements: list[str], segment_no: int) -> None:
        """Patient (QC), insured (IL), crossover carrier (TT)."""
        claim, role = self._claim, elements[1]
        if claim is None:
            return
        if role == "QC":
            claim.patient_id = elements[9].strip()
        elif role == "IL":
            claim.subscriber_id = elements[9].strip()
        elif role == "TT":
            claim.crossover_payer = elements[3].strip() or None

    def amt(self, elements: list[str], segment_no: int) -> None:
        """Interest of the claim (I); the guide has none on a line. No part of any balance (x12.org RFI 2123)."""
        if self._claim and not self._line and elements[1].strip() == "I" and elements[2].strip():
            self._claim.interest = (self._claim.interest or ZERO) + money(elements[2])

    def mia(self, elements: list[str], segment_no: int) -> None:
        """Inpatient adjudication: remark codes MIA05, MIA20 to MIA23."""
        if self._claim:
            self._claim.remarks += [code for code in (elements[5], *elements[20:24]) if code]

    def moa(self, elements: list[str], segment_no: int) -> None:
        """Outpatient adjudication: remark codes MOA03 to MOA07."""
        if self._claim:
            self._claim.remarks += [code for code in elements[3:8] if code]

    # --- service line (2110) ---

    def svc(self, elements: list[str], segment_no: int) -> None:
        """Service payment."""
        claim = self._claim
        if claim is None:
            raise Refused("SVC_NO_CLAIM", "a service line (SVC) stands outside a claim")
        component = self._context.component
        qualifier, code, modifiers = procedure(elements[1], component)
        submitted = procedure(elements[6], component)[1] if elements[6] else None
        revenue = elements[4].strip() or None
        if qualifier == "NU":
            revenue, code = revenue or code, None
        self._line = PaidLine(
            segment_no,
            code,
            modifiers,
            submitted,
            revenue,
            money(elements[2]),
            money(elements[3]),
            units(elements[5]),
        )
        claim.lines.append(self._line)

    def lq(self, elements: list[str], segment_no: int) -> None:
        """Remark code of the line."""
        if self._line and elements[1] == "HE" and elements[2]:
            self._line.remarks.append(elements[2].strip())

    def dtm(self, elements: list[str], segment_no: int) -> None:
        """Dates: 405 production; 232, 233 claim; 472 or 150, 151 line."""
        qualifier = elements[1]
        value = day(elements[2])
        if value is None and elements[2].strip():
            self._context.problems.warn(segment_no, "BAD_DATE", f"DTM*{qualifier}: DTM02 {NO_SUCH_DAY}; left out.")
        elif self._line:
            if qualifier in ("472", "150"):
                self._line.service_from = value
            elif qualifier == "151":
                self._line.service_to = value
        elif self._claim:
            if qualifier in ("232", "472"):
                self._claim.service_from = value
            elif qualifier == "233":
                self._claim.service_to = value
        elif qualifier == "405":
            self._produced_on = value

    def ref(self, elements: list[str], segment_no: int) -> None:
        """Line control (6R), number of the original claim (F8), payer id (2U), payee tax id (TJ)."""
        qualifier = elements[1]
        if self._line:
            if qualifier == "6R":
                self._line.line_control = elements[2].strip() or None
        elif self._claim:
            if qualifier == "F8":
                self._claim.original_reference = elements[2].strip() or None
        elif self._entity and qualifier == "2U" and self._entity.role == "PR":
            self._payer_reference = elements[2].strip()
        elif self._entity and qualifier == "TJ" and self._entity.role == "PE":
            self._entity.tax_id = elements[2].strip()

    # --- provider level (table 3) ---

    def plb(self, elements: list[str], segment_no: int) -> None:
        """Provider-level adjustments: up to six of reason and reference, amount."""
        self._close_claim(segment_no - 1)
        self._header()
        context = self._context
        for position in range(6):
            reason, amount_text = elements[3 + 2 * position], elements[4 + 2 * position]
            if not reason and not amount_text:
                continue
            code, _, reference = reason.partition(context.component)
            amount = money(amount_text)
            self._provider_adjustments += amount
            context.output.rows["provider_adjustment"].append(
                _provider_adjustment_row(
                    {
                        "provider_adjustment_id": context.id(segment_no, position),
                        "remittance_id": context.id(self._bpr_segment),
                        "load_id": context.load_id,
                        "transaction_no": context.transaction_no,
                        "segment_no": segment_no,
                        "fiscal_period": limit(elements[2]),
                        "reason_code": code.strip() or None,
                        "reference": reference.strip() or None,
                        "amount": amount,
                        "paid_on": self._paid_on,
                        "paid_month": month_start(self._paid_on),
                        "payer_id": self._payer_party(""),
                    }
                )
            )

    # --- end ---

    @property
    def balanced(self) -> bool | None:
        """So far: every line and claim, at the end also the transaction."""
        return self._rows.balanced

    def _close_claim(self, last_segment: int) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = self._line = None
        self.claims += 1
        self.charge += claim.charge
        self.paid += claim.paid
        header = self._shared
        if header is None:
            header = self._shared = Header(
                self._context.id(self._bpr_segment),
                self._payer_party(claim.filing_code),
                self._paid_on,
                self._payee.npi or None,
                self._payee.any_tax_id or None,
            )
        self._rows.write(claim, last_segment, header)

    def finish(self, segment_no: int) -> None:
        """SE: close the last claim, balance the transaction, write the remittance."""
        self._close_claim(segment_no - 1)
        self._header()
        context = self._context
        difference = self._amount - (self.paid - self._provider_adjustments)
        if difference:
            self._rows.unbalanced(
                self._bpr_segment,
                "TRANSACTION_UNBALANCED",
                "BPR02 - (sum of CLP04 - sum of PLB)",
                difference,
            )
        context.output.rows["remittance"].append(
            _remittance_row(
                {
                    "remittance_id": context.id(self._bpr_segment),
                    "load_id": context.load_id,
                    "transaction_no": context.transaction_no,
                    "segment_no": self._bpr_segment,
                    "last_segment": segment_no,
                    "payer_id": self._payer_party(""),
                    "payer_name": self._payer.last_name or None,
                    "payee_npi": self._payee.npi or None,
                    "payee_tax_id": self._payee.any_tax_id or None,
                    "payee_name": self._payee.last_name or None,
                    "trace_number": self._trn[2].strip() or None if self._trn else None,
                    "payment_method": self._bpr[4].strip() or None,
                    "paid_on": self._paid_on,
                    "paid_month": month_start(self._paid_on),
                    "amount": self._amount,
                    "claims_paid": self.paid,
                    "provider_adjustments": self._provider_adjustments,
                    "difference": difference,
                    "balanced": self.balanced,
                    "claims": self.claims,
                }
            )
        )

    def business_key(self) -> str | None:
        """Payer, payee, trace number, payment date and amount; None where the payer gave no trace number."""
        trace = self._trn[2].strip() if self._trn else ""
        if not trace.strip("0") or not self._bpr_segment:
            return None
        payer = self._trn[3].strip() or self._payer.identifier or self._payer_reference or self._payer.last_name
        payee = self._payee.identifier or self._payee.last_name
        return "|".join(("835", payer, payee, trace, self._bpr[16].strip(), str(self._amount))).upper()
