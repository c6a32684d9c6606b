"""The command line: what it prints, and what its exit code says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.__main__ import main
from data_access.bulk import bulk_insert
from data_access.engine import DEMO_URL, write
from data_access.schema import facility
from tests.ingest.loading import PAID, claims_837, remits_835


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a claim, its remittance, and a file that is no X12; the database is a new one beside it."""
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'office.duckdb'}")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "claims.837").write_bytes(claims_837(("A1", "100")))
    (folder / "remits.835").write_bytes(remits_835(("A1", "100", "60", PAID)))
    return folder


def test_load_as_json_then_check_undo_and_load_again(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(files), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    keys = ["file", "kind", "claims", "charge", "paid", "balanced", "status", "reason", "warnings"]
    assert [list(row) for row in rows] == [keys, keys]
    assert [(row["file"], row["kind"], row["status"]) for row in rows] == [
        ("claims.837", "837P", "loaded"),
        ("remits.835", "835", "loaded"),
    ]
    assert (rows[1]["charge"], rows[1]["paid"], rows[1]["balanced"]) == ("100.00", "60.00", True)
    assert main(["check"]) == 0
    assert main(["undo", "2"]) == 0
    assert main(["undo", "2"]) == 2
    assert "nothing to undo" in capsys.readouterr().err
    assert main(["load", str(files)]) == 0
    out = capsys.readouterr().out
    assert "already loaded" in out
    assert main(["check"]) == 0


def test_a_rejected_file_makes_the_exit_code_one(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "letter.txt").write_text("no X12 at all")
    assert main(["load", str(files)]) == 1
    assert "not X12" in capsys.readouterr().out


def test_who_reads_the_output_may_stop(files: Path) -> None:
    command = [sys.executable, "-m", "data_access", "check"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout and run.stderr
        run.stdout.close()  # long before the first line is written
        said = run.stderr.read().decode()
    assert (run.returncode, said) == (2, "")


def test_what_cannot_run_says_why_without_a_traceback(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(files / "nowhere")]) == 2
    assert "no such file" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody:secret@localhost:1/nothing")
    assert main(["load", str(files)]) == 2
    said = capsys.readouterr().err
    assert "cannot open the database" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "address", ["mysql://me:secret@host/books", "postgres:secret", "/data/secret.duckdb", "duckdb:/secret", "sqlite://"]
)
def test_an_address_of_another_database_is_named_as_what_is_wrong(
    files: Path, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    assert main(["load", str(files)]) == 2
    said = capsys.readouterr().err
    assert "DATABASE_URL" in said and "duckdb:///" in said
    assert "secret" not in said


@contextmanager
def held_open() -> Iterator[None]:
    """The database is open in another process until the block ends."""
    holding = (
        "import sys; from data_access.engine import open_engine; e = open_engine().connect(); print(1, flush=True)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding + "; sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
    finally:
        holder.communicate(b"", timeout=30)


def test_while_the_database_is_open_elsewhere_files_go_to_its_inbox(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with held_open():
        assert main(["load", str(files)]) == 0
        said = capsys.readouterr().out
        assert "2 files were placed in its inbox, not loaded yet" in said
        assert "within seconds while it runs, else at its next start" in said
        (tmp_path / "hidden").mkdir()
        (tmp_path / "hidden" / ".DS_Store").write_bytes(b"content")
        assert main(["load", str(tmp_path / "hidden")]) == 2
        assert "no file to load" in capsys.readouterr().err
        assert main(["check"]) == 2
        assert "open in another program" in capsys.readouterr().err
    assert sorted(path.name[9:] for path in (tmp_path / "office-inbox").iterdir()) == ["claims.837", "remits.835"]


def test_nothing_goes_to_the_inbox_of_the_demonstration(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", DEMO_URL)
    with held_open():
        assert main(["load", str(files)]) == 2
    assert "never mixes with real files" in capsys.readouterr().err
    assert not (tmp_path / "data" / "demo-inbox").exists()


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_what_the_database_refuses_is_said_without_what_it_holds(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", request.getfixturevalue(f"{kind}_url"))

    def refused(engine: Engine) -> None:
        with write(engine) as connection:
            bulk_insert(connection, facility, ["facility_id", "name"], [(None, "Synthetic Secret")])

    monkeypatch.setattr("data_access.__main__.check", refused)
    assert main(["check"]) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(r"The database failed: \w+ at data_access/__main__\.py:\d+\.\n", said)
