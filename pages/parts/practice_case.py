"""One practice account on the screen: its facts, the four actions, and after the answer why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

import streamlit as st

from data_access.practice.cases import Case
from data_access.practice.rounds import Answer, choices
from pages.parts import definitions
from pages.parts.text import bold, money, opening, plain

_OWED = {"insurance": "Insurance owes", "patient": "Patient owes", "credit": "Credit"}
#: Wide enough for a sentence, narrow enough to read it; what explains stands beside it where there is room.
WIDTH, BESIDE = 780, 460


def facts(case: Case) -> None:
    """What is known about the account, as on the Account screen."""
    opening(f"Practice account {case.case_id} · payer: {case.payer_type}")
    with st.container(horizontal=True):
        st.metric(_OWED[case.side], money(case.balance), border=True, width=200)
        st.metric(f"Since {case.aged_from}", f"{case.age_days} days", border=True, width=260)
    st.markdown(plain(case.happened))
    if case.reason is not None:
        st.caption(plain(f"Reason code {case.reason.carc}: {case.reason.label}"))


def ask(case: Case, seed: int, give: Callable[[str], None]) -> None:
    """The four actions as buttons, also by their number on the keyboard; the first press is the answer."""
    st.markdown("**What do you do next?**")
    for number, choice in enumerate(choices(case, seed), 1):
        st.button(
            plain(choice.label),
            key=f"answer-{case.case_id}-{number}",
            on_click=give,
            args=(choice.action,),
            shortcut=str(number),
            width="stretch",
        )


def verdict(case: Case, seed: int, answer: Answer) -> None:
    """Right or not, and why each of the others is weaker."""
    if answer.correct:
        st.success("**Right.** " + plain(case.best.why), icon=":material/check_circle:")
    else:
        st.warning(
            f"**Not the best next action.** {plain(f'Better: {case.best.label.lower()}. {case.best.why}')}",
            icon=":material/cancel:",
        )
    for choice in choices(case, seed):
        if not choice.best:
            yours = " (your answer)" if choice.action == answer.action else ""
            st.markdown(f":material/close: {bold(choice.label)}{yours}: {plain(choice.why)}")


def reference(case: Case) -> None:
    """What the playbook and the definitions say about it, in their own words."""
    if case.category is not None:
        with st.container(border=True):
            st.caption("From the playbook")
            definitions.category(case.category)
    if case.term is not None or case.metric is not None:
        with st.container(border=True):
            st.caption("From the definitions")
            if case.term is not None:
                definitions.word(case.term)
            if case.metric is not None:
                definitions.metric(case.metric)
    _links([case])


def read_again(missed: Iterable[Case]) -> None:
    """By topic: what would have been better, and where the Guide says more."""
    for topic, of_topic in groupby(missed, key=lambda case: case.topic):
        with st.container(border=True, width=WIDTH):
            cases = list(of_topic)
            st.markdown(bold(topic))
            for case in cases:
                st.markdown(plain(f"Practice account {case.case_id}, better: {case.best.label.lower()}."))
            _links(cases)


def _links(cases: Iterable[Case]) -> None:
    """Links to the Guide, each entry once."""
    entries: dict[tuple[str, str], str] = {}
    for case in cases:
        if case.category is not None:
            entries[("Denials", case.category.label)] = f"Playbook: {case.category.label}"
        if case.term is not None:
            entries[("Words", case.term.term)] = f"Word: {case.term.term}"
        if case.metric is not None:
            entries[("Figures", case.metric.name)] = f"Figure: {case.metric.name}"
    with st.container(horizontal=True):
        for (view, find), label in entries.items():
            definitions.open_in_guide(view, find, label)
