"""Receivables by age, over time, and rolled forward, on the small office."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, literal, select

from data_access.frames import read_rows
from data_access.queries import aging, movement
from data_access.queries.aging import Position
from data_access.queries.table import page
from data_access.schema import ledger_entry
from tests.posting.facts import account_of, day
from tests.queries.office import SECOND, filters, money

JUNE_30, APRIL_1 = day(6, 30), day(4, 1)


def cells(frame: pd.DataFrame, *names: str) -> dict[Any, Decimal]:
    return {tuple(row[name] for name in names): row["balance"] for row in frame.to_dict("records")}


def test_buckets_on_two_days_and_from_each_anchor(office: Engine) -> None:
    wanted = {
        ("credit", "First Payer", "121-180"): money("-25.00"),  # F: no statement, so from 1 February
        ("insurance", "First Payer", "0-30"): money("200.00"),  # B: sent 30 days ago
        ("insurance", "First Payer", "61-90"): money("250.00"),  # G: 81 days
        ("insurance", "Second Payer", "91-120"): money("300.00"),  # C: 120 days
        ("patient", "First Payer", "121-180"): money("15.00"),  # A: 140 days from its statement
        ("patient", "Self-pay", "121-180"): money("50.00"),  # E: 161 days from its statement
        ("unbilled", "Second Payer", "0-30"): money("50.00"),  # D: 10 days from service
    }
    found = aging.buckets(office, filters(), "payer")
    assert cells(found, "side", "label", "bucket") == wanted
    assert set(found["accounts"]) == {1}

    five = cells(aging.buckets(office, filters(), "payer", "five"), "side", "label", "bucket")
    assert five[("patient", "Self-pay", "Over 120")] == money("50.00")

    by_service = cells(aging.buckets(office, filters(anchor="service"), "payer"), "side", "label", "bucket")
    assert by_service[("insurance", "First Payer", "31-60")] == money("200.00")  # B: service 60 days ago
    assert by_service[("insurance", "Second Payer", "121-180")] == money("300.00")  # C: service 121 days ago

    earlier = cells(aging.buckets(office, filters(as_of=APRIL_1), "payer_type"), "side", "label", "bucket")
    assert earlier == {
        ("credit", "Commercial", "31-60"): money("-25.00"),
        ("insurance", "Medicare", "0-30"): money("300.00"),  # C: sent 30 days before
        ("patient", "Commercial", "31-60"): money("15.00"),
        ("patient", "Self-pay", "61-90"): money("80.00"),
    }


def test_position_and_trend_agree_with_the_buckets_on_every_day(office: Engine) -> None:
    june, april = aging.positions(office, filters(), [JUNE_30, APRIL_1])
    none = money("0.00")
    assert june == Position(
        JUNE_30,
        insurance=money("750.00"),
        unbilled=money("50.00"),
        patient=money("65.00"),
        credit=money("-25.00"),
        over_90=money("365.00"),
        over_120=money("65.00"),
        insurance_accounts=3,
        unbilled_accounts=1,
        patient_accounts=2,
        credit_accounts=1,
    )
    assert (june.ar, june.billed) == (money("865.00"), money("815.00"))
    assert april == Position(APRIL_1, money("300.00"), none, money("95.00"), money("-25.00"), none, none, 1, 0, 2, 1)

    trend = aging.trend(office, filters())
    assert trend["day"].max() == JUNE_30
    for on, rows in trend.groupby("day"):
        buckets = aging.buckets(office, filters(as_of=on))
        assert cells(rows, "side", "bucket") == {
            key: sum(
                balance
                for (side, _, bucket), balance in cells(buckets, "side", "key", "bucket").items()
                if key == (side, bucket)
            )
            for key in {(row["side"], row["bucket"]) for row in buckets.to_dict("records")}
        }


def test_a_day_asked_for_twice_or_without_balances(office: Engine) -> None:
    first, second, empty = aging.positions(office, filters(), [JUNE_30, JUNE_30, date(2020, 1, 1)])
    assert first == second
    assert (empty.ar, empty.credit, empty.accounts) == (0, 0, 0)


def test_days_in_receivables_rest_on_ninety_days_of_charges(office: Engine) -> None:
    april_4 = day(4, 4)  # the first day of which they are all in the data: the oldest charge is of 5 January
    found = movement.average_daily_charges(office, filters(), [JUNE_30, april_4, day(4, 3), APRIL_1])
    assert found == {JUNE_30: Decimal(650) / 90, april_4: Decimal(600) / 90, day(4, 3): None, APRIL_1: None}
    second = filters(payer_ids=(SECOND,))  # first charged on 2 March, which changes nothing of that
    assert movement.average_daily_charges(office, second, [april_4]) == {april_4: Decimal(300) / 90}


def test_the_charges_of_ninety_days_are_those_of_the_ledger_on_whatever_day_they_end(office: Engine) -> None:
    days = [day(4, 4) + timedelta(days=number) for number in range(120)]
    found = movement.average_daily_charges(office, filters(), days)
    charges = read_rows(office, select(ledger_entry).where(ledger_entry.c.entry_type == "charge"))
    for last in days:
        of_window = [row.amount for row in charges if last - timedelta(days=90) < row.posted_on <= last]
        assert found[last] == sum(of_window, Decimal(0)) / 90, last


#: Period and filter -> opening, what was posted, closing. All balances are net of credits.
ROLLED = {
    "the period": (filters(), "370.00", {"charge": "650.00", "contractual": "-150.00", "bad_debt": "-30.00"}, "840.00"),
    "one day": (
        filters(date_from=day(2, 1), date_to=day(2, 1)),
        # A 100 of 5 January and E 80 of 15 January
        "180.00",
        {"charge": "120.00", "contractual": "-20.00", "insurance_payment": "-60.00", "patient_payment": "-25.00"},
        "195.00",
    ),
    "self-pay": (filters(payer_types=("Self-pay",)), "80.00", {"bad_debt": "-30.00"}, "50.00"),
    "nothing": (filters(date_to=day(4, 3), payer_ids=(99,)), "0.00", {}, "0.00"),
}


@pytest.mark.parametrize("name", ROLLED)
def test_the_roll_forward_closes(office: Engine, name: str) -> None:
    period, opening, posted, closing = ROLLED[name]
    found = movement.roll_forward(office, period)
    assert (found.opening, found.closing, found.difference) == (money(opening), money(closing), 0)
    assert {kind: amount for _, kind, amount in found.lines if amount} == {k: money(v) for k, v in posted.items()}


@pytest.mark.parametrize(
    ("days", "wanted"),
    [(0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "91-120")]
    + [(120, "91-120"), (121, "121-180"), (180, "121-180"), (181, "181-365"), (365, "181-365"), (366, "Over 365")],
)
def test_the_last_day_of_a_bucket_is_in_it(duckdb_engine: Engine, days: int, wanted: str) -> None:
    with duckdb_engine.connect() as connection:
        found = connection.execute(select(aging.bucket(literal(JUNE_30 - timedelta(days=days)), JUNE_30))).scalar()
    assert found == wanted


def test_the_rows_behind_a_mark(office: Engine) -> None:
    found = page(office, aging.table(filters(), {"side": "insurance", "bucket": "91-120", "payer": SECOND}))
    (row,) = found.frame.to_dict("records")
    assert found.totals == {"balance": money("300.00")}
    assert (row["account_id"], row["account_number"], row["payer"]) == (account_of("C"), "C", "Second Payer")
    assert (row["age_from"], row["age"], row["balance"]) == (day(3, 2), 120, money("300.00"))
    assert row["department"] == "Cardiology"

    owed = page(office, aging.table(filters(), {"side": "owed"}))
    assert (owed.total_rows, owed.totals["balance"]) == (6, money("865.00"))


def test_pages_and_sorting(office: Engine) -> None:
    report = aging.table(filters())
    everything = page(office, report)
    assert (everything.total_rows, everything.totals["balance"]) == (7, money("840.00"))
    assert list(everything.frame["account_number"])[:2] == ["C", "G"]
    second = page(office, report, limit=2, offset=2)
    assert list(second.frame["account_number"]) == ["B", *_fourth(everything.frame)]
    assert second.totals == everything.totals
    by_number = page(office, report, sort=("account_number", False))
    assert list(by_number.frame["account_number"]) == list("ABCDEFG")
    assert list(page(office, report, sort=("gone", True)).frame["account_id"]) == list(everything.frame["account_id"])


def _fourth(frame: pd.DataFrame) -> list[str]:
    return [frame["account_number"].iloc[3]]
