"""Guide: what do these words and figures mean?"""

import pandas as pd
import streamlit as st

from data_access.metrics import METRICS, Metric
from data_access.reference import adjustment_reasons, denial_categories, glossary, screens
from pages.parts import about, entry, states
from pages.parts.text import name_of, words


def metrics() -> None:
    """Every metric, from its one definition."""
    for metric in METRICS.values():
        with st.container(border=True):
            one_metric(metric)


def one_metric(metric: Metric) -> None:
    """A metric's definition, formula, benchmark and source."""
    good = {"up": "higher is better", "down": "lower is better", None: "neither high nor low is good in itself"}
    st.markdown(f"**{metric.name}** · {metric.unit}, {good[metric.good]}")
    st.markdown(metric.definition)
    st.caption(f"Formula: {metric.formula}")
    if metric.benchmark:
        target = f"{words(metric.target, metric.unit)}: " if metric.target is not None else ""
        st.caption(f"Benchmark: {target}{metric.benchmark}. Source: {metric.source}.")
    if metric.caveats:
        st.caption(f"Mind: {metric.caveats}")


def words_of_the_field() -> None:
    """The glossary."""
    asked = st.text_input("Find a word", key="glossary").lower().strip()
    rows = [term for term in glossary() if asked in term.term.lower() or asked in term.definition.lower()]
    if not rows:
        states.no_match("No such word here")
        return
    frame = pd.DataFrame({"term": [row.term for row in rows], "definition": [row.definition for row in rows]})
    columns = {"term": "Word", "definition": "What it means"}
    st.dataframe(frame, hide_index=True, height="content", column_config=columns, alt="Glossary", row_height=38)


def denials() -> None:
    """Denial categories with the usual first action, and the reason codes in each."""
    codes: dict[str, list[str]] = {}
    for reason in adjustment_reasons().values():
        if reason.category:
            codes.setdefault(reason.category, []).append(reason.carc)
    for category in denial_categories().values():
        with st.container(border=True):
            kind = "mend and resend" if category.kind == "soft" else "appeal"
            cause = "preventable in the office" if category.preventable else "not usually preventable"
            st.markdown(f"**{category.label}** · {kind} · {cause}" + (" · clinical" if category.clinical else ""))
            st.markdown(category.first_action)
            st.caption("Reason codes: " + ", ".join(codes.get(category.category, ["any not in our table"])))


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
    view = st.segmented_control(
        "Show",
        list(VIEWS),
        default="Figures",
        key="show",
        required=True,
        label_visibility="collapsed",
        bind="query-params",
    )
    with states.guarded("The guide"):
        VIEWS[view]()


entry.required()
main()
