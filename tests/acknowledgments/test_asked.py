"""Claims asked about (276) and not answered, worked by hand: in any order of loading, on both databases, and undone."""

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import open_engine
from data_access.export import REPORTS
from data_access.filters import Filters
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from data_access.queries import asked, progress
from data_access.queries.table import page
from tests.acknowledgments.questions import ALIKE, AS_OF, ASKED_OF, WAITING, WAITING_CHARGE, write_questions

Known = list[tuple[str | None, date | None, str | None, date | None]]


def filters(as_of: date = AS_OF, **more: object) -> Filters:
    return Filters(as_of, date(2026, 1, 1), as_of, **more)


def known(engine: Engine) -> Known:
    """Every question: trace, asked on, account of its claim, answered on."""
    row = s.status_request.c
    query = select(row.trace, row.asked_on, s.claim.c.account_number, row.answered_on).outerjoin(
        s.claim, s.claim.c.claim_id == row.claim_id
    )
    with engine.connect() as connection:
        return sorted((tuple(found) for found in connection.execute(query)), key=repr)


def expected() -> Known:
    alike = [("1", date(2026, 3, 20), *said) for said in ALIKE]
    return sorted([*((*key, *said) for key, said in ASKED_OF.items()), *alike], key=repr)


def assert_sound(engine: Engine) -> None:
    assert [finding for finding in check(engine) if not finding.ok] == []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_questions(tmp_path_factory.mktemp("questions") / "in")


@pytest.fixture(scope="module")
def office(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"duckdb:///{tmp_path_factory.mktemp('asked') / 'office.duckdb'}")
    load_paths(engine, [files], who="test")
    yield engine
    engine.dispose()


def test_each_question_is_about_its_claim_and_answered_on_its_day(engine: Engine, files: Path) -> None:
    results = load_paths(engine, [files], who="test")
    assert {(result.status, *result.warnings) for result in results} == {("loaded",)}
    assert known(engine) == expected()
    assert_sound(engine)
    found = page(engine, asked.table(filters()))
    rows = {row["account_number"]: (row["waiting"], row["times_asked"]) for row in found.frame.to_dict("records")}
    assert rows == WAITING
    assert (found.total_rows, found.totals["charge"]) == (5, Decimal(WAITING_CHARGE))
    assert list(found.frame["account_number"][:2]) == ["Q-09", "Q-02"]  # longest first, then the largest
    assert progress.lists(engine, filters())["asked"] == (5, Decimal(WAITING_CHARGE))
    assert asked.questions(engine, filters()) == asked.Questions(asked=12, unknown=2)
    unknown = page(engine, asked.unknown(filters())).frame
    assert sorted(unknown["trace"]) == ["T10", "T9"] and set(unknown["file_name"]) == {"3_first.276", "3_member.276"}


def test_any_order_gives_the_same(engine: Engine, files: Path) -> None:
    """Answers before their questions, questions before their claims."""
    shuffled = sorted(files.iterdir())
    random.Random(15).shuffle(shuffled)
    by_name = [path.name for path in shuffled]
    assert by_name.index("4_first.277") < by_name.index("3_first.276") < by_name.index("1_sent.837")
    assert by_name.index("3_number.276") < by_name.index("2_numbers.277")
    for batch in (shuffled[:4], shuffled[4:8], shuffled[8:13], shuffled[13:]):
        load_paths(engine, batch, who="test")
    assert known(engine) == expected()
    assert_sound(engine)


def test_taken_back_and_loaded_again(engine: Engine, files: Path) -> None:
    loads = {result.file: result.load_id for result in load_paths(engine, [files], who="test")}
    changes = {
        "1_sent.837": {"T1": (None, date(2026, 3, 22)), "T2": (None, None), "Q-05": (None, None)},
        "2_numbers.277": {"T3": (None, None)},
        "4_first.277": {"T1": ("Q-01", None)},
        "5_paid.835": {"Q-05": ("Q-05", None)},
        "3_again.276": {},
    }
    for name, changed in changes.items():
        undo(engine, loads[name])
        told = {trace: (number, answered) for trace, _, number, answered in known(engine)}
        assert {trace: told[trace] for trace in changed} == changed, name
        assert ("T2B" in told) == (name != "3_again.276")
        load_paths(engine, [files / name], who="test")
        assert known(engine) == expected(), name
    assert_sound(engine)


def test_a_payment_posted_by_hand_is_an_answer_too(engine: Engine, files: Path, tmp_path: Path) -> None:
    posted = tmp_path / "posted.csv"
    posted.write_text("account_number,posted_on,type,amount\nQ-02,2026-03-28,insurance_payment,60\n")
    load_paths(engine, [files, posted], who="test")
    rows = page(engine, asked.table(filters())).frame
    assert set(rows["account_number"]) == WAITING.keys() - {"Q-02"}
    before = page(engine, asked.table(filters(date(2026, 3, 27)))).frame
    assert "Q-02" in set(before["account_number"])


def test_as_it_stood_earlier(office: Engine) -> None:
    """On 21 March Q-01 waited for its answer; Q-03 was asked that day, the others not yet."""
    rows = page(office, asked.table(filters(date(2026, 3, 21)))).frame
    assert sorted(rows["account_number"]) == ["Q-01", "Q-02", "Q-03", "Q-08", "Q-09"]
    assert dict(zip(rows["account_number"], rows["waiting"], strict=True))["Q-02"] == 1
    assert asked.questions(office, filters(date(2026, 3, 19))) == asked.Questions(0, 0)
    assert progress.lists(office, filters(date(2026, 3, 19)))["asked"] == (0, Decimal(0))


def test_the_lists_are_exported(office: Engine) -> None:
    assert page(office, REPORTS["claims_asked"](office, filters())).total_rows == 5
    assert page(office, REPORTS["claims_asked_unknown"](office, filters())).total_rows == 2
    with office.connect() as connection:
        payer = connection.scalar(select(s.payer.c.payer_id))
    assert page(office, asked.table(filters(payer_ids=(payer,)))).total_rows == 5
    assert page(office, asked.table(filters(payer_ids=(payer + 1,)))).total_rows == 0
