"""Paying: promises, ways to pay a balance, and the statement that asks for it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from data_access.documents.paper import HELP_UNTIL, NO_COLLECTION_BEFORE
from data_access.queries.account import Account360
from data_access.queries.table import ColumnSpec
from data_access.work import activities, plans, promises, statements
from data_access.work.activities import Incomplete
from data_access.work.office import BadSetting, amount_from, office
from data_access.work.replay import State
from pages.parts import recording, store, tables
from pages.parts.text import bold, day, money, plain

History = list[dict[str, Any]]


def owed(found: Account360) -> Decimal:
    """What the patient owes, never below zero."""
    return max(Decimal(found.head["patient_balance"]), Decimal(0))


@st.dialog("Record a promise")
def promise(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """A promise to pay; later payments decide whether it was kept."""
    _replaces(found)
    with st.form(f"promise-{account_id}", border=False):
        written = st.text_input("Amount", f"{owed(found):.2f}")
        due_on = recording.day_input("By", date.today() + timedelta(days=14))
        if st.form_submit_button("Record", type="primary"):
            try:
                amount = amount_from(written, "Amount")
            except BadSetting as error:
                st.warning(plain(error))
                return
            entry = {"kind": "promise", "amount": amount, "due_on": due_on}
            recording.save(account_id, person_id, state, [entry], "The promise was recorded.")


@st.dialog("Ways to pay", width="medium")
def plan(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """Pay in full, or in instalments within the office's rules, each with its schedule."""
    balance, rules = owed(found), store.fresh(office)
    at_once, lengths = plans.pay_now(balance, rules, date.today()), plans.lengths(balance, rules)
    names = {0: _in_full(at_once)} | {months: _in_parts(balance, months) for months in lengths}
    _replaces(found)
    chosen = st.radio("How the patient will pay", list(names), format_func=lambda one: plain(names[one]))
    if not lengths:
        st.caption(
            f"Instalments start at {plain(money(rules.smallest_instalment))}: this balance is too small for a plan."
        )
    if chosen == 0:
        entries = [{"kind": "promise", "amount": at_once.amount, "due_on": at_once.due_on}]
        if at_once.discount:
            st.caption(f"Write the discount of {plain(money(at_once.discount))} off once the payment has come.")
    else:
        first = recording.day_input("First instalment", date.today() + timedelta(days=30))
        schedule = plans.schedule(balance, chosen, first)
        frame = pd.DataFrame(schedule, columns=["due_on", "amount"])
        columns = [ColumnSpec("due_on", "Due", "date"), ColumnSpec("amount", "Instalment", "money")]
        tables.grid(frame, columns, "Instalments")
        st.caption(
            f"Together {plain(money(sum((amount for _, amount in schedule), Decimal(0))))}, the balance to the cent."
        )
        entries = plans.entries(balance, chosen, first, rules)
    if st.button("The patient accepts", type="primary"):
        recording.save(
            account_id, person_id, state, entries, "The plan was recorded." if chosen else "Promise recorded."
        )


def _replaces(found: Account360) -> None:
    """Say which open promise or plan a new one takes the place of."""
    done = store.fresh(activities.history, int(found.head["account_id"]))
    still = [row for row in made(found, done) if row.state == "open"]
    if still and still[0].is_instalment:
        st.caption("This replaces the payment plan: what is open of it counts no more.")
    elif still:
        st.caption(f"This replaces the promise of {plain(money(still[0].amount))} by {day(still[0].due_on)}.")


def _in_full(at_once: plans.PayNow) -> str:
    less = f", {money(at_once.discount)} off" if at_once.discount else ""
    return f"In full by {day(at_once.due_on)}: {money(at_once.amount)}{less}"


def _in_parts(balance: Decimal, months: int) -> str:
    amounts = [amount for _, amount in plans.schedule(balance, months, date.today())]
    return f"{months} months: {money(amounts[0])} a month"


@st.dialog("Send a statement")
def statement(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """Make the statement, and record that it was sent."""
    told = found.head["last_statement_on"]
    st.markdown(f"A statement for {bold(money(owed(found)))}. " + (f"The last was sent {day(told)}." if told else ""))
    st.caption("Recorded as sent today; it starts or continues the statement clock, and can be taken back.")
    if st.button("Make it and record it", type="primary"):
        try:
            sent = statements.send(store.engine(), [account_id], person_id, store.fresh(office), date.today())
        except Incomplete as error:
            st.warning(plain(error))
            return
        if not sent.count:
            st.warning("No statement was sent: one was sent today already, or the account is on hold.")
            return
        st.toast("The statement was recorded; its paper is under Documents.")
        st.rerun()


PROMISES = [
    ColumnSpec("due_on", "Due", "date"),
    ColumnSpec("what", "What"),
    ColumnSpec("amount", "Promised", "money"),
    ColumnSpec("paid", "Paid in time", "money"),
    ColumnSpec("state", "State"),
    ColumnSpec("made_on", "Made on", "date"),
]


def made(found: Account360, done: History) -> list[promises.Promise]:
    """The promises of an account and what became of them; `done`: its activities."""
    return promises.promises(done, found.ledger.to_dict("records"), date.today())


def promised(found: Account360, done: History) -> None:
    """The promises of an account, as a table."""
    rows = made(found, done)
    if not rows:
        return
    frame = pd.DataFrame(
        {
            "due_on": [row.due_on for row in rows],
            "what": ["Instalment" if row.is_instalment else "Promise" for row in rows],
            "amount": [row.amount for row in rows],
            "paid": [row.paid for row in rows],
            "state": [promises.STATES[row.state] for row in rows],
            "made_on": [row.made_on for row in rows],
        }
    )
    tables.grid(frame, PROMISES, "Promises and what became of them")


def standing(state: State, found: Account360, done: History) -> str:
    """The latest promise or plan in a few words; empty where there is none."""
    if not state.promise_id:
        return ""
    rows = [row for row in made(found, done) if row.activity_id >= state.promise_id]
    if state.instalments:
        kept = sum(row.state == "kept" for row in rows)
        missed = sum(row.state in ("part", "broken") for row in rows)
        behind = f", {missed} missed" if missed else ""
        return f"payment plan of {money(state.promise_amount)}: {kept} of {state.instalments} instalments paid{behind}"
    word = promises.STATES[rows[0].state].lower() if rows else ""
    return f"promise of {money(state.promise_amount)} by {day(state.promise_due_on)}: {word}"


def clock(found: Account360) -> str:
    """The days that matter to a non-profit hospital (26 CFR 1.501(r)-6), counted from the first statement."""
    first = found.head["first_statement_on"]
    if first is None or owed(found) == 0 or not store.fresh(office).nonprofit:
        return ""
    no_steps, apply_until = (first + timedelta(days=days) for days in (NO_COLLECTION_BEFORE, HELP_UNTIL))
    parts = []
    if date.today() < no_steps:
        notice = no_steps - timedelta(days=30)
        parts.append(f"no extraordinary collection before {day(no_steps)} (written notice from {day(notice)})")
    else:
        parts.append(f"the 120 days ended {day(no_steps)}; collection steps need 30 days' written notice")
    if date.today() <= apply_until:
        parts.append(f"financial help may be asked for until {day(apply_until)}")
    else:
        parts.append(f"the time to ask for help ended {day(apply_until)}")
    return "501(r): " + "; ".join(parts)
