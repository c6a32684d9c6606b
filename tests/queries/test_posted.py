"""What was posted over spans of days: months and left-over days together are the ledger, entry by entry."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, case, func, select, true

from data_access.queries.posted import Span, posted_over
from data_access.schema import ledger_entry
from tests.posting.facts import day
from tests.queries.office import FIRST, RIVERA, filters

KEYS = ("posted_month", "service_month", "statement_month", "entry_type", "side", "reason", "payer_id")
SPANS: dict[str, Span] = {
    "whole months": (day(2, 1), day(4, 30)),
    "days at both ends": (day(1, 20), day(5, 15)),
    "within a month": (day(2, 2), day(2, 27)),
    "over the end of a month, no month whole": (day(1, 16), day(2, 27)),
    "one day, the first of a month": (day(3, 1), day(3, 1)),
    "one whole month": (day(2, 1), day(2, 28)),
    "from the beginning to the middle of a month": (None, day(2, 9)),
    "from the beginning to the end of one": (None, day(6, 30)),
    "over a new year": (date(2025, 12, 31), day(1, 31)),
}


def added_up(engine: Engine, columns: Any, *conditions: Any, **sums: Any) -> set[tuple]:
    keys = [columns[name] for name in KEYS]
    query = select(*keys, *sums.values()).where(*conditions).group_by(*keys)
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(query)}


def from_ledger(engine: Engine, span: Span, *conditions: Any) -> set[tuple]:
    entry, (first, last) = ledger_entry.c, span
    return added_up(
        engine,
        entry,
        entry.posted_on >= first if first else true(),
        entry.posted_on <= last,
        *conditions,
        amount=func.sum(entry.amount),
        entries=func.count(),
        accounts=func.sum(case((entry.entry_no == 1, 1), else_=0)),
    )


def from_months(engine: Engine, chosen: Any, number: int, *spans: Span) -> set[tuple]:
    found = posted_over(chosen, (*KEYS, "entries", "accounts"), *spans).c
    sums = {name: func.sum(found[name]) for name in ("amount", "entries", "accounts")}
    return added_up(engine, found, found.span == number, **sums)


def test_every_span_is_the_ledger_of_its_days(office: Engine) -> None:
    spans = list(SPANS.values())
    seen = 0
    for number, (name, span) in enumerate(SPANS.items()):
        wanted = from_ledger(office, span)
        assert from_months(office, filters(), number, *spans) == wanted, name
        seen += len(wanted)
    assert seen > 40  # of spans without entries nothing would be learnt


@pytest.mark.parametrize("name", SPANS)
def test_filters_hold_for_months_and_days(office: Engine, name: str) -> None:
    entry, span = ledger_entry.c, SPANS[name]
    chosen = filters(provider_ids=(RIVERA,), payer_ids=(FIRST,))
    wanted = from_ledger(office, span, entry.provider_id == RIVERA, entry.payer_id == FIRST)
    assert from_months(office, chosen, 0, span) == wanted
