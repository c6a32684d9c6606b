"""What was done is only ever added to, survives company, and always replays to the state that is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select

from data_access.check import check
from data_access.engine import open_engine, write
from data_access.work import activities, documents, entries, people, presence, several
from data_access.work.tables import activity, work_state

TODAY = date(2026, 6, 30)
CALL = {
    "kind": "contact",
    "method": "payer_call",
    "spoke_to": "provider line",
    "outcome": "in_process",
    "next_step": "Call again",
    "next_on": TODAY + timedelta(days=7),
}
PATIENT_CALL = CALL | {"method": "call", "spoke_to": "patient", "outcome": "no_answer"}


@pytest.fixture
def rep(engine: Engine) -> int:
    """Somebody who works here."""
    return people.add(engine, "Synthetic Rep")


def record(engine: Engine, rep: int, *entries: dict, account: int = 7, **options) -> activities.Recorded:
    return activities.record(engine, account, rep, entries, **({"day": TODAY} | options))


def sound(engine: Engine) -> bool:
    return all(finding.ok for finding in check(engine))


def test_a_contact_counts_as_a_touch_and_sets_the_next_step(engine: Engine, rep: int) -> None:
    done = record(engine, rep, CALL)
    assert (done.state.touches, done.state.last_touch_on) == (1, TODAY)
    assert (done.state.next_step, done.state.follow_up_on) == ("Call again", TODAY + timedelta(days=7))
    with engine.connect() as connection:
        kept = connection.execute(select(work_state)).mappings().one()
    assert dict(kept) == done.state.row()
    assert sound(engine)


def test_an_appeal_and_a_paper_are_touches_a_note_and_a_statement_are_none(engine: Engine, rep: int) -> None:
    assert record(engine, rep, {"kind": "note", "note": "x"}).state.last_touch_on is None
    appeal = {"kind": "appeal", "claim_id": 1, "level": 1, "state": "submitted"}
    filed = record(engine, rep, appeal, day=TODAY - timedelta(days=9)).state
    assert (filed.touches, filed.last_touch_on) == (1, TODAY - timedelta(days=9))
    assert record(engine, rep, {"kind": "statement", "amount": Decimal("5")}).state.touches == 1, "made in batches"
    later = record(engine, rep, appeal | {"level": 2}, day=TODAY - timedelta(days=2)).state
    earlier = record(engine, rep, appeal | {"level": 3}, day=TODAY - timedelta(days=5)).state
    assert (earlier.touches, earlier.last_touch_on) == (3, later.last_touch_on), "recorded later, of an earlier day"
    documents.attach(engine, 8, rep, "letter.txt", b"synthetic", "Letter of the payer")
    assert activities.state_of(engine, 8).last_touch_on == date.today()
    assert sound(engine)


@pytest.mark.parametrize("missing", ["method", "spoke_to", "outcome", "next_step", "next_on"])
def test_a_contact_without_any_part_of_it_is_not_recorded(engine: Engine, rep: int, missing: str) -> None:
    with pytest.raises(activities.Incomplete):
        record(engine, rep, CALL | {missing: " " if missing == "spoke_to" else None})
    assert activities.history(engine, 7) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "promise", "amount": Decimal("0"), "due_on": TODAY},
        {"kind": "promise", "amount": Decimal("5"), "due_on": TODAY - timedelta(days=1)},
        {"kind": "hold", "topic": "holiday"},
        {"kind": "pend", "until": TODAY - timedelta(days=1)},
        {"kind": "pend", "until": date(2206, 7, 1)},
        {"kind": "party"},
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_with_it(engine: Engine, rep: int, entry: dict) -> None:
    with pytest.raises(activities.Incomplete):
        record(engine, rep, CALL, entry)
    assert activities.history(engine, 7) == []


@pytest.mark.parametrize(
    ("name", "words"), [("note", "The note"), ("spoke_to", "Whom you spoke to"), ("next_step", "The next step")]
)
def test_a_text_that_is_too_long_is_refused_with_its_length(engine: Engine, rep: int, name: str, words: str) -> None:
    most = entries.LONGEST[name]
    with pytest.raises(activities.Incomplete, match=f"^{words} has {most + 1:,} characters: {most:,} at most"):
        record(engine, rep, CALL | {name: "x" * (most + 1)})
    record(engine, rep, CALL | {name: "x" * most})
    with pytest.raises(activities.Incomplete, match="2,001 characters"):
        documents.attach(engine, 7, rep, "letter.txt", b"synthetic", "x" * 2001)


def test_undo_is_an_entry_and_restores_the_state_before(engine: Engine, rep: int) -> None:
    first = record(engine, rep, CALL).state
    second = record(engine, rep, {"kind": "hold", "topic": "dispute"}, {"kind": "assign", "to_person_id": rep})
    assert second.state.standing_holds == {"dispute"}
    for activity_id in second.ids:
        after = activities.undo(engine, activity_id, rep, TODAY).state
    expected = first.row() | {"version": after.version}
    assert after.row() == expected
    assert [row["undone"] for row in activities.history(engine, 7)] == [False, False, True, True, False]
    with pytest.raises(activities.Incomplete, match="already"):
        activities.undo(engine, second.ids[0], rep)
    with pytest.raises(activities.Incomplete):
        activities.undo(engine, after.version, rep)
    assert sound(engine)


def test_pending_comes_back_to_the_same_person(engine: Engine, rep: int) -> None:
    state = record(engine, rep, {"kind": "pend", "until": TODAY + timedelta(days=3)}).state
    assert (state.assigned_to, state.pend_until) == (rep, TODAY + timedelta(days=3))


def test_what_is_to_be_done_on_a_later_day_stays_after_a_rest(engine: Engine, rep: int) -> None:
    plan = {"kind": "plan", "amount": Decimal("60"), "due_on": TODAY + timedelta(days=62)}
    record(engine, rep, plan)
    paid_off = "See whether the plan was paid off, 31 Aug 2026"
    first, later = ({"kind": "pend", "until": TODAY + timedelta(days=days)} for days in (3, 9))
    state = record(engine, rep, first).state
    assert (state.follow_up_on, state.next_step) == (first["until"], paid_off)
    state = record(engine, rep, later | {"next_step": "Call"}).state
    assert (state.follow_up_on, state.next_step) == (later["until"], f"Call; then: {paid_off}")
    assert record(engine, rep, CALL).state.next_step == "Call again"
    overdue = TODAY + timedelta(days=8)
    state = record(engine, rep, later | {"next_step": "Write"}, day=overdue).state
    assert state.next_step == "Write", "the call was due before"
    assert sound(engine)


def test_contact_limits_need_a_reason_to_be_passed_over(engine: Engine, rep: int) -> None:
    for _ in range(activities.MOST_ATTEMPTS):
        record(engine, rep, PATIENT_CALL)
    with pytest.raises(activities.NotAllowed, match="7 times in 7 days"):
        record(engine, rep, PATIENT_CALL)
    record(engine, rep, CALL)  # the payer may be called
    record(engine, rep, PATIENT_CALL | {"override": "the patient asked for it"})
    later = TODAY + timedelta(days=7)
    record(engine, rep, PATIENT_CALL | {"outcome": "spoke_with_patient", "next_on": later}, day=later)
    soon = later + timedelta(days=6)
    with pytest.raises(activities.NotAllowed, match="spoke with the patient"):
        record(engine, rep, PATIENT_CALL | {"next_on": soon}, day=soon)
    again = later + timedelta(days=7)
    record(engine, rep, PATIENT_CALL | {"next_on": again}, day=again)


def test_a_hold_stops_outreach_until_it_ends(engine: Engine, rep: int) -> None:
    record(engine, rep, {"kind": "hold", "topic": "bankruptcy"})
    with pytest.raises(activities.NotAllowed, match="bankruptcy"):
        record(engine, rep, PATIENT_CALL | {"method": "letter", "outcome": "sent"})
    record(engine, rep, {"kind": "release", "topic": "bankruptcy"})
    assert record(engine, rep, PATIENT_CALL | {"method": "letter", "outcome": "sent"}).state.touches == 1


@pytest.mark.parametrize(
    ("method", "outcome"), [("payer_call", "spoke_with_patient"), ("payer_portal", "disputes"), ("letter", "will_pay")]
)
def test_a_payer_does_not_answer_for_the_patient_nor_the_other_way_round(
    engine: Engine, rep: int, method: str, outcome: str
) -> None:
    with pytest.raises(entries.Incomplete, match=entries.OUTCOMES[outcome]):
        record(engine, rep, CALL | {"method": method, "outcome": outcome})


DISPUTE = PATIENT_CALL | {"outcome": "disputes"}


def test_a_dispute_holds_the_account_in_the_same_save_and_is_taken_back_with_it(engine: Engine, rep: int) -> None:
    done = record(engine, rep, DISPUTE)
    assert done.state.standing_holds == {"dispute"}
    newest = activities.history(engine, 7)[0]
    assert (newest["kind"], newest["topic"], newest["batch_id"]) == ("hold", "dispute", done.ids[0])
    with pytest.raises(activities.NotAllowed, match="on hold"):
        record(engine, rep, PATIENT_CALL)
    after = activities.undo(engine, done.ids[0], rep).state
    assert (after.standing_holds, after.touches) == (set(), 0)
    assert [row["undone"] for row in activities.history(engine, 7)] == [False, False, True, True]
    assert sound(engine)


def test_a_hold_of_a_dispute_stands_and_ends_by_itself(engine: Engine, rep: int) -> None:
    done = record(engine, rep, DISPUTE)
    again = record(engine, rep, DISPUTE | {"override": "the patient called back"})
    assert (len(done.ids), len(again.ids)) == (2, 1), "one hold is enough"
    assert activities.undo(engine, again.ids[0], rep).state.standing_holds == {"dispute"}
    alone = activities.undo(engine, done.ids[1], rep).state
    assert (alone.standing_holds, alone.touches) == (set(), 1), "the call stays"
    with pytest.raises(activities.NotAllowed, match="less than 7 days ago"):
        record(engine, rep, DISPUTE)  # the day of the talk is the first of the seven
    record(engine, rep, DISPUTE | {"override": "the patient called back"})
    assert record(engine, rep, {"kind": "release", "topic": "dispute"}).state.standing_holds == set()
    assert sound(engine)


@pytest.mark.parametrize(
    ("entry", "name", "value"),
    [
        ({"kind": "assign", "to_person_id": 1}, "assigned_to", 1),
        ({"kind": "pend", "until": date.today() + timedelta(days=3)}, "pend_until", date.today() + timedelta(days=3)),
        ({"kind": "route", "topic": "coding", "note": "Look at the modifier"}, "routed_to", "coding"),
    ],
)
def test_one_entry_on_several_accounts_and_one_undo(
    engine: Engine, rep: int, entry: dict, name: str, value: object
) -> None:
    ids = several.on_each(engine, [7, 8, 9], entry, rep)
    assert [getattr(activities.state_of(engine, number), name) for number in (7, 8, 9, 10)] == [*[value] * 3, None]
    activities.undo(engine, ids[1], rep)  # a colleague took one back already
    assert several.undo_all(engine, ids, rep) == 2
    assert [getattr(activities.state_of(engine, number), name) for number in (7, 8, 9)] == [None] * 3
    assert [row["kind"] for row in activities.history(engine, 8)] == ["undo", entry["kind"]]
    assert several.undo_all(engine, ids, rep) == 0
    assert sound(engine)


@pytest.mark.parametrize(
    "entry",
    [{"kind": "route", "topic": "coding"}, {"kind": "pend", "until": None}, CALL, {"kind": "note", "note": "x"}],
)
def test_what_cannot_be_written_on_several_accounts_is_refused(engine: Engine, rep: int, entry: dict) -> None:
    with pytest.raises(activities.Incomplete):
        several.on_each(engine, [7, 8], entry, rep)
    assert activities.history(engine, 7) == []


def test_the_second_to_save_is_told_what_changed(engine: Engine, rep: int) -> None:
    other = people.add(engine, "Synthetic Colleague")
    seen = record(engine, rep, {"kind": "note", "note": "first"}).state.version
    record(engine, other, {"kind": "hold", "topic": "dispute"}, seen=seen)
    with pytest.raises(activities.ChangedMeanwhile, match="Synthetic Colleague: Dispute: on hold"):
        record(engine, rep, CALL, seen=seen)
    assert len(activities.history(engine, 7)) == 2
    now = activities.state_of(engine, 7).version
    record(engine, rep, CALL, seen=now)
    assert sound(engine)


def test_what_was_taken_back_and_to_whom_it_was_assigned_is_said(engine: Engine, rep: int) -> None:
    (given,) = record(engine, rep, {"kind": "assign", "to_person_id": rep}).ids
    activities.undo(engine, given, rep)
    done = activities.history(engine, 7)
    names = people.everybody(engine)
    told = ["Taken back: Assigned to Synthetic Rep", "Assigned to Synthetic Rep"]
    assert [entries.in_words(row, names, done) for row in done] == told
    with pytest.raises(activities.ChangedMeanwhile, match=told[0]):
        record(engine, rep, CALL, seen=given)


def test_accounts_are_spread_evenly_by_minutes_and_given_back(engine: Engine, rep: int) -> None:
    other = people.add(engine, "Synthetic Colleague")
    ids = several.spread(engine, {1: 20, 2: 12, 3: 8, 4: 8, 5: 12}, [rep, other], rep)
    owners = {account: activities.state_of(engine, account).assigned_to for account in range(1, 6)}
    # 1 to the first (20), 2 and 3 to the second (20), 4 to the first (28), 5 to the second (32)
    assert owners == {1: rep, 2: other, 3: other, 4: rep, 5: other}
    assert several.undo_all(engine, ids, rep) == 5
    assert {activities.state_of(engine, account).assigned_to for account in range(1, 6)} == {None}
    with pytest.raises(activities.Incomplete):
        several.spread(engine, {1: 5}, [], rep)
    assert sound(engine)


def write_together(engines: list[Engine], rep: int, accounts: int = 10) -> None:
    """20 writers record 25 activities each on a few accounts."""

    def work(number: int) -> None:
        for turn in range(25):
            entry = {"kind": "note", "note": f"{number}-{turn}"}
            activities.record(engines[number % len(engines)], turn % accounts, rep, [entry], day=TODAY)

    with ThreadPoolExecutor(20) as writers:
        list(writers.map(work, range(20), timeout=120))


def assert_none_lost_none_doubled(engine: Engine) -> None:
    with engine.connect() as connection:
        written = connection.execute(select(func.count(), func.count(activity.c.note.distinct()))).one()
        ids = list(connection.scalars(select(activity.c.activity_id).order_by(activity.c.activity_id)))
    assert tuple(written) == (500, 500)
    assert ids == list(range(1, 501))
    assert sound(engine)


def test_twenty_writers_in_one_process_lose_nothing(duckdb_engine: Engine) -> None:
    write_together([duckdb_engine], people.add(duckdb_engine, "Synthetic Rep"))
    assert_none_lost_none_doubled(duckdb_engine)


def test_twenty_writers_on_a_server_lose_nothing(postgresql_url: str) -> None:
    engines = [open_engine(postgresql_url) for _ in range(2)]
    write_together(engines, people.add(engines[0], "Synthetic Rep"))
    assert_none_lost_none_doubled(engines[0])
    for engine in engines:
        engine.dispose()


def test_people_have_one_name_each_and_keep_their_work(engine: Engine, rep: int) -> None:
    with pytest.raises(people.NameTaken):
        people.add(engine, "  synthetic   REP ")
    with pytest.raises(people.NameTaken):
        people.add(engine, " ")
    people.retire(engine, rep)
    assert people.people(engine) == {}
    assert people.everybody(engine) == {rep: "Synthetic Rep"}


def test_two_who_open_the_same_account_see_each_other(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert presence.seen(engine, 7, 1) == []
    assert presence.seen(engine, 7, 2) == [1]
    assert presence.seen(engine, 8, 1) == []  # in another tab; the first is still open
    assert presence.seen(engine, 7, 2) == [1]
    monkeypatch.setattr(presence, "GONE_AFTER", timedelta(0))
    assert presence.seen(engine, 7, 2) == []


def test_those_of_two_processes_see_each_other_on_a_server(postgresql_url: str) -> None:
    engines = [open_engine(postgresql_url) for _ in range(2)]
    assert [presence.seen(one, 7, number) for number, one in enumerate(engines)] == [[], [0]]
    for one in engines:
        one.dispose()


def test_opening_an_account_waits_for_no_load(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, write(engine):
        assert pool.submit(presence.seen, engine, 7, 1).result(timeout=20) == []


def test_a_state_that_does_not_follow_is_found(engine: Engine, rep: int) -> None:
    record(engine, rep, CALL)
    with engine.begin() as connection:
        connection.execute(work_state.update().values(touches=5))
    (broken,) = [finding for finding in check(engine) if not finding.ok]
    assert "activities replay to" in broken.rule
