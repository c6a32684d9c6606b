"""The hand-worked files are sound X12: an independent reader finds nothing to complain of, balances included."""

from pathlib import Path

import oxedi
import pytest

from tests.handworked.conftest import FILES


@pytest.mark.parametrize("path", sorted(FILES.glob("*.835")), ids=lambda path: path.name)
def test_remittances_are_valid_and_balance(path: Path) -> None:
    assert list(oxedi.parse(path.read_bytes()).diagnostics) == []


@pytest.mark.parametrize("path", sorted(FILES.glob("*.83?")), ids=lambda path: path.name)
def test_envelopes_count_right(path: Path) -> None:
    segments = [segment.strip().split("*") for segment in path.read_text().split("~") if segment.strip()]
    opened = [number for number, segment in enumerate(segments) if segment[0] == "ST"]
    closed = [number for number, segment in enumerate(segments) if segment[0] == "SE"]
    for first, last in zip(opened, closed, strict=True):
        assert segments[last][1:] == [str(last - first + 1), segments[first][2]]
    assert segments[-2][:2] == ["GE", str(len(opened))]
    assert segments[-1] == ["IEA", "1", segments[0][13]]
