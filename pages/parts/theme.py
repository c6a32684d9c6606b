"""Colours, once: the same one for the same thing on every screen; safe for colour-blind readers."""

PAYER_TYPES = {
    "Commercial": "#2f6db5",
    "Medicare": "#e08a1e",
    "Medicare Advantage": "#2a9d8f",
    "Medicaid": "#b4508c",
    "Workers' comp": "#7a6ad8",
    "Auto and liability": "#c9584b",
    "Military and federal": "#5b8c3e",
    "Self-pay": "#8a8f98",
    "Other": "#a07b4f",
}
#: From recent to old.
AGES = ("#8cbfe0", "#5b9bd0", "#3f78b5", "#f0c05a", "#ea9440", "#d8602f", "#a32a35")
SIDES = {"insurance": "#2f6db5", "unbilled": "#8cbfe0", "patient": "#e08a1e", "credit": "#8a8f98"}
CASH = {
    "insurance": "#2f6db5",
    "patient": "#e08a1e",
    "unapplied": "#8a8f98",
    "provider_level": "#a07b4f",
    "refund": "#c9584b",
}
MAIN = "#2f6db5"
SECOND = "#e08a1e"
QUIET = "#9aa5b1"
BAD = "#c9584b"
HEAT = ("#eaf1f8", "#9fc3e3", "#4f8fc7", "#1f5fa8", "#0d335f")


def age_colors(buckets: int) -> tuple[str, ...]:
    """One colour a bucket, from recent to old."""
    return AGES[:buckets] if buckets == len(AGES) else AGES[: buckets - 1] + AGES[-1:]
