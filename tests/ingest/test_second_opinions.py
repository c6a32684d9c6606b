"""Two independent libraries: `oxedi` must find in every 835 what we find; `x12sdk` writes files nobody here wrote."""

from collections import Counter
from decimal import Decimal

import oxedi
import pytest
from x12sdk.generate import generate_835, generate_837i, generate_837p

from data_access.ingest.rows import NotX12
from tests.conftest import SAMPLES
from tests.ingest.x12_text import D, Read, file_835, remittance

_BALANCES = {
    "service_balance": "LINE_UNBALANCED",
    "claim_balance": "CLAIM_UNBALANCED",
    "transaction_balance": "TRANSACTION_UNBALANCED",
}


def _column(table, name: str) -> list:
    return [value for value in table.to_pandas()[name] if value is not None]


def _total(values) -> Decimal:
    return sum((D(str(value)) for value in values), D(0))


def _assert_agrees(data: bytes) -> Read:
    """Claims, charges, payments, lines, adjustments, provider adjustments and balance findings are the same."""
    ours, theirs = Read(data), oxedi.parse(data)
    tables = theirs.tables
    claims, lines, adjustments = ours.rows["claim_payment"], ours.rows["payment_line"], ours.rows["adjustment"]
    assert len(claims) == len(tables["claims"].to_pandas())
    assert _total(row["charge"] for row in claims) == _total(_column(tables["claims"], "charge_amount"))
    assert _total(row["paid"] for row in claims) == _total(_column(tables["claims"], "payment_amount"))
    assert len(lines) == len(tables["services"].to_pandas())
    assert _total(row["charge"] for row in lines) == _total(_column(tables["services"], "charge_amount"))
    assert _total(row["paid"] for row in lines) == _total(_column(tables["services"], "payment_amount"))
    codes = [code.decode() for code in _column(tables["adjustments"], "reason_code")]
    assert Counter(row["carc"] for row in adjustments) == Counter(codes)
    assert _total(row["amount"] for row in adjustments) == _total(_column(tables["adjustments"], "amount"))
    assert _total(row["amount"] for row in ours.rows["remittance"]) == _total(
        _column(tables["payments"], "total_payment_amount")
    )
    assert _total(row["amount"] for row in ours.rows["provider_adjustment"]) == _total(
        _column(tables["provider_adjustments"], "amount")
    )
    found = Counter(problem.code for problem in ours.problems if problem.code in _BALANCES.values())
    reported = [finding.rule.split('"')[1] for finding in theirs.diagnostics if finding.kind == "BalanceMismatch"]
    assert found == Counter(_BALANCES[rule] for rule in reported)
    return ours


def _samples_835() -> list:
    return [pytest.param(path, id=path.name) for path in sorted(SAMPLES.glob("835/*/*")) if path.is_file()]


@pytest.mark.parametrize("path", _samples_835())
def test_samples(path):
    data = path.read_bytes()
    try:
        _assert_agrees(data)
    except NotX12:
        with pytest.raises(oxedi.ParseError):
            oxedi.parse(data)


@pytest.mark.parametrize("seed", range(12))
def test_generated_remittances(seed):
    ours = _assert_agrees(generate_835(seed=seed, claims=seed * 3 + 1, provider_adjustments=seed % 7).encode())
    assert not ours.codes - {"UNKNOWN_REASON", "TEST_FILE"}
    assert ours.ends[0].balanced and ours.ends[0].claims == seed * 3 + 1


@pytest.mark.parametrize(
    ("segments", "amount"),
    [
        (("CLP*A*1*100*70*0*12*P", "SVC*HC:1*100*70", "CAS*CO*45*20"), "70"),
        (("CLP*A*1*100*80*0*12*P", "SVC*HC:1*90*80", "CAS*CO*45*20"), "80"),
        (("CLP*A*1*100*80*0*12*P", "CAS*CO*45*20"), "79.99"),
        (("CLP*A*1*100*80*0*12*P", "CAS*CO*45*20", "PLB*1*20251231*WO:X*5*L6*-2"), "77"),
        (("CLP*A*1*100*80*0*12*P", "CAS*CO*45*20", "PLB*1*20251231*WO:X*5"), "80"),
        (("CLP*A*22*-100*-70*0*12*P", "SVC*HC:1*-100*-70", "CAS*CO*45*-30"), "-70"),
    ],
)
def test_balance_findings(segments, amount):
    _assert_agrees(file_835(remittance(*segments, amount=amount)))


@pytest.mark.parametrize("generate", [generate_837p, generate_837i], ids=["837P", "837I"])
@pytest.mark.parametrize("seed", range(6))
def test_generated_claims(generate, seed):
    text = generate(seed=seed, claims=seed * 4 + 1)
    read = Read(text.encode())
    segments = [segment.strip().split("*") for segment in text.split("~") if segment.strip()]
    claims = [segment for segment in segments if segment[0] == "CLM"]
    lines = [segment for segment in segments if segment[0] in ("SV1", "SV2")]
    charges = [segment[2 if segment[0] == "SV1" else 3] for segment in lines]
    assert not read.codes - {"TEST_FILE"}
    assert [row["account_number"] for row in read.rows["claim"]] == [segment[1] for segment in claims]
    assert [row["charge"] for row in read.rows["claim"]] == [D(segment[2]) for segment in claims]
    assert [row["charge"] for row in read.rows["service_line"]] == [D(charge) for charge in charges]
    people = {tuple(segment[3:5]) for segment in segments if segment[0] == "NM1" and segment[1] in ("IL", "QC")}
    assert {(row["last_name"], row["first_name"]) for row in read.parties["patient"].values()} <= people
    assert all(row["patient_id"] and row["payer_id"] and row["billing_id"] for row in read.rows["claim"])
