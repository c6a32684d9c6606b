"""Answers to files: 999 (005010X231), 997 and the interchange answer TA1: segments to rows of `file_ack`.

A 999 answers one group (AK1) and its transactions (AK2 .. IK5). Some senders list only the rejected ones; what was
received and is not listed then stands in a row of its own for the rest of the group.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from data_access import schema
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context, Handler, Refused
from data_access.ingest.values import ZERO

_make = row_maker(schema.file_ack)
#: Went on: A accepted, E with errors, P partly (what was not accepted is listed by transaction).
_ACCEPTED = ("A", "E", "P")
_NOTHING: dict[str, Any] = {
    "interchange": None,
    "group_control": None,
    "version": None,
    "transaction_set": None,
    "control_number": None,
    "transaction_status": None,
    "group_status": None,
    "accepted": None,
    "errors": 0,
    "error_segment": None,
    "error_position": None,
    "error_code": None,
}


class _Answers:
    """What answers to files have in common."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.kind = context.kind
        self.claims = 0
        self.charge = self.paid = ZERO
        self.balanced: bool | None = None
        self.handlers: dict[str, Handler] = {}

    def finish(self, segment_no: int) -> None:
        """The end of the transaction."""

    def business_key(self) -> str:
        """Where it stands: many senders write the same few segments day by day."""
        return f"{self.kind}|{self._context.place}"

    def _write(self, segment_no: int, answered_on: date | None, **values: Any) -> None:
        context = self._context
        self.claims += 1
        row = {
            **_NOTHING,
            "file_ack_id": context.id(segment_no),
            "load_id": context.load_id,
            "transaction_no": context.transaction_no,
            "segment_no": segment_no,
            "kind": self.kind,
            "sender": context.sender or None,
            "answered_on": answered_on,
            **values,
        }
        context.output.rows["file_ack"].append(_make(row))


class InterchangeAnswer(_Answers):
    """A TA1: one interchange received, or not."""

    def ta1(self, elements: list[str], segment_no: int, answered_on: date | None) -> None:
        """The only segment there is; raises `Refused` where it does not say what it answers, or how."""
        number, day, time, status, note = (element.strip() for element in elements[1:6])
        if not number or status not in ("A", "E", "R"):
            raise Refused("TA1_BAD", "TA101 (control number) or TA104 (A, E or R) is missing")
        self._write(
            segment_no,
            answered_on,
            interchange=f"{day}|{time}|{number}",
            group_status=status,
            accepted=status != "R",
            error_code=note if note.strip("0") else None,
        )


class FileAnswers(_Answers):
    """Reads one 999 or 997 transaction."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._group: list[str] = []
        self._group_segment = 0
        self._listed: list[dict[str, Any]] = []
        self._result: list[str] = []
        self.handlers = {
            "AK1": self.ak1,
            "AK2": self.ak2,
            "AK3": self.ik3,
            "IK3": self.ik3,
            "AK4": self.ik4,
            "IK4": self.ik4,
            "AK5": self.ik5,
            "IK5": self.ik5,
            "AK9": self.ak9,
        }

    def ak1(self, elements: list[str], segment_no: int) -> None:
        """The group that is answered."""
        if not elements[2].strip():
            raise Refused("ACK_NO_GROUP", "AK102 (control number of the group answered) is missing")
        self._group, self._group_segment = [element.strip() for element in elements], segment_no

    def ak2(self, elements: list[str], segment_no: int) -> None:
        """A transaction of the group."""
        self._listed.append(
            {
                **_NOTHING,
                "segment_no": segment_no,
                "transaction_set": elements[1].strip() or None,
                "control_number": elements[2].strip() or None,
                "version": elements[3].strip() or None,
            }
        )

    def ik3(self, elements: list[str], segment_no: int) -> None:
        """A segment of it that is wrong: tag, place, loop, what is wrong."""
        if self._listed:
            row, place = self._listed[-1], elements[2].strip()
            row["errors"] += 1
            if row["error_segment"] is None:
                row["error_segment"] = elements[1].strip() or None
                row["error_position"] = int(place) if place.isdecimal() and len(place) < 9 else None
                row["error_code"] = elements[4].strip() or None

    def ik4(self, elements: list[str], segment_no: int) -> None:
        """An element of that segment: what is wrong with it."""
        if self._listed and self._listed[-1]["error_code"] in (None, "8"):  # 8: the segment has element errors
            self._listed[-1]["error_code"] = elements[3].strip() or None

    def ik5(self, elements: list[str], segment_no: int) -> None:
        """The verdict on the transaction."""
        if self._listed:
            row = self._listed[-1]
            row["transaction_status"] = elements[1].strip() or None
            row["error_code"] = row["error_code"] or elements[2].strip() or None

    def ak9(self, elements: list[str], segment_no: int) -> None:
        """The verdict on the group, and how many transactions were there, received, and accepted."""
        self._result = [element.strip() for element in elements]

    def finish(self, segment_no: int) -> None:
        """Write a row for each transaction listed, and one for the rest of the group."""
        if not self._group:
            raise Refused("ACK_NO_GROUP", "AK1 (the group answered) is missing")
        if not self._result:
            self._context.problems.warn(
                segment_no, "AK9_MISSING", "AK9 is missing: what is said of the whole group is not known."
            )
        status = self._result[1] if self._result else None
        group_rejected = status is not None and status not in _ACCEPTED
        accepted = 0
        for row in self._listed:
            row["accepted"] = row["transaction_status"] in _ACCEPTED and not group_rejected
            accepted += row["accepted"]
            self._write_one(row.pop("segment_no"), status, **row)
        stated = self._result[4] if self._result else ""
        rest = int(stated) > accepted if stated.isdecimal() else False
        if not self._listed or (rest and not group_rejected):
            error = self._result[5] if self._result else None
            self._write_one(self._group_segment, status, accepted=not group_rejected, error_code=error or None)

    def _write_one(self, segment_no: int, status: str | None, **values: Any) -> None:
        values["version"] = values.get("version") or self._group[3] or None
        values |= {"group_control": self._group[2], "group_status": status}
        self._write(segment_no, self._context.group_date, **values)
