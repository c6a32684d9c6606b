"""Coverage: who was insured on the day of service, was it verified in time, whose failure was an eligibility denial?"""

from typing import Any

import pandas as pd
import streamlit as st

from data_access.queries import appointments, coverage, dimensions
from data_access.queries.coverage import CAUSES, STANDINGS, Served, Standing
from data_access.queries.measures import SMALL, ratio
from pages.parts import breakdown, charts, entry, selection, states, store, tables, theme, tiles
from pages.parts.text import counted, money, opening, words

BY = {dimensions.LABELS[name]: name for name in ("payer", "payer_type", "department", "facility", "provider")}
COLORS = {"active": "#2a9d8f", "inactive": theme.BAD, "other_payer_primary": "#b4508c", "not_verified": theme.BAD}
WHOSE = {"office": theme.SECOND, "payer": theme.MAIN}
_ACCOUNTS = (*dimensions.DIMENSIONS, "standing", "month")
_DENIALS = (*dimensions.DIMENSIONS, "cause")
KNOWN = selection.DIMENSIONS | {
    "standing": selection.one_of(STANDINGS),
    "month": selection.month,
    "cause": selection.one_of(CAUSES),
}

filters = entry.filters()


def nothing_asked() -> None:
    """No 270 or 271 is loaded: say what they are and where they come from."""
    with st.container(border=True):
        st.markdown("**No eligibility answer is loaded yet.**")
        st.markdown(
            "Load the payers' eligibility responses (271), and the inquiries (270) to know what was not answered. "
            "Clearinghouses and practice systems keep them beside claims and remittances."
        )
        st.page_link("pages/imports.py", label="Open Import", icon=":material/upload_file:")


def served() -> Served:
    """The accounts served, by what is chosen over the chart of rates."""
    return store.read(coverage.served, filters, breakdown.chosen(BY))


def headline(standings: list[Standing], causes: pd.DataFrame) -> None:
    """One sentence, and the figures behind it."""
    rate = served().verification()
    counts = {one.key: one.accounts for one in standings}
    denied, amount = (int(causes["claims"].sum()), causes["amount"].sum()) if len(causes) else (0, None)
    ours = int(causes.loc[causes["whose"] == "office", "claims"].sum()) if len(causes) else 0
    text = f"{words(rate.value, 'percent')} of {rate.n:,} insured accounts were verified in time"
    never = counts.get("not_verified", 0)
    if never:
        text += f"; {never:,} {'was' if never == 1 else 'were'} never checked"
    if denied:
        text += f". {denied:,} {'claim was' if denied == 1 else 'claims were'} denied for eligibility; "
        text += f"the office could have prevented {ours:,}"
    opening(f"{text}.")
    ahead, doubtful = store.read(appointments.count, filters)
    with st.container(horizontal=True):
        tiles.measure(rate, f"{rate.numerator:,.0f} of {counted(rate.n, 'account')}", 205)
        for key in ("not_verified", "too_early", "inactive", "other_payer_primary"):
            tiles.plain_tile(STANDINGS[key], f"{counts.get(key, 0):,}", note="accounts", width=163)
        tiles.plain_tile("Denied for eligibility", f"{denied:,}", note=money(amount) if denied else "", width=163)
        if ahead:
            tiles.plain_tile("Appointments ahead", f"{ahead:,}", note=f"{doubtful:,} not active", width=163)


def left_out() -> None:
    """Say how many accounts no figure of this screen counts."""
    number = store.read(coverage.left_out, filters)
    if number:
        st.caption(
            f":material/info: {counted(number, 'account')} of workers' compensation, auto and liability insurers "
            f"{'is' if number == 1 else 'are'} left out: such insurers answer no eligibility inquiries."
        )


def standing_chart(standings: list[Standing]) -> None:
    """Accounts by what is known of their coverage."""
    counts = [one.accounts for one in standings]
    texts = [f"{count:,} ({words(ratio(count, sum(counts)), 'percent')})" for count in counts]
    colors = [COLORS.get(one.key, theme.SECOND) for one in standings]
    marks: list[Any] = [{"standing": one.key} for one in standings]
    plot, chosen = charts.bars([one.label for one in standings], counts, marks, texts=texts, color=colors)
    title = "Insured accounts served, by what was known of their coverage"
    charts.show(plot, "coverage-standing", title, title, chosen)


def by_dimension() -> None:
    """The rate by payer and the like, most accounts missed first."""
    by = breakdown.choice(BY)
    every = served().verification_by()
    frame = every.head(12)
    texts = [
        f"{words(value, 'percent')} · {missed:,} of {n:,}" + (" · small numbers" if n < SMALL else "")
        for value, missed, n in zip(frame["value"], frame["missed"], frame["n"], strict=True)
    ]
    marks = [{by: key} for key in frame["key"]]
    plot, chosen = charts.bars(list(frame["label"]), list(frame["value"]), marks, percent=True, texts=texts)
    title = charts.part_of("Verified in time, and accounts missed", frame, every, "most accounts missed")
    charts.show(plot, f"coverage-by-{by}", title, f"Verification rate by {by}", chosen)


def over_time() -> None:
    """The rate by month of service."""
    frame = served().verification_over_time()
    marks = {"Verified in time": [{"month": month} for month in frame["month"]]}
    plot, chosen = charts.lines({"Verified in time": (frame["month"], frame["value"])}, marks, height=280)
    partial = ", the last month not over yet" if frame["partial"].any() else ""
    title = f"Verified in time, by month of service{partial}"
    charts.show(plot, "coverage-time", title, title, chosen)


def cause_chart(frame: pd.DataFrame) -> None:
    """Eligibility denials by the last check before them."""
    if frame.empty:
        st.markdown("**Eligibility denials**: no claim was first denied for eligibility in this period.")
        return
    texts = [f"{count:,} · {money(amount)}" for count, amount in zip(frame["claims"], frame["amount"], strict=True)]
    marks = [{"cause": key} for key in frame["key"]]
    colors = [WHOSE[whose] for whose in frame["whose"]]
    plot, chosen = charts.bars(list(frame["label"]), list(frame["claims"]), marks, texts=texts, color=colors)
    title = "Eligibility denials by the last check before them"
    charts.show(plot, "coverage-causes", title, title, chosen)
    st.caption("Orange: the office could have prevented it. Blue: the payer had said active.")


def describe(chosen: dict[str, Any]) -> str:
    """A selection in words."""
    parts = []
    for name, value in chosen.items():
        if name == "month":
            parts.append(f"served in {value:%b %Y}")
        elif name == "standing":
            parts.append(STANDINGS[value].lower())
        elif name == "cause":
            parts.append(CAUSES[value][0].lower())
        else:
            parts.append(breakdown.named(name, value))
    return ", ".join(parts)


def accounts_table(chosen: dict[str, Any]) -> None:
    """The accounts behind the figures."""
    narrowed = {name: value for name, value in chosen.items() if name in _ACCOUNTS}
    report = coverage.table(filters, narrowed).narrowed_to(describe(narrowed))
    tables.show(report, filters, "coverage", "coverage")


def denials_table(chosen: dict[str, Any]) -> None:
    """The eligibility denials."""
    narrowed = {name: value for name, value in chosen.items() if name in _DENIALS}
    report = coverage.denials_table(filters, narrowed).narrowed_to(describe(narrowed))
    tables.show(report, filters, "eligibility", "coverage")


def main() -> None:
    """Draw the screen."""
    if not store.read(coverage.anything_asked):
        nothing_asked()
        return
    with states.guarded("The coverage figures"):
        standings, causes = served().standings(), store.read(coverage.causes, filters)
        if not standings:
            states.no_match("No insured account to verify was served in this period")
            left_out()
            return
        headline(standings, causes)
        left_out()
        left, right = st.columns(2, gap="medium")
        with left:
            standing_chart(standings)
            over_time()
        with right:
            by_dimension()
            cause_chart(causes)
    with states.guarded("The coverage tables"):
        chosen = selection.current(KNOWN)
        if chosen:
            selection.chip(describe(chosen), "the rows below are those of the mark")
        parts = [accounts_table, denials_table]
        for part in reversed(parts) if "cause" in chosen else parts:
            part(chosen)
        if store.read(appointments.count, filters)[0]:
            tables.show(appointments.table(filters), filters, "scheduled", "coverage")


main()
