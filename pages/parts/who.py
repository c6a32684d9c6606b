"""Who sits here: picked once, until sign-in exists, and kept by the browser over reloads for a working day."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from data_access.engine import mark
from data_access.work import people
from pages.parts import store
from pages.parts.text import plain

_KEY, _CHOSEN = "person_id", "person_chosen"
_COOKIE = "patient_accounts_person"
_WORKING_DAY = 12 * 60 * 60
#: Only a script in the page can set a cookie; it holds the person's number and which database's, nothing else. All
#: windows of a browser share it: each writes it once for every choice made there, from then on only keeps it from
#: running out, and tells when it is gone: somebody left in another window.
_cookie = st.components.v2.component(
    "who",
    js="""export default ({data, setTriggerValue}) => {
        const mine = `${data.name}=${data.value}`
        const here = window.whoSitsHere ??= {}
        const read = () => document.cookie.split('; ').find(one => one.startsWith(`${data.name}=`))
        const write = seconds => { document.cookie = `${mine}; max-age=${seconds}; path=/; samesite=strict` }
        const look = () => {
            const kept = read()
            if (data.chosen && data.chosen !== here.chosen) {
                here.chosen = data.chosen
                write(data.value ? data.seconds : 0)
            } else if (data.value && kept === mine) {
                write(data.seconds)
            } else if (data.value && !kept && here.kept === mine) {
                setTriggerValue('left', true)
            }
            here.kept = read()
        }
        look()
        window.addEventListener('focus', look)
        return () => window.removeEventListener('focus', look)
    }""",
)


def me() -> int | None:
    """The person picked in this session, or in this browser within a working day; None before."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = _remembered()
    return st.session_state[_KEY]


def _remembered() -> int | None:
    office, _, number = str(st.context.cookies.get(_COOKIE, "")).partition(".")
    if office != store.read(mark) or not number.isdecimal():
        return None
    return int(number) if int(number) in store.fresh(people.people) else None


def remember() -> None:
    """Have the browser keep who was chosen here, or that nobody was; once a run, where an empty element does no harm.

    Whoever left in another window of this browser has left here too.
    """
    person_id, chosen = me(), st.session_state.get(_CHOSEN)
    value = f"{store.read(mark)}.{person_id}" if person_id else ""
    data = {"name": _COOKIE, "value": value, "seconds": _WORKING_DAY, "chosen": chosen, "run": secrets.token_hex(4)}
    _cookie(data=data, key="who", on_left_change=_left)


def _left() -> None:
    st.session_state[_KEY] = None


def _sit(person_id: int | None) -> None:
    """Somebody says who sits here, or that nobody does any more."""
    st.session_state[_KEY], st.session_state[_CHOSEN] = person_id, secrets.token_hex(4)


def names() -> dict[int, str]:
    """Names by id, also of those who left."""
    return store.fresh(people.everybody)


def to_whom() -> dict[str, Any]:
    """Options of a selectbox of people to assign to, or nobody; oneself unless another is chosen."""
    known = store.fresh(people.people)
    options = [None, *known]
    return {
        "options": options,
        "index": options.index(me()) if me() in known else 0,
        "format_func": lambda one: known.get(one, "Nobody"),
    }


def needed(person_id: int | None) -> str | None:
    """Why something cannot be done by nobody; None where somebody said who they are."""
    return "Say who you are first." if person_id is None else None


def choose() -> int | None:
    """Say who one is; returns the id."""
    known = store.fresh(people.people)
    chosen = me() if me() in known else None
    if st.button(f"You are {plain(known[chosen])}" if chosen else "Who are you?", icon=":material/badge:"):
        _ask(known, chosen)
    return chosen


@st.dialog("Who are you?")
def _ask(known: dict[int, str], chosen: int | None) -> None:
    options = list(known)
    st.caption("This browser remembers you for a working day.")
    picked = st.selectbox(
        "Your name",
        options,
        index=options.index(chosen) if chosen else None,
        format_func=known.get,
        placeholder="Choose",
    )
    with st.container(horizontal=True):
        if st.button("This is me", type="primary", disabled=picked is None):
            _sit(picked)
            st.rerun()
        if chosen and st.button("Nobody, I am leaving"):
            _sit(None)
            st.rerun()
    new = st.text_input("Not in the list? Add yourself", max_chars=60)
    if st.button("Add"):  # never disabled: the click that ends the writing would be lost
        if not new.strip():
            st.warning("Write your name first.")
            return
        try:
            _sit(people.add(store.engine(), new))
        except people.NameTaken as error:
            st.warning(plain(error))
        else:
            st.rerun()
