"""The score of an account, from 0 to 100, and the reasons that made it.

The score is a sum of whole points. Each part is a weight, which the office sets, times a step that is written here;
what an account collects at its age, payer and denial is the office's own history (`posting.collectibility`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Engine,
    Integer,
    Numeric,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from data_access.built_once import built_once
from data_access.counting import counted
from data_access.engine import Source, write
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting.collectibility import age_bucket, denied_by
from data_access.posting.scope import days_between
from data_access.queries import due
from data_access.queries.accounts import days_silent
from data_access.queries.aging import stands
from data_access.schema import account, collect_rate, ledger_entry, open_balance, setting
from data_access.work.promises import GRACE_DAYS
from data_access.work.tables import activity, work_state

#: Part of the score -> its points at most, unless the office sets others; together 100. A deadline has most: what can
#: be collected until its day is lost after it.
WEIGHTS = {"amount": 25, "likelihood": 15, "deadline": 30, "promise": 8, "silence": 10, "touch": 7, "answer": 5}
PARTS = {
    "amount": "Amount to be collected",
    "likelihood": "Likelihood to collect",
    "deadline": "Deadline near",
    "promise": "Promise broken",
    "silence": "Payer silent too long",
    "touch": "Nobody touched it",
    "answer": "New answer since last touch",
}
#: What is usually collected, in money -> share of the weight in hundredths, largest first.
AMOUNT_STEPS = ((5000, 100), (2000, 85), (1000, 70), (500, 55), (200, 40), (100, 25), (25, 10))
#: Percent of what is owed that is usually collected (charges still include what contracts take off).
LIKELIHOOD_STEPS = ((50, 100), (40, 85), (30, 70), (20, 50), (10, 30), (5, 15))
DEADLINE_STEPS = ((1, 100), (3, 80), (7, 60), (14, 40), (30, 20))  # days left, at most
TOUCH_STEPS = ((30, 100), (14, 50))  # days since the last contact, at least; never touched counts as the first
SOON = 14  # days within which a deadline is near
WEEK = 7  # days, with today, that doing nothing would cost
#: Some accounts by id, of which a statement is told when it is sent: it is then the same for any.
THESE = bindparam("account_ids", type_=account.c.account_id.type, expanding=True)
_PREFIX = "weight_"


@dataclass(frozen=True)
class Desk:
    """Who looks, on which day, with which weights and usual answer times of the payers."""

    today: date
    person_id: int | None = None
    weights: Mapping[str, int] = field(default_factory=lambda: dict(WEIGHTS), hash=False)
    limits: Mapping[int, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in ("weights", "limits"):  # its own: statements are kept by it, and whoever gave them may change them
            object.__setattr__(self, name, dict(getattr(self, name)))

    @property
    def of_anybody(self) -> Desk:
        """The same, whoever looks."""
        return replace(self, person_id=None)


_WEIGHTS_SET = select(setting.c.name, setting.c.value).where(setting.c.name.in_([_PREFIX + part for part in WEIGHTS]))


def weights(engine: Source) -> dict[str, int]:
    """The office's weights."""
    rows = read_rows(engine, _WEIGHTS_SET)
    return dict(WEIGHTS) | {name.removeprefix(_PREFIX): int(value) for name, value in rows}


def set_weights(engine: Engine, chosen: Mapping[str, int]) -> None:
    """Set the office's weights.

    Raises:
        ValueError: they are not whole points that add up to 100.
    """
    if set(chosen) != set(WEIGHTS) or any(points < 0 for points in chosen.values()) or sum(chosen.values()) != 100:
        raise ValueError(f"The weights must add up to 100; these are {sum(chosen.values())}.")
    with write(engine) as connection:
        connection.execute(setting.delete().where(setting.c.name.in_([_PREFIX + part for part in WEIGHTS])))
        rows = [{"name": _PREFIX + part, "value": str(points)} for part, points in chosen.items()]
        connection.execute(setting.insert(), rows)


def reasons(row: Mapping[str, Any], most: int = 3) -> list[str]:
    """The parts that made the score, most points first."""
    made = [(int(row[f"{part}_points"]), part) for part in WEIGHTS if row[f"{part}_points"]]
    return [_reason(row, part) for _, part in sorted(made, key=lambda pair: -pair[0])[:most]]


def why(row: Mapping[str, Any]) -> str:
    """The reasons in a line, as the list and its export show them."""
    return ", ".join(reasons(row))


def likelihood(row: Mapping[str, Any]) -> Decimal:
    """Share of what an account owes that the office usually collects."""
    owed = Decimal(row["insurance"]) + Decimal(row["patient_owes"])
    return Decimal(row["collectible"]) / owed if owed else Decimal(0)


def _reason(row: Mapping[str, Any], part: str) -> str:
    if part == "amount":
        return f"${row['collectible']:,.0f} collectible" if row["collectible"] else f"${-row['credit']:,.0f} in credit"
    if part == "likelihood":
        return f"{likelihood(row) * 100:.0f} % usually collected"
    if part == "deadline":
        left, to = int(row["days_left"]), row["deadline_kind"]
        return f"last day to {to}" if left == 0 else f"{counted(left, 'day')} left to {to}"
    if part == "silence":
        return f"payer {counted(int(row['silent']), 'day')} over its usual time"
    if part == "touch":
        days = row["days_untouched"]
        return "never touched" if days is None else f"untouched for {counted(int(days), 'day')}"
    return PARTS[part].lower()


@dataclass(frozen=True)
class Observed:
    """What the office collected on such balances: a share, of how many, and how like this one they were (`level`)."""

    side: str
    balance: Decimal
    rate: Decimal
    cases: int
    level: str


def observed(engine: Source, filters: Filters, account_id: int) -> list[Observed]:
    """The observed rates behind an account's likelihood, one for each side that owes."""
    return [
        Observed(row.side, row.balance, Decimal(row.rate), int(row.cases or 0), row.level or "office")
        for row in read_rows(engine, _owing(filters), {THESE.key: [account_id]})
    ]


@built_once
def _owing(filters: Filters) -> Select:
    marked = _rated(filters, THESE)
    return select(marked).where(marked.c.balance > 0).order_by(marked.c.side)


def _balances(filters: Filters, only: BindParameter | Select | None) -> Subquery:
    """What each account owes as of the day, and what of it is usually collected, to the cent by side.

    A sum comes back wider than any account needs; narrow again, the score of a million claims costs half as much.
    """
    row = _rated(filters, only).c
    split = {
        "insurance": case((and_(row.side == "insurance", row.balance > 0), row.balance), else_=0),
        "patient_owes": case((and_(row.side == "patient", row.balance > 0), row.balance), else_=0),
        "collectible": case((row.balance > 0, cast(row.balance * row.rate, Numeric(14, 2))), else_=0),
        "credit": case((row.balance < 0, row.balance), else_=0),
    }
    sums = (
        select(
            row.account_id,
            *(cast(func.sum(value), Numeric(14, 2)).label(name) for name, value in split.items()),
            func.min(row.age_from).label("age_from"),
            func.min(row.unanswered_since).label("unanswered_since"),
        )
        .group_by(row.account_id)
        .subquery("sums")
    )
    # every balance is one of these three
    whole = cast(sums.c.insurance + sums.c.patient_owes + sums.c.credit, Numeric(14, 2))
    return select(sums, whole.label("balance")).subquery("balances")


def _rated(filters: Filters, only: BindParameter | Select | None) -> Subquery:
    """Open balances as of the day, each with the rate that was observed on balances like it."""
    row, observed, office = open_balance.c, collect_rate.alias("observed"), collect_rate.alias("office").c
    payers_owe = select(row.account_id).where(stands(filters.as_of), row.side == "insurance", row.balance > 0)
    denied = denied_by(filters.as_of, payers_owe if only is None else only)
    category = case((row.side == "insurance", func.coalesce(denied.c.category, "")), else_="")
    usual = (
        select(office.side, func.min(office.rate).label("rate"), func.max(office.cases).label("cases"))
        .where(office.level == "office")
        .group_by(office.side)
        .subquery("usual")
    )
    conditions = [stands(filters.as_of), *filters.where(open_balance)]
    if only is not None:
        conditions.append(row.account_id.in_(only))
    return (
        select(
            row.account_id,
            row.side,
            row.balance,
            row.age_from,
            row.unanswered_since,
            func.coalesce(observed.c.rate, usual.c.rate, 0).label("rate"),
            func.coalesce(observed.c.cases, usual.c.cases).label("cases"),
            observed.c.level,
        )
        .outerjoin(denied, denied.c.account_id == row.account_id)
        .outerjoin(
            observed,
            and_(
                observed.c.side == row.side,
                observed.c.bucket == age_bucket(filters.as_of),
                observed.c.payer_id == func.coalesce(row.payer_id, 0),
                observed.c.category == category,
            ),
        )
        .outerjoin(usual, usual.c.side == row.side)
        .where(*conditions)
        .subquery("rated")
    )


def _promises(today: date) -> Subquery:
    """Accounts whose latest promise, or an instalment of it, was due with its grace and was not met in full."""
    state, row, entry = work_state.c, activity.c, ledger_entry.c
    in_time = and_(
        entry.account_id == row.account_id,
        entry.entry_type == "patient_payment",
        entry.posted_on >= row.day,
        days_between(entry.posted_on, row.due_on) <= GRACE_DAYS,
    )
    of_the_latest = and_(
        row.account_id == state.account_id,
        row.kind == "promise",
        func.coalesce(row.plan_id, row.activity_id) == state.promise_id,
    )
    missed = (
        select(row.account_id)
        .select_from(work_state.join(activity, of_the_latest).outerjoin(ledger_entry, in_time))
        .where(row.due_on < today - timedelta(days=GRACE_DAYS))
        .group_by(row.account_id, row.activity_id, row.in_all)
        .having(func.coalesce(-func.sum(entry.amount), 0) < row.in_all)
        .subquery("missed")
    )
    return select(missed.c.account_id).distinct().subquery("broken")


def scored(filters: Filters, desk: Desk, only: BindParameter | Select | None = None) -> Subquery:
    """Every open account, or `only` some by id, with its facts, its points by part and its score.

    Args:
        only: `THESE`, or a query of ids; all without.
    """
    owed, state, broken = _balances(filters, only), work_state.c, _promises(desk.today)
    today = bindparam(None, desk.today, Date)
    silent = days_silent(filters, desk.limits, account.c.responsible_payer_id, owed.c.unanswered_since)
    facts = (
        select(
            *(column for column in owed.c),
            account.c.account_number,
            account.c.patient_id,
            account.c.payer_id,
            account.c.facility_id,
            account.c.department,
            account.c.provider_id,
            account.c.denied,
            account.c.denial_category,
            account.c.last_remit_on,
            account.c.rejected_on,
            *due.facts(desk.today),
            case((silent > 0, silent)).label("silent"),
            broken.c.account_id.label("broken_promise"),
            state.assigned_to,
            state.next_step,
            state.routed_to,
            func.coalesce(state.version, 0).label("version"),
            type_coerce(today - state.last_touch_on, Integer).label("days_untouched"),
            type_coerce(bindparam(None, filters.as_of, Date) - owed.c.age_from, Integer).label("age"),
        )
        .join(account, account.c.account_id == owed.c.account_id)
        .outerjoin(work_state, state.account_id == owed.c.account_id)
        .outerjoin(broken, broken.c.account_id == owed.c.account_id)
        .where(*([] if only is None else [account.c.account_id.in_(only)]))
        .subquery("facts")
    )
    points = {part: expression.label(f"{part}_points") for part, expression in _points(facts.c, desk).items()}
    parts = select(facts, *points.values()).subquery("parts")
    score = sum((parts.c[f"{part}_points"] for part in list(WEIGHTS)[1:]), parts.c.amount_points)
    return select(parts, cast(score, Integer).label("score")).subquery("scored")


def _points(row: Any, desk: Desk) -> dict[str, ColumnElement[int]]:
    """Whole points of each part; what is said here is what the panel beside an account shows."""
    weigh = desk.weights
    worth = case((row.collectible > 0, row.collectible), else_=-row.credit)
    owed = row.insurance + row.patient_owes
    new_answer = and_(
        row.last_remit_on.is_not(None),
        or_(row.last_touch_on.is_(None), row.last_remit_on > row.last_touch_on),
        row.last_remit_on >= desk.today - timedelta(days=30),
    )
    return {
        "amount": _steps([(worth >= amount, share) for amount, share in AMOUNT_STEPS], weigh["amount"]),
        # compared by multiplying: a quotient would be a float on one database and a decimal on the other
        "likelihood": _steps(
            [
                (and_(owed > 0, row.collectible >= owed * literal(Decimal(percent) / 100, Numeric(3, 2))), share)
                for percent, share in LIKELIHOOD_STEPS
            ],
            weigh["likelihood"],
        ),
        "deadline": _steps(
            [(and_(row.days_left >= 0, row.days_left <= days), share) for days, share in DEADLINE_STEPS],
            weigh["deadline"],
        ),
        "promise": _steps([(row.broken_promise.is_not(None), 100)], weigh["promise"]),
        "silence": _steps([(row.silent.is_not(None), 100)], weigh["silence"]),
        "touch": _steps(
            [(row.days_untouched.is_(None), 100)]
            + [(row.days_untouched >= days, share) for days, share in TOUCH_STEPS],
            weigh["touch"],
        ),
        "answer": _steps([(new_answer, 100)], weigh["answer"]),
    }


def _steps(steps: Sequence[tuple[ColumnElement[bool], int]], weight: int) -> ColumnElement[int]:
    """The points of the first step that holds, else none."""
    return case(*((condition, literal(weight * share // 100, Integer)) for condition, share in steps), else_=literal(0))
