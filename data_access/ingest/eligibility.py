"""What inquiries (270) and answers (271) share: who asks whom about whom (005010X279, 004010X092).

The HL segments say where we are: payer (2000A), provider (2000B), subscriber (2000C), dependent (2000D). A
subscriber who is only named so that a dependent can be found under their member id is not asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from data_access.ingest.days import NO_SUCH_DAY
from data_access.ingest.parties import Entity, patient_id, payer_id
from data_access.ingest.transaction import Context, Handler
from data_access.ingest.values import ZERO, birth_date, day, period

LEVELS = {"20": "payer", "21": "provider", "22": "subscriber", "23": "dependent"}
#: The patient's own NM1: subscriber; dependent, as 005010 and as some senders write it.
_PERSONS = ("IL", "03", "QC")
#: DTP01 of the date asked about: service, plan, eligibility; in an answer a range of the last two is the coverage.
_ASKED = ("472", "291", "307")


@dataclass
class Asked:
    """A subscriber or dependent, and what was said about them."""

    segment_no: int
    dependent: bool
    entity: Entity | None = None
    birth_date: date | None = None
    trace: str = ""
    trace_is_ours: bool = False
    service_on: date | None = None
    service_types: list[str] = field(default_factory=list)
    about: bool = False  # something is asked or said about this very person


class Eligibility:
    """Reads the hierarchy; what is asked or answered is added by the two kinds."""

    kind = ""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.claims = 0
        self.charge = ZERO
        self.paid: Decimal = ZERO
        self.balanced: bool | None = None
        self._said_on = context.group_date
        self._said_at: str | None = None
        self._level = ""
        self._payer: Entity | None = None
        self._subscriber: Asked | None = None
        self._person: Asked | None = None
        self.handlers: dict[str, Handler] = {
            "BHT": self.bht,
            "HL": self.hl,
            "TRN": self.trn,
            "NM1": self.nm1,
            "DMG": self.dmg,
            "DTP": self.dtp,
        }

    def bht(self, elements: list[str], segment_no: int) -> None:
        """Date and time of asking or answering."""
        self._said_on = day(elements[4]) or self._context.group_date
        self._said_at = elements[5].strip() or None
        if elements[4].strip() and day(elements[4]) is None:
            self._context.problems.warn(segment_no, "BAD_DATE", f"BHT04 (date) {NO_SUCH_DAY}; GS04 is used.")

    def hl(self, elements: list[str], segment_no: int) -> None:
        """Hierarchy: 20 payer, 21 provider, 22 subscriber, 23 dependent."""
        level = elements[3].strip()
        self._close(segment_no - 1, followed_by=level)
        self._level = LEVELS.get(level, "")
        if level == "20":
            self._payer = None
        if level in ("20", "21", "22"):
            self._subscriber = None
        if level == "22":
            self._person = self._subscriber = self._new_person(segment_no, dependent=False)
        elif level == "23":
            self._person = self._new_person(segment_no, dependent=True)

    def trn(self, elements: list[str], segment_no: int) -> None:
        """Trace number: in an answer the inquiry's own (TRN01 2) before a clearinghouse's (1)."""
        person = self._person
        if person is not None:
            person.about = True
            ours = elements[1].strip() == "2"
            if not person.trace or (ours and not person.trace_is_ours):
                person.trace, person.trace_is_ours = elements[2].strip(), ours

    def nm1(self, elements: list[str], segment_no: int) -> None:
        """Payer, subscriber, dependent; others are left to the kind."""
        role = elements[1].strip()
        if self._person is not None:
            if role in _PERSONS and self._person.entity is None:
                self._person.entity = Entity.from_nm1(elements)
        elif self._level == "payer":
            self._payer = Entity.from_nm1(elements)

    def dmg(self, elements: list[str], segment_no: int) -> None:
        """Birth date."""
        if self._person is not None:
            self._person.birth_date = birth_date(elements[2])

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """The date asked about."""
        first, _ = period(elements[3])
        if self._person is not None and elements[1] in _ASKED and first is not None:
            self._person.service_on = first

    def finish(self, segment_no: int) -> None:
        """SE: close the last person."""
        self._close(segment_no - 1)
        if not self.claims:
            self._nobody(segment_no)

    def business_key(self) -> str | None:
        """None: a payer that answers at once may give many answers one number, and an answer adds up to nothing
        that a second one could double. The body alone tells a re-send."""
        return None

    def _close(self, last_segment: int, followed_by: str = "") -> None:
        person, self._person = self._person, None
        if person is None or (followed_by == "23" and not person.dependent and not person.about):
            return
        self.claims += 1
        self._write(person, last_segment)

    def _new_person(self, segment_no: int, dependent: bool) -> Asked:
        return Asked(segment_no, dependent)

    def _write(self, person: Asked, last_segment: int) -> None:
        """Hand over what was said about a person."""
        raise NotImplementedError

    def _nobody(self, segment_no: int) -> None:
        self._context.problems.warn(segment_no, "NO_SUBSCRIBER", "No subscriber or dependent is named.")

    def _row(self, person: Asked, last_segment: int) -> dict[str, Any]:
        """The columns that both kinds have."""
        context, own = self._context, person.entity or Entity("IL")
        member = self._subscriber.entity if self._subscriber and self._subscriber.entity else own
        payer = self._payer or Entity("PR")
        return {
            "load_id": context.load_id,
            "transaction_no": context.transaction_no,
            "segment_no": person.segment_no,
            "last_segment": last_segment,
            "trace_number": person.trace or None,
            "patient_id": patient_id(context.salt, own, person.birth_date),
            "payer_id": payer_id(context.salt, payer.identifier, payer.last_name),
            "payer_name": payer.name or payer.identifier or None,
            "member_id": member.identifier.upper() or None,
            "last_name": own.last_name or None,
            "first_name": own.first_name or None,
            "birth_date": person.birth_date,
            "dependent": person.dependent,
            "service_on": person.service_on,
        }


def codes(text: str) -> list[str]:
    """The codes of a repeated element, whatever separates them (ISA11)."""
    found, code = [], ""
    for letter in text + " ":
        if letter.isalnum():
            code += letter
        elif code:
            found.append(code.upper())
            code = ""
    return found
