"""The Coverage screen's figures, worked by hand: see `office` for the thirteen visits."""

import uuid
from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import psycopg
import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.engine import Snapshot, open_engine
from data_access.frames import read_frame
from data_access.queries import appointments, coverage
from data_access.queries.account import load_account
from data_access.queries.account_coverage import in_full, on_account
from data_access.queries.table import page
from tests.conftest import sqlalchemy_url
from tests.coverage import office
from tests.coverage.office import filters
from tests.posting.facts import date

EXPECTED = {
    "not_verified": 1,  # A10
    "asked_unanswered": 1,  # A9
    "rejected": 1,  # A7
    "late": 2,  # A4, A11
    "too_early": 1,  # A5
    "inactive": 2,  # A2, A3
    "other_payer_primary": 1,  # A6
    "active": 4,  # A1, A8, A12, A13
}


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def covered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The office in a database of each kind, for tests that only read."""
    folder = tmp_path_factory.mktemp("covered")
    files = folder / "files"
    files.mkdir()
    if request.param == "duckdb":
        engine = open_engine(f"duckdb:///{folder / 'office.duckdb'}")
        yield office.fill(engine, files)
        engine.dispose()
        return
    server, template = (request.getfixturevalue(f"postgresql_{part}") for part in ("server", "template"))
    name = f"covered_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = open_engine(sqlalchemy_url(server, name))
    yield office.fill(engine, files)
    engine.dispose()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_standings_add_up_to_the_accounts_served(covered: Engine) -> None:
    found = coverage.served(covered, filters()).standings()
    assert [(one.key, one.accounts) for one in found] == list(EXPECTED.items()), "in the order in which they matter"
    assert not coverage.served(covered, filters(date_from=date(2025, 2, 1))).standings()
    assert not coverage.served(covered, filters(as_of=date(2025, 1, 14))).standings(), "not served yet"


def test_what_was_known_on_an_earlier_day(covered: Engine) -> None:
    """On the 17th nobody had asked about A4 and A11 yet; A9 waits, and A12's later answer changes nothing."""
    expected = {name: count for name, count in EXPECTED.items() if name != "late"} | {"not_verified": 3}
    found = coverage.served(covered, filters(as_of=date(2025, 1, 17))).standings()
    assert {one.key: one.accounts for one in found} == expected


def test_verification_rate(covered: Engine) -> None:
    served = coverage.served(covered, filters())
    found = served.verification()
    assert coverage.verification(covered, filters()) == [found]
    # in time: A1, A2, A3, A6, A8, A12, A13
    assert (found.numerator, found.denominator, found.n, found.low) == (7, 13, 13, True)
    assert found.value == Decimal("0.538462")
    (row,) = served.verification_by().to_dict("records")
    assert (row["label"], row["n"], row["missed"], row["value"]) == ("BIG PAYER", 13, 6, Decimal("0.538462"))
    for by in ("payer_type", "facility", "department", "provider"):
        assert coverage.served(covered, filters(), by).verification_by()["n"].sum() == 13
    (month,) = served.verification_over_time().to_dict("records")
    assert (month["month"], month["numerator"], month["n"], month["partial"]) == (date(2025, 1, 1), 7, 13, False)
    in_month = coverage.served(covered, filters(as_of=date(2025, 1, 20)))
    assert in_month.verification_over_time()["partial"].all()


def test_the_year_is_shown_whatever_the_period(covered: Engine) -> None:
    """The visits were in January; the period looked at is of February, or long over."""
    for period in ({"date_from": date(2025, 2, 1)}, {"date_from": date(2020, 1, 1), "date_to": date(2020, 12, 31)}):
        served = coverage.served(covered, filters(**period))
        assert served.verification().n == 0 and served.verification_by().empty
        assert list(served.verification_over_time()["n"]) == [13]
    early = coverage.served(covered, filters(date_from=date(2020, 1, 1)))
    assert early.verification().n == 13 and list(early.verification_over_time()["n"]) == [13]


@pytest.mark.parametrize("standing", EXPECTED)
def test_every_mark_opens_its_own_rows(covered: Engine, standing: str) -> None:
    found = page(covered, coverage.table(filters(), {"standing": standing}))
    assert found.total_rows == EXPECTED[standing]
    assert found.totals["charge"] == EXPECTED[standing] * 100
    assert set(found.frame["standing"]) == {standing}


def test_the_table_says_what_the_payer_answered(covered: Engine) -> None:
    frame = page(covered, coverage.table(filters())).frame.set_index("account_number")
    first = frame.loc["A1"]
    assert (first["plan"], first["copay"], first["deductible_left"]) == ("GOLD PLAN", Decimal(25), Decimal(600))
    assert (frame.loc["A5"]["days_before"], frame.loc["A4"]["days_before"]) == (41, -3)
    assert frame.loc["A6"]["other_payer"] == "OLDER PAYER"
    assert frame.loc["A9"]["asked_on"] == date(2025, 1, 13)
    assert list(frame["fine"]) == sorted(frame["fine"]), "what wants work comes first"
    by_month = page(covered, coverage.table(filters(date_from=date(2025, 2, 1)), {"month": date(2025, 1, 1)}))
    assert by_month.total_rows == 13


CAUSES = {
    "A1": ("payer_reversed", "payer", 5, "active"),
    "A2": ("billed_anyway", "office", 5, "inactive"),
    "A4": ("asked_late", "office", -3, "active"),
    "A5": ("too_early", "office", 41, "active"),
    "A9": ("no_answer", "office", None, "asked_unanswered"),
    "A10": ("never_asked", "office", None, "not_verified"),
}


def test_eligibility_denials_beside_the_last_check(covered: Engine) -> None:
    found = page(covered, coverage.denials_table(filters()))
    rows = {row["account_number"]: row for row in found.frame.to_dict("records")}
    for account, (cause, whose, days, said) in CAUSES.items():
        row = rows.pop(account)
        assert (row["cause"], row["whose"], row["said"]) == (cause, whose, said), account
        assert (None if pd.isna(row["days_before"]) else row["days_before"]) == days
    assert not rows
    assert found.totals["amount"] == 600
    frame = coverage.causes(covered, filters())
    assert {(row["key"], int(row["claims"]), row["amount"]) for row in frame.to_dict("records")} == {
        (cause, 1, Decimal(100)) for cause, *_ in CAUSES.values()
    }
    for cause in frame["key"]:
        assert page(covered, coverage.denials_table(filters(), {"cause": cause})).total_rows == 1


def test_appointments_that_have_no_account_yet(covered: Engine) -> None:
    found = page(covered, appointments.table(filters()))
    (row,) = found.frame.to_dict("records")
    assert (row["service_on"], row["status"], row["member"]) == (date(2025, 3, 1), "active", "…MF1")
    assert appointments.count(covered, filters()) == (1, 0)
    assert appointments.count(covered, filters(as_of=date(2025, 2, 9))) == (0, 0), "answered the day after"
    # seen from 13 January the visits of the 15th lie ahead, but have accounts
    assert appointments.count(covered, filters(as_of=date(2025, 1, 13))) == (0, 0)
    assert appointments.count(covered, filters(departments=("Cardiology",))) == (0, 0)


@pytest.mark.parametrize("missing", ["patient_id", "trace_number"])
def test_an_answer_that_names_no_patient_or_trace_is_to_no_inquiry(covered: Engine, missing: str) -> None:
    answer, inquiry = s.coverage_answer, s.coverage_inquiry
    with covered.connect() as connection:
        account_id = connection.scalar(select(s.account.c.account_id).where(s.account.c.account_number == "A1"))
        same = {"patient_id": 1, "trace_number": "T1", missing: None}
        connection.execute(answer.update().values(same))
        connection.execute(inquiry.update().values(same | {"asked_on": date(2025, 1, 1)}))
        found = on_account(Snapshot(connection), load_account(Snapshot(connection), account_id or 0).head)
        assert found and found.answer and in_full(Snapshot(connection), found).asked_on is None
        connection.rollback()


def test_an_office_that_loads_no_answers_is_told_so(duckdb_engine: Engine, covered: Engine) -> None:
    assert coverage.anything_asked(covered)
    assert not coverage.anything_asked(duckdb_engine)
    assert coverage.verification(duckdb_engine, filters())[0].value is None


def test_every_report_can_be_read_whole(covered: Engine) -> None:
    for report in (coverage.table(filters()), coverage.denials_table(filters()), appointments.table(filters())):
        frame = read_frame(covered, report.sorted())
        assert list(frame.columns) == [column.name for column in report.columns]
        hidden = {column.name for column in report.columns if column.phi}
        assert hidden == {"patient"}
