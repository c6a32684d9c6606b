"""Opening the dashboard's pages in tests, by Streamlit's own test runner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PosixPath
from unittest.mock import patch

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime import pages_manager
from streamlit.testing.v1 import AppTest

from pages.parts import store

ROOT = Path(__file__).resolve().parents[2]


class _NoPagesFolder(PosixPath):
    """A path that says of everything that it is not there, as of the folder of old-style pages."""

    def exists(self, **_: bool) -> bool:
        return False


_components = cache(manifest_scanner.scan_component_manifests)


@contextmanager
def as_on_a_server() -> Iterator[None]:
    """Open pages as on a server whose entry file has run; what they opened and kept is let go afterwards.

    Streamlit's test runner has no navigation of its own: it takes a folder named pages for pages of the old kind, and
    looks for it anew at every run (`PagesManager`), which no setting turns off. It also reads what every installed
    package says of itself for each app, to find components: once is enough.
    """
    once = patch.object(manifest_scanner, "scan_component_manifests", _components)
    with patch.object(pages_manager, "Path", _NoPagesFolder), once:
        yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def closed_afterwards() -> Iterator[None]:
    """A database opened by the app is closed again, so that the next test may open it."""
    with as_on_a_server():
        yield


def opened(page: str, params: dict[str, str] | None = None) -> AppTest:
    """The dashboard on one page, as if a link to it had been followed."""
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    if page != "overview":
        app.switch_page(f"pages/{page}.py")
    for name, value in (params or {}).items():
        app.query_params[name] = value
    return app.run()


def noted(monkeypatch: pytest.MonkeyPatch, way: str) -> list[str]:
    """The names of the query functions that screens ask one way, `read` or `fresh`, from now on."""
    names: list[str] = []
    ask = getattr(store, way)

    def noting(function: Callable, *arguments: object, **named: object) -> object:
        names.append(function.__name__)
        return ask(function, *arguments, **named)

    monkeypatch.setattr(store, way, noting)
    return names


def words(app: AppTest) -> str:
    """All text on the page, as it is read there."""
    parts = [
        element.value for kind in ("markdown", "caption", "subheader", "info", "error") for element in app.get(kind)
    ]
    return "\n".join(as_read(part) for part in parts)


def as_read(text: object) -> str:
    """A text as it is read on the screen: without what keeps its signs from being Markdown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", str(text))


def assert_no_failure(app: AppTest) -> None:
    assert not app.exception
    assert [error.value for error in app.error] == []
