"""python -m data_access demo."""

import argparse
from datetime import date
from pathlib import Path

import pytest

from data_access.check import check
from data_access.demo import cli
from data_access.demo.appeals import REP
from data_access.demo.write_x12 import write_files
from data_access.engine import is_synthetic, mark_synthetic, open_engine, write
from data_access.ingest.loader import load_paths
from data_access.work.people import everybody


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return cli.run(parser.parse_args(arguments))


@pytest.fixture
def url(duckdb_url, monkeypatch) -> str:
    monkeypatch.setenv("DEMO_DATABASE_URL", duckdb_url)
    return duckdb_url


def test_only_files(tmp_path, url):
    folder = tmp_path / "files"
    assert run("--claims", "50", "--until", "2026-11-20", "--x12", str(folder)) == 0
    assert (folder / "transactions.csv").exists()
    assert not Path(url.removeprefix("duckdb:///")).exists()


def test_makes_a_marked_database_once(url, capsys):
    assert run("--claims", "50", "--until", "2026-11-20", "--report") == 0
    told = capsys.readouterr()
    assert "days in A/R" in told.out
    assert "authorization spike" in told.out
    assert "Loading its files" in told.err
    engine = open_engine(url)
    assert is_synthetic(engine)
    engine.dispose()
    assert run("--if-missing") == 0
    assert run("--claims", "50") == 1
    assert "already" in capsys.readouterr().err


def test_directly(url):
    assert run("--claims", "800", "--until", "2026-11-26", "--direct") == 0
    engine = open_engine(url)
    assert is_synthetic(engine)
    assert list(everybody(engine).values()) == [REP]  # appeals were recorded
    assert [finding for finding in check(engine) if not finding.ok] == []
    engine.dispose()


def test_never_mixes_with_real_files(url, tmp_path, capsys):
    payers = tmp_path / "payers.csv"
    payers.write_text("payer_id,name\nREAL1,Real Plan\n")
    engine = open_engine(url)
    load_paths(engine, [payers], "test")
    engine.dispose()
    assert run("--claims", "50") == 1
    assert "never mixes" in capsys.readouterr().err


def test_starts_anew_after_an_interruption(url, tmp_path, capsys):
    engine = open_engine(url)
    with write(engine) as connection:
        mark_synthetic(connection)
    first = next(path for path in write_files(tmp_path, 50, 9, date(2026, 11, 20)) if path.suffix == ".x12")
    load_paths(engine, [first], "test")
    engine.dispose()
    assert run("--claims", "50", "--until", "2026-11-20", "--if-missing") == 0
    assert "interrupted" in capsys.readouterr().err
    engine = open_engine(url)
    assert is_synthetic(engine)
    assert [finding for finding in check(engine) if not finding.ok] == []
    engine.dispose()


def test_refuses_a_senseless_size(url):
    assert run("--claims", "0") == 1
