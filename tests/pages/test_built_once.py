"""Screens send statements that are built once: opened again, or by somebody else, none of them is built anew."""

from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import event

from pages.parts import store
from tests.benchmarks.screens import SCREENS
from tests.pages.opening import assert_no_failure, closed_afterwards, opened

__all__ = ["closed_afterwards"]


@pytest.fixture
def sent(practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None) -> Iterator[list[Any]]:
    """The statements that pages send to the practice's database, as the objects they are."""
    monkeypatch.setenv("DATABASE_URL", practice)
    found: list[Any] = []

    def note(_connection: Any, statement: Any, *_: Any) -> None:
        found.append(statement)

    engine = store.engine()
    event.listen(engine, "before_execute", note)
    yield found
    event.remove(engine, "before_execute", note)


@pytest.mark.parametrize("name", SCREENS)
def test_no_statement_is_built_anew(name: str, sent: list[Any]) -> None:
    page, params = SCREENS[name]
    before = []
    for _ in range(2):
        st.cache_data.clear()
        before, sent[:] = list(sent), []
        assert_no_failure(opened(page, params))
    kept = {id(statement) for statement in before}
    anew = [str(statement) for statement in sent if id(statement) not in kept]
    assert len(sent) > 3
    assert not anew, "\n\n".join(anew)


def test_an_account_is_asked_for_with_the_statements_of_another(sent: list[Any], practice: str) -> None:
    with store.engine().connect() as connection:
        owing = "select account_id from account where balance > 0 and payer_id is not null order by account_id limit 2"
        both = connection.exec_driver_sql(owing).scalars().all()
    asked = []
    for one in both:
        st.cache_data.clear()
        sent.clear()
        assert_no_failure(opened("account", {"account": str(one)}))
        asked.append({str(statement): statement for statement in sent})
    first, second = asked
    alike = first.keys() & second.keys()
    assert len(alike) > 10
    anew = [text for text in alike if first[text] is not second[text]]
    assert not anew, "\n\n".join(anew)
