"""What every decision of a person has in common: it says who, and it may not fit what stands."""

from __future__ import annotations


class CannotDecide(ValueError):
    """The decision does not fit what stands; the message says what does, without patient data."""


def decider(who: str) -> str:
    """The name under which a decision is kept.

    Raises:
        CannotDecide: nobody is named.
    """
    if not who.strip():
        raise CannotDecide("Say who you are first: a decision is a person's.")
    return who.strip()
