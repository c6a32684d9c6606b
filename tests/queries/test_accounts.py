"""The delinquent accounts of the small office: balances of Aging, narrowed; and payers gone silent."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, func, insert, select

from data_access.queries import accounts, aging
from data_access.queries.accounts import AccountFilters
from data_access.queries.table import page
from data_access.schema import account, claim, open_balance
from tests.queries.office import FIRST, OKAFOR, SECOND, filters, money


def listed(engine: Engine, *, limits: dict[int, int] | None = None, **chosen: Any) -> dict[str, Decimal]:
    found = page(engine, accounts.table(filters(), AccountFilters(**chosen), limits=limits))
    assert found.totals["balance"] == sum(found.frame["balance"], Decimal(0))
    return dict(zip(found.frame["account_number"], found.frame["balance"], strict=True))


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({"responsible": ("insurance",)}, "BCG"),
        ({"responsible": ("patient", "unbilled")}, "ADE"),
        ({"responsible": ("credit",)}, "F"),
        ({"min_balance": money("50"), "max_balance": money("250")}, "BDEG"),
        ({"min_age": 120, "responsible": ("insurance", "patient")}, "ACE"),  # C is 120 days old
        ({"min_age": 121, "responsible": ("insurance", "patient")}, "AE"),
        ({"denied_only": True}, "CG"),
    ],
)
def test_who_is_listed(office: Engine, chosen: dict[str, Any], wanted: str) -> None:
    assert "".join(sorted(listed(office, **chosen))) == wanted


def test_totals_are_those_of_aging(office: Engine) -> None:
    for period in (filters(), filters(as_of=filters().as_of.replace(month=4, day=1)), filters(provider_ids=(OKAFOR,))):
        found = page(office, accounts.table(period))
        assert found.totals["balance"] == sum(aging.buckets(office, period)["balance"], Decimal(0))


def test_an_account_with_two_balances_is_one_account(office: Engine) -> None:
    def numbers(**chosen: Any) -> tuple[int, int]:
        report = accounts.table(filters(), AccountFilters(**chosen))
        return accounts.number_of_accounts(office, report), page(office, report).total_rows

    assert numbers() == (7, 7)
    with office.begin() as connection:  # of C, which insurance owes, the patient owes 20.00 too
        row = connection.execute(
            select(open_balance)
            .join(account, account.c.account_id == open_balance.c.account_id)
            .where(account.c.account_number == "C", aging.stands(filters().as_of))
        ).mappings()
        patients = {"side": "patient", "balance": money("20.00")}
        connection.execute(insert(open_balance).values(dict(row.one()) | patients))
    assert numbers() == (7, 8)
    assert numbers(responsible=("patient",)) == (3, 3)  # A, C, E
    assert numbers(min_balance=money("1000")) == (0, 0)


def test_a_payer_is_silent_beyond_its_own_usual_time(office: Engine) -> None:
    # B was sent 30 days ago and not answered; C and G were answered; D was sent after the as-of date
    assert listed(office, silent_only=True) == {}
    assert listed(office, silent_only=True, limits={FIRST: 30}) == {}
    assert listed(office, silent_only=True, limits={FIRST: 29}) == {"B": money("200.00")}
    assert listed(office, silent_only=True, limits={SECOND: 1}) == {}
    frame = page(office, accounts.table(filters(), limits={FIRST: 20})).frame
    silent = dict(zip(frame["account_number"], frame["silent"], strict=True))
    assert int(silent.pop("B")) == 10
    assert pd.isna(list(silent.values())).all()
    assert accounts.silent_total(office, filters(), {}) == (0, Decimal(0))
    assert accounts.silent_total(office, filters(), {FIRST: 29}) == (1, money("200.00"))


def test_the_usual_time_needs_a_history(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert accounts.silence_limits(office, filters().as_of) == {}
    monkeypatch.setattr(accounts, "_MIN_HISTORY", 3)
    # A 22 days, F 33, G 30: the 90th percentile lies 0.8 of the way from 30 to 33; whole days waited count
    assert accounts.silence_limits(office, filters().as_of) == {FIRST: 32}
    with office.connect() as connection:
        last = connection.scalar(select(func.max(claim.c.first_remit_on)).where(claim.c.counts))
    assert accounts.silence_limits(office, last - timedelta(days=1)) == {}
