"""How the synthetic practice compares with public figures of physician practices.

`figures` works on any database, so that it can also show how a real office compares.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Engine, case, func, or_, select

from data_access.queries import coverage
from data_access.schema import (
    account_coverage,
    claim,
    claim_progress,
    denial,
    ledger_entry,
    line_expectation,
    open_balance,
    payer,
)

_MATURE_DAYS = 180

_CLINICS = "Health Affairs 2018, physician office remittances 2013-15"
_LAG = "our aim; electronic claims are paid in 14-45 days"
_REASONS = "Change Healthcare Denials Index 2020, hospitals"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: our value as text, the public one, and where that comes from."""

    name: str
    ours: str
    public: str
    source: str


def figures(engine: Engine) -> list[Figure]:
    """Every calibrated figure, computed from the database."""
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(ledger_entry.c.posted_on))).scalar()
        if newest is None:
            return []
        return [
            *_denial_rates(connection),
            *_reasons(connection),
            *_outcomes(connection, newest),
            *_lags(connection),
            *_receivables(connection, newest),
            *_collections(connection, newest),
            *_cycle(connection),
        ]


def report(engine: Engine) -> str:
    """The figures as a table of text."""
    lines = [
        "Calibration: a physician practice, not a hospital. All data are synthetic.",
        "",
        f"{'figure':44} {'demo':>9}  {'public':>13}  source",
    ]
    lines += [f"{row.name:44} {row.ours:>9}  {row.public:>13}  {row.source}" for row in figures(engine)]
    return "\n".join(lines)


def _percent(part: Decimal | int | None, whole: Decimal | int | None) -> str:
    if part is None or not whole:
        return "n/a"
    return f"{Decimal(part) * 100 / Decimal(whole):.1f} %"


def _share(condition: ColumnElement[bool]) -> ColumnElement:
    return func.sum(case((condition, 1), else_=0))


def _denial_rates(connection: Connection) -> Iterator[Figure]:
    public = {
        "Medicare": ("7.3 %", _CLINICS),
        "Medicaid": ("25 %", _CLINICS),
        "Commercial": ("4.8 %", _CLINICS),
        "Medicare Advantage": ("14.6 %", "Health Affairs 2024, physicians, 2019"),
    }
    denied = _share(claim.c.initial_outcome != "paid")
    query = (
        select(payer.c.payer_type, denied, func.count())
        .join(claim, claim.c.payer_id == payer.c.payer_id)
        .where(claim.c.counts.is_(True), claim.c.initial_outcome.is_not(None))
        .group_by(payer.c.payer_type)
        .order_by(payer.c.payer_type)
    )
    rows = connection.execute(query).all()
    for payer_type, part, whole in rows:
        figure, source = public.get(payer_type, ("-", "our assumption"))
        yield Figure(f"initial denial rate, {payer_type}", _percent(part, whole), figure, source)
    total = _percent(sum(row[1] for row in rows), sum(row[2] for row in rows))
    yield Figure("initial denial rate, all payers", total, "10-12 %", "Kodiak 2020-24, by value, all settings")


def _reasons(connection: Connection) -> Iterator[Figure]:
    public = {
        "eligibility": "26.6 %",
        "coordination": "in the above",
        "missing_information": "26.4 %",
        "authorization": "11.6 %",
        "non_covered": "10.6 %",
        "medical_necessity": "6.6 %",
        "timely_filing": "5.4 %",
        "coding": "4.8 %",
        "generic": "6.4 %",
        "provider": "0.9 %",
    }
    query = select(denial.c.category, func.count()).where(denial.c.main.is_(True)).group_by(denial.c.category)
    rows = sorted(connection.execute(query).all(), key=lambda row: (-row[1], row[0]))
    whole = sum(count for _, count in rows)
    for category, count in rows:
        source = _REASONS if category in public else "our assumption"
        yield Figure(f"share of denials, {category}", _percent(count, whole), public.get(category, "-"), source)


def _outcomes(connection: Connection, newest: date) -> Iterator[Figure]:
    decided = (claim.c.counts.is_(True), claim.c.overturned.is_not(None))
    query = select(_share(claim.c.overturned.is_(True)), func.count()).where(*decided)
    yield Figure(
        "overturned, of denials decided",
        _percent(*connection.execute(query).one()),
        "54-57 %",
        "Premier 2022; Health Affairs 2024",
    )
    old = claim.c.first_remit_on < newest - timedelta(days=120)
    unworked = claim.c.reworked_on.is_(None) & or_(claim.c.overturned.is_(None), claim.c.overturned.is_(False))
    query = select(_share(unworked), func.count()).where(
        claim.c.counts.is_(True), claim.c.initial_outcome != "paid", claim.c.initial_group != "PR", old
    )
    yield Figure(
        "denials never reworked (older than 120 days)",
        _percent(*connection.execute(query).one()),
        "35-65 %",
        "vendors; our aim 35-50 %",
    )
    query = select(_share(claim.c.first_pass.is_(True)), func.count()).where(
        claim.c.counts.is_(True), claim.c.first_pass.is_not(None)
    )
    yield Figure("first-pass yield", _percent(*connection.execute(query).one()), "85-90 %", "Tebra 2026, vendors")


def _lags(connection: Connection) -> Iterator[Figure]:
    wanted = {
        "Medicare": "16",
        "Commercial": "26",
        "Medicare Advantage": "28",
        "Medicaid": "35",
        "Workers' comp": "45",
    }

    def median(column: ColumnElement) -> ColumnElement:
        return func.percentile_cont(0.5).within_group(column)

    query = (
        select(payer.c.payer_type, median(claim.c.days_to_remit))
        .join(claim, claim.c.payer_id == payer.c.payer_id)
        .where(claim.c.counts.is_(True), claim.c.days_to_remit.is_not(None), claim.c.sequence == 1)
        .group_by(payer.c.payer_type)
        .order_by(payer.c.payer_type)
    )
    for payer_type, days in connection.execute(query):
        yield Figure(f"days to first answer, {payer_type}, median", f"{days:.0f}", wanted.get(payer_type, "-"), _LAG)
    days = connection.execute(select(median(claim.c.days_to_submit)).where(claim.c.counts.is_(True))).scalar()
    yield Figure("days from service to submission, median", f"{days or 0:.0f}", "2-5", "vendors")


def _receivables(connection: Connection, newest: date) -> Iterator[Figure]:
    open_now = (open_balance.c.from_date <= newest, open_balance.c.to_date > newest, open_balance.c.balance > 0)
    total = connection.execute(select(func.sum(open_balance.c.balance)).where(*open_now)).scalar() or Decimal(0)
    charges = connection.execute(
        select(func.sum(ledger_entry.c.amount)).where(
            ledger_entry.c.entry_type == "charge",
            ledger_entry.c.posted_on > newest - timedelta(days=90),
            ledger_entry.c.posted_on <= newest,
        )
    ).scalar()
    days = f"{total * 90 / charges:.1f}" if charges else "n/a"
    yield Figure("days in A/R (gross)", days, "35-45", "AAFP: below 50, 30 to 40 preferable")
    billed = (*open_now, open_balance.c.billed.is_(True))
    edges = (
        ("0-30", -1, 30, "50 %"),
        ("31-60", 30, 60, "11.2 %"),
        ("61-90", 60, 90, "6.9 %"),
        ("91-120", 90, 120, "6.2 %"),
        ("over 120", 120, 100_000, "25.4 %"),
    )
    whole = connection.execute(select(func.sum(open_balance.c.balance)).where(*billed)).scalar()
    for name, above, to, public in edges:
        aged = [open_balance.c.age_from < newest - timedelta(days=above)]
        if to < 100_000:
            aged.append(open_balance.c.age_from >= newest - timedelta(days=to))
        part = connection.execute(select(func.sum(open_balance.c.balance)).where(*billed, *aged)).scalar()
        source = "MGMA DataDive 2016, mean of primary-care practices"
        yield Figure(f"A/R aged {name} days", _percent(part, whole), public, source)


def _collections(connection: Connection, newest: date) -> Iterator[Figure]:
    def total(*types: str, **conditions: str) -> Decimal:
        query = select(func.sum(ledger_entry.c.amount)).where(
            ledger_entry.c.entry_type.in_(types),
            ledger_entry.c.posted_on <= newest,
            *(ledger_entry.c[name] == value for name, value in conditions.items()),
        )
        return connection.execute(query).scalar() or Decimal(0)

    patients = -total("patient_payment", "patient_refund")
    insurers = -total("insurance_payment", "insurance_refund", "recoupment")
    charges, contractual = total("charge"), -total("contractual", "other_payer")
    owed = total("transfer", "charge", side="patient") + total("write_off", side="patient")
    yield Figure("patients' share of payments", _percent(patients, patients + insurers), "18-21 %", "Crowe 2021")
    yield Figure(
        "patient collection rate",
        _percent(patients, owed),
        "34-55 %",
        "Kodiak, Crowe 2021-24, mostly hospitals",
    )
    net = charges - contractual
    old = newest - timedelta(days=_MATURE_DAYS)
    mature = select(claim.c.account_id).where(claim.c.service_from < old)
    sums = dict(
        connection.execute(
            select(ledger_entry.c.entry_type, func.sum(ledger_entry.c.amount))
            .where(ledger_entry.c.account_id.in_(mature))
            .group_by(ledger_entry.c.entry_type)
        ).all()
    )
    paid = -sum(
        (sums.get(name, Decimal(0)) for name in ("insurance_payment", "patient_payment", "patient_refund")), Decimal(0)
    )
    due = sums.get("charge", Decimal(0)) + sums.get("contractual", Decimal(0)) + sums.get("other_payer", Decimal(0))
    yield Figure("net collection rate, service over 6 months ago", _percent(paid, due), "95 % (goal)", "AAFP, vendors")
    write_offs = -total("denial_write_off")
    yield Figure(
        "denials written off, of net revenue", _percent(write_offs, net), "2.8 %", "Kodiak 2024, final denials"
    )
    yield Figure(
        "bad debt, of gross charges", _percent(-total("bad_debt"), charges), "-", "no public figure for practices"
    )
    yield Figure(
        "charity, of gross charges", _percent(-total("charity"), charges), "-", "no public figure for practices"
    )


def _cycle(connection: Connection) -> Iterator[Figure]:
    """What lies before and after the claim."""
    clean = _share(claim_progress.c.rejected_on.is_(None))
    first = (claim_progress.c.first.is_(True), claim_progress.c.sequence == 1)
    counts = connection.execute(select(clean, func.count()).where(*first)).one()
    yield Figure("claims accepted at first sending", _percent(*counts), "95-98 %", "vendors, clean claim rate")
    insured = select(func.count(claim.c.account_id.distinct())).where(
        claim.c.sequence == 1, claim.c.payer_id.not_in(coverage.answering_none())
    )
    in_time = select(func.count()).where(account_coverage.c.in_time.is_(True))
    verified = _percent(connection.execute(in_time).scalar(), connection.execute(insured).scalar())
    yield Figure("coverage verified in time", verified, "99 % (goal)", "vendors")
    row = line_expectation.c
    sums = select(func.sum(row.short), func.sum(row.expected)).where(row.basis == "contract")
    underpaid = _percent(*connection.execute(sums).one())
    yield Figure("underpaid, of what contracts say", underpaid, "1-3 %", "vendors, of net revenue")
