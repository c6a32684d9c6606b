"""Sentences about one thing read as sentences about one."""

import pytest

from data_access.engine import open_engine
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words
from tests.queries.office import fill

__all__ = ["closed_afterwards"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{tmp_path_factory.mktemp('office') / 'office.duckdb'}"
    engine = open_engine(url)
    fill(engine)
    engine.dispose()
    return url


@pytest.mark.parametrize(
    ("page", "params", "said"),
    [
        ("claims", {"asof": "2026-05-31", "period": "Month to date"}, "1 of 1 bill of the period was sent."),
        ("team", {"payer": "Second Payer", "provider": "Rivera, Ana"}, "1 of 1 open account is nobody's."),
    ],
)
def test_one_is_one(
    page: str,
    params: dict[str, str],
    said: str,
    office: str,
    monkeypatch: pytest.MonkeyPatch,
    closed_afterwards: None,
) -> None:
    monkeypatch.setenv("DATABASE_URL", office)
    app = opened(page, params)
    assert_no_failure(app)
    assert said in words(app)
