"""Recording on an account: nothing is saved over what somebody else did since the account was opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from data_access.work import activities
from data_access.work.activities import ChangedMeanwhile, NotAllowed
from data_access.work.entries import Incomplete, check_days
from data_access.work.replay import State
from pages.parts import store
from pages.parts.text import plain

_OLDEST, _NEWEST = date(1900, 1, 1), date(2199, 12, 31)


def day_input(label: str, usual: date, **options: Any) -> date:
    """Ask for a day, any day: what is written out of bounds is passed over without a word, and an older one saved.

    Whether the day makes sense is said when it is recorded.
    """
    return st.date_input(label, usual, min_value=_OLDEST, max_value=_NEWEST, **options)


def save(
    account_id: int,
    person_id: int,
    state: State,
    entries: Sequence[dict[str, Any]],
    done: str,
    day: date | None = None,
) -> None:
    """Record entries, of today or an earlier day, unless somebody was faster; say what stands in the way."""
    try:
        _check_days(entries, day)
        activities.record(store.engine(), account_id, person_id, entries, seen=_seen(account_id, state), day=day)
    except (Incomplete, NotAllowed) as error:
        st.warning(plain(error))
    except ChangedMeanwhile as changed:
        st.warning("Somebody recorded meanwhile: " + plain("; ".join(changed.what)) + ". Look, then save again.")
        st.session_state[_key(account_id)] = store.fresh(activities.state_of, account_id).version
    else:
        st.toast(done)
        st.rerun()


def _check_days(entries: Sequence[dict[str, Any]], day: date | None) -> None:
    """Refuse days that make no sense today, also where something of an earlier day is recorded."""
    if day is not None and day > date.today():
        raise Incomplete("The day it was filed or decided lies in the future.")
    for entry in entries:
        check_days(entry, date.today())


def _key(account_id: int) -> str:
    return f"seen-{account_id}"


def _seen(account_id: int, state: State) -> int:
    """The version that was on the screen when the form was filled in, not the one read just now."""
    return int(st.session_state.get(_key(account_id), state.version))


def remember(account_id: int, state: State) -> None:
    """Note which version the screen shows. Sending a form redraws its dialog only, so this stays as it was."""
    st.session_state[_key(account_id)] = state.version


def take_back(activity_id: int, person_id: int) -> None:
    """Take an activity back, or say that somebody else did so already."""
    try:
        activities.undo(store.engine(), activity_id, person_id)
    except Incomplete as error:
        st.warning(plain(error))
    else:
        st.rerun()
