"""A month's pack on the small office: every figure is that of a screen, and every table adds up to its figure."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from data_access.filters import Filters
from data_access.month_end import tables
from data_access.queries import aging, collections, cycle, denials, month_end, overview
from data_access.queries.imports import Freshness
from data_access.queries.month_end import of_month, usual_month
from tests.posting.facts import Facts, day
from tests.queries.office import FIRST, money

JUNE = Filters(day(6, 30), day(6, 1), day(6, 30))
KNOWN = Freshness(None, day(1, 5), day(6, 30))
NARROWED = replace(JUNE, payer_ids=(FIRST,))


@pytest.mark.parametrize("filters", [JUNE, NARROWED], ids=["whole", "narrowed"])
def test_every_figure_is_that_of_a_screen(office: Engine, filters: Filters) -> None:
    found = {one.now.metric_id: one for one in month_end.pack(office, filters, KNOWN).figures}
    periods = (filters, filters.comparison())
    pairs = [(tile.now, tile.before) for tile in overview.tiles(office, filters)]
    pairs += [(step.now, step.before) for step in cycle.steps(office, filters)]
    outcomes = [denials.outcome(denials.answered(office, period)) for period in periods]
    pairs += [tuple(getattr(one, name) for one in outcomes) for name in ("preventable", "final_denial")]
    variants = [denials.variants(denials.answered(office, period)) for period in periods]
    pairs += list(zip(*variants, strict=True))[1:2]
    posted = [collections.posted(office, period) for period in periods]
    pairs += [tuple(getattr(one, name) for one in posted) for name in ("net", "bad_debt", "avoidable")]
    pairs += [tuple(one.point_of_service for one in posted)]
    for now, before in pairs:
        assert (found[now.metric_id].now, found[now.metric_id].before) == (now, before)
    held = aging.positions(office, filters, [period.as_of for period in periods])
    for name, values in {
        "insurance_ar": [one.insurance + one.unbilled for one in held],
        "unbilled": [one.unbilled for one in held],
        "patient_ar": [one.patient for one in held],
        "credits": [-one.credit for one in held],
    }.items():
        assert [found[name].now.value, found[name].before.value] == values
    assert found["over_120"].now.numerator == held[0].over_120
    checked = {now.metric_id for now, _ in pairs} | {"insurance_ar", "unbilled", "patient_ar", "credits", "over_120"}
    assert set(found) == checked


@pytest.mark.parametrize("filters", [JUNE, NARROWED], ids=["whole", "narrowed"])
def test_tables_add_up_to_the_figures(office: Engine, filters: Filters) -> None:
    pack = month_end.pack(office, filters, KNOWN)
    found = {one.now.metric_id: one for one in pack.figures}
    assert sum(pack.aging["ar"]) == found["ar"].now.value
    assert sum(pack.aging["before"]) == found["ar"].before.value
    assert sum(sum(pack.aging[name]) for name in month_end.AGES) == found["ar"].now.value
    assert (sum(pack.cash["amount"]), sum(pack.cash["before"])) == (
        found["cash"].now.value,
        found["cash"].before.value,
    )
    denied = found["initial_denial_rate"]
    assert sum(pack.denials["claims"]) == denied.now.numerator
    assert sum(pack.denials["claims_before"]) == denied.before.numerator
    assert sum(pack.denials["amount"]) == found["initial_denial_rate_amount"].now.numerator
    rolled = pack.rolled
    assert rolled.difference == 0
    assert rolled.opening + sum(amount for _, _, amount in rolled.lines) == rolled.closing
    posted = {kind: -amount for _, kind, amount in rolled.lines}
    assert sum(pack.payments["insurance"]) == posted["insurance_payment"]
    assert sum(pack.payments["patient"]) == posted["patient_payment"]


def test_by_hand(office: Engine) -> None:
    pack = month_end.pack(office, JUNE, KNOWN)
    found = {one.now.metric_id: one for one in pack.figures}
    ar = found["ar"]
    assert (ar.now.value, ar.before.value, ar.change, ar.better) == (
        money("865.00"),
        money("845.00"),  # D is of June, and 30.00 of E were given up then
        money("20.00"),
        False,
    )
    assert found["bad_debt"].now.numerator == money("30.00")
    assert [row["label"] for row in pack.aging.to_dict("records")] == ["Commercial", "Medicare", "Self-pay"]
    state = {check.check_id: check.state for check in pack.checks}
    assert state == {
        "data": "fine",
        "files": "fine",
        "held": "fine",
        "unapplied": "fine",
        "bank": "unknown",
        "roll_forward": "fine",
    }


def test_without_a_month_before_nothing_is_compared(office: Engine) -> None:
    pack = month_end.pack(office, JUNE, replace(KNOWN, oldest=day(6, 1)))
    assert "no month before" in pack.finding
    assert all(one.before is None and one.year is None and one.change is None for one in pack.figures)
    assert pack.moved.empty and pack.cash["before"].isna().all() and pack.aging["change"].isna().all()


def test_a_year_before_in_which_nothing_came_in_is_zero_as_in_the_table(engine: Engine) -> None:
    facts = Facts()
    facts.claim("OLD", "100", service_from=date(2025, 5, 5), service_to=date(2025, 5, 5), submitted_on=date(2025, 5, 6))
    facts.claim("A", "100")
    facts.payment("A", "100", "60", day(6, 1))
    facts.post(engine)
    pack = month_end.pack(engine, NARROWED, Freshness(None, date(2025, 5, 6), day(6, 30)))
    (cash,) = [one for one in pack.figures if one.now.metric_id == "cash"]
    assert cash.year == sum(pack.cash["year"]) == money("0.00")
    assert (cash.now.value, list(pack.cash["year"])) == (money("60.00"), [money("0.00")])


def test_days_of_charges_that_the_data_do_not_cover_are_not_compared_with(office: Engine) -> None:
    april, march = (of_month(JUNE, day(month, 1), day(6, 30)) for month in (4, 3))
    for month, partial in ((april, (False, True)), (march, (True, True))):
        found = {one.now.metric_id: one for one in month_end.pack(office, month, KNOWN).figures}
        for metric_id in ("days_in_ar", "credit_days"):
            one = found[metric_id]
            assert (one.now.partial, one.before.partial) == partial
            assert (one.now.value is None, one.before.value, one.change) == (partial[0], None, None)
            said = "before: fewer than 90 days of charges in the data"
            assert (f"; {said}" if month is april else said.removeprefix("before: ")) in tables.of_what(one)
    tile = {one.now.metric_id: one for one in overview.tiles(office, april)}["days_in_ar"]
    assert list(tile.trend["value"].notna()) == [False] * 12 + [True]


def test_what_matches_nothing(office: Engine) -> None:
    pack = month_end.pack(office, replace(JUNE, departments=("None such",)), KNOWN)
    assert not pack.matches and pack.finding == "Nothing matches these filters in this period."


@pytest.mark.parametrize(
    ("oldest", "newest", "wanted"),
    [
        ((2026, 1, 5), (2026, 6, 30), (2026, 6, 1)),
        ((2026, 1, 5), (2026, 6, 29), (2026, 5, 1)),
        ((2026, 6, 3), (2026, 6, 29), (2026, 6, 1)),  # none is covered to its end
        ((2025, 1, 5), (2026, 1, 1), (2025, 12, 1)),
    ],
)
def test_the_month_one_starts_with(oldest: tuple, newest: tuple, wanted: tuple) -> None:
    first, last = date(*oldest), date(*newest)
    assert usual_month(first, last) == date(*wanted)
    assert usual_month(first, last) in month_end.months(first, last)


def test_a_month_that_is_not_over_goes_to_the_newest_day() -> None:
    found = of_month(JUNE, day(6, 1), day(6, 17))
    assert (found.as_of, found.date_from, found.date_to, found.in_midst_of_month) == (
        day(6, 17),
        day(6, 1),
        day(6, 17),
        True,
    )
    assert found.comparison().date_to == day(5, 17)
    whole = of_month(JUNE, day(5, 1), day(6, 17))
    assert (whole.as_of, whole.comparison().as_of, whole.comparison().date_from) == (day(5, 31), day(4, 30), day(4, 1))


def test_figures_say_which_way_is_good(office: Engine) -> None:
    better = {one.now.metric_id: one.better for one in month_end.pack(office, JUNE, KNOWN).figures}
    assert better["patient_ar"] is True  # E gave up 30.00
    assert better["unbilled"] is False  # D waits; B was sent on the last day of May
    assert better["cash"] is None  # none came in either month
