"""Metrics of what payers refused, and what became of it."""

from __future__ import annotations

from decimal import Decimal

from data_access.metrics.metric import Metric

METRICS = (
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
)
