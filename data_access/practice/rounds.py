"""A round: ten cases mixed in topic, their actions in an order that tells nothing, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from data_access.practice.cases import Case, Choice, cases, topics

CASES = 10


@dataclass(frozen=True)
class Answer:
    """A case of a round at its place from 1 to 10; without `action` while it is not answered."""

    place: int
    case_id: int
    action: str | None = None
    correct: bool | None = None


@dataclass(frozen=True)
class Score:
    """What a round comes to. `again` are the cases answered wrong, for reading up, in order of their topics."""

    correct: int
    answered: int
    again: tuple[Case, ...]


def round_of(seed: int) -> list[Case]:
    """Ten different cases, each topic as often as every other; two of one topic never follow each other.

    The same for the same seed as long as the practice accounts stay the same.
    """
    piles = [_shuffled([case for case in cases().values() if case.topic == topic], seed) for topic in topics()]
    turns = _shuffled_by(piles, seed)
    dealt: list[Case] = []
    while len(dealt) < CASES and any(turns):
        for pile in turns:
            if pile and len(dealt) < CASES:
                dealt.append(pile.pop())
    return dealt


def choices(case: Case, seed: int) -> list[Choice]:
    """The four actions of a case, in the order of this round."""
    return sorted(case.choices, key=lambda choice: _draw(seed, f"{case.case_id} {choice.action}"))


def score(answers: Sequence[Answer]) -> Score:
    """What a round comes to so far. A case that is no longer among the practice accounts counts, unexplained."""
    wrong = [cases().get(answer.case_id) for answer in answers if answer.correct is False]
    again = sorted((case for case in wrong if case), key=lambda case: (topics().index(case.topic), case.case_id))
    answered = [answer for answer in answers if answer.action is not None]
    return Score(sum(answer.correct is True for answer in answered), len(answered), tuple(again))


def _shuffled(pile: list[Case], seed: int) -> list[Case]:
    return sorted(pile, key=lambda case: _draw(seed, str(case.case_id)))


def _shuffled_by(piles: list[list[Case]], seed: int) -> list[list[Case]]:
    return sorted(piles, key=lambda pile: _draw(seed, pile[0].topic))


def _draw(seed: int, name: str) -> bytes:
    # a hash rather than a random generator: the order stays the same from one version of Python to the next
    return blake2b(f"{seed} {name}".encode(), digest_size=8).digest()
