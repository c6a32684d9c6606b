"""What is matched: bank lines, remittances, payments posted by hand and days of patient payments; how they are tied.

A payment posted by hand is what the billing system says of a payer's check without a remittance (835). It is matched
like a remittance, and gives way to one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func

ZERO = Decimal("0.00")


@dataclass(eq=False, slots=True)
class Line:
    """One bank line. `key` is the same whenever and in whatever file the line is loaded."""

    deposit_id: int
    key: str
    on: date
    amount: Decimal
    trace: str = ""
    method: str | None = None
    account: str | None = None
    group: Group | None = None
    reason: str | None = None


@dataclass(eq=False, slots=True)
class Remit:
    """One remittance. `key` is the hash of its transaction's body."""

    remittance_id: int
    key: str
    on: date
    amount: Decimal
    trace: str = ""
    payer: str = ""
    method: str | None = None
    group: Group | None = None
    reason: str | None = None


@dataclass(eq=False, slots=True)
class Posted(Remit):
    """Insurance payments posted by hand under one check number, or of one payer and posting day where none is stated.

    `on` is the first posting day; `payer` is empty where it is not known; `number` is the check number as written;
    `remitted`: a person said that a remittance holds it.
    """

    entries: int = 1
    number: str | None = None
    payer_id: int | None = None
    remitted: bool = False


@dataclass(eq=False, slots=True)
class Receipt:
    """What patients paid on one posting day by one method; a method not stated is empty."""

    on: date
    method: str
    amount: Decimal
    entries: int = 1
    group: Group | None = None
    reason: str | None = None

    @property
    def key(self) -> str:
        """Its name in decisions."""
        return f"{self.on.isoformat()}|{self.method}"


Source = Remit | Receipt


@dataclass(eq=False, slots=True)
class Group:
    """Lines and the sources they are of. `state` and `how` are as on `deposit_match` and `remittance_match`."""

    state: str
    how: str | None = None
    reason: str | None = None
    lines: list[Line] = field(default_factory=list)
    remits: list[Remit] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        """Lines less sources."""
        got = sum((line.amount for line in self.lines), ZERO)
        due = sum((remit.amount for remit in self.remits), ZERO)
        return got - due - sum((receipt.amount for receipt in self.receipts), ZERO)

    @property
    def source(self) -> str | None:
        """remittance, posted, patient, both, as on `deposit_match`; None without any source."""
        if self.receipts:
            return "both" if self.remits else "patient"
        if any(isinstance(remit, Posted) for remit in self.remits):
            return "posted"
        return "remittance" if self.remits else None

    @property
    def order(self) -> tuple:
        """Puts groups in an order that does not depend on how they were loaded."""
        members: list[Line | Source] = [*self.lines, *self.remits, *self.receipts]
        return min((member.on, type(member).__name__, member.key) for member in members)


@dataclass(frozen=True)
class Decision:
    """What a person decided and nobody took back: keys of lines, remittances and receipts."""

    decision: str
    reason: str
    lines: frozenset[str] = frozenset()
    remits: frozenset[str] = frozenset()
    receipts: frozenset[str] = frozenset()
    posted: frozenset[str] = frozenset()


@dataclass
class Office:
    """Everything to be matched, and the groups found so far. Among `remits` are the payments posted by hand."""

    lines: list[Line]
    remits: list[Remit]
    receipts: list[Receipt]
    groups: list[Group] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines.sort(key=lambda line: (line.on, line.key, line.deposit_id))
        self.remits.sort(key=lambda remit: (remit.on, remit.key, remit.remittance_id))
        self.receipts.sort(key=lambda receipt: receipt.key)

    def tie(
        self,
        state: str,
        how: str | None,
        lines: Iterable[Line] = (),
        sources: Iterable[Source] = (),
        reason: str | None = None,
    ) -> None:
        """Put lines and sources in one group."""
        group = Group(state, how, reason, list(lines))
        for source in sources:
            if isinstance(source, Remit):
                group.remits.append(source)
            else:
                group.receipts.append(source)
        members: list[Line | Source] = [*group.lines, *group.remits, *group.receipts]
        for member in members:
            member.group = group
        self.groups.append(group)

    def free_lines(self) -> list[Line]:
        """Lines in no group."""
        return [line for line in self.lines if line.group is None]

    def free_remits(self) -> list[Remit]:
        """Remittances in no group."""
        return [remit for remit in self.remits if remit.group is None]

    def free_receipts(self) -> list[Receipt]:
        """Receipts in no group."""
        return [receipt for receipt in self.receipts if receipt.group is None]


def plain_trace(text: str | None) -> str:
    """A trace number for comparing: letters and digits, upper case, without the leading zeros that banks drop."""
    return "".join(filter(str.isalnum, text or "")).upper().lstrip("0")


def plain_number(number: ColumnElement) -> ColumnElement[str]:
    """The same in SQL."""
    return func.ltrim(func.upper(func.regexp_replace(number, "[^A-Za-z0-9]", "", "g")), "0")
