"""Eligibility responses (271, 005010X279 and 004010X092): what payers said of coverage.

One method a segment, named as in the implementation guide. An EB opens a benefit (2110); what follows it is the
benefit's own until the next EB: its dates, and between LS and LE whoever it names (2120), such as another payer.
"""

from __future__ import annotations

from decimal import Decimal

from data_access.ingest.eligibility import Asked, Eligibility, codes
from data_access.ingest.parties import Entity
from data_access.ingest.transaction import Context
from data_access.ingest.values import money, term, units
from data_access.ingest.x271_rows import Answered, Benefit, Reject, write_answer
from data_access.reference import labels

#: DTP01: where coverage or a benefit begins, ends, or both (a range).
_BEGINS = ("346", "348", "356", "539", "193")
_ENDS = ("347", "349", "357", "540", "194")
_RANGES = ("291", "292", "307")
_GROUP = ("6P", "1L", "18")


class Answers(Eligibility):
    """Reads one 271 transaction."""

    kind = "271"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._benefit: Benefit | None = None
        self._rejects_above: list[Reject] = []
        self.handlers |= {"REF": self.ref, "EB": self.eb, "AAA": self.aaa}

    def hl(self, elements: list[str], segment_no: int) -> None:
        """Hierarchy; a payer's or provider's rejection holds for those below."""
        super().hl(elements, segment_no)
        if self._level == "payer":
            self._rejects_above = []
        elif self._level == "provider":
            self._rejects_above = [one for one in self._rejects_above if one.level == "payer"]

    def nm1(self, elements: list[str], segment_no: int) -> None:
        """Who it is; inside a benefit whom the benefit names, another payer for instance."""
        if self._benefit is not None:
            self._benefit.entity = self._benefit.entity or Entity.from_nm1(elements)
        else:
            super().nm1(elements, segment_no)

    def ref(self, elements: list[str], segment_no: int) -> None:
        """Group or plan number of the person."""
        person = self._person
        if isinstance(person, Answered) and self._benefit is None and elements[1] in _GROUP:
            person.group_number = person.group_number or elements[2].strip() or None

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """Dates of the coverage or of a benefit; the date asked about."""
        person, qualifier = self._person, elements[1]
        first, last = term(elements[3])
        if not isinstance(person, Answered) or first is None:
            return
        place: Answered | Benefit = self._benefit or person
        if qualifier in _BEGINS:
            place.date_from, place.date_to = first, last if "-" in elements[3] else place.date_to
        elif qualifier in _ENDS:
            place.date_to = last or first
        elif qualifier in _RANGES and first != last:  # a range of one day repeats the day asked about
            place.date_from, place.date_to = first, last
        elif self._benefit is None:
            super().dtp(elements, segment_no)

    def eb(self, elements: list[str], segment_no: int) -> None:
        """A benefit."""
        person = self._person
        if not isinstance(person, Answered):
            return
        person.about = True
        percent = units(elements[8])
        if percent is not None and percent > 1:
            percent /= 100  # some payers write 20 for 0.2
        self._benefit = Benefit(
            segment_no,
            elements[1].strip().upper(),
            elements[2].strip().upper() or None,
            codes(elements[3]),
            elements[4].strip().upper() or None,
            elements[5].strip() or None,
            elements[6].strip() or None,
            money(elements[7]) if elements[7].strip() else None,
            percent.quantize(Decimal("0.0001")) if percent is not None else None,
            _flag(elements[11]),
            _flag(elements[12]),
        )
        person.benefits.append(self._benefit)

    def aaa(self, elements: list[str], segment_no: int) -> None:
        """A rejection: of the payer or provider for all below, or of the person."""
        reject = Reject(self._level, elements[3].strip().upper(), elements[4].strip().upper(), segment_no)
        if isinstance(self._person, Answered):
            self._person.about = True
            self._person.rejects.append(reject)
        else:
            self._rejects_above.append(reject)

    def _new_person(self, segment_no: int, dependent: bool) -> Answered:
        return Answered(segment_no, dependent)

    def _close(self, last_segment: int, followed_by: str = "") -> None:
        self._benefit = None
        super()._close(last_segment, followed_by)

    def _write(self, person: Asked, last_segment: int) -> None:
        assert isinstance(person, Answered)
        person.rejects = self._rejects_above + person.rejects
        row = self._row(person, last_segment) | {"answered_on": self._said_on, "answered_at": self._said_at}
        write_answer(self._context, person, row, self._payer)

    def _nobody(self, segment_no: int) -> None:
        if not self._rejects_above:
            super()._nobody(segment_no)
        for reject in self._rejects_above:
            label = labels("eligibility_rejects").get(reject.code)
            why = f"{reject.code}, {label}" if label else "a code that is not in our table"
            self._context.problems.warn(
                reject.segment_no,
                "INQUIRY_REJECTED",
                f"The inquiry was rejected before anybody was looked up, at {reject.level} level; AAA03: {why}.",
            )


def _flag(text: str) -> bool | None:
    return {"Y": True, "N": False}.get(text.strip().upper())
