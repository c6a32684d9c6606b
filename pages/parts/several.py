"""Many accounts at once: what is recorded on the ticked rows of the worklist, and the one way back.

A click on a row opens its account, which is what a rep does all day. So ticking is a mode that is switched on and
seen: within it a click ticks, and nothing opens by a slip; the keys go on working as they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.work import activities, entries
from data_access.work import several as several_accounts
from pages.parts import recording, store, who
from pages.parts.text import counted, money, plain

_DONE = "written_on_several"
_TOLD = "several_told"
_KINDS = {"assign": "assigned", "pend": "put aside", "route": "routed"}


def switched_on(person_id: int | None) -> bool:
    """The switch between opening accounts and ticking them."""
    return st.toggle(
        "Select several",
        key="select_several",
        disabled=person_id is None,
        help=who.needed(person_id) or "While on, a click on a row ticks it instead of opening its account.",
    )


def bar(where: DeltaGenerator, rows: Sequence[dict[str, Any]], person_id: int) -> None:
    """What can be recorded on the ticked rows, and how many they are."""
    ids = [int(row["account_id"]) for row in rows]
    turn = _turn()
    with where, st.container(horizontal=True, vertical_alignment="center"):
        owed = money(sum(row["balance"] for row in rows)) if rows else "tick rows of this page in the table below"
        st.markdown(f"**{counted(len(rows), 'account')} ticked** · {plain(owed)}", width="content")
        with st.popover("Assign", icon=":material/person_add:", disabled=not ids, key=f"person_add-{turn}"):
            st.selectbox("To", **who.to_whom(), key=f"several-to-{turn}")
            _button("Assign", "assign", ids, person_id)
        with st.popover("Rest", icon=":material/bedtime:", disabled=not ids, key=f"bedtime-{turn}"):
            today = date.today()
            recording.day_input("Show them again on", today + timedelta(days=3), key=f"several-until-{turn}")
            st.text_input("To do then", key=f"several-step-{turn}")
            _button("Put aside", "pend", ids, person_id)
        with st.popover("Route", icon=":material/alt_route:", disabled=not ids, key=f"alt_route-{turn}"):
            st.selectbox("To", list(entries.CAUSES), format_func=entries.CAUSES.get, key=f"several-cause-{turn}")
            st.text_input("What they should do", key=f"several-note-{turn}")
            _button("Route", "route", ids, person_id)
    told = st.session_state.pop(_TOLD, None)
    if told:
        where.warning(plain(told))


def _turn() -> int:
    """Grows with everything that was written: ticks and forms begin anew."""
    return int(st.session_state.get("rows_turn", 0))


def _button(label: str, kind: str, ids: list[int], person_id: int) -> None:
    # A callback with the ids that were on the screen: rows move when a colleague is faster.
    st.button(label, type="primary", key=f"several-{kind}", on_click=_write, args=(kind, ids, person_id))


def _write(kind: str, ids: list[int], person_id: int) -> None:
    state, turn = st.session_state, _turn()
    entry = {
        "assign": lambda: {"to_person_id": state[f"several-to-{turn}"]},
        "pend": lambda: {"until": state[f"several-until-{turn}"], "next_step": state[f"several-step-{turn}"]},
        "route": lambda: {"topic": state[f"several-cause-{turn}"], "note": state[f"several-note-{turn}"]},
    }[kind]()
    try:
        done = several_accounts.on_each(store.engine(), ids, {"kind": kind, **entry}, person_id)
    except activities.Incomplete as error:
        state[_TOLD] = str(error)
    else:
        written(done, _KINDS[kind])
        state["rows_turn"] = turn + 1  # what was ticked and filled in has done its work


def written(done: list[int], how: str = "assigned") -> None:
    """Remember what was written on several accounts just now, so that it can be taken back as one."""
    st.session_state[_DONE] = (done, how)


def way_back(person_id: int | None) -> None:
    """Take back what was last written on several accounts: an entry on each."""
    done, how = st.session_state.get(_DONE, ([], ""))
    if done and person_id is not None:
        label = f"Take back: {len(done):,} {how}"
        st.button(label, icon=":material/undo:", on_click=_take_back, args=(done, person_id))


def _take_back(done: list[int], person_id: int) -> None:
    several_accounts.undo_all(store.engine(), done, person_id)
    del st.session_state[_DONE]
