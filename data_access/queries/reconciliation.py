"""Do remittances, postings and bank deposits agree? Figures and tables of the office's money.

Deposits have no facility, department, provider or payer: no filter but the period applies to them. Remittances are
filtered by payer as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, Numeric, Select, Subquery, Table, and_, case, cast, func, or_, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.filters import Filters, of_payer_types
from data_access.frames import read_frame, read_rows
from data_access.given import zero
from data_access.posting.bank.match import AMOUNT_DAYS, EFT_DAYS, TAKEN_BACK
from data_access.queries.measures import Measure, in_turn, ratio
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import claim_payment, deposit, deposit_match, load, remittance, remittance_match

Amount = tuple[Decimal, int]
#: What a deposit's line is of, for the chart and its legend. What nothing explains is open, or taken out where the bank
#: took money: a returned item takes nothing off what came in.
KINDS = ("remittance", "posted", "patient", "explained", "returned", "differing", "taken_out", "open")
#: The usual days from payment to deposit, of an EFT and of any other: within them money without a number is looked for.
USUAL_DAYS = (EFT_DAYS[1], AMOUNT_DAYS[1])


@dataclass(frozen=True)
class Position:
    """The period's deposits and remittances by what became of them: amount and number."""

    deposits: dict[str, Amount]
    repeated_lines: int
    remittances: dict[str, Amount]

    def sum(self, of: Mapping[str, Amount], *kinds: str) -> Amount:
        """The sum of some kinds, or of all."""
        chosen = [of[kind] for kind in kinds or of if kind in of]
        return sum((amount for amount, _ in chosen), Decimal("0.00")), sum(number for _, number in chosen)


def kind() -> ColumnElement:
    """What a deposit is of, as in `KINDS`, or repeated; patient: alone or with others."""
    row = deposit_match.c
    matched = case((row.source.in_(["remittance", "posted"]), row.source), else_="patient")
    taken_out = and_(row.state == "open", deposit.c.amount < 0)
    return case((row.state == "matched", matched), (taken_out, "taken_out"), else_=row.state)


def known(column: ColumnElement, filters: Filters) -> ColumnElement:
    """What was matched of a remittance or a posted payment, but null where its deposit came after the as-of date."""
    came = column.table.c.deposited_on
    return case((or_(came.is_(None), came <= filters.as_of), column))


def state_of(table: Table, filters: Filters) -> ColumnElement[str]:
    """The state of a remittance or a posted payment on the as-of date."""
    return func.coalesce(known(table.c.state, filters), "open")


def _remittance_state(filters: Filters) -> ColumnElement[str]:
    """The same of a remittance: open where its money is late, awaited where it may still come."""
    row, state = remittance.c, state_of(remittance_match, filters)
    eft, other = (cast(filters.as_of - timedelta(days=days), Date) for days in USUAL_DAYS)
    early = row.paid_on >= case((row.payment_method == "ACH", eft), else_=other)
    went_again = func.coalesce(remittance_match.c.reason, "") == TAKEN_BACK
    return case((and_(state == "open", early, ~went_again), "awaited"), else_=state)


def of_payers(table: Table, filters: Filters) -> list[ColumnElement[bool]]:
    """The payer filters alone."""
    conditions: list[ColumnElement[bool]] = []
    if filters.payer_ids:
        conditions.append(table.c.payer_id.in_(filters.payer_ids))
    if filters.payer_types:
        conditions.append(of_payer_types(table, filters.payer_types))
    return conditions


def _of_remittances(filters: Filters) -> list[ColumnElement[bool]]:
    row = remittance.c
    return [row.paid_on >= filters.date_from, row.paid_on <= filters.date_to, *of_payers(remittance, filters)]


def position(engine: Source, filters: Filters) -> Position:
    """Deposits of the period by what they are of, and remittances paid in it by their state."""
    lines = {name: (Decimal(amount), number) for name, amount, number in read_rows(engine, _by_kind(filters))}
    remits = {name: (Decimal(amount), number) for name, amount, number in read_rows(engine, _by_state(filters))}
    return Position(lines, lines.pop("repeated", (Decimal(0), 0))[1], remits)


@built_once
def _by_kind(filters: Filters) -> Select:
    of = kind()
    return (
        select(of, func.sum(deposit.c.amount), func.count())
        .join(deposit_match, deposit_match.c.deposit_id == deposit.c.deposit_id)
        .where(deposit.c.deposited_on >= filters.date_from, deposit.c.deposited_on <= filters.date_to)
        .group_by(of)
    )


@built_once
def _by_state(filters: Filters) -> Select:
    state = _remittance_state(filters)
    return (
        select(state, func.sum(remittance.c.amount), func.count())
        .outerjoin(remittance_match, remittance_match.c.remittance_id == remittance.c.remittance_id)
        .where(*_of_remittances(filters))
        .group_by(state)
    )


_A_DEPOSIT = select(deposit.c.deposit_id).limit(1)


def any_deposits(engine: Source) -> bool:
    """Whether any bank line was loaded."""
    return bool(read_rows(engine, _A_DEPOSIT))


def days_to_deposit(engine: Source, *periods: Filters) -> list[Measure]:
    """Median days from payment date to deposit of remittances paid in each period."""
    rows = read_rows(engine, _median_days(periods))
    medians = [(None if median is None else Decimal(str(median)), n) for median, n in rows]
    return [
        Measure("days_to_deposit", value, value or Decimal(0), None, n, period.as_of)
        for (value, n), period in zip(medians, periods, strict=True)
    ]


@built_once
def _median_days(periods: tuple[Filters, ...]) -> Select:
    days = remittance_match.c.days
    query = select(func.percentile_cont(0.5).within_group(days), func.count()).join(
        remittance, remittance.c.remittance_id == remittance_match.c.remittance_id
    )
    return in_turn(query.where(*_with_days(period)) for period in periods)


def _with_days(filters: Filters) -> list[ColumnElement[bool]]:
    """Remittances of the period whose deposit came by the as-of date."""
    row = remittance_match.c
    matched = (row.state == "matched", row.days.is_not(None), row.deposited_on <= filters.as_of)
    return [*matched, *_of_remittances(filters)]


def days_by_payer(engine: Source, filters: Filters) -> pd.DataFrame:
    """The same by payer, slowest first: payer, value, n."""
    return read_frame(engine, _days_by_payer(filters))


@built_once
def _days_by_payer(filters: Filters) -> Select:
    days, name = remittance_match.c.days, func.coalesce(remittance.c.payer_name, "Not stated")
    median = func.percentile_cont(0.5).within_group(days)
    return (
        select(name.label("payer"), cast(median, Numeric(9, 1)).label("value"), func.count().label("n"))
        .join(remittance, remittance.c.remittance_id == remittance_match.c.remittance_id)
        .where(*_with_days(filters))
        .group_by(name)
        .order_by(median.desc(), name)
    )


def matched_share(found: Position, as_of: date) -> Measure:
    """Share of remittance money matched to deposits; one sent again counts once."""
    states = [state for state in found.remittances if state not in ("repeated", "no_money_due")]
    due, n = found.sum(found.remittances, *states) if states else (Decimal(0), 0)
    matched, _ = found.sum(found.remittances, "matched")
    return Measure("matched_share", ratio(matched, due), matched, due, n, as_of)


def deposits_by_month(engine: Source, filters: Filters) -> pd.DataFrame:
    """Deposits of the period: month, kind, amount, lines."""
    return read_frame(engine, _deposits_by_month(filters))


@built_once
def _deposits_by_month(filters: Filters) -> Select:
    of, month = kind(), deposit.c.deposited_month
    return (
        select(month.label("month"), of.label("kind"), func.sum(deposit.c.amount).label("amount"), func.count())
        .join(deposit_match, deposit_match.c.deposit_id == deposit.c.deposit_id)
        .where(deposit.c.deposited_on >= filters.date_from, deposit.c.deposited_on <= filters.date_to)
        .where(deposit_match.c.state != "repeated")
        .group_by(month, of)
        .order_by(month)
    )


def remittances_by_month(engine: Source, filters: Filters) -> pd.DataFrame:
    """Remittances paid in the period: month, state, amount."""
    return read_frame(engine, _remittances_by_month(filters))


@built_once
def _remittances_by_month(filters: Filters) -> Select:
    state, month = _remittance_state(filters), remittance.c.paid_month
    return (
        select(month.label("month"), state.label("state"), func.sum(remittance.c.amount).label("amount"))
        .outerjoin(remittance_match, remittance_match.c.remittance_id == remittance.c.remittance_id)
        .where(*_of_remittances(filters), remittance.c.amount != 0)
        .group_by(month, state)
        .order_by(month)
    )


@built_once
def deposits_table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Bank lines of the period with what they are of.

    Args:
        chosen: any of kind (as in `KINDS`, or repeated), month, on (a day), state.
    """
    chosen = chosen or {}
    row, own = deposit.c, deposit_match.c
    query = (
        select(
            row.deposit_id,
            row.deposited_on,
            row.method,
            row.trace_number,
            row.description,
            row.bank_account,
            own.state,
            own.how,
            own.difference,
            func.abs(own.difference).label("off_by"),
            own.reason,
            load.c.file_name,
            row.amount,
        )
        .join(deposit_match, own.deposit_id == row.deposit_id)
        .join(load, load.c.load_id == row.load_id)
    )
    if "on" in chosen:
        conditions = [row.deposited_on == chosen["on"]]
    else:
        conditions = [row.deposited_on >= filters.date_from, row.deposited_on <= filters.date_to]
    if "month" in chosen:
        conditions.append(row.deposited_month == chosen["month"])
    if "kind" in chosen:
        conditions.append(kind() == chosen["kind"])
    elif "state" in chosen:
        conditions.append(own.state == chosen["state"])
    else:
        conditions.append(own.state != "repeated")
    off_by = ColumnSpec("off_by", "Off by", "money", total=True)
    columns = (
        ColumnSpec("deposit_id", "Deposit id", "id", hidden=True),
        ColumnSpec("deposited_on", "Deposited on", "date"),
        ColumnSpec("amount", "Deposited", "money", total=True),
        ColumnSpec("state", "State"),
        ColumnSpec("how", "Matched by"),
        ColumnSpec("difference", "Difference", "money"),
        *([off_by] if chosen.get("kind") == "differing" else []),
        ColumnSpec("method", "Method"),
        ColumnSpec("trace_number", "Trace number"),
        ColumnSpec("description", "Bank's words"),
        ColumnSpec("bank_account", "Bank account"),
        ColumnSpec("reason", "Why"),
        ColumnSpec("file_name", "File"),
    )
    order = (("deposited_on", True), ("deposit_id", False))
    return TableReport("deposits", "Deposits", query.where(*conditions), columns, order, ("matched_share",))


def _posted(filters: Filters) -> Subquery:
    """What the claim payments of each remittance came to: on accounts, on none yet, set aside by a person."""
    row = claim_payment.c

    def part(condition: ColumnElement[bool]) -> ColumnElement:
        return func.sum(case((condition, row.paid), else_=zero()))

    return (
        select(
            row.remittance_id,
            part(row.match_status == "confirmed").label("posted"),
            part(row.match_status.in_(["none", "probable"])).label("not_posted"),
            part(row.match_status == "set_aside").label("set_aside"),
            func.count().label("claims"),
        )
        .where(row.paid_on >= filters.date_from, row.paid_on <= filters.date_to)  # the remittance's own date
        .group_by(row.remittance_id)
        .subquery("posted")
    )


@built_once
def remittances_table(filters: Filters, chosen: Mapping[str, Any] | None = None) -> TableReport:
    """Remittances of the period: at the bank or not, and posted or not, adding up to the payment to the cent.

    Payment = posted + on no account + set aside - provider-level + what it is out of balance by.

    Args:
        chosen: any of state, month.
    """
    chosen = chosen or {}
    row, own, posted = remittance.c, remittance_match.c, _posted(filters)
    state = _remittance_state(filters)

    def amount(name: str) -> ColumnElement:
        return func.coalesce(posted.c[name], zero()).label(name)

    query = (
        select(
            row.remittance_id,
            row.paid_on,
            row.payer_name,
            row.trace_number,
            row.payment_method,
            state.label("state"),
            *(known(own[name], filters).label(name) for name in ("how", "deposited_on", "days", "reason")),
            known(own.difference, filters).label("bank_difference"),
            amount("posted"),
            amount("not_posted"),
            amount("set_aside"),
            (-row.provider_adjustments).label("provider_level"),
            row.difference,
            row.amount,
        )
        .outerjoin(remittance_match, own.remittance_id == row.remittance_id)
        .outerjoin(posted, posted.c.remittance_id == row.remittance_id)
        .where(*_of_remittances(filters))
    )
    if "month" in chosen:
        query = query.where(row.paid_month == chosen["month"])
    if "state" in chosen:
        query = query.where(state == chosen["state"])
    columns = (
        ColumnSpec("remittance_id", "Remittance id", "id", hidden=True),
        ColumnSpec("paid_on", "Paid on", "date"),
        ColumnSpec("payer_name", "Payer"),
        ColumnSpec("amount", "Payment", "money", total=True),
        ColumnSpec("state", "State"),
        ColumnSpec("deposited_on", "Deposited on", "date"),
        ColumnSpec("days", "Days to deposit", "days"),
        ColumnSpec("bank_difference", "Bank less payment", "money"),
        ColumnSpec("posted", "Posted to accounts", "money", total=True),
        ColumnSpec("not_posted", "On no account", "money", total=True),
        ColumnSpec("set_aside", "Set aside", "money", total=True),
        ColumnSpec("provider_level", "Provider-level", "money", total=True),
        ColumnSpec("difference", "Out of balance", "money", total=True),
        ColumnSpec("trace_number", "Trace number"),
        ColumnSpec("payment_method", "Paid by"),
        ColumnSpec("how", "Matched by"),
        ColumnSpec("reason", "Why"),
    )
    order = (("paid_on", True), ("remittance_id", False))
    metrics = ("matched_share", "days_to_deposit", "unapplied")
    return TableReport("remittances", "Remittances", query, columns, order, metrics)
