"""Metrics of the cycle around the receivable: coverage, claims on their way, underpayments, the bank."""

from __future__ import annotations

from data_access.metrics.metric import Metric

METRICS = (
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
        "verification_rate",
        "Verification rate",
        "The share of insured accounts whose coverage the payer had answered for in time: on or before the day of "
        "service and at most 30 days earlier, whatever the answer.",
        "accounts answered for in time / insured accounts first served in the period, whose payer answers inquiries",
        "percent",
        "up",
        caveats="Read from eligibility answers (271): a check by telephone or on a payer's website is not in it. "
        "Accounts without a claim are left out, since only a claim says who the patient is. Accounts of workers' "
        "compensation, auto and liability insurers count only where the insurer was asked or answered.",
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
)
