"""Reading files ahead, in processes of their own: what is loaded is the same, row for row."""

import sys
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from data_access import schema as s
from data_access.engine import open_engine
from data_access.ingest import reading
from data_access.ingest.loader import LoadResult, load_paths
from data_access.ingest.sources import find
from tests.ingest.loading import PAID, assert_sound, claims_837, contents, remits_835

_REMITS = remits_835(("A1", "100", "60", PAID))
_FILES = {
    "a.837": claims_837(("A1", "100"), ("A2", "50")),
    "b.837": claims_837(("A9", "10"), batch="B9")[:-60],
    "c.835": _REMITS,
    "d.835": _REMITS.replace(b"000000002", b"000000055"),
    "e.csv": b"type,account_number,posted_on,amount\nno such kind,A1,2026-03-01,1.00\n",
    "f.837": claims_837(("A1", "100"), ("A2", "50")),
    "g.csv": b"account_number,posted_on,type,amount\nA1,2026-03-01,patient_payment,5.00\n",
    "h.txt": b"no X12 at all",
}


def _loaded(tmp_path: Path, name: str, readers: int) -> tuple[Engine, list[LoadResult]]:
    engine = open_engine(f"duckdb:///{tmp_path / name}.duckdb")
    with engine.begin() as connection:
        connection.execute(update(s.setting).where(s.setting.c.name == "salt").values(value="5a" * 16))
    return engine, load_paths(engine, [tmp_path / "files"], "test", readers=readers)


def _told(result: LoadResult) -> dict[str, object]:
    """What is told of a file, but for when the same file was loaded before."""
    return vars(result) | ({"reason": None} if result.status == "already_loaded" else {})


@pytest.fixture
def one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files, each of which is a transaction of its own."""
    (tmp_path / "files").mkdir()
    for name, content in _FILES.items():
        (tmp_path / "files" / name).write_bytes(content)
    monkeypatch.setattr("data_access.ingest.loader._SHARED_BYTES", 1_500)
    return tmp_path


def test_files_read_ahead_are_loaded_as_if_read_in_turn(one_by_one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    in_turn, results = _loaded(one_by_one, "in-turn", 0)
    given: list[str] = []
    begin = reading.Readers.begin

    def noted(self: reading.Readers, source: reading.Source, *more: Any) -> Future:
        given.append(source.name)
        return begin(self, source, *more)

    monkeypatch.setattr(reading.Readers, "begin", noted)
    ahead, others = _loaded(one_by_one, "ahead", 1)
    assert given == ["a.837", "b.837", "c.835", "d.835", "e.csv", "g.csv", "h.txt"]  # f.837 is a.837 once more
    assert list(map(_told, others)) == list(map(_told, results))
    assert [result.status for result in results].count("rejected") == 3
    assert contents(ahead) == contents(in_turn)
    assert_sound(ahead)
    for engine in (in_turn, ahead):
        engine.dispose()


def test_files_are_read_in_turn_where_no_process_can_be_started(
    one_by_one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Future:
        failed: Future = Future()
        failed.set_exception(BrokenExecutor("ended"))
        return failed

    monkeypatch.setattr(reading.Readers, "begin", broken)
    engine, results = _loaded(one_by_one, "broken", 1)
    assert [result.status for result in results].count("loaded") == 3
    with engine.connect() as connection:
        assert connection.scalars(select(s.claim.c.account_number)).all()
    engine.dispose()


def test_a_process_reads_nothing_but_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves no file behind, and tells of a refusal as if it had been met here."""
    # a new process imports the main module, and page tests that ran before leave a page in its place
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    (tmp_path / "x.837").write_bytes(_FILES["b.837"])
    (source,) = find([tmp_path / "x.837"])
    readers = reading.Readers(1)
    try:
        with pytest.raises(ValueError, match="cut off"):
            readers.begin(source, 1, b"k").result()
    finally:
        readers.close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.837"]
