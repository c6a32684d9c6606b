"""What several workers of a test run need and takes seconds to make: the first makes it, the others wait and copy."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def shared_file(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A file of this worker's own, like that which `make` writes at the path it is given; made once for a test run.

    Args:
        name: the same wherever the same file is meant; with its ending.
    """
    own = factory.mktemp(Path(name).stem) / name
    if "PYTEST_XDIST_WORKER" not in os.environ:
        make(own)
        return own
    shared = factory.getbasetemp().parent / f"made-once-{name}"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            make(own)
            shutil.copyfile(own, f"{shared}.part")
            Path(f"{shared}.part").rename(shared)
            return own
    shutil.copyfile(shared, own)
    return own
