"""What a table taken along says of itself: every narrowing of the screen, or a part would pass for the whole."""

import csv
import io

import pytest

from data_access import export
from data_access.filters import Filters
from data_access.queries.table import TableReport
from pages.parts import store, tables
from tests.pages.opening import assert_no_failure, closed_afterwards, opened

__all__ = ["closed_afterwards"]


@pytest.mark.parametrize(
    ("page", "params", "said"),
    [
        ("aging", {}, ()),
        ("aging", {"sel": "side=owed~payer_type=Medicaid~bucket=31-60"}, ("Owed by anyone, Medicaid, 31-60 days",)),
        ("denials", {"sel": "payer=-~outcome=upheld"}, ("Self-pay, upheld",)),
        ("collections", {"sel": "source=patient"}, ("Patients",)),
        ("coverage", {"sel": "standing=not_verified"}, ("never checked",)),
        ("claims", {"show": "Rejected, not sent again"}, ("Rejected, not sent again",)),
        ("claims", {"sel": "stuck=payer"}, ("bills of the period that stopped at: with the payer",)),
        ("worklist", {"view": "credits"}, ("Credits to refund",)),
        ("accounts", {"min": "50", "denied": "true"}, ("balance from $50.00", "denial stands")),
        ("underpayments", {"rows": "Recovered lines", "measure": "Both"}, ("measured by both",)),
        ("reconciliation", {"sel": "kind=open"}, ("Unexplained",)),
    ],
)
def test_an_export_says_what_the_screen_was_narrowed_to(
    page: str,
    params: dict[str, str],
    said: tuple[str, ...],
    practice: str,
    monkeypatch: pytest.MonkeyPatch,
    closed_afterwards: None,
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(tables, "export_button", lambda report, *_: told.append(report.narrowed))
    assert_no_failure(opened(page, params))
    assert any(set(said) <= set(one) for one in told), told
    assert said or not any(told)


def test_the_export_of_the_worklist_gives_the_reasons_that_the_screen_gives(
    practice: str, monkeypatch: pytest.MonkeyPatch, closed_afterwards: None
) -> None:
    monkeypatch.setenv("DATABASE_URL", practice)
    offered: list[tuple[TableReport, Filters]] = []
    monkeypatch.setattr(tables, "export_button", lambda report, filters, _: offered.append((report, filters)))
    app = opened("worklist")
    assert_no_failure(app)
    target = io.StringIO(newline="")
    export.write_csv(store.opened(), *offered[0], target)
    written = list(csv.DictReader(io.StringIO(target.getvalue(), newline="")))
    seen = app.dataframe[0].value
    assert list(seen.columns) == list(written[0])
    assert list(seen["why"]) == [row["why"] for row in written[: len(seen)]]
    assert all(seen["why"])
