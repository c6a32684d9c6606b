"""Claims asked about (276) and not answered, worked by hand: in any order of loading, on both databases, and undone."""

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, Engine, Select, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import open_engine
from data_access.export import REPORTS
from data_access.filters import Filters
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from data_access.posting import status_requests
from data_access.queries import asked, waiting
from data_access.queries.table import page
from tests.acknowledgments.office import Sent, claims, status_answer
from tests.acknowledgments.questions import (
    ALIKE,
    AS_OF,
    ASKED_OF,
    DAY,
    WAITING,
    WAITING_CHARGE,
    Q,
    ask,
    question,
    write_questions,
)

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
    assert waiting.waiting(engine, filters(), {}).lists["asked"] == (5, Decimal(WAITING_CHARGE))
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


def told(engine: Engine) -> dict[str, tuple]:
    """By trace number: account of the claim, answered on."""
    return {str(trace): (number, answered) for trace, _, number, answered in known(engine)}


def test_what_is_taken_back_touches_the_questions_it_led_somewhere(engine: Engine, tmp_path: Path) -> None:
    """A question that states no account fits two claims of one member, then the one that is left; another is answered
    by trace number alone, under an account that nobody asked about."""
    one, two, asked_about = (Sent(name, "333", DAY) for name in ("TW-1", "TW-2", "TW-3"))
    files = {
        "1.837": claims("T1", "20260302", 601, [one]).replace(b"MTW-1", b"MTWIN"),
        "2.837": claims("T2", "20260303", 602, [two]).replace(b"MTW-2", b"MTWIN"),
        "3.276": question("20260320", 603, ask(Sent("TWIN", "333", DAY), "TA"), ask(asked_about, "TB", charge=False)),
        "4.277": status_answer("20260322", 604, Sent("TW-9", "333", DAY), "P1:20", "TB"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    loads = {found.file: found.load_id for found in load_paths(engine, [tmp_path / name for name in files], who="test")}
    answered = (None, date(2026, 3, 22))
    assert told(engine) == {"TA": (None, None), "TB": answered}
    undo(engine, loads["1.837"])
    assert told(engine) == {"TA": ("TW-2", None), "TB": answered}
    undo(engine, loads["4.277"])
    assert told(engine) == {"TA": ("TW-2", None), "TB": (None, None)}
    load_paths(engine, [tmp_path / "1.837", tmp_path / "4.277"], who="test")
    assert told(engine) == {"TA": (None, None), "TB": answered}
    assert_sound(engine)


@pytest.mark.parametrize("column", ["claim_id", "answered_on"])
def test_check_finds_a_question_that_stands_otherwise(engine: Engine, files: Path, column: str) -> None:
    load_paths(engine, [files], who="test")
    row = s.status_request.c
    with engine.begin() as connection:
        connection.execute(s.status_request.update().where(row.trace == "T1").values({column: None}))
    assert [found.rule for found in check(engine) if not found.ok and "follow from all files" in found.rule]


def test_only_the_questions_that_are_touched_are_worked_out_anew(
    engine: Engine, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_paths(engine, [files], who="test")
    worked: list[int] = []
    real = status_requests.misplaced

    def counted(mine: ColumnElement[bool]) -> Select:
        with engine.connect() as connection:
            query = select(s.status_request.c.status_request_id).where(mine)
            worked.append(len(connection.execute(query).all()))
        return real(mine)

    monkeypatch.setattr(status_requests, "misplaced", counted)
    (tmp_path / "6.277").write_bytes(status_answer("20260401", 661, Q[2], "P1:20", "T2"))
    load_paths(engine, [tmp_path / "6.277"], who="test")
    assert worked == [2], "T2 and T2B, both about Q-02"
    assert told(engine)["T2"] == told(engine)["T2B"] == ("Q-02", date(2026, 4, 1))
    (tmp_path / "7.837").write_bytes(claims("Q7", "20260401", 662, [Sent("Q-70", "5", DAY)]))
    load_paths(engine, [tmp_path / "7.837"], who="test")
    assert worked == [2], "nobody asked about it"
    assert_sound(engine)


def test_as_it_stood_earlier(office: Engine) -> None:
    """On 21 March Q-01 waited for its answer; Q-03 was asked that day, the others not yet."""
    rows = page(office, asked.table(filters(date(2026, 3, 21)))).frame
    assert sorted(rows["account_number"]) == ["Q-01", "Q-02", "Q-03", "Q-08", "Q-09"]
    assert dict(zip(rows["account_number"], rows["waiting"], strict=True))["Q-02"] == 1
    assert asked.questions(office, filters(date(2026, 3, 19))) == asked.Questions(0, 0)
    assert waiting.waiting(office, filters(date(2026, 3, 19)), {}).lists["asked"] == (0, Decimal(0))


def test_the_lists_are_exported(office: Engine) -> None:
    assert page(office, REPORTS["claims_asked"](office, filters())).total_rows == 5
    assert page(office, REPORTS["claims_asked_unknown"](office, filters())).total_rows == 2
    with office.connect() as connection:
        payer = connection.scalar(select(s.payer.c.payer_id))
    assert page(office, asked.table(filters(payer_ids=(payer,)))).total_rows == 5
    assert page(office, asked.table(filters(payer_ids=(payer + 1,)))).total_rows == 0
