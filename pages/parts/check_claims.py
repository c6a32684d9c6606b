"""Checking claims before they are sent, on the Import page: the file is looked at, not loaded."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data_access.claim_check.report import Report, check_file, findings_csv
from data_access.ingest.rows import CutOff, NotX12
from data_access.queries.table import ColumnSpec
from pages.parts import store, tables
from pages.parts.text import counted, plain

COLUMNS = [
    ColumnSpec("segment_no", "Segment", "count"),
    ColumnSpec("account_number", "Account"),
    ColumnSpec("claims", "Claims", "count"),
    ColumnSpec("severity", "Severity"),
    ColumnSpec("rule", "Rule"),
    ColumnSpec("why", "Why"),
    ColumnSpec("mend", "How to mend it"),
]


def show() -> None:
    """The file to check, and what was found."""
    st.markdown("Give an 837 that is about to be sent, and see what would come back. Nothing of it is loaded or kept.")
    file = st.file_uploader("837 to check", label_visibility="collapsed", key="claims-to-check", max_upload_size=2048)
    if file is None:
        return
    try:
        with st.spinner("Checking the claims"):
            found = check_file(store.engine(), file, date.today())
    except (NotX12, CutOff) as error:
        st.warning(plain(error))
        return
    _result(found, file.name)


def _result(found: Report, name: str) -> None:
    are = "is" if found.clean == 1 else "are"
    st.markdown(
        f"#### {found.clean:,} of {counted(found.claims, 'claim')} {are} clean by these checks; "
        f"{found.with_errors:,} would come back."
    )
    st.caption(
        "Errors are what a clearinghouse or payer refuses; warnings are what this payer denied before, by your own "
        "remittances of the last year. Clean means clean by these checks: no payer is bound by them."
    )
    if not found.findings:
        return
    st.download_button(
        "Export CSV",
        data=lambda: findings_csv(found.findings),
        file_name=f"{name}-findings.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    frame = pd.DataFrame({column.name: [getattr(one, column.name) for one in found.findings] for column in COLUMNS})
    frame["rule"] = frame["rule"].str.capitalize()
    tables.grid(frame, COLUMNS, "Findings, in order of the file")
