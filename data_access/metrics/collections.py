"""Metrics of what came in, what was given up, and the work behind it."""

from __future__ import annotations

from decimal import Decimal

from data_access.metrics.metric import Metric

METRICS = (
    Metric(
        "cash",
        "Cash",
        "Money received in the period, net of refunds and reversals, insurance and patient.",
        "remittance amounts (BPR02) + insurance and patient payments posted without one - refunds",
        "money",
        "up",
        caveats="What a payer kept from a remittance is missing from its amount already, so its posting to an account "
        "(recoupment) is not subtracted again. Under a filter of clinic, department, payer or provider only what is "
        "posted to accounts counts, recoupments too.",
    ),
    Metric(
        "net_collection_rate",
        "Net collection rate",
        "What was collected of what the contracts let the office expect, by month of service, for services at "
        "least six months old.",
        "payments / (charges - contractual adjustments), of accounts by service month",
        "percent",
        "up",
        caveats="Months of the last year and a half. Younger months than six are shown as not yet mature and left out "
        "of the figure. Under a filter of payers, what moved on to the next payer or came from the one before is that "
        "payer's to pay.",
        of_amounts=True,
    ),
    Metric(
        "net_collection_rate_posted",
        "Net rate, by posting",
        "Payments posted in the period over charges less contractual adjustments posted in the period.",
        "payments posted / (charges - contractual adjustments) posted",
        "percent",
        "up",
        caveats="Can pass 100 %: payments belong to earlier charges. Under a filter of payers, what moved on to the "
        "next payer is no longer this one's to pay.",
        of_amounts=True,
    ),
    Metric(
        "gross_collection_rate",
        "Gross collection rate",
        "Payments over charges; it depends on the price list, so it is only shown beside the net rate.",
        "payments / charges, of accounts by service month",
        "percent",
        of_amounts=True,
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
        of_amounts=True,
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
        "bad_debt",
        "Bad debt",
        "Patient balances given up.",
        "bad debt written off / gross charges posted in the period",
        "percent",
        "down",
        of_amounts=True,
    ),
    Metric(
        "charity",
        "Charity care",
        "Balances forgiven for patients who cannot pay; kept apart from bad debt.",
        "charity care / gross charges posted in the period",
        "percent",
        of_amounts=True,
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
        caveats="A deadline of today or tomorrow brings most points: after it the money is lost. What is likely to be "
        "collected is the office's own history: the share collected within 91 days of balances of the same side, age, "
        "payer and denial; below 30 of them the next coarser group is used.",
    ),
)
