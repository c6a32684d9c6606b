"""Finds a Chromium for the browser tests, or gets one; prints its path."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """Path of a browser that is there already: CHROMIUM, one on the PATH, or the one Playwright keeps."""
    named = os.environ.get("CHROMIUM")
    if named and Path(named).exists():
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Try what this machine allows: the system's package manager, else Playwright's own download."""
    attempts: list[list[str]] = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    else:
        attempts += [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for command in attempts:
        print("browser tests need a Chromium:", " ".join(command), file=sys.stderr)
        subprocess.run(command, stdout=sys.stderr, check=False)


if __name__ == "__main__":
    path = installed()
    if path is None:
        install()
        path = installed()
    if path is None:
        print("NO BROWSER: the browser tests will be skipped. Install Chromium or set CHROMIUM.", file=sys.stderr)
    print(path or "")
