"""What the team did and brought, worked by hand on the small office."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, select

from data_access.engine import write
from data_access.queries import aging, backlog, scoring, team, worklist
from data_access.queries.table import page
from data_access.schema import account, claim, ledger_entry
from data_access.work import activities, people, plans
from data_access.work.office import Office
from tests.posting.facts import day
from tests.queries.office import filters, money

TODAY = day(6, 30)
YEAR = {"date_from": day(1, 1), "date_to": TODAY}


def figures(engine: Engine) -> dict[str, dict[str, Any]]:
    frame = page(engine, team.table(filters(**YEAR), TODAY)).frame
    return {row["name"]: row for row in frame.to_dict("records")}


def test_the_work_of_two(office: Engine) -> None:
    one, two = people.add(office, "Synthetic One"), people.add(office, "Synthetic Two")
    with office.connect() as connection:
        of = {row.account_number: row.account_id for row in connection.execute(select(account))}
        denied = connection.scalar(select(claim.c.claim_id).where(claim.c.account_number == "C"))

    def record(who: int, number: str, on, **entry: Any) -> int:
        return activities.record(office, of[number], who, [entry], day=on).ids[0]

    def contact(who: int, number: str, on) -> int:
        step = {"next_step": "Wait", "next_on": on}
        entry = {"kind": "contact", "method": "payer_call", "spoke_to": "line", "outcome": "will_pay"}
        return record(who, number, on, **entry, **step)

    # A: 60.00 on 1 February within 30 days of both contacts: it follows the later one, of Two
    contact(one, "A", day(1, 10))
    contact(two, "A", day(1, 20))
    # F: the insurer's 120.00 on 10 March is 31 days after 7 February; the patient's 25.00 came before
    contact(one, "F", day(2, 7))
    activities.undo(office, contact(one, "G", day(6, 20)), one)
    # kept: 5.00 paid on 1 March; not kept: nothing paid; not due yet
    record(two, "A", day(2, 20), kind="promise", amount=money("5"), due_on=day(2, 27))
    record(two, "E", day(6, 1), kind="promise", amount=money("10"), due_on=day(6, 5))
    record(two, "E", day(6, 28), kind="promise", amount=money("10"), due_on=day(6, 29))
    record(one, "C", day(5, 1), kind="appeal", claim_id=denied, level=1, state="submitted")
    for number in "BC":
        record(one, number, TODAY, kind="assign", to_person_id=one)
    record(one, "B", day(6, 16), kind="note", note="a note is no touch")
    found = figures(office)
    names = ("accounts", "balance", "untouched_30", "touches", "accounts_touched", "promises", "promises_due")
    names += ("promises_kept", "appeals", "appeals_won", "cash")
    assert [found["Synthetic One"][name] for name in names] == [2, 500, 2, 2, 2, 0, 0, 0, 1, 0, 0]
    assert [found["Synthetic Two"][name] for name in names] == [0, 0, 0, 1, 1, 3, 2, 1, 0, 0, 60]
    assert [found[f"Synthetic {name}"]["cash_per_touch"] for name in ("One", "Two")] == [money("0.00"), money("60.00")]
    together = team.whole(office, filters(**YEAR), TODAY)
    assert [together[name] for name in names] == [2, 500, 2, 3, 3, 3, 2, 1, 1, 0, 60]
    # of the backlog One holds B and C; due since are A by its first promise, E by its last, F by its contact
    left = {row["bucket"]: row for row in page(office, backlog.table(filters(), TODAY)).frame.to_dict("records")}
    assert {name: row["unassigned"] for name, row in left.items()} == {"0-30": 1, "61-90": 1, "91-120": 0, "121-180": 3}
    assert left["0-30"]["unassigned_balance"] == money("50.00")
    assert left["121-180"]["due"] == 3


def test_instalments_of_a_plan_count_until_it_is_taken_back(office: Engine) -> None:
    who = people.add(office, "Synthetic One")
    with office.connect() as connection:
        of = {row.account_number: row.account_id for row in connection.execute(select(account))}
    # three of 5.00 from 1 March, the day A paid 5.00: the first is kept, the second due and not
    entries = plans.entries(money("15.00"), 3, day(3, 1), Office(smallest_instalment=money("1")))
    done = activities.record(office, of["A"], who, entries, day=day(3, 1))
    seen = page(office, team.table(filters(**YEAR), day(4, 20))).frame.to_dict("records")[0]
    assert [seen[name] for name in ("promises", "promises_due", "promises_kept")] == [3, 2, 1]
    # before the second was over the patient promised anew: what was open of the plan is not due any more
    anew = {"kind": "promise", "amount": money("10"), "due_on": day(5, 1)}
    again = activities.record(office, of["A"], who, [anew], day=day(4, 4))
    seen = page(office, team.table(filters(**YEAR), day(4, 20))).frame.to_dict("records")[0]
    assert [seen[name] for name in ("promises", "promises_due", "promises_kept")] == [4, 1, 1]
    activities.undo(office, again.ids[0], who)
    seen = page(office, team.table(filters(**YEAR), day(4, 20))).frame.to_dict("records")[0]
    assert [seen[name] for name in ("promises", "promises_due", "promises_kept")] == [3, 2, 1]
    activities.undo(office, done.ids[0], who)
    assert figures(office)["Synthetic One"]["promises"] == 0


def test_cash_a_contact_is_to_the_cent_half_up(office: Engine) -> None:
    who = people.add(office, "Synthetic One")
    with office.connect() as connection:
        of = {row.account_number: row.account_id for row in connection.execute(select(account))}
    entry = {"kind": "contact", "method": "payer_call", "spoke_to": "line", "outcome": "will_pay"}
    for on in (day(1, 10), day(1, 20)):
        activities.record(office, of["A"], who, [entry | {"next_step": "Wait", "next_on": on}], day=on)
    with write(office) as connection:  # instead of 60.00 on 1 February
        came = ledger_entry.update().where(ledger_entry.c.account_id == of["A"])
        connection.execute(came.where(ledger_entry.c.posted_on == day(2, 1)).values(amount=money("-2.01")))
    found = figures(office)["Synthetic One"]
    assert (found["touches"], found["cash"], found["cash_per_touch"]) == (2, money("2.01"), money("1.01"))


def test_the_backlog_by_age_is_agings_total(office: Engine) -> None:
    found = page(office, backlog.table(filters(), TODAY))
    rows = [(row["bucket"], row["accounts"], row["balance"]) for row in found.frame.to_dict("records")]
    # B and D; G; C; A, E and the credit of F
    assert rows == [
        ("0-30", 2, money("250.00")),
        ("61-90", 1, money("250.00")),
        ("91-120", 1, money("300.00")),
        ("121-180", 3, money("40.00")),
    ]
    assert found.totals["balance"] == sum(aging.buckets(office, filters())["balance"])
    assert found.totals["unassigned_balance"] == found.totals["balance"]


def test_due_today_is_what_the_worklist_shows_under_that_name(office: Engine) -> None:
    one = people.add(office, "Synthetic One")
    with office.begin() as connection:
        of = {row.account_number: row.account_id for row in connection.execute(select(account))}
        for number in "GC":  # the reminder of seven days
            limited = account.update().where(account.c.account_id == of[number])
            connection.execute(limited.values(appeal_deadline=day(7, 7)))

    def record(number: str, on: date, **entry: Any) -> None:
        activities.record(office, of[number], one, [entry], day=on)

    def due() -> tuple[dict[str, int], int]:
        found = page(office, backlog.table(filters(), TODAY)).frame.to_dict("records")
        by_age = {row["bucket"]: row["due"] for row in found if row["due"]}
        shown = page(office, worklist.table(filters(), scoring.Desk(TODAY), "due")).total_rows
        assert sum(by_age.values()) == shown
        return by_age, figures(office)["Synthetic One"]["due"]

    contact = {"kind": "contact", "method": "payer_call", "spoke_to": "line", "outcome": "in_process"}
    record("B", day(6, 10), **contact, next_step="Call", next_on=TODAY)
    record("C", TODAY, kind="hold", topic="dispute")
    record("D", day(6, 25), **contact, next_step="Call", next_on=TODAY)
    record("D", day(6, 26), kind="pend", until=day(7, 1))
    for number in "BCDG":
        record(number, TODAY, kind="assign", to_person_id=one)
    # B by its next step, G by its deadline; C is on hold and D rests
    assert due() == ({"0-30": 1, "61-90": 1}, 2)
    record("G", TODAY, **contact, next_step="Call", next_on=day(7, 2))
    assert due() == ({"0-30": 1}, 1)


def test_an_account_is_untouched_no_longer_than_it_is_open(office: Engine) -> None:
    one = people.add(office, "Synthetic One")
    with office.connect() as connection:
        of = {row.account_number: row.account_id for row in connection.execute(select(account))}
    for number in "BDG":
        entry = {"kind": "assign", "to_person_id": one}
        activities.record(office, of[number], one, [entry], day=day(6, 20))

    def untouched(today: date) -> dict[str, int]:
        found = page(office, backlog.table(filters(as_of=today), today)).frame.to_dict("records")
        return {row["bucket"]: row["untouched"] for row in found}

    def held(today: date) -> list[int]:
        (row,) = page(office, team.table(filters(**YEAR), today)).frame.to_dict("records")
        return [row[name] for name in ("accounts", "untouched_14", "untouched_30")]

    # B was sent on 31 May: 29 and 30 days; D is of 20 June; all others are older, and nobody touched any
    assert untouched(day(6, 29)) == {"0-30": 0, "61-90": 1, "91-120": 1, "121-180": 3}
    assert untouched(TODAY) == {"0-30": 1, "61-90": 1, "91-120": 1, "121-180": 3}
    assert held(day(6, 29)) == [3, 2, 1]
    assert held(TODAY) == [3, 2, 2]
    entry = {"kind": "contact", "method": "payer_call", "spoke_to": "line", "outcome": "will_pay"}
    for number, on in (("G", day(5, 31)), ("C", day(6, 1))):  # 30 days ago, and 29
        activities.record(office, of[number], one, [entry | {"next_step": "Wait", "next_on": on}], day=on)
    assert untouched(TODAY) == {"0-30": 1, "61-90": 1, "91-120": 0, "121-180": 3}


def test_nobody_works_here_yet(office: Engine) -> None:
    found = page(office, team.table(filters(), TODAY))
    assert (found.total_rows, found.totals["cash"]) == (0, Decimal(0))
    assert set(team.whole(office, filters(), TODAY).values()) == {Decimal(0)}
