"""What the bank is asked of a day gone by leaves out the deposits that came later."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
from sqlalchemy import Engine

from data_access.queries import reconciliation
from data_access.queries.table import page
from tests.bank.test_month import MARCH


def test_a_look_back_knows_nothing_of_later_deposits(office: Engine) -> None:
    every = page(office, reconciliation.remittances_table(MARCH), limit=100).frame
    came = [on for on in every["deposited_on"] if not pd.isna(on)]
    assert len(set(came)) > 2
    for last in sorted({on - timedelta(days=1) for on in came} | set(came)):
        seen = replace(MARCH, as_of=last)
        known = every[[not pd.isna(on) and on <= last for on in every["deposited_on"]]]
        matched = known[known["state"] == "matched"]
        position = reconciliation.position(office, seen)
        assert position.remittances.get("matched", (0, 0)) == (matched["amount"].sum(), len(matched))
        assert position.sum(position.remittances) == (every["amount"].sum(), len(every))
        (days,) = reconciliation.days_to_deposit(office, seen)
        assert days.n == len(matched)
        rows = page(office, reconciliation.remittances_table(seen, {"state": "matched"}), limit=100).frame
        assert sorted(rows["remittance_id"]) == sorted(matched["remittance_id"])
        assert all(on <= last for on in rows["deposited_on"])
