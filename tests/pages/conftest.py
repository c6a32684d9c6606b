"""The synthetic practice that pages are opened over, made once."""

import subprocess
import sys

import pytest

from tests.pages.opening import ROOT


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a small synthetic practice."""
    url = f"duckdb:///{tmp_path_factory.mktemp('practice') / 'demo.duckdb'}"
    command = [sys.executable, "-m", "data_access", "demo", "--direct", "--claims", "800", "--until", "2026-06-30"]
    subprocess.run(command, cwd=ROOT, env={"DEMO_DATABASE_URL": url, "PATH": ""}, check=True, capture_output=True)
    return url
