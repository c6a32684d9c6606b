"""What each paid line was to be allowed by its payer's contract, and what is short of it.

Looked at are the primary payer's payments that stand, line by line: those that allowed something. A denied line is a
denial, and the denied part of a partly denied line is too: only what neither was allowed nor denied is short.
Allowed is what was paid, the patient's share, and what lowers the payment but not the price (sequestration and the
like): 2 % less from Medicare is no underpayment. A line paid again after a reversal, or paid more, is one line: what
that brought of a first shortfall is recovered.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Insert,
    MetaData,
    Numeric,
    Select,
    String,
    Subquery,
    Table,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from data_access.built_once import built_once
from data_access.bulk import bulk_insert
from data_access.posting.prices import Contracts, Kind
from data_access.posting.scope import Scope, month_of
from data_access.schema import adjustment, claim, claim_payment, contract_term, line_expectation, payment_line

#: Adjustments that lower the payment and not what is allowed: prompt-pay discount, managed care withhold, tax
#: withheld, incentive, penalty by program, sequestration.
ONLY_THE_PAYMENT = ("44", "104", "105", "144", "237", "253")
MULTIPLE_PROCEDURES = "59"
#: A line is short when more than the greater of these is missing.
TOLERANCE_SHARE, TOLERANCE_LEAST = Decimal("0.01"), Decimal("1.00")

_NOTHING = literal(Decimal("0.00"), Numeric(14, 2))
#: Columns that are found in the payments; the others follow from prices.
_FOUND = (
    "account_id",
    "facility_id",
    "department",
    "provider_id",
    "payer_id",
    "claim_id",
    "claim_payment_id",
    "payment_line_id",
    "procedure_code",
    "modifiers",
    "units",
    "service_on",
    "paid_on",
    "paid_month",
    "charge",
    "first_allowed",
    "first_denied",
    "allowed",
    "denied",
    "reduced",
    "last_on",
    "last_by",
)

#: One object each for all: statements over them are compiled once.
_LINES = Table(
    "scratch_line",
    MetaData(),
    *(Column(name, line_expectation.c[name].type) for name in _FOUND),
    Column("chain_id", BigInteger),
    Column("place", String),
    prefixes=["TEMPORARY"],
)
_PRICES = Table(
    "scratch_price",
    MetaData(),
    Column("payer_id", BigInteger),
    *(Column(name, String) for name in ("procedure", "modifiers", "place")),
    Column("start", Date),
    Column("end", Date),
    *(Column(name, String) for name in ("contract", "rule")),
    Column("unit_price", Numeric(28, 14)),
    Column("charge_factor", Numeric(12, 6)),
    Column("multiple_factor", Numeric(12, 6)),
    prefixes=["TEMPORARY"],
)


def build(connection: Connection, scope: Scope) -> None:
    """Write `line_expectation` of every account in scope, measured by contract where there is one."""
    if not scope.holds(connection, claim_payment):
        return
    if connection.scalar(select(contract_term.c.load_id).limit(1)) is None:
        connection.execute(_unpriced(scope))
        return
    for scratch in (_LINES, _PRICES):
        scratch.create(connection)
    connection.execute(_found(scope))
    _write_prices(connection)
    connection.execute(_priced())
    for scratch in (_LINES, _PRICES):
        scratch.drop(connection)


@built_once
def _found(scope: Scope) -> Insert:
    return insert(_LINES).from_select(_LINES.c.keys(), _lines(scope))


def verdict(expected: ColumnElement, line: Any) -> dict[str, ColumnElement]:
    """What follows from what was expected of a line, by its columns: short, state and recovered."""
    share = expected * literal(TOLERANCE_SHARE, Numeric(3, 2))
    tolerance = case((share > TOLERANCE_LEAST, share), else_=TOLERANCE_LEAST)
    missing = expected - line.allowed - line.denied
    first_missing = expected - line.first_allowed - line.first_denied
    short = case((missing > tolerance, missing), else_=_NOTHING)
    reached = case((line.allowed > expected, expected), else_=line.allowed)
    more = and_(first_missing > tolerance, reached > line.first_allowed)
    state = case(
        (expected.is_(None), null()),
        (and_(missing > tolerance, more), "partly_recovered"),
        (missing > tolerance, "open"),
        (more, "recovered"),
        else_="met",
    )
    return {
        "short": short,
        "state": state,
        "recovered": case((more, reached - line.first_allowed), else_=_NOTHING),
    }


def never_above_charge(amount: ColumnElement, line: Any) -> ColumnElement:
    """Contracts allow the lesser of their rate and the charge; to the cent, half up."""
    cents = func.round(amount, 2)
    return type_coerce(case((and_(line.charge > 0, cents > line.charge), line.charge), else_=cents), Numeric(14, 2))


def _payments(scope: Scope) -> Subquery:
    """The primary payers' payments of the accounts in scope, but for those taken back on the day they were made."""
    row, sent = claim_payment.c, claim.c
    return (
        select(
            row.claim_payment_id,
            row.claim_id,
            row.paid_on,
            row.charge,
            row.allowed,
            row.denied,
            row.lines,
            row.reversed,
            row.service_from,
            sent.account_id,
            sent.chain_id,
            sent.facility_id,
            sent.department,
            sent.provider_id,
            sent.payer_id,
            sent.place_of_service,
            sent.service_from.label("claim_from"),
        )
        .join(claim, sent.claim_id == row.claim_id)
        .where(
            scope.of(claim_payment),
            row.match_status == "confirmed",
            row.is_reversal.is_not(True),
            row.repeats.is_(False),
            row.payer_rank == 1,
            func.coalesce(sent.sequence, 1) == 1,
            row.paid_on.is_not(None),
            or_(row.reversed_on.is_(None), row.reversed_on > row.paid_on),
        )
        .subquery("paid")
    )


def _adjusted(scope: Scope) -> Subquery:
    """By line: what only lowers the payment, what another payer did, and whether the multiple procedure rule did."""
    row = adjustment.c
    lowers = row.carc.in_(ONLY_THE_PAYMENT)
    by_other, by_rule = row.adjustment_class == "other_payer", row.carc == MULTIPLE_PROCEDURES
    in_scope = select(claim_payment.c.claim_payment_id).where(scope.of(claim_payment))
    return (
        select(
            row.claim_payment_id,
            row.payment_line_id,
            func.coalesce(func.sum(row.amount).filter(lowers), 0).label("withheld"),
            func.coalesce(func.sum(row.amount).filter(by_other), 0).label("by_other"),
            func.count().filter(by_rule).label("by_rule"),
        )
        .where(or_(lowers, by_other, by_rule), row.claim_payment_id.in_(in_scope))
        .group_by(row.claim_payment_id, row.payment_line_id)
        .subquery("adjusted")
    )


def _answers(scope: Scope) -> Subquery:
    """Each line of each payment; a payment without lines is one line without a procedure."""
    paid, line, adjusted = _payments(scope), payment_line.c, _adjusted(scope)
    whole = _adjusted(scope).alias("whole")
    service_on = func.coalesce(line.service_from, paid.c.service_from, paid.c.claim_from)
    of_line = (
        select(
            paid,
            line.payment_line_id,
            line.procedure_code,
            func.coalesce(line.procedure_code, line.revenue_code, "").label("service"),
            func.coalesce(line.modifiers, "").label("modifiers"),
            func.coalesce(func.nullif(line.units, 0), literal(1, Numeric(12, 3))).label("units"),
            service_on.label("service_on"),
            line.charge.label("line_charge"),
            (line.allowed + func.coalesce(adjusted.c.withheld, 0)).label("line_allowed"),
            line.denied.label("line_denied"),
            (func.coalesce(adjusted.c.by_rule, 0) > 0).label("reduced"),
            func.row_number()
            .over(
                partition_by=[
                    line.claim_payment_id,
                    func.coalesce(line.procedure_code, line.revenue_code, ""),
                    service_on,
                ],
                order_by=line.payment_line_id,
            )
            .label("ordinal"),
        )
        .join(payment_line, line.claim_payment_id == paid.c.claim_payment_id)
        .outerjoin(adjusted, adjusted.c.payment_line_id == line.payment_line_id)
        .where(func.coalesce(adjusted.c.by_other, 0) == 0)
    )
    of_claim = (
        select(
            paid,
            type_coerce(null(), BigInteger).label("payment_line_id"),
            type_coerce(null(), String).label("procedure_code"),
            literal("").label("service"),
            literal("").label("modifiers"),
            literal(1, Numeric(12, 3)).label("units"),
            func.coalesce(paid.c.service_from, paid.c.claim_from).label("service_on"),
            paid.c.charge.label("line_charge"),
            (paid.c.allowed + func.coalesce(whole.c.withheld, 0)).label("line_allowed"),
            paid.c.denied.label("line_denied"),
            literal(False).label("reduced"),
            literal(1).label("ordinal"),
        )
        .outerjoin(whole, and_(whole.c.claim_payment_id == paid.c.claim_payment_id, whole.c.payment_line_id.is_(None)))
        .where(paid.c.lines == 0, func.coalesce(whole.c.by_other, 0) == 0)
    )
    return union_all(of_line, of_claim).subquery("answer")


def _lines(scope: Scope) -> Select:
    """The lines that were paid or allowed and stand so, each once however often it was answered."""
    row = _answers(scope).c
    same: dict[str, Any] = {"partition_by": [row.chain_id, row.service, row.service_on, row.ordinal]}
    stands = row.reversed.is_(False)
    by_id = func.coalesce(row.payment_line_id, row.claim_payment_id)
    allowing = case((row.line_allowed > 0, 0), else_=1)
    standing = case((and_(stands, row.line_allowed > 0), 0), else_=1)
    at_first: dict[str, Any] = same | {"order_by": [allowing, row.paid_on, by_id]}
    at_last: dict[str, Any] = same | {"order_by": [standing, row.paid_on.desc().nulls_last(), by_id.desc()]}
    denied = case((and_(stands, row.line_denied > 0), row.line_denied), else_=_NOTHING)
    found = select(
        row.account_id,
        row.facility_id,
        row.department,
        row.provider_id,
        row.payer_id,
        row.claim_id,
        row.claim_payment_id,
        row.payment_line_id,
        row.procedure_code,
        row.modifiers,
        row.units,
        row.service_on,
        func.first_value(row.paid_on).over(**at_first).label("paid_on"),
        row.line_charge.label("charge"),
        func.first_value(row.line_allowed).over(**at_first).label("first_allowed"),
        func.first_value(case((row.line_denied > 0, row.line_denied), else_=_NOTHING))
        .over(**at_first)
        .label("first_denied"),
        func.sum(case((stands, row.line_allowed), else_=_NOTHING)).over(**same).label("allowed"),
        func.sum(denied).over(**same).label("denied"),
        row.reduced,
        row.chain_id,
        func.coalesce(row.place_of_service, "").label("place"),
        func.first_value(row.paid_on).over(**at_last).label("last_on"),
        func.first_value(row.claim_payment_id).over(**at_last).label("last_by"),
        func.row_number().over(**same, order_by=[standing, row.paid_on, by_id]).label("turn"),
    ).subquery("found")
    names = _LINES.c.keys()
    columns: dict[str, ColumnElement] = {name: found.c[name] for name in names if name != "paid_month"}
    columns["paid_month"] = month_of(found.c.paid_on)
    return select(*(columns[name].label(name) for name in names)).where(found.c.turn == 1, found.c.allowed > 0)


def _write_prices(connection: Connection) -> None:
    row = _LINES.c
    query = select(row.payer_id, func.coalesce(row.procedure_code, ""), row.modifiers, row.place)
    kinds = [Kind(*found) for found in connection.execute(query.where(row.payer_id.is_not(None)).distinct())]
    contracts = Contracts.read(connection, kinds)
    rows = [
        (
            *kind,
            price.start,
            price.end,
            price.contract,
            price.rule,
            price.unit_price,
            price.charge_factor,
            price.multiple_factor,
        )
        for kind in kinds
        for price in contracts.prices(kind)
    ]
    bulk_insert(connection, _PRICES, _PRICES.c.keys(), rows)


@built_once
def _unpriced(scope: Scope) -> Insert:
    row = _lines(scope).subquery("line").c
    columns: dict[str, ColumnElement] = {name: row[name] for name in _FOUND}
    columns |= {"short": _NOTHING, "recovered": _NOTHING}
    query = select(*columns.values()).order_by(row.paid_on, row.claim_payment_id)
    return insert(line_expectation).from_select(list(columns), query)


@built_once
def _priced() -> Insert:
    row, price = _LINES.c, _PRICES.c
    full = case((price.unit_price.is_not(None), price.unit_price * row.units), else_=price.charge_factor * row.charge)
    by_rule = price.multiple_factor.is_not(None)
    turn = func.row_number().over(
        partition_by=[row.chain_id, row.service_on, by_rule],
        order_by=[full.desc().nulls_last(), row.payment_line_id],
    )
    priced = (
        select(
            _LINES,
            price.contract,
            price.rule,
            price.multiple_factor,
            full.label("full"),
            case((by_rule, turn), else_=null()).label("turn"),
        )
        .outerjoin(
            _PRICES,
            and_(
                price.payer_id == row.payer_id,
                price.procedure == func.coalesce(row.procedure_code, ""),
                price.modifiers == row.modifiers,
                price.place == row.place,
                row.service_on >= price.start,
                row.service_on <= price.end,
                # a whole claim has no units: only a share of its charge can be expected
                or_(row.payment_line_id.is_not(None), price.charge_factor.is_not(None)),
            ),
        )
        .subquery("priced")
    )
    amount = case((priced.c.turn > 1, priced.c.full * priced.c.multiple_factor), else_=priced.c.full)
    expected = never_above_charge(amount, priced.c)
    told = select(
        *(column for column in priced.c if column.name not in ("full", "multiple_factor")), expected.label("expected")
    ).subquery("told")
    columns: dict[str, ColumnElement] = {
        name: told.c[name] for name in (*_FOUND, "contract", "rule", "turn", "expected")
    }
    columns["basis"] = case((told.c.expected.is_not(None), "contract"), else_=null())
    columns |= verdict(told.c.expected, told.c)
    # those of one time lie together, as they do when files come one after another
    query = select(*columns.values()).order_by(told.c.paid_on, told.c.claim_payment_id)
    return insert(line_expectation).from_select(list(columns), query)
