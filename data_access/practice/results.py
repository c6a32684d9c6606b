"""What each person answered in practice: rounds begun, taken up again and finished. Nobody else's round is touched."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Engine, Row, and_, case, func, insert, select, update

from data_access.engine import Source, next_number, write
from data_access.practice import rounds
from data_access.practice.cases import cases, topics
from data_access.practice.rounds import Answer
from data_access.practice.tables import practice_answer, practice_round
from data_access.queries.table import ColumnSpec, TableReport
from data_access.work.tables import person

_SEEDS = 2**31


class CannotAnswer(ValueError):
    """The case was answered before, or the action is none of its four; the message says which."""


@dataclass(frozen=True)
class Round:
    """A round of a person, with its ten places in order."""

    round_id: int
    person_id: int
    seed: int
    started_on: date
    answers: tuple[Answer, ...]

    @property
    def next_place(self) -> int | None:
        """The first place that is not answered yet; None when the round is finished."""
        return next((answer.place for answer in self.answers if answer.action is None), None)

    def answer_at(self, place: int) -> Answer:
        """What stands at a place from 1 to 10."""
        return self.answers[place - 1]


def start(engine: Engine, person_id: int, seed: int | None = None) -> Round:
    """Begin a round for a person; an earlier one that was left half-way stays as it is.

    Args:
        seed: which round; by chance when not given.
    """
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    dealt = rounds.round_of(seed)
    with write(engine) as connection:
        number = next_number(connection, practice_round.c.round_id)
        connection.execute(
            insert(practice_round).values(
                round_id=number, person_id=person_id, seed=seed, started_at=_now(), started_on=date.today()
            )
        )
        connection.execute(
            insert(practice_answer),
            [{"round_id": number, "place": place, "case_id": given.case_id} for place, given in enumerate(dealt, 1)],
        )
    return load(engine, number)


def load(engine: Source, round_id: int) -> Round:
    """A round with its answers so far.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such round.
    """
    answer = practice_answer.c
    with engine.connect() as connection:
        found: Row = connection.execute(select(practice_round).where(practice_round.c.round_id == round_id)).one()
        query = select(answer.place, answer.case_id, answer.action, answer.correct)
        rows = connection.execute(query.where(answer.round_id == round_id).order_by(answer.place)).all()
    return Round(found.round_id, found.person_id, found.seed, found.started_on, tuple(Answer(*row) for row in rows))


def unfinished(engine: Source, person_id: int) -> Round | None:
    """The latest round of a person when it was left half-way; None when it was finished or can no longer be played."""
    query = select(func.max(practice_round.c.round_id)).where(practice_round.c.person_id == person_id)
    with engine.connect() as connection:
        latest = connection.scalar(query)
    if latest is None:
        return None
    found = load(engine, latest)
    playable = all(answer.case_id in cases() for answer in found.answers)
    return found if playable and found.next_place is not None else None


def answer(engine: Engine, round_id: int, place: int, action: str) -> Answer:
    """Keep what a person answered at a place, and whether it is right. An answer stands: it is not given twice.

    Raises:
        CannotAnswer: it was answered before, in another window say, or the action is none of the four.
    """
    here = and_(practice_answer.c.round_id == round_id, practice_answer.c.place == place)
    with write(engine) as connection:
        row: Row = connection.execute(select(practice_answer).where(here)).one()
        if row.action is not None:
            raise CannotAnswer("This account was answered already.")
        chosen = cases()[row.case_id].choice(action)
        if chosen is None:
            raise CannotAnswer("This is none of the four actions.")
        values = {"action": action, "correct": chosen.best, "answered_at": _now()}
        connection.execute(update(practice_answer).where(here).values(values))
    return Answer(place, row.case_id, action, chosen.best)


def first_day(engine: Source) -> date | None:
    """The day of the first round anybody began; None before."""
    with engine.connect() as connection:
        return connection.scalar(select(func.min(practice_round.c.started_on)))


def table(person_id: int | None = None) -> TableReport:
    """One row a round: who, when, how far, how many right, and what was missed by topic.

    Args:
        person_id: only this person's rounds.
    """
    given, begun = practice_answer.c, practice_round.c
    answered = func.count(given.action)
    query = (
        select(
            begun.round_id,
            person.c.name,
            begun.started_on,
            answered.label("answered"),
            _count(given.correct).label("correct"),
            case((answered == rounds.CASES, "Finished"), else_="Unfinished").label("state"),
            *(_count(_missed(topic)).label(column) for column, topic in _by_topic().items()),
        )
        .select_from(practice_round)
        .join(practice_answer, given.round_id == begun.round_id)
        .outerjoin(person, person.c.person_id == begun.person_id)
        .group_by(begun.round_id, person.c.name, begun.started_on)
    )
    if person_id is not None:
        query = query.where(begun.person_id == person_id)
    missed = (ColumnSpec(column, f"Missed: {topic.lower()}", "count") for column, topic in _by_topic().items())
    columns = (
        ColumnSpec("round_id", "Round", "id", hidden=True),
        ColumnSpec("name", "Who"),
        ColumnSpec("started_on", "Begun on", "date"),
        ColumnSpec("correct", "Right", "count"),
        ColumnSpec("answered", "Answered", "count"),
        ColumnSpec("state", "Round"),
        *missed,
    )
    order = (("started_on", True), ("round_id", True))
    return TableReport("practice", "Practice rounds", query, columns, order)


def _by_topic() -> dict[str, str]:
    return {f"missed_{topic.lower().replace(' ', '_')}": topic for topic in topics()}


def _missed(topic: str) -> ColumnElement[bool]:
    of_topic = [found.case_id for found in cases().values() if found.topic == topic]
    return and_(practice_answer.c.correct.is_(False), practice_answer.c.case_id.in_(of_topic))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
