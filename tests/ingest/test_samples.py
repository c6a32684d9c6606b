"""Every public sample file: loaded with the totals its index states, or refused or flagged for the right reason."""

import csv
import functools
from decimal import Decimal
from pathlib import Path

import pytest

from data_access.ingest.rows import NotX12
from tests.conftest import SAMPLES
from tests.ingest.x12_text import Read

#: Index flag -> the warning that tells the same.
_FLAGS = {"SE01_MISMATCH": "SE01_MISMATCH", "SE02_MISMATCH": "SE02_MISMATCH", "ISA_BAD_WIDTH": "ISA_WIDTH"}
_LOADED = ("835", "837P", "837I", "837D")
#: The index counts transactions that balance at transaction level. Two of them do not balance below it:
#: a line whose procedure is split by a stray element separator, and a claim paid more than its adjustments leave.
_UNBALANCED_BELOW = {
    "835/linuxforhealth-x12/tertiary-payment.835": {("LINE_UNBALANCED", Decimal("22832.50") - Decimal("1579.00"))},
    "835/moov-io-x12/sample2.txt": {("CLAIM_UNBALANCED", Decimal("-1002.00"))},
}


def _index() -> list[dict[str, str]]:
    path = SAMPLES / "INDEX.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@functools.lru_cache(200)
def _read(path: Path) -> Read:
    return Read(path.read_bytes())


def _rows(*, enveloped: bool, kinds: tuple[str, ...] | None = None) -> list:
    return [
        pytest.param(row, id=row["path"])
        for row in _index()
        if ("NO_ISA" not in row["flags"]) == enveloped and (kinds is None or row["set"] in kinds)
    ]


def test_there_are_samples(samples):
    assert len(_index()) > 80


@pytest.mark.parametrize("row", _rows(enveloped=True, kinds=_LOADED))
def test_totals_are_those_of_the_index(samples, row):
    read = _read(samples / row["path"])
    assert {end.refused for end in read.ends} == {None}
    assert set(read.end.kinds) == {row["set"]}
    assert {end.version for end in read.ends} == set(row["version"].split("+"))
    assert sum(end.claims for end in read.ends) == int(row["claims"])
    assert sum(end.charge for end in read.ends) == Decimal(row["total_charge"])
    if row["set"] == "835":
        assert len(read.rows["claim_payment"]) == int(row["claims"])
        assert sum(end.paid for end in read.ends) == Decimal(row["total_paid_clp"])
        assert sum(remit["amount"] for remit in read.rows["remittance"]) == Decimal(row["total_bpr"])
        in_balance = sum(remit["difference"] == 0 for remit in read.rows["remittance"])
        assert f"{in_balance}/{len(read.ends)}" == row["balanced"]
        found = {
            (problem.code, problem.difference) for problem in read.problems if problem.code.endswith("_UNBALANCED")
        }
        assert found == _UNBALANCED_BELOW.get(row["path"], set())
        assert all(end.balanced is not bool(found) for end in read.ends)
    else:
        assert len(read.rows["claim"]) == int(row["claims"])


@pytest.mark.parametrize("row", _rows(enveloped=True))
def test_what_is_odd_is_told(samples, row):
    read = _read(samples / row["path"])
    flags = set(row["flags"].split())
    assert {code for code in read.codes if code in _FLAGS.values()} == {
        _FLAGS[flag] for flag in flags if flag in _FLAGS
    }
    assert ("MULTI_ST" in flags or "MULTI_GS" in flags) == (len(read.ends) > 1)
    assert ("MULTI_ISA" in flags) == (sum(line.startswith("ISA") for line in read.lines) > 1)
    assert bool(read.rows["provider_adjustment"]) == ("PLB" in flags)
    if row["set"] == "835":
        payments = read.rows["claim_payment"]
        assert any(payment["lines"] == 0 for payment in payments) == ("CLP_NO_SVC" in flags)
        assert any(payment["paid"] == 0 for payment in payments) == ("ZEROPAY" in flags)
        assert any(adjustment["payment_line_id"] is None for adjustment in read.rows["adjustment"]) == (
            "CLAIM_CAS" in flags
        )
        assert any(adjustment["amount"] < 0 for adjustment in read.rows["adjustment"]) == ("NEG_CAS" in flags)
        assert any(payment["sequence"] > 1 for payment in payments) == ("SECONDARY" in row["flags"])


@pytest.mark.parametrize("row", _rows(enveloped=False))
def test_without_envelope_a_file_is_refused(samples, row):
    with pytest.raises(NotX12, match="No ISA: segment 1 is ST"):
        _read(samples / row["path"])


@pytest.mark.parametrize("row", _rows(enveloped=True))
def test_source_lines_are_all_segments(samples, row):
    read = _read(samples / row["path"])
    assert len(read.lines) == read.end.segments
    assert read.lines[0].startswith("ISA") and read.lines[-1].startswith("IEA")
    for end in read.ends:
        assert read.lines[end.first_segment - 1].startswith("ST")
        assert read.lines[end.last_segment - 1].startswith("SE")
    tags = {
        "claim": "CLM",
        "claim_payment": "CLP",
        "payment_line": "SVC",
        "adjustment": "CAS",
        "service_line": ("LX", "SV"),
        "remittance": "BPR",
    }
    for table, tag in tags.items():
        assert all(read.lines[found["segment_no"] - 1].startswith(tag) for found in read.rows[table])
