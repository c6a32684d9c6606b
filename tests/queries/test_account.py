"""One account whole: who owes what and why, its ledger, and the lines of the file it came from."""

import zlib

import pytest
from sqlalchemy import Engine, insert

from data_access.engine import write
from data_access.queries.account import NoSuchAccount, load_account, source_segments
from data_access.queries.account_lines import as_paid
from data_access.schema import load, remittance, source_chunk
from tests.posting.facts import account_of, day
from tests.queries.office import money


def add_sources(engine: Engine) -> None:
    """The load and the remittance that the office's rows name."""
    with write(engine) as connection:
        connection.execute(
            insert(load).values(load_id=1, file_name="a.835", sha256="", status="loaded", loaded_at=day(6, 30))
        )
        amounts = dict.fromkeys(("amount", "claims_paid", "provider_adjustments", "difference"), money("0"))
        connection.execute(
            insert(remittance).values(
                remittance_id=1, load_id=1, payer_name="First Payer", trace_number="T1", **amounts
            )
        )


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ("A", "The patient owes $15.00, theirs since 1 Feb 2026, first statement 10 Feb 2026."),
        ("B", "First Payer owes $200.00; sent 31 May 2026, no answer yet."),
        ("C", "Second Payer owes $300.00, of which $300.00 is denied (authorization)."),
        ("F", "The patient has paid $25.00 too much."),
    ],
)
def test_who_owes_what_and_why(office: Engine, number: str, wanted: str) -> None:
    found = load_account(office, account_of(number)).sentence
    assert found.lower() == wanted.lower()


def test_the_parts_of_an_account(office: Engine) -> None:
    add_sources(office)
    found = load_account(office, account_of("A"))
    ledger = found.ledger
    assert list(ledger["posted_on"]) == sorted(ledger["posted_on"])
    assert (sum(ledger["amount"]), list(ledger["balance"])[-1]) == (money("15.00"), money("15.00"))
    assert (found.head["account_number"], found.head["provider"]) == ("A", "Rivera, Ana")
    assert list(found.claims["account_number"]) == ["A"]
    assert list(found.payments["trace_number"]) == ["T1"]
    adjustments = as_paid(office, found).adjustments
    assert list(zip(adjustments["carc"], adjustments["amount"], strict=True)) == [
        ("45", money("20.00")),
        ("1", money("20.00")),
    ]
    assert all(label != "Not in our table" for label in adjustments["label"])
    assert list(found.statements["posted_on"]) == [day(2, 10)]


def test_an_unknown_account(office: Engine) -> None:
    with pytest.raises(NoSuchAccount):
        load_account(office, 1)


def test_source_lines_across_chunks(engine: Engine) -> None:
    with write(engine) as connection:
        for load_id, first, lines in ((1, 1, ["ISA", "GS", "ST"]), (1, 4, ["CLM*Ñ", "HI"]), (2, 1, ["other"])):
            body = zlib.compress("\n".join(lines).encode("utf-8"))
            values = {"load_id": load_id, "first_segment": first, "last_segment": first + len(lines) - 1, "body": body}
            connection.execute(insert(source_chunk).values(values))
    assert source_segments(engine, 1, 3, 4) == [(3, "ST"), (4, "CLM*Ñ")]
    assert source_segments(engine, 1, 5, 99) == [(5, "HI")]
    assert source_segments(engine, 3, 1, 9) == []
