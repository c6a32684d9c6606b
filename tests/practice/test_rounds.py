"""The practice accounts hold together, and a round is ten of them, fairly mixed."""

from collections import Counter
from itertools import pairwise

import pytest

from data_access import reference
from data_access.practice import cases as practice_cases
from data_access.practice import rounds
from data_access.practice.cases import SIDES, Case, actions, cases, topics
from data_access.practice.rounds import CASES, Answer

SEEDS = range(200)
ALL = list(cases().values())


def test_there_are_enough_of_each_topic_for_rounds_to_differ() -> None:
    assert len(ALL) >= 16
    assert [case.case_id for case in ALL] == list(range(1, len(ALL) + 1))
    assert CASES % len(topics()) == 0
    fewest = min(Counter(case.topic for case in ALL).values())
    assert fewest > CASES // len(topics())


@pytest.mark.parametrize("case", ALL, ids=lambda case: str(case.case_id))
def test_a_case_is_whole(case: Case) -> None:
    assert case.payer_type in reference.payer_types()
    assert case.side in SIDES
    assert case.balance > 0 and case.balance.as_tuple().exponent == -2
    assert case.age_days > 0 and case.aged_from
    assert 2 <= case.happened.count(". ") + 1 <= 4 and case.happened.endswith(".")
    assert len({choice.action for choice in case.choices}) == len(case.choices) == 4
    assert [choice.best for choice in case.choices] == [True, False, False, False]
    assert all(choice.why.endswith(".") and choice.label for choice in case.choices)
    assert case.category or case.term or case.metric, "nothing of the reference explains it"
    assert case.best is case.choice(case.best.action)
    assert case.choice("no such action") is None


@pytest.mark.parametrize("case", ALL, ids=lambda case: str(case.case_id))
def test_a_case_agrees_with_the_reference_and_does_not_repeat_it(case: Case) -> None:
    denied = case.reason is not None and case.reason.category
    assert (case.category.category if case.category else None) == (denied or None)
    kind = {"Soft denials": "soft", "Hard denials": "hard"}.get(case.topic)
    assert kind is None or (case.category is not None and case.category.kind == kind)
    told = case.happened + case.best.why
    for text in (
        case.category and case.category.first_action,
        case.term and case.term.definition,
        case.metric and case.metric.definition,
    ):
        assert not text or text not in told, "a second copy of the reference would go stale"


def test_every_action_of_the_list_is_the_best_or_a_choice_somewhere() -> None:
    assert {choice.action for case in ALL for choice in case.choices} == set(actions())


@pytest.mark.parametrize("column", ["action", "other_2", "carc", "category", "term", "metric"])
def test_a_case_that_names_what_does_not_exist_is_refused(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = reference.table("practice_accounts")[0] | {column: "nonsense"}
    monkeypatch.setattr(practice_cases, "table", lambda _: [row])
    with pytest.raises(KeyError, match="nonsense"):
        cases.__wrapped__()


def test_a_round_has_ten_different_cases_and_each_topic_as_often() -> None:
    for seed in SEEDS:
        dealt = rounds.round_of(seed)
        assert len({case.case_id for case in dealt}) == len(dealt) == CASES
        assert set(Counter(case.topic for case in dealt).values()) == {CASES // len(topics())}
        assert all(one.topic != other.topic for one, other in pairwise(dealt))


def test_a_round_is_the_same_for_its_seed_and_another_for_another() -> None:
    ids = {seed: [case.case_id for case in rounds.round_of(seed)] for seed in SEEDS}
    assert ids == {seed: [case.case_id for case in rounds.round_of(seed)] for seed in SEEDS}
    assert len({tuple(found) for found in ids.values()}) > len(SEEDS) * 0.95
    assert {number for found in ids.values() for number in found} == set(cases()), "a case that never comes"


def test_the_order_of_the_actions_tells_nothing() -> None:
    for case in ALL:
        orders = [rounds.choices(case, seed) for seed in SEEDS]
        assert orders == [rounds.choices(case, seed) for seed in SEEDS]
        assert all(set(order) == set(case.choices) for order in orders)
        best_at = Counter(order.index(case.best) for order in orders)
        assert set(best_at) == {0, 1, 2, 3}
        assert max(best_at.values()) < len(SEEDS) * 0.4


def test_the_score_counts_and_says_what_to_read_again() -> None:
    hard, soft = (next(case for case in ALL if case.topic == topic) for topic in ("Hard denials", "Soft denials"))
    answers = [
        Answer(1, hard.case_id, "wait", False),
        Answer(2, 20, "claim_shortfall", True),
        Answer(3, soft.case_id, "wait", False),
        Answer(4, 10**6, "wait", False),  # a case that is no longer there
        Answer(5, 5),
    ]
    found = rounds.score(answers)
    assert (found.correct, found.answered) == (1, 4)
    assert found.again == (soft, hard)
    assert rounds.score([]) == rounds.Score(0, 0, ())
