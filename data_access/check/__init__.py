"""Proves a database: every rule that must hold whatever was loaded, each with what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, SelectBase, func, select

from data_access.check import appeals, bank, cycle, files, ledger
from data_access.work.replay import replay
from data_access.work.tables import activity, work_state

RULES = ledger.RULES | files.RULES | cycle.RULES | bank.RULES


@dataclass(frozen=True)
class Finding:
    """One rule: whether it holds, and how many rows break it."""

    rule: str
    ok: bool
    detail: str


def check(engine: Engine) -> list[Finding]:
    """Check every rule; a database is sound when all are ok."""
    with engine.connect() as connection:
        found = [_finding(connection, rule, query()) for rule, query in RULES.items()]
        last = [_work_replays(connection), _appeals_are_due(connection), _duplicates_follow(connection)]
        return [*found, *last, *_bank_replays(connection)]


def _work_replays(connection: Connection) -> Finding:
    """The state of every account that was worked on is what its activities replay to."""
    rows: dict[int, list] = {}
    for row in connection.execute(select(activity).order_by(activity.c.activity_id)).mappings():
        rows.setdefault(row["account_id"], []).append(row)
    kept = {row["account_id"]: dict(row) for row in connection.execute(select(work_state)).mappings()}
    replayed = {account_id: replay(account_id, done).row() for account_id, done in rows.items()}
    wrong = sum(kept.get(account_id) != replayed.get(account_id) for account_id in kept.keys() | replayed.keys())
    detail = "holds" if not wrong else f"{wrong:,} accounts break it"
    return Finding("the state of worked accounts is what their activities replay to", not wrong, detail)


def _appeals_are_due(connection: Connection) -> Finding:
    """The next appeal of every denial is at the level, and by the day, that rules and recorded decisions make it."""
    wrong = appeals.wrong_deadlines(connection)
    detail = "holds" if not wrong else f"{wrong:,} accounts break it"
    return Finding("the next appeal is due by the payer's rule for its level", not wrong, detail)


def _bank_replays(connection: Connection) -> list[Finding]:
    """What money is of what follows from the facts; closings are what was signed."""
    broken = {
        "what money is of what follows from facts and decisions": bank.stale_matches(connection),
        "closings of days replay": bank.broken_closings(connection),
    }
    return [Finding(rule, not n, "holds" if not n else f"{n:,} rows break it") for rule, n in broken.items()]


def _duplicates_follow(connection: Connection) -> Finding:
    """What may count twice is listed; how much of it waits for a person is said where the rule holds."""
    wrong = bank.stale_duplicates(connection)
    amount, waiting = bank.duplicates_waiting(connection)
    holds = (
        f"holds; {waiting:,} payments of ${amount:,.2f} may count twice and wait for a person" if waiting else "holds"
    )
    detail = holds if not wrong else f"{wrong:,} rows break it"
    return Finding("payments posted by hand that a remittance may hold are listed, each once", not wrong, detail)


def _finding(connection: Connection, rule: str, offenders: SelectBase) -> Finding:
    broken = connection.execute(select(func.count()).select_from(offenders.subquery())).scalar_one()
    return Finding(rule, broken == 0, "holds" if broken == 0 else f"{broken:,} rows break it")
