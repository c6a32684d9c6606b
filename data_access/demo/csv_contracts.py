"""What payers owe the synthetic practice: contracts.csv, fee_schedules.csv and prompt_pay.csv."""

from collections.abc import Iterator
from datetime import date

from data_access.demo.csv_files import amount, written
from data_access.demo.practice import (
    INVENTED,
    PAYERS,
    PROMPT_PAY_DAYS,
    PROMPT_PAY_PERCENT,
    SPECIALTIES,
    WITHOUT_CONTRACT,
    Payer,
)

SCHEDULE = "Synthetic Medicare fees"
#: The contract with this payer names an amount for each procedure, not a share of a schedule.
FIXED = "SYNCOM2"


def contracts(first_day: date) -> str:
    """contracts.csv: a share of Medicare's fees with most payers, amounts with one, none with two."""
    header = (
        *("payer_id", "contract", "procedure_code", "modifier", "place_of_service", "effective_from", "effective_to"),
        *("basis", "amount", "percent", "schedule", "multiple_procedure_percent", "bilateral_percent", "source"),
    )
    start = first_day.replace(month=1, day=1).isoformat()
    rows = (row for payer in PAYERS if payer.identifier not in WITHOUT_CONTRACT for row in _terms(payer, start))
    return written(header, rows)


def _terms(payer: Payer, start: str) -> Iterator[tuple[str, ...]]:
    name = f"{payer.name} agreement"
    if payer.identifier == FIXED:
        for code, fee in sorted(fees().items()):
            own = (code, "", "", start, "", "fixed", amount(round(fee * payer.price)), "", "", "", "", INVENTED)
            yield payer.identifier, name, *own
    else:
        share = ("", "", "", start, "", "percent_of_schedule", "", f"{round(payer.price * 100)}", SCHEDULE, "", "")
        yield payer.identifier, name, *share, INVENTED


def fees() -> dict[str, int]:
    """Medicare's fee for one unit of every procedure, in cents."""
    return {code: fee for specialty in SPECIALTIES for code, fee, *_ in specialty.procedures}


def fee_schedules(first_day: date) -> str:
    """fee_schedules.csv: Medicare's fees, to which most contracts refer."""
    start = first_day.replace(month=1, day=1).isoformat()
    rows = ((SCHEDULE, code, "", start, amount(fee)) for code, fee in sorted(fees().items()))
    return written(("schedule", "procedure_code", "modifier", "effective_from", "amount"), rows)


def prompt_pay(first_day: date) -> str:
    """prompt_pay.csv: how soon commercial payers are to pay."""
    header = ("payer_id", "payer_type", "days", "annual_interest_percent", "counts_from", "effective_from", "source")
    start = first_day.replace(month=1, day=1).isoformat()
    rule = ("", "Commercial", str(PROMPT_PAY_DAYS), str(PROMPT_PAY_PERCENT), "submitted", start, INVENTED)
    return written(header, [rule])
