"""Colours, once: the same one for the same thing on every screen and paper; safe for colour-blind readers."""

#: From recent to old.
AGES = ("#8cbfe0", "#5b9bd0", "#3f78b5", "#f0c05a", "#ea9440", "#d8602f", "#a32a35")
MAIN = "#2f6db5"
SECOND = "#e08a1e"
QUIET = "#9aa5b1"
BAD = "#c9584b"
GOOD = "#2a9d8f"


def age_colors(buckets: int) -> tuple[str, ...]:
    """One colour a bucket, from recent to old."""
    return AGES[:buckets] if buckets == len(AGES) else AGES[: buckets - 1] + AGES[-1:]
