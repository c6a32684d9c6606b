"""Every metric, once: its name, what it means, how it is computed, and what is known of good values.

Benchmarks are shown only with an honest source; where none is public, none is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Metric:
    """A metric in words.

    `unit`: money, percent, days or count. `good`: up, down, or None where neither is good in itself.
    `target`: the public figure in the metric's unit, a percent as a fraction. `of_amounts`: a rate whose
    numerator and denominator are amounts of money, not counts.
    """

    id: str
    name: str
    definition: str
    formula: str
    unit: str
    good: str | None = None
    target: Decimal | None = None
    benchmark: str | None = None
    source: str | None = None
    caveats: str | None = None
    of_amounts: bool = False

    @property
    def help(self) -> str:
        """What the "?" beside a figure says."""
        parts = [self.definition, f"**Formula:** {self.formula}"]
        if self.benchmark:
            parts.append(f"**Benchmark:** {self.benchmark} ({self.source})")
        if self.caveats:
            parts.append(f"**Mind:** {self.caveats}")
        return "\n\n".join(parts)


_METRICS = (
    Metric(
        "ar",
        "A/R",
        "Everything insurers and patients still owe on the as-of date. Credit balances and unapplied cash are "
        "never netted in; they stand on their own line.",
        "sum of positive open balances, insurance and patient",
        "money",
        "down",
    ),
    Metric(
        "insurance_ar",
        "Insurance A/R",
        "What insurers owe on the as-of date, denied amounts included until they are paid, written off or moved "
        "to the patient.",
        "sum of positive insurance balances",
        "money",
        "down",
    ),
    Metric(
        "patient_ar",
        "Patient A/R",
        "What patients owe on the as-of date.",
        "sum of positive patient balances",
        "money",
        "down",
    ),
    Metric(
        "credits",
        "Credit balances",
        "Accounts paid more than they owed, and who is owed a refund.",
        "sum of negative open balances",
        "money",
        "down",
        caveats="Medicare credit balances are reported every quarter.",
    ),
    Metric(
        "unbilled",
        "Unbilled A/R",
        "Charges for which no claim had been sent on the as-of date; part of A/R.",
        "sum of insurance balances before their first submission",
        "money",
        "down",
    ),
    Metric(
        "days_in_ar",
        "Days in A/R",
        "How many average days of charges are still owed.",
        "A/R / (gross charges of the 90 days to the as-of date / 90)",
        "days",
        "down",
        Decimal("40"),
        "30 to 40 days is preferable for a physician practice, below 50 acceptable",
        "American Academy of Family Physicians, practice finances",
        "Gross A/R over gross charges. The hospital form (net A/R over net revenue) gives other figures; the two "
        "are not to be mixed.",
    ),
    Metric(
        "over_90",
        "A/R over 90 days",
        "The share of billed A/R older than 90 days.",
        "billed A/R older than 90 days / billed A/R",
        "percent",
        "down",
        Decimal("0.225"),
        "22.5 % at the top ten of all providers, 35.9 % at all of them (2024)",
        "Kodiak, as reported by HealthLeaders",
        "Depends on the age anchor; this office's choice stands beside the figure.",
    ),
    Metric(
        "over_120",
        "A/R over 120 days",
        "The share of billed A/R older than 120 days.",
        "billed A/R older than 120 days / billed A/R",
        "percent",
        "down",
    ),
    Metric(
        "roll_forward",
        "Roll-forward",
        "Opening balance plus charges minus payments and adjustments plus refunds must give the closing balance.",
        "opening + charges - payments - adjustments + refunds = closing",
        "money",
        caveats="A difference other than 0.00 is an error and shown in red.",
    ),
    Metric(
        "initial_denial_rate",
        "Initial denial rate",
        "The share of claims denied, in whole or in part, in the payer's first answer. A claim counts once, "
        "whatever the number of its denials; corrected claims do not count again.",
        "claims with a denial on first adjudication / claims first adjudicated in the period",
        "percent",
        "down",
        Decimal("0.118"),
        "11.8 % (2024, all payers; measured on claim value)",
        "Kodiak, as reported by HealthLeaders and TechTarget",
        "Read from the adjustments, never from the claim status code.",
    ),
    Metric(
        "initial_denial_rate_hfma",
        "Denial rate, HFMA basis",
        "Initially denied claims of the period over the monthly average of claims submitted in the three months "
        "before it, scaled to the length of the period.",
        "claims initially denied / average claims submitted in the 90 days before, for as many days",
        "percent",
        "down",
        source="HFMA Claim Integrity Task Force definition",
        caveats="Moves with volume: growth lowers it, a slow month raises it.",
    ),
    Metric(
        "initial_denial_rate_amount",
        "Denial rate by amount",
        "The denied share of the amounts billed, on first adjudication.",
        "amount denied on first adjudication / amount billed of claims first adjudicated",
        "percent",
        "down",
        Decimal("0.118"),
        "11.8 % (2024, all payers; claim value)",
        "Kodiak, as reported by HealthLeaders and TechTarget",
        of_amounts=True,
    ),
    Metric(
        "initial_denial_rate_line",
        "Denial rate by line",
        "The share of service lines denied, in whole or in part, on first adjudication.",
        "lines denied / lines adjudicated",
        "percent",
        "down",
    ),
    Metric(
        "final_denial_rate",
        "Final denial rate",
        "What was written off as denied, as a share of charges less contractual adjustments.",
        "denial write-offs in the period / (charges - contractual adjustments posted in the period)",
        "percent",
        "down",
        Decimal("0.028"),
        "2.8 % (2024)",
        "Kodiak, as reported by HealthLeaders",
        of_amounts=True,
    ),
    Metric(
        "overturn_rate",
        "Overturn rate",
        "The share of initially denied claims that the payer later paid, among those with a final outcome.",
        "denied claims later paid / denied claims decided; pending ones left out and shown",
        "percent",
        "up",
        Decimal("0.57"),
        "57 % of Medicare Advantage denials, 54.3 % of private payers' (2022)",
        "Health Affairs 2025; Premier",
    ),
    Metric(
        "preventable_share",
        "Preventable share",
        "The share of denied claims whose main reason has its first cause in the office.",
        "denied claims with a preventable main reason / denied claims",
        "percent",
        "down",
    ),
    Metric(
        "days_to_rework",
        "Days to rework",
        "Days from the denial to the corrected claim.",
        "median of submission date - denial date, for denied claims sent again",
        "days",
        "down",
    ),
    Metric(
        "first_pass_yield",
        "First-pass yield",
        "The share of claims fully settled, by payment or by moving the rest to the patient, in the payer's first "
        "answer without rework.",
        "claims settled on first adjudication / claims first adjudicated in the period",
        "percent",
        "up",
        Decimal("0.85"),
        "median 85 % of 190 billing firms (2026)",
        "Tebra (a vendor), a survey, as reported by Flowace",
    ),
    Metric(
        "cash",
        "Cash",
        "Money received in the period, net of refunds and reversals, insurance and patient.",
        "remittance amounts (BPR02) + insurance and patient payments posted - refunds",
        "money",
        "up",
        caveats="Under a filter of clinic, department, payer or provider only what is posted to accounts counts.",
    ),
    Metric(
        "net_collection_rate",
        "Net collection rate",
        "What was collected of what the contracts let the office expect, by month of service, for services at "
        "least six months old.",
        "payments / (charges - contractual adjustments), of accounts by service month",
        "percent",
        "up",
        caveats="Younger months are shown as not yet mature and left out of the figure.",
    ),
    Metric(
        "net_collection_rate_posted",
        "Net rate, by posting",
        "Payments posted in the period over charges less contractual adjustments posted in the period.",
        "payments posted / (charges - contractual adjustments) posted",
        "percent",
        "up",
        caveats="Can pass 100 %: payments belong to earlier charges.",
    ),
    Metric(
        "gross_collection_rate",
        "Gross collection rate",
        "Payments over charges; it depends on the price list, so it is only shown beside the net rate.",
        "payments / charges, of accounts by service month",
        "percent",
    ),
    Metric(
        "patient_collection_rate",
        "Patient collection rate",
        "What patients paid of what became theirs, by month of first statement.",
        "patient payments / patient responsibility, of accounts by first-statement month",
        "percent",
        "up",
        Decimal("0.344"),
        "34.4 % of commercially insured patients' balances (2024)",
        "Kodiak, as reported by TechTarget",
    ),
    Metric(
        "promises_kept",
        "Promises kept",
        "The share of promises to pay, due in the period, that patients met in full in time.",
        "promises paid in full by their day and 3 days of grace / promises due",
        "percent",
        "up",
    ),
    Metric(
        "worklist_score",
        "Worklist score",
        "From 0 to 100: which account to work next. The sum of the points of its parts, each shown beside the "
        "account; the office sets how many points each part has at most.",
        "points for amount, likelihood to collect, deadline, broken promise, silent payer, days untouched, new answer",
        "count",
        caveats="What is likely to be collected is the office's own history: the share collected within 91 days of "
        "balances of the same side, age, payer and denial; below 30 of them the next coarser group is used.",
    ),
    Metric(
        "point_of_service_share",
        "Paid at the visit",
        "The share of patient cash received on or before the service date.",
        "patient payments on or before the service date / patient payments less refunds",
        "percent",
        "up",
        of_amounts=True,
    ),
    Metric(
        "payment_lag",
        "Payment lag",
        "Days from first submission to first payment.",
        "median of first payment date - first submission date, of claims first paid in the period",
        "days",
        "down",
    ),
    Metric(
        "submission_lag",
        "Submission lag",
        "Days from the last service date to first submission.",
        "median of first submission date - last service date, of claims first sent in the period",
        "days",
        "down",
    ),
    Metric(
        "charge_lag",
        "Charge lag",
        "Days from the service to its charge in the billing system.",
        "median of charge posting date - service date, of charges posted in the period",
        "days",
        "down",
        caveats="Known where the billing system's charges are loaded.",
    ),
    Metric(
        "rejection_rate",
        "Rejection rate",
        "The share of claims that clearinghouse or payer refused at the door, with their file or by themselves. They "
        "were never adjudicated: a rejection is no denial, and the filing clock runs on.",
        "claims rejected / claims sent in the period that were acknowledged at all",
        "percent",
        "down",
        caveats="Every sending counts. Claims to payers that send no acknowledgments are left out.",
    ),
    Metric(
        "clean_claim_rate",
        "Clean claim rate",
        "The share of bills accepted at their first sending, never rejected by clearinghouse or payer.",
        "first sendings never rejected / first sendings in the period that were acknowledged at all",
        "percent",
        "up",
        caveats="Claims to payers that send no acknowledgments are left out. What the billing system's own edits held "
        "back before sending is not in the files.",
    ),
    Metric(
        "asked_unanswered",
        "Asked, not answered",
        "Claims whose status the payer was asked (276) and has not told: no answer (277) and no remittance came since, "
        "and the claim was not sent again. A claim waits since the first question without an answer.",
        "claims with a status request by the as-of date and neither an answer nor a remittance of its day or later",
        "count",
        "down",
        caveats="That a question could not be answered (E0 to E4) is no answer. Questions that name no claim that is "
        "loaded are listed apart.",
    ),
    Metric(
        "bad_debt",
        "Bad debt",
        "Patient balances given up.",
        "bad debt written off / gross charges posted in the period",
        "percent",
        "down",
    ),
    Metric(
        "charity",
        "Charity care",
        "Balances forgiven for patients who cannot pay; kept apart from bad debt.",
        "charity care / gross charges posted in the period",
        "percent",
    ),
    Metric(
        "avoidable_write_offs",
        "Avoidable write-offs",
        "Write-offs for a missed filing window, a missing authorization, a missed appeal or missing information.",
        "write-offs with one of those reasons, posted in the period",
        "money",
        "down",
    ),
    Metric(
        "verification_rate",
        "Verification rate",
        "The share of insured accounts whose coverage the payer had answered for in time: on or before the day of "
        "service and at most 30 days earlier, whatever the answer.",
        "accounts answered for in time / insured accounts first served in the period",
        "percent",
        "up",
        caveats="Read from eligibility answers (271): a check by telephone or on a payer's website is not in it. "
        "Accounts without a claim are left out, since only a claim says who the patient is.",
    ),
    Metric(
        "unapplied",
        "Unapplied cash",
        "Money received that no account could be credited with: payments without a claim here, and payments "
        "that wait for somebody to confirm their claim.",
        "sum of claim payments not posted to an account",
        "money",
        "down",
    ),
    Metric(
        "underpayment",
        "Underpaid, open",
        "What payers still owe on paid lines by their contract, or where none is loaded by what they usually allow. "
        "A denied line is a denial and not counted here; nor is the denied part of a line denied in part.",
        "expected allowed amount - amount allowed - amount denied, of lines where more than the greater of 1 % and "
        "$1 is missing",
        "money",
        "down",
        caveats="Allowed is what was paid, the patient's share, and what lowers the payment but not the price, such as "
        "sequestration. Expected is never above the charge. A usual amount (the median of at least 10 lines of the 12 "
        "months before) is a reason to ask, not a claim.",
    ),
    Metric(
        "underpayment_rate",
        "Lines underpaid",
        "How many of the lines that could be measured are short of what was expected.",
        "lines underpaid and open / lines first paid in the period with an expected amount",
        "percent",
        "down",
    ),
    Metric(
        "recovered",
        "Recovered",
        "What later remittances brought of shortfalls: the line was paid again after a reversal, or paid more.",
        "amount allowed now, up to what was expected - amount first allowed, of lines first underpaid",
        "money",
        "up",
    ),
    Metric(
        "late_interest",
        "Late-payment interest",
        "Interest that payers owe on clean claims paid later than their prompt-pay rule. Clean: settled on the first "
        "answer, with no line denied and nothing sent again. The clock starts on the first submission.",
        "paid x yearly rate x days late / 365, claim by claim, less interest paid for the claim: what PLB L6 "
        "names it for, else what its AMT*I says",
        "money",
        "down",
        caveats="Where a rule counts from receipt, submission stands in for it: electronic claims arrive within a day. "
        "Interest paid in a sum (PLB L6) that no claim's AMT*I accounts for is shown, not netted.",
    ),
    Metric(
        "days_to_deposit",
        "Days to deposit",
        "Days from the payment date of a remittance to the deposit of its money.",
        "median of deposit date - payment date, of remittances paid in the period and matched to deposits",
        "days",
        "down",
    ),
    Metric(
        "matched_share",
        "Matched at the bank",
        "Share of the money that remittances say was paid which the bank received: matched by trace number, by "
        "amount and day, or by a person.",
        "payment amounts of remittances matched to deposits / payment amounts of remittances paid in the period",
        "percent",
        "up",
        caveats="Remittances of the last days wait for their money; one sent again counts once.",
        of_amounts=True,
    ),
    Metric(
        "credit_days",
        "Credit days",
        "How many days of average charges the credit balances come to: money that is owed back.",
        "credit balances / average daily gross charges of the 90 days to the as-of date",
        "days",
        "down",
        Decimal("0.44"),
        "0.44 days among the ten best of the hospitals reported",
        "Kodiak, as reported by HealthLeaders",
        "The public figure is of hospitals.",
    ),
)

METRICS: dict[str, Metric] = {metric.id: metric for metric in _METRICS}

#: Write-off reasons that better work in the office would have avoided.
AVOIDABLE_REASONS = ("timely_filing", "no_authorization", "missed_appeal", "missing_information")
