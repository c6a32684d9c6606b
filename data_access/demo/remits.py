"""Remittances: claim payments gathered by payer and payment run, with provider-level adjustments, always in balance."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from data_access.demo.events import Events, Paid, ProviderLevel
from data_access.demo.practice import PAYERS, Payer

_ORDER = {payer.identifier: position for position, payer in enumerate(PAYERS)}
#: Payers under prompt-payment law that pay interest on what they paid late, and from how many days on.
_INTEREST_TYPES, _INTEREST_AFTER = ("Commercial",), 45


@dataclass(slots=True)
class Remit:
    """One payment of one payer (an 835 transaction)."""

    payer: Payer
    day: int
    number: int
    claims: list[Paid] = field(default_factory=list)
    provider_level: list[ProviderLevel] = field(default_factory=list)

    @property
    def amount(self) -> int:
        """BPR02 = sum of claim payments less provider-level adjustments."""
        return sum(paid.paid for paid in self.claims) - sum(entry.amount for entry in self.provider_level)


def trace_number(remit: Remit, part: int) -> str:
    """Trace or check number (TRN02), by which the bank's line is known too."""
    return f"{remit.payer.identifier}{part:03d}{remit.number:06d}"


def remits(events: Events) -> list[Remit]:
    """All remittances of a part, by day and payer.

    A payment cannot be below zero: what is missing is carried forward (PLB FB) to the payer's next one.
    """
    found: dict[tuple[int, int], Remit] = {}

    def remit(payer: Payer, day: int) -> Remit:
        key = day, _ORDER[payer.identifier]
        if key not in found:
            found[key] = Remit(payer, day, 0)
        return found[key]

    for paid in events.paid:
        remit(paid.payer, paid.day).claims.append(paid)
    for entry in events.provider_level:
        remit(entry.payer, entry.day).provider_level.append(entry)
    ordered = [found[key] for key in sorted(found)]
    _add_interest(ordered)
    _carry_forward(ordered)
    for number, each in enumerate(ordered, 1):
        each.number = number
    return ordered


def _add_interest(ordered: Iterable[Remit]) -> None:
    """Interest (PLB L6) on the first claim of a remittance that was paid late: 1 % a month, cents."""
    for remit in ordered:
        if remit.payer.payer_type not in _INTEREST_TYPES:
            continue
        for paid in remit.claims:
            late = remit.day - paid.account.service_day - _INTEREST_AFTER
            interest = paid.paid * late // 3000 if late > 0 else 0
            if interest > 0 and not paid.original_reference and paid.status == "1":
                entry = ProviderLevel(remit.payer, remit.day, "L6", paid.number, -interest)
                remit.provider_level.append(entry)
                break


def _carry_forward(ordered: Iterable[Remit]) -> None:
    owed: dict[str, ProviderLevel] = {}
    for remit in ordered:
        payer = remit.payer
        carried = owed.pop(payer.identifier, None)
        if carried:  # under the reference with which it was forwarded, so that the two can be told to belong together
            remit.provider_level.append(ProviderLevel(payer, remit.day, "FB", carried.reference, -carried.amount))
        missing = -remit.amount
        if missing > 0:
            owed[payer.identifier] = ProviderLevel(payer, remit.day, "FB", f"FWD{remit.day}", -missing)
            remit.provider_level.append(owed[payer.identifier])
