"""Opening the dashboard's pages in tests, by Streamlit's own test runner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PosixPath

import pytest
import streamlit as st
from streamlit.runtime import pages_manager
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


class NoPagesFolder(PosixPath):
    """A path that looks to Streamlit as on a server whose entry file has run: no folder of old-style pages."""

    def exists(self, **_: bool) -> bool:
        return False


@pytest.fixture
def closed_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database opened by the app is closed again, so that the next test may open it."""
    monkeypatch.setattr(pages_manager, "Path", NoPagesFolder)
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(page: str, params: dict[str, str] | None = None) -> AppTest:
    """The dashboard on one page, as if a link to it had been followed."""
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for name, value in (params or {}).items():
        app.query_params[name] = value
    app.run()
    if page != "overview":
        app.switch_page(f"pages/{page}.py")
        for name, value in (params or {}).items():
            app.query_params[name] = value
        app.run()
    return app


def words(app: AppTest) -> str:
    """All text on the page."""
    parts = [
        element.value for kind in ("markdown", "caption", "subheader", "info", "error") for element in app.get(kind)
    ]
    return "\n".join(str(part) for part in parts)


def assert_no_failure(app: AppTest) -> None:
    assert not app.exception
    assert [error.value for error in app.error] == []
