"""What a person does about money at the bank: match by hand, take that back, close a day and open it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from data_access import banking
from data_access.filters import Filters
from data_access.queries import bank_days
from data_access.queries.table import ColumnSpec
from pages.parts import store, tables, who
from pages.parts.text import bold, day, money, name_of, plain

DEPOSITS = [
    ColumnSpec("deposited_on", "Deposited on", "date"),
    ColumnSpec("amount", "Deposited", "money"),
    ColumnSpec("state", "State"),
    ColumnSpec("method", "Method"),
    ColumnSpec("trace_number", "Trace number"),
    ColumnSpec("description", "Bank's words"),
    ColumnSpec("reason", "Why"),
]
SOURCES = [
    ColumnSpec("on", "Paid or posted on", "date"),
    ColumnSpec("amount", "Amount", "money"),
    ColumnSpec("payer", "From"),
    ColumnSpec("number", "Trace number"),
    ColumnSpec("method", "Method"),
    ColumnSpec("state", "State"),
]
DECISIONS = [
    ColumnSpec("decided_at", "When (UTC)"),
    ColumnSpec("decided_by", "Who"),
    ColumnSpec("what", "Decision"),
    ColumnSpec("amount", "Amount", "money"),
    ColumnSpec("reason", "Why"),
    ColumnSpec("now", "Now"),
]
HISTORY = [
    ColumnSpec("closed_at", "When (UTC)"),
    ColumnSpec("what", "What"),
    ColumnSpec("closed_by", "Who"),
    ColumnSpec("deposits", "Deposits", "money"),
    ColumnSpec("open", "Unexplained", "money"),
    ColumnSpec("note", "Note"),
]
_WORDS = {
    "match": "Put together",
    "count": "Counted as another deposit",
    "same": "The same payment",
    "two": "Two payments",
    "withdraw": "Took a decision back",
}
_DONE, _TURN = "bank_done", "bank_turn"


def outcome() -> None:
    """Say once what became of the last action."""
    done, told = st.session_state.pop(_DONE, (None, None))
    if done:
        st.toast(done)
    if told:
        st.warning(plain(told))


def name() -> str:
    """Who decides."""
    return who.names().get(who.me() or 0, "")


def carry_out(done: str, what: Callable, *arguments: Any) -> bool:
    """Do something at the bank, and keep what is to be said about it for the run that follows; whether it was done."""
    try:
        what(store.engine(), *arguments)
    except banking.CannotDecide as error:
        st.session_state[_DONE] = (None, str(error))
        return False
    st.session_state[_DONE] = (done, None)
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # reasons are written anew
    return True


@st.dialog("Match by hand", width="large")
def match_by_hand(filters: Filters) -> None:
    """Choose deposits and what they are of; the sums and the difference stand below."""
    deposits = store.read(bank_days.open_deposits, filters)
    sources = store.read(bank_days.open_sources, filters)
    st.caption("Choose deposits on top, and below what they are of. A deposit that is of neither is explained alone.")
    lines = _several(deposits, DEPOSITS, "Deposits without explanation", "hand-deposits")
    of = _several(_likely_first(sources, lines), SOURCES, "Money that has not come", "hand-sources")
    got, due = _sum(lines), _sum(of)
    difference = got - due
    st.markdown(
        f"Deposits {bold(money(got))} · sources {bold(money(due))} · difference {bold(money(difference))}"
        + ("" if not difference else "  \nIt does not add up: it will be kept as explained, with your reason.")
    )
    repeated = [row for row in lines if row["state"] == "repeated"]
    alone = len(lines) == 1 and not of
    if repeated:
        st.caption("A line that was left out as the same bank line again is counted as another deposit.")
    if repeated and not alone:
        st.warning("Count it first, by itself: take away every other tick. Then match it like any deposit.")
    turn = st.session_state.get(_TURN, 0)
    reason = st.text_input("Why (needed)", key=f"hand-reason-{turn}", max_chars=200)
    if st.button("Keep this", type="primary", disabled=not (lines or of) or bool(repeated and not alone)):
        if repeated:
            carry_out("The line now counts.", banking.count, int(repeated[0]["deposit_id"]), name(), reason)
        else:
            ids, posted = _chosen(lines, of), [str(row["key"]) for row in of if row["kind"] == "posted"]
            carry_out("Your decision was kept.", banking.match, *ids, name(), reason, posted)
        st.rerun()


def _chosen(lines: list[dict], of: list[dict]) -> tuple[list[int], list[int], list[tuple[date, str]]]:
    remittances = [int(row["id"]) for row in of if row["kind"] == "remittance"]
    receipts = [(row["on"], row["method"]) for row in of if row["kind"] == "patient"]
    return [int(row["deposit_id"]) for row in lines], remittances, receipts


def _likely_first(sources: pd.DataFrame, lines: list[dict]) -> pd.DataFrame:
    """Sources of exactly the amount chosen, then the others."""
    amount = _sum(lines)
    order = [value != amount for value in sources["amount"]]
    return sources.assign(order=order).sort_values("order", kind="stable").drop(columns="order")


def _sum(rows: list[dict]) -> Decimal:
    return sum((row["amount"] for row in rows), Decimal("0.00"))


def _several(frame: pd.DataFrame, columns: list[ColumnSpec], title: str, name: str) -> list[dict]:
    """Draw rows of which several can be chosen; returns those that are."""
    st.markdown(f"**{title}** · {len(frame):,}")
    if frame.empty:
        st.caption("None in this period.")
        return []
    key = f"{name}-{hash(tuple(map(str, frame.iloc[:, 0])))}-{hash(tuple(frame['amount']))}"
    event = tables.grid(frame, columns, title, key=key, on_select="rerun", selection_mode="multi-row")
    return [frame.iloc[row].to_dict() for row in event.selection.rows]


def by_hand(filters: Filters) -> None:
    """The way into matching by hand, and what was decided before."""
    with st.container(horizontal=True, vertical_alignment="center"):
        person = who.choose()
        if st.button("Match by hand", icon=":material/join:", disabled=person is None):
            match_by_hand(filters)
        if person is None:
            st.caption("Say who you are to match by hand or to close a day.")
    found = store.read(bank_days.decisions)
    if found.empty:
        return
    with st.expander(f"Decisions on money ({len(found)})"):
        rows = found.to_dict("records")
        shown = found.assign(
            decided_at=[f"{value:%d %b %Y %H:%M}" for value in found["decided_at"]],
            what=[_WORDS[value] for value in found["decision"]],
            now=["Stands" if stands else "" for stands in found["stands"]],
        )
        turn = st.session_state.get(_TURN, 0)
        key = f"bank-decisions-{hash(tuple(found['decision_id']))}"
        event = tables.grid(
            shown, DECISIONS, "Decisions, newest first", key=key, on_select="rerun", selection_mode="single-row"
        )
        chosen = rows[event.selection.rows[0]] if event.selection.rows else None
        if chosen is None or not chosen["stands"]:
            st.caption("Choose a decision that stands to take it back.")
            return
        reason = st.text_input("Why it is taken back (needed)", key=f"withdraw-{turn}", max_chars=200)
        st.button(
            "Take back",
            icon=":material/undo:",
            disabled=person is None,
            on_click=carry_out,
            args=("The decision was taken back.", banking.withdraw, int(chosen["decision_id"]), name(), reason),
        )


def one_day(on: date) -> None:
    """A day: what it adds up to, why it does not balance, and signing it off."""
    found = store.read(bank_days.one_day, on)
    if found is None:
        st.caption("Nothing was deposited on this day.")
        return
    state = "does not balance" if found["state"] == "open" else name_of(found["state"]).lower()
    st.markdown(bold(f"{day(on)}: {state}.") + f" Deposits {plain(money(found['deposits']))} = {plain(_sums(found))}")
    for words in store.read(bank_days.changes, on):
        st.markdown(f":material/warning: {plain(words)}")
    for row in store.read(bank_days.reasons, on).to_dict("records"):
        off = "" if pd.isna(row["difference"]) else f", {money(row['difference'])} against its remittance"
        what = " ".join(name_of(row[name]) for name in ("method", "trace_number") if not pd.isna(row[name]))
        why = "No remittance or posted payment explains it." if pd.isna(row["reason"]) else row["reason"]
        said = f"{money(row['amount'])} {what}{off}: {why}"
        st.markdown(f"- {plain(said)}")
    waiting = store.read(bank_days.expected, on)
    if len(waiting):
        named = ", ".join(f"{_expected(row)} {money(row['amount'])}" for row in waiting.to_dict("records"))
        st.caption(plain(f"Dated this day, and not at the bank yet: {named}"))
    _sign(on, found)
    signed = store.read(bank_days.history, on)
    if len(signed):
        shown = signed.assign(
            closed_at=[f"{value:%d %b %Y %H:%M}" for value in signed["closed_at"]],
            what=["Closed" if action == "close" else "Opened again" for action in signed["action"]],
        )
        tables.grid(shown, HISTORY, "What was signed about this day, newest first")


def _sums(found: dict) -> str:
    """What the deposits of a day add up from; nothing is written of what is zero, but for the usual sources."""
    words = {"remittances": "of remittances", "patients": "of patients", "posted": "posted by hand"}
    words |= {"explained": "explained", "returned": "returned", "open": "unexplained"}
    parts = [(found[name], text) for name, text in words.items() if found[name] or text.startswith("of")]
    (first, of), *rest = parts
    more = (f" {'-' if amount < 0 else '+'} {money(abs(amount))} {text}" for amount, text in rest)
    return f"{money(first)} {of}" + "".join(more)


def _expected(row: dict) -> str:
    if row["source"] == "Remittance":
        return f"{row['what']} {row['number'] or ''}".strip()
    if row["source"] == "Posted by hand":
        return f"{row['what'] or 'a payer'} {row['number']}".strip() + ", posted by hand,"
    return f"patient payments ({(name_of(row['what']) or 'method not stated').lower()})"


def _sign(on: date, found: dict) -> None:
    closed = found["state"] in ("closed", "changed")
    label = "Note" if found["state"] == "balanced" else "Note (needed)"
    note = st.text_input(label, key=f"day-note-{on}-{st.session_state.get(_TURN, 0)}", max_chars=200)
    nobody = who.me() is None
    with st.container(horizontal=True):
        if found["state"] != "closed" and found["digest"] is not None and not pd.isna(found["digest"]):
            st.button(
                "Close again as it stands" if closed else "Close this day",
                type="primary",
                icon=":material/lock:",
                disabled=nobody,
                on_click=carry_out,
                args=("The day was closed.", banking.close_day, on, found["digest"], name(), note),
            )
        if closed:
            st.button(
                "Open again",
                icon=":material/lock_open:",
                disabled=nobody,
                on_click=carry_out,
                args=("The day was opened again.", banking.reopen_day, on, name(), note),
            )
