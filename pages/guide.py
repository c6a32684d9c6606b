"""Guide: what do these words and figures mean?"""

import pandas as pd
import streamlit as st

from data_access.metrics import METRICS
from data_access.reference import adjustment_reasons, denial_categories, glossary, screens
from pages.parts import about, definitions, entry, states
from pages.parts.text import name_of

_FIND = "Find less of it, another word, or look in the other tabs."


def asked() -> str:
    """What to look for on this view; a link can ask for it."""
    return (st.text_input("Find", key="find", bind="query-params") or "").lower().strip()


def metrics() -> None:
    """Every metric, from its one definition."""
    wanted = asked()
    found = [one for one in METRICS.values() if wanted in one.name.lower() or wanted in one.definition.lower()]
    for one in found:
        with st.container(border=True):
            definitions.metric(one)
    if not found:
        states.nothing("No such figure here", _FIND)


def words_of_the_field() -> None:
    """The glossary."""
    wanted = asked()
    rows = [term for term in glossary() if wanted in term.term.lower() or wanted in term.definition.lower()]
    if not rows:
        states.nothing("No such word here", _FIND)
        return
    frame = pd.DataFrame({"term": [row.term for row in rows], "definition": [row.definition for row in rows]})
    columns = {"term": "Word", "definition": "What it means"}
    st.dataframe(frame, hide_index=True, height="content", column_config=columns, alt="Glossary", row_height=38)


def denials() -> None:
    """Denial categories with the usual first action, and the reason codes in each."""
    wanted = asked()
    codes: dict[str, list[str]] = {}
    for reason in adjustment_reasons().values():
        if reason.category:
            codes.setdefault(reason.category, []).append(reason.carc)
    found = [
        one
        for one in denial_categories().values()
        if wanted in one.label.lower() or wanted in one.first_action.lower() or wanted in codes.get(one.category, [])
    ]
    for one in found:
        with st.container(border=True):
            definitions.category(one)
            st.caption("Reason codes: " + ", ".join(codes.get(one.category, ["any not in our table"])))
    if not found:
        states.nothing("No such denial here", _FIND)


def codes() -> None:
    """Reason codes with our own short labels."""
    rows = adjustment_reasons().values()
    frame = pd.DataFrame(
        {
            "code": [row.carc for row in rows],
            "label": [row.label for row in rows],
            "class": [name_of(row.adjustment_class) for row in rows],
            "category": [name_of(row.category) or "" for row in rows],
        }
    )
    st.caption("Numbers with short labels of our own; the published texts are licensed.")
    columns = {"code": "Code", "label": "Our label", "class": "Class", "category": "Denial category"}
    st.dataframe(frame, hide_index=True, column_config=columns, height=620, alt="Adjustment reason codes")


def why_screens() -> None:
    """What each screen is for, in the words its own help shows."""
    for screen in screens().values():
        with st.container(border=True):
            about.explain(screen)


VIEWS = {
    "Screens": why_screens,
    "Figures": metrics,
    "Words": words_of_the_field,
    "Denials": denials,
    "Reason codes": codes,
}


def main() -> None:
    """Draw the screen."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = st.segmented_control(
            "Show",
            list(VIEWS),
            default="Figures",
            key="show",
            required=True,
            label_visibility="collapsed",
            bind="query-params",
        )
        st.page_link("pages/practice.py", label="Practise on ten made-up accounts", icon=":material/school:")
    with states.guarded("The guide"):
        VIEWS[view]()


entry.required()
main()
