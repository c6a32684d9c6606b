"""The inbox: one file's failure keeps no other waiting."""

import logging
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.ingest import inbox, loader
from pages.parts import store
from tests.ingest.loading import balances, claims_837


def fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "11111111-a.837").write_bytes(claims_837(("A1", "100")))
    (folder / "22222222-b.837").write_bytes(claims_837(("B1", "50"), batch="B2", control="000000003"))


def test_a_file_on_which_loading_fails_goes_to_the_failed_ones(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = loader.read_source

    def fails(source, *arguments):
        if source.name == "a.837":
            raise LookupError("DOE, JANE")
        return read(source, *arguments)

    monkeypatch.setattr(loader, "read_source", fails)
    folder = tmp_path / "inbox"
    fill(folder)
    with caplog.at_level(logging.ERROR):
        (result,) = inbox.process(engine, folder)
    assert (result.file, result.status) == ("b.837", "loaded")
    assert balances(engine) == {"B1": (50, 0)}
    assert [path.name for path in (folder / "failed").iterdir()] == ["11111111-a.837"]
    assert [path.name for path in (folder / "done").iterdir()] == ["22222222-b.837"]
    (logged,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "LookupError at fails:" in logged
    assert "DOE" not in caplog.text


def test_what_is_loaded_but_not_posted_is_done(
    duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_access.posting.ledger.post", lambda *_: 1 / 0)
    folder = tmp_path / "inbox"
    fill(folder)
    assert [result.status for result in inbox.process(duckdb_engine, folder)] == ["loaded", "loaded"]
    assert len(list((folder / "done").iterdir())) == 2


def test_the_watch_goes_on_whatever_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    tried, again = [], threading.Event()

    def fails(*_):
        tried.append(1)
        if len(tried) > 1:
            again.set()
        raise LookupError("DOE, JANE")

    monkeypatch.setattr(store, "_INBOX_SECONDS", 0.01)
    monkeypatch.setattr(store.inbox, "process", fails)
    ended = threading.Event()
    with caplog.at_level(logging.ERROR):
        threading.Thread(target=store._watch, args=(None, None, ended), daemon=True).start()
        assert again.wait(10)
    ended.set()
    assert "LookupError at fails:" in caplog.text
    assert "DOE" not in caplog.text


def test_what_is_hidden_is_not_copied(tmp_path: Path) -> None:
    folder, box = tmp_path / "files", tmp_path / "inbox"
    (folder / ".git").mkdir(parents=True)
    for name in (".git/config", ".DS_Store", "a.837"):
        (folder / name).write_bytes(b"content")
    assert inbox.place([folder], box) == ["a.837"]
    assert [path.name[9:] for path in box.iterdir()] == ["a.837"]
    with pytest.raises(FileNotFoundError):
        inbox.place([tmp_path / "nothing"], box)
