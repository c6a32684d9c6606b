"""Account: everything about one account on one screen, down to the source lines."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import streamlit as st

from data_access import export
from data_access.filters import Filters
from data_access.queries import account, account_lines
from data_access.queries.account import Account360, NoSuchAccount
from data_access.queries.account_coverage import Coverage
from data_access.queries.explain import explain
from data_access.queries.story import story
from data_access.queries.table import ColumnSpec
from data_access.work import activities
from data_access.work.activities import Done
from pages.parts import coverage_panel, desk, entry, link, papers, pay, recording, states, store, tables, who
from pages.parts.text import bold, day, money, name_of, opening, plain


def back() -> None:
    """The way back to the view one came from."""
    came_from = st.query_params.get("from", "accounts")
    if st.button("Back", icon=":material/arrow_back:", type="tertiary"):
        screen = came_from if came_from in entry.PAGES else "accounts"
        link.follow(screen, link.of_list() | link.of_this_screen())


def head(found: Account360, covered: Coverage | None) -> None:
    """Who owes what, and the dates that matter."""
    row = found.head
    opening(found.sentence)
    person = ", ".join(part for part in (row["last_name"], row["first_name"]) if part) or "Patient not named"
    born = f", born {day(row['birth_date'])}" if row["birth_date"] else ""
    st.caption(
        plain(
            f"Account {row['account_number']} · {person}{born} · {row['facility'] or 'facility not stated'} · "
            f"{row['department']} · {row['provider'] or 'provider not stated'} · {row['payer'] or 'Self-pay'}"
            + (f", then {row['second_payer']}" if row["second_payer"] else "")
        )
    )
    with st.container(horizontal=True):
        for name, column in (
            ("Charges", "charge"),
            ("Insurance paid", "insurance_payments"),
            ("Patient paid", "patient_payments"),
            ("Adjusted", "adjustments"),
            ("Insurance owes", "insurance_balance"),
            ("Patient owes", "patient_balance"),
            ("Denied, standing", "denied"),
        ):
            st.metric(name, money(row[column]), border=True, width=167)
    dates = {
        "Service": row["service_from"],
        "First sent": row["first_submitted_on"],
        "Last sent": row["last_submitted_on"],
        "Last answer": row["last_remit_on"],
        "Patient's since": row["patient_since"],
        "First statement": row["first_statement_on"],
        "Last payment": row["last_payment_on"],
    }
    st.markdown(" · ".join(f"{name} **{day(value)}**" for name, value in dates.items() if value is not None))
    coverage_panel.sentence(covered)


LEDGER = [
    ColumnSpec("posted_on", "Posted on", "date"),
    ColumnSpec("entry_type", "Entry"),
    ColumnSpec("side", "Side"),
    ColumnSpec("payer", "Payer"),
    ColumnSpec("amount", "Amount", "money"),
    ColumnSpec("balance", "Balance", "money"),
    ColumnSpec("reason", "Reason"),
    ColumnSpec("method", "Method"),
    ColumnSpec("file_name", "Source file"),
]
LINES = [
    ColumnSpec("line_no", "Line", "count"),
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("procedure_code", "Procedure"),
    ColumnSpec("modifiers", "Modifiers"),
    ColumnSpec("revenue_code", "Revenue code"),
    ColumnSpec("units", "Units", "count"),
    ColumnSpec("charge", "Charge", "money"),
]
ANSWERS = [
    ColumnSpec("stated_on", "Day", "date"),
    ColumnSpec("answered_by", "By"),
    ColumnSpec("reason", "What was said", "claim_status"),
    ColumnSpec("message", "In their words"),
    ColumnSpec("payer_claim_number", "Payer's number"),
    ColumnSpec("file_name", "Source file"),
]
PAYMENT_LINES = [
    ColumnSpec("service_from", "Service date", "date"),
    ColumnSpec("procedure_code", "Procedure"),
    ColumnSpec("modifiers", "Modifiers"),
    ColumnSpec("charge", "Billed", "money"),
    ColumnSpec("expected", "Expected", "money"),
    ColumnSpec("allowed", "Allowed", "money"),
    ColumnSpec("paid", "Paid", "money"),
    ColumnSpec("denied", "Denied", "money"),
    ColumnSpec("outcome", "Outcome"),
    ColumnSpec("measured_by", "Expected by"),
]
ADJUSTMENTS = [
    ColumnSpec("procedure_code", "Procedure"),
    ColumnSpec("group_code", "Group"),
    ColumnSpec("carc", "Reason"),
    ColumnSpec("label", "What it means"),
    ColumnSpec("adjustment_class", "Class"),
    ColumnSpec("category", "Denial category"),
    ColumnSpec("remark_codes", "Remarks"),
    ColumnSpec("amount", "Amount", "money"),
]


def source(load_id: int, first: int, last: int, file_name: str, key: str) -> None:
    """The very segments a row came from, read only when asked for."""
    if st.toggle(f"Show source: {plain(file_name)}, segments {first:,} to {last:,}", key=key):
        lines = store.fresh(account.source_segments, load_id, first, last)
        st.code(
            "\n".join(f"{number:>7}  {text}" for number, text in lines) or "The source was not kept.", language=None
        )


def answered(found: Account360, claim_id: int) -> None:
    """What became of a claim before it was adjudicated."""
    for row in found.progress[found.progress["claim_id"] == claim_id].to_dict("records"):
        steps = {
            "File answered": row["file_answered_on"],
            "Clearinghouse": row["clearinghouse_on"],
            "Payer": row["payer_on"],
            "Rejected": row["rejected_on"],
            "Sent again": row["resent_on"],
        }
        told = [f"{name} **{day(on)}**" for name, on in steps.items() if not pd.isna(on)]
        left = "" if pd.isna(row["filing_deadline"]) or not row["state"].endswith("rejected") else "File by "
        told += [f"{left}**{day(row['filing_deadline'])}**"] if left else []
        st.markdown(" · ".join([f"Now: {bold(name_of(row['state']))}", *told]))
    said = found.answers[found.answers["claim_id"] == claim_id]
    if len(said):
        tables.grid(said, ANSWERS, "What clearinghouse and payer said")


def claims(found: Account360) -> None:
    """Claims with their lines."""
    if found.claims.empty:
        st.caption("No claim was sent for this account.")
        return
    lines = store.fresh(account_lines.billed, found)
    for row in found.claims.to_dict("records"):
        order = {1: "Primary", 2: "Secondary", 3: "Tertiary"}.get(row["sequence"], "Claim")
        kind = {"7": ", replacement", "8": ", void"}.get(row["frequency_code"], "")
        with st.container(border=True):
            st.markdown(
                f"**{order} claim{kind}** to "
                + plain(
                    f"{row['payer']}, sent {day(row['submitted_on'])} · "
                    f"{money(row['charge'])} · {name_of(row['chain_role'])}{first_answer(row)}"
                )
            )
            answered(found, row["claim_id"])
            tables.grid(lines[lines["claim_id"] == row["claim_id"]], LINES, "Service lines")
            source(row["load_id"], row["segment_no"], row["last_segment"], row["file_name"], f"c{row['claim_id']}")


def first_answer(claim: dict) -> str:
    """What the payer answered first, where it did."""
    said = claim["initial_outcome"]
    return f" · first answer {name_of(said).lower()}" if isinstance(said, str) else ""


def interest(payment: dict) -> str:
    """What the payer says it paid for being late; the money is in the remittance, on no claim."""
    said = payment["interest"]
    return "" if pd.isna(said) or not said else f", and by its word {money(said)} of interest beside it"


def payments(found: Account360) -> None:
    """Claim payments with lines and adjustments."""
    if found.payments.empty:
        st.caption("No remittance has named this account.")
        return
    told = store.fresh(account_lines.as_paid, found)
    for row in told.payments.to_dict("records"):
        with st.container(border=True):
            posted = (
                "" if row["match_status"] == "confirmed" else " · :orange[not posted: somebody must confirm the claim]"
            )
            expected = f", expected {money(row['expected'])}" if row["expected"] is not None else ""
            st.markdown(
                f"{bold(row['status'])} · "
                + plain(
                    f"{row['payer_name']}, {day(row['paid_on'])}, trace {row['trace_number']} · "
                    f"billed {money(row['charge'])}{expected}, allowed {money(row['allowed'])}"
                )
                + f", paid {bold(money(row['paid']))}{plain(interest(row))}{posted}"
            )
            lines = told.lines[told.lines["claim_payment_id"] == row["claim_payment_id"]]
            if len(lines):
                tables.grid(lines, PAYMENT_LINES, "Lines as paid")
            adjusted = told.adjustments[told.adjustments["claim_payment_id"] == row["claim_payment_id"]]
            if len(adjusted):
                tables.grid(adjusted, ADJUSTMENTS, "Adjustments")
            st.caption(f"Matched by: {plain(row['match_reason'])}.")
            key = f"p{row['claim_payment_id']}"
            source(row["load_id"], row["segment_no"], row["last_segment"], row["file_name"], key)


def explained(found: Account360) -> None:
    """The patient's view of the balance, adding up to the cent."""
    posted = found.payments[(found.payments["match_status"] == "confirmed") & ~found.payments["reversed"].fillna(False)]
    adjustments = store.fresh(account_lines.adjusted, found)
    adjustments = adjustments[adjustments["claim_payment_id"].isin(posted["claim_payment_id"])]
    lines = explain(found.head, found.ledger.to_dict("records"), adjustments.to_dict("records"))
    rows = "\n".join(
        f"| {style(line.words)} | {style(money(line.amount))} |"
        for line, style in ((line, bold if line.total else plain) for line in lines)
    )
    st.markdown(f"| | Amount |\n|:--|--:|\n{rows}")
    papers.print_explanation(found)


def contacts(found: Account360, done: Done, names: desk.Names) -> None:
    """What was recorded, and what became of promises."""
    pay.promised(found, done.history)
    desk.history(done.history, names)


STORY = [
    ColumnSpec("day", "Day", "date"),
    ColumnSpec("what", "What happened"),
    ColumnSpec("amount", "Amount", "money"),
    ColumnSpec("detail", "More"),
]


def told(found: Account360, done: Done, names: desk.Names) -> None:
    """Everything that happened, newest first."""
    listed("account_story", "All that happened to the account, newest first", story(found, done.history, names), STORY)


def ledger(found: Account360) -> None:
    """What was posted, with the balance after each entry."""
    listed("account_ledger", "Ledger with running balance", found.ledger, LEDGER)


def listed(name: str, title: str, frame: pd.DataFrame, columns: list[ColumnSpec]) -> None:
    """A table of the account, to look at and to take along."""
    tables.grid(frame, columns, title)
    filters = Filters.of_ninety_days(date.today())
    tables.export_button(export.FrameReport(name, title, frame, tuple(columns)), filters, name)


def views(covered: Coverage | None, done: Done, names: desk.Names) -> dict[str, Callable[[Account360], None]]:
    """What can be shown of the account, by its name."""
    return {
        "Story": lambda found: told(found, done, names),
        "Explained": explained,
        "Ledger": ledger,
        "Claims and lines": claims,
        "Remittances and adjustments": payments,
        "Contacts": lambda found: contacts(found, done, names),
        "Coverage": lambda _: coverage_panel.show(covered, source),
        "Documents": papers.show,
    }


def main() -> None:
    """Draw the screen."""
    bar = st.container(horizontal=True, vertical_alignment="center")
    with bar:
        back()
    asked = st.query_params.get("account", "")
    with states.guarded("The account"):
        if not asked.isdecimal():
            st.info("Open an account from a list, or by its link.")
            return
        try:
            found = store.fresh(account.load_account, int(asked))
        except NoSuchAccount as error:
            st.info(plain(error))
            return
        with bar:
            person_id = desk.bar(int(asked))
        covered = coverage_panel.read(found.head)
        head(found, covered)
        done = store.fresh(activities.done, int(asked))
        names = who.names() if done.history else {}  # whoever it names did something
        recording.remember(int(asked), done.state)
        desk.show(found, done, names, person_id)
        shown = views(covered, done, names)
        view = st.segmented_control(
            "Show", list(shown), default="Story", key="show", required=True, label_visibility="collapsed"
        )
        shown[view](found)


entry.required()
main()
