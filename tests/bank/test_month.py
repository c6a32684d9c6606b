"""A month with every oddity closes to the cent, in any order of loading, and undo leaves no trace."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from data_access import banking
from data_access.check import bank as bank_rules
from data_access.check import check
from data_access.engine import write
from data_access.filters import Filters
from data_access.ingest.undo import undo
from data_access.queries import bank_days, credits, provider_level, reconciliation, unapplied
from data_access.queries.remittance_claims import claims_of_remittance
from data_access.queries.table import page
from data_access.schema import (
    bank_decision,
    day_close,
    deposit,
    deposit_match,
    patient_receipt,
    provider_landing,
    remittance,
    remittance_match,
)
from tests.bank.month import DEPOSITS, files
from tests.ingest.loading import assert_sound, contents, load

D = Decimal
EFT_LATER = b"deposited_on,amount,trace_number,method,bank_reference\n2026-03-28,80.00,Z1,eft,B20\n"
MARCH = Filters(date(2026, 3, 31), date(2026, 3, 1), date(2026, 3, 31))


def day(number: int) -> date:
    return date(2026, 3, number)


def loaded(engine: Engine, tmp_path: Path, *names: str) -> None:
    """Load files of the month one by one, in this order."""
    for name in names:
        load(engine, tmp_path, **{name: files()[name]})


def states(engine: Engine) -> dict[str, tuple]:
    """By bank reference or trace number and day: state and how."""
    own, other = deposit_match.c, remittance_match.c
    with engine.connect() as connection:
        lines = connection.execute(
            select(deposit.c.bank_reference, own.state, own.how).join(deposit, deposit.c.deposit_id == own.deposit_id)
        )
        remits = connection.execute(
            select(remittance.c.trace_number, remittance.c.paid_on, other.state, other.how, other.days).join(
                remittance, remittance.c.remittance_id == other.remittance_id
            )
        )
        return {row[0]: tuple(row[1:]) for row in lines} | {f"{row[0]} {row[1].day}": tuple(row[2:]) for row in remits}


WORKED = {
    "B1": ("matched", "trace"),
    "B2": ("matched", "day"),
    "B3": ("matched", "day"),
    "B4": ("matched", "trace"),
    "B5": ("matched", "trace"),
    "B6": ("matched", "trace"),
    "B7": ("matched", "several"),
    "B8": ("returned", "bank"),
    "B9": ("returned", "bank"),
    "B10": ("differing", "trace"),
    "B11": ("open", None),
    "T100 2": ("matched", "trace", 1),
    "T200 5": ("matched", "trace", 1),
    "T101 9": ("matched", "trace", 1),
    "T102 12": ("matched", "trace", 1),
    "C1 16": ("matched", "several", 3),
    "C2 16": ("matched", "several", 3),
    "C9 17": ("open", None, None),
    "T300 18": ("no_money_due", None, None),
    "T200 20": ("repeated", "trace", None),
    "T400 23": ("differing", "trace", 1),
}


def test_the_month_closes_to_the_cent(office: Engine) -> None:
    assert states(office) == WORKED
    found = reconciliation.position(office, MARCH)
    assert found.deposits == {
        "remittance": (D("285.00"), 6 - 1),
        "patient": (D("70.00"), 2),
        "returned": (D("0.00"), 2),
        "differing": (D("90.00"), 1),
        "open": (D("13.37"), 1),
    }
    assert found.sum(found.deposits) == (D("458.37"), 11)
    assert found.remittances == {
        "matched": (D("285.00"), 6),
        "open": (D("80.00"), 1),
        "differing": (D("100.00"), 1),
        "repeated": (D("50.00"), 1),
        "no_money_due": (D("0.00"), 1),
    }
    share = reconciliation.matched_share(found, MARCH.as_of)
    assert (share.numerator, share.denominator, share.n) == (D("285.00"), D("465.00"), 8)
    # days to deposit of the six matched: 1, 1, 1, 1, 3, 3
    assert reconciliation.days_to_deposit(office, MARCH)[0].value == D(1)
    assert_sound(office)


def test_every_table_adds_up_to_what_is_clicked(office: Engine) -> None:
    found = reconciliation.position(office, MARCH)
    for kind, (amount, number) in found.deposits.items():
        rows = page(office, reconciliation.deposits_table(MARCH, {"kind": kind}))
        assert (rows.totals["amount"], rows.total_rows) == (amount, number)
    for state, (amount, number) in found.remittances.items():
        rows = page(office, reconciliation.remittances_table(MARCH, {"state": state}))
        assert (rows.totals["amount"], rows.total_rows) == (amount, number)
    months = reconciliation.deposits_by_month(office, MARCH)
    assert sum(months["amount"]) == D("458.37")
    days = page(office, bank_days.table(MARCH)).totals
    of = days["remittances"] + days["patients"] + days["explained"] + days["returned"] + days["open"]
    assert of == days["deposits"] == D("458.37")


def test_each_remittance_says_what_was_posted(office: Engine) -> None:
    rows = page(office, reconciliation.remittances_table(MARCH)).frame.to_dict("records")
    for row in rows:
        of = row["posted"] + row["not_posted"] + row["set_aside"] + row["provider_level"] + row["difference"]
        assert of == row["amount"]
    (recovered,) = [row for row in rows if row["trace_number"] == "T102"]
    assert (recovered["posted"], recovered["provider_level"]) == (D("150.00"), D("-40.00"))
    (unknown,) = [row for row in rows if row["trace_number"] == "C9"]
    assert (unknown["posted"], unknown["not_posted"]) == (D("0.00"), D("80.00"))
    claims = page(office, claims_of_remittance(int(recovered["remittance_id"])))
    assert claims.totals["amount"] == D("150.00")
    # X9 twice, X1, X2, X3 and X4 are on no account
    assert unapplied.in_periods(office, MARCH)[0].value == D("335.00")
    ages = unapplied.by_age(office, MARCH).to_dict("records")
    assert {row["bucket"]: row["amount"] for row in ages} == {"0-30": D("335.00")}
    assert page(office, unapplied.table(MARCH, "0-30")).totals["amount"] == D("335.00")
    assert page(office, unapplied.table(MARCH, "31-60")).total_rows == 0


def test_a_recovery_lands_on_the_account_it_names(office: Engine) -> None:
    (row,) = page(office, provider_level.table(MARCH)).frame.to_dict("records")
    assert (row["reason"], row["amount"], row["state"]) == ("WO Overpayment recovery", D("-40.00"), "on_claim")
    assert row["account_number"] == "A1"
    assert sum(provider_level.by_reason(office, MARCH)["amount"]) == D("-40.00")


def test_the_order_of_loading_makes_no_difference(engine: Engine, tmp_path: Path) -> None:
    loaded(engine, tmp_path, "deposits.csv")
    assert set(states(engine).values()) == {("open", None), ("returned", "bank")}
    loaded(engine, tmp_path, "transactions.csv", "resent.835", "remits.835", "claims.837")
    assert states(engine) == WORKED
    assert_sound(engine)


def test_an_undo_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    loaded(engine, tmp_path, "claims.837", "remits.835", "transactions.csv")
    before = contents(engine)
    (result,) = load(engine, tmp_path, deposits=DEPOSITS).values()
    assert (result.kind, result.claims, result.charge) == ("deposits", 11, D("458.37"))
    assert result.load_id is not None
    undo(engine, result.load_id)
    assert contents(engine) == before
    assert_sound(engine)


def test_the_same_bank_lines_in_two_exports_count_once(office: Engine, tmp_path: Path) -> None:
    header, *lines = DEPOSITS.splitlines()
    later = b"\n".join([header, *lines[-2:], b"2026-03-26,5.00,,cash,COUNTER,1234,B12"])
    (result,) = load(office, tmp_path, later=later).values()
    assert result.claims == 3
    found = reconciliation.position(office, MARCH)
    assert found.sum(found.deposits) == (D("463.37"), 12)
    assert found.repeated_lines == 2
    assert_sound(office)
    with office.connect() as connection:
        first = connection.scalar(select(deposit.c.load_id).where(deposit.c.bank_reference == "B1"))
    undo(office, first)  # the lines of the second export now count
    found = reconciliation.position(office, MARCH)
    assert found.sum(found.deposits) == (D("108.37"), 3)
    assert_sound(office)


def test_a_line_like_another_counts_when_a_person_says_so(engine: Engine, tmp_path: Path) -> None:
    header = b"deposited_on,amount,method\n"
    load(engine, tmp_path, a=header + b"2026-03-05,20.00,cash\n2026-03-05,20.00,cash\n")
    load(engine, tmp_path, b=header + b"2026-03-05,20.00,cash\n")
    found = reconciliation.position(engine, MARCH)
    assert (found.deposits["open"], found.repeated_lines) == ((D("40.00"), 2), 1)
    with engine.connect() as connection:
        again = connection.scalar(select(deposit_match.c.deposit_id).where(deposit_match.c.state == "repeated"))
    banking.count(engine, again, "one", "a second drop the same day")
    assert reconciliation.position(engine, MARCH).deposits["open"] == (D("60.00"), 3)
    with pytest.raises(banking.CannotDecide, match="not left out"):
        banking.count(engine, again, "two", "the same")
    assert_sound(engine)


def ids(engine: Engine, reference: str, trace: str) -> tuple[int, int]:
    """A deposit by its bank reference and a remittance by its trace number."""
    with engine.connect() as connection:
        line = connection.execute(
            select(deposit.c.deposit_id).where(deposit.c.bank_reference == reference)
        ).scalar_one()
        remit = connection.execute(
            select(remittance.c.remittance_id).where(remittance.c.trace_number == trace)
        ).scalar_one()
    return line, remit


def derived(engine: Engine) -> dict[str, list[tuple]]:
    kept = {"bank_decision", "bank_decision_item", "day_close"}
    return {name: rows for name, rows in contents(engine).items() if name not in kept}


def test_matched_by_hand_and_taken_back(office: Engine, tmp_path: Path) -> None:
    load(office, tmp_path, more=EFT_LATER)
    line, remit = ids(office, "B20", "C9")
    before = derived(office)
    with pytest.raises(banking.CannotDecide, match="Write why"):
        banking.match(office, [line], [remit], [], "one", " ")
    with pytest.raises(banking.CannotDecide, match="Say who you are"):
        banking.match(office, [line], [remit], [], "", "sent again by EFT")
    number = banking.match(office, [line], [remit], [], "one", "sent again by EFT")
    assert states(office)["B20"] == ("matched", "hand")
    assert states(office)["C9 17"] == ("matched", "hand", 11)
    assert_sound(office)
    with pytest.raises(banking.CannotDecide, match="decided on this meanwhile"):
        banking.match(office, [line], [], [], "two", "rent")
    # the decision holds when the files are loaded anew
    with office.connect() as connection:
        loads = set(connection.scalars(select(deposit.c.load_id)))
    for load_id in loads:
        undo(office, load_id)
    assert states(office)["C9 17"] == ("open", None, None)
    loaded(office, tmp_path, "deposits.csv")
    load(office, tmp_path, more=EFT_LATER)
    assert states(office)["C9 17"] == ("matched", "hand", 11)
    (row,) = bank_days.decisions(office).to_dict("records")
    assert (row["stands"], row["items"], row["amount"]) == (True, 2, D("80.00"))
    banking.withdraw(office, number, "two", "it was another check")
    assert {name: len(rows) for name, rows in derived(office).items()} == {n: len(rows) for n, rows in before.items()}
    assert states(office)["B20"] == ("open", None)
    assert [bool(stands) for stands in bank_days.decisions(office)["stands"]] == [False, False]
    with pytest.raises(banking.CannotDecide, match="Nothing stands"):
        banking.withdraw(office, number, "two", "again")
    assert_sound(office)


def test_a_difference_is_explained_and_stays_shown(office: Engine) -> None:
    line, remit = ids(office, "B10", "T400")
    banking.match(office, [line], [remit], [], "one", "the bank kept a fee")
    (row,) = page(office, reconciliation.deposits_table(MARCH, {"kind": "explained"})).frame.to_dict("records")
    assert (row["amount"], row["difference"], row["reason"]) == (D("90.00"), D("-10.00"), "the bank kept a fee")
    assert_sound(office)


def test_patient_payments_matched_by_hand(office: Engine) -> None:
    with office.connect() as connection:
        line = connection.execute(select(deposit.c.deposit_id).where(deposit.c.bank_reference == "B11")).scalar_one()
    banking.match(office, [line], [], [(day(4), "card")], "one", "cards settled late, less a fee")
    with office.connect() as connection:
        found = dict(connection.execute(select(patient_receipt.c.method, patient_receipt.c.state)).all())
    assert found == {"cash": "matched", "card": "explained"}
    assert states(office)["B3"] == ("open", None)
    assert_sound(office)


def close(engine: Engine, on: date, note: str = "", who: str = "one") -> int:
    row = bank_days.one_day(engine, on)
    assert row is not None
    return banking.close_day(engine, on, row["digest"], who, note)


def state(engine: Engine, on: date) -> str:
    row = bank_days.one_day(engine, on)
    assert row is not None
    return row["state"]


def test_a_day_is_signed_off_and_flagged_when_it_changes(office: Engine, tmp_path: Path) -> None:
    assert (state(office, day(3)), state(office, day(25))) == ("balanced", "open")
    close(office, day(3))
    assert state(office, day(3)) == "closed"
    with pytest.raises(banking.CannotDecide, match="one closed this day already"):
        close(office, day(3))
    with pytest.raises(banking.CannotDecide, match="does not balance"):
        close(office, day(25))
    with pytest.raises(banking.CannotDecide, match="Say who you are"):
        close(office, day(25), "unknown sender", who="")
    with pytest.raises(banking.CannotDecide, match="changed while you looked"):
        banking.close_day(office, day(25), "another", "one", "unknown sender")
    with pytest.raises(banking.CannotDecide, match="no deposits"):
        banking.close_day(office, day(1), "", "one")
    close(office, day(25), "unknown sender")
    assert bank_days.changes(office, day(3)) == []
    (late,) = load(
        office, tmp_path, late=b"deposited_on,amount,method,bank_reference\n2026-03-03,7.00,cash,B30\n"
    ).values()
    assert state(office, day(3)) == "changed"
    assert bank_days.changes(office, day(3)) == ["Deposit of $7.00 (cash) came later."]
    assert late.load_id is not None
    undo(office, late.load_id)
    assert state(office, day(3)) == "closed"
    assert_sound(office)


def test_a_closed_day_whose_load_is_undone_says_what_is_gone(office: Engine) -> None:
    close(office, day(3))
    of_day = select(remittance.c.load_id).where(remittance.c.trace_number == "T100")
    with office.connect() as connection:
        lines = connection.scalar(select(deposit.c.load_id).limit(1))
    for _ in range(2):  # the file sent again holds it too, and stands for the first
        with office.connect() as connection:
            remits = connection.scalar(of_day)
        undo(office, remits)
    assert bank_days.changes(office, day(3)) == [
        "Deposit of $60.00 (eft T100) was matched to remittance T100: 60.00 and is without explanation."
    ]
    undo(office, lines)
    row = bank_days.one_day(office, day(3))
    assert row is not None
    assert (row["state"], row["deposits"], row["closed_deposits"]) == ("changed", D("0.00"), D("60.00"))
    assert bank_days.changes(office, day(3)) == ["Deposit of $60.00 (eft T100) is no longer loaded."]
    assert_sound(office)


def test_a_day_opened_again_is_an_entry_too(office: Engine) -> None:
    close(office, day(3))
    with pytest.raises(banking.CannotDecide, match="Write why"):
        banking.reopen_day(office, day(3), "two", "")
    banking.reopen_day(office, day(3), "two", "a deposit slip is missing")
    assert state(office, day(3)) == "balanced"
    with pytest.raises(banking.CannotDecide, match="not closed"):
        banking.reopen_day(office, day(3), "two", "again")
    found = bank_days.history(office, day(3))
    assert list(zip(found["action"], found["closed_by"], strict=True)) == [("reopen", "two"), ("close", "one")]
    assert_sound(office)


def test_why_a_day_does_not_balance_and_what_has_not_come(office: Engine) -> None:
    (row,) = bank_days.reasons(office, day(24)).to_dict("records")
    assert (row["amount"], row["difference"]) == (D("90.00"), D("-10.00"))
    (row,) = bank_days.expected(office, day(17)).to_dict("records")
    assert (row["source"], row["number"], row["amount"]) == ("Remittance", "C9", D("80.00"))
    offered = bank_days.open_sources(office, MARCH)
    assert sorted(offered["number"]) == ["C9", "T200", "T400"]
    assert sorted(bank_days.open_deposits(office, MARCH)["amount"]) == [D("13.37"), D("90.00")]


def test_check_finds_what_is_wrong(office: Engine) -> None:
    close(office, day(3))
    with write(office) as connection:
        wrong = update(deposit_match).where(deposit_match.c.how == "several")
        connection.execute(wrong.values(match_no=999))
        connection.execute(provider_landing.delete())
        connection.execute(update(day_close).values(contents="{}"))
        connection.execute(
            insert(bank_decision).values(
                decision_id=1, decision="withdraw", reason="x", decided_by="x", decided_at=date(2026, 3, 31)
            )
        )
    broken = {finding.rule for finding in check(office) if not finding.ok}
    assert broken == {
        "every matched deposit equals its remittances and payments",
        "every deposit, remittance and provider-level entry stands once",
        "what money is of what follows from facts and decisions",
        "closings of days replay",
    }
    assert len(bank_rules.RULES) == 4


def test_credits_say_who_is_owed_and_until_when(office: Engine, tmp_path: Path) -> None:
    # A1: 100 charged, 70 paid, 20 contractual leave 10 to the patient, who paid 40: a credit of 30
    # A2 paid 30.00 before the payer paid all that it owed; A1 a first time -20.00 on 03-04, since 03-09 -30.00
    rows = page(office, credits.table(MARCH)).frame.to_dict("records")
    found = [(row["account_number"], row["owed_to"], row["amount"], row["since"]) for row in rows]
    assert sorted(found) == [("A1", "Patient", D("30.00"), day(4)), ("A2", "Patient", D("30.00"), day(4))]
    assert {row["rule"] for row in rows} == {"By state law and office policy: not known"}
    assert sum(credits.by_age(office, MARCH)["amount"]) == D("60.00")
    assert credits.credit_days(office, MARCH)[0].numerator == D("60.00")
    assert credits.overdue(office, MARCH) == (D("0"), 0)
