"""A database with files and without charges: every screen says what is loaded, what is missing, and where to look."""

from pathlib import Path

import pytest

from data_access.engine import open_engine
from pages.parts import link
from pages.parts.entry import SCREENS
from tests.ingest.loading import load, remits_835
from tests.pages.opening import as_read, assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
pytestmark = pytest.mark.usefixtures("closed_afterwards")

DEPOSITS = b"deposited_on,amount,trace_number\n2026-02-03,60.00,T1\n2026-02-04,5.00,T9\n"
PAYERS = b"payer_id,name,appeal_limit_days\n12345,Synthetic Payer,90\n"


def office_with(folder: Path, **files: bytes) -> str:
    """The address of a database with these files."""
    url = f"duckdb:///{folder / 'office.duckdb'}"
    engine = open_engine(url)
    assert {result.status for result in load(engine, folder, **files).values()} == {"loaded"}
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def with_money(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A remittance and the bank's lines, of which one is its money; nobody writes there."""
    return office_with(tmp_path_factory.mktemp("money"), remits=remits_835(("A1", "100", "60", ())), bank=DEPOSITS)


@pytest.fixture
def money(with_money: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard is of that office."""
    monkeypatch.setenv("DATABASE_URL", with_money)


@pytest.mark.usefixtures("money")
@pytest.mark.parametrize("screen", [screen.file for screen in SCREENS if screen.filtered])
def test_screens_say_what_is_loaded_and_what_is_missing(screen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[object] = []
    monkeypatch.setattr(link, "follow", lambda *way: followed.append(way))
    app = opened(screen)
    assert_no_failure(app)
    told = words(app)
    assert "**Nothing is posted to accounts yet.** Loaded are remittances and bank deposits. Missing are the" in told
    assert "Nothing is loaded yet" not in told
    (way,) = [button for button in app.button if as_read(button.label) == "$60.00 in 1 payment on no account"]
    way.click().run()
    assert followed[0][:2] == ("imports", {"show": ["Waiting"]})


VIEWS = ("Deposits", "Remittances", "Posted by hand", "Provider-level", "Credits", "Daily close")


@pytest.mark.usefixtures("money")
@pytest.mark.parametrize("view", VIEWS)
def test_reconciliation_tells_of_the_money(view: str) -> None:
    app = opened("reconciliation", {"view": view})
    assert_no_failure(app)
    tiles = {metric.label: metric.value for metric in app.metric}
    assert (tiles["Deposits"], tiles["Remittances"]) == ("$65.00", "$60.00")
    assert app.date_input(key="asof").value.isoformat() == "2026-02-04"


@pytest.mark.usefixtures("money")
def test_import_and_administration_work() -> None:
    app = opened("imports", {"show": "Waiting"})
    assert_no_failure(app)
    assert "**$60.00** in 1 payment is on no account" in words(app)
    app = opened("administration", {"show": "Payers' limits"})
    assert_no_failure(app)


def test_without_money_the_way_leads_to_import_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", office_with(tmp_path, payers=PAYERS))
    for screen in ("overview", "reconciliation"):
        app = opened(screen)
        assert_no_failure(app)
        assert "Loaded are payers. Missing are the claims (837 files)" in words(app)
        assert not app.metric and "no account" not in " ".join(button.label for button in app.button)


def test_claims_without_a_charge_are_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = b"account_number,posted_on,type,amount\nA1,2026-03-01,statement,\n"
    monkeypatch.setenv("DATABASE_URL", office_with(tmp_path, billing=row))
    told = words(opened("aging"))
    assert "Loaded are entries of the billing system. None of it is a charge of a day up to today" in told
    assert "Missing" not in told
