"""Where a patient lives, what a payer, a clinic and a provider are called, and a provider's specialty: the newest word
of any file, in any order, after any undo.
"""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.ingest.undo import undo
from tests.ingest.loading import PAID, assert_sound, claims_837, load, remits_835


def claim_on(day: str, street: str, payer: str = "BIG PAYER", account: str = "A1") -> bytes:
    """A claim sent on a day, for a patient who lives there; `street` may be empty."""
    sent = claims_837((account, "100"), batch=f"B{day}").replace(b"*20260110*1200", f"*{day}*1200".encode())
    sent = sent.replace(b"****MI*M" + account.encode(), b"****MI*M1")
    home = f"N3*{street}~\nN4*TOWN*TX*70000~\n".encode() if street else b""
    sent = sent.replace(b"DMG*D8", home + b"DMG*D8").replace(b"BIG PAYER", payer.encode())
    head, _, tail = sent.partition(b"SE*")
    segments = sent.count(b"~") - 4  # from ST to SE: all but ISA, GS, GE and IEA
    return head + b"SE*" + str(segments).encode() + tail[tail.index(b"*") :]


OLD, NEW, NONE = (
    claim_on("20260105", "1 OLD ST", "BIG PAYER OLD", "A1"),
    claim_on("20260110", "2 NEW ST", "BIG PAYER NEW", "A2"),
    claim_on("20260115", "", "BIG PAYER", "A3"),
)


def home(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(select(s.patient.c.street)).scalar_one()


def payer_name(engine: Engine) -> str:
    with engine.connect() as connection:
        return connection.execute(select(s.payer.c.name)).scalar_one()


@pytest.mark.parametrize("order", [(OLD, NEW, NONE), (NONE, OLD, NEW), (NEW, NONE, OLD)])
def test_the_newest_address_holds_in_any_order(duckdb_engine: Engine, tmp_path: Path, order: tuple[bytes, ...]) -> None:
    for content in order:
        assert load(duckdb_engine, tmp_path, x=content)["x"].status == "loaded"
    assert (home(duckdb_engine), payer_name(duckdb_engine)) == ("2 NEW ST", "BIG PAYER")
    assert_sound(duckdb_engine)


def test_an_undo_leaves_what_the_standing_files_say(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, x=NONE)
    assert home(engine) is None
    load(engine, tmp_path, x=OLD)
    assert home(engine) == "1 OLD ST"
    load(engine, tmp_path, x=NEW)
    assert home(engine) == "2 NEW ST"
    undo(engine, 3)
    assert home(engine) == "1 OLD ST"
    undo(engine, 1)
    assert payer_name(engine) == "BIG PAYER OLD"
    assert_sound(engine)


def test_a_payer_is_called_as_the_office_says_else_as_last_sent(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, x=NEW)
    load(engine, tmp_path, x=remits_835(("A2", "100", "60", PAID)))
    assert payer_name(engine) == "BIG PAYER"
    load(engine, tmp_path, x=b"payer_id,name\n12345,Our Name\n")
    load(engine, tmp_path, x=NONE)
    assert payer_name(engine) == "Our Name"
    undo(engine, 3)
    assert payer_name(engine) == "BIG PAYER"


def claim_of(day: str, clinic: str, provider: str, specialty: str, account: str) -> bytes:
    """A claim sent on a day, of a provider under one number; `specialty` may be empty."""
    prv = f"PRV*PE*PXC*{specialty}~\n" if specialty else ""
    rendering = f"NM1*82*1*{provider}****XX*1234567802~\n{prv}".encode()
    sent = claim_on(day, "", account=account).replace(b"*SYNTHETIC CLINIC*", f"*{clinic}*".encode())
    sent = sent.replace(b"LX*1~", rendering + b"LX*1~", 1)
    head, _, tail = sent.partition(b"SE*")
    segments = sent.count(b"~") - 4
    return head + b"SE*" + str(segments).encode() + tail[tail.index(b"*") :]


#: Family medicine, then cardiology; the third file leaves the specialty out.
FIRST = claim_of("20260105", "OLD CLINIC", "SMITH*JANE", "207Q00000X", "A1")
SECOND = claim_of("20260110", "NEW CLINIC", "SMITH-JONES*JANE", "207RC0000X", "A2")
THIRD = claim_of("20260115", "NEWEST CLINIC", "JONES*JANE", "", "A3")
BY_NUMBER = (
    b"account_number,posted_on,type,amount,provider_npi,facility_npi\nA9,2026-01-20,charge,5.00,1234567802,1234567893\n"
)


def named(engine: Engine) -> tuple[str | None, str | None, str | None]:
    """What the one clinic and the one provider are called, and the provider's specialty."""
    with engine.connect() as connection:
        clinic = connection.execute(select(s.facility.c.name)).scalar_one_or_none()
        provider = connection.execute(select(s.provider.c.name, s.provider.c.taxonomy)).one_or_none()
    return (clinic, *(provider or (None, None)))


@pytest.mark.parametrize(
    "order", [(FIRST, SECOND, THIRD, BY_NUMBER), (THIRD, BY_NUMBER, FIRST, SECOND), (BY_NUMBER, SECOND, THIRD, FIRST)]
)
def test_a_clinic_and_a_provider_are_as_last_sent_in_any_order(
    duckdb_engine: Engine, tmp_path: Path, order: tuple[bytes, ...]
) -> None:
    for content in order:
        assert load(duckdb_engine, tmp_path, x=content)["x"].status == "loaded"
    assert named(duckdb_engine) == ("NEWEST CLINIC", "JONES, JANE", "207RC0000X")
    assert_sound(duckdb_engine)


def test_files_loaded_together_say_the_same(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, a=SECOND, b=BY_NUMBER, c=FIRST, d=THIRD)
    assert named(engine) == ("NEWEST CLINIC", "JONES, JANE", "207RC0000X")


def test_an_undo_takes_back_what_no_standing_file_says_of_a_clinic_and_a_provider(
    engine: Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path, x=BY_NUMBER)
    assert named(engine) == ("NPI 1234567893", "NPI 1234567802", None)
    for content in (THIRD, FIRST, SECOND):
        load(engine, tmp_path, x=content)
    assert named(engine) == ("NEWEST CLINIC", "JONES, JANE", "207RC0000X")
    assert departments(engine) == {"Cardiology"}
    undo(engine, 4)
    assert named(engine) == ("NEWEST CLINIC", "JONES, JANE", "207Q00000X")
    undo(engine, 2)
    assert named(engine) == ("OLD CLINIC", "SMITH, JANE", "207Q00000X")
    assert departments(engine) == {"Family medicine"}
    undo(engine, 3)
    assert named(engine) == ("NPI 1234567893", "NPI 1234567802", None)
    assert_sound(engine)


def departments(engine: Engine) -> set[str]:
    """The departments of claims, which follow from their provider's specialty."""
    with engine.connect() as connection:
        return set(connection.scalars(select(s.claim.c.department)))
