"""Ways to pay: every schedule is its balance to the cent, within the rules; payments decide what became of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from data_access.check import check
from data_access.work import activities, office, people, plans
from data_access.work.office import BadSetting, Office
from data_access.work.promises import promises

TODAY = date(2026, 6, 30)
RULES = Office(smallest_instalment=Decimal("25.00"), longest_months=12)


def money(text: str) -> Decimal:
    return Decimal(text)


def test_a_schedule_by_hand() -> None:
    assert plans.schedule(money("100.00"), 3, date(2026, 1, 31)) == [
        (date(2026, 1, 31), money("33.33")),
        (date(2026, 2, 28), money("33.33")),
        (date(2026, 3, 31), money("33.34")),
    ]


@given(st.integers(1, 10_000_000), st.integers(2, 60), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_instalments_add_up_to_the_balance(cents: int, months: int, first: date) -> None:
    balance = Decimal(cents) / 100
    found = plans.schedule(balance, months, first)
    assert sum(amount for _, amount in found) == balance
    days = [day for day, _ in found]
    assert len(set(days)) == months and days == sorted(days) and days[0] == first


def test_only_lengths_within_the_rules_are_offered() -> None:
    assert plans.lengths(money("100.00"), RULES) == [2, 3]  # six of 16.67 are too small
    assert plans.lengths(money("600.00"), RULES) == [2, 3, 6, 9, 12]  # never longer than 12
    assert plans.lengths(money("49.99"), RULES) == []
    with pytest.raises(plans.OutsideTheRules, match=r"at least \$25"):
        plans.entries(money("100.00"), 6, TODAY, RULES)
    with pytest.raises(plans.OutsideTheRules, match="12 months"):
        plans.entries(money("6000.00"), 18, TODAY, RULES)


def test_the_discount_for_paying_at_once_is_rounded_to_the_cent() -> None:
    found = plans.pay_now(money("100.10"), replace(RULES, prompt_pay_percent=money("5"), prompt_pay_days=10), TODAY)
    assert (found.amount, found.discount, found.due_on) == (money("95.09"), money("5.01"), date(2026, 7, 10))
    assert plans.pay_now(money("100.10"), RULES, TODAY).discount == 0


def pays(*parts: tuple[date, str]) -> list[dict]:
    return [{"entry_type": "patient_payment", "posted_on": day, "amount": -money(amount)} for day, amount in parts]


def states(engine: Engine, ledger: list[dict], today: date) -> list[tuple[str, Decimal]]:
    return [(one.state, one.paid) for one in promises(activities.history(engine, 7), ledger, today)]


@pytest.fixture
def rep(engine: Engine) -> int:
    return people.add(engine, "Synthetic Rep")


def test_a_promise_is_kept_broken_or_part_by_what_was_paid(engine: Engine, rep: int) -> None:
    promise = {"kind": "promise", "amount": money("50.00"), "due_on": date(2026, 7, 10)}
    activities.record(engine, 7, rep, [promise], day=TODAY)
    assert states(engine, [], date(2026, 7, 13)) == [("open", 0)]
    assert states(engine, [], date(2026, 7, 14)) == [("broken", 0)]
    before, in_grace, late = date(2026, 6, 29), date(2026, 7, 13), date(2026, 7, 14)
    assert states(engine, pays((before, "50.00"), (late, "50.00")), late) == [("broken", 0)]
    assert states(engine, pays((in_grace, "20.00")), late) == [("part", money("20.00"))]
    assert states(engine, pays((TODAY, "20.00"), (in_grace, "40.00")), late) == [("kept", money("50.00"))]


def test_a_second_promise_replaces_what_is_open_of_the_first(engine: Engine, rep: int) -> None:
    first = {"kind": "promise", "amount": money("50.00"), "due_on": date(2026, 7, 10)}
    activities.record(engine, 7, rep, [first], day=TODAY)
    second = activities.record(engine, 7, rep, [first | {"due_on": date(2026, 7, 20)}], day=date(2026, 7, 8))
    later = date(2026, 7, 30)
    assert states(engine, [], date(2026, 7, 9)) == [("replaced", 0), ("open", 0)]
    # 20.00 before it was replaced, 50.00 after: that is of the second
    ledger = pays((date(2026, 7, 7), "20.00"), (date(2026, 7, 8), "50.00"))
    assert states(engine, ledger, later) == [("replaced", money("20.00")), ("kept", money("50.00"))]
    assert states(engine, pays((date(2026, 7, 7), "50.00")), later) == [("kept", money("50.00")), ("broken", 0)]
    activities.undo(engine, second.ids[0], rep)
    assert states(engine, [], later) == [("broken", 0)]
    activities.record(engine, 7, rep, [first | {"due_on": date(2026, 8, 9)}], day=date(2026, 7, 14))
    assert states(engine, [], later) == [("broken", 0), ("open", 0)], "it was over when the next was made"
    activities.record(engine, 7, rep, plans.entries(money("50.00"), 2, date(2026, 9, 1), RULES), day=date(2026, 8, 1))
    assert [state for state, _ in states(engine, [], later)] == ["broken", "replaced", "open", "open"]


@pytest.mark.parametrize("amount", ["0", "-5", "458.001", "1000000000"])
def test_no_promise_of_an_amount_that_nobody_pays(engine: Engine, rep: int, amount: str) -> None:
    promise = {"kind": "promise", "amount": money(amount), "due_on": TODAY}
    with pytest.raises(activities.Incomplete, match="amount"):
        activities.record(engine, 7, rep, [promise], day=TODAY)


def test_a_plan_promises_its_instalments_and_is_taken_back_as_a_whole(engine: Engine, rep: int) -> None:
    entries = plans.entries(money("100.00"), 3, date(2026, 7, 10), RULES)
    done = activities.record(engine, 7, rep, entries, day=TODAY)
    assert len(done.ids) == 4
    assert (done.state.promise_id, done.state.instalments) == (done.ids[0], 3)
    assert (done.state.promise_amount, done.state.promise_due_on) == (money("100.00"), date(2026, 9, 10))
    # 40.00 fills the first instalment of 33.33 and 6.67 of the second
    ledger = pays((date(2026, 7, 8), "40.00"))
    assert states(engine, ledger, date(2026, 8, 20)) == [
        ("kept", money("33.33")),
        ("part", money("6.67")),
        ("open", money("0.00")),
    ]
    with pytest.raises(activities.Incomplete, match="take the plan back"):
        activities.undo(engine, done.ids[1], rep)
    after = activities.undo(engine, done.ids[0], rep).state
    assert (after.promise_id, after.instalments) == (None, None)
    assert states(engine, ledger, date(2026, 8, 20)) == []
    assert [row["undone"] for row in activities.history(engine, 7)] == [False, True, True, True, True]
    assert [finding for finding in check(engine) if not finding.ok] == []


def test_settings_are_kept_exactly(engine: Engine) -> None:
    assert office.office(engine) == Office()
    wanted = Office(
        name="Synthetic Clinic",
        street="1 Synthetic Way",
        place="Exampleville, KS 66002",
        cycle_days=(21, 45),
        smallest_statement=money("9.99"),
        prompt_pay_percent=money("2.50"),
        nonprofit=True,
    )
    office.set_office(engine, wanted)
    assert office.office(engine) == wanted


@pytest.mark.parametrize(
    "wrong",
    [
        {"cycle_days": ()},
        {"cycle_days": (60, 30)},
        {"cycle_days": (0, 30)},
        {"smallest_instalment": Decimal(0)},
        {"longest_months": 1},
        {"prompt_pay_percent": Decimal(100)},
        {"prompt_pay_days": 0},
    ],
)
def test_settings_that_make_no_sense_change_nothing(engine: Engine, wrong: dict) -> None:
    with pytest.raises(BadSetting):
        office.set_office(engine, replace(Office(), **wrong))
    assert office.office(engine) == Office()


@pytest.mark.parametrize("text", ["", "x", "nan", "1e30", "--5", "12,50", "1.234,50", "12.345"])
def test_amounts_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="Smallest"):
        office.amount_from(text, "Smallest")


def test_amounts_and_days_as_people_write_them() -> None:
    assert office.amount_from(" $1,234.5 ", "it") == money("1234.50")
    assert office.days_from("30, 60,90") == (30, 60, 90)
    with pytest.raises(BadSetting):
        office.days_from("30, soon")
