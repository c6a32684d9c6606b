"""Deciding on payments that agree too little with a claim: side by side, two buttons, and a way back."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from data_access import decisions
from data_access.queries import imports
from data_access.queries.table import ColumnSpec
from pages.parts import store, tables, who
from pages.parts.text import bold, day, money, plain

#: What is compared, as its column is named -> as people call it.
FACTS = {"charge": "Charge", "service_from": "Service date", "member_id": "Member id", "payer_name": "Payer"}
TO_DECIDE = [
    ColumnSpec("amount", "Paid", "money"),
    ColumnSpec("paid_payer_name", "Payer"),
    ColumnSpec("paid_on", "Paid on", "date"),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("agrees", "Agrees"),
    ColumnSpec("differs", "Differs"),
]
COMPARED = [
    ColumnSpec("fact", "What"),
    ColumnSpec("paid", "In the payment"),
    ColumnSpec("sent", "In the claim"),
    ColumnSpec("same", "Agrees"),
]
DECIDED = [
    ColumnSpec("decided_at", "When (UTC)"),
    ColumnSpec("decided_by", "Who"),
    ColumnSpec("decision", "Decision"),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("amount", "Paid", "money"),
    ColumnSpec("reason", "Why"),
    ColumnSpec("state", "Now"),
]
_OUTCOME = "decision_outcome"


def outcome() -> None:
    """Say once what became of the decision just made."""
    done, told = st.session_state.pop(_OUTCOME, (None, None))
    if done:
        st.toast(done)
    if told:
        st.warning(plain(told))


def to_decide() -> None:
    """Payments found for an account with too little proof: a person says whether they are for it."""
    found = store.fresh(imports.to_decide)
    if found.empty:
        return
    largest = "the largest " if len(found) == imports.SHOWN else ""
    st.markdown(f"**Payments that wait for your decision: {largest}{len(found)}.** Is each for the claim beside it?")
    rows = found.to_dict("records")
    shown = found.assign(agrees=[_named(row, True) for row in rows], differs=[_named(row, False) for row in rows])
    chosen = _choose(shown, TO_DECIDE, "Payments to decide on", "to_decide", found["claim_payment_id"])
    if chosen is None:
        st.caption("Choose a payment to compare it with the claim, and to say whether it is for this account.")
        return
    _one(rows[chosen])


def _one(row: dict) -> None:
    st.markdown(
        f"{bold(money(row['amount']))} of {day(row['paid_on'])}, "
        + plain(f"trace {row['trace_number']}, for account {row['account_number']}")
    )
    tables.grid(_compared(row), COMPARED, "The payment beside the claim")
    payment, account = int(row["claim_payment_id"]), int(row["account_id"])
    why = f"why-{payment}-{account}"
    st.text_input("Why (kept with your decision)", key=why, max_chars=200)
    with st.container(horizontal=True):
        who.choose()
        for label, icon, what, done in (
            ("Post to this account", "check", decisions.post, "The payment was posted."),
            ("Not this account", "close", decisions.reject, "The payment was set aside."),
        ):
            # As a callback with its arguments: a click is about the payment that was on the screen, whatever
            # stands in its row by the time the click arrives.
            st.button(
                label,
                type="primary" if what is decisions.post else "secondary",
                icon=f":material/{icon}:",
                key=f"{what.__name__}-{payment}-{account}",
                on_click=_carry_out,
                args=(what, payment, account, why, done),
            )


def decided() -> None:
    """What was decided before; a decision that stands can be taken back."""
    found = store.read(imports.decisions)
    if found.empty:
        return
    with st.expander(f"Decisions on payments ({len(found)})"):
        rows = found.to_dict("records")
        shown = found.assign(
            decided_at=[f"{value:%d %b %Y %H:%M}" for value in found["decided_at"]],
            decision=[decisions.WORDS[value].capitalize() for value in found["decision"]],
            state=[_state(row) for row in rows],
        )
        chosen = _choose(shown, DECIDED, "Decisions, newest first", "decided", found["decision_id"])
        if chosen is None or not rows[chosen]["stands"]:
            st.caption("Choose a decision that stands to take it back.")
            return
        payment, account = int(rows[chosen]["claim_payment_id"]), int(rows[chosen]["account_id"])
        st.button(
            "Take back",
            icon=":material/undo:",
            key=f"withdraw-{payment}-{account}",
            on_click=_carry_out,
            args=(decisions.withdraw, payment, account, None, "The decision was taken back."),
        )


def _state(row: dict) -> str:
    if row["stands"]:
        return "Stands"
    if pd.isna(row["claim_payment_id"]):
        return "Its remittance is not loaded"
    return "" if row["decision"] == "withdraw" else "Taken back"


def _choose(shown: pd.DataFrame, columns: list[ColumnSpec], alt: str, name: str, ids: pd.Series) -> int | None:
    """Draw rows, one of which can be chosen; returns its number. A changed list begins anew: rows have moved."""
    key = f"{name}-{hash(tuple(ids))}"
    event = tables.grid(shown, columns, alt, key=key, on_select="rerun", selection_mode="single-row")
    return event.selection.rows[0] if event.selection.rows else None


def _carry_out(what: Callable, payment: int, account: int, why: str | None, done: str) -> None:
    """Decide, and keep what is to be said about it for the run that follows."""
    reason = st.session_state.get(why, "") if why else ""
    name = who.names().get(who.me(), "")
    try:
        what(store.engine(), payment, account, name, reason)
    except decisions.CannotDecide as error:
        st.session_state[_OUTCOME] = (None, str(error))
    else:
        st.session_state[_OUTCOME] = (done, None)


def _named(row: dict, same: bool) -> str:
    return ", ".join(name for fact, name in FACTS.items() if bool(row[f"same_{fact}"]) is same)


def _compared(row: dict) -> pd.DataFrame:
    words = {"charge": money, "service_from": day, "member_id": _masked, "payer_name": _text}
    return pd.DataFrame(
        {
            "fact": name,
            "paid": words[fact](row[f"paid_{fact}"]),
            "sent": words[fact](row[f"sent_{fact}"]),
            "same": "Yes" if row[f"same_{fact}"] else "No",
        }
        for fact, name in FACTS.items()
    )


def _text(value: str | None) -> str:
    return "n/a" if pd.isna(value) else str(value)


def _masked(member_id: str | None) -> str:
    """The last four characters of a member id."""
    return "n/a" if pd.isna(member_id) else f"...{member_id[-4:]}"
