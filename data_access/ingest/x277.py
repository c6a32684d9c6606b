"""Answers about claims: 277CA (005010X214) and 277 (005010X212, 004010X093), and the 276 that asks.

The HL segments say who is spoken of: source (2000A), receiver (2000B, the batch), provider (2000C), patient or
subscriber (2000D, 2000E). TRN opens a claim there, SVC a line of it; each STC is one statement.

No key beside the body tells these apart: one sender gives every answer of a day the same reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from data_access import schema
from data_access.ingest.parties import account_key
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context, Handler, Refused
from data_access.ingest.values import ZERO, BadValue, day, money, period, procedure
from data_access.reference import table

_make_ack = row_maker(schema.claim_ack)
_make_request = row_maker(schema.status_request)
_SOURCES = {"PR": "payer", "AY": "clearinghouse"}
_LEVELS = {"20": "source", "21": "batch", "19": "provider"}
_ABOUT = ("category", "status", "entity")


@lru_cache(1)
def _verdicts() -> dict[str, str]:
    return {row["category"]: row["verdict"] for row in table("status_categories")}


def verdict(category: str, action: str) -> str:
    """What a category of STC01 comes to; of an unknown one the action tells (U reject, WQ accept)."""
    known = _verdicts().get(category.upper())
    return known or {"U": "rejected", "WQ": "accepted"}.get(action.upper(), "other")


@dataclass(slots=True)
class _Spoken:
    """What statements are about, with what is said of it beside them."""

    level: str
    trace: str = ""
    references: dict[str, str] = field(default_factory=dict)
    service: tuple[date | None, date | None] = (None, None)
    procedure_code: str | None = None
    charge: Decimal | None = None
    statements: list[tuple[list[str], int]] = field(default_factory=list)
    above: _Spoken | None = None

    def reference(self, qualifier: str) -> str | None:
        own = self.references.get(qualifier)
        return own or (self.above.reference(qualifier) if self.above else None)


class _Levels:
    """Where in the hierarchy we are, for answers and questions alike."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.kind = context.kind
        self.claims = 0
        self.charge = self.paid = ZERO
        self.balanced: bool | None = None
        self._level = ""
        self._bht: list[str] = []
        self._source: list[str] = []
        self._spoken: _Spoken | None = None
        self.handlers: dict[str, Handler] = {
            "BHT": self.bht,
            "HL": self.hl,
            "NM1": self.nm1,
            "TRN": self.trn,
            "REF": self.ref,
            "DTP": self.dtp,
            "SVC": self.svc,
        }

    def bht(self, elements: list[str], segment_no: int) -> None:
        """Reference, date and time."""
        self._bht = [element.strip() for element in elements]

    def hl(self, elements: list[str], segment_no: int) -> None:
        """The next level: 20 source, 21 receiver, 19 provider, else patient or subscriber."""
        self._close()
        self._level = _LEVELS.get(elements[3].strip(), "claim")

    def nm1(self, elements: list[str], segment_no: int) -> None:
        """Who speaks or is asked."""
        if self._level == "source":
            self._source = [element.strip() for element in elements]

    def trn(self, elements: list[str], segment_no: int) -> None:
        """Opens what is spoken of."""
        self._close()
        self._spoken = _Spoken(self._level, elements[2].strip())
        if self._level == "claim":
            self.claims += 1

    def ref(self, elements: list[str], segment_no: int) -> None:
        """Numbers: payer's claim (1K), clearinghouse's (D9), account (EJ), line (FJ)."""
        if self._spoken is not None:
            self._spoken.references.setdefault(elements[1].strip(), elements[2].strip())

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """Service dates (472)."""
        if elements[1].strip() == "472" and self._spoken is not None:
            self._spoken.service = period(elements[3])

    def svc(self, elements: list[str], segment_no: int) -> None:
        """A line of the claim."""

    def _amount(self, text: str, segment_no: int, element: str) -> Decimal | None:
        try:
            return money(text) if text.strip() else None
        except BadValue:
            self._context.problems.warn(segment_no, "BAD_AMOUNT", f"{element} (an amount) is not a number; left out.")
            return None

    def _said_on(self) -> date | None:
        return (day(self._bht[4]) if self._bht else None) or self._context.group_date

    def _place(self, segment_no: int) -> dict[str, Any]:
        context = self._context
        return {"load_id": context.load_id, "transaction_no": context.transaction_no, "segment_no": segment_no}

    def _close(self) -> None:
        self._spoken = None

    def finish(self, segment_no: int) -> None:
        """SE: what is still open ends."""
        self._close()

    def business_key(self) -> str | None:
        """None: the body tells."""
        return None


class ClaimAnswers(_Levels):
    """Reads one 277CA or 277 transaction."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._received_on: date | None = None
        self._batch = ""
        self.handlers["STC"] = self.stc

    def hl(self, elements: list[str], segment_no: int) -> None:
        """As above; a new source or receiver forgets the batch before."""
        super().hl(elements, segment_no)
        if self._level == "source":
            self._received_on = None
        if self._level in ("source", "batch"):
            self._batch = ""
        if self._level != "claim":
            self._spoken = _Spoken(self._level)

    def trn(self, elements: list[str], segment_no: int) -> None:
        """Opens a claim; at the receiver's level names the batch (BHT03 of the 837)."""
        super().trn(elements, segment_no)
        if self._level == "batch":
            self._batch = elements[2].strip()

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """Service dates (472); day of receipt (050)."""
        super().dtp(elements, segment_no)
        if elements[1].strip() == "050" and self._level == "source":
            self._received_on = day(elements[3])

    def svc(self, elements: list[str], segment_no: int) -> None:
        """A line: what is stated next is about it."""
        claim = self._spoken
        if claim is None or self._level != "claim":
            return
        claim = claim.above or claim
        self._write(self._spoken)
        claim.statements = []
        _, code, _ = procedure(elements[1], self._context.component)
        self._spoken = _Spoken("line", claim.trace, procedure_code=code, above=claim)
        self._spoken.charge = self._amount(elements[2], segment_no, "SVC02")

    def stc(self, elements: list[str], segment_no: int) -> None:
        """A statement."""
        if self._spoken is None:
            raise Refused("STC_NO_CLAIM", "a statement (STC) stands outside any claim, provider or batch")
        if not elements[1].strip():
            raise Refused("STC_NO_STATUS", "STC01 (the status) is missing")
        if self._spoken.level == "claim" and not self._spoken.statements:
            self.charge += self._amount(elements[4], segment_no, "STC04") or ZERO
        self._spoken.statements.append((elements, segment_no))

    def _close(self) -> None:
        self._write(self._spoken)
        self._spoken = None

    def _write(self, spoken: _Spoken | None) -> None:
        for elements, segment_no in spoken.statements if spoken else ():
            assert spoken is not None
            self._row(spoken, elements, segment_no)

    def _row(self, spoken: _Spoken, elements: list[str], segment_no: int) -> None:
        context, source = self._context, self._source or [""] * 10
        number = self._account_number(spoken)
        said = self._status(elements[1])
        action = elements[3].strip()
        also = (":".join(part for part in self._parts(element) if part) for element in elements[10:12])
        charge = spoken.charge if spoken.level == "line" else self._amount(elements[4], segment_no, "STC04")
        first, last = spoken.service
        if first is None and spoken.above is not None:
            first, last = spoken.above.service
        row = {
            "claim_ack_id": context.id(segment_no),
            **self._place(segment_no),
            "kind": self.kind,
            "level": "batch" if spoken.level == "source" else spoken.level,
            "answered_by": _SOURCES.get(source[1], "payer"),
            "source_name": source[3] or None,
            "source_identifier": source[9] or None,
            "received_on": self._received_on,
            "stated_on": day(elements[2]) or self._said_on(),
            "told_on": self._said_on(),
            "batch_reference": self._batch or None,
            "account_key": account_key(context.salt, number) if number else None,
            "account_number": number,
            "trace": spoken.trace or None,
            "payer_claim_number": spoken.reference("1K"),
            "clearinghouse_number": spoken.reference("D9"),
            **said,
            "also": " ".join(part for part in also if part) or None,
            "action": action or None,
            "verdict": verdict(said["category"] or "", action),
            "message": elements[12].strip() or None,
            "charge": charge,
            "service_from": first,
            "service_to": last,
            "procedure_code": spoken.procedure_code,
            "line_control": spoken.references.get("FJ") if spoken.level == "line" else None,
        }
        context.output.rows["claim_ack"].append(_make_ack(row))

    def _account_number(self, spoken: _Spoken) -> str | None:
        """CLM01: a 277CA repeats it in TRN02, a 277 in REF*EJ (its TRN02 is that of the question)."""
        if spoken.level not in ("claim", "line"):
            return None
        stated = spoken.reference("EJ") if self.kind == "277" else None
        return stated or spoken.trace or None

    def _parts(self, element: str) -> list[str]:
        return [part.strip() for part in element.split(self._context.component)]

    def _status(self, element: str) -> dict[str, str | None]:
        parts = self._parts(element) + [""] * 3
        return {name: part or None for name, part in zip(_ABOUT, parts, strict=False)}


class StatusRequests(_Levels):
    """Reads one 276 transaction."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._segment_no = 0
        self._stated: Decimal | None = None
        self._lines: list[Decimal] = []
        self._member_id = ""
        self.handlers["AMT"] = self.amt

    def hl(self, elements: list[str], segment_no: int) -> None:
        """As above; only a dependent (23) keeps the subscriber before."""
        super().hl(elements, segment_no)
        if elements[3].strip() != "23":
            self._member_id = ""

    def nm1(self, elements: list[str], segment_no: int) -> None:
        """As above; the subscriber (IL)."""
        super().nm1(elements, segment_no)
        if elements[1].strip() == "IL":
            self._member_id = elements[9].strip().upper()

    def trn(self, elements: list[str], segment_no: int) -> None:
        """Opens a question."""
        super().trn(elements, segment_no)
        self._segment_no, self._stated, self._lines = segment_no, None, []

    def amt(self, elements: list[str], segment_no: int) -> None:
        """Charge of the claim asked about (T3)."""
        if elements[1].strip() == "T3":
            self._stated = self._amount(elements[2], segment_no, "AMT02")

    def svc(self, elements: list[str], segment_no: int) -> None:
        """A line asked about."""
        self._lines.append(self._amount(elements[2], segment_no, "SVC02") or ZERO)

    def dtp(self, elements: list[str], segment_no: int) -> None:
        """Service dates; those of lines widen the claim's."""
        if elements[1].strip() != "472" or self._spoken is None:
            return
        first, last = period(elements[3])
        days = [one for one in (*self._spoken.service, first, last) if one]
        self._spoken.service = (min(days, default=None), max(days, default=None))

    def _close(self) -> None:
        asked = self._spoken
        self._spoken = None
        if asked is None or asked.level != "claim":
            return
        number, source = asked.reference("EJ"), self._source or [""] * 10
        named = number or asked.trace
        row = {
            "status_request_id": self._context.id(self._segment_no),
            **self._place(self._segment_no),
            "asked_on": self._said_on(),
            "payer_name": source[3] or None,
            "payer_identifier": source[9] or None,
            "trace": asked.trace or None,
            "account_key": account_key(self._context.salt, named) if named else None,
            "account_number": number,
            "member_id": self._member_id or None,
            "payer_claim_number": asked.reference("1K"),
            "charge": self._stated if self._stated is not None else sum(self._lines, ZERO) if self._lines else None,
            "service_from": asked.service[0],
            "service_to": asked.service[1],
            "lines": len(self._lines),
        }
        self._context.output.rows["status_request"].append(_make_request(row))
