"""The Guide explains every figure, word, denial and reason code, from their one definition."""

import pytest

from data_access.metrics import METRICS
from data_access.reference import adjustment_reasons, denial_categories, glossary, screens
from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
pytestmark = pytest.mark.usefixtures("closed_afterwards")


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Guide needs no data."""
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'empty.duckdb'}")


def test_every_figure_is_explained_with_formula_benchmark_and_what_to_mind() -> None:
    app = opened("guide", {"show": "Figures"})
    assert_no_failure(app)
    text = words(app)
    for metric in METRICS.values():
        assert f"**{metric.name}** · {metric.unit}" in text
        assert metric.definition in text
        assert f"Formula: {metric.formula}" in text
        assert metric.benchmark is None or f"{metric.benchmark}. Source: {metric.source}." in text
        assert metric.caveats is None or f"Mind: {metric.caveats}" in text


def test_every_word_denial_and_code_is_there() -> None:
    app = opened("guide", {"show": "Words"})
    assert app.dataframe[0].value["term"].tolist() == [term.term for term in glossary()]
    text = words(opened("guide", {"show": "Denials"}))
    for category in denial_categories().values():
        assert f"**{category.label}** ·" in text and category.first_action in text
    app = opened("guide", {"show": "Reason codes"})
    assert app.dataframe[0].value["code"].tolist() == list(adjustment_reasons())


def test_every_screen_says_why_it_is_there_and_its_figures() -> None:
    text = words(opened("guide", {"show": "Screens"}))
    for screen in screens().values():
        assert f"**{screen.title}**: {screen.question}" in text and screen.why in text
        assert all(f"**{METRICS[name].name}**: {METRICS[name].definition}" in text for name in screen.metrics)
