"""The filter bar: a link that names what is not in the data says so, and shows the rest."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import filter_bar, store
from tests.pages.opening import ROOT, as_read, assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]
pytestmark = pytest.mark.usefixtures("closed_afterwards")


@pytest.fixture(autouse=True)
def _practice(practice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)


def said(app) -> list[str]:
    assert_no_failure(app)
    return [as_read(warning.value) for warning in app.warning]


@pytest.mark.parametrize(
    ("screen", "params", "named"),
    [
        ("aging", {"payer": "No such"}, "a payer that is not in these data: shown is without it."),
        ("aging", {"pt": "No such"}, "a payer type that is not"),
        ("denials", {"facility": "No such"}, "a facility that is not"),
        ("month_end", {"department": "No such"}, "a department that is not"),
        ("month_end", {"month": "Nomember 2026"}, "a month that is not"),
        ("worklist", {"provider": "No such"}, "a provider that is not"),
        ("overview", {"asof": "2026-02-31"}, "a day that is not"),
        ("overview", {"asof": "1999-01-01"}, "a day that is not"),
        ("overview", {"period": "No such"}, "a period that is not"),
        ("overview", {"period": "From … to", "from": "No such"}, "a first day that is not"),
        (
            "aging",
            {"payer": "No such", "asof": "No such", "provider": "No such"},
            "a day, a payer and a provider that are not in these data: shown is without them.",
        ),
    ],
)
def test_a_link_to_what_is_not_there_says_so_without_its_words(screen: str, params: dict[str, str], named: str) -> None:
    app = opened(screen, params)
    (told,) = said(app)
    assert told.startswith(f"This link names {named}")
    assert "No such" not in words(app) + told


def test_it_is_said_until_the_filter_is_set_by_hand() -> None:
    app = opened("aging", {"payer": "No such", "department": "No such"})
    app.query_params.clear()  # as the browser's address is corrected
    app.selectbox(key="age").set_value("Service date").run()
    assert said(app) == ["This link names a payer and a department that are not in these data: shown is without them."]
    app.multiselect(key="payer").set_value(app.multiselect(key="payer").options[:1]).run()
    assert said(app) == ["This link names a department that is not in these data: shown is without it."]
    app.multiselect(key="department").set_value(app.multiselect(key="department").options[:1]).run()
    assert said(app) == []


def test_what_is_there_beside_it_is_shown() -> None:
    payer = opened("aging").multiselect(key="payer").options[0]
    app = opened("aging", {"payer": [payer, "No such"]})
    assert app.multiselect(key="payer").value == [payer]
    (told,) = said(app)
    assert "a payer that is not in these data" in told


def test_a_link_to_what_is_there_says_nothing() -> None:
    app = opened("aging")
    params = {
        "asof": "2026-06-15",
        "period": "From … to",
        "from": "2026-05-01",
        "to": "2036-05-01",
        "payer": app.multiselect(key="payer").options[0],
        "department": app.multiselect(key="department").options[0],
    }
    assert said(opened("aging", params)) == []
    assert said(opened("month_end", {"month": "April 2026"})) == []


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"asof": ["2026-05-17"], "period": ["Last 3 full months"], "cmp": ["A year earlier"], "age": ["First bill"]},
        {"period": ["From … to"], "from": ["2026-04-30"], "to": ["2026-04-02"]},
        {"period": ["From … to"], "to": ["2026-12-31"]},
        {"asof": ["2026-02-31"], "period": ["No such"], "pt": ["Medicare", "No such"], "department": ["No such"]},
    ],
)
def test_a_link_is_read_as_the_bar_draws_it(named: dict[str, list[str]]) -> None:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/aging.py")
    for name, values in named.items():
        app.query_params[name] = values
    app.run()
    assert_no_failure(app)
    found = store.freshness()
    assert found.newest and found.oldest
    assert filter_bar.of_link(named, found.newest, found.oldest) == app.session_state["filters"]
