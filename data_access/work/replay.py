"""From activities to state: what is true of an account follows from its activities in order, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Activity = Mapping[str, Any]
TALKS = ("spoke_with_patient", "promised_to_pay", "refused", "disputes")


@dataclass
class State:
    """What activities say of one account; see `work_state` for the columns."""

    account_id: int
    version: int = 0
    assigned_to: int | None = None
    follow_up_on: date | None = None
    next_step: str | None = None
    pend_until: date | None = None
    routed_to: str | None = None
    standing_holds: set[str] = field(default_factory=set)
    last_touch_on: date | None = None
    touches: int = 0
    last_talk_on: date | None = None
    promise_id: int | None = None
    promise_amount: Decimal | None = None
    promise_made_on: date | None = None
    promise_due_on: date | None = None
    instalments: int | None = None
    appeal_claim_id: int | None = None
    appeal_level: int | None = None
    appeal_state: str | None = None
    appeal_filed_on: date | None = None
    after_rest: str | None = None  # with its day; a part of `next_step`, not kept beside it

    def row(self) -> dict[str, Any]:
        """The state as a row of `work_state`."""
        values = asdict(self)
        holds = values.pop("standing_holds")
        del values["after_rest"]
        return values | {"holds": ",".join(sorted(holds)) or None}


def replay(account_id: int, activities: Iterable[Activity]) -> State:
    """The state after these activities of one account, in order; those taken back count for nothing."""
    rows = sorted(activities, key=lambda row: row["activity_id"])
    state = State(account_id)
    for row in rows:
        state.version = row["activity_id"]
    for row in standing(rows):
        _STEPS[row["kind"]](state, row)
    return state


def standing(activities: Iterable[Activity]) -> list[Activity]:
    """The activities that hold: those not taken back. A plan takes its instalments with it."""
    rows = list(activities)
    undone = {row["undoes"] for row in rows if row["kind"] == "undo"}
    return [
        row
        for row in rows
        if row["kind"] != "undo" and row["activity_id"] not in undone and row["plan_id"] not in undone - {None}
    ]


def _touch(state: State, row: Activity) -> None:
    state.last_touch_on = max(state.last_touch_on or row["day"], row["day"])  # an appeal may be of an earlier day
    state.touches += 1


def _contact(state: State, row: Activity) -> None:
    _touch(state, row)
    _follow_up(state, row["next_on"], row["next_step"])
    state.pend_until = None
    if row["outcome"] in TALKS:
        state.last_talk_on = row["day"]


def _nothing(state: State, row: Activity) -> None:
    """It says something, or is kept elsewhere, and changes nothing."""


def _promise(state: State, row: Activity) -> None:
    if row["plan_id"] is not None:
        if state.promise_id == row["plan_id"] and state.instalments is not None:
            state.instalments += 1
        return
    state.instalments = None
    _promised(state, row)
    _follow_up(state, row["due_on"], "See whether the promise was kept")


def _plan(state: State, row: Activity) -> None:
    state.instalments = 0
    _promised(state, row)
    _follow_up(state, row["due_on"], "See whether the plan was paid off")


def _promised(state: State, row: Activity) -> None:
    state.promise_id, state.promise_amount = row["activity_id"], row["amount"]
    state.promise_made_on, state.promise_due_on = row["day"], row["due_on"]


def _hold(state: State, row: Activity) -> None:
    state.standing_holds.add(row["topic"])


def _release(state: State, row: Activity) -> None:
    state.standing_holds.discard(row["topic"])


def _assign(state: State, row: Activity) -> None:
    state.assigned_to = row["to_person_id"]


def _pend(state: State, row: Activity) -> None:
    """It rests; what was to be done on a day still ahead, as the end of a plan, is to be done after the rest."""
    ahead = state.after_rest
    if ahead is None and state.next_step and state.follow_up_on and state.follow_up_on > row["day"]:
        ahead = f"{state.next_step}, {state.follow_up_on:%d %b %Y}"
    steps = [row["next_step"], ahead] if ahead else [row["next_step"] or state.next_step]
    _follow_up(state, row["until"], "; then: ".join(step for step in steps if step) or None)
    state.pend_until, state.after_rest = row["until"], ahead
    state.assigned_to = state.assigned_to or row["person_id"]


def _follow_up(state: State, on: date, step: str | None) -> None:
    state.follow_up_on, state.next_step, state.after_rest = on, step, None


def _route(state: State, row: Activity) -> None:
    state.routed_to = row["topic"]


def _appeal(state: State, row: Activity) -> None:
    _touch(state, row)
    if row["state"] == "submitted":
        state.appeal_filed_on = row["day"]
    state.appeal_claim_id, state.appeal_level, state.appeal_state = row["claim_id"], row["level"], row["state"]
    if row["next_on"]:
        _follow_up(state, row["next_on"], row["next_step"])


_STEPS = {
    "contact": _contact,
    "note": _nothing,
    "statement": _nothing,  # made in batches: nobody has looked at the account
    "document": _touch,
    "promise": _promise,
    "plan": _plan,
    "hold": _hold,
    "release": _release,
    "assign": _assign,
    "pend": _pend,
    "route": _route,
    "appeal": _appeal,
}
