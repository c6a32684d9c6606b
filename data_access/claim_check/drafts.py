"""An 837 as a list of claims to be checked; nothing of it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from data_access.ingest.reader import Delimiters, read_segments
from data_access.ingest.rows import CutOff, NotX12
from data_access.ingest.values import BadValue, birth_date, day, money, period, procedure

_PADDING = [""] * 20


@dataclass
class Named:
    """Somebody an NM1 names: `segment_no` of the NM1, identifier with its qualifier, and tax id (REF EI or SY).

    `tax_kind`: EI employer, SY social security.
    """

    segment_no: int
    name: str
    qualifier: str
    identifier: str
    tax_id: str = ""
    tax_kind: str = "EI"
    is_person: bool = False

    @property
    def npi(self) -> str:
        """The NPI; empty where none is given."""
        return self.identifier if self.qualifier == "XX" else ""


@dataclass
class DraftLine:
    """A service line. `pointers` are those of SV107, from 1; `charge` is None where it is no amount."""

    segment_no: int
    number: int
    procedure_code: str | None = None
    charge: Decimal | None = None
    pointers: tuple[int, ...] = ()
    points: bool = False
    service_from: date | None = None
    service_to: date | None = None
    bad_date: bool = False


@dataclass
class Above:
    """What stands above a claim: who bills, who is insured, who pays."""

    billing: Named | None = None
    subscriber: Named | None = None
    patient: Named | None = None
    payer: Named | None = None
    subscriber_born: date | None = None
    patient_born: date | None = None
    sequence: str = ""


@dataclass
class Draft:
    """A claim to be sent. `people` are those its own NM1 name, by role (82, 71, 77 ...)."""

    segment_no: int
    account_number: str
    charge: Decimal | None
    frequency: str
    submitted_on: date | None
    above: Above
    diagnoses: int = 0
    original_reference: str = ""
    authorization: str = ""
    service_from: date | None = None
    service_to: date | None = None
    bad_date: bool = False
    people: dict[str, Named] = field(default_factory=dict)
    lines: list[DraftLine] = field(default_factory=list)

    @property
    def rendering_npi(self) -> str:
        """NPI of who gave the service: of the claim or its lines, else of a billing provider that is a person."""
        billing = self.above.billing
        named = self.people.get("82") or (billing if billing is not None and billing.is_person else None)
        return named.npi if named is not None else ""

    @property
    def first_day(self) -> date | None:
        """First service date of the lines, else of the claim."""
        days = [line.service_from for line in self.lines if line.service_from]
        return min(days, default=None) or self.service_from

    @property
    def last_day(self) -> date | None:
        """Last service date of the lines, else of the claim."""
        days = [line.service_to or line.service_from for line in self.lines if line.service_from]
        return max((one for one in days if one), default=None) or self.service_to or self.service_from


def drafts(stream: BinaryIO) -> Iterator[Draft]:
    """The claims of an 837, in order.

    Raises:
        NotX12: the file is no X12, or holds no 837.
        CutOff: it ends before its IEA.
    """
    reading = _Reading()
    for part in read_segments(stream):
        if isinstance(part, Delimiters):
            reading.delimiters = part
            continue
        for line in part:
            reading.read(line)
            yield from reading.take()
    reading.close()
    yield from reading.take()
    if reading.inside:
        raise CutOff("The file is cut off: it ends before its IEA. Make it again and check that.")
    if not reading.is_837:
        raise NotX12("This file holds no 837 claims. Give the file that is to be sent to the clearinghouse or payer.")


class _Reading:
    """Where we are in the file."""

    def __init__(self) -> None:
        self.delimiters = Delimiters("*", ":", "~")
        self.is_837 = False
        self.inside = False  # an interchange
        self._count = 0
        self._submitted_on: date | None = None
        self._above = Above()
        self._last: Named | None = None
        self._claim: Draft | None = None
        self._line: DraftLine | None = None
        self._other_subscriber = False
        self._ready: list[Draft] = []
        self._handlers: dict[str, Callable[[list[str]], None]] = {
            "ST": self._st,
            "BHT": self._bht,
            "HL": self._hl,
            "SBR": self._sbr,
            "NM1": self._nm1,
            "REF": self._ref,
            "DMG": self._dmg,
            "CLM": self._clm,
            "HI": self._hi,
            "DTP": self._dtp,
            "LX": self._lx,
            "SV1": self._sv1,
            "SV2": self._sv2,
            "SV3": self._sv3,
            "SE": lambda _: self.close(),
        }

    def read(self, line: str) -> None:
        self._count += 1
        elements = (line.upper() if self.delimiters.lower_case else line).split(self.delimiters.element) + _PADDING
        if elements[0] in ("ISA", "IEA"):
            self.inside = elements[0] == "ISA"
        handler = self._handlers.get(elements[0])
        if handler is not None and (self.is_837 or elements[0] == "ST"):
            handler([element.strip() for element in elements])

    def take(self) -> list[Draft]:
        ready, self._ready = self._ready, []
        return ready

    def close(self) -> None:
        if self._claim is not None:
            self._ready.append(self._claim)
        self._claim = self._line = self._last = None
        self._other_subscriber = False

    def _st(self, elements: list[str]) -> None:
        self.is_837 = self.is_837 or elements[1] == "837"
        self._above = Above()

    def _bht(self, elements: list[str]) -> None:
        self._submitted_on = day(elements[4])

    def _hl(self, elements: list[str]) -> None:
        self.close()
        if elements[3] == "20":
            self._above = Above()
        elif elements[3] == "22":
            self._above = Above(self._above.billing)
        elif elements[3] == "23":
            above = self._above
            self._above = Above(
                above.billing, above.subscriber, None, above.payer, above.subscriber_born, None, above.sequence
            )

    def _sbr(self, elements: list[str]) -> None:
        if self._claim is not None:
            self._other_subscriber, self._line = True, None
        else:
            self._above.sequence = elements[1]

    def _nm1(self, elements: list[str]) -> None:
        if self._other_subscriber:
            return
        named = self._last = Named(self._count, elements[3], elements[8], elements[9], is_person=elements[2] == "1")
        if self._claim is not None:
            self._claim.people.setdefault(elements[1], named)
        elif elements[1] in (roles := {"85": "billing", "IL": "subscriber", "QC": "patient", "PR": "payer"}):
            setattr(self._above, roles[elements[1]], named)

    def _ref(self, elements: list[str]) -> None:
        if self._other_subscriber:
            return
        if self._claim is None:
            if elements[1] in ("EI", "SY") and self._last is not None:
                self._last.tax_id, self._last.tax_kind = elements[2], elements[1]
        elif elements[1] == "F8":
            self._claim.original_reference = elements[2]
        elif elements[1] == "G1":
            self._claim.authorization = self._claim.authorization or elements[2]

    def _dmg(self, elements: list[str]) -> None:
        if self._claim is None and self._last is not None:
            if self._last is self._above.patient:
                self._above.patient_born = birth_date(elements[2])
            elif self._last is self._above.subscriber:
                self._above.subscriber_born = birth_date(elements[2])

    def _clm(self, elements: list[str]) -> None:
        self.close()
        frequency = elements[5].rpartition(self.delimiters.component)[2]
        self._claim = Draft(self._count, elements[1], _amount(elements[2]), frequency, self._submitted_on, self._above)

    def _hi(self, elements: list[str]) -> None:
        if self._claim is None or self._other_subscriber:
            return
        for element in elements[1:13]:
            qualifier, code, _ = procedure(element, self.delimiters.component)
            if code and qualifier in ("BK", "ABK", "BF", "ABF"):
                self._claim.diagnoses += 1

    def _dtp(self, elements: list[str]) -> None:
        if self._claim is None or self._other_subscriber or elements[1] not in ("472", "434"):
            return
        first, last = period(elements[3])
        place = self._line or self._claim
        place.service_from, place.service_to, place.bad_date = first, last, first is None

    def _lx(self, elements: list[str]) -> None:
        if self._claim is not None:
            self._other_subscriber = False
            self._last = None
            self._line = DraftLine(self._count, len(self._claim.lines) + 1)
            self._claim.lines.append(self._line)

    def _sv1(self, elements: list[str]) -> None:
        self._service(elements[1], elements[2], elements[7])

    def _sv2(self, elements: list[str]) -> None:
        self._service(elements[2], elements[3], None)

    def _sv3(self, elements: list[str]) -> None:
        self._service(elements[1], elements[2], None)

    def _service(self, code: str, charge: str, pointers: str | None) -> None:
        line = self._line
        if line is None:
            return
        _, line.procedure_code, _ = procedure(code, self.delimiters.component)
        line.charge = _amount(charge)
        if pointers is not None:  # only professional lines point to diagnoses
            parts = [part for part in pointers.split(self.delimiters.component) if part]
            line.points, line.pointers = True, tuple(int(part) if part.isdecimal() else 0 for part in parts)


def _amount(text: str) -> Decimal | None:
    try:
        return money(text) if text else None
    except BadValue:
        return None
