"""Pages of a table: however its rows are found, they are those of the whole table in order, with its count and sums."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from data_access import export
from data_access.filters import Filters
from data_access.frames import read_frame
from data_access.queries import aging, coverage, late_payments, progress
from data_access.queries.table import TableReport, page, totals
from tests.posting.facts import Facts, day

SORTS = [None, ("charge", False), ("paid", True), ("balance", True), ("payer", True), ("patient", False), ("no", True)]


def visits() -> Facts:
    """Nine claims to two payers, two accounts with two of them; three paid, very late."""
    facts = Facts()
    facts.add("prompt_pay_rule", load_id=1, row_no=1, payer_id=1, days=5, annual_interest_percent=12)
    facts.rows["prompt_pay_rule"][0] |= {"counts_from": "submitted"}
    for number in range(7):
        facts.add("patient", patient_id=number + 1, last_name=f"SYNTHETIC{number % 3}", first_name="P", load_id=1)
    for number in range(9):
        charge = str(100 + 10 * (number % 4))
        facts.claim(f"A{number % 7}", charge, payer_id=1 + number % 2, patient_id=1 + number % 7)
    for number in (0, 2, 4):
        charge = str(100 + 10 * (number % 4))
        facts.payment(f"A{number}", charge, charge, day(3, 20 + number))
    return facts


def posted(engine: Engine) -> None:
    visits().post(engine)


@pytest.fixture(params=["duckdb", "postgresql"])
def engine_with_visits(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    return copy_of(request.param, posted)


def joined(report: TableReport) -> TableReport:
    return replace(report, query=report.whole, join=None)


REPORTS: dict[str, Callable[[Filters], TableReport]] = {
    "as it is": aging.table,
    "found again": progress.table,
    "found again, in one": lambda filters: replace(progress.table(filters), at_once=True),
    "known": coverage.table,
    "at once": late_payments.table,
    "at once, without joins": lambda filters: joined(late_payments.table(filters)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_pages_make_up_the_table(engine_with_visits: Engine, name: str) -> None:
    report = REPORTS[name](Filters(day(3, 31), day(1, 1), day(3, 31)))
    for sort in SORTS:
        whole = read_frame(engine_with_visits, report.sorted(sort))
        assert len(whole) >= 2, name
        sums = {column.name: sum(whole[column.name]) for column in report.columns if column.total}
        for offset in (0, 2, len(whole)):
            found = page(engine_with_visits, report, limit=3, offset=offset, sort=sort)
            assert (found.total_rows, found.totals) == (len(whole), sums), (sort, offset)
            rows = whole.iloc[offset : offset + 3].reset_index(drop=True)
            assert found.frame.to_dict("records") == rows.to_dict("records"), (sort, offset)


@pytest.mark.parametrize("name", REPORTS)
def test_where_nothing_matches_there_are_no_rows_and_the_sums_are_zero(engine_with_visits: Engine, name: str) -> None:
    report = REPORTS[name](Filters(day(3, 31), day(1, 1), day(3, 31), departments=("Cardiology",)))
    for offset in (0, 2):
        found = page(engine_with_visits, report, limit=3, offset=offset)
        zeros = {column.name: 0 for column in report.columns if column.total}
        assert (len(found.frame), found.total_rows, found.totals) == (0, 0, zeros)
        assert list(found.frame) == [column.name for column in report.columns]


@pytest.mark.parametrize("name", export.REPORTS)
def test_every_report_is_counted_and_summed_as_its_rows(engine_with_visits: Engine, name: str) -> None:
    report = export.REPORTS[name](engine_with_visits, Filters(day(3, 31), day(1, 1), day(3, 31)))
    if not isinstance(report, TableReport):
        return
    rows = read_frame(engine_with_visits, report.sorted())
    assert totals(engine_with_visits, report) == (
        len(rows),
        {column.name: sum(rows[column.name]) for column in report.columns if column.total},
    )


@pytest.mark.parametrize("name", REPORTS)
def test_without_patient_data_the_rows_are_the_same_and_no_patient_is_read(
    engine_with_visits: Engine, name: str
) -> None:
    report = REPORTS[name](Filters(day(3, 31), day(1, 1), day(3, 31)))
    hidden = [column.name for column in report.columns if column.phi]
    whole, bare = (page(engine_with_visits, one) for one in (report, report.without_phi))
    assert bare.frame.equals(whole.frame.drop(columns=hidden))
    assert (bare.total_rows, bare.totals) == (whole.total_rows, whole.totals)
    read = ("JOIN patient " in str(one.page(None, 3, 0)) for one in (report, report.without_phi))
    assert tuple(read) == (bool(hidden), False)
