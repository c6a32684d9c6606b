"""What the contracts say a kind of line is to be allowed, and from when to when.

The most specific row in force on the service date counts: one for the procedure before one for every procedure,
then one for a modifier of the line, then one for the place of service. Of rows alike, the one that took effect last,
then the one loaded last. A row that refers to a fee schedule without this procedure says nothing of it: the next
counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, Row, select

from data_access.schema import contract_term, fee_schedule

LAST_DAY = date(9999, 12, 31)
BILATERAL = "50"
_DAY = timedelta(days=1)
_HUNDREDTH = Decimal("0.01")


class Kind(NamedTuple):
    """Lines that are priced alike; texts are empty where nothing is stated."""

    payer_id: int
    procedure: str
    modifiers: str
    place: str


@dataclass(frozen=True)
class Price:
    """What a kind of line is to be allowed from one service date to another.

    Either `unit_price` dollars for each unit, or `charge_factor` of the charge. `multiple_factor` is the share
    allowed for all but the dearest procedure of a claim and day; None without such a rule.
    """

    start: date
    end: date
    contract: str
    rule: str
    unit_price: Decimal | None
    charge_factor: Decimal | None
    multiple_factor: Decimal | None


class Contracts:
    """The terms of some payers, and the fees they refer to."""

    def __init__(self, terms: Iterable[Row], fees: Iterable[Row]) -> None:
        self._terms: dict[int, list[Row]] = defaultdict(list)
        self._fees: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for term in terms:
            self._terms[term.payer_id].append(term)
        for fee in fees:
            self._fees[fee.schedule.upper(), fee.procedure_code].append(fee)

    @classmethod
    def read(cls, connection: Connection, kinds: Iterable[Kind]) -> Contracts:
        """The contracts as far as these kinds of lines need them."""
        kinds = list(kinds)
        of_payers = contract_term.c.payer_id.in_({kind.payer_id for kind in kinds})
        terms = connection.execute(select(contract_term).where(of_payers)).all()
        if not any(term.schedule for term in terms):
            return cls(terms, [])
        of_procedures = fee_schedule.c.procedure_code.in_({kind.procedure for kind in kinds})
        return cls(terms, connection.execute(select(fee_schedule).where(of_procedures)).all())

    def prices(self, kind: Kind) -> Iterator[Price]:
        """The prices of a kind of line, in order of service date; days without one are left out."""
        modifiers = set(kind.modifiers.split())
        terms = sorted((term for term in self._terms[kind.payer_id] if _fits(term, kind, modifiers)), key=_precedence)
        days = {term.effective_from for term in terms}
        days |= {term.effective_to + _DAY for term in terms if term.effective_to and term.effective_to < LAST_DAY}
        days |= {fee.effective_from for term in terms for fee in self._listed(term, kind)}
        starts = sorted(days)
        for start, after in zip(starts, [*starts, None][1:], strict=True):
            price = self._price(terms, kind, modifiers, start, after - _DAY if after else LAST_DAY)
            if price:
                yield price

    def _price(self, terms: list[Row], kind: Kind, modifiers: set[str], start: date, end: date) -> Price | None:
        for term in reversed(terms):
            if not term.effective_from <= start <= (term.effective_to or LAST_DAY):
                continue
            multiple = term.multiple_procedure_percent
            unit, factor = self._terms_of(term, kind, modifiers, start)
            if unit is not None or factor is not None:
                share = None if multiple is None else multiple * _HUNDREDTH
                return Price(start, end, term.contract, term.basis, unit, factor, share)
        return None

    def _terms_of(self, term: Row, kind: Kind, modifiers: set[str], day: date) -> tuple[Decimal | None, Decimal | None]:
        """Price of a unit, or share of the charge; neither where the schedule does not list the procedure."""
        if term.basis == "percent_of_charge":
            return None, term.percent * _HUNDREDTH  # a charge for both sides is charged as such
        unit = term.amount
        if term.basis == "percent_of_schedule":
            fee = self._fee(term, kind, modifiers, day)
            unit = None if fee is None else fee * term.percent * _HUNDREDTH
        if unit is not None and term.bilateral_percent is not None and BILATERAL in modifiers:
            unit = unit * term.bilateral_percent * _HUNDREDTH
        return unit, None

    def _listed(self, term: Row, kind: Kind) -> list[Row]:
        return self._fees.get((term.schedule.upper(), kind.procedure), []) if term.schedule else []

    def _fee(self, term: Row, kind: Kind, modifiers: set[str], day: date) -> Decimal | None:
        fees = [
            fee
            for fee in self._listed(term, kind)
            if fee.effective_from <= day and (fee.modifier is None or fee.modifier in modifiers)
        ]
        best = max(
            fees, key=lambda fee: (fee.modifier is not None, fee.effective_from, fee.load_id, fee.row_no), default=None
        )
        return None if best is None else best.amount


def _fits(term: Row, kind: Kind, modifiers: set[str]) -> bool:
    return (
        term.procedure_code in (None, kind.procedure)
        and (term.modifier is None or term.modifier in modifiers)
        and term.place_of_service in (None, kind.place)
    )


def _precedence(term: Row) -> tuple:
    """Least first."""
    return (
        term.procedure_code is not None,
        term.modifier is not None,
        term.place_of_service is not None,
        term.effective_from,
        term.load_id,
        term.row_no,
    )
