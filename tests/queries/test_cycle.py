"""The row of the whole cycle on the Overview: each figure is that of its own screen; what is not loaded is left out."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.engine import open_engine
from data_access.filters import Filters
from data_access.ingest.loader import load_paths
from data_access.metrics import METRICS
from data_access.queries import cycle
from tests.acknowledgments.office import write_files
from tests.bank import month
from tests.coverage import office as coverage_office
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words
from tests.posting.facts import Facts, day
from tests.posting.test_expectations import paid, term

__all__ = ["closed_afterwards"]
D = Decimal
Figures = dict[str, tuple[str, Decimal | None, Decimal]]


def figures(engine: Engine, first: date, last: date) -> Figures:
    """By metric: screen, value and numerator."""
    steps = cycle.steps(engine, Filters(last, first, last))
    assert all(step.now.as_of == last for step in steps)
    return {step.now.metric_id: (step.screen, step.now.value, step.now.numerator) for step in steps}


def loaded(engine: Engine, folder: Path) -> None:
    results = load_paths(engine, [folder], "test")
    assert {result.status for result in results} == {"loaded"}, [result.reason for result in results]


def covered(engine: Engine, folder: Path) -> Figures:
    """Thirteen visits, seven verified in time: see `tests/coverage/office.py`. No bank, no acknowledgments."""
    coverage_office.fill(engine, folder)
    return figures(engine, date(2025, 1, 1), date(2025, 2, 15))


def acknowledged(engine: Engine, folder: Path) -> Figures:
    """Fourteen sendings acknowledged, seven rejected: see `tests/acknowledgments/office.py`."""
    loaded(engine, write_files(folder / "in"))
    return figures(engine, date(2026, 1, 1), date(2026, 4, 3))


def banked(engine: Engine, folder: Path) -> Figures:
    """The month at the bank: see `tests/bank/month.py`."""
    for name, content in month.files().items():
        (folder / name).write_bytes(content)
    load_paths(engine, [folder], "test")
    return figures(engine, day(3, 1), day(3, 31))


def contracted(engine: Engine, folder: Path) -> Figures:
    """One line of two is 20.00 short of its contract."""
    facts = Facts()
    term(facts, "fixed", amount=D("100"))
    paid(facts, "MET", ("99213", "", "1", "200", "100"), paid_on=day(2, 3))
    paid(facts, "SHORT", ("99213", "", "1", "200", "80"), paid_on=day(2, 3))
    facts.post(engine)
    return figures(engine, day(2, 1), day(2, 28))


COVERAGE = ("coverage", D("0.538462"), D(7))
CLEAN, REJECTED = ("claims", D("0.363636"), D(4)), ("claims", D("0.500000"), D(7))


def test_of_an_office_that_loads_eligibility_answers(engine: Engine, tmp_path: Path) -> None:
    found = covered(engine, tmp_path)
    assert found["verification_rate"] == COVERAGE
    assert not found.keys() & {"clean_claim_rate", "rejection_rate", "underpayment", "days_to_deposit"}


def test_of_an_office_that_loads_acknowledgments(engine: Engine, tmp_path: Path) -> None:
    found = acknowledged(engine, tmp_path)
    assert (found["clean_claim_rate"], found["rejection_rate"]) == (CLEAN, REJECTED)
    assert not found.keys() & {"verification_rate", "days_to_deposit"}


def test_of_an_office_that_loads_its_bank(engine: Engine, tmp_path: Path) -> None:
    found = banked(engine, tmp_path)
    assert found["days_to_deposit"][:2] == ("reconciliation", D(1))
    assert found["unapplied"][:2] == ("reconciliation", D("335.00"))
    # 60.00 of credits over 375.00 charged in the 90 days to 31 March, the first of which are not in the data
    assert found["credit_days"] == ("reconciliation", None, D("60.00"))
    assert not found.keys() & {"verification_rate", "clean_claim_rate", "rejection_rate"}


def test_of_an_office_with_contracts(engine: Engine, tmp_path: Path) -> None:
    assert contracted(engine, tmp_path)["underpayment"] == ("underpayments", D("20.00"), D("20.00"))


def test_of_nothing_only_what_needs_no_files_of_its_own_is_left(engine: Engine, tmp_path: Path) -> None:
    assert set(figures(engine, day(3, 1), day(3, 31))) == {"unapplied", "credit_days"}


@pytest.mark.parametrize(
    ("fill", "period", "shown"),
    [
        (covered, ("2025-01-01", "2025-02-15"), {"verification_rate": "53.8 %"}),
        (acknowledged, ("2026-01-01", "2026-04-03"), {"clean_claim_rate": "36.4 %", "rejection_rate": "50.0 %"}),
        (banked, ("2026-03-01", "2026-03-31"), {"days_to_deposit": "1.0 days", "unapplied": "$335"}),
        (contracted, ("2026-02-01", "2026-02-28"), {"underpayment": "$20"}),
    ],
)
def test_the_overview_shows_them(
    fill: Callable[[Engine, Path], Figures],
    period: tuple[str, str],
    shown: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    closed_afterwards: None,
) -> None:
    (tmp_path / "files").mkdir()
    engine = open_engine(url := f"duckdb:///{tmp_path / 'office.duckdb'}")
    fill(engine, tmp_path / "files")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    first, last = period
    app = opened("overview", {"asof": last, "from": first, "to": last})
    assert_no_failure(app)
    assert "From coverage to the bank" in words(app)
    tiles = {metric.label: metric.value for metric in app.metric}
    assert {name: tiles.get(METRICS[name].name) for name in shown} == shown
