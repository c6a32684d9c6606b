"""Statements: who is due by the cycle, the paper that leaves, the clock it starts, and taking it all back."""

import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import Engine, select

from data_access.check import check
from data_access.documents.paper import explanation_pdf, statement_pdf
from data_access.filters import Filters
from data_access.queries import statements as queries
from data_access.queries.account import load_account
from data_access.queries.table import page
from data_access.schema import account, open_balance
from data_access.work import activities, documents, people, plans, statements
from data_access.work.office import Office
from tests.handworked.conftest import AS_OF, load_all

OFFICE = Office(name="Synthetic Clinic", street="1 Synthetic Way", place="Exampleville, KS 66002", phone="555-0100")
FILTERS = Filters(AS_OF, AS_OF, AS_OF)


@pytest.fixture(params=["duckdb", "postgresql"])
def clinic(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    """The hand-worked files, in a database of this test's own."""
    return copy_of(request.param, load_all)


@pytest.fixture
def rep(clinic: Engine) -> int:
    return people.add(clinic, "Synthetic Rep")


def ids(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row.account_number: row.account_id for row in connection.execute(select(account))}


def due(engine: Engine, today: date = AS_OF, office: Office = OFFICE) -> dict[str, tuple[Decimal, int]]:
    found = page(engine, queries.due(FILTERS, today, office))
    rows = found.frame.to_dict("records")
    assert found.totals["owes"] == sum((row["owes"] for row in rows), Decimal(0))
    names = {number: name for name, number in ids(engine).items()}
    assert [names[one] for one in queries.due_ids(engine, FILTERS, today, office)] == [
        row["account_number"] for row in rows
    ]
    return {row["account_number"]: (row["owes"], row["number"]) for row in rows}


def told(pdf: bytes) -> str:
    paper = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(paper[at].get_textpage().get_text_range().split()) for at in range(len(paper)))


def sound(engine: Engine) -> bool:
    return all(finding.ok for finding in check(engine))


def send(engine: Engine, rep: int, *numbers: str, today: date = AS_OF) -> statements.Sent:
    known = ids(engine)
    return statements.send(engine, [known[number] for number in numbers], rep, OFFICE, today)


def test_who_is_due(clinic: Engine) -> None:
    # HW-01: first statement 26 May, 35 days ago. HW-05 and HW-09: never told. HW-13 (18 June) and HW-SELF (12 June):
    # not thirty days yet. HW-06 and HW-16 owe nothing any more.
    wanted = {"HW-05": (Decimal("180.00"), 1), "HW-09": (Decimal("30.00"), 1), "HW-01": (Decimal("20.00"), 2)}
    assert due(clinic) == wanted
    assert list(due(clinic)) == ["HW-05", "HW-09", "HW-01"], "largest first"
    assert due(clinic, office=replace(OFFICE, smallest_statement=Decimal("20.01"))).keys() == {"HW-05", "HW-09"}
    assert due(clinic, office=replace(OFFICE, cycle_days=(18, 60))).keys() == {*wanted, "HW-SELF"}


def test_the_cycle_from_first_to_last(clinic: Engine, rep: int) -> None:
    assert due(clinic)["HW-09"] == (Decimal("30.00"), 1)
    send(clinic, rep, "HW-09")
    first = AS_OF
    for number, days in enumerate(OFFICE.cycle_days, 2):
        assert "HW-09" not in due(clinic, first + timedelta(days=days - 1))
        assert due(clinic, first + timedelta(days=days))["HW-09"] == (Decimal("30.00"), number)
        late = first + timedelta(days=days + 2)  # sent two days late, and still one a step
        assert send(clinic, rep, "HW-09", today=late).count == 1
        assert "HW-09" not in due(clinic, late)
    assert "HW-09" not in due(clinic, first + timedelta(days=3000))
    assert sound(clinic)


def test_a_missed_step_is_made_up_by_one_statement(clinic: Engine, rep: int) -> None:
    send(clinic, rep, "HW-09")
    later = AS_OF + timedelta(days=95)
    assert due(clinic, later)["HW-09"][1] == 2
    send(clinic, rep, "HW-09", today=later)
    assert "HW-09" not in due(clinic, later)
    assert due(clinic, AS_OF + timedelta(days=120))["HW-09"][1] == 5


def test_holds_and_plans_keep_an_account_from_statements(clinic: Engine, rep: int) -> None:
    known = ids(clinic)
    activities.record(clinic, known["HW-01"], rep, [{"kind": "hold", "topic": "dispute"}], day=AS_OF)
    owed = due(clinic)["HW-09"][0]
    plan = plans.entries(owed, 2, AS_OF + timedelta(days=5), replace(OFFICE, smallest_instalment=Decimal(1)))
    activities.record(clinic, known["HW-09"], rep, plan, day=AS_OF)
    assert not {"HW-01", "HW-09"} & due(clinic).keys()
    assert send(clinic, rep, "HW-01").count == 0, "not by its own button either"
    assert "HW-09" in due(clinic, AS_OF + timedelta(days=90)), "the plan is over and money is still owed"


def test_sending_starts_the_clock_and_taking_back_leaves_no_trace(clinic: Engine, rep: int) -> None:
    before = snapshot(clinic)
    sent = send(clinic, rep, "HW-01", "HW-09")
    assert (sent.count, sent.amount) == (2, Decimal("50.00"))
    starts, goes_on = (load_account(clinic, ids(clinic)[number]).head for number in ("HW-09", "HW-01"))
    assert (starts["first_statement_on"], starts["last_statement_on"]) == (AS_OF, AS_OF)
    assert (goes_on["first_statement_on"], goes_on["last_statement_on"]) == (date(2026, 5, 26), AS_OF)
    with clinic.connect() as connection:
        row = open_balance.c
        aged = connection.execute(
            select(row.age_from).where(row.account_id == starts["account_id"], row.to_date > AS_OF)
        ).scalars()
        assert list(aged) == [AS_OF], "the patient's balance ages from the first statement"
    assert sound(clinic)
    assert statements.take_back(clinic, sent.batch_id or 0, rep, AS_OF) == 2
    assert snapshot(clinic) == before
    with pytest.raises(activities.Incomplete):
        statements.take_back(clinic, sent.batch_id or 0, rep, AS_OF)
    assert sound(clinic)


def snapshot(engine: Engine) -> list[tuple]:
    row = account.c
    with engine.connect() as connection:
        accounts = connection.execute(
            select(row.account_id, row.first_statement_on, row.last_statement_on, row.balance).order_by(row.account_id)
        ).all()
        balances = connection.execute(select(open_balance).order_by(*open_balance.c)).all()
    return [*map(tuple, accounts), *map(tuple, balances)]


def test_one_statement_is_taken_back_like_any_activity(clinic: Engine, rep: int) -> None:
    sent = send(clinic, rep, "HW-01", "HW-09")
    (entry,) = activities.history(clinic, ids(clinic)["HW-09"])
    activities.undo(clinic, entry["activity_id"], rep)
    assert load_account(clinic, ids(clinic)["HW-09"]).head["first_statement_on"] is None
    (batch,) = page(clinic, queries.batches()).frame.to_dict("records")
    assert (batch["batch_id"], batch["sent"], batch["standing"]) == (sent.batch_id, 2, 1)
    assert batch["amount"] == Decimal("20.00")


def test_two_who_send_together_send_each_statement_once(clinic: Engine, rep: int) -> None:
    sent: list[statements.Sent] = []
    both = [threading.Thread(target=lambda: sent.append(send(clinic, rep, "HW-01", "HW-09"))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.count for one in sent) == [0, 2]
    assert len(activities.history(clinic, ids(clinic)["HW-01"])) == 1


def test_without_a_letterhead_nothing_is_sent(clinic: Engine, rep: int) -> None:
    with pytest.raises(activities.Incomplete, match="Administration"):
        statements.send(clinic, list(ids(clinic).values()), rep, Office(), AS_OF)
    assert page(clinic, queries.batches()).total_rows == 0


def test_the_zip_holds_every_paper_and_proves_it(clinic: Engine, rep: int) -> None:
    sent = send(clinic, rep, "HW-01", "HW-09")
    target = io.BytesIO()
    statements.write_zip(clinic, sent.batch_id or 0, target)
    with zipfile.ZipFile(target) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        listed = archive.read("statements.csv").decode().splitlines()
        papers = {name: archive.read(name) for name in archive.namelist() if name.endswith(".pdf")}
    assert (manifest["statements"], manifest["amount"]) == (2, "50.00")
    assert len(listed) == 3 and len(papers) == 2
    for line in listed[1:]:
        number, amount, day, name, digest = line.split(",")
        assert hashlib.sha256(papers[name]).hexdigest() == digest
        assert (number in told(papers[name])) and (f"${amount}" in told(papers[name])) and day == "2026-06-30"
    kept = documents.papers(clinic, ids(clinic)["HW-01"])
    assert documents.body(clinic, kept[0].document_id) in papers.values()


def test_an_account_number_is_no_formula_in_the_list(clinic: Engine, rep: int) -> None:
    sent = send(clinic, rep, "HW-01")
    with clinic.begin() as connection:
        connection.execute(
            account.update().where(account.c.account_number == "HW-01").values(account_number="=HYPERLINK(1)")
        )
    target = io.BytesIO()
    statements.write_zip(clinic, sent.batch_id or 0, target)
    with zipfile.ZipFile(target) as archive:
        assert archive.read("statements.csv").decode().splitlines()[1].startswith("'=HYPERLINK(1),20.00,2026-06-30,")


def test_what_a_statement_says(clinic: Engine) -> None:
    (statement,) = queries.statements(clinic, [ids(clinic)["HW-01"]], AS_OF, OFFICE)
    statement = replace(statement, first_statement_on=AS_OF)
    assert (statement.number, statement.age_days, statement.is_last) == (2, 35, False)
    assert statement.amount == sum(line.amount for line in statement.lines if not line.total) == Decimal("20.00")
    text = told(statement_pdf(statement, replace(OFFICE, nonprofit=True), AS_OF))
    for words in (
        "Synthetic Clinic",
        "HW-01",
        "You owe $20.00",
        "The visit was charged $200.00",
        "Your insurance paid -$130.00",
        "Left for you to pay $20.00",
        "You may qualify for financial help",
        "You can apply until February 25, 2027",  # 240 days after 30 June 2026
        "before October 28, 2026",  # 120 days
    ):
        assert words in text, words
    assert "SYNTHETIC DATA" not in text
    assert "SYNTHETIC DATA" in told(statement_pdf(statement, OFFICE, AS_OF, synthetic=True))
    assert "not a bill" in told(explanation_pdf(statement, OFFICE, AS_OF))


def test_names_the_paper_cannot_print_do_not_stop_it(clinic: Engine) -> None:
    (statement,) = queries.statements(clinic, [ids(clinic)["HW-01"]], AS_OF, OFFICE)
    odd = replace(statement, patient="Łucja <b>Nuñez</b> & 名", address=("1 Ulica Długa",))
    text = told(statement_pdf(odd, OFFICE, AS_OF))
    assert "<b>Nuñez</b> &" in text
    assert "1 Ulica D?uga" in text


def test_an_account_without_a_balance_gets_none(clinic: Engine) -> None:
    assert queries.statements(clinic, [ids(clinic)["HW-02"], ids(clinic)["HW-14"]], AS_OF, OFFICE) == []


def test_papers_are_added_and_taken_back(clinic: Engine, rep: int) -> None:
    one = ids(clinic)["HW-01"]
    activity_id = documents.attach(clinic, one, rep, "C:\\scans\\letter.pdf", b"%PDF-1", "Payer's letter")
    (paper,) = documents.papers(clinic, one)
    assert (paper.file_name, paper.media_type, paper.note) == ("letter.pdf", documents.PDF, "Payer's letter")
    assert documents.body(clinic, paper.document_id) == b"%PDF-1"
    activities.undo(clinic, activity_id, rep)
    assert [found.taken_back for found in documents.papers(clinic, one)] == [True]
    for wrong in ((b"", "x"), (b"x", " "), (b"x" * (documents.LARGEST + 1), "x")):
        with pytest.raises(activities.Incomplete):
            documents.attach(clinic, one, rep, "a.pdf", *wrong)
    with pytest.raises(LookupError):
        documents.body(clinic, 99)
    assert sound(clinic)


def grade(text: str) -> float:
    """Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    sentences = [part for part in re.split(r"[.!?:;]\s", text) if part.strip()]
    words = re.findall(r"[A-Za-z']+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_a_statement_reads_at_an_eighth_grade_level(clinic: Engine) -> None:
    office = replace(OFFICE, nonprofit=True, pay_online="pay.example.org", prompt_pay_percent=Decimal(5))
    known = ids(clinic)
    for statement in queries.statements(clinic, [known["HW-01"], known["HW-05"], known["HW-13"]], AS_OF, office):
        told_today = replace(statement, first_statement_on=AS_OF, facility="", patient="")
        assert grade(told(statement_pdf(told_today, office, AS_OF)).split("Page 1")[-1]) <= 8
        assert grade(". ".join(line.words for line in statement.lines) + ". ") <= 8
