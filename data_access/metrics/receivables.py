"""Metrics of what is owed: receivables, their age, and credits."""

from __future__ import annotations

from decimal import Decimal

from data_access.metrics.metric import Metric

METRICS = (
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
        "What was paid beyond what is owed, insurance and patient apart.",
        "sum of negative open balances",
        "money",
        "down",
        caveats="Among other balances, as on Aging, it is below zero, since it reduces their sum; where only credits "
        "are told of, it is a plain amount. Not all of it is to be refunded: a patient who paid ahead of the insurer's "
        "answer is in credit until then. Medicare credit balances are reported every quarter.",
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
        "are not to be mixed. Not available (n/a) while the 90 days begin before the oldest charge of the data.",
        of_amounts=True,
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
        of_amounts=True,
    ),
    Metric(
        "over_120",
        "A/R over 120 days",
        "The share of billed A/R older than 120 days.",
        "billed A/R older than 120 days / billed A/R",
        "percent",
        "down",
        of_amounts=True,
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
        "credit_days",
        "Credit days",
        "How many days of average charges the credit balances come to: money owed back, or paid ahead.",
        "credit balances / average daily gross charges of the 90 days to the as-of date",
        "days",
        "down",
        Decimal("0.44"),
        "0.44 days among the ten best of the hospitals reported",
        "Kodiak, as reported by HealthLeaders",
        "The public figure is of hospitals. Not available (n/a) while the 90 days begin before the oldest charge of "
        "the data.",
        of_amounts=True,
    ),
)
