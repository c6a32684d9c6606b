"""The filters of every screen, once: what is looked at, over which period, compared with what.

A `Filters` goes to and from URL parameters, so that a link reproduces a view; it never holds patient data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Table, or_, select

from data_access.dates import earlier, last_of_month
from data_access.schema import payer

SELF_PAY = "Self-pay"
COMPARISONS = ("previous", "last_year")
ANCHORS = ("policy", "service", "billed")
_YEARS = (1950, 2100)
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Filters:
    """What a screen shows. Dates are inclusive; an empty tuple means all.

    `anchor` says from which date receivables age: the office's policy (insurance from first submission,
    patient from first statement), service date, or first bill to anyone.
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

    def to_params(self) -> dict[str, str]:
        """The filters as URL parameters; what is empty or as usual is left out."""
        params = {"asof": self.as_of.isoformat(), "from": self.date_from.isoformat(), "to": self.date_to.isoformat()}
        if self.compare != "previous":
            params["cmp"] = self.compare
        if self.anchor != "policy":
            params["age"] = self.anchor
        for name, values in (
            ("fac", self.facility_ids),
            ("dep", self.departments),
            ("pt", self.payer_types),
            ("payer", self.payer_ids),
            ("prov", self.provider_ids),
        ):
            if values:
                params[name] = "~".join(str(value) for value in values)
        return params

    @classmethod
    def from_params(cls, params: Mapping[str, str], newest: date, today: date) -> Filters:
        """Filters from URL parameters; what is missing or makes no sense becomes the default.

        Args:
            newest: newest posting date in the data, the default as-of date (never after `today`).
        """
        as_of = _day(params.get("asof")) or min(newest, today)
        date_to = _day(params.get("to")) or as_of
        date_from = _day(params.get("from")) or date_to - timedelta(days=89)
        if date_from > date_to:
            date_from, date_to = date_to, date_from
        return cls(
            as_of=as_of,
            date_from=date_from,
            date_to=date_to,
            compare=_one_of(params.get("cmp"), COMPARISONS),
            anchor=_one_of(params.get("age"), ANCHORS),
            facility_ids=_ids(params.get("fac")),
            departments=_texts(params.get("dep")),
            payer_types=_texts(params.get("pt")),
            payer_ids=_ids(params.get("payer")),
            provider_ids=_ids(params.get("prov")),
        )


def of_payer_types(table: Table, payer_types: tuple[str, ...]) -> ColumnElement[bool]:
    """Rows whose payer is of one of the types; rows without a payer are self-pay."""
    listed = table.c.payer_id.in_(select(payer.c.payer_id).where(payer.c.payer_type.in_(payer_types)))
    return or_(listed, table.c.payer_id.is_(None)) if SELF_PAY in payer_types else listed


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    # beyond these years a comparison period or an age limit would be no date at all
    return day if day and _YEARS[0] <= day.year <= _YEARS[1] else None


def _one_of(text: str | None, allowed: tuple[str, ...]) -> str:
    return text if text in allowed else allowed[0]


def _texts(text: str | None) -> tuple[str, ...]:
    return tuple(part for part in (text or "").split("~") if part)


def _ids(text: str | None) -> tuple[int, ...]:
    whole = [int(part) for part in _texts(text) if part.isdecimal() and len(part) <= 19]
    return tuple(number for number in whole if number <= _LARGEST_ID)
