"""The filters of every screen, once: what is looked at, over which period, compared with what.

A `Filters` never holds patient data, so that a link may reproduce it (`pages.parts.filter_bar`) and a manifest say it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Table, or_, select

from data_access.dates import earlier, last_of_month
from data_access.schema import payer

SELF_PAY = "Self-pay"
ANCHORS = ("policy", "service", "billed")


@dataclass(frozen=True)
class Filters:
    """What a screen shows. Dates are inclusive; an empty tuple means all.

    `compare` is "previous", the period before, or "last_year". `anchor` says from which date receivables age: the
    office's policy (insurance from first submission, patient from first statement), service date, or first bill.
    """

    as_of: date
    date_from: date
    date_to: date
    compare: str = "previous"
    anchor: str = "policy"
    facility_ids: tuple[int, ...] = ()
    departments: tuple[str, ...] = ()
    payer_types: tuple[str, ...] = ()
    payer_ids: tuple[int, ...] = ()
    provider_ids: tuple[int, ...] = ()

    def where(self, table: Table) -> list[ColumnElement[bool]]:
        """The conditions on any table that has the dimension columns."""
        conditions: list[ColumnElement[bool]] = []
        if self.facility_ids:
            conditions.append(table.c.facility_id.in_(self.facility_ids))
        if self.departments:
            conditions.append(table.c.department.in_(self.departments))
        if self.provider_ids:
            conditions.append(table.c.provider_id.in_(self.provider_ids))
        if self.payer_ids:
            conditions.append(table.c.payer_id.in_(self.payer_ids))
        if self.payer_types:
            conditions.append(of_payer_types(table, self.payer_types))
        return conditions

    @property
    def narrows(self) -> bool:
        """Whether any dimension is restricted; what has no dimensions (unmatched cash) is then left out."""
        return bool(self.facility_ids or self.departments or self.payer_types or self.payer_ids or self.provider_ids)

    def beyond(self, but_payers: bool = False) -> str:
        """How far a figure reaches that these filters do not narrow, or those of payers alone; "" where all do."""
        if not but_payers:
            return "whole office" if self.narrows else ""
        if not (self.facility_ids or self.departments or self.provider_ids):
            return ""
        return "these payers, whole office" if self.payer_ids or self.payer_types else "whole office"

    @property
    def in_midst_of_month(self) -> bool:
        """Whether the as-of date's month is not over, so that its figures are not those of a whole month."""
        return (self.as_of + timedelta(days=1)).month == self.as_of.month

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return (self.date_to - self.date_from).days + 1

    def comparison(self) -> Filters:
        """The same filters over the period compared with: the one before, or a year earlier.

        Before whole months come as many whole months, before a part of a month from its first day on the same days of
        the month before, else as many days.
        """
        months = 12 if self.compare == "last_year" else self._months
        as_of, first, last = (
            earlier(day, months) if months else day - timedelta(days=self.days)
            for day in (self.as_of, self.date_from, self.date_to)
        )
        return replace(self, as_of=as_of, date_from=first, date_to=last)

    @property
    def _months(self) -> int:
        """How many months the period is made of; 0 where it is none of whole months, nor the first days of one."""
        first, last = self.date_from, self.date_to
        months = 12 * (last.year - first.year) + last.month - first.month + 1
        return months if first.day == 1 and (months == 1 or last == last_of_month(last)) else 0

    def in_words(self) -> dict[str, str]:
        """The filters as a manifest says them; what is empty or as usual is left out."""
        words = {"as_of": self.as_of.isoformat(), "from": self.date_from.isoformat(), "to": self.date_to.isoformat()}
        if self.compare != "previous":
            words["compare"] = self.compare
        if self.anchor != "policy":
            words["age_from"] = self.anchor
        for name in ("facility_ids", "departments", "payer_types", "payer_ids", "provider_ids"):
            if chosen := getattr(self, name):
                words[name] = ", ".join(str(one) for one in chosen)
        return words

    @classmethod
    def of_ninety_days(cls, as_of: date) -> Filters:
        """Everything, over the 90 days to the day described."""
        return cls(as_of, as_of - timedelta(days=89), as_of)


def of_payer_types(table: Table, payer_types: tuple[str, ...]) -> ColumnElement[bool]:
    """Rows whose payer is of one of the types; rows without a payer are self-pay."""
    listed = table.c.payer_id.in_(select(payer.c.payer_id).where(payer.c.payer_type.in_(payer_types)))
    return or_(listed, table.c.payer_id.is_(None)) if SELF_PAY in payer_types else listed
