"""The Practice page: start, answer right and wrong, finish, take up again; each learner for themselves."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from data_access.practice import results
from data_access.practice.cases import Case, cases
from data_access.practice.results import Round
from data_access.work import people
from tests.conftest import load_nothing
from tests.pages import test_pages
from tests.pages.opening import as_read, assert_no_failure, opened, words

closed_afterwards = test_pages.closed_afterwards
pytestmark = pytest.mark.usefixtures("closed_afterwards")


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, office_of: Callable) -> Engine:
    """An office's database without a file loaded: practice needs none."""
    return office_of(request.param, load_nothing)


@pytest.fixture
def learner(office: Engine) -> int:
    """Somebody new."""
    return people.add(office, "Synthetic Learner")


def practice(person_id: int, params: dict[str, str] | None = None) -> AppTest:
    """The page, in a new session of this person."""
    app = opened("practice", params)
    app.session_state["person_id"] = person_id
    app.run()
    assert_no_failure(app)
    return app


def press(app: AppTest, label: str) -> None:
    """Press the one button with this label."""
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert_no_failure(app)


def labels(app: AppTest) -> list[str]:
    return [as_read(button.label) for button in app.button]


def links(app: AppTest) -> dict[str, str]:
    """Links on the page: what they say, and the parameters of where they lead."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def said(app: AppTest) -> str:
    """All text, with the verdict on an answer."""
    return "\n".join([words(app), *(as_read(box.value) for box in [*app.success, *app.warning, *app.info])])


def playing(office: Engine, person_id: int) -> Round:
    """The round that a person has begun."""
    found = results.unfinished(office, person_id)
    assert found is not None
    return found


def case_at(at: Round, place: int) -> Case:
    return cases()[at.answer_at(place).case_id]


def play(app: AppTest, at: Round, places: range, missed: tuple[int, ...] = ()) -> None:
    """Answer the cases at these places and go on after each, to the result after the last."""
    for place in places:
        case = case_at(at, place)
        press(app, case.choices[1].label if place in missed else case.best.label)
        press(app, "Next account" if place < 10 else "See the result")


def test_nobody_picked_says_what_this_is(office: Engine) -> None:
    app = opened("practice")
    assert_no_failure(app)
    assert "Ten accounts to practise on" in words(app)
    assert labels(app) == ["Who are you?"]
    assert not app.multiselect, "no filter bar"


def test_a_name_that_left_asks_again(office: Engine, learner: int) -> None:
    people.retire(office, learner)
    app = practice(learner)
    assert labels(app) == ["Who are you?"]


def test_the_facts_and_four_actions_then_right_at_once(office: Engine, learner: int) -> None:
    app = practice(learner)
    assert "Go on" not in "".join(labels(app))
    press(app, "Start a round")
    at = playing(office, learner)
    case = case_at(at, 1)
    assert f"Practice account {case.case_id} · payer: {case.payer_type}" in said(app)
    assert [tile.value for tile in app.metric] == [f"${case.balance:,.2f}", f"{case.age_days} days"]
    assert case.happened in said(app)
    four = [label for label in labels(app) if label in {choice.label for choice in case.choices}]
    assert len(four) == 4
    assert case.best.why not in said(app)

    press(app, case.best.label)
    assert [as_read(box.value) for box in app.success] == ["**Right.** " + case.best.why]
    assert not app.warning
    assert not set(four) & set(labels(app)), "an answer is given once"
    assert results.load(office, at.round_id).answer_at(1).correct is True


def test_a_wrong_answer_is_explained_from_the_reference(office: Engine, learner: int) -> None:
    app = practice(learner)
    press(app, "Start a round")
    at = playing(office, learner)
    place = next(n for n in range(1, 11) if case_at(at, n).category and case_at(at, n).term)
    play(app, at, range(1, place))
    case = case_at(at, place)
    chosen = case.choices[2]
    press(app, chosen.label)
    text = said(app)
    assert "Not the best next action" in text and not app.success
    assert case.best.why in text
    assert f"**{chosen.label}** (your answer): {chosen.why}" in text
    assert all(choice.why in text for choice in case.choices)
    assert case.category and case.category.first_action in text
    assert case.term and case.term.definition in text
    targets = links(app)
    assert "show=Denials" in targets[f"Playbook: {case.category.label}"]
    assert "show=Words" in targets[f"Word: {case.term.term}"]
    kept = results.load(office, at.round_id).answer_at(place)
    assert (kept.action, kept.correct) == (chosen.action, False)


def test_a_round_to_its_end(office: Engine, learner: int) -> None:
    app = practice(learner)
    press(app, "Start a round")
    at = playing(office, learner)
    play(app, at, range(1, 11), missed=(2, 9))
    assert "8 of 10 right" in said(app)
    for place in (2, 9):
        case = case_at(at, place)
        assert f"**{case.topic}**" in said(app)
        assert f"Practice account {case.case_id}, better: {case.best.label.lower()}." in said(app)
        assert not case.category or f"Playbook: {case.category.label}" in links(app)
        assert not case.metric or f"Figure: {case.metric.name}" in links(app)
    (history,) = app.dataframe
    assert history.value[["correct", "answered", "state"]].to_numpy().tolist() == [[8, 10, "Finished"]]
    press(app, "Start again")
    assert playing(office, learner).next_place == 1
    assert f"Practice account {case_at(playing(office, learner), 1).case_id} ·" in said(app)


def test_a_round_without_a_mistake_has_nothing_to_read_again(office: Engine, learner: int) -> None:
    app = practice(learner)
    press(app, "Start a round")
    play(app, playing(office, learner), range(1, 11))
    assert "10 of 10 right" in said(app) and "nothing to read again" in said(app)
    assert not [label for label in links(app) if label.startswith(("Playbook", "Word", "Figure"))]


def test_a_round_left_half_way_is_taken_up_in_a_new_session(office: Engine, learner: int) -> None:
    app = practice(learner)
    press(app, "Start a round")
    at = playing(office, learner)
    play(app, at, range(1, 4), missed=(1,))
    press(app, "Leave the round")
    assert {"Go on at 4 of 10", "Start again"} <= set(labels(app))

    app = practice(learner)
    assert "2 of 3 right" in said(app)
    press(app, "Go on at 4 of 10")
    assert f"Practice account {case_at(at, 4).case_id} ·" in said(app)
    play(app, at, range(4, 11))
    assert "9 of 10 right" in said(app)


def test_start_again_begins_anew_and_keeps_the_round_before(office: Engine, learner: int) -> None:
    first = results.start(office, learner, seed=1)
    results.answer(office, first.round_id, 1, case_at(first, 1).best.action)
    app = practice(learner)
    press(app, "Start again")
    now = playing(office, learner)
    assert now.round_id != first.round_id and now.next_place == 1
    press(app, "Leave the round")
    assert app.dataframe[0].value["answered"].tolist() == [0, 1]


def test_a_second_person_at_the_same_screen_does_not_play_the_first_ones_round(office: Engine, learner: int) -> None:
    other = people.add(office, "Synthetic Newcomer")
    app = practice(learner)
    press(app, "Start a round")
    app.session_state["person_id"] = other
    app.run()
    assert_no_failure(app)
    assert "Start a round" in labels(app) and "Leave the round" not in labels(app)
    assert not app.dataframe
    assert results.unfinished(office, other) is None


def test_an_answer_given_in_another_window_stands(office: Engine, learner: int) -> None:
    app = practice(learner)
    press(app, "Start a round")
    at = playing(office, learner)
    case = case_at(at, 1)
    results.answer(office, at.round_id, 1, case.choices[1].action)
    press(app, case.best.label)
    assert [toast.value for toast in app.toast] == ["This account was answered already."]
    assert f"**{case.choices[1].label}** (your answer)" in said(app)
    assert not app.success


def test_a_manager_sees_everybodys_rounds(office: Engine, learner: int) -> None:
    app = opened("practice", {"rounds": "All rounds"})
    assert_no_failure(app)
    assert "Nobody has practised yet" in said(app)
    other = people.add(office, "Synthetic Newcomer")
    for person_id, places in ((learner, 3), (other, 0)):
        begun = results.start(office, person_id, seed=3)
        for place in range(1, places + 1):
            results.answer(office, begun.round_id, place, case_at(begun, place).best.action)
    app = opened("practice", {"rounds": "All rounds"})
    assert_no_failure(app)
    (table,) = app.dataframe
    assert table.value[["name", "correct"]].to_numpy().tolist() == [["Synthetic Newcomer", 0], ["Synthetic Learner", 3]]
    assert "Download" in {button.label for button in app.get("download_button")}


@pytest.mark.parametrize("view", ["Figures", "Words", "Denials"])
def test_the_guide_opens_at_what_a_link_names(office: Engine, view: str) -> None:
    find = {"Figures": "Promises kept", "Words": "Filing limit", "Denials": "Timely filing"}[view]
    app = opened("guide", {"show": view, "find": find})
    assert_no_failure(app)
    if view == "Words":
        assert "Filing limit" in app.dataframe[0].value["term"].tolist()
        assert len(app.dataframe[0].value) < 5
    else:
        assert f"**{find}** ·" in words(app)
        other = {"Figures": "Roll-forward", "Denials": "Medical necessity"}[view]
        assert f"**{other}** ·" not in words(app)
    app = opened("guide", {"show": view, "find": "no such thing"})
    assert_no_failure(app)
    assert "No such" in words(app)
