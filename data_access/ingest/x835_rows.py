"""Rows of a claim payment (835): the payment, its lines, its adjustments, their sums by class and their balance."""

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
)
from data_access.ingest.parties import account_key
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context
from data_access.ingest.values import ZERO, month_start

_claim_payment_row = row_maker(schema.claim_payment)
_payment_line_row = row_maker(schema.payment_line)

_REVERSAL = "22"
#: CLP02: processed (and forwarded) as primary, secondary, tertiary.
_SEQUENCE = {"1": 1, "19": 1, "2": 2, "20": 2, "3": 3, "21": 3, _REVERSAL: None}

#: One reason of a CAS segment: segment_no, position in it, group, reason code, amount.
Adjustment = tuple[int, int, str, str, Decimal]


@dataclass(slots=True)
class PaidLine:
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
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PaidClaim:
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
    interest: Decimal | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lines: list[PaidLine] = field(default_factory=list)


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


@dataclass(frozen=True, slots=True)
class Header:
    """What the claim payments of a remittance have in common."""

    remittance_id: int
    payer_id: int | None
    paid_on: date | None
    payee_npi: str | None
    payee_tax_id: str | None


class ClaimRows:
    """Writes the claim payments of one remittance."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._unknown: set[str] = set()
        self.balanced = True

    def write(self, claim: PaidClaim, last_segment: int, header: Header) -> None:
        """Hand over the rows of a claim payment; warn where claim or line does not balance."""
        totals = _Totals()
        claim_payment_id = self._context.id(claim.segment_no)
        self._adjustment_rows(claim.adjustments, claim, claim_payment_id, None, claim.remarks, totals)
        lines_denied = 0
        for line in claim.lines:
            lines_denied += self._line_row(line, claim, claim_payment_id, totals)
        difference = claim.charge - totals.adjusted - claim.paid
        if difference:
            self.unbalanced(claim.segment_no, "CLAIM_UNBALANCED", "CLP03 - all adjustments - CLP04", difference)
        self._claim_row(claim, last_segment, header, totals, lines_denied, difference)

    def unbalanced(self, segment_no: int, code: str, equation: str, difference: Decimal) -> None:
        """Note that an equation of the guide does not hold."""
        self.balanced = False
        self._context.problems.warn(segment_no, code, f"{equation} should be zero and is {difference}.", difference)

    def _line_row(self, line: PaidLine, claim: PaidClaim, claim_payment_id: int, claim_totals: _Totals) -> int:
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
            self.unbalanced(line.segment_no, "LINE_UNBALANCED", "SVC02 - adjustments - SVC03", difference)
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
        adjustments: list[Adjustment],
        claim: PaidClaim,
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
        self,
        claim: PaidClaim,
        last_segment: int,
        header: Header,
        totals: _Totals,
        lines_denied: int,
        difference: Decimal,
    ) -> None:
        context = self._context
        reversal = claim.status_code == _REVERSAL
        denied, patient_share = totals.by_class[DENIAL], totals.by_class[PATIENT]
        group, carc = totals.main_denial() if denied else (None, None)
        denial = meaning(group or "", carc or "") if group is not None else None
        starts = [line.service_from for line in claim.lines if line.service_from]
        ends = [end for line in claim.lines if (end := line.service_to or line.service_from)]
        service_from = claim.service_from or min(starts, default=None)
        context.output.rows["claim_payment"].append(
            _claim_payment_row(
                {
                    "claim_payment_id": context.id(claim.segment_no),
                    "remittance_id": header.remittance_id,
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
                    "interest": claim.interest,
                    "filing_code": claim.filing_code or None,
                    "payer_claim_number": claim.payer_claim_number or None,
                    "original_reference": claim.original_reference,
                    "member_id": claim.subscriber_id or claim.patient_id or None,
                    "crossover_payer": claim.crossover_payer,
                    "service_from": service_from,
                    "service_to": claim.service_to or max(ends, default=None) or service_from,
                    "paid_on": header.paid_on,
                    "paid_month": month_start(header.paid_on),
                    "remit_payer_id": header.payer_id,
                    "payee_npi": header.payee_npi,
                    "payee_tax_id": header.payee_tax_id,
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
