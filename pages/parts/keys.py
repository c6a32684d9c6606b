"""The keys of the screens rest while a dialog or popover is open, or what was typed there would be lost."""

from __future__ import annotations

import streamlit as st

#: Streamlit's own keys rest only while one writes in a field, not on a button or an empty spot of a dialog. They are
#: heard at the document, after everything in the page: what lies in between hears them first.
_rest = st.components.v2.component(
    "keys",
    js="""const rest = event => {
        const plain = event.key?.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey
        if (plain && document.querySelector('[role="dialog"], [data-testid="stPopoverBody"]')) event.stopPropagation()
    }
    export default () => document.documentElement.addEventListener('keydown', rest)""",
)


def rest_under_dialogs() -> None:
    """Drawn once a run, where an empty element does no harm."""
    _rest(key="keys")
