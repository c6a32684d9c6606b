"""What a table taken along says of itself: every narrowing of the screen, or a part would pass for the whole."""

import pytest

from pages.parts import tables
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
        ("reconciliation", {"sel": "kind=open"}, ("Unexplained, or another amount",)),
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
