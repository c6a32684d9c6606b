"""Replacements sent under account numbers of their own: one account, whatever each payment and entry names."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access import posting
from data_access import schema as s
from data_access.engine import open_engine
from data_access.ingest.undo import undo
from data_access.posting.together import packed, sets_of
from data_access.queries.account import load_account
from tests.acknowledgments.office import NPI, PAYER, Sent, claims, envelope, transaction
from tests.handworked.test_order import derived
from tests.ingest.loading import assert_sound, load
from tests.posting.facts import Facts, day
from tests.posting.test_posting import account, one, reversal, sound

SERVICE = "20260105"
CSV = "account_number,posted_on,type,amount,billing_npi\n"


def remittance(stamp: str, control: int, *answers: tuple[str, str, str, str, tuple[str, ...]]) -> bytes:
    """An 835 file; each answer is account number, charge, paid, the payer's claim number and the CAS segments."""
    body = [
        f"BPR*I*{sum(Decimal(paid) for _, _, paid, _, _ in answers)}*C*CHK************{stamp}",
        f"TRN*1*T{control}*1999999999",
        f"N1*PR*{PAYER[0]}*XV*{PAYER[1]}",
        f"N1*PE*SYNTHETIC CLINIC*XX*{NPI}",
        "LX*1",
    ]
    for number, charge, paid, payer_number, adjustments in answers:
        body += [f"CLP*{number}*1*{charge}*{paid}**CI*{payer_number}", *adjustments]
        body += [f"NM1*QC*1*SYNTHETIC*{number}****MI*M{number}", f"DTM*232*{SERVICE}"]
    return envelope("HP", "005010X221A1", stamp, control, transaction("835", body), PAYER[1], "SYNOFFICE")


#: A1 is denied; A1R replaces it and is denied; A1S replaces that and is paid. B stands beside them.
FILES = {
    "a.837": claims("B1", "20260110", 1, [Sent("A1", "100", SERVICE), Sent("B", "50", SERVICE)]),
    "b.835": remittance("20260201", 2, ("A1", "100", "0", "ICN1", ("CAS*CO*16*100",))),
    "c.837": claims("B2", "20260215", 3, [Sent("A1R", "120", SERVICE, "7", "ICN1")]),
    "d.835": remittance("20260301", 4, ("A1R", "120", "0", "ICN2", ("CAS*CO*16*120",))),
    "e.837": claims("B3", "20260315", 5, [Sent("A1S", "130", SERVICE, "7", "ICN2")]),
    "f.835": remittance("20260401", 6, ("A1S", "130", "90", "ICN3", ("CAS*CO*45*30", "CAS*PR*1*10"))),
    "g.csv": f"{CSV}A1S,2026-04-20,patient_payment,4,{NPI}\nA1,2026-04-21,patient_payment,1,{NPI}\n".encode(),
    "h.csv": f"{CSV}A1R,2026-04-22,patient_payment,2,{NPI}\nA1R,2026-01-05,charge,120,{NPI}\n".encode(),
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """What all files but one give when loaded in one run, on the embedded database, by that one; all of them by ''."""
    found = {}
    for missing in ("", *FILES):
        folder = tmp_path_factory.mktemp("reference")
        engine = open_engine(f"duckdb:///{folder / 'reference.duckdb'}")
        load(engine, folder, **{name: content for name, content in FILES.items() if name != missing})
        found[missing] = derived(engine)
        engine.dispose()
    return found


def test_every_answer_and_entry_of_a_replacement_is_on_the_account_it_was_moved_to(
    engine: Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path, **FILES)
    assert_sound(engine)
    first = one(engine, "account", account_number="A1")
    assert (first["charge"], first["insurance_payments"], first["adjustments"]) == (130, 90, 30)
    assert (first["insurance_balance"], first["patient_balance"], first["denied"]) == (0, 3, 0)
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(s.account.c.account_number))) == ["A1", "B"]
        paid = s.claim_payment.c
        query = select(paid.account_number, s.claim.c.account_number, paid.match_status).join(
            s.claim, s.claim.c.claim_id == paid.claim_id
        )
        assert sorted(map(tuple, connection.execute(query))) == [
            (number, number, "confirmed") for number in ("A1", "A1R", "A1S")
        ]
    shown = load_account(engine, first["account_id"])
    assert list(shown.payments["account_number"]) == ["A1", "A1R", "A1S"]


@pytest.mark.parametrize("number", ["A1", "A1S"])
def test_a_payment_posted_by_hand_under_either_number_counts_once(engine: Engine, tmp_path: Path, number: str) -> None:
    columns = "account_number,posted_on,type,amount,check_number,billing_npi"
    by_hand = f"{columns}\n{number},2026-04-02,insurance_payment,90,T6,{NPI}\n".encode()
    load(engine, tmp_path, **FILES, **{"i.csv": by_hand})
    assert_sound(engine)
    assert one(engine, "account", account_number="A1")["insurance_payments"] == 90


def test_one_by_one_the_last_first(reference: dict[str, dict[str, list[str]]], engine: Engine, tmp_path: Path) -> None:
    for name in sorted(FILES, reverse=True):
        load(engine, tmp_path, **{name: FILES[name]})
    assert_sound(engine)
    assert derived(engine) == reference[""]


def test_each_file_taken_back_and_loaded_again(
    reference: dict[str, dict[str, list[str]]], duckdb_engine: Engine, tmp_path: Path
) -> None:
    loaded = load(duckdb_engine, tmp_path, **FILES)
    for name, content in FILES.items():
        undo(duckdb_engine, loaded[name].load_id)
        assert derived(duckdb_engine) == reference[name], f"as if {name} had never been loaded"
        load(duckdb_engine, tmp_path, **{name: content})
        assert derived(duckdb_engine) == reference[""], f"{name} again"
    assert_sound(duckdb_engine)


def test_a_number_that_two_claims_carry_moves_nothing_until_one_is_taken_back(engine: Engine, tmp_path: Path) -> None:
    other = {
        "x.837": claims("B9", "20260110", 8, [Sent("X", "70", SERVICE)]),
        "y.835": remittance("20260201", 9, ("X", "70", "0", "ICN1", ("CAS*CO*16*70",))),
    }
    files = {name: FILES[name] for name in ("a.837", "b.835", "c.837")}
    loaded = load(engine, tmp_path, **files, **other)
    assert one(engine, "account", account_number="A1R")["charge"] == 120
    undo(engine, loaded["y.835"].load_id)
    assert_sound(engine)
    assert one(engine, "account", account_number="A1")["charge"] == 120
    load(engine, tmp_path, **{"y.835": other["y.835"]})
    assert_sound(engine)
    assert one(engine, "account", account_number="A1R")["charge"] == 120


def test_a_number_that_is_none_moves_nothing(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    for number in "ABCDEFGHIJK":
        facts.payment(number, "100", "0", day(2, 1), ("denial", "100", "16"), payer_claim_number="0")
    facts.claim("R", "120", frequency_code="7", original_reference="0", submitted_on=day(2, 20))
    facts.post(engine)
    assert account(engine, "A")["charge"] == 100
    assert account(engine, "R")["charge"] == 120
    assert sound(engine)


def test_a_replacement_of_what_replaces_a_claim_never_loaded_joins_it(engine: Engine) -> None:
    facts = Facts()
    facts.claim("R", "120", frequency_code="7", original_reference="UNKNOWN", submitted_on=day(2, 20))
    facts.payment("R", "120", "0", day(3, 1), ("denial", "120", "16"))
    facts.claim("S", "130", frequency_code="7", original_reference="PCNR", submitted_on=day(3, 10))
    facts.post(engine)
    assert account(engine, "R")["charge"] == 130
    facts.payment("S", "130", "100", day(4, 1), ("contractual", "30", "45"))
    facts.post(engine)
    assert account(engine, "R")["balance"] == 0
    assert sound(engine)


def test_a_payment_of_a_replacement_is_taken_back(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    facts.payment("A", "100", "0", day(2, 1), ("denial", "100", "16"))
    facts.claim("R", "120", frequency_code="7", original_reference="PCNA", submitted_on=day(2, 20))
    paid = facts.payment("R", "120", "90", day(3, 1), ("contractual", "30", "45"))
    facts.post(engine)
    assert account(engine, "A")["balance"] == 0
    back = reversal(facts, "R", "-120", "-90", day(4, 1), ("contractual", "-30", "45"))
    facts.post(engine)
    assert one(engine, "claim_payment", claim_payment_id=back)["reversal_of"] == paid
    assert account(engine, "A")["insurance_balance"] == 120
    assert sound(engine)


def test_more_accounts_than_are_posted_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "BATCH_KEYS", 5)
    facts = Facts()
    for number in map(str, range(6)):
        facts.claim(f"A{number}", "100")
        facts.payment(f"A{number}", "100", "0", day(2, 1), ("denial", "100", "16"))
        more = {"frequency_code": "7", "submitted_on": day(2, 20)}
        facts.claim(f"R{number}", "120", original_reference=f"PCNA{number}", **more)
        facts.payment(f"R{number}", "120", "90", day(3, 1), ("contractual", "30", "45"))
        facts.claim(f"ALONE{number}", "40")
    facts.post(engine)
    assert sound(engine)
    for number in map(str, range(6)):
        row = account(engine, f"A{number}")
        assert (row["charge"], row["insurance_payments"], row["balance"]) == (120, 90, 0)
        assert account(engine, f"ALONE{number}")["balance"] == 40


def test_keys_posted_together() -> None:
    sets = sets_of([(1, 2), (3, 4), (2, 5), (5, 1), (6, 4)])
    assert sorted(map(sorted, sets)) == [[1, 2, 5], [3, 4, 6]]
    assert packed([{1, 2}, {3}, {4, 5, 6, 7}, {8}], 3) == [{1, 2, 3}, {4, 5, 6, 7}, {8}]
