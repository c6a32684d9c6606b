"""Small X12 files by their claims and payments, loading them, and what the database holds then."""

from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, select

from data_access import schema as s
from data_access.check import check
from data_access.ingest.loader import LoadResult, load_paths
from data_access.posting import month_ends, months
from tests.ingest.x12_text import encode, group, interchange, transaction

D = Decimal


def claims_837(*claims: tuple[str, str], batch: str = "B1", control: str = "000000001", frequency: str = "1") -> bytes:
    """An 837P of one clinic; each claim is account number and charge, one line, service 2026-01-05."""
    body = [
        f"BHT*0019*00*{batch}*20260110*1200*CH",
        "NM1*41*2*SENDER*****46*S1",
        "NM1*40*2*RECEIVER*****46*R1",
        "HL*1**20*1",
        "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567893",
        "REF*EI*123456789",
    ]
    for number, (account, charge) in enumerate(claims, 2):
        body += [
            f"HL*{number}*1*22*0",
            "SBR*P*18*******CI",
            f"NM1*IL*1*SYNTHETIC*PATIENT{number}****MI*M{account}",
            "DMG*D8*19800101*F",
            "NM1*PR*2*BIG PAYER*****PI*12345",
            f"CLM*{account}*{charge}***11:B:{frequency}*Y*A*Y*Y",
            "HI*ABK:J069",
            "LX*1",
            f"SV1*HC:99213*{charge}*UN*1***1",
            "DTP*472*D8*20260105",
        ]
    version = "005010X222A1"
    return encode(interchange(group(transaction("837", body), version=version), control=control))


def remits_835(
    *payments: tuple[str, str, str, tuple[str, ...]], trace: str = "T1", control: str = "000000002", plb: str = ""
) -> bytes:
    """An 835; each payment is account, charge, paid and its CAS segments. `plb`: a PLB segment."""
    paid = sum((D(payment[2]) for payment in payments), D(0))
    withheld = D(plb.split("*")[4]) if plb else D(0)
    body = [
        f"BPR*I*{paid - withheld}*C*CHK************20260201",
        f"TRN*1*{trace}*1999999999",
        "N1*PR*BIG PAYER*XV*12345",
        "N1*PE*SYNTHETIC CLINIC*XX*1234567893",
        "LX*1",
    ]
    for account, charge, amount, adjustments in payments:
        status = "22" if D(charge) < 0 else "1"
        body += [
            f"CLP*{account}*{status}*{charge}*{amount}**CI*PCN{account}",
            f"NM1*QC*1*SYNTHETIC*PATIENT****MI*M{account}",
            "DTM*232*20260105",
            *adjustments,
        ]
    return encode(interchange(group(transaction("835", body + ([plb] if plb else []))), control=control))


def load(engine: Engine, tmp_path: Path, **files: bytes) -> dict[str, LoadResult]:
    folder = tmp_path / f"in{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {result.file: result for result in load_paths(engine, [folder], "test")}


def contents(engine: Engine) -> dict[str, list[tuple]]:
    """Every row of every table that holds data, sorted; sums by month as they are when folded."""
    left_out = {"load", "load_problem", "setting"}
    folded = {
        **{kept.table: kept.folded() for kept in months.KEPT},
        s.month_end_balance: month_ends.folded_sums(),
    }
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(folded.get(table, select(table)))),
                key=repr,
            )
            for table in s.metadata.sorted_tables
            if table.name not in left_out
        }


def balances(engine: Engine) -> dict[str, tuple[Decimal, Decimal]]:
    query = select(s.account.c.account_number, s.account.c.insurance_balance, s.account.c.patient_balance)
    with engine.connect() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def assert_sound(engine: Engine) -> None:
    assert [finding for finding in check(engine) if not finding.ok] == []


PAID = ("CAS*CO*45*20", "CAS*PR*1*20")
