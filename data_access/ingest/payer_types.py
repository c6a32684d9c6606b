"""Payer type by claim filing indicator (SBR09, CLP06), from the reference table."""

import csv
from functools import lru_cache
from importlib import resources


@lru_cache(1)
def _by_filing_code() -> dict[str, str]:
    table = resources.files("data_access.reference").joinpath("payer_types.csv").read_text(encoding="utf-8")
    return {
        code: row["payer_type"] for row in csv.DictReader(table.splitlines()) for code in row["filing_codes"].split()
    }


@lru_cache(256)
def payer_type(filing_code: str) -> str | None:
    """The payer type a filing indicator stands for; None when empty or not in the table."""
    return _by_filing_code().get(filing_code.strip().upper())
