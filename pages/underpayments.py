"""Underpayments: where did a payer pay less than its contract, what came back, and who paid late?"""

from datetime import date

import streamlit as st

from data_access.queries import late_payments, patterns, underpayments
from data_access.queries.patterns import Pattern
from data_access.queries.underpayments import Measured
from pages.parts import breakdown, charts, dispute, entry, selection, states, store, tables, theme, tiles
from pages.parts.text import bold, counted, day, money, opening, plain, words

BY = {"Payer": "payer", "Contract": "contract", "Procedure": "procedure"}
VIEWS = ("Underpaid lines", "Recovered lines", "Claims paid late", "Packet for a payer")
MOST_BARS = 12
KNOWN = selection.DIMENSIONS | {
    "contract": selection.or_none(selection.as_written),
    "procedure": selection.or_none(selection.as_written),
    "modifier": selection.as_written,
    "month": selection.month,
    "since": selection.day,
}

filters = entry.filters()


def yardstick() -> str:
    """What lines are measured by: asked for in the link, else the contract where there is one."""
    options = list(underpayments.YARDSTICKS)
    default = store.read(underpayments.default_yardstick)
    return st.segmented_control(
        "Measured by", options, default=default, key="measure", bind="query-params", required=True
    )


def measured(by: str) -> Measured:
    """The lines measured, by what is chosen over the chart of what is short."""
    return store.read(underpayments.measured, filters, by, breakdown.chosen(BY))


def headline(by: str) -> Measured:
    """One sentence, then the figures."""
    found = measured(by)
    lines, short_lines = found.total("lines"), found.total("short_lines")
    late = store.read(late_payments.summary, filters)
    what = {"Contract": "their contracts", "Usual amount": "what they usually allow"}.get(
        by, "their contracts or what they usually allow"
    )
    if not lines:
        text = "No line of this period can be measured"
        text += " under these filters" if filters.narrows else ": load contracts and fee schedules on the Import page"
    elif not short_lines:
        every = "the one line" if lines == 1 else f"all {lines:,} lines"
        text = f"Payers allowed what was expected on {every} measured by {what}"
    else:
        short = found.total("short")
        text = f"Payers allowed {money(short)} less than {what} on {short_lines:,} of {counted(lines, 'line')}"
        worst = found.breakdown("payer")
        share = words(worst["short"].iloc[0] / short, "percent")
        text += f"; {share} of it is {worst['label'].iloc[0]}'s"
    opening(f"{text}.")
    underpaid, rate, recovered = found.measures()
    payers = f"{counted(found.short_payers, 'payer')}, {counted(found.accounts, 'account')}"
    with st.container(horizontal=True):
        tiles.measure(underpaid, payers, 220)
        tiles.measure(rate, f"{short_lines:,} of {lines:,} measured", 220)
        tiles.measure(recovered, f"on {counted(recovered.n, 'line')}", 200)
        note = f"{counted(late.claims, 'claim')} paid late" if late.ruled else "no prompt-pay rule is stated"
        tiles.measure(late_payments.measure(late, filters), note, 230)
    return found


def in_words(found: Pattern, by: str) -> str:
    """A pattern as a person would say it, in Markdown."""
    rule = "what it usually allows" if by == "Usual amount" else "expected" if by == "Both" else "contract"
    often = "every" if found.lines == found.seen else "nearly every"
    before = "" if found.before else " (none was seen before)"
    return f"{bold(found.payer)}: " + plain(
        f"{often} {found.kind()} since {day(found.since)}{before} was allowed "
        f"{words(found.share, 'percent')} of {rule}: {found.lines:,} of {counted(found.seen, 'line')} in this period, "
        f"{money(found.short)} short"
    )


def told_patterns(by: str) -> None:
    """Kinds of lines that fell short from some day on, each with a way to its lines."""
    found = store.read(patterns.find, filters, by)
    st.markdown("**Patterns**")
    if not found:
        st.caption(
            "None: no kind of line changed from as expected to mostly short in the year up to this period's end."
        )
    for place, one in enumerate(found):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(in_words(one, by) + ".", width="stretch")
            st.button(
                "Show lines",
                key=f"pattern-{place}",
                type="tertiary",
                icon=":material/arrow_downward:",
                on_click=show_lines,
                args=(one,),
            )


def show_lines(found: Pattern) -> None:
    """Narrow the table to the lines of a pattern."""
    st.session_state["rows"] = VIEWS[0]
    selection.choose(found.selection)


def by_kind(by: str) -> None:
    """What is short by payer, contract or procedure."""
    chosen = breakdown.choice(BY)
    frame = measured(by).breakdown(chosen)
    shown = frame.head(MOST_BARS)
    texts = [
        f"{money(short)} · {counted(count, 'line')}"
        for short, count in zip(shown["short"], shown["short_lines"], strict=True)
    ]
    plot, marks = charts.bars(
        list(shown["label"]), list(shown["short"]), [{chosen: key} for key in shown["key"]], money=True, texts=texts
    )
    title = charts.part_of(f"Underpaid, by {chosen}", shown, frame)
    charts.show(plot, f"underpayments-by-{chosen}", title, title, marks)


def by_month(by: str) -> None:
    """What is short by month of first payment."""
    frame = measured(by).breakdown("month")
    plot = charts.figure(320)
    plot.add_bar(
        x=[f"{month:%b %Y}" for month in frame["key"]],
        y=charts.floats(frame["short"]),
        marker_color=theme.MAIN,
        customdata=[counted(lines, "line") for lines in frame["short_lines"]],
        hovertemplate="%{x}<br>%{y:$,.2f} on %{customdata}<extra></extra>",
    )
    plot.update_yaxes(tickformat="$~s", rangemode="tozero")
    plot.update_xaxes(type="category")
    title = "Underpaid, by month of first payment"
    charts.show(plot, "underpayments-month", title, title, [[{"month": month} for month in frame["key"]]])


def describe(chosen: dict) -> str:
    """A selection in words."""
    parts = []
    for name, value in chosen.items():
        if isinstance(value, date):
            parts.append(f"first paid {'since ' + day(value) if name == 'since' else f'in {value:%b %Y}'}")
        elif name == "modifier":
            parts.append(f"modifier {value}")
        elif name == "procedure":
            parts.append(value or "no procedure stated")
        elif name == "contract":
            parts.append(value or "measured by the usual amount")
        else:
            parts.append(breakdown.named(name, value))
    return ", ".join(parts)


def rows(by: str, found: Measured) -> None:
    """One view: charts and the rows behind them, or the packet of lines for a payer."""
    view = st.segmented_control(
        "Show",
        VIEWS,
        default=None if "rows" in st.session_state else VIEWS[0],  # a pattern's button sets it
        key="rows",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    if view == "Packet for a payer":
        dispute.offer()
    elif view == "Claims paid late":
        paid_late(selection.current(selection.DIMENSIONS))
    else:
        lines(by, found, selection.current(KNOWN), recovered=view == "Recovered lines")


def lines(by: str, found: Measured, chosen: dict, recovered: bool) -> None:
    """Underpaid lines under their charts, or those of which something came back."""
    if found.total("short_lines") and not recovered:
        left, right = st.columns(2, gap="medium")
        with left:
            by_kind(by)
        with right:
            by_month(by)
    if chosen:
        selection.chip(describe(chosen), "the rows below are the lines of the mark")
    state = {"state": "recovered"} if recovered else {}
    report = underpayments.table(filters, by, {**chosen, **state})
    report = report.narrowed_to("recovered lines" if recovered else "", f"measured by {by.lower()}")
    tables.show(report.narrowed_to(describe(chosen)), filters, "underpayments", "underpayments")
    if by != "Contract":
        st.caption("Where Measured by says usual amount, no contract tells: ask the payer before you dispute it.")


def paid_late(chosen: dict) -> None:
    """Interest by payer, and the claims behind it."""
    late = store.read(late_payments.summary, filters)
    if late.claims:
        bars = late.by_payer[:MOST_BARS]
        texts = [f"{money(one.claimable)} · {counted(one.claims, 'claim')}" for one in bars]
        marks = [{"payer": one.payer_id} for one in bars]
        names, interest = [one.payer for one in bars], [one.claimable for one in bars]
        plot, marked = charts.bars(names, interest, marks, money=True, texts=texts)
        title = charts.part_of("Interest claimable, by payer", bars, late.by_payer)
        charts.show(plot, "late-by-payer", title, title, marked)
    if chosen:
        selection.chip(describe(chosen), "the rows below are the claims of the mark")
    report = late_payments.table(filters, chosen).narrowed_to(describe(chosen))
    tables.show(report, filters, "late", "underpayments")
    st.caption(late_words(late))


def late_words(late: late_payments.LateSummary) -> str:
    """What is counted as late, and what is not netted."""
    if not late.ruled:
        return "No prompt-pay rule is stated: load prompt_pay.csv, or state one in Administration."
    text = "Only claims that were clean: settled on the first answer. The clock starts on the first submission."
    loose = store.read(late_payments.loose, filters)
    if loose:
        text += f" Payers also paid {money(loose)} of interest in this period without naming a claim; not netted."
    return plain(text)


def main() -> None:
    """Draw the screen."""
    with states.guarded("The underpayments"):
        by = yardstick()
        found = headline(by)
    with states.guarded("The patterns"):
        if found.total("short_lines"):
            told_patterns(by)
        elif not found.total("lines"):
            states.no_match("No paid line of this period could be measured")
    with states.guarded("The underpaid lines"):
        rows(by, found)


main()
