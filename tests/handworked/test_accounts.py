"""Each account of worked.md: who owes what, how the ledger runs, and what the payer's first answer was."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data_access.posting.balances import STILL_OPEN
from data_access.queries import imports
from data_access.queries.account import load_account
from data_access.schema import account, claim, claim_payment, open_balance
from tests.handworked import expected
from tests.handworked.expected import money


def rows(engine: Engine, *columns, where=()) -> list:
    with engine.connect() as connection:
        return connection.execute(select(*columns).where(*where)).all()


def account_id(engine: Engine, number: str) -> int:
    return rows(engine, account.c.account_id, where=[account.c.account_number == number])[0][0]


def test_what_each_account_owes(office: Engine) -> None:
    row = account.c
    columns = (row.charge, row.insurance_payments, row.patient_payments, row.adjustments)
    found = {
        number: tuple(map(Decimal, figures))
        for number, *figures in rows(office, row.account_number, *columns, row.insurance_balance, row.patient_balance)
    }
    assert found == {number: tuple(map(money, figures)) for number, figures in expected.ACCOUNTS.items()}


def test_who_is_responsible(office: Engine) -> None:
    found = defaultdict(set)
    for number, responsible in rows(office, account.c.account_number, account.c.responsible):
        found[responsible].add(number)
    assert {name: found[name] for name in expected.RESPONSIBLE} == expected.RESPONSIBLE
    assert len(found["closed"]) == len(expected.ACCOUNTS) - sum(map(len, expected.RESPONSIBLE.values()))


@pytest.mark.parametrize("number", expected.LEDGERS)
def test_ledger(office: Engine, number: str) -> None:
    ledger = load_account(office, account_id(office, number)).ledger
    found = zip(ledger["posted_on"], ledger["entry_type"], ledger["side"], ledger["amount"], strict=True)
    wanted = [(date.fromisoformat(day), *what, money(amount)) for day, *what, amount in expected.LEDGERS[number]]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("number", expected.RUNNING)
def test_running_balance(office: Engine, number: str) -> None:
    ledger = load_account(office, account_id(office, number)).ledger
    at_end_of_day = dict(zip(ledger["posted_on"], ledger["balance"], strict=True))
    wanted = {date.fromisoformat(day): money(balance) for day, balance in expected.RUNNING[number]}
    assert at_end_of_day == wanted


@pytest.mark.parametrize("number", expected.ACCOUNTS)
def test_the_ledger_tells_when_a_balance_stood_as_the_open_balances_do(office: Engine, number: str) -> None:
    found, row = load_account(office, account_id(office, number)), open_balance.c
    spans = rows(office, row.from_date, row.to_date, where=[row.account_id == found.head["account_id"]])
    edges = {edge for span in spans for edge in span if edge != STILL_OPEN} | set(found.ledger["posted_on"])
    days = [*(edge - timedelta(days=before) for edge in edges for before in (0, 1)), date(2030, 1, 1)]
    assert {day: found.stood(day) for day in days} == {
        day: any(first <= day < last for first, last in spans) for day in days
    }


def test_who_is_denied(office: Engine) -> None:
    row = claim.c
    found = rows(
        office,
        row.account_number,
        row.first_remit_on,
        row.initial_outcome,
        row.initial_denied,
        row.initial_carc,
        where=[row.counts],
    )
    answered = {number: tuple(answer) for number, *answer in found if answer[1] is not None}
    assert answered == {
        number: (date.fromisoformat(day), outcome, money(denied), carc)
        for number, (day, outcome, denied, carc) in expected.FIRST_ANSWERS.items()
    }
    assert {number for number, *answer in found if answer[1] is None} == expected.NEVER_ANSWERED


def test_what_became_of_denials(office: Engine) -> None:
    row = claim.c
    found = rows(office, row.account_number, row.overturned, row.first_pass, row.final_outcome, where=[row.counts])
    denied = {number for number, answer in expected.FIRST_ANSWERS.items() if answer[1] != "paid"}
    assert {
        number: over for number, over, _, _ in found if number in denied and over is not None
    } == expected.OVERTURNED
    assert {number for number, _, first, _ in found if first is False} == expected.NOT_FIRST_PASS
    outcomes = {number: outcome for number, _, _, outcome in found}
    assert (outcomes["HW-08"], outcomes["HW-22"], outcomes["HW-11"]) == ("written_off", "written_off", "void")
    assert {outcomes[number] for number in ("HW-18", "HW-19", "HW-20")} == {"open"}
    assert outcomes["HW-07"] == outcomes["HW-09"] == outcomes["HW-10"] == "paid"


def test_split_payment_is_one_claim(office: Engine) -> None:
    row = claim.c
    only = rows(office, row.initial_charge, row.paid, row.contractual, where=[row.account_number == "HW-12"])
    assert only == [(money("600"), money("370"), money("230"))]


def test_replacement_does_not_reset_the_age(office: Engine) -> None:
    number = account_id(office, "HW-07")
    row, on = open_balance.c, date(2026, 4, 30)
    found = rows(
        office, row.balance, row.age_from, where=[row.account_id == number, row.from_date <= on, row.to_date > on]
    )
    assert found == [(money("420"), date(2026, 3, 18))]


def test_what_agrees_too_little_is_not_posted(office: Engine) -> None:
    row = claim_payment.c
    found = rows(office, row.account_number, row.match_status, row.paid, where=[row.match_status != "confirmed"])
    assert sorted(found) == [("HW-20", "probable", money("60")), ("HW-UNKNOWN", "none", money("75"))]
    waiting = imports.unapplied(office)
    assert (waiting.payments, waiting.amount, waiting.probable, waiting.probable_amount) == (2, 135, 1, 60)


def test_deadlines(office: Engine) -> None:
    row = account.c
    found = {n: (f, a) for n, f, a in rows(office, row.account_number, row.filing_deadline, row.appeal_deadline)}
    standing = {number: days for number, days in found.items() if any(days)}
    assert standing == {
        "HW-03": (None, date(2026, 9, 6)),  # denied 10 March, 180 days
        "HW-04": (None, date(2026, 7, 11)),  # denied 12 May, 60 days
        "HW-UNBILLED": (date(2026, 12, 19), None),  # service 22 June, 180 days
    }
