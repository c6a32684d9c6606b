"""Where provider-level entries (PLB) land: taken back by another entry, on a claim, or on the provider.

A reference names a claim by its payer claim number (CLP07) or account number (CLP01), or by both glued together and cut
at 35 characters (x12.org RFI 2370), so it is looked for by containment. What names no claim stays provider-level
money on a line of its own, and is never spread over claims.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: Entries about money of claims: recoveries, returned money, balances carried forward, adjustments.
ABOUT_CLAIMS = frozenset({"WO", "72", "FB", "CS", "B3", "WU", "OB", "RA"})
#: A reference shorter than this is too likely to stand in another by chance.
SHORTEST = 4


@dataclass(frozen=True)
class Entry:
    """One provider-level entry, as sent: a positive amount lowers the payment."""

    entry_id: int
    payer: str
    on: date
    code: str
    reference: str
    amount: Decimal


@dataclass(frozen=True)
class Landing:
    """Where an entry lands; `claim_payment_id` and `net_no` as on `provider_landing`."""

    entry_id: int
    state: str
    claim_payment_id: int | None = None
    net_no: int | None = None


#: Texts -> claim payments with one of them as account number or payer claim number: text, id, payer, date.
Find = Callable[[Iterable[str]], Mapping[str, list[tuple[int, str, date]]]]


def land(entries: list[Entry], find: Find) -> list[Landing]:
    """Where each entry lands, in order of entries."""
    netted = _net(entries)
    open_entries = [e for e in entries if e.entry_id not in netted and e.code in ABOUT_CLAIMS]
    named = find({text for entry in open_entries for text in _texts(entry.reference)})
    landings = []
    for entry in entries:
        if entry.entry_id in netted:
            landings.append(Landing(entry.entry_id, "netted", net_no=netted[entry.entry_id]))
        elif entry.code not in ABOUT_CLAIMS:
            landings.append(Landing(entry.entry_id, "provider_level"))
        else:
            found = _claim(entry, named)
            landings.append(Landing(entry.entry_id, "on_claim" if found else "unallocated", found))
    return landings


def _net(entries: list[Entry]) -> dict[int, int]:
    """Entries of one payer and reference that add up to zero: id -> number of their net.

    A balance forwarded out of one remittance (FB, negative) comes back in a later one (positive); so does money
    that a reversal gives back at first and a recovery (WO) takes later. Some payers number the two halves of a
    forwarded balance apart: what no reference nets is netted with the payer's next one of the opposite amount.
    """
    groups: dict[tuple, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.code in ABOUT_CLAIMS and entry.reference:
            groups[(entry.payer, entry.reference.upper())].append(entry)
    nets = [group for group in groups.values() if len(group) > 1 and not sum(entry.amount for entry in group)]
    found = {entry.entry_id for net in nets for entry in net}
    waiting: dict[tuple, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: (e.on, e.amount, e.entry_id)):
        if entry.code == "FB" and entry.entry_id not in found:
            out = waiting[(entry.payer, -entry.amount)]
            if out:
                nets.append([out.pop(0), entry])
            else:
                waiting[(entry.payer, entry.amount)].append(entry)
    nets.sort(key=lambda net: min((e.on, e.payer, e.reference, abs(e.amount)) for e in net))
    return {entry.entry_id: number for number, net in enumerate(nets, 1) for entry in net}


def _texts(reference: str) -> set[str]:
    """What in a reference may be an account or claim number: all of it, its words, its beginnings and its ends."""
    whole = reference.strip().upper()
    words = "".join(letter if letter.isalnum() else " " for letter in whole).split()
    sizes = range(SHORTEST, len(whole))
    ends = [whole[:size] for size in sizes] + [whole[-size:] for size in sizes]
    return {text for text in (whole, *words, *ends) if len(text) >= SHORTEST}


def _claim(entry: Entry, named: Mapping[str, list[tuple[int, str, date]]]) -> int | None:
    """The claim payment a reference names: the longest number in it, of the same payer, the latest before the entry."""
    for text in sorted(_texts(entry.reference), key=lambda text: (-len(text), text)):
        own = [found for found in named.get(text, []) if found[1] == entry.payer]
        if own:
            return min(own, key=lambda found: (found[2] > entry.on, abs((found[2] - entry.on).days), found[0]))[0]
    return None
