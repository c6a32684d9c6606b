"""Denials of the small office: C denied 300 on 15 April, G 250 on 10 May, both for authorization."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine

from data_access.queries import claims, denials
from data_access.queries.posted import Kinds
from data_access.queries.table import page
from tests.posting.facts import Facts, day
from tests.queries.office import AUTHORIZATION, FIRST, OKAFOR, RIVERA, SECOND, filters, money


def test_variants_side_by_side(office: Engine) -> None:
    count, amount, line, submitted = denials.variants(denials.answered(office, filters()))
    assert (count.numerator, count.denominator, count.low) == (2, 2, True)
    assert (amount.numerator, amount.denominator) == (money("550"), money("700"))
    assert (line.numerator, line.denominator) == (2, 2)
    # sent in the 90 days before 2 April: A, C, F
    assert (submitted.numerator, submitted.n, submitted.denominator) == (2, 3, money("3.00"))


def test_the_rate_by_month_marks_a_month_that_is_not_over(office: Engine) -> None:
    frame = denials.rates_over_time(office, filters())["initial_denial_rate"]
    found = [(row["month"].month, int(row["numerator"]), int(row["n"])) for row in frame.to_dict("records")]
    assert found == [(2, 0, 1), (3, 0, 1), (4, 1, 1), (5, 1, 1)]
    assert not any(frame["partial"])
    then = filters(as_of=filters().as_of.replace(month=5, day=30))
    may = denials.rates_over_time(office, then)["initial_denial_rate"]
    assert list(may["partial"]) == [False, False, False, True]


def test_reasons_add_up_to_the_whole(office: Engine) -> None:
    answered = denials.answered(office, filters())
    (row,) = denials.reasons(answered, "carc").to_dict("records")
    assert (row["key"], int(row["claims"]), row["amount"]) == (AUTHORIZATION, 2, money("550.00"))
    assert (row["share"], row["running"]) == (1, 1)
    cells = denials.heat_map(answered).to_dict("records")
    assert {(row["payer"], row["amount"]) for row in cells} == {
        ("First Payer", money("250.00")),
        ("Second Payer", money("300.00")),
    }
    assert len(denials.heat_map(answered, payers=1)) == 1


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        ({}, "CG"),
        ({"payer": FIRST}, "G"),
        ({"payer_type": "Medicare"}, "C"),
        ({"provider": OKAFOR, "carc": AUTHORIZATION}, "CG"),
        ({"provider": RIVERA}, ""),
        ({"outcome": "overturned"}, ""),
        ({"outcome": "pending"}, "CG"),
        ({"payer": SECOND, "category": "timely_filing"}, ""),
    ],
)
def test_the_claims_behind_a_mark(office: Engine, selection: dict, wanted: str) -> None:
    found = page(office, denials.table(filters(), selection))
    denied = {"C": money("300"), "G": money("250")}
    assert "".join(sorted(found.frame["account_number"])) == wanted
    assert found.totals["initial_denied"] == sum((denied[name] for name in wanted), Decimal(0))
    reasons = {name: value for name, value in selection.items() if name != "outcome"}
    if reasons == selection:
        behind = page(office, denials.reasons_table(filters(), reasons))
        assert behind.totals["amount"] == found.totals["initial_denied"]


def test_what_became_of_them(office: Engine) -> None:
    found = denials.outcome(denials.answered(office, filters()))
    assert (found.pending, found.reworked, found.rework_quartiles) == (2, 0, None)
    assert (found.overturn.value, found.overturn.denominator) == (None, 0)
    assert found.final_denial.numerator == 0


def test_claims_adjudicated(office: Engine) -> None:
    early = filters(date_from=filters().date_from.replace(month=1), date_to=filters().as_of)
    names = {
        (): "ACFG",
        (("first_pass", True),): "AF",
        (("first_pass", False),): "CG",
        (("initial_outcome", "denied"),): "CG",
    }
    for selection, wanted in names.items():
        found = page(office, claims.table(early, dict(selection)))
        assert "".join(sorted(found.frame["account_number"])) == wanted


def test_denials_without_a_reason_stand_beside_the_others() -> None:
    sums = [
        SimpleNamespace(refused=True, payer_id=None, category="other", carc=carc, claims=2, amount=money("10.00"))
        for carc in (AUTHORIZATION, None)
    ]
    found = denials.Answered(filters(), sums, {}, 0, {}, Kinds({}))
    rows = denials.reasons(found, "carc").to_dict("records")
    assert [(row["key"], row["label"], row["running"]) for row in rows] == [
        (None, "Not stated", Decimal("0.5")),
        (AUTHORIZATION, rows[1]["label"], 1),
    ]
    assert denials.heat_map(found)["payer"].tolist() == ["Self-pay"]


def test_a_look_back_knows_nothing_of_later_decisions(engine: Engine) -> None:
    """A is sent again on 20 February and paid on 5 March, B written off on 1 April."""
    facts = Facts()
    for number in "AB":
        facts.claim(number, "100")
        facts.payment(number, "100", "0", day(2, 1), ("denial", "100", "197"))
    facts.claim("A", "90", frequency_code="7", original_reference="PCNA", submitted_on=day(2, 20))
    facts.payment("A", "90", "70", day(3, 5), ("contractual", "20", "45"), payer_claim_number="NEW")
    facts.entry("B", "denial_write_off", "100", day(4, 1), reason="other")
    facts.post(engine)
    for as_of, reworked, ends in (
        (day(2, 19), 0, {"pending": "AB"}),
        (day(3, 4), 1, {"pending": "AB"}),
        (day(3, 5), 1, {"overturned": "A", "pending": "B"}),
        (day(4, 1), 1, {"overturned": "A", "upheld": "B"}),
    ):
        seen = filters(as_of=as_of, date_from=day(2, 1), date_to=day(2, 28))
        found = denials.outcome(denials.answered(engine, seen))
        overturned, decided = len(ends.get("overturned", "")), 2 - len(ends.get("pending", ""))
        assert (found.overturn.numerator, found.overturn.denominator, found.pending) == (
            overturned,
            decided,
            2 - decided,
        )
        assert found.reworked == reworked
        for end in ("overturned", "upheld", "pending"):
            rows = page(engine, denials.table(seen, {"outcome": end})).frame
            assert "".join(sorted(rows["account_number"])) == ends.get(end, "")
