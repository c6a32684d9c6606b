"""Payments posted by hand without a check number that a remittance may hold as well, worked by hand.

Remittance T1 of 1 February, payer 12345, and what was posted by hand without a number:

| account | T1 paid | posted | of payer | suspected, because |
| --- | --- | --- | --- | --- |
| A1 | 60.00 | 60.00, 3 February | 12345 | account, payer and amount agree |
| A2 | 150.00 | 150.00, 20 February | not stated | account and amount agree |
| A3 | 40.00 | 40.00, 3 February | OTHER | no: another payer |
| A3 | 40.00 | 40.01, 3 February | not stated | no: another amount |
| A4 | 50.00 | 50.00, 1 June | not stated | 120 days apart, as far as a deposit may be |
| A5 | 70.00 | 70.00, 5 February | not stated | no: another entry has the number T1, and gives way |
| A6 | 30.00, taken back | 30.00, 2 February | not stated | no: the remittance comes to nothing |
| A7 | 20.00 | 20.00, 2 June | not stated | no: 121 days apart |
| A8 | nothing | 60.00, 3 February | 12345 | no: another account |
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, insert, select

from data_access import banking, decisions
from data_access.check import check
from data_access.export import REPORTS
from data_access.filters import Filters
from data_access.ingest.undo import undo
from data_access.queries import bank_days, imports, posted_payments, posted_twice
from data_access.queries.table import page
from data_access.schema import billing_entry, claim_payment, duplicate_posting, payer, posted_payment, remittance
from data_access.schema import load as loads
from tests.ingest.loading import assert_sound, balances, claims_837, contents, load, remits_835

D = Decimal
AS_OF = date(2026, 6, 30)
ALL = Filters(AS_OF, date(2026, 6, 1), AS_OF)
PAID = {"A1": "60", "A2": "150", "A3": "40", "A4": "50", "A5": "70", "A6": "30", "A7": "20"}


def paid(charge: str, amount: str) -> tuple[str, str, tuple[str, ...]]:
    return charge, amount, (f"CAS*CO*45*{D(charge) - D(amount)}",)


CLAIMS = claims_837(*((account, "200") for account in (*PAID, "A8")))
REMITTANCE = remits_835(*((account, *paid("200", amount)) for account, amount in PAID.items()))
TAKEN_BACK = remits_835(("A6", "-200", "-30", ("CAS*CO*45*-170",)), trace="T2", control="000000003")
POSTED = b"""account_number,posted_on,type,amount,method,check_number,payer_id
A1,2026-02-03,insurance_payment,60.00,check,,12345
A2,2026-02-20,insurance_payment,150.00,check,,
A3,2026-02-03,insurance_payment,40.00,check,,OTHER
A3,2026-02-03,insurance_payment,40.01,check,-,
A4,2026-06-01,insurance_payment,50.00,check,,
A5,2026-02-02,insurance_payment,70.00,check,T1,12345
A5,2026-02-05,insurance_payment,70.00,check,,
A6,2026-02-02,insurance_payment,30.00,check,,
A7,2026-06-02,insurance_payment,20.00,check,,
A8,2026-02-03,insurance_payment,60.00,check,,12345
"""
FILES = {"claims": CLAIMS, "remits": REMITTANCE, "back": TAKEN_BACK, "posted": POSTED}
#: account -> amount, line of the entry, why
SUSPECTED = {
    "A1": (D("60.00"), 2, "Account, payer and amount agree, 2 days apart; the entry states no check number."),
    "A2": (
        D("150.00"),
        3,
        "Account and amount agree, 19 days apart; the entry states neither payer nor check number.",
    ),
    "A4": (
        D("50.00"),
        6,
        "Account and amount agree, 120 days apart; the entry states neither payer nor check number.",
    ),
}
#: 200.00 less what is contractual (200.00 less paid), less paid by T1, less what was posted
COUNTED_TWICE = {"A1": D("-60.00"), "A2": D("-150.00"), "A4": D("-50.00")}


def fill(engine: Engine) -> None:
    with TemporaryDirectory() as folder:
        load(engine, Path(folder), **FILES)


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    """What stands above, in a database of each kind."""
    return copy_of(request.param, fill)


def load_of(engine: Engine, name: str) -> int:
    """The number of the load of a file."""
    with engine.connect() as connection:
        return connection.execute(select(loads.c.load_id).where(loads.c.file_name == name)).scalar_one()


def listed(engine: Engine) -> dict[str, tuple]:
    rows = page(engine, posted_twice.table(ALL)).frame.to_dict("records")
    assert all((row["trace_number"], row["paid_on"]) == ("T1", date(2026, 2, 1)) for row in rows)
    return {row["account_number"]: (row["amount"], row["segment_no"], row["reason"]) for row in rows}


def pair(engine: Engine, account: str) -> tuple[int, int]:
    """Entry and claim payment of what is suspected on an account."""
    rows = page(engine, posted_twice.table(ALL)).frame.to_dict("records")
    (row,) = [row for row in rows if row["account_number"] == account]
    return int(row["billing_entry_id"]), int(row["claim_payment_id"])


def owed(engine: Engine, account: str) -> Decimal:
    return balances(engine)[account][0]


def states(engine: Engine) -> dict[tuple[str, Decimal], str]:
    """Payments posted by hand at the bank: by day and amount."""
    row = posted_payment.c
    with engine.connect() as connection:
        found = connection.execute(select(row.posted_on, row.amount, row.state, row.how)).all()
    return {(f"{on:%m-%d}", amount): f"{state} {how or ''}".strip() for on, amount, state, how in found}


def test_what_may_count_twice_is_listed_and_counts_until_a_person_decides(office: Engine) -> None:
    assert listed(office) == SUSPECTED
    assert posted_twice.waiting(office) == posted_twice.waiting(office, ALL) == (D("260.00"), 3)
    assert {account: owed(office, account) for account in SUSPECTED} == COUNTED_TWICE
    assert page(office, REPORTS["posted_twice"](office, ALL)).totals == {"amount": D("260.00")}
    as_of = date(2026, 5, 31)  # that of 1 June was not posted yet
    assert posted_twice.waiting(office, Filters(as_of, as_of, as_of)) == (D("210.00"), 2)
    with office.connect() as connection:
        payers = dict(connection.execute(select(payer.c.identifier, payer.c.payer_id)).all())
    for name, waiting in (("12345", (D("260.00"), 3)), ("OTHER", (D(0), 0))):
        narrowed = Filters(AS_OF, AS_OF, AS_OF, payer_ids=(payers[name],))
        assert posted_twice.waiting(office, narrowed) == waiting
        assert page(office, posted_twice.table(narrowed)).total_rows == waiting[1]
    (said,) = [found for found in check(office) if "may hold are listed" in found.rule]
    assert (said.ok, said.detail) == (True, "holds; 3 payments of $260.00 may count twice and wait for a person")
    assert_sound(office)


def test_the_order_of_loading_does_not_matter(engine: Engine, tmp_path: Path) -> None:
    for name in ("posted", "back", "remits", "claims"):
        load(engine, tmp_path, **{name: FILES[name]})
    assert listed(engine) == SUSPECTED
    undo(engine, load_of(engine, "back"))
    assert listed(engine).keys() == {*SUSPECTED, "A6"}, "the remittance counts again"
    undo(engine, load_of(engine, "remits"))
    assert listed(engine) == {}
    assert_sound(engine)


def test_the_same_payment_counts_in_the_remittance_alone(office: Engine, tmp_path: Path) -> None:
    before, at_the_bank = contents(office), states(office)
    number = banking.same_payment(office, *pair(office, "A1"), "one", "the check of the remittance")
    assert owed(office, "A1") == D("0.00")
    assert listed(office).keys() == {"A2", "A4"}
    assert posted_twice.waiting(office) == (D("200.00"), 2)
    # at the bank it stood with 40.01 and 60.00 of its day and payer
    assert at_the_bank["02-03", D("160.01")] == "open"
    assert states(office)["02-03", D("100.01")] == "open"
    assert states(office)["02-03", D("60.00")] == "in_remittance hand"
    with office.connect() as connection:
        by_hand = posted_payment.c.how == "hand"
        (key,) = connection.scalars(select(posted_payment.c.payment_key).where(by_hand))
    found = posted_payments.one(office, key)
    assert found is not None
    (entry,) = page(office, posted_payments.entries(found["entry_ids"])).frame.to_dict("records")
    assert (entry["segment_no"], entry["counts"]) == (2, "In a remittance, which counts")
    assert_sound(office)

    undo(office, load_of(office, "remits"))
    assert owed(office, "A1") == D("140.00"), "without its remittance the entry counts again"
    assert_sound(office)
    # the same remittance in another envelope, the same entries in another file
    undo(office, load_of(office, "posted"))
    load(office, tmp_path, again=REMITTANCE.replace(b"000000002", b"000000077"), posted=POSTED + b"\n")
    assert owed(office, "A1") == D("0.00"), "the decision holds when the files are loaded anew"
    assert listed(office).keys() == {"A2", "A4"}
    (row,) = bank_days.decisions(office).to_dict("records")
    assert (row["decision"], row["decided_by"], row["stands"], row["amount"]) == ("same", "one", True, D("60.00"))
    assert_sound(office)

    banking.withdraw(office, number, "two", "another check")
    assert owed(office, "A1") == D("-60.00")
    assert listed(office) == SUSPECTED
    assert states(office) == at_the_bank
    assert len(contents(office)["ledger_entry"]) == len(before["ledger_entry"])
    assert_sound(office)


def test_taken_back_the_database_is_as_before(office: Engine) -> None:
    before = contents(office)
    for decide in (banking.same_payment, banking.two_payments):
        number = decide(office, *pair(office, "A2"), "one", "looked at the check")
        assert contents(office) != before
        banking.withdraw(office, number, "one", "a slip")
        after = contents(office)
        decided = {"bank_decision", "bank_decision_item"}
        assert {name: rows for name, rows in after.items() if name not in decided} == {
            name: rows for name, rows in before.items() if name not in decided
        }
    assert_sound(office)


def test_two_payments_leave_the_list_and_both_count(office: Engine) -> None:
    about = pair(office, "A1")
    number = banking.two_payments(office, *about, "one", "a second check")
    assert listed(office).keys() == {"A2", "A4"}
    assert owed(office, "A1") == COUNTED_TWICE["A1"]
    assert_sound(office)
    with pytest.raises(banking.CannotDecide, match="decided on this meanwhile"):
        banking.same_payment(office, *about, "two", "the same")
    banking.withdraw(office, number, "one", "a slip")
    with pytest.raises(banking.CannotDecide, match="did so already"):
        banking.withdraw(office, number, "two", "a slip")
    with pytest.raises(banking.CannotDecide, match="Write why"):
        banking.same_payment(office, *about, "two", " ")
    banking.same_payment(office, *about, "two", "the same")
    with pytest.raises(banking.CannotDecide, match="no longer suspected"):
        banking.same_payment(office, about[0], about[1] + 1, "two", "the same")
    assert listed(office).keys() == {"A2", "A4"}
    assert_sound(office)


def together(engine: Engine) -> dict[str, str]:
    """Day of the entry -> trace number of the remittance it is suspected to be in, or said to be, with the state."""
    row = duplicate_posting.c
    query = (
        select(row.posted_on, remittance.c.trace_number, row.state)
        .join(claim_payment, claim_payment.c.claim_payment_id == row.claim_payment_id)
        .join(remittance, remittance.c.remittance_id == claim_payment.c.remittance_id)
    )
    with engine.connect() as connection:
        return {f"{on:%m-%d}": f"{trace} {state}" for on, trace, state in connection.execute(query)}


def test_one_entry_for_one_payment_the_nearest_first(engine: Engine, tmp_path: Path) -> None:
    """T1 of 1 February and T3 of 1 March paid 20.00 each; three entries of 20.00, two of them near T1."""
    later = remits_835(("A1", *paid("200", "20")), trace="T3", control="000000004").replace(b"20260201", b"20260301")
    posted = b"""account_number,posted_on,type,amount,method,check_number,payer_id
A1,2026-02-03,insurance_payment,20.00,check,,
A1,2026-02-02,insurance_payment,20.00,check,,
A1,2026-03-02,insurance_payment,20.00,check,,
"""
    load(engine, tmp_path, claims=CLAIMS, first=remits_835(("A1", *paid("200", "20"))), later=later, posted=posted)
    assert together(engine) == {"02-02": "T1 open", "03-02": "T3 open"}
    rows = {f"{row['posted_on']:%m-%d}": row for row in page(engine, posted_twice.table(ALL)).frame.to_dict("records")}
    ids = [(int(row["billing_entry_id"]), int(row["claim_payment_id"])) for _, row in sorted(rows.items())]
    first = banking.two_payments(engine, *ids[0], "one", "two checks")
    assert together(engine) == {"02-02": "T1 two", "02-03": "T1 open", "03-02": "T3 open"}
    banking.same_payment(engine, *ids[1], "one", "one check")
    assert together(engine) == {"02-02": "T1 two", "02-03": "T1 open", "03-02": "T3 same"}
    banking.withdraw(engine, first, "one", "a slip")
    assert together(engine) == {"02-02": "T1 open", "03-02": "T3 same"}
    assert_sound(engine)


def test_what_is_decided_on_the_payment_of_the_remittance_is_followed(engine: Engine, tmp_path: Path) -> None:
    """The remittance's payment agrees too little with its claim: it counts only once a person posted it."""
    doubtful = remits_835(("A1", *paid("190", "60"))).replace(b"*MI*MA1", b"*MI*OTHER")
    posted = b"\n".join(POSTED.splitlines()[:2]) + b"\n"
    load(engine, tmp_path, claims=CLAIMS, remits=doubtful, posted=posted)
    assert (listed(engine), owed(engine, "A1")) == ({}, D("140.00"))
    (row,) = imports.to_decide(engine).to_dict("records")
    about = int(row["claim_payment_id"]), int(row["account_id"])
    decisions.post(engine, *about, "one")
    assert (listed(engine).keys(), owed(engine, "A1")) == ({"A1"}, D("-50.00"))  # 200 - 130 contractual - 60 - 60
    banking.same_payment(engine, *pair(engine, "A1"), "one", "the same")
    assert (states(engine), owed(engine, "A1")) == ({("02-03", D("60.00")): "in_remittance hand"}, D("10.00"))
    assert_sound(engine)
    decisions.withdraw(engine, *about, "one")
    assert (states(engine), owed(engine, "A1")) == ({("02-03", D("60.00")): "open"}, D("140.00"))
    assert_sound(engine)


def test_of_two_entries_alike_one_gives_way(engine: Engine, tmp_path: Path) -> None:
    alike = POSTED.splitlines()[0] + b"\nA1,2026-02-03,insurance_payment,60.00,check,,12345" * 2 + b"\n"
    load(engine, tmp_path, claims=CLAIMS, remits=REMITTANCE, posted=alike)
    assert owed(engine, "A1") == D("-120.00")
    banking.same_payment(engine, *pair(engine, "A1"), "one", "the same")
    assert owed(engine, "A1") == D("-60.00")
    assert listed(engine) == {}, "the remittance is taken"
    assert_sound(engine)


@pytest.mark.parametrize("what", ["lost", "invented", "in the ledger"])
def test_check_finds_what_does_not_follow(office: Engine, what: str) -> None:
    with office.begin() as connection:
        if what == "lost":
            connection.execute(duplicate_posting.delete().where(duplicate_posting.c.amount == 60))
        elif what == "invented":
            one = dict(connection.execute(select(duplicate_posting).limit(1)).mappings().one())
            other = connection.scalar(select(billing_entry.c.billing_entry_id).where(billing_entry.c.amount == 20))
            connection.execute(insert(duplicate_posting).values(one | {"billing_entry_id": other}))
        else:
            connection.execute(duplicate_posting.update().where(duplicate_posting.c.amount == 60).values(state="same"))
    broken = [found.rule for found in check(office) if not found.ok]
    assert any("posted by hand that a remittance may hold" in rule for rule in broken)
    assert ("every billing entry is posted once" in broken) == (what == "in the ledger")
