"""Coverage on the day of service, worked by hand; whatever order files come in, and after an undo."""

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import write
from data_access.ingest.loader import load_paths
from data_access.ingest.undo import undo
from data_access.posting import settle
from data_access.posting.balances import STILL_OPEN
from tests.coverage import office
from tests.coverage.office import BY_ACCOUNT, GOLD, about, eligibility
from tests.posting.facts import date

#: Account -> standing, days before the service, covered, in time.
EXPECTED = {
    "A1": ("active", 5, True, True),
    "A2": ("inactive", 5, False, True),
    "A3": ("inactive", 10, False, True),
    "A4": ("late", -3, True, False),
    "A5": ("too_early", 41, True, False),
    "A6": ("other_payer_primary", 5, True, True),
    "A7": ("rejected", 3, None, False),
    "A8": ("active", 1, True, True),
    "A9": ("asked_unanswered", None, None, False),
    "A11": ("late", -26, True, False),
    "A12": ("active", 1, True, True),
    "A13": ("active", 5, True, True),
}


def standings(engine: Engine) -> dict[str, tuple[Any, ...]]:
    row = s.account_coverage.c
    query = select(row.account_number, row.standing, row.days_before, row.covered, row.in_time).where(
        row.known_until == STILL_OPEN, row.standing != "not_verified"
    )
    with engine.connect() as connection:
        return {number: tuple(rest) for number, *rest in connection.execute(query)}


def history(engine: Engine, number: str) -> list[tuple[Any, ...]]:
    """What was known of an account's coverage: standing, from and until (None: still)."""
    row = s.account_coverage.c
    query = select(row.standing, row.known_from, row.known_until).where(row.account_number == number)
    with engine.connect() as connection:
        found = connection.execute(query.order_by(row.known_from)).all()
    return [(standing, first, None if until == STILL_OPEN else until) for standing, first, until in found]


def load(engine: Engine, folder: Path, **files: bytes) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    results = load_paths(engine, [folder / name for name in files], "test")
    assert {result.status for result in results} == {"loaded"}, [result.reason for result in results]


def test_coverage_on_the_day(engine: Engine, tmp_path: Path) -> None:
    office.fill(engine, tmp_path)
    assert standings(engine) == EXPECTED
    assert [finding for finding in check(engine) if not finding.ok] == []
    with engine.connect() as connection:
        answer = s.coverage_answer
        row = connection.execute(select(answer).where(answer.c.member_id == "MA1")).one()
        loads = connection.execute(select(s.load.c.kind, s.load.c.claims).order_by(s.load.c.load_id)).all()
    assert (row.copay, row.coinsurance, row.deductible, row.deductible_left, row.authorization) == (
        Decimal("25.00"),
        Decimal("0.2000"),
        Decimal("1500.00"),
        Decimal("600.00"),
        True,
    )
    assert [tuple(one) for one in loads] == [("837P", 13), ("270", 2), ("271", 13), ("271", 1), ("835", 13)]


def test_what_was_known_from_day_to_day(engine: Engine, tmp_path: Path) -> None:
    """Each row holds from the day of its answer; what was known only before the service is nobody's to look back to."""
    office.fill(engine, tmp_path)
    service, answered = date(2025, 1, 15), date(2025, 2, 10)
    assert history(engine, "A11") == [("not_verified", service, answered), ("late", answered, None)]
    assert history(engine, "A4")[0] == ("not_verified", service, date(2025, 1, 18))
    assert history(engine, "A12") == [("active", date(2025, 1, 14), None)], "neither the older nor the later answer"
    assert history(engine, "A9") == [("asked_unanswered", date(2025, 1, 13), None)]
    assert history(engine, "A10") == [("not_verified", service, None)]
    late = eligibility("271", ("20250125", about(BY_ACCOUNT["A9"], "AAA*N**42*R")))
    again = eligibility("270", ("20250120", about(BY_ACCOUNT["A9"], "EQ*30")))
    better = eligibility("271", ("20250203", about(BY_ACCOUNT["A9"], *GOLD)))
    load(engine, tmp_path, better=better, again=again, late=late)
    assert history(engine, "A9") == [
        ("asked_unanswered", date(2025, 1, 13), date(2025, 1, 20)),
        ("asked_unanswered", date(2025, 1, 20), date(2025, 1, 25)),
        ("rejected", date(2025, 1, 25), date(2025, 2, 3)),
        ("late", date(2025, 2, 3), None),
    ]
    assert [finding for finding in check(engine) if not finding.ok] == []


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2)])
def test_order_makes_no_difference(engine: Engine, tmp_path: Path, order: tuple[int, ...]) -> None:
    paths = list(office.write_files(tmp_path).values())
    parts = [paths[:1], paths[1:3], paths[3:]]
    load_paths(engine, list(itertools.chain.from_iterable(parts[place] for place in order)), "test")
    assert standings(engine) == EXPECTED


def test_the_check_finds_coverage_that_is_not_what_was_answered(duckdb_engine: Engine, tmp_path: Path) -> None:
    office.fill(duckdb_engine, tmp_path)
    rule = "the coverage of every account is what a payer's answer says"
    row = s.account_coverage
    for wrong in ({"days_before": 7}, {"in_time": False}, {"account_id": 1}, {"standing": "rejected"}, {"copay": 1}):
        with write(duckdb_engine) as connection:
            one = connection.scalar(select(row.c.account_id).where(row.c.standing == "active").limit(1))
            connection.execute(row.update().where(row.c.account_id == one).values(**wrong))
        broken = {finding.rule: finding.detail for finding in check(duckdb_engine) if not finding.ok}
        assert broken[rule] == "1 rows break it", wrong
        post_again(duckdb_engine)


def test_the_check_finds_gaps_and_denials_without_their_check(duckdb_engine: Engine, tmp_path: Path) -> None:
    office.fill(duckdb_engine, tmp_path)
    known, denied = s.account_coverage, s.eligibility_denial
    gaps = "what is known of coverage is known without gaps"
    beside = "every claim denied for coverage stands beside the last check"
    for rule, broken in (
        (gaps, known.delete().where(known.c.account_number == "A10")),
        (gaps, known.update().where(known.c.account_number == "A1").values(known_until=date(2025, 2, 1))),
        (gaps, known.delete().where(known.c.account_number == "A11", known.c.standing == "not_verified")),
        (beside, denied.update().where(denied.c.cause == "never_asked").values(amount=1)),
        (beside, denied.delete().where(denied.c.cause == "no_answer")),
    ):
        with write(duckdb_engine) as connection:
            assert connection.execute(broken).rowcount == 1
        assert {finding.rule: finding.detail for finding in check(duckdb_engine) if not finding.ok} == {
            rule: "1 rows break it"
        }
        post_again(duckdb_engine)


def post_again(engine: Engine) -> None:
    """Post every account afresh."""
    with write(engine) as connection:
        keys = select(s.account.c.account_key)
        for table in (s.account_coverage, s.eligibility_denial):
            connection.execute(table.delete())
        connection.execute(insert(s.unsettled).from_select(["account_key"], keys))
    settle(engine)


def test_an_undo_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    office.fill(engine, tmp_path)
    load(engine, tmp_path, later=eligibility("271", ("20250115", about(BY_ACCOUNT["A1"], "EB*6**30"))))
    assert standings(engine)["A1"] == ("inactive", 0, False, True)
    undo(engine, 6)
    assert standings(engine) == EXPECTED
    undo(engine, 3)  # the 271 of all but A13; then only A1 and A9 were asked about, and not answered
    assert {number: found[0] for number, found in standings(engine).items()} == {
        "A1": "asked_unanswered",
        "A9": "asked_unanswered",
        "A13": "active",
    }
    undo(engine, 4)
    undo(engine, 2)
    assert standings(engine) == {}
    with engine.connect() as connection:
        for table in (s.coverage_answer, s.coverage_benefit, s.coverage_inquiry):
            assert connection.execute(select(table.c.load_id)).all() == []
    assert [finding for finding in check(engine) if not finding.ok] == []


TWIN = [line.replace("SYNTHETIC*CHILD", "SYNTHETIC*TWIN") for line in about(BY_ACCOUNT["A8"], "EB*6**30")]
OTHER_BIRTH = [line.replace("19700101", "19990909") for line in about(BY_ACCOUNT["A1"], "EB*6**30")]
NO_BIRTH = [line for line in about(BY_ACCOUNT["A1"], "EB*6**30") if not line.startswith("DMG")]
CHILD_OTHERWISE = [
    line.replace("SYNTHETIC*CHILD", "SYNTHETIC-OTHER*C.H.I.L.D.").replace("20250115", "20250114")
    for line in about(BY_ACCOUNT["A8"], "EB*6**30")
]


@pytest.mark.parametrize(
    ("account", "said", "found"),
    [
        ("A8", TWIN, None),
        ("A1", OTHER_BIRTH, "asked_unanswered"),
        ("A1", NO_BIRTH, "inactive"),
        ("A8", CHILD_OTHERWISE, "inactive"),
        ("A8", about(BY_ACCOUNT["A8"], "EB*6**30")[:3] + ["EB*6**30"], None),  # the parent, not the child
    ],
)
def test_whom_an_answer_is_about(
    duckdb_engine: Engine, tmp_path: Path, account: str, said: list[str], found: str | None
) -> None:
    day = ("20250114", said)
    load(duckdb_engine, tmp_path, sent=office.claims(), asked=office.inquiries(), said=eligibility("271", day))
    assert standings(duckdb_engine).get(account, (None,))[0] == found


def test_an_answer_outranks_a_rejection_and_a_resend_is_known(duckdb_engine: Engine, tmp_path: Path) -> None:
    good = ("20250110", about(BY_ACCOUNT["A1"], *GOLD))
    bad = ("20250114", about(BY_ACCOUNT["A1"], "AAA*N**42*R"))
    load(duckdb_engine, tmp_path, sent=office.claims(), good=eligibility("271", good, bad))
    assert standings(duckdb_engine)["A1"] == ("active", 5, True, True)
    again = eligibility("271", good).replace(b"000000001", b"000000002")
    (tmp_path / "again").write_bytes(again)
    (result,) = load_paths(duckdb_engine, [tmp_path / "again"], "test")
    assert result.status == "already_loaded"


def test_the_payers_own_answer_goes_before_that_of_another(duckdb_engine: Engine, tmp_path: Path) -> None:
    own = eligibility("271", ("20250110", about(BY_ACCOUNT["A1"], *GOLD)))
    said = ("20250114", about(BY_ACCOUNT["A1"], "EB*6**30"))
    other = eligibility("271", said, payer="NM1*PR*2*SISTER PLAN*****PI*SISTER")
    load(duckdb_engine, tmp_path, sent=office.claims(), own=own, other=other)
    assert standings(duckdb_engine)["A1"] == ("active", 5, True, True)
    undo(duckdb_engine, 2)
    assert standings(duckdb_engine)["A1"] == ("inactive", 1, False, True)


def test_other_insurance_that_has_ended_is_no_matter(duckdb_engine: Engine, tmp_path: Path) -> None:
    other = ["EB*R**30", "DTP*291*RD8*20230101-20241231", "LS*2120", "NM1*PRP*2*OLDER PAYER*****PI*99", "LE*2120"]
    said = eligibility("271", ("20250110", about(BY_ACCOUNT["A6"], *GOLD, *other)))
    load(duckdb_engine, tmp_path, sent=office.claims(), said=said)
    assert standings(duckdb_engine)["A6"][0] == "active"


@pytest.mark.parametrize(("answered", "found"), [("20241216", "active"), ("20241215", "too_early")])
def test_thirty_days_are_in_time(duckdb_engine: Engine, tmp_path: Path, answered: str, found: str) -> None:
    said = eligibility("271", (answered, about(BY_ACCOUNT["A1"], *GOLD)))
    load(duckdb_engine, tmp_path, sent=office.claims(), said=said)
    assert standings(duckdb_engine)["A1"][0] == found
    assert date(2025, 1, 15) - date(2024, 12, 16) == date(2025, 1, 31) - date(2025, 1, 1)
