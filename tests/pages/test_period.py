"""A period of one's own days, beside the named ones."""

from datetime import date

import pytest

from tests.pages.opening import assert_no_failure, closed_afterwards, opened, words

__all__ = ["closed_afterwards"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ({"from": "2026-05-03", "to": "2026-05-20"}, "from 03 May 2026 to 20 May 2026, against 15 Apr 2026 to"),
        ({"from": "2026-05-20", "to": "2026-05-03"}, "from 03 May 2026 to 20 May 2026, against 15 Apr 2026 to"),
        ({"from": "2026-04-01", "to": "2026-05-31"}, "from 01 Apr 2026 to 31 May 2026, against 01 Feb 2026 to 31 Mar"),
        ({"from": "2026-06-15", "to": "2026-09-15"}, "from 15 Jun 2026 to 30 Jun 2026, against"),  # none is to come
        ({"from": "2026-09-01"}, "from 30 Jun 2026 to 30 Jun 2026, against 29 Jun 2026 to 29 Jun 2026"),
        ({"to": "2026-05-31"}, "from 03 Mar 2026 to 31 May 2026, against"),
        ({"from": "yesterday"}, "from 02 Apr 2026 to 30 Jun 2026, against"),
    ],
)
def test_it_stands_in_the_link(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None, days: dict[str, str], told: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("overview", {"period": "From … to", **days})
    assert_no_failure(app)
    assert told in words(app)


def test_it_is_chosen_on_the_screen(practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    app = opened("overview")
    app.selectbox(key="period").set_value("From … to").run()
    app.date_input(key="from").set_value(date(2026, 5, 1))
    app.date_input(key="to").set_value(date(2026, 5, 31)).run()
    assert_no_failure(app)
    assert "01 May 2026 to 31 May 2026" in words(app)
    app.selectbox(key="period").set_value("Last full month").run()
    assert "01 May 2026 to 31 May 2026" in words(app) and not [one for one in app.date_input if one.key == "from"]
