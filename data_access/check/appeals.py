"""By when an appeal is due, worked out anew from denials, the payers' rules and recorded decisions.

Not posting's way: what posting asks the database in one statement, this counts row by row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select

from data_access.posting.standing import DECIDED_AGAINST, NEXT_APPEAL, UNPROCESSABLE
from data_access.schema import account, adjustment, claim, claim_payment, payer_rule
from data_access.work.replay import standing
from data_access.work.tables import activity


class Due(NamedTuple):
    """What an account says of its next appeal: nothing where no denial stands, no last day where no limit is stated."""

    level: int | None = None
    payer_id: int | None = None
    notice_on: date | None = None
    limit: int | None = None
    receipt: int | None = None
    last: date | None = None


class Notice(NamedTuple):
    """A denial: of equal days the payment later in the files counts."""

    day: date
    claim_payment_id: int
    payer_id: int | None
    chain_id: int


class Rule(NamedTuple):
    """A limit that was stated; of two from one day the later stated counts."""

    start: date
    load_id: int
    row_no: int
    limit: int | None
    receipt: int | None


class Decision(NamedTuple):
    """An appeal that was decided against us; the highest level counts, there the latest entry."""

    level: int
    activity_id: int
    day: date


def wrong_deadlines(connection: Connection) -> int:
    """How many accounts say something else of their next appeal than follows from the sources."""
    denials, rules, decisions = _denials(connection), _rules(connection), _decisions(connection)
    due = {
        account_id: _due(notice, decisions.get((account_id, notice.chain_id)), rules)
        for account_id, notice in denials.items()
    }
    columns = [account.c[name] for name in NEXT_APPEAL]
    query = select(account.c.account_id, *columns).where(or_(*(column.is_not(None) for column in columns)))
    said = {account_id: Due(*values) for account_id, *values in connection.execute(query)}
    return sum(due.get(one, Due()) != said.get(one, Due()) for one in due.keys() | said.keys())


def _due(notice: Notice, lost: Decision | None, rules: Mapping[tuple[int | None, int], list[Rule]]) -> Due:
    level, since = (lost.level + 1, lost.day) if lost else (1, notice.day)
    stated = rules.get((notice.payer_id, level), [])
    by_then = [rule for rule in stated if rule.start <= since]
    # the first rule also covers the days before it
    earliest = [rule for rule in stated if rule.start == min(one.start for one in stated)]
    rule = max(by_then or earliest, default=None)
    if rule is None or rule.limit is None:
        return Due(level, notice.payer_id, since, None, rule.receipt if rule else None)
    received = since + timedelta(days=rule.receipt or 0)
    return Due(level, notice.payer_id, since, rule.limit, rule.receipt, received + timedelta(days=rule.limit))


def _denials(connection: Connection) -> dict[int, Notice]:
    """The latest denial of each account that insurance still owes and of which a denied amount stands.

    Not that of a claim that could not be processed: it is sent again.
    """
    row = claim_payment.c
    unprocessable = {
        one.claim_payment_id
        for one in connection.execute(
            select(adjustment.c.claim_payment_id, adjustment.c.remark_codes).where(
                adjustment.c.remark_codes.contains(UNPROCESSABLE)
            )
        )
        if UNPROCESSABLE in one.remark_codes.split()
    }
    query = (
        select(row.account_id, claim.c.claim_id, claim.c.payer_id, claim.c.chain_id)
        .add_columns(row.claim_payment_id, row.paid_on, row.denied)
        .join(claim, claim.c.claim_id == row.claim_id)
        .join(account, account.c.account_id == row.account_id)
        .where(
            row.match_status == "confirmed",
            and_(row.is_reversal.is_not(True), row.reversed.is_(False), row.denied != 0),
            claim.c.chain_role == "current",
            account.c.insurance_balance > 0,
        )
    )
    amounts: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    notices: dict[int, list[Notice]] = defaultdict(list)
    for one in connection.execute(query):
        amounts[one.account_id][one.claim_id] += one.denied
        if one.denied > 0:
            notices[one.account_id].append(Notice(one.paid_on, one.claim_payment_id, one.payer_id, one.chain_id))
    stands = {account_id for account_id, claims in amounts.items() if max(claims.values()) > 0}
    latest = {account_id: max(found) for account_id, found in notices.items() if account_id in stands}
    return {one: notice for one, notice in latest.items() if notice.claim_payment_id not in unprocessable}


def _rules(connection: Connection) -> dict[tuple[int | None, int], list[Rule]]:
    row = payer_rule.c
    query = select(row.payer_id, row.appeal_level, row.effective_from, row.load_id, row.row_no)
    query = query.add_columns(row.appeal_limit_days, row.presumed_receipt_days)
    rules: dict[tuple[int | None, int], list[Rule]] = defaultdict(list)
    for payer_id, level, start, *stated in connection.execute(query):
        rules[payer_id, level or 1].append(Rule(start or date.min, *stated))
    return rules


def _decisions(connection: Connection) -> dict[tuple[int, int], Decision]:
    """By account and chain of claims, the decision that counts."""
    query = (
        select(activity, claim.c.chain_id)
        .outerjoin(claim, claim.c.claim_id == activity.c.claim_id)
        .where(activity.c.kind.in_(["appeal", "undo"]))
    )
    found: dict[tuple[int, int], list[Decision]] = defaultdict(list)
    for row in standing([dict(row) for row in connection.execute(query).mappings()]):
        if row["state"] in DECIDED_AGAINST and row["chain_id"] is not None:
            decision = Decision(row["level"], row["activity_id"], row["day"])
            found[row["account_id"], row["chain_id"]].append(decision)
    return {key: max(decisions) for key, decisions in found.items()}
