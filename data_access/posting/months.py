"""What is kept added up by month: the ledger, lines measured by contract, and how long payers took to answer.

Lines measured by what is usual are not kept: what is usual changes for lines that nobody posts anew.
"""

from __future__ import annotations

from sqlalchemy import Select, case, func, select

from data_access.posting.kept import Kept
from data_access.posting.scope import month_of
from data_access.schema import (
    answer_month,
    claim_progress,
    contract_month,
    ledger_entry,
    ledger_month,
    line_expectation,
)

_LEDGER = ("amount", "entries", "accounts")
#: The last three are of lines that fell short.
CONTRACT = ("lines", "short_lines", "open_lines", "first_allowed", "expected", "short")


def _of_ledger(sign: int = 1) -> Select:
    entry = ledger_entry.c
    keys = [entry[column.name] for column in ledger_month.columns if column.name not in _LEDGER]
    sums = {
        "amount": func.sum(entry.amount),
        "entries": func.count(),
        "accounts": func.count(case((entry.entry_no == 1, 1))),
    }
    return select(*keys, *((sums[name] * sign).label(name) for name in _LEDGER)).group_by(*keys)


def _of_lines(sign: int = 1) -> Select:
    row = line_expectation.c
    keys = [row[column.name] for column in contract_month.columns if column.name not in CONTRACT]
    fell_short = row.state != "met"
    sums = {
        "lines": func.count(),
        "short_lines": func.count().filter(fell_short),
        "open_lines": func.count().filter(row.short > 0),
        **{name: func.coalesce(func.sum(row[name]).filter(fell_short), 0) for name in CONTRACT[3:]},
    }
    query = select(*keys, *((sums[name] * sign).label(name) for name in CONTRACT))
    return query.where(row.basis == "contract").group_by(*keys)


def _of_answers(sign: int = 1) -> Select:
    row = claim_progress.c
    keys = [row.payer_id, month_of(row.bill_adjudicated_on).label("answered_month"), row.days_to_adjudication]
    query = select(*keys, (func.count() * sign).label("claims"))
    return query.where(row.counts, *(key.is_not(None) for key in (row.payer_id, row.days_to_adjudication))).group_by(
        *keys
    )


LEDGER_MONTHS = Kept(ledger_month, ledger_entry, _LEDGER, "entries", _of_ledger)
CONTRACT_MONTHS = Kept(contract_month, line_expectation, CONTRACT, "lines", _of_lines)
ANSWER_MONTHS = Kept(answer_month, claim_progress, ("claims",), "claims", _of_answers)
#: Each is kept right by what posts the rows it is of.
KEPT = (LEDGER_MONTHS, CONTRACT_MONTHS, ANSWER_MONTHS)
