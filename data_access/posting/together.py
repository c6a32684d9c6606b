"""Account keys that must be posted together, because a replacement moves from the one to the other."""

from __future__ import annotations

from collections.abc import Iterable


def sets_of(ties: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The sets that pairs of tied keys make: two keys are in one set when a row of ties leads from one to the other."""
    set_of: dict[int, set[int]] = {}
    for one, other in ties:
        larger, smaller = sorted((set_of.get(one, {one}), set_of.get(other, {other})), key=len, reverse=True)
        larger |= smaller
        set_of |= dict.fromkeys([one, other, *smaller], larger)
    return list({id(keys): keys for keys in set_of.values()}.values())


def packed(sets: Iterable[set[int]], most: int) -> list[set[int]]:
    """The same sets joined into larger ones of at most so many keys; one that is larger stays alone."""
    packs: list[set[int]] = []
    for keys in sets:
        if not packs or len(packs[-1]) + len(keys) > most:
            packs.append(set())
        packs[-1] |= keys
    return packs
