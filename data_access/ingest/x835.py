"""Remittances (835, health care claim payment/advice, 005010X221 and 004010X091): segments to rows.

One method a segment, named as in the implementation guide. Amounts keep the sign they are sent with:
a positive adjustment lowers the payment. What an adjustment means is in `data_access.ingest.classify`;
how a remittance balances (guide section 1.10.2.1) is checked here at line, claim and transaction level,
exactly, and told as a warning with the difference.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from data_access import schema
from data_access.ids import row_id
from data_access.ingest.classify import (
    CONTRACTUAL,
    DENIAL,
    OTHER,
    OTHER_PAYER,
    PAID,
    PATIENT,
    claim_outcome,
    classify,
    line_outcome,
    meaning,
    normal_code,
)
from data_access.ingest.parties import Entity, account_key
from data_access.ingest.payer_types import payer_type
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context, Handler, Refused
from data_access.ingest.values import ZERO, day, money, month_start, procedure, units

_remittance_row = row_maker(schema.remittance)
_claim_payment_row = row_maker(schema.claim_payment)
_payment_line_row = row_maker(schema.payment_line)
_provider_adjustment_row = row_maker(schema.provider_adjustment)

_REVERSAL = "22"
#: CLP02: processed (and forwarded) as primary, secondary, tertiary.
_SEQUENCE = {"1": 1, "19": 1, "2": 2, "20": 2, "3": 3, "21": 3, _REVERSAL: None}


#: One reason of a CAS segment: segment_no, position in it, group, reason code, amount.
_Adjustment = tuple[int, int, str, str, Decimal]


@dataclass(slots=True)
class _Line:
    """An SVC loop (2110)."""

    segment_no: int
    procedure_code: str | None
    modifiers: str | None
    submitted_procedure: str | None
    revenue_code: str | None
    charge: Decimal
    paid: Decimal
    units: Decimal | None
    service_from: date | None = None
    service_to: date | None = None
    line_control: str | None = None
    adjustments: list[_Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Claim:
    """A CLP loop (2100)."""

    segment_no: int
    account_number: str
    status_code: str
    charge: Decimal
    paid: Decimal
    stated_patient_responsibility: Decimal | None
    filing_code: str
    payer_claim_number: str
    original_reference: str | None = None
    subscriber_id: str = ""
    patient_id: str = ""
    crossover_payer: str | None = None
    service_from: date | None = None
    service_to: date | None = None
    adjustments: list[_Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)


#: Where the reason codes stand in a CAS segment.
_CAS_REASONS = range(2, 20, 3)


class _Totals:
    """Sums of a claim's adjustments by class, and of its denials by group and code."""

    __slots__ = ("adjusted", "by_class", "denied_by_reason", "denied_to_patient")

    def __init__(self) -> None:
        self.adjusted = ZERO
        self.by_class = {CONTRACTUAL: ZERO, PATIENT: ZERO, DENIAL: ZERO, OTHER_PAYER: ZERO, OTHER: ZERO}
        self.denied_by_reason: dict[tuple[str, str], Decimal] = {}
        self.denied_to_patient = ZERO

    def add_denial(self, group: str, carc: str, amount: Decimal) -> None:
        reason = group, carc
        self.denied_by_reason[reason] = self.denied_by_reason.get(reason, ZERO) + amount
        if group == "PR":
            self.denied_to_patient += amount

    def main_denial(self) -> tuple[str | None, str | None]:
        """Group and code of the largest denied amount, the first sent of equals."""
        if not self.denied_by_reason:
            return None, None
        return max(self.denied_by_reason, key=lambda reason: abs(self.denied_by_reason[reason]))


class Remittance:
    """Reads one 835 transaction."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.kind = "835"
        self.claims = 0
        self.charge = ZERO
        self.paid = ZERO
        self.balanced: bool | None = True
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
        self._provider_adjustments = ZERO
        self._claim: _Claim | None = None
        self._line: _Line | None = None
        self._unknown: set[str] = set()
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
        if not self._bpr:
            raise Refused("NO_BPR", "claims or adjustments come before the payment (BPR is missing)")
        self._header_done = True
        self._entity = None
        self._paid_on = day(self._bpr[16])
        if self._bpr[16].strip() and self._paid_on is None:
            self._context.problems.warn(
                self._bpr_segment, "BAD_DATE", "BPR16 (payment date) is no date; the next best date is used."
            )
        self._paid_on = self._paid_on or self._produced_on or self._context.group_date
        if self._paid_on is None:
            self._context.problems.warn(
                self._bpr_segment, "NO_PAYMENT_DATE", "No payment date in BPR16, DTM*405 or GS04: figures by date leave it out."
            )
        if self._amount < ZERO:
            self._context.problems.warn(
                self._bpr_segment, "NEGATIVE_PAYMENT", "BPR02 is below zero; the guide asks the payer to carry it forward."
            )
        elif self._amount and (self._bpr[1] == "H" or self._bpr[4] == "NON"):
            self._context.problems.warn(
                self._bpr_segment, "NOTIFICATION_WITH_AMOUNT", "BPR says notification only (H, NON) but states an amount."
            )

    def _payer_party(self, filing_code: str) -> int | None:
        if self._payer_id is None:
            identifier = self._payer.identifier or self._payer_reference or (self._trn[3].strip() if self._trn else "")
            self._payer_id = self._context.parties.payer(identifier, self._payer.last_name, payer_type(filing_code))
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
        self._claim = _Claim(
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
        self._line = _Line(
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
            self._context.problems.warn(segment_no, "BAD_DATE", f"DTM*{qualifier}: DTM02 is no date; left out.")
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
                        "fiscal_period": day(elements[2]),
                        "reason_code": code.strip() or None,
                        "reference": reference.strip() or None,
                        "amount": amount,
                        "paid_on": self._paid_on,
                        "paid_month": month_start(self._paid_on),
                        "payer_id": self._payer_party(""),
                    }
                )
            )

    # --- rows ---

    def _close_claim(self, last_segment: int) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = self._line = None
        totals = _Totals()
        claim_payment_id = self._context.id(claim.segment_no)
        self._adjustment_rows(claim.adjustments, claim, claim_payment_id, None, claim.remarks, totals)
        lines_denied = 0
        for line in claim.lines:
            lines_denied += self._line_row(line, claim, claim_payment_id, totals)
        difference = claim.charge - totals.adjusted - claim.paid
        if difference:
            self._unbalanced(claim.segment_no, "CLAIM_UNBALANCED", "CLP03 - all adjustments - CLP04", difference)
        self.claims += 1
        self.charge += claim.charge
        self.paid += claim.paid
        self._claim_row(claim, last_segment, totals, lines_denied, difference)

    def _line_row(self, line: _Line, claim: _Claim, claim_payment_id: int, claim_totals: _Totals) -> int:
        """Write a line and its adjustments; 1 when it is denied or partly denied."""
        context = self._context
        line_id = context.id(line.segment_no)
        remarks = line.remarks + claim.remarks
        before = claim_totals.by_class[DENIAL], claim_totals.by_class[PATIENT], claim_totals.adjusted
        self._adjustment_rows(line.adjustments, claim, claim_payment_id, line_id, remarks, claim_totals)
        denied = claim_totals.by_class[DENIAL] - before[0]
        patient_share = claim_totals.by_class[PATIENT] - before[1]
        difference = line.charge - (claim_totals.adjusted - before[2]) - line.paid
        if difference:
            self._unbalanced(line.segment_no, "LINE_UNBALANCED", "SVC02 - adjustments - SVC03", difference)
        reversal = claim.status_code == _REVERSAL
        outcome = None if reversal else line_outcome(denied, line.paid, patient_share)
        context.output.rows["payment_line"].append(
            _payment_line_row(
                {
                    "payment_line_id": line_id,
                    "claim_payment_id": claim_payment_id,
                    "load_id": context.load_id,
                    "transaction_no": context.transaction_no,
                    "segment_no": line.segment_no,
                    "procedure_code": line.procedure_code,
                    "modifiers": line.modifiers,
                    "submitted_procedure": line.submitted_procedure,
                    "revenue_code": line.revenue_code,
                    "charge": line.charge,
                    "paid": line.paid,
                    "units": line.units,
                    "service_from": line.service_from or claim.service_from,
                    "line_control": line.line_control,
                    "allowed": line.paid + patient_share,
                    "denied": denied,
                    "outcome": outcome,
                    "difference": difference,
                }
            )
        )
        return 0 if outcome in (None, PAID) else 1

    def _adjustment_rows(
        self,
        adjustments: list[_Adjustment],
        claim: _Claim,
        claim_payment_id: int,
        payment_line_id: int | None,
        remarks: list[str],
        totals: _Totals,
    ) -> None:
        context = self._context
        load_id, transaction_no = context.load_id, context.transaction_no
        rows, by_class = context.output.rows["adjustment"], totals.by_class
        reversal = claim.status_code == _REVERSAL
        remark_codes = " ".join(dict.fromkeys(remarks)) if remarks else None
        for segment_no, position, group, carc, amount in adjustments:
            found = meaning(group, carc)
            if not found.known:
                found = classify(group, carc, amount, reversal)
                self._unknown_code(segment_no, carc)
            adjustment_class = found.adjustment_class
            totals.adjusted += amount
            by_class[adjustment_class] += amount
            if adjustment_class == DENIAL:
                totals.add_denial(group, carc, amount)
            rows.append(  # half of all rows: written in column order at once
                (
                    row_id(load_id, segment_no, position),
                    claim_payment_id,
                    payment_line_id,
                    load_id,
                    transaction_no,
                    segment_no,
                    group or None,
                    carc or None,
                    amount,
                    remark_codes,
                    adjustment_class,
                    found.category,
                )
            )

    def _unknown_code(self, segment_no: int, carc: str) -> None:
        if carc not in self._unknown:
            self._unknown.add(carc)
            self._context.problems.warn(
                segment_no,
                "UNKNOWN_REASON",
                f"Adjustment reason code {carc[:5] or '(empty)'} is not in our table; "
                "it counts as a denial of category Other.",
            )

    def _claim_row(
        self, claim: _Claim, last_segment: int, totals: _Totals, lines_denied: int, difference: Decimal
    ) -> None:
        context = self._context
        reversal = claim.status_code == _REVERSAL
        denied, patient_share = totals.by_class[DENIAL], totals.by_class[PATIENT]
        group, carc = totals.main_denial() if denied else (None, None)
        denial = meaning(group or "", carc or "") if group is not None else None
        starts = [line.service_from for line in claim.lines if line.service_from]
        ends = [line.service_to or line.service_from for line in claim.lines if line.service_to or line.service_from]
        service_from = claim.service_from or min(starts, default=None)
        context.output.rows["claim_payment"].append(
            _claim_payment_row(
                {
                    "claim_payment_id": context.id(claim.segment_no),
                    "remittance_id": context.id(self._bpr_segment),
                    "load_id": context.load_id,
                    "transaction_no": context.transaction_no,
                    "segment_no": claim.segment_no,
                    "last_segment": last_segment,
                    "account_key": account_key(context.salt, claim.account_number),
                    "account_number": claim.account_number or None,
                    "status_code": claim.status_code or None,
                    "sequence": _SEQUENCE.get(claim.status_code, 1),
                    "is_reversal": reversal,
                    "charge": claim.charge,
                    "paid": claim.paid,
                    "stated_patient_responsibility": claim.stated_patient_responsibility,
                    "filing_code": claim.filing_code or None,
                    "payer_claim_number": claim.payer_claim_number or None,
                    "original_reference": claim.original_reference,
                    "member_id": claim.subscriber_id or claim.patient_id or None,
                    "crossover_payer": claim.crossover_payer,
                    "service_from": service_from,
                    "service_to": claim.service_to or max(ends, default=None) or service_from,
                    "paid_on": self._paid_on,
                    "paid_month": month_start(self._paid_on),
                    "remit_payer_id": self._payer_party(claim.filing_code),
                    "payee_npi": self._payee.npi or None,
                    "payee_tax_id": self._payee.any_tax_id or None,
                    "contractual": totals.by_class[CONTRACTUAL],
                    "patient_share": patient_share,
                    "denied": denied,
                    "denied_to_patient": totals.denied_to_patient,
                    "other_payer": totals.by_class[OTHER_PAYER],
                    "other": totals.by_class[OTHER],
                    "allowed": claim.paid + patient_share,
                    "outcome": None if reversal else claim_outcome(denied, claim.paid, patient_share),
                    "denial_category": denial.category if denial else None,
                    "denial_carc": carc,
                    "denial_group": group,
                    "preventable": denial.preventable if denial else None,
                    "lines": len(claim.lines),
                    "lines_denied": lines_denied,
                    "difference": difference,
                }
            )
        )

    def _unbalanced(self, segment_no: int, code: str, equation: str, difference: Decimal) -> None:
        self.balanced = False
        self._context.problems.warn(segment_no, code, f"{equation} should be zero and is {difference}.", difference)

    # --- end ---

    def finish(self, segment_no: int) -> None:
        """SE: close the last claim, balance the transaction, write the remittance."""
        self._close_claim(segment_no - 1)
        self._header()
        context = self._context
        difference = self._amount - (self.paid - self._provider_adjustments)
        if difference:
            self._unbalanced(
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
        if not trace.strip("0"):
            return None
        payer = self._trn[3].strip() or self._payer.identifier or self._payer_reference or self._payer.last_name
        payee = self._payee.identifier or self._payee.last_name
        return "|".join(("835", payer, payee, trace, self._bpr[16].strip(), str(self._amount))).upper()
