"""The synthetic practice that pages are opened over, made once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.conftest import Fill
from tests.made_once import shared_file
from tests.pages.opening import ROOT


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a small synthetic practice."""
    return f"duckdb:///{shared_file(tmp_path_factory, 'practice.duckdb', _make)}"


@pytest.fixture
def office_of(copy_of: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Fill], Engine]:
    """As `copy_of`, of the database that the dashboard opens."""

    def opened(kind: str, fill: Fill) -> Engine:
        engine: Engine = copy_of(kind, fill)
        monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
        return engine

    return opened


def _make(path: Path) -> None:
    command = [sys.executable, "-m", "data_access", "demo", "--direct", "--claims", "800", "--until", "2026-06-30"]
    environment = {"DEMO_DATABASE_URL": f"duckdb:///{path}", "PATH": ""}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
