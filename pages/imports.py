"""Import: what was loaded, and what was wrong with it?"""

import getpass
from datetime import date

import pandas as pd
import streamlit as st

from data_access.filters import Filters
from data_access.ingest import csv_import
from data_access.ingest.loader import LoadResult, load_sources
from data_access.ingest.undo import CannotUndo, taken_back, undo
from data_access.ingest.uploads import sources_of
from data_access.queries import imports, posted_twice
from data_access.queries.payments import unapplied_table
from data_access.queries.table import ColumnSpec
from pages.parts import check_claims, decide, entry, states, store, tables
from pages.parts.text import bold, counted, money, name_of, plain

RESULT = [
    ColumnSpec("file", "File"),
    ColumnSpec("kind", "Kind"),
    ColumnSpec("status", "Outcome"),
    ColumnSpec("claims", "Claims or rows", "count"),
    ColumnSpec("charge", "Amount", "money"),
    ColumnSpec("paid", "Paid", "money"),
    ColumnSpec("balanced", "In balance"),
    ColumnSpec("reason", "Why"),
    ColumnSpec("warnings", "Warnings", "count"),
]
HISTORY = [
    ColumnSpec("load_id", "Load", "count"),
    ColumnSpec("loaded_at", "Loaded (UTC)"),
    ColumnSpec("file_name", "File"),
    ColumnSpec("kind", "Kind"),
    ColumnSpec("status", "Outcome"),
    ColumnSpec("claims", "Claims or rows", "count"),
    ColumnSpec("charge", "Amount", "money"),
    ColumnSpec("paid", "Paid", "money"),
    ColumnSpec("balanced", "In balance"),
    ColumnSpec("problems", "Problems", "count"),
    ColumnSpec("reason", "Why"),
]


def own_files() -> None:
    """How one's own files are loaded, which the synthetic practice takes none of."""
    st.info(
        "This is the synthetic practice: it takes no real files. Load yours from a shell, as below. They go into a "
        "database of their own, and from then on the dashboard shows that one, unless DATABASE_URL names another.",
        icon=":material/science:",
    )
    st.code("python -m data_access load FOLDER", language="shell")


def upload() -> None:
    """Files in, a summary out."""
    st.markdown("Drop in 837 claims, 835 remittances, CSV files of the billing system, or zips of them.")
    turn = st.session_state.get("upload_turn", 0)
    files = st.file_uploader(
        "Files", accept_multiple_files=True, key=f"upload-{turn}", label_visibility="collapsed", max_upload_size=2048
    )
    if st.button("Load", type="primary", disabled=not files) and files:
        bar, done = st.progress(0.0, "Loading"), []

        def progress(result: LoadResult) -> None:
            done.append(result)
            bar.progress(
                min(1.0, len(done) / max(len(files), len(done))),
                plain(f"{result.file}: {name_of(result.status).lower()}"),
            )

        with sources_of([(file.name, file) for file in files]) as sources:
            st.session_state["loaded"] = load_sources(store.engine(), sources, getpass.getuser(), progress)
        st.session_state["upload_turn"] = turn + 1
        st.rerun()
    results = st.session_state.get("loaded")
    if results:
        summary(results)


def summary(results: list[LoadResult]) -> None:
    """What became of the files just loaded."""
    good = sum(result.status in ("loaded", "partly_loaded") for result in results)
    st.markdown(f"**{good} of {counted(len(results), 'file')} loaded**")
    rows = [vars(result) | {"balanced": _yes(result.balanced), "warnings": len(result.warnings)} for result in results]
    tables.grid(pd.DataFrame(rows), RESULT, "Files just loaded")
    for result in results:
        for warning in result.warnings[:5]:
            st.caption(f":material/warning: {plain(f'{result.file}: {warning}')}")


def _yes(value: bool | None) -> str:
    return "" if value is None or pd.isna(value) else "Yes" if value else "No"


def history() -> None:
    """Loads with their problems; a load can be taken back."""
    frame = store.read(imports.history)
    if frame.empty:
        st.caption("Nothing was loaded yet.")
        return
    shown = frame.assign(
        loaded_at=[f"{value:%d %b %Y %H:%M}" for value in frame["loaded_at"]],
        balanced=[_yes(value) for value in frame["balanced"]],
    )
    st.caption("Choose a load to see its problems, or to take it back.")
    key = f"history-{frame['load_id'].iloc[0]}"  # a new load moves the rows: what was chosen by its place is not kept
    event = tables.grid(shown, HISTORY, "Loads, newest first", key=key, on_select="rerun", selection_mode="single-row")
    rows = event.selection.rows if event else []
    if rows:
        one_load(frame.iloc[rows[0]])


def one_load(row: pd.Series) -> None:
    """The problems of one load, and undo."""
    load_id = int(row["load_id"])
    found = store.read(imports.problems, load_id)
    name = bold(f"Load {load_id}, {row['file_name']}")
    st.markdown(f"{name}: {counted(len(found), 'problem')}")
    if len(found):
        columns = [
            ColumnSpec("severity", "Severity"),
            ColumnSpec("transaction_no", "Transaction", "count"),
            ColumnSpec("segment_no", "Segment or row", "count"),
            ColumnSpec("code", "Code"),
            ColumnSpec("message", "What is wrong, and what to do"),
        ]
        tables.grid(found, columns, "Problems of the load")
    if row["status"] not in ("loaded", "partly_loaded"):
        return
    with st.popover("Take this load back", icon=":material/undo:"):
        st.markdown("Everything it brought is taken out, and every account it touched is posted again.")
        if st.button(f"Yes, take load {load_id} back", type="primary"):
            try:
                holders = undo(store.engine(), load_id)
            except CannotUndo as error:
                st.warning(plain(error))
            else:
                st.toast(plain(taken_back(load_id, holders)))
                st.rerun()


def waiting() -> None:
    """Payments not on an account, and transactions held aside."""
    decide.outcome()
    decide.to_decide()
    decide.decided()
    found = store.read(imports.unapplied)
    if not found.payments:
        st.caption("Every payment is on an account.")
    else:
        st.markdown(
            f"{bold(money(found.amount))} "
            + plain(
                f"in {counted(found.payments, 'payment')} is on no account; "
                f"{found.probable:,} of them ({money(found.probable_amount)}) share an account number with a claim, "
                "but too little else agrees; "
                f"{found.set_aside:,} ({money(found.set_aside_amount)}) were set aside by a person."
            )
        )
        # of payments that came before their claims nothing is posted yet
        filters = Filters.of_ninety_days(store.freshness().newest or date.today())
        tables.show(unapplied_table(filters, everything=True), filters, "unapplied", "imports")
    twice()
    conflicts = store.read(imports.conflicts)
    if len(conflicts):
        held = f"{counted(len(conflicts), 'transaction')} {'is' if len(conflicts) == 1 else 'are'} held aside"
        st.markdown(f"**{held}**: same key as one loaded, other contents.")
        columns = [
            ColumnSpec("kind", "Kind"),
            ColumnSpec("held_file", "Held aside"),
            ColumnSpec("held_charge", "Charge", "money"),
            ColumnSpec("held_paid", "Paid", "money"),
            ColumnSpec("kept_file", "Loaded before"),
            ColumnSpec("kept_charge", "Its charge", "money"),
            ColumnSpec("kept_paid", "Its paid", "money"),
        ]
        tables.grid(conflicts, columns, "Transactions held aside beside the loaded ones")


def twice() -> None:
    """Payments posted by hand that a remittance may hold as well, and the way to deciding on them."""
    amount, number = store.read(posted_twice.waiting)
    if not number:
        return
    payments = counted(number, "payment")
    st.markdown(f"{bold(money(amount))} in {payments} posted by hand may be in a remittance as well and count twice.")
    st.page_link(
        entry.PAGES["reconciliation"],
        label="Decide on Reconciliation, Posted by hand",
        icon=":material/call_split:",
        query_params={"view": "Posted by hand"},
    )


def templates() -> None:
    """The CSV files: columns and templates, from the one description of them."""
    for kind in csv_import.KINDS.values():
        st.markdown(f"**{kind.kind}.csv**: {kind.title}")
        rows = [
            {"column": column.name, "needed": "Yes" if column.required else "", "meaning": column.meaning}
            for column in kind.columns
        ]
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            height="content",
            column_config={"column": "Column", "needed": "Needed", "meaning": "What it holds"},
        )
        st.download_button(
            f"Template of {kind.kind}.csv",
            csv_import.template(kind.kind),
            f"{kind.kind}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )


VIEWS = {
    "Load files": upload,
    "History": history,
    "Waiting": waiting,
    "Check claims": check_claims.show,
    "CSV formats": templates,
}


def main() -> None:
    """Draw the screen."""
    view = st.segmented_control(
        "Show",
        list(VIEWS),
        default="Load files",
        key="show",
        required=True,
        label_visibility="collapsed",
        bind="query-params",
    )
    with states.guarded("The loads"):
        if view == "Load files" and store.synthetic():
            own_files()
            return
        VIEWS[view]()


entry.required()
main()
