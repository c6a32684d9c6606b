"""Recording what was done about accounts.

Activities are only ever added; taking one back is an activity too. Whoever records says which state of the account
they saw: when somebody changed it meanwhile, nothing is written and the changes are named, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, exists, func, insert, select

from data_access.engine import Source, bump_data_version, next_number, write
from data_access.posting import settle
from data_access.posting.standing import DECIDED_AGAINST, count_appeals_again
from data_access.schema import account, claim, unsettled
from data_access.work.entries import APPEAL_STATES, HOLDS, OUTREACH, Incomplete, check_entry, in_words
from data_access.work.replay import State, replay, standing
from data_access.work.tables import activity, person, work_state

#: Open until a state that ends it is recorded; those of `DECIDED_AGAINST` open the next level.
APPEAL_OPEN = ("submitted", "acknowledged", "information_requested")
#: A guard taken from Regulation F (12 CFR 1006.14), which binds collectors, not a practice's own staff.
MOST_ATTEMPTS, WITHIN_DAYS = 7, 7
#: Instead of an id: that of the first entry written together with this one.
FIRST_OF_THESE = -1
_OF_ACCOUNT = select(activity).where(activity.c.account_id == bindparam("account_id")).order_by(activity.c.activity_id)


class NotAllowed(ValueError):
    """A contact limit or a hold forbids it, unless a reason is given for passing over that."""


class ChangedMeanwhile(RuntimeError):
    """Somebody else recorded something on the account since it was opened; `what` names it, in order."""

    def __init__(self, what: list[str]) -> None:
        super().__init__("; ".join(what))
        self.what = what


@dataclass(frozen=True)
class Recorded:
    """What was written: the new activities' ids, and the account's state after them."""

    ids: list[int]
    state: State


def record(
    engine: Engine,
    account_id: int,
    person_id: int,
    entries: Sequence[Mapping[str, Any]],
    *,
    seen: int | None = None,
    day: date | None = None,
) -> Recorded:
    """Write entries on one account, all or none.

    Args:
        entries: `kind` and the columns of `activity` that the kind needs.
        seen: the account's version (see `work_state`) the person looked at; None to write whatever happened since.
        day: the office's day; today when not given.

    Raises:
        Incomplete, NotAllowed: nothing was written; the message says why.
        ChangedMeanwhile: somebody else wrote since `seen`.
    """
    day = day or date.today()
    for entry in entries:
        check_entry(entry, day)
    with write(engine) as connection:
        before = _activities(connection, account_id)
        if seen is not None:
            _nothing_new(connection, before, seen)
        state = replay(account_id, before)
        for entry in entries:
            _allowed(entry, state, before, day)
            _appeal_follows(connection, entry, before, day)
            _is_owed(connection, entry, account_id)
        ids = add(connection, [{**entry, "account_id": account_id} for entry in entries], person_id, day)
        ids += _hold_disputed(connection, account_id, [*zip(ids, entries, strict=True)], state, person_id, day)
        after = keep_state(connection, account_id)
        _appeals_changed(connection, [{**entry, "account_id": account_id} for entry in entries])
    return Recorded(ids, after)


def _hold_disputed(
    connection: Connection,
    account_id: int,
    recorded: Sequence[tuple[int, Mapping[str, Any]]],
    state: State,
    person_id: int,
    day: date,
) -> list[int]:
    """A contact in which the patient disputes the bill takes the account off outreach, by an entry of its own."""
    told = [number for number, entry in recorded if entry.get("outcome") == "disputes"]
    asked = any(entry["kind"] == "hold" and entry["topic"] == "dispute" for _, entry in recorded)
    if not told or asked or "dispute" in state.standing_holds:
        return []
    entry = {"kind": "hold", "topic": "dispute", "account_id": account_id, "batch_id": told[0]}
    return add(connection, [entry | {"note": "The patient disputes the bill"}], person_id, day)


def _appeals_changed(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """What an appeal came to moves the deadline of its account."""
    changed = {row["account_id"] for row in rows if row["kind"] == "appeal" and row["state"] in DECIDED_AGAINST}
    for account_id in sorted(changed):
        count_appeals_again(connection, account_id)
    if changed:
        bump_data_version(connection)


def undo(engine: Engine, activity_id: int, person_id: int, day: date | None = None) -> Recorded:
    """Take one activity back, by an entry that says so.

    Raises:
        Incomplete: there is no such activity, it was taken back before, or it is a part of a plan.
    """
    with write(engine) as connection:
        row = connection.execute(select(activity).where(activity.c.activity_id == activity_id)).mappings().first()
        if row is None or row["kind"] == "undo":
            raise Incomplete("There is nothing here that could be taken back.")
        if row["plan_id"] is not None:
            raise Incomplete("This is an instalment of a payment plan: take the plan back.")
        if connection.scalar(select(func.count()).where(activity.c.undoes == activity_id)):
            raise Incomplete("This was taken back already.")
        taken = [activity_id, *_came_with(connection, activity_id)]
        entries = [{"kind": "undo", "undoes": number, "account_id": row["account_id"]} for number in taken]
        ids = add(connection, entries, person_id, day or date.today())
        state = keep_state(connection, row["account_id"])
        _appeals_changed(connection, [dict(row)])
        if row["kind"] == "statement":
            post_again(connection, [row["account_id"]])
    if row["kind"] == "statement":
        settle(engine)
    return Recorded(ids, state)


def _came_with(connection: Connection, activity_id: int) -> list[int]:
    """The hold that a contact set, where it was not taken back by itself."""
    row, undone = activity.c, activity.alias("undone")
    query = select(row.activity_id).where(row.kind == "hold", row.batch_id == activity_id)
    return list(connection.scalars(query.where(~exists().where(undone.c.undoes == row.activity_id))))


def post_again(connection: Connection, account_ids: Sequence[int]) -> None:
    """List accounts to be posted again: a statement starts or continues the clock that posting reads.

    The caller settles once the transaction is through; an interruption in between is made good by the next settle.
    """
    rows = select(account.c.account_key).where(account.c.account_id.in_(account_ids)).distinct()
    connection.execute(insert(unsettled).from_select(["account_key"], rows))


@dataclass(frozen=True)
class Done:
    """What was recorded on an account: its state, and its activities, newest first, with whether each was undone."""

    state: State
    history: list[dict[str, Any]]


def done(engine: Source, account_id: int) -> Done:
    """The state of an account now, and the activities that made it."""
    with engine.connect() as connection:
        rows = [dict(row) for row in _activities(connection, account_id)]
    holds = {row["activity_id"] for row in standing(rows)}
    listed = [row | {"undone": row["kind"] != "undo" and row["activity_id"] not in holds} for row in reversed(rows)]
    return Done(replay(account_id, rows), listed)


def history(engine: Source, account_id: int) -> list[dict[str, Any]]:
    """The activities of an account, newest first, each with `undone` (whether it was taken back)."""
    return done(engine, account_id).history


def state_of(engine: Source, account_id: int) -> State:
    """The state of an account now."""
    return done(engine, account_id).state


def attempts(rows: Iterable[Mapping[str, Any]], day: date) -> int:
    """Calls and messages to the patient in the seven days to `day`."""
    return sum(
        row["kind"] == "contact"
        and row["method"] in ("call", "portal_message")
        and day - timedelta(days=WITHIN_DAYS) < row["day"] <= day
        for row in standing(rows)
    )


def _allowed(entry: Mapping[str, Any], state: State, rows: Sequence[Mapping[str, Any]], day: date) -> None:
    if entry["kind"] != "contact" or entry["method"] not in OUTREACH or (entry.get("override") or "").strip():
        return
    if state.standing_holds:
        names = ", ".join(HOLDS[name].lower() for name in sorted(state.standing_holds))
        raise NotAllowed(f"The account is on hold ({names}): no outreach to the patient without a reason.")
    if entry["method"] == "letter":
        return
    if attempts(rows, day) >= MOST_ATTEMPTS:
        raise NotAllowed(
            f"The patient was tried {MOST_ATTEMPTS} times in {WITHIN_DAYS} days: not again without a reason."
        )
    talked = state.last_talk_on
    if talked is not None and day - talked < timedelta(days=WITHIN_DAYS):  # the day of the talk is the first of them
        raise NotAllowed(f"Somebody spoke with the patient on {talked:%d %b %Y}, less than {WITHIN_DAYS} days ago.")


def _appeal_follows(
    connection: Connection, entry: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], day: date
) -> None:
    """Refuse an appeal before its denial, or before what was recorded of its level: it would end a live deadline.

    What became of one that nobody recorded as sent would leave its deadline due, as no day is known on which it was
    met. A decision is taken without: it moves the deadline itself.
    """
    if entry["kind"] != "appeal":
        return
    denied_on = connection.scalar(select(claim.c.first_remit_on).where(claim.c.claim_id == entry["claim_id"]))
    if denied_on is not None and day < denied_on:
        raise Incomplete(f"The claim was denied on {denied_on:%d %b %Y}: what is done about it cannot be older.")
    about = (entry["claim_id"], entry["level"])
    earlier = [row for row in standing(rows) if row["kind"] == "appeal" and (row["claim_id"], row["level"]) == about]
    under_way = bool(earlier) and earlier[-1]["state"] in APPEAL_OPEN
    if entry["state"] in APPEAL_OPEN and entry["state"] != "submitted" and not under_way:
        raise Incomplete(
            f"Nobody recorded yet when the appeal at level {entry['level']} was sent: record it as "
            f"{APPEAL_STATES['submitted'].lower()}, with that day, and then this: whether it was in time goes by it."
        )
    if not earlier:
        return
    was, on = APPEAL_STATES[earlier[-1]["state"]].lower(), earlier[-1]["day"]
    if day < on:
        raise Incomplete(f"Level {entry['level']}: {was} on {on:%d %b %Y}. What became of it cannot be older.")
    if entry["state"] == "submitted" and under_way:
        raise Incomplete(f"Level {entry['level']}: {was} on {on:%d %b %Y} already. Record what became of it.")


def _is_owed(connection: Connection, entry: Mapping[str, Any], account_id: int) -> None:
    """Refuse a promise or a plan of more than the patient owes; an instalment is of its plan."""
    if entry["kind"] not in ("promise", "plan") or entry.get("plan_id") is not None:
        return
    row = account.c
    owes = connection.scalar(select(row.patient_balance).where(row.account_id == account_id))
    if owes is not None and entry["amount"] > max(owes, Decimal(0)):
        raise Incomplete(f"The patient owes ${max(owes, Decimal(0)):,.2f}: a {entry['kind']} cannot be of more.")


def _activities(connection: Connection, account_id: int) -> Sequence[Any]:
    return connection.execute(_OF_ACCOUNT, {"account_id": account_id}).mappings().all()


def _nothing_new(connection: Connection, rows: Sequence[Mapping[str, Any]], seen: int) -> None:
    newer = [row for row in rows if row["activity_id"] > seen]
    if newer:
        names = _names(connection)
        raise ChangedMeanwhile(
            [f"{names.get(row['person_id'], 'Somebody')}: {in_words(row, names, rows)}" for row in newer]
        )


def _names(connection: Connection) -> dict[int, str]:
    rows: Sequence[Row] = connection.execute(select(person.c.person_id, person.c.name)).all()
    return {row.person_id: row.name for row in rows}


def add(connection: Connection, entries: Iterable[Mapping[str, Any]], person_id: int, day: date) -> list[int]:
    """Append activities within the caller's `write` transaction and return their ids; states are the caller's to keep.

    Args:
        entries: columns of `activity`, with the account; what is left out is empty.
    """
    first = next_number(connection, activity.c.activity_id)
    at = datetime.now(UTC).replace(tzinfo=None)
    rows: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, first):
        row = dict.fromkeys(column.name for column in activity.columns)
        row |= {"activity_id": number, "person_id": person_id, "at": at, "day": day} | dict(entry)
        row |= {name: first for name in ("plan_id", "batch_id") if row[name] == FIRST_OF_THESE}
        if row["kind"] == "promise" and row["in_all"] is None:
            row["in_all"] = row["amount"]
        rows.append({name: value.strip() or None if isinstance(value, str) else value for name, value in row.items()})
    if rows:
        connection.execute(insert(activity), rows)
    return [row["activity_id"] for row in rows]


def keep_state(connection: Connection, account_id: int) -> State:
    """Keep what the activities of an account replay to."""
    state = replay(account_id, _activities(connection, account_id))
    connection.execute(delete(work_state).where(work_state.c.account_id == account_id))
    connection.execute(insert(work_state).values(state.row()))
    return state
