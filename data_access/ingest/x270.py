"""Eligibility inquiries (270, 005010X279 and 004010X092): whom the office asked about, and for which day."""

from __future__ import annotations

from data_access import schema
from data_access.ingest.eligibility import Asked, Eligibility, codes
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context

_inquiry_row = row_maker(schema.coverage_inquiry)


class Inquiries(Eligibility):
    """Reads one 270 transaction."""

    kind = "270"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.handlers["EQ"] = self.eq

    def eq(self, elements: list[str], segment_no: int) -> None:
        """Service types asked about."""
        if self._person is not None:
            self._person.about = True
            self._person.service_types += codes(elements[1])

    def _write(self, person: Asked, last_segment: int) -> None:
        row = self._row(person, last_segment) | {
            "coverage_inquiry_id": self._context.id(person.segment_no),
            "asked_on": self._said_on,
            "asked_at": self._said_at,
            "service_types": " ".join(dict.fromkeys(person.service_types)) or None,
        }
        self._context.output.rows["coverage_inquiry"].append(_inquiry_row(row))
