"""What every screen asks of the database when it is opened: found by opening it, so that nothing is left out."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import streamlit as st
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from data_access.engine import Source, is_synthetic, snapshot
from data_access.queries import dimensions, imports
from data_access.schema import account
from pages.parts import store
from tests.pages.opening import as_on_a_server, opened

#: Screen, or a view of it -> its page and the parameters of its link.
SCREENS: dict[str, tuple[str, dict[str, str]]] = {
    "Overview": ("overview", {}),
    "Month end": ("month_end", {}),
    "Worklist": ("worklist", {}),
    "Accounts": ("accounts", {}),
    "Aging": ("aging", {}),
    "Denials": ("denials", {}),
    "Collections": ("collections", {}),
    "Coverage": ("coverage", {}),
    "Claims": ("claims", {}),
    "Underpayments": ("underpayments", {}),
    "Underpayments, claims paid late": ("underpayments", {"rows": "Claims paid late"}),
    "Reconciliation, deposits": ("reconciliation", {}),
    "Reconciliation, remittances": ("reconciliation", {"view": "Remittances"}),
    "Reconciliation, posted by hand": ("reconciliation", {"view": "Posted by hand"}),
    "Reconciliation, provider-level": ("reconciliation", {"view": "Provider-level"}),
    "Reconciliation, credits": ("reconciliation", {"view": "Credits"}),
    "Reconciliation, daily close": ("reconciliation", {"view": "Daily close"}),
    "Statements": ("statements", {}),
    "Team": ("team", {}),
    "Import, history": ("imports", {"show": "History"}),
}
#: The same for every screen and every filter, and kept from one load to the next.
SHARED = (imports.freshness, dimensions.options, is_synthetic)
AN_ACCOUNT = "Opening an account"


class Question(NamedTuple):
    """What a page asks `pages.parts.store` for."""

    function: Callable
    arguments: tuple
    named: dict[str, Any]

    def ask(self, source: Source) -> Any:
        """Ask as the dashboard does."""
        return self.function(source, *self.arguments, **self.named)


def ask(engine: Engine, questions: list[Question]) -> None:
    """Have the questions of a page answered one after another: of one moment, as in a run of the dashboard."""
    with snapshot(engine) as source:
        for one in questions:
            one.ask(source)


class Opened(NamedTuple):
    """A page as opened again and again with nothing kept: what it asked for, and the seconds each opening took."""

    questions: list[Question]
    shared: list[Question]
    seconds: list[float]


class Opener:
    """Opens pages of the dashboard on one database, by Streamlit's own test runner."""

    def __init__(self, engine: Engine, as_of: str, asked: list[Question]) -> None:
        self.engine, self._as_of, self._asked = engine, as_of, asked

    def screen(self, name: str, repeat: int) -> Opened:
        """Open one of SCREENS."""
        page, params = SCREENS[name]
        return self._open(page, {"asof": self._as_of, **params}, repeat)

    def accounts(self, number: int) -> list[Opened]:
        """Open several accounts that owe something, as a rep does: of the others less is asked."""
        owing = select(account.c.account_id).where(account.c.balance > 0).order_by(account.c.account_id).limit(number)
        with self.engine.connect() as connection:
            ids = list(connection.scalars(owing))
        return [self._open("account", {"account": str(one)}, 1) for one in ids]

    def _open(self, page: str, params: dict[str, str], repeat: int) -> Opened:
        app = opened(page, params)
        seconds = []
        for _ in range(repeat):
            st.cache_data.clear()
            self._asked.clear()
            start = time.perf_counter()
            _again(app, params)
            seconds.append(time.perf_counter() - start)
        own, shared = ([one for one in self._asked if (one.function in SHARED) == same] for same in (False, True))
        return Opened(own, shared, seconds)


@contextmanager
def opening(url: str, as_of: str) -> Iterator[Opener]:
    """Open pages on a database, as of a day; afterwards it is closed, so that the next may be opened."""
    asked: list[Question] = []
    ask = store.ask

    def noting(function: Callable, arguments: tuple, named: dict[str, Any]) -> Any:
        asked.append(Question(function, arguments, named))
        return ask(function, arguments, named)

    logging.disable(logging.WARNING)  # Streamlit warns of every call from outside a page
    with as_on_a_server(), patch.dict(os.environ, DATABASE_URL=url), patch.object(store, "ask", noting):
        engine: Engine = store.engine()
        yield Opener(engine, as_of, asked)
        engine.dispose()


def _again(app: AppTest, params: dict[str, str]) -> None:
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    if app.exception or app.error:
        raise RuntimeError(f"the page failed: {[element.value for element in [*app.exception, *app.error]]}")
