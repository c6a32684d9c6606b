"""How a figure, a word and a denial of the reference read on a screen, in the same words everywhere."""

from __future__ import annotations

import streamlit as st

from data_access.metrics import Metric
from data_access.reference import DenialCategory, Term
from pages.parts.text import words


def metric(found: Metric) -> None:
    """A metric's definition, formula, benchmark and source."""
    good = {"up": "higher is better", "down": "lower is better", None: "neither high nor low is good in itself"}
    st.markdown(f"**{found.name}** · {found.unit}, {good[found.good]}")
    st.markdown(found.definition)
    st.caption(f"Formula: {found.formula}")
    if found.benchmark:
        target = f"{words(found.target, found.unit)}: " if found.target is not None else ""
        st.caption(f"Benchmark: {target}{found.benchmark}. Source: {found.source}.")
    if found.caveats:
        st.caption(f"Mind: {found.caveats}")


def category(found: DenialCategory) -> None:
    """A denial category: its kind, and the usual first action."""
    kind = "mend and resend" if found.kind == "soft" else "appeal"
    cause = "preventable in the office" if found.preventable else "not usually preventable"
    st.markdown(f"**{found.label}** · {kind} · {cause}" + (" · clinical" if found.clinical else ""))
    st.markdown(found.first_action)


def word(found: Term) -> None:
    """A word of the field and what it means."""
    st.markdown(f"**{found.term}**")
    st.markdown(found.definition)


def open_in_guide(view: str, find: str, label: str) -> None:
    """A link to an entry of the Guide.

    Args:
        view: Figures, Words or Denials.
    """
    st.page_link("pages/guide.py", label=label, icon=":material/menu_book:", query_params={"show": view, "find": find})
