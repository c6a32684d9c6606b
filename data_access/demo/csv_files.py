"""The billing system's files of the synthetic practice: transactions, payers, departments."""

import csv
import io
from collections.abc import Iterable
from datetime import date

from data_access.demo.events import Entry
from data_access.demo.practice import GROUP_NPI, INVENTED, PAYERS, PROVIDERS, second_appeals
from data_access.reference import appeal_levels


def transactions(entries: Iterable[Entry]) -> str:
    """transactions.csv: payments without a remittance, write-offs, statements, charges without a claim; by day."""
    header = (
        *("account_number", "posted_on", "type", "amount", "side", "reason", "method", "check_number"),
        *("service_on", "facility_npi", "provider_npi", "payer_id", "billing_npi"),
    )
    return written(header, [_row(entry) for entry in sorted(entries, key=_order)])


def _order(entry: Entry) -> tuple:
    return entry.day, entry.account.number, entry.entry_type, entry.amount, entry.method


def _row(entry: Entry) -> tuple[str, ...]:
    account, payer = entry.account, entry.account.patient.payer
    paid = "" if entry.entry_type == "statement" else amount(entry.amount)
    charge: tuple[str, ...] = ("", "", "")
    if entry.entry_type == "charge":
        charge = (
            date.fromordinal(account.service_day).isoformat(),
            account.provider.clinic.npi,
            account.provider.npi,
        )
    of_payer = entry.entry_type in ("charge", "insurance_payment")
    posted_on = date.fromordinal(entry.day).isoformat()
    return (
        account.number,
        posted_on,
        entry.entry_type,
        paid,
        entry.side,
        entry.reason,
        entry.method,
        entry.check_number,
        *charge,
        payer.identifier if payer and of_payer else "",
        GROUP_NPI,
    )


def payers(effective_from: date) -> str:
    """payers.csv: types and limits of every payer, and the further levels of appeal of those that have any."""
    header = (
        "payer_id name type filing_limit_days appeal_limit_days appeal_level presumed_receipt_days source "
        "effective_from"
    )
    start = effective_from.isoformat()
    rows: list[tuple[str, ...]] = []
    for payer in PAYERS:
        named = (payer.identifier, payer.name, payer.payer_type)
        if payer.appeal_limit is not None:
            filing, days = str(payer.filing_limit), str(payer.appeal_limit)
            rows.append((*named, filing, days, "1", "", INVENTED, start))
        for given in appeal_levels(payer.payer_type).values():
            first = given.level == 1
            limits = (str(given.limit_days), str(given.level), str(given.presumed_receipt_days))
            source = f"{given.source}; to file: 42 CFR 424.44" if first else given.source
            rows.append((*named, str(payer.filing_limit) if first else "", *limits, source, start))
        for further in second_appeals(payer):
            rows.append((*named, "", str(further.days), str(further.level), "", further.source, start))
    return written(header.split(), rows)


def departments() -> str:
    """departments.csv: the department of every provider."""
    return written(("npi", "department"), [(provider.npi, provider.specialty.department) for provider in PROVIDERS])


def amount(cents: int) -> str:
    """Cents as the CSV files have them, with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def written(header: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Header and rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
