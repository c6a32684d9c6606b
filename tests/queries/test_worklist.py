"""The order of the worklist, worked by hand on the small office; its totals are those of Aging."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select, update

from data_access import export
from data_access.queries import aging, scoring, worklist
from data_access.queries.account import load_account
from data_access.queries.account_lines import adjusted
from data_access.queries.explain import explain
from data_access.queries.scoring import Desk
from data_access.queries.table import page
from data_access.schema import account, collect_rate
from data_access.work import activities, plans
from data_access.work.office import Office
from tests.posting.facts import day
from tests.queries.desk import CONTACT, TODAY, account_of, done, rows
from tests.queries.office import OKAFOR, filters, money

pytestmark = pytest.mark.usefixtures("known_accounts")


def test_weights_that_somebody_changes_afterwards_change_no_desk(office: Engine) -> None:
    given = dict(scoring.WEIGHTS)
    usual = Desk(TODAY, None, given)
    before = rows(office, usual)
    given.update(zip(scoring.WEIGHTS, reversed(scoring.WEIGHTS.values()), strict=True))
    assert dict(usual.weights) == scoring.WEIGHTS != given
    assert rows(office, Desk(TODAY, None, given)) != before
    assert rows(office, usual) == before


def points(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(row[f"{part}_points"]) for part in scoring.WEIGHTS)


# amount, likelihood, deadline, promise, silence, touch, answer
UNTOUCHED = {
    "B": (2, 12, 0, 0, 10, 7, 0),  # 80.00 of 200.00 usually collected: 10 % of 25, 85 % of 15; silent for 30 - 29 days
    "C": (6, 12, 0, 0, 0, 7, 0),  # 120.00 of 300.00: 25 % of 25
    "G": (6, 12, 0, 0, 0, 7, 0),  # 100.00 of 250.00
    "D": (0, 12, 0, 0, 0, 7, 0),  # 20.00 of 50.00
    "A": (0, 4, 0, 0, 0, 7, 0),  # 1.50 of 15.00: 30 % of 15
    "E": (0, 4, 0, 0, 0, 7, 0),  # 5.00 of 50.00
    "F": (2, 0, 0, 0, 0, 7, 0),  # 25.00 to be given back
}


def test_seven_accounts_nobody_touched(office: Engine, desk: Desk) -> None:
    found = rows(office, desk)
    assert {number: points(row) for number, row in found.items()} == UNTOUCHED
    # C before G and E before A: the same score, the larger balance first
    assert list(found) == ["B", "C", "G", "D", "E", "A", "F"]
    assert scoring.reasons(found["B"]) == [
        "40 % usually collected",
        "payer 1 day over its usual time",
        "never touched",
    ]
    written = io.StringIO(newline="")
    manifest = export.write_csv(office, worklist.table(filters(), desk), filters(), written)
    assert manifest.columns[:3] == ["score", "why", "account_number"]
    lines = list(csv.DictReader(io.StringIO(written.getvalue(), newline="")))
    assert [(line["account_number"], line["why"]) for line in lines][:2] == [
        ("B", "40 % usually collected, payer 1 day over its usual time, never touched"),
        ("C", "40 % usually collected, never touched, $120 collectible"),
    ]
    assert scoring.why(found["F"]) == "never touched, $25 in credit"


def test_what_was_done_and_what_came_since_changes_the_score(office: Engine, desk: Desk) -> None:
    with office.begin() as connection:
        of = {number: account.c.account_id == account_of(number) for number in "CG"}
        connection.execute(update(account).where(of["G"]).values(appeal_deadline=TODAY + timedelta(days=7)))
        connection.execute(update(account).where(of["C"]).values(last_remit_on=day(6, 20)))
    done(office, "B", desk, day(6, 10), **CONTACT)  # 20 days ago: half the points
    done(office, "C", desk, day(6, 1), **CONTACT)  # 29 days ago; answered since
    done(office, "E", desk, day(6, 1), kind="promise", amount=money("20"), due_on=day(6, 15))  # nothing was paid
    done(office, "A", desk, day(3, 1), kind="promise", amount=money("5"), due_on=day(3, 10))  # 5.00 paid that day
    found = rows(office, desk)
    assert {number: points(found[number]) for number in "BCGEA"} == {
        "B": (2, 12, 0, 0, 10, 3, 0),
        "C": (6, 12, 0, 0, 0, 3, 5),
        "G": (6, 12, 18, 0, 0, 7, 0),
        "E": (0, 4, 0, 8, 0, 7, 0),
        "A": (0, 4, 0, 0, 0, 7, 0),
    }
    assert list(found)[0] == "G"
    assert "7 days left to appeal" in scoring.reasons(found["G"])
    assert list(rows(office, desk, "promises")) == ["E"]
    assert list(rows(office, desk, "deadlines")) == ["G"]
    # next: B and C are due today, E since its promise's day, A since its own; G by the reminder of seven days
    assert set(rows(office, desk, "due")) == {"A", "B", "C", "E", "G"}


def test_a_promise_is_broken_only_after_its_grace_and_part_payment_breaks_it(office: Engine, desk: Desk) -> None:
    done(office, "A", desk, day(2, 20), kind="promise", amount=money("6"), due_on=day(2, 28))  # 5.00 came on 1 March
    for today, broken in ((day(3, 3), False), (day(3, 4), True)):
        assert (list(rows(office, Desk(today, None), "promises")) == ["A"]) is broken


def test_nobody_promises_more_than_the_patient_owes(office: Engine, desk: Desk) -> None:
    promise = {"kind": "promise", "due_on": TODAY}
    for number, owes in (("A", "15.00"), ("B", "0.00")):  # of B the insurer owes 200.00
        with pytest.raises(activities.Incomplete, match=rf"The patient owes \${owes}"):
            done(office, number, desk, TODAY, amount=money(owes) + money("0.01"), **promise)
    with pytest.raises(activities.Incomplete, match=r"owes \$15.00: a plan"):
        entries = plans.entries(money("60.00"), 2, TODAY, Office())
        activities.record(office, account_of("A"), desk.person_id or 0, entries, day=TODAY)
    assert activities.history(office, account_of("A")) == []
    done(office, "A", desk, TODAY, amount=money("15.00"), **promise)


def test_views_and_counts(office: Engine, desk: Desk) -> None:
    done(office, "B", desk, TODAY, kind="assign", to_person_id=desk.person_id)
    done(office, "C", desk, TODAY, kind="hold", topic="dispute")
    done(office, "D", desk, TODAY, kind="pend", until=TODAY + timedelta(days=1))
    wanted = {"mine": "BD", "unassigned": "AEFG", "denials": "G", "silent": "B", "credits": "F", "patients": "AE"}
    for view, numbers in wanted.items():
        assert "".join(sorted(rows(office, desk, view))) == numbers
    counts = worklist.counts(office, filters(), desk)
    assert counts == {view: len(rows(office, desk, view)) for view in worklist.VIEWS}
    assert "D" in rows(office, Desk(TODAY + timedelta(days=1), desk.person_id), "due")


def test_what_was_routed_to_its_cause_says_so_until_that_is_taken_back(office: Engine, desk: Desk) -> None:
    done(office, "G", desk, TODAY, kind="route", topic="authorization", note="Ask for one after the fact")
    assert rows(office, desk)["G"]["routed_to"] == "authorization"
    (routed,) = activities.history(office, account_of("G"))
    activities.undo(office, routed["activity_id"], desk.person_id or 0)
    assert pd.isna(rows(office, desk)["G"]["routed_to"])


def test_what_rests_comes_back_to_who_put_it_aside(office: Engine, desk: Desk) -> None:
    until = TODAY + timedelta(days=3)
    done(office, "B", desk, TODAY, kind="pend", until=until)
    later = replace(desk, today=until)
    assert "B" not in rows(office, desk, "due")
    assert "B" in rows(office, later, "due") and "B" in rows(office, later, "mine")
    (rests,) = activities.history(office, account_of("B"))
    activities.undo(office, rests["activity_id"], desk.person_id or 0)
    assert "B" not in rows(office, later, "due") and "B" not in rows(office, later, "mine")


def test_totals_are_those_of_aging(office: Engine, desk: Desk) -> None:
    for period in (filters(), filters(as_of=day(4, 1)), filters(provider_ids=(OKAFOR,))):
        found = page(office, worklist.table(period, desk))
        assert found.totals["balance"] == sum(aging.buckets(office, period)["balance"], Decimal(0))


def test_next_and_previous_follow_the_order(office: Engine, desk: Desk) -> None:
    order = [account_of(number) for number in rows(office, desk)]
    assert worklist.next_after(office, filters(), desk, "all", order[0]) == (order[1], 2)
    assert worklist.next_after(office, filters(), desk, "all", order[1], -1) == (order[0], 1)
    assert worklist.next_after(office, filters(), desk, "all", order[-1]) is None
    assert worklist.next_after(office, filters(), desk, "all", order[0], -1) is None
    assert worklist.next_after(office, filters(), desk, "credits", order[0]) == (account_of("F"), 1)
    assert worklist.next_after(office, filters(), desk, "promises", order[0]) is None
    assert worklist.minutes(office, filters(), desk, "all", 3) == dict(zip(order[:3], (12, 20, 20), strict=True))


@pytest.mark.parametrize("sort", [("balance", False), ("payer", True), ("no such", True)])
def test_next_and_previous_follow_the_sort_of_the_list(office: Engine, desk: Desk, sort: tuple[str, bool]) -> None:
    order = [int(number) for number in worklist.look(office, filters(), desk, sort=sort)[0].frame["account_id"]]
    assert sort[0] == "no such" or order != [account_of(number) for number in rows(office, desk)]
    for place, (one, following) in enumerate(pairwise(order), 1):
        assert worklist.next_after(office, filters(), desk, "all", one, sort=sort) == (following, place + 1)
        assert worklist.next_after(office, filters(), desk, "all", following, -1, sort=sort) == (one, place)


def test_after_one_was_worked_comes_what_stood_after_it(office: Engine, desk: Desk) -> None:
    order = [account_of(number) for number in "BCGDEAF"]
    done(office, "C", desk, TODAY, **CONTACT)  # scores 18 now, D 19: the order is B G D C E A F
    assert list(rows(office, desk)) == list("BGDCEAF")
    assert worklist.next_after(office, filters(), desk, "all", order[1], at=2) == (order[2], 2)
    assert worklist.next_after(office, filters(), desk, "all", order[1], -1, at=2) == (order[0], 1)
    for number in "DF":  # out of the view by being given to somebody
        done(office, number, desk, TODAY, kind="assign", to_person_id=desk.person_id)
    assert worklist.next_after(office, filters(), desk, "unassigned", order[3], at=4) == (order[4], 4)
    assert worklist.next_after(office, filters(), desk, "unassigned", order[3], -1, at=4) == (order[1], 3)
    assert worklist.next_after(office, filters(), desk, "unassigned", order[6], at=7) is None, "the last one was worked"
    assert worklist.next_after(office, filters(), desk, "unassigned", order[6], -1, at=7) == (order[5], 5)


def test_one_account_shows_the_sum_of_its_score(office: Engine, desk: Desk) -> None:
    row = worklist.one(office, filters(), desk, account_of("B"))
    assert row is not None
    assert (row["score"], points(row)) == (31, UNTOUCHED["B"])
    assert worklist.one(office, filters(), desk, 1) is None


def test_the_rates_behind_a_likelihood_are_shown(office: Engine, desk: Desk) -> None:
    (seen,) = scoring.observed(office, filters(), account_of("B"))
    assert (seen.side, seen.balance, seen.rate) == ("insurance", money("200.00"), Decimal("0.4"))
    assert (seen.cases, seen.level) == (100, "office")
    assert scoring.observed(office, filters(), account_of("F")) == [], "a credit is not collected"


def test_weights_are_the_offices_own(office: Engine, desk: Desk) -> None:
    assert scoring.weights(office) == scoring.WEIGHTS
    chosen = dict.fromkeys(scoring.WEIGHTS, 0) | {"amount": 60, "touch": 40}
    scoring.set_weights(office, chosen)
    assert scoring.weights(office) == chosen
    weighed = Desk(TODAY, None, scoring.weights(office))
    assert points(rows(office, weighed)["C"]) == (15, 0, 0, 0, 0, 40, 0)
    for wrong in (chosen | {"touch": 41}, {"amount": 100}, chosen | {"amount": 101, "touch": -1}):
        with pytest.raises(ValueError, match="add up to 100"):
            scoring.set_weights(office, wrong)
    assert scoring.weights(office) == chosen


@pytest.mark.parametrize("number", list("ABCDEFG"))
def test_every_balance_is_explained_to_the_cent(office: Engine, number: str) -> None:
    found = load_account(office, account_of(number))
    lines = explain(found.head, found.ledger.to_dict("records"), adjusted(office, found).to_dict("records"))
    assert lines[-1].amount == found.head["patient_balance"]
    assert sum(line.amount for line in lines if not line.total) == lines[-1].amount


def test_a_balance_in_the_patients_words(office: Engine) -> None:
    found = load_account(office, account_of("A"))
    shares = pd.DataFrame([{"group_code": "PR", "carc": "1", "amount": money("20.00")}])
    said = [
        (line.words, line.amount)
        for line in explain(found.head, found.ledger.to_dict("records"), shares.to_dict("records"))
    ]
    assert said == [
        ("The visit was charged", money("100.00")),
        ("Your insurance's contract with us took off", money("-20.00")),
        ("Your insurance paid", money("-60.00")),
        ("Your share (your deductible $20.00)", money("20.00")),
        ("You paid", money("-5.00")),
        ("Left for you to pay", money("15.00")),
    ]


def test_what_is_usually_collected_is_observed(office: Engine) -> None:
    """Looking back from the newest posting, 15 June: 16 March and 15 December; too few cases for any finer group."""
    with office.connect() as connection:
        found = {row.side: row for row in connection.execute(select(collect_rate))}
    # on 16 March C 300 and on 15 September, 15 December nothing; no insurer paid in the 91 days after
    assert (found["insurance"].rate, found["insurance"].cases, found["insurance"].level) == (0, 1, "office")
    # on 16 March A 15 and E 80 were the patients'; nothing was paid until 15 June
    assert (found["patient"].rate, found["patient"].cases) == (0, 2)


def test_a_plan_is_broken_by_its_first_missed_instalment_and_mended_by_payments(office: Engine, desk: Desk) -> None:
    # A paid 5.00 on 1 March: the first instalment of 5.00 was met, the second, of 5.00 by 1 April, was not
    made = day(3, 1)
    rules = Office(smallest_instalment=money("1"))
    entries = plans.entries(money("15.00"), 3, made, rules)
    activities.record(office, account_of("A"), desk.person_id or 0, entries, day=made)
    assert list(rows(office, replace(desk, today=day(4, 4)), "promises")) == []
    assert list(rows(office, replace(desk, today=day(4, 5)), "promises")) == ["A"]
    (plan, *_) = reversed(activities.history(office, account_of("A")))
    activities.undo(office, plan["activity_id"], desk.person_id or 0)
    assert list(rows(office, desk, "promises")) == []


@pytest.mark.parametrize("sort", [None, ("balance", False), ("payer", True), ("next_step", True), ("no such", True)])
def test_pages_hold_every_account_once_in_any_order(office: Engine, desk: Desk, sort: tuple[str, bool] | None) -> None:
    whole = page(office, worklist.table(filters(), desk).without_phi, sort=sort)
    seen: list[str] = []
    for offset in range(0, 9, 3):
        found, counts = worklist.look(office, filters(), desk, limit=3, offset=offset, sort=sort)
        assert (found.total_rows, found.totals, counts["all"]) == (7, whole.totals, 7)
        seen += list(found.frame["account_number"])
    assert seen == list(whole.frame["account_number"])


def test_filters_that_match_nothing_leave_every_view_empty(office: Engine, desk: Desk) -> None:
    found, counts = worklist.look(office, filters(departments=("No such",)), desk)
    assert (found.total_rows, found.totals["balance"], set(counts.values())) == (0, 0, {0})
