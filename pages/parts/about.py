"""Why is this here? A screen's own help, from the same words as the Guide."""

from __future__ import annotations

import streamlit as st

from data_access.metrics import METRICS
from data_access.reference import Screen, screens


def why_here(screen: str) -> None:
    """The help of a screen, behind a question mark; nothing on screens that need none."""
    found = screens().get(screen)
    if found is None:
        return
    with st.popover("Why is this here?", icon=":material/help:", type="tertiary"):
        explain(found)
        st.page_link("pages/guide.py", label="Open the Guide", icon=":material/menu_book:")


def explain(screen: Screen) -> None:
    """What a screen is for, its figures in a sentence each, and what to do on it."""
    st.markdown(f"**{screen.title}**: {screen.question}")
    st.markdown(screen.why)
    st.markdown(f":material/arrow_forward: {screen.next_step}")
    for metric_id in screen.metrics:
        metric = METRICS[metric_id]
        st.caption(f"**{metric.name}**: {metric.definition}")
