"""When the program starts the bank is matched anew only where a load, or taking one back, was interrupted."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access.engine import data_version
from data_access.ingest import loader
from data_access.ingest import undo as undoing
from data_access.posting import bank, resume, settle
from data_access.schema import load as loads
from tests.bank.month import files
from tests.bank.test_month import WORKED, states
from tests.ingest.loading import assert_sound, contents, load


class Cut(Exception):
    """The program ends here."""


def cut(_: Engine) -> int:
    raise Cut


def refuses(_: object) -> bool:
    raise AssertionError("the bank is matched anew")


def test_nothing_is_matched_anew_after_loads_that_ended(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    version = data_version(office)
    monkeypatch.setattr(bank, "reconcile", refuses)
    assert resume(office) == 0
    assert (data_version(office), states(office)) == (version, WORKED)


def test_deposits_of_a_load_that_was_cut_short_are_matched_at_the_start(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = files()
    load(engine, tmp_path, **{name: content for name, content in every.items() if name != "deposits.csv"})
    with monkeypatch.context() as patched, pytest.raises(Cut):
        patched.setattr(loader, "settle", cut)
        load(engine, tmp_path, **{"deposits.csv": every["deposits.csv"]})
    assert not [name for name in states(engine) if name.startswith("B")]
    version = data_version(engine)
    resume(engine)
    assert states(engine) == WORKED
    assert data_version(engine) > version
    assert_sound(engine)
    monkeypatch.setattr(bank, "reconcile", refuses)
    resume(engine)


def test_deposits_taken_back_and_cut_short_are_forgotten_at_the_start(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.connect() as connection:
        number = connection.scalar(select(loads.c.load_id).where(loads.c.file_name == "deposits.csv"))
    with monkeypatch.context() as patched, pytest.raises(Cut):
        patched.setattr(undoing, "settle", cut)
        undoing.undo(office, number)
    resume(office)
    after = contents(office)
    settle(office)
    assert contents(office) == after, "a start leaves what posting in full does"
    assert not [name for name in states(office) if name.startswith("B")]
    assert states(office)["T100 2"][0] == "open"
