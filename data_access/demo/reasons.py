"""Why payers deny in the synthetic practice, how often, and what the office then does.

Weights are the shares by category of the Change Healthcare 2020 denials index (102 million transactions);
how a category splits into codes is not published by anyone and is our assumption.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A denial reason: `codes` are (group, reason code, remark code, weight)."""

    name: str
    weight: float
    codes: tuple[tuple[str, str, str, int], ...]
    rework: float  # probability that the office does anything about it
    by_appeal: bool  # appealed, not corrected and sent again
    success: float  # probability that a reworked one is paid
    write_off: str  # reason given when it is given up


REASONS = (
    Reason(
        "eligibility",
        22.0,
        (("CO", "27", "", 4), ("PR", "27", "", 2), ("CO", "31", "N382", 3), ("CO", "26", "", 1)),
        0.74,
        False,
        0.90,
        "other",
    ),
    Reason("coordination", 6.0, (("CO", "22", "MA04", 1),), 0.74, False, 0.92, "other"),
    Reason(
        "missing information",
        17.2,
        (("CO", "16", "M51", 3), ("CO", "16", "N290", 2), ("CO", "16", "MA130", 1)),
        0.84,
        False,
        0.95,
        "missing_information",
    ),
    Reason(
        "authorization",
        11.6,
        (("CO", "197", "", 5), ("CO", "15", "", 2), ("CO", "198", "", 1)),
        0.62,
        True,
        0.85,
        "no_authorization",
    ),
    Reason(
        "not covered",
        10.6,
        (("PR", "96", "N130", 2), ("CO", "96", "N130", 2), ("PR", "204", "", 2)),
        0.4,
        True,
        0.75,
        "other",
    ),
    Reason(
        "records requested",
        9.2,
        (("CO", "252", "M127", 3), ("CO", "226", "N29", 1)),
        0.72,
        False,
        0.92,
        "missing_information",
    ),
    Reason(
        "medical necessity", 6.6, (("CO", "50", "N115", 3), ("CO", "151", "", 1)), 0.58, True, 0.72, "missed_appeal"
    ),
    Reason("timely filing", 3.4, (("CO", "29", "", 1),), 0.2, True, 0.5, "timely_filing"),
    Reason("coding", 6.8, (("CO", "4", "", 2), ("CO", "11", "", 2), ("CO", "97", "", 3)), 0.7, False, 0.92, "other"),
    Reason("provider", 1.2, (("CO", "B7", "", 1), ("CO", "242", "", 1)), 0.5, False, 0.8, "other"),
    Reason("generic", 5.4, (("CO", "A1", "N10", 1),), 0.62, True, 0.75, "missed_appeal"),
)
WEIGHTS = tuple(reason.weight for reason in REASONS)
BY_NAME = {reason.name: reason for reason in REASONS}
DUPLICATE = Reason("duplicate", 0, (("OA", "18", "N522", 1),), 1.0, False, 0.0, "other")
