"""What a chart breaks its figures down by."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from data_access.queries import dimensions
from pages.parts import store

_KEY, _USUAL = "by", "Payer"


def choice(options: Mapping[str, str], usual: str = _USUAL) -> str:
    """Buttons to choose one of the options, which are label to dimension; the dimension chosen."""
    return options[
        st.segmented_control("By", list(options), default=usual, key=_KEY, bind="query-params", required=True)
    ]


def chosen(options: Mapping[str, str], usual: str = _USUAL, key: str = _KEY) -> str:
    """The same, or of buttons with another key, before the buttons are drawn.

    Where they were not drawn yet it is as the link says; what was chosen on another screen may be no option here.
    """
    label = st.session_state.get(key) or st.query_params.get(key)
    return options.get(label or usual, options[usual])


def named(by: str, value: Any) -> str:
    """What a value of a dimension is called; of a mark, None is a value too."""
    return dimensions.label(by, store.read(dimensions.labels, by), value)
