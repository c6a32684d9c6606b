"""Practice: what would you do next? Ten made-up accounts, and the answer explains itself."""

from datetime import date
from functools import partial

import streamlit as st

from data_access.filters import Filters
from data_access.practice import results, rounds
from data_access.practice.cases import cases
from data_access.practice.results import Round
from data_access.queries.table import page
from pages.parts import entry, practice_case, states, store, tables, who
from pages.parts.text import day, plain

#: Where somebody is in a round, in this session: person, round, place (one past the last: the result).
_AT = "practice_at"


def go(at: Round, place: int) -> None:
    """Show a place of a round in the next run."""
    st.session_state[_AT] = (at.person_id, at.round_id, place)


def begin(person_id: int) -> None:
    """Begin a new round."""
    go(results.start(store.engine(), person_id), 1)


def leave() -> None:
    """Back to the start; the round can be taken up again."""
    st.session_state.pop(_AT, None)


def give(at: Round, place: int, action: str) -> None:
    """Keep an answer; one that was given meanwhile stands."""
    try:
        results.answer(store.engine(), at.round_id, place, action)
    except results.CannotAnswer as error:
        st.toast(plain(error))


def nobody() -> None:
    """Nobody is picked yet: say what this is, and what it needs."""
    with st.container(border=True, width=practice_case.WIDTH):
        st.markdown("#### Ten accounts to practise on")
        introduction()
        st.markdown("Say who you are first: your results are kept under your name, so that you see how you get on.")
        if who.me() is None:  # else the button stands above
            who.choose()


def introduction() -> None:
    """What a round is."""
    st.markdown(
        "Ten made-up accounts, one after the other. Each asks for the next action, and the answer explains itself "
        "from the playbook and the definitions. Nothing here reads or changes the office's accounts."
    )


def welcome(person_id: int) -> None:
    """Begin, or go on where one left."""
    introduction()
    left = store.fresh(results.unfinished, person_id)
    with st.container(horizontal=True):
        if left is not None and left.next_place is not None:
            place = left.next_place
            label = f"Go on at {place} of {rounds.CASES}"
            st.button(label, type="primary", icon=":material/play_arrow:", on_click=go, args=(left, place))
            st.button("Start again", icon=":material/restart_alt:", on_click=begin, args=(person_id,))
        else:
            st.button("Start a round", type="primary", icon=":material/play_arrow:", on_click=begin, args=(person_id,))
    if left is not None:
        done = rounds.score(left.answers)
        st.caption(f"You left a round of {day(left.started_on)} half-way: {done.correct} of {done.answered} right.")
    earlier(person_id)


def earlier(person_id: int) -> None:
    """A learner's own rounds, newest first."""
    report = results.table(person_id)
    found = store.fresh(page, report)
    if not found.total_rows:
        return
    st.markdown("**Your rounds**")
    shown = [column for column in report.shown if column.name != "name"]
    tables.grid(found.frame, shown, "Your rounds, newest first")


def play(at: Round, place: int) -> None:
    """One case: its facts, then the question or the answer."""
    found = rounds.score(at.answers)
    so_far = f" · {found.correct} of {found.answered} right so far" if found.answered else ""
    given = at.answer_at(place)
    case = cases()[given.case_id]
    st.progress(place / rounds.CASES, f"**{place} of {rounds.CASES}**{so_far}", width=practice_case.WIDTH)
    with st.container(horizontal=True):
        with st.container(width=practice_case.WIDTH):
            practice_case.facts(case)
            if given.action is None:
                practice_case.ask(case, at.seed, partial(give, at, place))
            else:
                practice_case.verdict(case, at.seed, given)
                onward(at, place)
            st.button("Leave the round", type="tertiary", icon=":material/logout:", on_click=leave)
        if given.action is not None:
            with st.container(width=practice_case.BESIDE):
                practice_case.reference(case)


def onward(at: Round, place: int) -> None:
    """To the next account, or to the result."""
    label = "Next account" if place < rounds.CASES else "See the result"
    icon = ":material/arrow_forward:"
    st.button(label, type="primary", icon=icon, shortcut="n", on_click=go, args=(at, place + 1))


def result(at: Round) -> None:
    """What the round came to, and what to read again."""
    found = rounds.score(at.answers)
    st.markdown(f"#### {found.correct} of {rounds.CASES} right")
    if found.again:
        st.markdown("To read again:")
        practice_case.read_again(found.again)
    else:
        st.markdown("Every next action was the best one. There is nothing to read again.")
    st.button("Start again", type="primary", icon=":material/restart_alt:", on_click=begin, args=(at.person_id,))
    earlier(at.person_id)


def mine(person_id: int | None) -> None:
    """The rounds of the person who sits here."""
    if person_id is None:
        nobody()
        return
    somebody, round_id, place = st.session_state.get(_AT, (None, 0, 0))
    if somebody != person_id:
        welcome(person_id)
        return
    at = store.fresh(results.load, round_id)
    if place > rounds.CASES:
        result(at)
    else:
        play(at, place)


def everybody() -> None:
    """Every learner's rounds in one table."""
    first = store.fresh(results.first_day)
    if first is None:
        st.info("Nobody has practised yet. A round begins under My rounds.", icon=":material/school:")
        return
    today = date.today()
    tables.show(results.table(), Filters(as_of=today, date_from=first, date_to=today), "practice", "practice")


def main() -> None:
    """Draw the screen."""
    with states.guarded("Practice"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            view = st.segmented_control(
                "Show",
                ["My rounds", "All rounds"],
                default="My rounds",
                key="rounds",
                required=True,
                label_visibility="collapsed",
                bind="query-params",
            )
            person_id = who.choose() if who.me() is not None else None
        if view == "All rounds":
            everybody()
        else:
            mine(person_id)


entry.required()
main()
