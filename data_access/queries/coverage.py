"""Coverage: which insured accounts were verified before the service, and what last checks came before denials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    union_all,
)

from data_access.built_once import built_once
from data_access.dates import months_before
from data_access.engine import Source
from data_access.filters import SELF_PAY, Filters
from data_access.frames import read_frame, read_rows
from data_access.queries import dimensions
from data_access.queries.dimensions import named
from data_access.queries.measures import Measure, in_turn, ratio
from data_access.queries.table import ColumnSpec, TableReport
from data_access.schema import (
    account_coverage,
    coverage_answer,
    coverage_inquiry,
    eligibility_denial,
    payer,
)

NOT_VERIFIED = "not_verified"
#: Standing of an account's coverage -> what people call it, in the order in which it matters.
STANDINGS = {
    NOT_VERIFIED: "Never checked",
    "asked_unanswered": "Asked, no answer",
    "rejected": "Rejected",
    "late": "Checked afterwards",
    "too_early": "Checked too early",
    "inactive": "Not covered on the day",
    "other_payer_primary": "Another payer is first",
    "active": "Active on the day",
}
#: What came before an eligibility denial -> in words, and who could have prevented it.
CAUSES = {
    "never_asked": ("Never asked", "office"),
    "no_answer": ("Asked, no usable answer", "office"),
    "asked_late": ("Asked only afterwards", "office"),
    "too_early": ("Checked too early", "office"),
    "billed_anyway": ("Known not to be covered", "office"),
    "other_payer_known": ("Other payer was known", "office"),
    "payer_reversed": ("Payer had said active", "payer"),
}
#: Types of payers that answer no eligibility inquiries: of them, those count that were asked or answered all the same.
ANSWER_NONE = ("Workers' comp", "Auto and liability")
#: The rate is shown of so many months before the as-of date's.
MONTHS = 12
_KNOWN, _DENIED = account_coverage.c, eligibility_denial.c


class Standing(NamedTuple):
    """Insured accounts served of which the same is known: a key of STANDINGS, what it is called, how many."""

    key: str
    label: str
    accounts: int


_ONE_OF_EACH = tuple(select(table.c.load_id).limit(1) for table in (coverage_answer, coverage_inquiry))


def anything_asked(engine: Source) -> bool:
    """Whether any inquiry or answer is loaded; without one nothing can be said of verification."""
    return any(read_rows(engine, query) for query in _ONE_OF_EACH)


def answering_none() -> Select:
    """Payers that answer no eligibility inquiries: of such a type, and neither asked nor heard of in any file."""
    return select(payer.c.payer_id).where(_answers_none())


def _answers_none() -> ColumnElement[bool]:
    such = payer.alias("such")
    of_such = select(such.c.payer_id).where(such.c.payer_type.in_(ANSWER_NONE))  # few: only they are looked for
    tables = (coverage_answer, coverage_inquiry)
    known = union_all(*(select(table.c.payer_id).where(table.c.payer_id.in_(of_such)) for table in tables)).subquery()
    heard_of = select(known.c.payer_id).where(known.c.payer_id == payer.c.payer_id).exists()
    return and_(payer.c.payer_type.in_(ANSWER_NONE), ~heard_of)


def left_out(engine: Source, filters: Filters) -> int:
    """Accounts of the period of such payers, which the figures leave out."""
    ((number,),) = read_rows(engine, _left_out(filters))
    return number


@built_once
def _left_out(filters: Filters) -> Select:
    return select(func.count()).where(_KNOWN.payer_id.in_(answering_none()), *_first_served(filters))


def _served(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    """Insured accounts first served in the period (or in a chosen month) whose payer answers, as `_first_served`."""
    nobody_to_ask = select(payer.c.payer_id).where(or_(payer.c.payer_type == SELF_PAY, _answers_none()))
    return [_KNOWN.payer_id.not_in(nobody_to_ask), *_first_served(filters, month)]


def _first_served(filters: Filters, month: date | None = None) -> list[ColumnElement[bool]]:
    """Accounts first served in the period (or in a chosen month), with what was known on the as-of date.

    An account that no claim names a patient for cannot be found in an answer, and is left out.
    """
    on = _KNOWN.service_from
    when = [on >= filters.date_from, on <= filters.date_to]
    if month is not None:
        when = [on >= month, on < (month + timedelta(days=31)).replace(day=1)]
    return [
        *when,
        on <= filters.as_of,
        _KNOWN.known_from <= filters.as_of,
        _KNOWN.known_until > filters.as_of,
        *filters.where(account_coverage),
    ]


def _in_time() -> ColumnElement:
    return func.coalesce(cast(func.sum(case((_KNOWN.in_time, 1), else_=0)), Integer), 0)


def verification(engine: Source, *periods: Filters) -> list[Measure]:
    """The insurance verification rate of each period."""
    rows = read_rows(engine, _in_time_of_all(periods))
    return [_verification(row[0], row[1], period) for row, period in zip(rows, periods, strict=True)]


@built_once
def _in_time_of_all(periods: tuple[Filters, ...]) -> Select:
    return in_turn(select(_in_time(), func.count()).where(*_served(period)) for period in periods)


def _verification(top: int, under: int, filters: Filters) -> Measure:
    return Measure("verification_rate", ratio(top, under), Decimal(top), Decimal(under), under, filters.as_of)


@dataclass(frozen=True)
class Served:
    """Insured accounts served in the period and in the year up to the as-of date, added up.

    Attributes:
        by: the dimension they are added up by.
        names: what its values are called.
        sums: rows of month, in_period, in_year, key, standing, in_time and accounts.
    """

    filters: Filters
    by: str
    names: Mapping[Any, str]
    sums: Sequence[Any]

    @property
    def _of_period(self) -> list[Any]:
        return [row for row in self.sums if row.in_period]

    def standings(self) -> list[Standing]:
        """Those of the period by standing, in the order of STANDINGS."""
        found = _grouped(self._of_period, "standing")
        return [
            Standing(key, label, sum(row.accounts for row in found[key]))
            for key, label in STANDINGS.items()
            if key in found
        ]

    def verification(self) -> Measure:
        """The insurance verification rate of the period."""
        return _verification(*_in_time_and_all(self._of_period), self.filters)

    def verification_by(self) -> pd.DataFrame:
        """The rate by the dimension: key, label, missed, n, value; most accounts not in time first."""
        found = []
        for key, rows in _grouped(self._of_period, "key").items():
            top, n = _in_time_and_all(rows)
            found.append((key, dimensions.label(self.by, self.names, key), n - top, n, ratio(top, n)))
        found.sort(key=lambda one: (-one[2], -one[3], one[1]))
        return pd.DataFrame(found, columns=["key", "label", "missed", "n", "value"], dtype=object)

    def verification_over_time(self) -> pd.DataFrame:
        """The rate by month of service up to the as-of date: month, numerator, n, value, partial."""
        this = self.filters.as_of.replace(day=1) if self.filters.in_midst_of_month else None
        found = []
        for month, rows in sorted(_grouped([row for row in self.sums if row.in_year], "month").items()):
            top, n = _in_time_and_all(rows)
            found.append((month, top, n, ratio(top, n), month == this))
        return pd.DataFrame(found, columns=["month", "numerator", "n", "value", "partial"], dtype=object)


def _grouped(rows: Sequence[Any], key: str) -> dict[Any, list[Any]]:
    groups = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


def _in_time_and_all(rows: Sequence[Any]) -> tuple[int, int]:
    """Accounts verified in time, and all."""
    return sum(row.accounts for row in rows if row.in_time), sum(row.accounts for row in rows)


def served(engine: Source, filters: Filters, by: str = "payer") -> Served:
    """What was known of the coverage of accounts served, by a dimension, from one scan."""
    sums = read_rows(engine, _sums(filters, by))
    return Served(filters, by, dimensions.labels(engine, by), sums)


@built_once
def _sums(filters: Filters, by: str) -> Select:
    on, first = _KNOWN.service_from, months_before(filters.as_of, MONTHS)
    in_period = and_(on >= filters.date_from, on <= filters.date_to)
    in_year = and_(on >= first, on <= filters.as_of)
    either = replace(filters, date_from=min(first, filters.date_from), date_to=max(filters.as_of, filters.date_to))
    keys = dimensions.key(account_coverage, by).label("key"), _KNOWN.standing, _KNOWN.in_time
    by_day = (  # the month of each day is worked out once, not for each account
        select(
            on.label("day"),
            case((in_period, 1), else_=0).label("in_period"),
            case((in_year, 1), else_=0).label("in_year"),
            *keys,
            func.count().label("accounts"),
        )
        .select_from(dimensions.joined(account_coverage, by))
        .where(or_(in_period, in_year), *_served(either))
        .group_by(on, *keys)
        .subquery("by_day")
    )
    month = cast(func.date_trunc("month", by_day.c.day), Date).label("month")
    kept = [column for column in by_day.c if column.name not in ("day", "accounts")]
    return select(month, *kept, cast(func.sum(by_day.c.accounts), Integer).label("accounts")).group_by(month, *kept)


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Insured accounts served, one row each, with what is known of their coverage on the day.

    Args:
        selection: any of a dimension, `standing`, `month` of service (instead of the period).
    """
    selection = selection or {}
    conditions = [*_served(filters, selection.get("month")), *dimensions.narrow(account_coverage, selection)]
    if "standing" in selection:
        conditions.append(_KNOWN.standing == selection["standing"])
    core = select(
        *(_KNOWN[name] for name in _SHOWN),
        case((_KNOWN.standing == "active", 1), else_=0).label("fine"),
    ).where(*conditions)
    order = (("fine", False), ("service_from", True), ("account_id", False))
    return TableReport("coverage", "Insured accounts served", core, _COLUMNS, order, ("verification_rate",), named)


_SHOWN = (
    *("account_id", "patient_id", "facility_id", "provider_id", "payer_id", "account_number", "service_from"),
    *("standing", "answered_on", "days_before", "plan", "other_payer", "copay", "deductible_left", "asked_on"),
    *("department", "charge", "insurance_balance"),
)
_COLUMNS = (
    ColumnSpec("account_id", "Account id", "id", hidden=True),
    ColumnSpec("fine", "Nothing to do", "count", hidden=True),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("patient", "Patient", phi=True),
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("standing", "Coverage"),
    ColumnSpec("answered_on", "Answered on", "date"),
    ColumnSpec("days_before", "Before the service", "days"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("plan", "Plan"),
    ColumnSpec("other_payer", "Other insurance"),
    ColumnSpec("copay", "Copay", "money"),
    ColumnSpec("deductible_left", "Deductible left", "money"),
    ColumnSpec("asked_on", "Asked, not answered", "date"),
    ColumnSpec("facility", "Facility"),
    ColumnSpec("department", "Department"),
    ColumnSpec("provider", "Provider"),
    ColumnSpec("charge", "Charges", "money", total=True),
    ColumnSpec("insurance_balance", "Insurance owes now", "money", total=True),
)


def _denied(filters: Filters) -> list[ColumnElement[bool]]:
    on = _DENIED.denied_on
    return [on >= filters.date_from, on <= filters.date_to, *filters.where(eligibility_denial)]


def causes(engine: Source, filters: Filters) -> pd.DataFrame:
    """Claims first denied for eligibility in the period, by the last check: key, label, whose, claims, amount."""
    frame = read_frame(engine, _by_cause(filters))
    words = [CAUSES[key] for key in frame["key"]]
    return frame.assign(
        label=pd.Series([label for label, _ in words], dtype="str"),
        whose=pd.Series([whose for _, whose in words], dtype="str"),
    )


@built_once
def _by_cause(filters: Filters) -> Select:
    cause = _DENIED.cause.label("key")
    sums = (func.count().label("claims"), func.sum(_DENIED.amount).label("amount"))
    return select(cause, *sums).where(*_denied(filters)).group_by(cause).order_by(func.count().desc(), cause)


@built_once
def denials_table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims denied for eligibility beside the last check before them, one row a claim.

    Args:
        selection: any of a dimension, `cause`.
    """
    selection = selection or {}
    conditions = [*_denied(filters), *dimensions.narrow(eligibility_denial, selection)]
    if "cause" in selection:
        conditions.append(_DENIED.cause == selection["cause"])
    whose = case(*((_DENIED.cause == key, whose) for key, (_, whose) in CAUSES.items()), else_="")
    core = select(eligibility_denial, whose.label("whose")).where(*conditions)
    columns = (
        ColumnSpec("account_id", "Account id", "id", hidden=True),
        ColumnSpec("claim_id", "Claim id", "id", hidden=True),
        ColumnSpec("account_number", "Account"),
        ColumnSpec("patient", "Patient", phi=True),
        ColumnSpec("service_from", "Service date", "date"),
        ColumnSpec("checked_on", "Last check", "date"),
        ColumnSpec("days_before", "Before the service", "days"),
        ColumnSpec("said", "Payer said"),
        ColumnSpec("denied_on", "Denied on", "date"),
        ColumnSpec("cause", "What went wrong"),
        ColumnSpec("whose", "Whose"),
        ColumnSpec("carc", "Reason", "carc"),
        ColumnSpec("amount", "Denied", "money", total=True),
        ColumnSpec("insurance_balance", "Insurance owes now", "money"),
        ColumnSpec("payer", "Payer"),
        ColumnSpec("facility", "Facility"),
        ColumnSpec("department", "Department"),
    )
    order = (("denied_on", True), ("claim_id", False))
    title = "Eligibility denials and the last check before them"
    metrics = ("initial_denial_rate", "verification_rate")
    return TableReport("eligibility_denials", title, core, columns, order, metrics, _with_account)


def _with_account(rows: FromClause) -> Select:
    return named(rows, "account_number", "insurance_balance")
