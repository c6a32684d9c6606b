"""Cash and collection rates of the small office; the rest of the rules are in tests/handworked."""

from typing import Any

import pytest
from sqlalchemy import Engine

from data_access.queries import cash, collections, uncollected
from data_access.queries.table import page
from tests.posting.facts import Facts, day
from tests.queries.office import FIRST, OKAFOR, RIVERA, filters, money

WINTER = {"date_from": day(1, 1), "date_to": day(3, 31)}


def test_cash_by_month_and_source(office: Engine) -> None:
    frame = cash.by_month(office, filters(), day(1, 1), day(6, 30))
    found = {(row["month"].month, row["source"]): row["amount"] for row in frame.to_dict("records")}
    assert found == {
        (2, "insurance"): money("60.00"),
        (2, "patient"): money("25.00"),
        (3, "insurance"): money("120.00"),
        (3, "patient"): money("5.00"),
    }
    assert cash.of_period(office, filters(**WINTER)).value == money("210.00")
    assert cash.of_period(office, filters(**WINTER, provider_ids=(OKAFOR,))).value == money("0.00")


def test_rates_by_service_month(office: Engine) -> None:
    rows = {row["month"].month: row for row in collections.rate_cohorts(office, filters()).to_dict("records")}
    # January: A 100 less 20, 65 paid; E 80 of which nothing was paid
    january = rows[1]
    assert (january["charges"], january["contractual"], january["payments"]) == (money("180"), money("20"), money("65"))
    assert (january["net"], january["accounts"]) == (money("0.40625"), 2)
    # February: F is overpaid and says so
    assert (rows[2]["payments"], rows[2]["net"]) == (money("145"), money("1.208333"))
    assert not any(row["mature"] for row in rows.values())
    assert collections.net_collection_rate(office, filters()).value is None
    july = collections.rate_cohorts(office, filters(as_of=day(7, 31)))
    assert [row["month"].month for row in july.to_dict("records") if row["mature"]] == [1]


def test_payment_lag(office: Engine) -> None:
    # A 22 days, F 33
    (row,) = collections.payment_lag(office, filters(**WINTER)).to_dict("records")
    assert (row["key"], row["n"]) == (FIRST, 2)
    assert [float(row[name]) for name in ("q1", "median", "q3")] == [24.75, 27.5, 30.25]
    assert float(row["p90"]) == pytest.approx(31.9)
    assert len(collections.payment_lag(office, filters())) == 0


def test_patients_by_first_statement(office: Engine) -> None:
    frame = collections.patient_cohorts(office, filters())
    found = [(row["month"].month, row["payments"], row["responsibility"]) for row in frame.to_dict("records")]
    assert found == [(1, money("0"), money("80")), (2, money("5"), money("20"))]


@pytest.mark.parametrize(
    ("as_of", "wanted"),
    [
        (day(2, 9), [(1, "80")]),  # A is first told on the 10th
        (day(2, 15), [(1, "80"), (2, "20")]),
        (day(2, 28), [(1, "80"), (2, "20")]),
    ],
)
def test_of_a_month_that_is_not_over_only_patients_told_so_far_count(office: Engine, as_of: Any, wanted: list) -> None:
    frame = collections.patient_cohorts(office, filters(as_of=as_of))
    found = [(row["month"].month, row["responsibility"]) for row in frame.to_dict("records")]
    assert found == [(month, money(owed)) for month, owed in wanted]


def test_what_patients_paid_who_are_told_later_in_the_month_is_not_among_the_rows(engine: Engine) -> None:
    facts = Facts()
    for number, told in (("A", day(2, 10)), ("B", day(2, 20))):
        facts.claim(number, "100")
        facts.payment(number, "100", "80", day(2, 1), ("patient_responsibility", "20", "2"))
        facts.entry(number, "patient_payment", "5", day(2, 5))  # at the desk, before any statement
        facts.entry(number, "statement", None, told)
    facts.post(engine)
    for as_of, wanted in ((day(2, 15), "5"), (day(2, 20), "10"), (day(2, 28), "10")):
        until = filters(as_of=as_of)
        (row,) = collections.patient_cohorts(engine, until).to_dict("records")
        behind = page(engine, collections.table(until, {"statement_month": row["month"]}))
        assert row["payments"] == behind.totals["amount"] == money(wanted)


def test_write_offs(office: Engine) -> None:
    (row,) = collections.write_offs(office, filters()).to_dict("records")
    assert (row["kind"], row["reason"], row["amount"]) == ("bad_debt", "not stated", money("30.00"))
    assert row["avoidable"] is False


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        ({}, "210"),
        ({"source": "insurance"}, "180"),
        ({"source": "patient", "month": day(2, 1)}, "25"),
        ({"source": "refund"}, "0"),
        ({"source": "unapplied"}, "0"),
        ({"provider": RIVERA, "month": day(3, 1)}, "125"),
        ({"service_month": day(1, 1)}, "65"),
        ({"statement_month": day(2, 1)}, "5"),
        ({"kind": "bad_debt"}, "0"),  # written off in June
    ],
)
def test_the_rows_behind_a_mark(office: Engine, selection: dict[str, Any], wanted: str) -> None:
    assert page(office, collections.table(filters(**WINTER), selection)).totals["amount"] == money(wanted)


def test_the_claims_behind_a_payers_lag_are_as_many_as_it_says(office: Engine) -> None:
    (row,) = collections.payment_lag(office, filters(**WINTER)).to_dict("records")
    chosen = {"payer": row["key"], "first_paid": True}
    found = page(office, collections.table(filters(**WINTER), chosen))
    assert found.total_rows == row["n"] == 2
    assert sorted(found.frame["account_number"]) == ["A", "F"]
    assert page(office, collections.table(filters(), chosen)).total_rows == 0


def test_what_moved_on_is_the_next_payer_s_to_pay(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "40", day(2, 1), ("contractual", "20", "45"), ("patient_responsibility", "40", "2"))
    facts.claim("A", "100", sequence=2, payer_id=2, submitted_on=day(2, 5))
    said = [("other_payer", "60", "23"), ("patient_responsibility", "10", "2")]
    facts.payment("A", "100", "30", day(3, 1), *said, sequence=2, status_code="2", remit_payer_id=2)
    facts.entry("A", "patient_payment", "4", day(3, 20))
    facts.post(engine)
    wanted = {(): ("74", "80"), (1,): ("44", "50"), (2,): ("30", "30")}  # the patient's 10 are of the first payer
    for payers, fraction in wanted.items():
        mature = filters(as_of=day(12, 31), date_from=day(12, 1), date_to=day(12, 31), payer_ids=payers)
        for found in (
            collections.net_collection_rate(engine, mature),
            collections.posted(engine, filters(**WINTER, payer_ids=payers)).net,
        ):
            assert (found.numerator, found.denominator) == tuple(map(money, fraction))
        missing = sum(loss.after for loss in uncollected.losses(engine, mature))
        assert float(1 + missing) == pytest.approx(float(money(fraction[0]) / money(fraction[1])), abs=1e-5)


def test_cash_is_what_is_posted_to_accounts_and_what_came_on_none(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "80", day(2, 1), ("contractual", "20", "45"))
    facts.payment("NOBODY", "70", "9", day(2, 1))
    of_remittance = {"load_id": 1, "transaction_no": 1, "segment_no": 1, "paid_on": day(2, 1), "paid_month": day(2, 1)}
    # 89 on claims, 30 taken back of which the office posted 25, and 4 of interest
    sums = {"amount": "63", "claims_paid": "89", "provider_adjustments": "26", "difference": "0"}
    values = {name: money(amount) for name, amount in sums.items()}
    facts.add("remittance", remittance_id=1, payer_id=1, **of_remittance, **values)
    facts.entry("A", "recoupment", "25", day(2, 1))
    facts.post(engine)
    winter, spring = filters(**WINTER), filters()
    none = cash.on_no_account(engine, winter)
    assert none == {"unapplied": money("9.00"), "provider_level": money("-1.00")}
    rows = page(engine, collections.table(winter)).totals["amount"]
    assert (cash.of_period(engine, winter).value, rows) == (money("63.00"), money("55.00"))
    assert rows + sum(none.values()) == cash.of_period(engine, winter).value
    assert cash.on_no_account(engine, spring) == cash.on_no_account(engine, filters(**WINTER, payer_ids=(1,))) == {}


def test_what_a_payer_kept_from_a_remittance_lowers_cash_once(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "80", day(2, 1), ("contractual", "20", "45"))
    of_remittance = {"load_id": 1, "transaction_no": 1, "segment_no": 1, "paid_on": day(2, 1), "paid_month": day(2, 1)}
    kept = {"provider_adjustments": money("30"), "difference": money("0")}
    facts.add(
        "remittance", remittance_id=1, amount=money("50"), claims_paid=money("80"), payer_id=1, **of_remittance, **kept
    )
    facts.entry("A", "recoupment", "30", day(2, 1))
    facts.entry("A", "insurance_refund", "7", day(2, 2))
    facts.post(engine)
    assert cash.of_period(engine, filters(**WINTER)).value == money("43")  # 50 came, 7 went
    assert cash.of_period(engine, filters(**WINTER, payer_ids=(1,))).value == money("43")
    for narrow in ({}, {"payer_ids": (1,)}):
        of_winter = filters(**WINTER, **narrow)
        marks = cash.by_month(engine, of_winter, day(1, 1), day(3, 31))
        for row in marks.to_dict("records"):
            behind = page(engine, collections.table(of_winter, {"source": row["source"], "month": row["month"]}))
            assert behind.totals["amount"] == row["amount"]
