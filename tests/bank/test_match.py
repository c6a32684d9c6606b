"""Matching by hand-worked cases: what is tied to what, and what is left for a person."""

from datetime import date
from decimal import Decimal

import pytest

from data_access.posting.bank.facts import Decision, Group, Line, Office, Posted, Receipt, Remit
from data_access.posting.bank.landing import Entry, land
from data_access.posting.bank.match import match

D = Decimal


def day(number: int, month: int = 3) -> date:
    return date(2026, month, number)


class Bench:
    """Collects what is to be matched; names stand for keys."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.remits: list[Remit] = []
        self.receipts: list[Receipt] = []
        self.decisions: list[Decision] = []

    def line(self, name: str, amount: str, on: date, trace: str = "", method: str | None = "eft") -> None:
        self.lines.append(Line(len(self.lines) + 1, name, on, D(amount), trace, method))

    def remit(
        self, name: str, amount: str, on: date, trace: str = "", payer: str = "P", method: str | None = "ACH"
    ) -> None:
        self.remits.append(Remit(len(self.remits) + 1, name, on, D(amount), trace, payer, method))

    def paid(self, method: str, amount: str, on: date) -> None:
        self.receipts.append(Receipt(on, method, D(amount)))

    def ties(self) -> dict[str, tuple]:
        """Name of each line and remittance, and day|method of each receipt: state, how, who it is tied to."""
        forward = self._ties(1)
        assert forward == self._ties(-1), "the order in which things were loaded makes a difference"
        return forward

    def _ties(self, step: int) -> dict[str, tuple]:
        members = [*self.lines, *self.remits, *self.receipts]
        for member in members:
            member.group = None
        match(Office(self.lines[::step], self.remits[::step], self.receipts[::step]), self.decisions)
        return {member.key: _told(member.group, member.key) for member in members}


def _told(group: Group | None, own: str) -> tuple:
    if group is None:
        return ("open",)
    others = [member.key for member in [*group.lines, *group.remits, *group.receipts] if member.key != own]
    return (group.state, group.how, *sorted(others))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_by_trace_amount_and_day(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.line("d1", "100.00", day(3), "T1")
    bench.line("d2", "100.00", day(3), "T2")
    found = bench.ties()
    assert found["r1"] == ("matched", "trace", "d1")
    assert found["d2"] == ("open",)


def test_a_check_number_that_comes_again_after_years_is_another_check(bench: Bench) -> None:
    bench.remit("r1", "100.00", date(2024, 3, 2), "1001", method="CHK")
    bench.line("d1", "100.00", day(3), "1001", "check")
    assert bench.ties()["d1"] == ("open",)


def test_without_a_trace_amount_and_day_do_if_there_is_one_way(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1", method="CHK")
    bench.line("d1", "100.00", day(6), method="check")
    bench.line("late", "100.00", day(30), method="check")
    assert bench.ties()["d1"] == ("matched", "amount", "r1")
    assert bench.ties()["late"] == ("open",)


def test_two_candidates_are_left_for_a_person(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1", method="CHK")
    bench.remit("r2", "100.00", day(3), "T2", method="CHK")
    bench.line("d1", "100.00", day(6), method="check")
    assert set(bench.ties().values()) == {("open",)}
    assert bench.lines[0].reason == "There is more than one way to explain this amount: choose by hand."


def test_an_eft_is_no_check(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1", method="ACH")
    bench.line("d1", "100.00", day(3), method="check")
    assert bench.ties()["d1"] == ("open",)


def test_a_trace_that_no_remittance_has_is_not_guessed_at(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.line("d1", "100.00", day(3), "T9")
    assert bench.ties()["d1"] == ("open",)


def test_one_deposit_for_several_remittances(bench: Bench) -> None:
    bench.remit("r1", "60.00", day(2), "T1")
    bench.remit("r2", "40.00", day(2), "T1")  # one EFT, two payees
    bench.line("d1", "100.00", day(3), "T1")
    bench.remit("r3", "30.00", day(9), "T3", "Q", "CHK")
    bench.remit("r4", "25.00", day(10), "T4", "Q", "CHK")
    bench.line("d2", "55.00", day(12), method="check")
    found = bench.ties()
    assert found["d1"] == ("matched", "trace", "r1", "r2")
    assert found["d2"] == ("matched", "several", "r3", "r4")


def test_a_lockbox_gathers_payers(bench: Bench) -> None:
    bench.remit("r1", "30.00", day(9), "T3", "P", "CHK")
    bench.remit("r2", "25.00", day(9), "T4", "Q", "CHK")
    bench.line("d1", "55.00", day(12), method="lockbox")
    assert bench.ties()["d1"] == ("matched", "several", "r1", "r2")


def test_one_remittance_in_two_deposits(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.line("d1", "70.00", day(3), "T1")
    bench.line("d2", "30.00", day(4), "T1")
    assert bench.ties()["r1"] == ("matched", "trace", "d1", "d2")


def test_another_amount_under_the_same_trace_is_shown_with_the_difference(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.line("d1", "90.00", day(3), "T1")
    assert bench.ties()["d1"] == ("differing", "trace", "r1")
    group = bench.lines[0].group
    assert group is not None and group.difference == D("-10.00")


def test_a_remittance_sent_again_needs_no_second_deposit(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.remit("r2", "100.00", day(9), "T1")
    bench.line("d1", "100.00", day(3), "T1")
    found = bench.ties()
    assert (found["r1"], found["r2"]) == (("matched", "trace", "d1"), ("repeated", "trace"))


def test_two_deposits_under_one_trace_and_amount_are_two_payments(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.remit("r2", "100.00", day(9), "T1")
    bench.line("d1", "100.00", day(3), "T1")
    bench.line("d2", "100.00", day(10), "T1")
    found = bench.ties()
    assert (found["r1"], found["r2"]) == (("matched", "trace", "d1"), ("matched", "trace", "d2"))


def test_a_returned_check_leaves_its_remittance_without_money_until_it_comes_again(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "C1", method="CHK")
    bench.line("d1", "100.00", day(6), "C1", "check")
    bench.line("back", "-100.00", day(9), "C1", "returned")
    found = bench.ties()
    assert found["back"] == ("returned", "bank", "d1")
    assert found["r1"] == ("open",)
    assert bench.remits[0].reason == "Its deposit was taken back by the bank."
    bench.line("d2", "100.00", day(20), "C1", "check")
    assert bench.ties()["r1"] == ("matched", "trace", "d2")


def test_a_returned_item_without_a_trace(bench: Bench) -> None:
    bench.line("d1", "80.00", day(6), method="check")
    bench.line("back", "-80.00", day(9), method="returned")
    bench.line("other", "-35.00", day(9), method="returned")
    found = bench.ties()
    assert (found["back"], found["other"]) == (("returned", "bank", "d1"), ("open",))


def test_a_remittance_that_pays_nothing_needs_no_deposit(bench: Bench) -> None:
    bench.remit("r1", "0.00", day(2), "T1", method="NON")
    assert bench.ties()["r1"] == ("no_money_due", None)


def test_patient_payments_by_day_and_method(bench: Bench) -> None:
    bench.paid("cash", "25.00", day(2))
    bench.paid("cash", "25.00", day(3))
    bench.paid("card", "80.00", day(2))
    bench.line("c1", "25.00", day(3), method="cash")
    bench.line("c2", "25.00", day(4), method="cash")
    bench.line("late", "80.00", day(9), method="card")
    found = bench.ties()
    assert (found["c1"], found["c2"]) == (("matched", "day", "2026-03-02|cash"), ("matched", "day", "2026-03-03|cash"))
    assert found["late"] == ("open",), "seven days are more than five"


def test_a_weekend_of_cash_and_a_day_of_cards(bench: Bench) -> None:
    bench.paid("cash", "25.00", day(6))
    bench.paid("cash", "10.00", day(7))
    bench.line("cash", "35.00", day(9), method="cash")
    bench.paid("card", "80.00", day(10))
    bench.paid("portal", "15.50", day(10))
    bench.line("cards", "95.50", day(11), method="card")
    found = bench.ties()
    assert found["cash"] == ("matched", "day", "2026-03-06|cash", "2026-03-07|cash")
    assert found["cards"] == ("matched", "day", "2026-03-10|card", "2026-03-10|portal")


def test_payments_at_the_visit_come_as_cash_or_as_the_bank_calls_them(bench: Bench) -> None:
    bench.paid("point_of_service", "25.00", day(2))
    bench.paid("point_of_service", "25.00", day(3))
    bench.paid("cash", "25.00", day(3))
    bench.line("c1", "25.00", day(3), method="other")
    bench.line("c2", "25.00", day(4), method="cash")
    found = bench.ties()
    # cash is the cash of 3 March; the other may be cash or the visit's, until the cash has gone its way
    assert found["c2"] == ("matched", "day", "2026-03-03|cash")
    assert found["c1"] == ("matched", "day", "2026-03-02|point_of_service")


def test_equal_amounts_by_several_methods_follow_the_order_of_days(bench: Bench) -> None:
    bench.paid("point_of_service", "25.00", day(2))
    bench.paid("portal", "25.00", day(3))
    bench.paid("point_of_service", "25.00", day(4))
    bench.line("c1", "25.00", day(3), method="card")
    bench.line("c2", "25.00", day(4), method="card")
    found = bench.ties()
    # the front desk's 25.00 of 4 March may still come
    assert found["c1"] == ("matched", "order", "2026-03-02|point_of_service")
    assert found["c2"] == ("matched", "order", "2026-03-03|portal")
    assert found["2026-03-04|point_of_service"] == ("open",)


def test_what_is_of_one_day_on_both_sides_is_one_match(bench: Bench) -> None:
    bench.paid("point_of_service", "25.00", day(2))
    bench.paid("portal", "25.00", day(2))
    bench.line("c1", "25.00", day(3), method="card")
    bench.line("c2", "25.00", day(3), method="card")
    assert bench.ties()["c1"] == ("matched", "order", "2026-03-02|point_of_service", "2026-03-02|portal", "c2")


@pytest.mark.parametrize(
    ("receipts", "lines"),
    [
        ((("point_of_service", 2), ("portal", 3)), ("card 5",)),  # which of them came?
        ((("point_of_service", 2), ("portal", 2)), ("card 3", "card 4")),  # which of them came first?
        ((("point_of_service", 2), ("portal", 3)), ("card 3", "card 3")),  # one of the 3rd on the 3rd, or both late?
        ((("point_of_service", 2), ("portal", 3)), ("card 3", "card 4", "card 5")),  # a line too many
        ((("point_of_service", 2), ("cash", 4)), ("other 5", "cash 6", "other 7")),  # methods in another order
    ],
)
def test_what_could_be_otherwise_is_left_for_a_person(
    bench: Bench, receipts: tuple[tuple[str, int], ...], lines: tuple[str, ...]
) -> None:
    for method, on in receipts:
        bench.paid(method, "25.00", day(on))
    for number, line in enumerate(lines):
        method, on = line.split()
        bench.line(f"{line} {number}", "25.00", day(int(on)), method=method)
    found = bench.ties()
    assert "order" not in {told[1] for told in found.values() if len(told) > 1}


def posted(bench: Bench, name: str, amount: str, on: date, trace: str = "", payer: str = "P") -> None:
    """A payment posted by hand, by check."""
    bench.remits.append(Posted(0, name, on, D(amount), trace, payer, "CHK"))


def test_posted_by_hand_before_or_after_its_deposit(bench: Bench) -> None:
    posted(bench, "p1", "40.00", day(12), "77")
    bench.line("d1", "40.00", day(6), "77", "check")
    posted(bench, "p2", "30.00", day(12))
    bench.line("d2", "30.00", day(6), "88", "check")
    posted(bench, "p3", "30.01", day(12), "99")
    bench.line("d3", "30.01", day(6), "98", "check")
    found = bench.ties()
    assert (found["p1"], found["p2"]) == (("matched", "trace", "d1"), ("matched", "amount", "d2"))
    assert found["p3"] == ("open",), "two numbers that differ are two checks"


def test_posted_by_hand_gives_way_to_the_remittance_of_its_number(bench: Bench) -> None:
    bench.remit("r1", "40.00", day(2), "77", method="CHK")
    posted(bench, "p1", "35.00", day(12), "77")
    posted(bench, "other payer", "10.00", day(12), "77", "Q")
    bench.line("d1", "40.00", day(6), "77", "check")
    bench.line("d2", "10.00", day(13), "77", "check")
    found = bench.ties()
    assert (found["p1"], found["d1"]) == (("in_remittance", "trace"), ("matched", "trace", "r1"))
    assert bench.remits[1].group.reason == "A remittance with this number is loaded and counts instead. It says 40.00."
    assert found["other payer"] == ("matched", "trace", "d2"), "another payer's check may have this number too"


def test_posted_by_hand_or_a_remittance_of_this_amount_is_left_for_a_person(bench: Bench) -> None:
    bench.remit("r1", "40.00", day(5), "77", method="CHK")
    posted(bench, "p1", "40.00", day(6))
    bench.line("d1", "40.00", day(8), method="check")
    assert set(bench.ties().values()) == {("open",)}


def test_what_is_posted_by_hand_is_no_part_of_a_deposit_of_remittances(bench: Bench) -> None:
    bench.remit("r1", "30.00", day(9), "T3", "P", "CHK")
    bench.remit("r2", "25.00", day(9), "T4", "Q", "CHK")
    posted(bench, "p1", "12.00", day(9), "5", "R")
    bench.line("d1", "55.00", day(12), method="lockbox")
    bench.remit("r3", "30.00", day(20), "T5", "P", "CHK")
    posted(bench, "p2", "7.00", day(20), "6", "R")
    bench.line("d2", "37.00", day(23), method="lockbox")
    found = bench.ties()
    assert found["d1"] == ("matched", "several", "r1", "r2")
    assert found["d2"] == ("matched", "several", "p2", "r3")
    group = bench.lines[1].group
    assert group is not None
    assert group.source == "posted"


def test_a_check_that_may_be_a_payer_or_patients_is_left_for_a_person(bench: Bench) -> None:
    bench.remit("r1", "60.00", day(2), "C1", method="CHK")
    bench.paid("check", "60.00", day(4))
    bench.line("d1", "60.00", day(5), method="check")
    assert set(bench.ties().values()) == {("open",)}


def test_a_person_puts_together_what_adds_up(bench: Bench) -> None:
    bench.remit("r1", "60.00", day(2), "C1", method="CHK")
    bench.paid("check", "60.00", day(4))
    bench.line("d1", "60.00", day(5), method="check")
    bench.decisions = [Decision("match", "the check is the payer's", frozenset({"d1"}), frozenset({"r1"}))]
    assert bench.ties()["d1"] == ("matched", "hand", "r1")


def test_a_person_explains_what_does_not_add_up(bench: Bench) -> None:
    bench.remit("r1", "100.00", day(2), "T1")
    bench.line("d1", "98.00", day(3), "T1")
    bench.line("rent", "700.00", day(3))
    bench.decisions = [
        Decision("match", "the bank kept a fee", frozenset({"d1"}), frozenset({"r1"})),
        Decision("match", "rent of the second floor", frozenset({"rent"})),
        Decision("match", "of a remittance that is not loaded", frozenset({"rent"}), frozenset({"gone"})),
    ]
    found = bench.ties()
    assert (found["d1"], found["rent"]) == (("explained", "hand", "r1"), ("explained", "hand"))


def test_one_bank_line_in_two_exports_counts_once_unless_a_person_says_so(bench: Bench) -> None:
    bench.line("d1", "50.00", day(3), method="cash")
    bench.line("d1", "50.00", day(3), method="cash")
    match(Office(bench.lines, [], []), [])
    assert [line.group and line.group.state for line in bench.lines] == [None, "repeated"]
    for line in bench.lines:
        line.group = None
    match(Office(bench.lines, [], []), [Decision("count", "two deposits", frozenset({"d1"}))])
    assert [(line.key, line.group) for line in bench.lines] == [("d1", None), ("d1#2", None)]


def entry(number: int, code: str, reference: str, amount: str, month: int = 3, payer: str = "P") -> Entry:
    return Entry(number, payer, day(1, month), code, reference, D(amount))


def test_provider_level_entries_land() -> None:
    entries = [
        entry(1, "FB", "", "-30.00"),
        entry(2, "FB", "", "30.00", 4),
        entry(3, "FB", "", "12.00", 4),
        entry(4, "WO", "ACCT7PCN9", "40.00"),
        entry(5, "WO", "PCN9", "-15.00"),
        entry(6, "WO", "PCN9", "15.00", 4),
        entry(7, "L6", "PCN9", "-1.25"),
        entry(8, "CS", "NOTHING", "3.00"),
        entry(9, "WO", "PCN9", "5.00", payer="Q"),
    ]
    asked: set[str] = set()

    def find(texts):
        asked.update(texts)
        return {"PCN9": [(77, "P", day(1, 2)), (78, "P", day(1, 5))], "ACCT7": [(76, "P", day(1, 1))]}

    found = {one.entry_id: one for one in land(entries, find)}
    assert [found[number].state for number in range(1, 10)] == [
        "netted",
        "netted",
        "unallocated",
        "on_claim",
        "netted",
        "netted",
        "provider_level",
        "unallocated",
        "unallocated",
    ]
    assert found[1].net_no == found[2].net_no != found[5].net_no == found[6].net_no
    assert found[4].claim_payment_id == 76  # the longer number in the reference
    assert {"ACCT7PCN9", "ACCT7", "PCN9"} <= asked
