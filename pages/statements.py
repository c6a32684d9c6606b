"""Statements: which patients are to be told what they owe, and what was sent?"""

import io
from datetime import date

import streamlit as st

from data_access.queries import statements as queries
from data_access.queries.table import totals
from data_access.work import statements
from data_access.work.activities import Incomplete
from data_access.work.office import Office, office
from pages.parts import entry, states, store, tables, who
from pages.parts.text import counted, money, opening, plain

filters = entry.filters()


def headline(due: int, amount: str) -> None:
    """What is due, in a sentence."""
    if not due:
        opening("No statement is due today.")
        return
    opening(f"{counted(due, 'account')} {'is' if due == 1 else 'are'} due for a statement, for {amount} in all.")


def send(person_id: int | None, due: int, amount: str) -> None:
    """Make and record all that are due under these filters, once asked for and confirmed."""
    rules = store.fresh(office)
    if not rules.is_named:
        st.info("Statements need the office's name and address first.")
        st.page_link("pages/administration.py", label="Set the letterhead", icon=":material/edit_document:")
        return
    if not due:
        return
    label = f"Make {counted(due, 'statement')}"
    nobody = who.needed(person_id)
    with st.popover(label, icon=":material/receipt_long:", type="primary", disabled=bool(nobody), help=nobody):
        st.markdown(
            plain(
                f"{counted(due, 'statement')} for {amount} in all, recorded as sent today: each account's clock starts."
            )
        )
        if st.button("Make and record", type="primary", disabled=person_id is None) and person_id is not None:
            make(person_id, rules)


def make(person_id: int, rules: Office) -> None:
    """Make and record the statements, with visible progress."""
    today = date.today()
    ids = store.fresh(queries.due_ids, filters, today, rules)
    bar = st.progress(0.0, "Making the statements")
    try:
        sent = statements.send(
            store.engine(),
            ids,
            person_id,
            rules,
            today,
            lambda done: bar.progress(done / len(ids), f"{done:,} of {len(ids):,} accounts"),
        )
    except Incomplete as error:
        st.warning(plain(error))
        return
    st.session_state["batch"] = sent.batch_id
    st.toast(plain(f"{counted(sent.count, 'statement')} for {money(sent.amount)} recorded as sent."))
    st.rerun()


def batches(person_id: int | None) -> None:
    """What was sent from here: the papers as a zip, and taking a batch back."""
    found = tables.show(queries.batches(), filters, "batches", "statements")
    if not found.total_rows:
        st.caption("Nothing was sent from here yet. Statements of the billing system count for the cycle too.")
        return
    standing = [int(row["batch_id"]) for row in found.frame.to_dict("records") if row["standing"]]
    if not standing:
        return
    newest = st.session_state.get("batch")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = standing.index(newest) if newest in standing else 0
        batch = st.selectbox("Batch", standing, index=at, width=140)
        st.download_button(
            "Download its papers",
            data=lambda: _zipped(batch),
            file_name=f"statements-{batch}.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            on_click="ignore",
        )
        nobody = who.needed(person_id)
        with st.popover("Take the batch back", icon=":material/undo:", disabled=bool(nobody), help=nobody):
            st.markdown("Do this when the papers were not sent: the clock runs on as if they had never been made.")
            if st.button("Take it back", type="primary") and person_id is not None:
                _take_back(batch, person_id)


def _zipped(batch: int) -> bytes:
    target = io.BytesIO()
    statements.write_zip(store.engine(), batch, target)
    return target.getvalue()


def _take_back(batch: int, person_id: int) -> None:
    try:
        count = statements.take_back(store.engine(), batch, person_id, date.today())
    except Incomplete as error:
        st.warning(plain(error))
        return
    st.toast(f"{counted(count, 'statement')} taken back.")
    st.rerun()


def main() -> None:
    """Draw the screen."""
    with states.guarded("Statements"):
        report = queries.due(filters, date.today(), store.fresh(office))
        count, sums = store.fresh(totals, report.without_phi)
        headline(count, money(sums["owes"]))
        with st.container(horizontal=True, vertical_alignment="center"):
            person_id = who.choose()
            send(person_id, count, money(sums["owes"]))
        if count:
            tables.show(report, filters, "statements", "statements")
        st.caption(
            "Due: the patient owes at least the smallest amount set, nothing holds the account, no payment plan runs, "
            "and a day of the cycle was reached without a statement. What is due is as of today."
        )
        batches(person_id)


main()
