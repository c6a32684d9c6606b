"""Underpayments: where a payer allowed less than its contract, or than it usually does, and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, case, func, literal, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters
from data_access.frames import read_frame, read_rows
from data_access.queries import dimensions
from data_access.queries.dimensions import numbered
from data_access.queries.measures import Measure, in_turn, ratio
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import (
    account,
    claim_payment,
    contract_term,
    line_expectation,
    patient,
    payer,
)

#: What lines are measured by, as people choose it.
YARDSTICKS = {"Contract": ("contract",), "Usual amount": ("usual",), "Both": ("contract", "usual")}
_ROW = line_expectation.c
#: What the screen breaks down by -> its column.
BY = {"payer": _ROW.payer_id, "contract": _ROW.contract, "procedure": _ROW.procedure_code, "month": _ROW.paid_month}


@dataclass(frozen=True)
class ContractSum:
    """Lines short of one contract: how many, first and last service day, expected, allowed, denied, short."""

    contract: str
    lines: int
    first: date
    last: date
    expected: Decimal
    allowed: Decimal
    denied: Decimal
    short: Decimal


@dataclass(frozen=True)
class Measured:
    """Lines first paid in the period and measured by a yardstick, added up.

    Attributes:
        by: what they are added up by, beside the payer and the month of first payment: a name of BY.
        payers: what the payers are called.
        sums: rows of payer_id, key, month, lines, short_lines (short now), short, recovered_lines
            and recovered.
        accounts: how many accounts have lines that are short.
    """

    filters: Filters
    by: str
    payers: Mapping[Any, str]
    sums: Sequence[Any]
    accounts: int

    def total(self, name: str) -> Any:
        """One of the sums over all lines; dollars as Decimal."""
        return _total(self.sums, name)

    @property
    def short_payers(self) -> int:
        """How many payers have lines that are short."""
        return len({row.payer_id for row in self.sums if row.short_lines and row.payer_id is not None})

    def measures(self) -> list[Measure]:
        """The figures under their definitions: underpayment, underpayment_rate, recovered."""
        short_lines, lines = self.total("short_lines"), self.total("lines")
        counts = Decimal(short_lines), Decimal(lines)
        recovered, as_of = self.total("recovered"), self.filters.as_of
        return [
            _underpayment(self.total("short"), short_lines, self.filters),
            Measure("underpayment_rate", ratio(short_lines, lines), *counts, lines, as_of),
            Measure("recovered", recovered, recovered, None, self.total("recovered_lines"), as_of),
        ]

    def breakdown(self, by: str | None = None) -> pd.DataFrame:
        """What is short by what the lines were added up by, by payer or by month: key, label, short, short_lines.

        Months in order, all others largest first; those where nothing is short are left out, but for months.
        """
        by = by or self.by
        column = {"payer": "payer_id", "month": "month"}.get(by, "key")
        groups = defaultdict(list)
        for row in self.sums:
            groups[getattr(row, column)].append(row)
        found = [
            (key, self._label(by, key), _total(rows, "short"), _total(rows, "short_lines"))
            for key, rows in groups.items()
        ]
        if by == "month":
            found.sort(key=lambda one: one[0])
        else:
            found = sorted((one for one in found if one[2] > 0), key=lambda one: (-one[2], one[1]))
        return pd.DataFrame(found, columns=["key", "label", "short", "short_lines"], dtype=object)

    def _label(self, by: str, key: Any) -> str:
        if by == "payer":
            return dimensions.label("payer", self.payers, key)
        missing = "Usual amount" if by == "contract" else "No procedure stated"
        return missing if key is None else str(key)


def _total(rows: Sequence[Any], name: str) -> Any:
    values = [getattr(row, name) for row in rows]
    return sum(map(int, values)) if name.endswith("lines") else sum(map(Decimal, values), Decimal(0))


_A_TERM = select(contract_term.c.load_id).limit(1)


def default_yardstick(engine: Source) -> str:
    """The contract where the office has loaded one, else the usual amount."""
    return "Contract" if read_rows(engine, _A_TERM) else "Usual amount"


def measured(engine: Source, filters: Filters, yardstick: str, by: str = "payer") -> Measured:
    """What was measured in the period, what is short and what came back.

    Args:
        by: a name of BY.
    """
    sums = read_rows(engine, _sums(filters, yardstick, by))
    ((short_accounts,),) = read_rows(engine, _short_accounts(filters, yardstick))
    return Measured(filters, by, dimensions.labels(engine, "payer"), sums, short_accounts)


@built_once
def _short_accounts(filters: Filters, yardstick: str) -> Select:
    return select(func.count(_ROW.account_id.distinct())).where(_ROW.short > 0, *_measured(filters, yardstick))


@built_once
def _sums(filters: Filters, yardstick: str, by: str) -> Select:
    open_now = _ROW.short > 0
    keys: list[ColumnElement] = [_ROW.payer_id, _ROW.paid_month.label("month")]
    if by not in ("payer", "month"):
        keys.append(BY[by].label("key"))
    return (
        select(
            *keys,
            func.count().label("lines"),
            func.count().filter(open_now).label("short_lines"),
            _sum(_ROW.short).label("short"),
            func.count().filter(_ROW.recovered > 0).label("recovered_lines"),
            _sum(_ROW.recovered).label("recovered"),
        )
        .where(*_measured(filters, yardstick))
        .group_by(*keys)
    )


def underpaid(engine: Source, yardstick: str, *periods: Filters) -> list[Measure | None]:
    """What is short in each period, by lines; None where no line was measured."""
    rows = read_rows(engine, _short_in_turn(yardstick, periods))
    return [
        _underpayment(Decimal(short), short_lines, period) if lines else None
        for (lines, short_lines, short), period in zip(rows, periods, strict=True)
    ]


@built_once
def _short_in_turn(yardstick: str, periods: tuple[Filters, ...]) -> Select:
    query = select(func.count(), func.count(case((_ROW.short > 0, 1))), _sum(_ROW.short))
    return in_turn(query.where(*_measured(period, yardstick)) for period in periods)


def _underpayment(short: Decimal, short_lines: int, filters: Filters) -> Measure:
    return Measure("underpayment", short, short, None, short_lines, filters.as_of)


@built_once
def table(filters: Filters, yardstick: str = "Both", selection: Mapping[str, Any] | None = None) -> TableReport:
    """Lines that are short, one row each: their count and `short` are those of the mark that was clicked.

    Args:
        selection: any of a dimension, `contract`, `procedure`, `month`, `modifier`, `since` (first paid on or after),
            `state` (short, or recovered: those of which something came back, short or not).
    """
    selection = selection or {}
    conditions = _measured(filters, yardstick) + dimensions.narrow(line_expectation, selection)
    recovered = selection.get("state") == "recovered"
    conditions.append(_ROW.recovered > 0 if recovered else _ROW.short > 0)
    for name in ("contract", "procedure", "month"):
        if name in selection:
            value = selection[name]
            conditions.append(BY[name].is_(None) if value is None else BY[name] == value)
    if "modifier" in selection:
        conditions.append(has_modifier(selection["modifier"]))
    if "since" in selection:
        conditions.append(_ROW.paid_on >= selection["since"])
    core = select(*_core()).where(*conditions)
    first = "recovered" if recovered else "short"
    order = ((first, True), ("paid_on", True), ("claim_payment_id", False), ("payment_line_id", False))
    metric_ids = ("underpayment", "underpayment_rate", "recovered")
    if recovered:
        title, columns = "Lines of which something came back", _recovered_first()
    else:
        title, columns = "Underpaid lines", _COLUMNS
    return TableReport("underpayments", title, core, columns, order, metric_ids, _with_names)


def _recovered_first() -> tuple[ColumnSpec, ...]:
    """The columns with what came back where it is seen without scrolling: after the payer."""
    came_back = [column for column in _COLUMNS if column.name in ("recovered", "recovered_on")]
    others = [column for column in _COLUMNS if column not in came_back]
    place = next(number for number, column in enumerate(others) if column.name == "payer") + 1
    return (*others[:place], *came_back, *others[place:])


def has_modifier(modifier: str) -> ColumnElement[bool]:
    """Lines with this modifier, whichever of their four it is."""
    return (literal(" ") + _ROW.modifiers + literal(" ")).contains(f" {modifier} ", autoescape=True)


def open_lines(payer_id: int) -> TableReport:
    """Every line of a payer that is short of its contract, for the payer to look at; the member id is patient data."""
    core = select(line_expectation).where(_ROW.payer_id == payer_id, _ROW.basis == "contract", _ROW.short > 0)
    order = (("service_on", False), ("payer_claim_number", False), ("account_number", False), ("line_no", False))
    return TableReport("dispute", "Lines in dispute", _for_payer(core.subquery("core")), _DISPUTE, order)


def payers_in_dispute(engine: Source) -> pd.DataFrame:
    """The payers with lines short of their contract, most first: payer_id, payer, lines, short."""
    query = (
        select(
            _ROW.payer_id,
            payer.c.name.label("payer"),
            func.count().label("lines"),
            func.sum(_ROW.short).label("short"),
        )
        .join(payer, payer.c.payer_id == _ROW.payer_id)
        .where(_ROW.basis == "contract", _ROW.short > 0)
        .group_by(_ROW.payer_id, payer.c.name)
        .order_by(func.sum(_ROW.short).desc(), payer.c.name)
    )
    return read_frame(engine, query)


def by_contract(engine: Source, payer_id: int) -> list[ContractSum]:
    """A payer's open lines added up by contract, for the letter on top of them."""
    sums = [func.sum(_ROW[name]) for name in ("expected", "allowed", "denied", "short")]
    query = (
        select(_ROW.contract, func.count(), func.min(_ROW.service_on), func.max(_ROW.service_on), *sums)
        .where(_ROW.payer_id == payer_id, _ROW.basis == "contract", _ROW.short > 0)
        .group_by(_ROW.contract)
        .order_by(_ROW.contract)
    )
    with engine.connect() as connection:
        return [ContractSum(*row[:4], *map(Decimal, row[4:])) for row in connection.execute(query)]


def _sum(column: ColumnElement) -> ColumnElement:
    return func.coalesce(func.sum(column), 0)


def measured_by(*bases: str) -> ColumnElement[bool]:
    """Lines measured by any of some values of YARDSTICKS."""
    return _ROW.basis.is_not(None) if set(bases) == set(YARDSTICKS["Both"]) else _ROW.basis.in_(bases)


def _measured(filters: Filters, yardstick: str) -> list[ColumnElement[bool]]:
    return [
        measured_by(*YARDSTICKS[yardstick]),
        _ROW.paid_on >= filters.date_from,
        _ROW.paid_on <= filters.date_to,
        *filters.where(line_expectation),
    ]


_SHOWN = (
    "claim_payment_id",
    "payment_line_id",
    "department",
    "service_on",
    "paid_on",
    "procedure_code",
    "modifiers",
    "units",
    "charge",
    "basis",
    "contract",
    "cases",
    "expected",
    "allowed",
    "denied",
    "short",
    "state",
    "recovered",
)


def _core() -> list[ColumnElement]:
    """What a page is sorted and cut by, before names are joined."""
    return [_ROW[name] for name in ("account_id", "payer_id", "facility_id", "provider_id", "last_on", *_SHOWN)]


def _with_names(rows: FromClause) -> Select:
    row = rows.c
    query = numbered(rows).add_columns(
        case((row.recovered > 0, row.last_on)).label("recovered_on"), claim_payment.c.payer_claim_number
    )
    return query.join(claim_payment, claim_payment.c.claim_payment_id == row.claim_payment_id)


_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("claim_payment_id", "Payment id", "id", hidden=True),
    ColumnSpec("payment_line_id", "Line id", "id", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("procedure_code", "Procedure"),
    ColumnSpec("modifiers", "Modifiers"),
    ColumnSpec("service_on", "Service date", "date"),
    ColumnSpec("paid_on", "First paid", "date"),
    ColumnSpec("units", "Units", "number"),
    ColumnSpec("charge", "Billed", "money"),
    ColumnSpec("expected", "Expected", "money", total=True),
    ColumnSpec("allowed", "Allowed", "money", total=True),
    ColumnSpec("denied", "Denied", "money", total=True),
    ColumnSpec("short", "Short", "money", total=True),
    ColumnSpec("state", "State"),
    ColumnSpec("recovered", "Recovered", "money", total=True),
    ColumnSpec("recovered_on", "Recovered on", "date"),
    ColumnSpec("basis", "Measured by"),
    ColumnSpec("contract", "Contract"),
    ColumnSpec("cases", "Usual of lines", "count"),
    ColumnSpec("payer_claim_number", "Payer's claim number"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
)


def _for_payer(rows: FromClause) -> Select:
    row = rows.c
    return (
        select(
            claim_payment.c.payer_claim_number,
            account.c.account_number,
            row.service_on,
            row.procedure_code,
            row.modifiers,
            row.units,
            row.charge,
            row.contract,
            row.expected,
            row.allowed,
            row.denied,
            row.short,
            row.paid_on,
            claim_payment.c.member_id,
            patient.c.last_name,
            patient.c.first_name,
            func.coalesce(row.payment_line_id, row.claim_payment_id).label("line_no"),
        )
        .join(account, account.c.account_id == row.account_id)
        .join(claim_payment, claim_payment.c.claim_payment_id == row.claim_payment_id)
        .outerjoin(patient, patient.c.patient_id == account.c.patient_id)
    )


_DISPUTE = (
    ColumnSpec("payer_claim_number", "Payer's claim number"),
    ColumnSpec("account_number", "Our account"),
    ColumnSpec("service_on", "Service date", "date"),
    ColumnSpec("procedure_code", "Procedure"),
    ColumnSpec("modifiers", "Modifiers"),
    ColumnSpec("units", "Units", "number"),
    ColumnSpec("charge", "Billed", "money", total=True),
    ColumnSpec("contract", "Contract"),
    ColumnSpec("expected", "Expected", "money", total=True),
    ColumnSpec("allowed", "Allowed", "money", total=True),
    ColumnSpec("denied", "Denied", "money", total=True),
    ColumnSpec("short", "Short", "money", total=True),
    ColumnSpec("paid_on", "First paid", "date"),
    ColumnSpec("member_id", "Member id", phi=True),
    ColumnSpec("last_name", "Last name", phi=True),
    ColumnSpec("first_name", "First name", phi=True),
    ColumnSpec("line_no", "Line", "id", hidden=True),
)
