"""Insurance payments posted by hand: a source of deposits, never counted beside the remittance they are in.

| posted | amount | deposit | is |
| --- | --- | --- | --- |
| check 7001, accounts A1 and A2 | 30.00 + 20.00 | 03-06 check 7001, 50.00 | matched by number |
| no number, A3 | 45.00 | 03-11 check 5555, 45.00 | matched by amount |
| T100, A1 | 60.00 | 03-03 eft T100, 60.00 | in remittance T100, which counts |
| checks 8001 and 8002 of two payers | 12.00, 13.00 | 03-17 lockbox, 25.00 | matched together |
| check 9001, A2 | 77.00 | none | open |
| check 9002, A3 | 40.00 | 03-24 check 9002, 39.00 | differing |

Deposits 219.00 = remittances 60.00 + posted by hand 120.00 + without explanation 39.00.
"""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import banking, export
from data_access.ingest.undo import undo
from data_access.queries import bank_days, posted_payments, reconciliation
from data_access.queries.account import load_account
from data_access.queries.story import story
from data_access.queries.table import TablePage, page
from data_access.schema import account, deposit, deposit_match, ledger_entry, posted_payment
from tests.bank.month import FIRST, file_835
from tests.bank.test_month import MARCH, day
from tests.ingest.loading import assert_sound, claims_837, contents, load

D = Decimal
CLAIMS = claims_837(("A1", "100"), ("A2", "200"), ("A3", "75"))
REMITTANCE = file_835(FIRST)  # T100 of 03-02: 60.00 for A1
POSTED = b"""account_number,posted_on,type,amount,method,check_number,payer_id
A1,2026-03-05,insurance_payment,30.00,check,7001,12345
A2,2026-03-06,insurance_payment,20.00,check,0007001,12345
A3,2026-03-10,insurance_payment,45.00,check,,12345
A1,2026-03-04,insurance_payment,60.00,,T100,OTHERCODE
A2,2026-03-16,insurance_payment,12.00,check,8001,P1
A3,2026-03-16,insurance_payment,13.00,check,8002,P2
A2,2026-03-20,insurance_payment,77.00,check,9001,
A3,2026-03-23,insurance_payment,40.00,check,9002,12345
"""
DEPOSITS = b"""deposited_on,amount,trace_number,method,bank_reference
2026-03-03,60.00,T100,eft,B1
2026-03-06,50.00,7001,check,B2
2026-03-11,45.00,5555,check,B3
2026-03-17,25.00,,lockbox,B4
2026-03-24,39.00,9002,check,B5
"""
FILES = {"claims": CLAIMS, "remits": REMITTANCE, "posted": POSTED, "deposits": DEPOSITS}
WORKED = {
    "7001": ("matched", "trace", D("50.00"), 2, date(2026, 3, 6)),
    "no number": ("matched", "amount", D("45.00"), 1, date(2026, 3, 11)),
    "T100": ("in_remittance", "trace", D("60.00"), 1, None),
    "8001": ("matched", "several", D("12.00"), 1, date(2026, 3, 17)),
    "8002": ("matched", "several", D("13.00"), 1, date(2026, 3, 17)),
    "9001": ("open", None, D("77.00"), 1, None),
    "9002": ("differing", "trace", D("40.00"), 1, date(2026, 3, 24)),
}
NUMBERS = ("0007001", None, "T100", "8001", "8002", "9001", "9002")


def posted(engine: Engine) -> dict[str, tuple]:
    """By check number (in the end without leading zeros): state, how, amount, entries, day of the deposit."""
    row = posted_payment.c
    query = select(row.check_number, row.state, row.how, row.amount, row.entries, row.deposited_on)
    with engine.connect() as connection:
        return {(found[0] or "no number").lstrip("0"): tuple(found[1:]) for found in connection.execute(query)}


def state_of(engine: Engine, reference: str) -> tuple:
    own = deposit_match.c
    query = select(own.state, own.how, own.source).join(deposit, deposit.c.deposit_id == own.deposit_id)
    with engine.connect() as connection:
        return tuple(connection.execute(query.where(deposit.c.bank_reference == reference)).one())


def key_of(engine: Engine, number: str | None) -> str:
    with engine.connect() as connection:
        query = select(posted_payment.c.payment_key).where(posted_payment.c.check_number.is_not_distinct_from(number))
        return connection.execute(query).scalar_one()


def line_of(engine: Engine, reference: str) -> int:
    with engine.connect() as connection:
        query = select(deposit.c.deposit_id).where(deposit.c.bank_reference == reference)
        return connection.execute(query).scalar_one()


def paid_by_insurance(engine: Engine) -> Decimal:
    with engine.connect() as connection:
        found = connection.scalars(
            select(ledger_entry.c.amount).where(ledger_entry.c.entry_type == "insurance_payment")
        )
        return -sum(found, D(0))


def test_payments_posted_by_hand_are_a_source(engine: Engine, tmp_path: Path) -> None:
    before: dict[str, list[tuple]] = {}
    for name in ("claims", "remits", "deposits"):
        load(engine, tmp_path, **{name: FILES[name]})
    before = contents(engine)
    (result,) = load(engine, tmp_path, posted=POSTED).values()
    assert posted(engine) == WORKED
    found = reconciliation.position(engine, MARCH)
    assert found.deposits == {
        "remittance": (D("60.00"), 1),
        "posted": (D("120.00"), 3),
        "differing": (D("39.00"), 1),
    }
    for kind, told in found.deposits.items():
        rows = page(engine, reconciliation.deposits_table(MARCH, {"kind": kind}))
        assert (rows.totals["amount"], rows.total_rows) == told
    by_state = posted_payments.by_state(engine, MARCH)
    assert by_state["matched"] == (D("120.00"), 4)
    for state, told in by_state.items():
        rows = page(engine, posted_payments.table(MARCH, {"state": state}))
        assert (rows.totals["amount"], rows.total_rows) == told
    assert sum(posted_payments.by_month(engine, MARCH)["amount"]) == D("297.00")
    days = page(engine, bank_days.table(MARCH)).totals
    assert (days["deposits"], days["remittances"], days["posted"], days["open"]) == (
        D("219.00"),
        D("60.00"),
        D("120.00"),
        D("39.00"),
    )
    states = {row["day"].day: row["state"] for row in bank_days.days(engine, MARCH).to_dict("records")}
    assert states == {3: "balanced", 6: "balanced", 11: "balanced", 17: "balanced", 24: "open"}
    # 60.00 of the remittance, and by hand all but T100
    assert paid_by_insurance(engine) == D("297.00")
    (row,) = bank_days.expected(engine, day(20)).to_dict("records")
    assert (row["source"], row["number"], row["amount"]) == ("Posted by hand", "9001", D("77.00"))
    assert sorted(bank_days.open_sources(engine, MARCH)["number"]) == ["9001", "9002"]
    assert_sound(engine)
    assert result.load_id is not None
    undo(engine, result.load_id)
    assert contents(engine) == before
    assert_sound(engine)


def test_the_account_tells_of_it_once(engine: Engine, tmp_path: Path) -> None:
    """30.00 posted by hand; 60.00 by the remittance, and not by hand as well."""
    load(engine, tmp_path, **FILES)
    with engine.connect() as connection:
        of = connection.scalar(select(account.c.account_id).where(account.c.account_number == "A1"))
    frame = story(load_account(engine, of), (), {})
    paid = frame[frame["what"].str.contains("Payer")]
    assert [(row["day"], row["what"], row["amount"]) for row in paid.to_dict("records")] == [
        (date(2026, 3, 5), "Payer paid, posted by hand", D("30.00")),
        (date(2026, 3, 2), "Payer answered", D("60.00")),
    ]


def test_the_remittance_wins_whenever_it_comes_and_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    for name in ("posted", "deposits", "claims"):
        load(engine, tmp_path, **{name: FILES[name]})
    assert posted(engine)["T100"] == ("matched", "trace", D("60.00"), 1, day(3))
    assert state_of(engine, "B1") == ("matched", "trace", "posted")
    assert paid_by_insurance(engine) == D("297.00")
    (result,) = load(engine, tmp_path, remits=REMITTANCE).values()
    assert posted(engine) == WORKED
    assert state_of(engine, "B1") == ("matched", "trace", "remittance")
    assert paid_by_insurance(engine) == D("297.00")
    assert_sound(engine)
    assert result.load_id is not None
    undo(engine, result.load_id)
    assert posted(engine)["T100"] == ("matched", "trace", D("60.00"), 1, day(3))
    assert paid_by_insurance(engine) == D("297.00")
    assert_sound(engine)


def test_another_check_under_the_same_number_is_not_lost(engine: Engine, tmp_path: Path) -> None:
    """T100 of the remittance paid 60.00 on A1; another payer's T100, and one a year later, are others."""
    others = b"""account_number,posted_on,type,amount,method,check_number,payer_id
A1,2026-03-04,insurance_payment,25.00,check,T100,P9
A1,2027-03-04,insurance_payment,7.00,check,T100,
"""
    load(engine, tmp_path, claims=CLAIMS, remits=REMITTANCE, others=others)
    assert paid_by_insurance(engine) == D("92.00")
    assert_sound(engine)


def entries(engine: Engine, number: str | None) -> tuple[TablePage, list[tuple]]:
    """The entries behind a check, as the screen shows them: account, day, amount, file and line."""
    found = posted_payments.one(engine, key_of(engine, number))
    assert found is not None
    rows = page(engine, posted_payments.entries(found["entry_ids"]))
    assert rows.totals == {"amount": found["amount"]}, "to the cent"
    shown = ("account_number", "posted_on", "amount", "file_name", "segment_no")
    return rows, [tuple(row[name] for name in shown) for row in rows.frame.to_dict("records")]


def test_a_payment_shows_its_entries_and_their_accounts(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, claims=CLAIMS, posted=POSTED)
    rows, shown = entries(engine, "0007001")
    assert shown == [("A1", day(5), D("30.00"), "posted", 2), ("A2", day(6), D("20.00"), "posted", 3)]
    with engine.connect() as connection:
        accounts = dict(connection.execute(select(account.c.account_number, account.c.account_id)).all())
    assert list(rows.frame["account_id"]) == [accounts["A1"], accounts["A2"]]
    assert entries(engine, None)[1] == [("A3", day(10), D("45.00"), "posted", 4)]
    total = sum((entries(engine, number)[0].totals["amount"] for number in NUMBERS), D(0))
    assert total == D("297.00"), "every entry is in one payment"
    text = StringIO()
    found = posted_payments.one(engine, key_of(engine, "0007001"))
    assert found is not None
    manifest = export.write_csv(engine, posted_payments.entries(found["entry_ids"]), MARCH, text)
    assert (manifest.rows, manifest.control_totals) == (2, {"amount": "50.00"})
    assert [line.split(",")[:3] for line in text.getvalue().splitlines()[1:]] == [
        ["A1", "2026-03-05", "30.00"],
        ["A2", "2026-03-06", "20.00"],
    ]


def test_entries_of_one_number_and_of_one_day_are_told_apart(engine: Engine, tmp_path: Path) -> None:
    """One number after a year is another check; a payer's day holds what names it and what is of its accounts."""
    again = b"""account_number,posted_on,type,amount,method,check_number,payer_id
A1,2026-03-05,insurance_payment,30.00,check,7001,12345
A1,2027-03-05,insurance_payment,31.00,check,07-001,12345
A2,2026-03-05,insurance_payment,8.00,check,7001,P9
A1,2026-03-05,insurance_payment,4.00,check,,12345
A2,2026-03-05,insurance_payment,5.00,check,,
A2,2026-03-05,insurance_payment,6.00,check,,P9
B9,2026-03-05,insurance_payment,7.00,check,,
"""
    load(engine, tmp_path, claims=CLAIMS, again=again)
    row = posted_payment.c
    with engine.connect() as connection:
        known = dict(connection.execute(select(row.amount, row.payment_key)).all())
    assert sorted(known) == [D("6.00"), D("7.00"), D("8.00"), D("9.00"), D("30.00"), D("31.00")]
    lines = {}
    for amount, key in known.items():
        found = posted_payments.one(engine, key)
        assert found is not None
        rows = page(engine, posted_payments.entries(found["entry_ids"]))
        assert rows.totals["amount"] == amount
        lines[amount] = list(rows.frame["segment_no"])
    assert lines[D("9.00")] == [5, 6]
    assert (lines[D("30.00")], lines[D("31.00")], lines[D("8.00")]) == ([2], [3], [4])
    assert (lines[D("6.00")], lines[D("7.00")]) == ([7], [8])
    for key in ("", "12345", "12345|#", "12345|#7001", "|2026-13-05", "%"):
        assert posted_payments.one(engine, key) is None


def test_matched_by_hand_with_a_reason_and_taken_back(engine: Engine, tmp_path: Path) -> None:
    late = b"deposited_on,amount,method,bank_reference\n2026-04-20,77.00,check,B6\n"
    loads = [result.load_id for result in load(engine, tmp_path, posted=POSTED, deposits=DEPOSITS, late=late).values()]
    key, line = key_of(engine, "9001"), line_of(engine, "B6")
    with pytest.raises(banking.CannotDecide, match="Write why"):
        banking.match(engine, [line], [], [], "one", "", [key])
    number = banking.match(engine, [line], [], [], "one", "it lay in a drawer", [key])
    assert (state_of(engine, "B6"), posted(engine)["9001"][:2]) == (("matched", "hand", "posted"), ("matched", "hand"))
    with pytest.raises(banking.CannotDecide, match="decided on this meanwhile"):
        banking.match(engine, [], [], [], "two", "lost", [key])
    with pytest.raises(banking.CannotDecide, match="no longer there"):
        banking.match(engine, [], [], [], "two", "lost", ["gone|#1"])
    other = banking.match(engine, [line_of(engine, "B5")], [], [], "one", "a fee of the bank", [key_of(engine, "9002")])
    assert posted(engine)["9002"][:2] == ("explained", "hand")
    assert_sound(engine)
    for load_id in loads:
        assert load_id is not None
        undo(engine, load_id)
    assert posted(engine) == {}
    load(engine, tmp_path, late=late, deposits=DEPOSITS)
    load(engine, tmp_path, posted=POSTED)
    assert posted(engine)["9001"][:2] == ("matched", "hand"), "the decision holds when the files are loaded anew"
    banking.withdraw(engine, number, "two", "another check")
    banking.withdraw(engine, other, "two", "not a fee")
    assert posted(engine)["9001"][:2] == ("open", None)
    assert posted(engine)["9002"][:2] == ("differing", "trace")
    assert_sound(engine)
