"""What is late, what may still come, what is off and what the bank took out, over the hand-worked month and this:

| remittance | amount | on 03-31 |
| --- | --- | --- |
| T600 of 03-24, deposited with 105.00 | 100.00 | off by 5.00, as T400 is by 10.00 the other way |
| E1 of 03-26, an EFT | 12.00 | may still come, on its fifth day |
| E2 of 03-25, an EFT | 7.00 | late |
| K1 of 03-17, a check | 33.00 | may still come, on its 14th day |
| K2 of 03-15, a check | 21.00 | late since the 30th |

C9 of 03-17, a check of 80.00, is late on the same 14th day: its money came and was taken back. An item of 9.00 is
returned that no deposit is known of.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.engine import open_engine
from data_access.filters import Filters
from data_access.queries import bank_days, movement, readiness, reconciliation
from data_access.queries.table import page
from tests.bank.month import file_835, remittance
from tests.bank.test_month import MARCH, assert_sound
from tests.bank.test_readiness import SUMMED, TABLES
from tests.ingest.loading import load
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
D = Decimal
LATER = file_835(
    remittance("T600", "0324", ("Y1", "100", "100", ())),
    remittance("E1", "0326", ("Y2", "12", "12", ())),
    remittance("E2", "0325", ("Y3", "7", "7", ())),
    remittance("K1", "0317", ("Y4", "33", "33", ()), method="CHK"),
    remittance("K2", "0315", ("Y5", "21", "21", ()), method="CHK"),
    control="000000060",
)
LINES = b"""deposited_on,amount,trace_number,method,bank_account,bank_reference
2026-03-25,105.00,T600,eft,1234,B60
2026-03-26,(9.00),,returned,1234,B61
"""


@pytest.fixture
def month(office: Engine, tmp_path: Path) -> Iterator[Engine]:
    load(office, tmp_path, later=LATER, lines=LINES)
    yield office


def test_each_sum_is_of_its_own_kind_and_nets_nothing(month: Engine) -> None:
    found = reconciliation.position(month, MARCH)
    assert found.deposits["open"] == (D("13.37"), 1)
    assert found.deposits["taken_out"] == (D("-9.00"), 1)
    assert found.deposits["differing"] == (D("195.00"), 2)
    assert bank_days.differing(month, MARCH) == (D("15.00"), 2)
    assert found.remittances["open"] == (D("108.00"), 3)  # C9, E2 and K2
    assert found.remittances["awaited"] == (D("45.00"), 2)  # E1 and K1
    for kind, told in found.deposits.items():
        rows = page(month, reconciliation.deposits_table(MARCH, {"kind": kind}))
        assert (rows.totals["amount"], rows.total_rows) == told
    for state, told in found.remittances.items():
        rows = page(month, reconciliation.remittances_table(MARCH, {"state": state}))
        assert (rows.totals["amount"], rows.total_rows) == told
    off = page(month, reconciliation.deposits_table(MARCH, {"kind": "differing"}))
    assert off.totals == {"amount": D("195.00"), "off_by": D("15.00")}
    by_month = reconciliation.remittances_by_month(month, MARCH)
    charted = dict(zip(by_month["state"], by_month["amount"], strict=True))
    assert (charted["open"], charted["awaited"]) == (D("108.00"), D("45.00"))
    assert_sound(month)


@pytest.mark.parametrize(
    ("day", "late"),
    [(31, {"C9", "E2", "K2"}), (30, {"C9", "K2"}), (29, {"C9"})],
)
def test_money_is_late_the_day_after_the_usual_days(month: Engine, day: int, late: set[str]) -> None:
    seen = replace(MARCH, as_of=date(2026, 3, day))
    rows = page(month, reconciliation.remittances_table(seen, {"state": "open"})).frame
    assert set(rows["trace_number"]) == late


def test_the_checklist_keeps_what_may_still_come_apart(month: Engine) -> None:
    rolled = movement.roll_forward(month, MARCH)
    found = {one.check_id: one for one in readiness.checks(month, MARCH, date(2026, 3, 31), rolled, None)}
    assert found["remittances"].said == "2 more ($45.00) may still come"
    told = {name: (found[name].count, found[name].amount) for name in ("deposits", "taken_out", "differing")}
    assert told == {"deposits": (1, D("13.37")), "taken_out": (1, D("-9.00")), "differing": (2, D("15.00"))}
    for name in (*told, "remittances"):
        one = found[name]
        rows = page(month, TABLES[one.view](MARCH, dict(one.selection)))
        assert (rows.total_rows, rows.totals[SUMMED.get(name, "amount")]) == (one.count, one.amount)
    early = Filters(date(2026, 3, 31), date(2026, 3, 26), date(2026, 3, 31))
    (line,) = [
        one for one in readiness.checks(month, early, early.as_of, rolled, None) if one.check_id == "remittances"
    ]
    assert (line.state, line.count, line.said) == ("fine", 0, "1 more ($12.00) may still come")


def test_the_screen_says_each_apart(
    month_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    engine = open_engine(month_url)
    load(engine, tmp_path, later=LATER, lines=LINES)
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", month_url)
    app = opened("reconciliation", {"asof": "2026-03-31", "sel": "kind=differing"})
    assert_no_failure(app)
    said = words(app)
    for part in (
        "$108.00 of 3 remittances has not come to the bank in the usual days; ",
        "$13.37 at the bank in 1 deposit has no explanation; ",
        "$9.00 taken out by the bank in 1 line has no explanation; ",
        "2 deposits differ from what was remitted or posted, by $15.00; ",
        "$45.00 of 2 remittances of the last days may still come.",
        "3 remittances; $45.00 of 2 may still come",
        "1 deposit; $9.00 taken out in 1 line",
        "Off by $15.00",
    ):
        assert part in said, part
    tiles = {metric.label: metric.value for metric in app.metric}
    assert (tiles["Remittance without money"], tiles["Money without remittance"]) == ("$108.00", "$13.37")
    assert tiles["Another amount"] == "$15.00"
