"""What a payer usually allows for a procedure: the yardstick where no contract tells.

The median allowed for one unit of the lines with the same payer, procedure and modifiers that were first paid in the
twelve months before the line's own. Fewer than ten lines say too little. Lines that the payer lowered by its rule for
several procedures are neither measured nor part of the median.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Numeric,
    Select,
    Update,
    and_,
    case,
    cast,
    delete,
    exists,
    extract,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from data_access.built_once import built_once
from data_access.posting.expectations import never_above_charge, verdict
from data_access.quotients import in_cents, scaled, whole_quotient
from data_access.schema import line_expectation, usual_allowed

MONTHS = 12
FEWEST = 10
_KEYS = ("payer_id", "procedure_code", "modifiers")


def observe(connection: Connection) -> None:
    """Fill `usual_allowed` anew, and measure by it the lines that no contract prices."""
    connection.execute(delete(usual_allowed))
    if connection.execute(select(line_expectation.c.account_id).limit(1)).first() is None:
        return
    medians = _medians()
    connection.execute(insert(usual_allowed).from_select([column.name for column in usual_allowed.columns], medians))
    line = line_expectation.c
    if connection.execute(select(usual_allowed.c.payer_id).limit(1)).first():
        connection.execute(_measured())
    connection.execute(
        line_expectation.update()
        .where(line.basis == "usual", ~exists().where(_same()))
        .values(basis=null(), expected=null(), cases=null(), short=0, state=null(), recovered=0)
    )


@built_once
def _measured() -> Update:
    line, usual = line_expectation.c, usual_allowed.c
    expected = never_above_charge(usual.amount * line.units, line)
    return (
        line_expectation.update()
        .where(
            _unpriced(),
            _same(),
            or_(line.expected.is_distinct_from(expected), line.cases.is_distinct_from(usual.cases)),
        )
        .values(basis="usual", expected=expected, cases=usual.cases, **verdict(expected, line))
    )


def _unpriced() -> ColumnElement[bool]:
    line = line_expectation.c
    return and_(
        line.basis.is_distinct_from("contract"),
        line.procedure_code.is_not(None),
        line.payer_id.is_not(None),
        line.reduced.is_(False),
    )


def _same() -> ColumnElement[bool]:
    line, usual = line_expectation.c, usual_allowed.c
    return and_(
        *(usual[name] == line[name] for name in (*_KEYS, "paid_month")),
        line.reduced.is_(False),
    )


def _month_number(month: ColumnElement) -> ColumnElement[int]:
    return cast(extract("year", month) * 12 + extract("month", month), Integer)


def _allowed_a_unit() -> ColumnElement[Decimal]:
    """To six decimals; units have three."""
    line = line_expectation.c
    millionths = whole_quotient(in_cents(line.allowed) * 10_000 * 1_000, cast(line.units * 1_000, BigInteger))
    return scaled(millionths, 6, Numeric(18, 6))


@built_once
def _medians() -> Select:
    """Medians by payer, procedure, modifiers and month, from how often each amount was allowed in a month."""
    line = line_expectation.c
    keys = [line[name] for name in _KEYS]
    wanted = select(*keys, line.paid_month).where(_unpriced()).distinct().subquery("wanted")
    groups = select(*(wanted.c[name] for name in _KEYS)).distinct().subquery("groups")
    wide = Numeric(18, 6)
    unit_allowed = case((line.units == 1, cast(line.allowed, wide)), else_=_allowed_a_unit()).label("amount")
    month = _month_number(line.paid_month).label("month")
    seen = (
        select(*keys, month, unit_allowed, func.count().label("lines"))
        .join(groups, and_(*(groups.c[name] == line[name] for name in _KEYS)))
        .where(line.reduced.is_(False))
        .group_by(*keys, month, unit_allowed)
        .subquery("seen")
    )
    own: list[Any] = [wanted.c[name] for name in (*_KEYS, "paid_month")]
    now = _month_number(wanted.c.paid_month)
    by_amount = (
        select(*own, seen.c.amount, func.sum(seen.c.lines).label("lines"))
        .join(
            seen,
            and_(*(seen.c[name] == wanted.c[name] for name in _KEYS), seen.c.month < now, seen.c.month >= now - MONTHS),
        )
        .group_by(*own, seen.c.amount)
        .subquery("by_amount")
    )
    row = by_amount.c
    group: dict[str, Any] = {"partition_by": [row[name] for name in (*_KEYS, "paid_month")]}
    counted = select(
        by_amount,
        func.sum(row.lines).over(**group, order_by=row.amount).label("up_to"),
        func.sum(row.lines).over(**group).label("cases"),
    ).subquery("counted")
    row = counted.c
    low = func.min(row.amount).filter(row.up_to * 2 >= row.cases)
    high = func.min(row.amount).filter(row.up_to * 2 > row.cases)
    own = [row[name] for name in (*_KEYS, "paid_month")]
    half = literal(Decimal("0.5"), Numeric(2, 1))
    return (
        select(*own, cast((low + high) * half, wide).label("amount"), cast(func.max(row.cases), Integer).label("cases"))
        .group_by(*own)
        .having(func.max(row.cases) >= FEWEST)
    )
