"""Insurance payments that somebody posted in the billing system, gathered into what came as one payment.

Entries of one payer under one check number are one payment; where no number is stated, those of one payer on one
posting day are. Check numbers come again after years: what lies further apart than a deposit can be late is another
check. Entries of which a person said that a remittance holds them stand apart from the others of their day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from data_access.engine import salt
from data_access.ids import party_id
from data_access.posting.bank.facts import ZERO, Office, Posted, plain_number, plain_trace
from data_access.posting.bank.match import POSTED_TRACE_DAYS
from data_access.schema import account, billing_entry, duplicate_posting

#: Method of an entry -> BPR04 of a remittance paid so.
_METHODS = {"check": "CHK", "eft": "ACH", "ach": "ACH"}
#: Follows the day in the key of a payment that a remittance holds.
_REMITTED = "/remitted"


def read_posted(connection: Connection) -> list[Posted]:
    """Every payment posted by hand."""
    keys, query = _entries()
    totals = query.add_columns(func.sum(billing_entry.c.amount), func.count()).group_by(*keys)
    return [_posted(*check) for check in _gathered(connection, totals)]


def entries_of(connection: Connection, payment_key: str) -> list[int]:
    """Ids of the billing entries behind a payment posted by hand; none where no payment has this key."""
    row = billing_entry.c
    trace, on = _named(payment_key)
    if on is None and not trace:
        return []
    _, query = _entries()
    each = query.add_columns(row.billing_entry_id)
    # wider than the payment where it must be: which entries are of it is worked out as for all of them
    near = each.where(row.posted_on == on) if on else each.where(plain_number(row.check_number) == trace)
    checks = _gathered(connection, near)
    return sorted(
        entry.billing_entry_id
        for payer, what, entries, _ in checks
        if _key(payer, what) == payment_key
        for entry in entries
    )


def remitted_entries() -> Select:
    """Ids of the entries of which a person said that a remittance holds them as well, and counts instead."""
    return select(duplicate_posting.c.billing_entry_id).where(duplicate_posting.c.state == "same").distinct()


def _named(payment_key: str) -> tuple[str, date | None]:
    """The number that a key names, or the day; neither where it is no key, as in a link that was cut."""
    what = payment_key.partition("|")[2].partition("~")[0].removesuffix(_REMITTED)
    if what.startswith("#"):
        return what[1:], None
    try:
        return "", date.fromisoformat(what)
    except ValueError:
        return "", None


def _key(payer: str, what: str) -> str:
    return f"{payer}|{what}"


def _entries() -> tuple[list[ColumnElement], Select]:
    """What entries are gathered by, and a query of it: stated payer, number, day, method, payer of the account, whether
    a remittance holds them by a person's word."""
    row, same = billing_entry.c, remitted_entries().subquery("same")
    keys: list[ColumnElement] = [
        row.payer_identifier,
        row.check_number,
        row.posted_on,
        func.lower(row.method),
        account.c.payer_id,
        same.c.billing_entry_id.is_not(None),
    ]
    query = (
        select(*(key.label(f"k{number}") for number, key in enumerate(keys)))
        .outerjoin(account, account.c.account_id == row.account_id)
        .outerjoin(same, same.c.billing_entry_id == row.billing_entry_id)
        .where(row.entry_type == "insurance_payment", row.amount != 0)
    )
    return keys, query


def _gathered(connection: Connection, query: Select) -> Iterator[tuple[str, str, list[Row], bool]]:
    """Entries that came as one payment: payer, number or day, the entries, whether they state the payer."""
    key = salt(connection)
    stated: dict[str, int] = {}
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for entry in connection.execute(query).all():
        name, number, on, _, of_account, remitted, *_ = entry
        trace = plain_trace(number)
        payer: Any = of_account if not name and not trace else None
        if name:
            payer = stated[name] = stated.get(name) or party_id(key, "payer", name)
        what = f"#{trace}" if trace else on.isoformat() + (_REMITTED if remitted else "")
        found[str(payer or ""), what].append(entry)
    payers = {str(payer) for payer in stated.values()}
    for (payer, what), together in found.items():
        for number, entries in _checks(what, sorted(together, key=lambda entry: entry[2])):
            yield payer, number, entries, payer in payers


def _checks(what: str, entries: list[Row]) -> list[tuple[str, list[Row]]]:
    """The entries of one payer and number, one list a check; the second and later ones have a number of their own."""
    checks: list[list[Row]] = []
    last: date | None = None
    for entry in entries:
        if last is None or (entry[2] - last).days > POSTED_TRACE_DAYS[1]:
            checks.append([])
        checks[-1].append(entry)
        last = entry[2]
    return [(f"{what}~{place}" if place > 1 else what, each) for place, each in enumerate(checks, 1)]


def _posted(payer: str, what: str, entries: list[Row], stated: bool) -> Posted:
    """`entries` with their sum and number behind what they are gathered by."""
    numbered = what.startswith("#")
    numbers = sorted({entry[1] for entry in entries}) if numbered else []
    methods = {_METHODS.get(entry[3] or "") for entry in entries}
    of_accounts = {entry[4] for entry in entries}
    only = of_accounts.pop() if len(of_accounts) == 1 else None
    return Posted(
        remittance_id=0,
        key=_key(payer, what),
        on=entries[0][2],
        amount=sum((entry[6] for entry in entries), ZERO),
        trace=what[1:].partition("~")[0] if numbered else "",
        payer=payer,
        method=methods.pop() if len(methods) == 1 else None,
        entries=sum(entry[7] for entry in entries),
        number=numbers[0] if numbers else None,
        payer_id=int(payer) if stated else only,
        remitted=what.endswith(_REMITTED),
    )


def posted_rows(office: Office, numbers: dict[int, int]) -> list[dict[str, Any]]:
    """The rows of `posted_payment`; `numbers` as on the other derived tables, by group."""
    rows = []
    for posted in office.remits:
        if not isinstance(posted, Posted):
            continue
        group = posted.group
        shown = group is not None and group.state in ("differing", "explained")
        rows.append(
            {
                "payment_key": posted.key,
                "payer_id": posted.payer_id,
                "check_number": posted.number,
                "posted_on": posted.on,
                "posted_month": posted.on.replace(day=1),
                "amount": posted.amount,
                "entries": posted.entries,
                "state": group.state if group else "open",
                "how": group.how if group else None,
                "match_no": numbers[id(group)] if group else None,
                "deposited_on": max((line.on for line in group.lines), default=None) if group else None,
                "difference": group.difference if group and shown else None,
                "reason": group.reason if group else posted.reason,
            }
        )
    return rows
