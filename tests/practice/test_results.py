"""Results are kept by person and round, whatever happens between; and the office's data are never touched."""

import csv
import io
import re
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from data_access.export import write_csv
from data_access.filters import Filters
from data_access.practice import results, rounds
from data_access.practice.cases import cases
from data_access.practice.results import Round
from data_access.practice.tables import practice_answer, practice_round
from data_access.queries.table import page
from data_access.schema import metadata
from data_access.work import people
from tests.ingest.loading import claims_837, load, remits_835

OWN = {table.name for table in (practice_round, practice_answer)}
#: What practice may read beside its own tables: who is who, and the row that writers queue on.
ALLOWED = OWN | {"person", "setting"}


@pytest.fixture
def learner(engine: Engine) -> int:
    """Somebody new."""
    return people.add(engine, "Synthetic Learner")


def right(at: Round, place: int) -> str:
    return cases()[at.answer_at(place).case_id].best.action


def wrong(at: Round, place: int) -> str:
    return cases()[at.answer_at(place).case_id].choices[1].action


def play(engine: Engine, at: Round, places: range, missed: tuple[int, ...] = ()) -> None:
    """Answer the cases at these places, right but for those missed."""
    for place in places:
        results.answer(engine, at.round_id, place, (wrong if place in missed else right)(at, place))


def rows(engine: Engine, person_id: int | None = None) -> list[dict]:
    return page(engine, results.table(person_id)).frame.to_dict("records")


def test_a_round_begins_with_its_ten_cases_unanswered(engine: Engine, learner: int) -> None:
    begun = results.start(engine, learner, seed=7)
    assert [answer.case_id for answer in begun.answers] == [case.case_id for case in rounds.round_of(7)]
    assert [answer.place for answer in begun.answers] == list(range(1, 11))
    assert {answer.action for answer in begun.answers} == {None}
    assert (begun.person_id, begun.seed, begun.started_on, begun.next_place) == (learner, 7, date.today(), 1)
    assert results.load(engine, begun.round_id) == begun


def test_an_answer_is_judged_and_kept(engine: Engine, learner: int) -> None:
    begun = results.start(engine, learner, seed=7)
    assert results.answer(engine, begun.round_id, 1, right(begun, 1)).correct is True
    assert results.answer(engine, begun.round_id, 2, wrong(begun, 2)).correct is False
    kept = results.load(engine, begun.round_id)
    assert [(answer.action, answer.correct) for answer in kept.answers[:3]] == [
        (right(begun, 1), True),
        (wrong(begun, 2), False),
        (None, None),
    ]
    with engine.connect() as connection:
        times = connection.scalars(select(practice_answer.c.answered_at).order_by(practice_answer.c.place)).all()
    assert [time is not None for time in times] == [True] * 2 + [False] * 8


def test_an_answer_stands_and_only_the_four_actions_are_answers(engine: Engine, learner: int) -> None:
    begun = results.start(engine, learner, seed=7)
    with pytest.raises(results.CannotAnswer, match="none of the four"):
        results.answer(engine, begun.round_id, 1, "no such action")
    assert results.load(engine, begun.round_id) == begun
    results.answer(engine, begun.round_id, 1, wrong(begun, 1))
    with pytest.raises(results.CannotAnswer, match="already"):
        results.answer(engine, begun.round_id, 1, right(begun, 1))
    assert results.load(engine, begun.round_id).answer_at(1).correct is False


def test_two_windows_answer_once(engine: Engine, learner: int) -> None:
    begun = results.start(engine, learner, seed=7)
    refused: list[str] = []

    def press(action: str) -> None:
        try:
            results.answer(engine, begun.round_id, 1, action)
        except results.CannotAnswer as error:
            refused.append(str(error))

    four = [choice.action for choice in cases()[begun.answer_at(1).case_id].choices]
    threads = [threading.Thread(target=press, args=(action,)) for action in four]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert refused == ["This account was answered already."] * 3


def test_a_round_left_half_way_is_taken_up_where_it_was_left(engine: Engine, learner: int) -> None:
    assert results.unfinished(engine, learner) is None
    begun = results.start(engine, learner)
    play(engine, begun, range(1, 5), missed=(2,))
    left = results.unfinished(engine, learner)
    assert left is not None
    assert (left.round_id, left.next_place, left.seed) == (begun.round_id, 5, begun.seed)
    play(engine, left, range(5, 11))
    assert results.unfinished(engine, learner) is None
    assert rounds.score(results.load(engine, begun.round_id).answers).correct == 9


def test_starting_again_keeps_the_round_before(engine: Engine, learner: int) -> None:
    first = results.start(engine, learner, seed=1)
    play(engine, first, range(1, 4))
    second = results.start(engine, learner, seed=2)
    found = results.unfinished(engine, learner)
    assert found is not None and found.round_id == second.round_id
    assert [(row["answered"], row["state"]) for row in rows(engine, learner)] == [(0, "Unfinished"), (3, "Unfinished")]


def test_a_round_whose_case_is_gone_cannot_be_taken_up(
    engine: Engine, learner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = results.start(engine, learner, seed=7)
    remaining = {number: case for number, case in cases().items() if number != begun.answer_at(10).case_id}
    monkeypatch.setattr(results, "cases", lambda: remaining)
    assert results.unfinished(engine, learner) is None


def test_everybody_has_rounds_of_their_own(engine: Engine, learner: int) -> None:
    other = people.add(engine, "Synthetic Newcomer")
    assert results.first_day(engine) is None
    mine = results.start(engine, learner, seed=7)
    play(engine, mine, range(1, 11), missed=(1, 2, 6))
    theirs = results.start(engine, other, seed=7)
    play(engine, theirs, range(1, 3), missed=(1,))
    left = results.unfinished(engine, other)
    assert results.unfinished(engine, learner) is None
    assert left is not None and (left.round_id, left.next_place) == (theirs.round_id, 3)

    (own,) = rows(engine, learner)
    assert (own["name"], own["correct"], own["answered"], own["state"]) == ("Synthetic Learner", 7, 10, "Finished")
    assert own["started_on"] == date.today() == results.first_day(engine)
    topics = [cases()[mine.answer_at(place).case_id].topic for place in (1, 2, 6)]
    missed = {column: count for column, count in own.items() if column.startswith("missed_")}
    for topic in {case.topic for case in cases().values()}:
        assert missed.pop(f"missed_{topic.lower().replace(' ', '_')}") == topics.count(topic)
    assert missed == {}
    assert [row["name"] for row in rows(engine)] == ["Synthetic Newcomer", "Synthetic Learner"]
    people.retire(engine, other)
    assert [row["name"] for row in rows(engine)] == ["Synthetic Newcomer", "Synthetic Learner"]


def test_the_rounds_are_exported(engine: Engine, learner: int) -> None:
    play(engine, results.start(engine, learner, seed=7), range(1, 11), missed=(4,))
    target, today = io.StringIO(), date.today()
    manifest = write_csv(engine, results.table(), Filters(as_of=today, date_from=today, date_to=today), target)
    (row,) = csv.DictReader(io.StringIO(target.getvalue()))
    assert manifest.rows == 1
    assert (row["name"], row["started_on"], row["correct"]) == ("Synthetic Learner", today.isoformat(), "9")


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement that reaches the database from here on."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def counts(engine: Engine) -> dict[str, int]:
    """Rows in each table that is not practice's own."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in OWN
        }


def named(statement: str) -> set[str]:
    """The tables that a statement names."""
    words = set(re.findall(r"\w+", statement))
    return words & set(metadata.tables)


def test_a_round_touches_no_table_of_the_office(
    engine: Engine, learner: int, tmp_path: Path, statements: list[str]
) -> None:
    paid = remits_835(("A1", "90", "60", ("CAS*CO*45*30",)))
    load(engine, tmp_path, a=claims_837(("A1", "100"), ("A2", "200")), b=paid)
    before = counts(engine)
    assert before["account"] and before["claim"] and before["claim_payment"]
    assert {"account", "claim", "activity"} <= {name for statement in statements for name in named(statement)}

    statements.clear()
    play(engine, results.start(engine, learner), range(1, 6), missed=(3,))
    left = results.unfinished(engine, learner)
    assert left is not None
    play(engine, left, range(6, 11))
    assert rows(engine) and results.first_day(engine)
    touched = {name for statement in statements for name in named(statement)}
    assert touched >= {"practice_round", "practice_answer"}
    assert touched <= ALLOWED
    assert counts(engine) == before
