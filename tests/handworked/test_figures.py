"""Every metric of worked.md."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data_access.queries import aging, cash, collections, denials, measures, movement, overview
from data_access.queries.payments import unapplied_table
from data_access.queries.table import page, totals
from data_access.schema import facility, payer
from tests.handworked import expected
from tests.handworked.conftest import p1, p2
from tests.handworked.expected import fraction, money

PERIODS = (p1, p2)


def payer_ids(engine: Engine) -> dict[int, str]:
    with engine.connect() as connection:
        return dict(connection.execute(select(payer.c.payer_id, payer.c.identifier)).all())


def summed(frame, *keys: str) -> dict:
    found: dict = defaultdict(Decimal)
    for *key, balance in zip(*(frame[name] for name in keys), frame["balance"], strict=True):
        found[tuple(key) if len(key) > 1 else key[0]] += balance
    return dict(found)


def test_receivables(office: Engine) -> None:
    (position,) = aging.positions(office, p1(), [p1().as_of])
    assert (position.insurance, position.unbilled, position.patient) == (money("1070"), money("175"), money("330"))
    assert (position.ar, position.billed, position.credit) == (money("1575"), money("1400"), money("-40"))
    assert (position.accounts, position.credit_accounts) == (12, 1)


@pytest.mark.parametrize("anchor", expected.BUCKETS)
def test_buckets(office: Engine, anchor: str) -> None:
    found = summed(aging.buckets(office, p1(anchor=anchor)), "side", "bucket")
    credit = {key: found.pop(key) for key in list(found) if key[0] == "credit"}
    assert found == {key: money(amount) for key, amount in expected.BUCKETS[anchor].items()}
    assert list(credit.values()) == [money("-40")]


def test_buckets_on_an_earlier_day(office: Engine) -> None:
    april = replace(p1(), as_of=date(2026, 4, 30), date_to=date(2026, 4, 30))
    wanted = {name: money(amount) for name, amount in expected.BUCKETS_IN_APRIL.items()}
    assert summed(aging.buckets(office, april), "bucket") == wanted
    trend = aging.trend(office, p1())
    assert summed(trend[trend["day"] == date(2026, 4, 30)], "bucket") == wanted


@pytest.mark.parametrize("by", expected.AR_BY)
def test_receivables_by(office: Engine, by: str) -> None:
    frame = aging.buckets(office, p1(), by=by)
    found = summed(frame[frame["side"] != "credit"], "key")
    if by == "facility":
        with office.connect() as connection:
            names = dict(connection.execute(select(facility.c.facility_id, facility.c.npi)).all())
        found = {names[key]: amount for key, amount in found.items()}
    assert found == {key: money(amount) for key, amount in expected.AR_BY[by].items()}


@pytest.mark.parametrize(("anchor", "over_90", "over_120"), [("policy", "760", "580"), ("service", "1035", "580")])
def test_over_90_and_120(office: Engine, anchor: str, over_90: str, over_120: str) -> None:
    (position,) = aging.positions(office, p1(anchor=anchor), [p1().as_of])
    assert (position.over_90, position.over_120) == (money(over_90), money(over_120))


@pytest.mark.parametrize("payer_type", expected.OVER_90_BY_TYPE)
def test_over_90_by_payer_type(office: Engine, payer_type: str) -> None:
    (position,) = aging.positions(office, p1(payer_types=(payer_type,)), [p1().as_of])
    assert (position.over_90, position.billed) == tuple(map(money, expected.OVER_90_BY_TYPE[payer_type]))


def test_days_in_receivables(office: Engine) -> None:
    tiles = {tile.now.metric_id: tile.now for tile in overview.tiles(office, p1())}
    daily = movement.average_daily_charges(office, p1(), [p1().as_of])[p1().as_of]
    assert daily * 90 == pytest.approx(money("3075"), abs=Decimal("1e-20"))
    assert tiles["days_in_ar"].value == Decimal("46.1")
    assert tiles["ar"].value == money("1575")
    assert tiles["over_90"].value == fraction("760", "1400")
    assert tiles["net_collection_rate"].value == fraction("280", "490")
    assert tiles["cash"].value == money("2648.50")


@pytest.mark.parametrize(
    ("payer_types", "wanted"),
    [((), expected.ROLL_FORWARD_P1), (("Medicare",), expected.ROLL_FORWARD_P1_MEDICARE)],
)
def test_roll_forward(office: Engine, payer_types: tuple[str, ...], wanted: dict[str, str]) -> None:
    found = movement.roll_forward(office, p1(payer_types=payer_types))
    lines = {kind: amount for _, kind, amount in found.lines}
    assert {"opening": found.opening, **lines, "closing": found.closing} == {k: money(v) for k, v in wanted.items()}
    assert found.difference == 0


@pytest.mark.parametrize("metric_id", expected.RATES)
def test_rates(office: Engine, metric_id: str) -> None:
    for period, (top, under) in zip(PERIODS, expected.RATES[metric_id], strict=True):
        (found,) = measures.rates_each(office, [(metric_id, period())])
        of_the_screen = [found]
        if metric_id in (*denials.RATE_IDS, *denials.AMONG_DENIED):  # Denials adds up what it read in one scan
            of_the_screen.append(denials.answered(office, period()).rate(metric_id))
        for one in of_the_screen:
            assert (one.numerator, one.denominator, one.value) == (Decimal(top), Decimal(under), fraction(top, under))


def test_nothing_to_divide_by_is_not_zero(office: Engine) -> None:
    nothing = p1(payer_types=("Self-pay",))
    assert measures.rates_each(office, [("initial_denial_rate", nothing)])[0].value is None
    found = denials.outcome(denials.answered(office, nothing))
    assert (found.overturn.value, found.preventable.value) == (None, None)


def test_denials_by_reason_and_payer_type(office: Engine) -> None:
    frame = denials.reasons(denials.answered(office, p2()))
    found = {k: (int(n), amount) for k, n, amount in zip(frame["key"], frame["claims"], frame["amount"], strict=True)}
    assert found == {key: (count, money(amount)) for key, (count, amount) in expected.DENIALS_BY_CATEGORY.items()}
    report = denials.reasons_table(p2())
    rows = page(office, report).frame
    by_code: dict = defaultdict(Decimal)
    for carc, amount in zip(rows["carc"], rows["amount"], strict=True):
        by_code[carc] += amount
    assert by_code == {carc: money(amount) for carc, amount in expected.DENIED_BY_REASON.items()}
    frame = denials.breakdown(office, p2(), "payer_type")
    assert {
        key: (int(top), int(under))
        for key, top, under in zip(frame["key"], frame["numerator"], frame["denominator"], strict=True)
    } == expected.DENIALS_BY_TYPE


def test_denial_rate_on_claims_submitted(office: Engine) -> None:
    # the 90 days before 2 April: HW-22, 03, 05, 07, 18; a period of 90 days
    quarter = denials.variants(denials.answered(office, p1()))[-1]
    assert (quarter.numerator, quarter.denominator, quarter.value) == (2, 5, fraction("2", "5"))
    # May: 11 claims in the 90 days before, 31 of 90 days
    days = replace(p1(), date_from=date(2026, 5, 1), date_to=date(2026, 5, 31))
    may = denials.variants(denials.answered(office, days))[-1]
    assert (may.numerator, may.n, may.denominator) == (1, 11, Decimal("3.79"))


def test_what_became_of_denials(office: Engine) -> None:
    half = denials.outcome(denials.answered(office, p2()))
    assert (half.pending, half.reworked, half.rework_quartiles) == (2, 2, (15.25, 16.5, 17.75))
    quarter = denials.outcome(denials.answered(office, p1()))
    assert (quarter.pending, quarter.reworked, quarter.rework_quartiles) == (1, 0, None)
    final = quarter.final_denial
    assert (final.numerator, final.denominator, final.value) == (240, 1725, fraction("240", "1725"))


def test_cash_by_month_and_source(office: Engine) -> None:
    frame = cash.by_month(office, p1(), p1().date_from, p1().date_to)
    found: dict = defaultdict(dict)
    for month, source, amount in zip(frame["month"], frame["source"], frame["amount"], strict=True):
        found[month][source] = amount
    wanted = {month: {name: money(amount) for name, amount in parts.items()} for month, parts in expected.CASH.items()}
    assert found == wanted
    assert cash.of_period(office, p1()).value == money("2648.50")


def test_collection_rates_by_service_month(office: Engine) -> None:
    frame = collections.rate_cohorts(office, p1()).set_index("month")
    for month, (charges, contractual, payments) in expected.COHORTS.items():
        row = frame.loc[month]
        assert (row["charges"], row["contractual"], row["payments"]) == tuple(
            map(money, (charges, contractual, payments))
        )
        assert row["net"] == fraction(payments, str(Decimal(charges) - Decimal(contractual)))
        assert row["gross"] == fraction(payments, charges)
    assert {month for month, mature in zip(frame.index, frame["mature"], strict=True) if mature} == {
        date(2025, 6, 1),
        date(2025, 12, 1),
    }


def test_december_is_mature_on_the_last_day_of_june_only(office: Engine) -> None:
    day_before = replace(p1(), as_of=date(2026, 6, 29), date_to=date(2026, 6, 29))
    assert collections.net_collection_rate(office, day_before).denominator == 130
    found = collections.net_collection_rate(office, p1())
    assert (found.numerator, found.denominator, found.value) == (280, 490, fraction("280", "490"))


def test_rates_by_posting_date(office: Engine) -> None:
    found = collections.posted(office, p1())
    assert (found.net.numerator, found.net.denominator) == (money("2523.50"), money("1725"))
    assert (found.bad_debt.value, found.charity.value) == (fraction("50", "3075"), fraction("30", "3075"))
    assert found.avoidable.value == money("240")
    assert (found.point_of_service.value, found.point_of_service.n) == (fraction("55", "250"), 6)


def test_patient_collection_by_first_statement(office: Engine) -> None:
    frame = collections.patient_cohorts(office, p1())
    found = {
        month: (paid, owed, value)
        for month, paid, owed, value in zip(
            frame["month"], frame["payments"], frame["responsibility"], frame["value"], strict=True
        )
    }
    assert found == {
        month: (money(paid), money(owed), fraction(paid, owed))
        for month, (paid, owed) in expected.PATIENT_COHORTS.items()
    }


def test_payment_lag(office: Engine) -> None:
    frame, names = collections.payment_lag(office, p1()), payer_ids(office)
    found = {
        names[key]: (int(n), *(Decimal(str(float(value))) for value in quartiles))
        for key, n, *quartiles in zip(frame["key"], frame["n"], frame["q1"], frame["median"], frame["q3"], strict=True)
    }
    assert found == {name: (n, *map(Decimal, days)) for name, (n, *days) in expected.PAYMENT_LAG.items()}
    medicare = frame[frame["key"] == next(key for key, name in names.items() if name == "SYNMCR01")]
    assert float(medicare["p90"].iloc[0]) == 35.5


def test_write_offs(office: Engine) -> None:
    frame = collections.write_offs(office, p1())
    found = {
        (kind, reason): (amount, avoidable)
        for kind, reason, amount, avoidable in zip(
            frame["kind"], frame["reason"], frame["amount"], frame["avoidable"], strict=True
        )
    }
    assert found == {key: (money(amount), avoidable) for key, (amount, avoidable) in expected.WRITE_OFFS.items()}


def test_payments_not_on_an_account(office: Engine) -> None:
    with office.connect() as connection:
        count, sums = totals(connection, unapplied_table(p1()))
    assert (count, sums["amount"]) == (2, money("135"))
