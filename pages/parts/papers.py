"""Documents of an account: papers sent and added, the explanation to print, and the files behind it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data_access.documents.paper import explanation_pdf
from data_access.queries import statements
from data_access.queries.account import Account360
from data_access.queries.table import ColumnSpec
from data_access.work import documents
from data_access.work.activities import Incomplete
from data_access.work.office import office
from pages.parts import recording, store, tables, who
from pages.parts.text import bold, day, plain


def print_explanation(found: Account360) -> None:
    """The explanation on paper, for accounts with a balance of the patient's."""
    account_id = int(found.head["account_id"])
    if found.head["patient_balance"] <= 0:
        return

    def paper() -> bytes:
        rules, today = store.fresh(office), date.today()
        (said,) = store.fresh(statements.statements, [account_id], today, rules)
        return explanation_pdf(said, rules, today, store.synthetic())

    st.download_button(
        "Print it",
        data=paper,
        file_name=f"explanation-{date.today().isoformat()}.pdf",
        mime=documents.PDF,
        icon=":material/print:",
        on_click="ignore",
    )


def show(found: Account360) -> None:
    """Papers sent and added, newest first; adding one; and the files the account was read from."""
    account_id = int(found.head["account_id"])
    person_id = who.me()
    _add(account_id, person_id)
    rows = store.fresh(documents.papers, account_id)
    if not rows:
        st.caption("No paper was sent from here or added yet.")
    for row in rows:
        _paper(row, person_id)
    told = found.statements
    if len(told):
        frame = pd.DataFrame({"posted_on": told["posted_on"], "file_name": told["file_name"]})
        columns = [ColumnSpec("posted_on", "Statement sent", "date"), ColumnSpec("file_name", "Source file")]
        tables.grid(frame, columns, "Statements the billing system sent")
    _sources(found)


def _add(account_id: int, person_id: int | None) -> None:
    nobody = who.needed(person_id)
    with st.popover("Add a paper", icon=":material/attach_file:", disabled=bool(nobody), help=nobody):
        with st.form(f"paper-{account_id}", border=False, clear_on_submit=True):
            body = st.file_uploader("File", help="A letter, a scan, an answer of the payer; 10 MB at most.")
            words = st.text_input("What it is")
            wanted = st.form_submit_button("Add", type="primary")
        if wanted and body is None:
            st.warning("Choose a file first.")
        elif wanted and person_id is not None:
            try:
                documents.attach(store.engine(), account_id, person_id, body.name, body.getvalue(), words)
            except Incomplete as error:
                st.warning(plain(error))
            else:
                st.rerun()


def _paper(row: documents.Paper, person_id: int | None) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        what = "Statement" if row.kind == "statement" else row.note or "Paper"
        st.markdown((f"~~{plain(what)}~~ (taken back)" if row.taken_back else bold(what)) + f" · {day(row.day)}")
        st.download_button(
            plain(row.file_name),
            data=lambda: store.fresh(documents.body, row.document_id),
            file_name=row.file_name,
            mime=row.media_type,
            icon=":material/download:",
            on_click="ignore",
            key=f"paper-{row.document_id}",
        )
        can = person_id is not None and not row.taken_back
        if can and st.button("Take back", icon=":material/undo:", type="tertiary", key=f"unpaper-{row.document_id}"):
            recording.take_back(row.activity_id, int(person_id or 0))


def _sources(found: Account360) -> None:
    parts = [("Claim", found.claims), ("Remittance", found.payments), ("Billing system", found.statements)]
    files = sorted({(name, what) for what, frame in parts for name in frame["file_name"].dropna()})
    if files:
        frame = pd.DataFrame(files, columns=["file_name", "what"])
        columns = [ColumnSpec("what", "What"), ColumnSpec("file_name", "Source file")]
        tables.grid(frame, columns, "Files this account was read from")
