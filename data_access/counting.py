"""Numbers of things, and several of them, in words."""

from collections.abc import Sequence


def counted(number: int, what: str) -> str:
    """A number of things: 1 line, 2,345 lines; `what` has a regular plural, the last word of it."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: a, b and c."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
