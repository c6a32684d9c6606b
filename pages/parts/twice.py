"""Payments posted by hand that may be in a remittance as well: a list, the two side by side, and two buttons."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from data_access import banking
from data_access.filters import Filters
from data_access.queries import posted_twice
from data_access.queries.table import ColumnSpec
from pages.parts import bank, selection, states, store, tables, who
from pages.parts.text import bold, counted, day, money, name_of, plain

COMPARED = [
    ColumnSpec("fact", "What"),
    ColumnSpec("entry", "Posted by hand"),
    ColumnSpec("payment", "In the remittance"),
]


def listed(filters: Filters) -> None:
    """What may count twice and waits for a person; nothing is drawn where nothing does."""
    amount, number = store.read(posted_twice.waiting, filters)
    if not number:
        return
    payments = counted(number, "payment")
    st.markdown(
        bold(f"{money(amount)} in {payments} posted by hand may count twice.")
        + " A remittance has the same amount for the account, and no check number says whether it is the same payment. "
        "Both count until you decide. Click the box at the start of a row to see the two."
    )
    tables.show(
        posted_twice.table(filters),
        filters,
        "posted-twice",
        "reconciliation",
        on_row=lambda row: selection.choose({"twice": int(row["billing_entry_id"])}),
    )


def one(billing_entry_id: int) -> None:
    """The two payments side by side, the way to their account, and what a person says of them."""
    found = store.read(posted_twice.one, billing_entry_id)
    if found is None:
        states.no_longer("Nothing about this payment waits for you")
        selection.show_all()
        return
    selection.chip(f"what may count twice: {money(found['amount'])}", f"account {found['account_number']}")
    tables.grid(_side_by_side(found), COMPARED, "The payment posted by hand beside that of the remittance")
    st.caption(plain(found["reason"]))
    why = f"why-{found['billing_entry_id']}-{found['claim_payment_id']}"
    st.text_input("Why (needed)", key=why, max_chars=200)
    person = who.me()
    with st.container(horizontal=True):
        for label, icon, what, done in (
            ("The same payment", "join", banking.same_payment, "The remittance counts alone."),
            ("Two payments", "call_split", banking.two_payments, "Both count."),
        ):
            st.button(
                label,
                type="primary" if what is banking.same_payment else "secondary",
                icon=f":material/{icon}:",
                disabled=person is None,
                on_click=_decide,
                args=(done, what, int(found["billing_entry_id"]), int(found["claim_payment_id"]), why),
            )
        if st.button("Open the account", icon=":material/open_in_new:"):
            tables.ask_to_open(int(found["account_id"]), "reconciliation")
    if person is None:
        st.caption("Say who you are to decide.")


def _decide(done: str, what: Callable, entry: int, payment: int, why: str) -> None:
    """As a callback with its arguments: a click is about the payments that were on the screen."""
    if bank.carry_out(done, what, entry, payment, bank.name(), st.session_state.get(why, "")):
        selection.clear()


def _side_by_side(found: dict) -> pd.DataFrame:
    rows = (
        ("Amount", money(found["amount"]), money(found["amount"])),
        ("Day", day(found["posted_on"]), day(found["paid_on"])),
        ("Payer", _text(found["payer_identifier"]), _text(found["payer"])),
        ("Number", "Not stated", _text(found["trace_number"])),
        ("Method", _text(name_of(found["method"])), ""),
        ("File", _text(found["file_name"]), _text(found["remittance_file"])),
        ("Where", f"line {found['segment_no']:,}", f"segment {found['remittance_segment']:,}"),
    )
    return pd.DataFrame(rows, columns=["fact", "entry", "payment"])


def _text(value: str | None) -> str:
    return "Not stated" if not value else str(value)
