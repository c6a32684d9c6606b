"""A part of a screen that fails: it says so without a word of data, and the other parts stand."""

import logging

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    """Three parts: one fails on data, one ends the run on purpose, one must not be reached after that."""
    import streamlit as st

    from pages.parts import states

    with states.guarded("The first part"):
        int("DOE, JANE")
    with states.guarded("The second part"):
        st.text("stands")
        st.stop()
    st.text("not reached")


def test_a_failure_is_told_by_its_kind_and_place_and_never_by_its_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="dashboard"):
        app = AppTest.from_function(script).run()
    assert not app.exception
    (told,) = [element.value for element in app.error]
    (logged,) = [record.getMessage() for record in caplog.records if record.name == "dashboard"]
    number = told.removesuffix(".").rsplit(" ", 1)[1]
    assert told.startswith("The first part could not be read") and number in logged
    assert "ValueError at script:" in logged
    assert "DOE" not in told + logged and "DOE" not in caplog.text
    assert [element.value for element in app.text] == ["stands"]
