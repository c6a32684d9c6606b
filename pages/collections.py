"""Collections: what comes in against what should, how fast, from whom?"""

import streamlit as st

from data_access.dates import months_before
from data_access.queries import cash, collections, uncollected
from pages.parts import breakdown, charts, entry, link, selection, states, store, tables, theme, tiles
from pages.parts.text import counted, money, name_of, opening, plain, words

KNOWN = selection.DIMENSIONS | {
    "month": selection.month,
    "service_month": selection.month,
    "statement_month": selection.month,
    "first_paid": selection.one_of([True]),
    "became": selection.one_of(uncollected.BECAME),
    "source": selection.one_of(cash.SOURCES),
    "kind": selection.one_of(collections.WRITE_OFFS),
    "reason": selection.as_written,
}

#: Source of money on no account -> the tab of Reconciliation that lists it.
_VIEW_OF = {"unapplied": "Credits", "provider_level": "Provider-level"}

filters = entry.filters()


def headline() -> None:
    """One sentence, then the rates."""
    now = store.read(cash.of_period, filters)
    before = store.read(cash.of_period, filters.comparison())
    rate = store.read(collections.net_collection_rate, filters)
    change = now.numerator - before.numerator
    text = f"{words(now.value, 'money')} came in" if now.numerator else "No cash came in"
    if change:
        text += f", {words(abs(change), 'money')} {'more' if change > 0 else 'less'} than in the comparison period"
    if rate.value is not None:
        text += f"; {words(rate.value, 'percent')} of what mature months let expect is collected"
    opening(f"{text}.")
    posted, then = (store.read(collections.posted, period) for period in (filters, filters.comparison()))
    earlier = store.read(collections.net_collection_rate, filters.comparison())
    with st.container(horizontal=True):
        tiles.measure(now, money(now.value), 195, before, short=True)
        tiles.measure(rate, counted(rate.n, "account"), 168, earlier)
        tiles.measure(posted.net, "can pass 100 %", 178, then.net)
        tiles.measure(posted.point_of_service, tiles.parts(posted.point_of_service), 160, then.point_of_service)
        tiles.measure(posted.bad_debt, money(posted.bad_debt.numerator), 150, then.bad_debt)
        tiles.measure(posted.charity, money(posted.charity.numerator), 150, then.charity)
        tiles.measure(posted.avoidable, money(posted.avoidable.value), 180, then.avoidable, short=True)
    tiles.against(filters)
    if filters.narrows:
        st.caption("Under these filters only what is posted to accounts counts as cash.")


def cash_chart() -> None:
    """Cash by month and source over a year."""
    frame = store.read(cash.by_month, filters, months_before(filters.as_of, 12), filters.as_of)
    if frame.empty:
        states.no_match_that_day("No cash in the last year")
        return
    months = sorted(set(frame["month"]))
    names = {month: f"{month:%b %y}" for month in months}
    named = frame.assign(month=[names[month] for month in frame["month"]])
    chosen = {
        (names[month], source): {"source": source, "month": month}
        for month, source in zip(frame["month"], frame["source"], strict=True)
    }
    plot, marks = charts.stacked_bars(
        named,
        group="month",
        stack="source",
        value="amount",
        groups=[names[month] for month in months],
        stacks=[source for source in cash.SOURCES if source in set(frame["source"])],
        colors=theme.CASH,
        selections=chosen,
        labels=cash.SOURCES,
    )
    title = "Cash by month and source" + ("; the last month is not over" if filters.in_midst_of_month else "")
    charts.show(plot, "cash", title, title, marks)


def cohorts() -> None:
    """Collection rates by service month."""
    frame = store.read(collections.rate_cohorts, filters)
    if frame.empty:
        return
    series = {"Net": (frame["month"], frame["net"]), "Gross": (frame["month"], frame["gross"])}
    months = [{"service_month": month} for month in frame["month"]]
    plot, marks = charts.lines(series, {"Net": months, "Gross": months})
    young = frame[~frame["mature"].astype(bool)]
    if len(young):
        plot.add_vrect(
            x0=young["month"].iloc[0],
            x1=frame["month"].iloc[-1],
            fillcolor=theme.QUIET,
            opacity=0.15,
            line_width=0,
            annotation_text="not yet mature",
            annotation_position="top left",
        )
    charts.show(
        plot, "cohorts", "Collection rates by service month", "Net and gross collection rate by service month", marks
    )


def lag() -> None:
    """Payment lag by payer: quartiles as boxes."""
    payers = store.read(collections.payment_lag, filters)
    frame = payers.head(12)
    if frame.empty:
        return
    plot = charts.figure(max(300, 30 * len(frame) + 60))
    low = [float(value) for value in frame["q1"]]
    width = [float(high) - float(value) for high, value in zip(frame["q3"], frame["q1"], strict=True)]
    plot.add_bar(
        y=list(frame["label"]),
        x=width,
        base=low,
        orientation="h",
        marker_color=theme.MAIN,
        opacity=0.45,
        name="Middle half",
        hovertemplate="%{y}<br>middle half from %{base:.0f} days<extra></extra>",
    )
    for column, symbol, name in (("median", "line-ns-open", "Median"), ("p90", "diamond", "90th percentile")):
        plot.add_scatter(
            y=list(frame["label"]),
            x=[float(value) for value in frame[column]],
            mode="markers",
            name=name,
            marker={
                "symbol": symbol,
                "size": 12 if column == "median" else 8,
                "line": {"width": 2},
                "color": theme.SECOND,
            },
            hovertemplate="%{y}<br>" + name.lower() + ": %{x:.0f} days<extra></extra>",
        )
    charts.name_rows(plot, list(frame["label"]))
    plot.update_xaxes(ticksuffix=" d", rangemode="tozero")
    chosen = [{"payer": key, "first_paid": True} for key in frame["key"]]
    title = charts.part_of("Days from submission to first payment", frame, payers, "most claims paid")
    charts.show(plot, "lag", title, "Payment lag by payer", [chosen] * len(plot.data))


def patients() -> None:
    """Patient collection by first-statement month."""
    frame = store.read(collections.patient_cohorts, filters)
    if frame.empty:
        return
    months = [{"statement_month": month} for month in frame["month"]]
    series = {"Collected": (frame["month"], frame["value"])}
    plot, marks = charts.lines(series, {"Collected": months}, colors={"Collected": theme.SECOND})
    title = "Patient collection rate by month of first statement; recent months still pay"
    charts.show(plot, "patients", title, title, marks)


def write_offs() -> None:
    """Write-offs by kind and reason."""
    frame = store.read(collections.write_offs, filters)
    if frame.empty:
        states.no_match("Nothing was written off in the period")
        return
    labels = [
        label if reason == "not stated" else f"{name_of(reason)} ({label.split()[0].lower()})"
        for label, reason in zip(frame["label"], frame["reason"], strict=True)
    ]
    chosen = [{"kind": kind, "reason": reason} for kind, reason in zip(frame["kind"], frame["reason"], strict=True)]
    texts = [money(amount) for amount in frame["amount"]]
    colors = [theme.BAD if avoidable else theme.SECOND for avoidable in frame["avoidable"]]
    plot, marks = charts.bars(labels, list(frame["amount"]), chosen, money=True, texts=texts, color=colors)
    avoidable = sum(frame.loc[frame["avoidable"].astype(bool), "amount"])
    title = f"Write-offs: {money(sum(frame['amount']))}"
    title += f", of which {money(avoidable)} avoidable (red)" if avoidable else ""
    charts.show(plot, "write-offs", title, "Write-offs by kind and reason", marks)


def describe(chosen: dict) -> str:
    """A selection in words."""
    parts = []
    for name, value in chosen.items():
        if name == "month":
            parts.append(f"{value:%b %Y}")
        elif name == "service_month":
            parts.append(f"services of {value:%b %Y}")
        elif name == "statement_month":
            parts.append(f"first statements of {value:%b %Y}")
        elif name == "first_paid":
            parts.append("claims first paid in the period")
        elif name == "became":
            parts.append(f"{uncollected.BECAME[value]}, of services old enough to judge")
        elif name == "source":
            parts.append(cash.SOURCES[value])
        elif name == "kind":
            parts.append(collections.WRITE_OFFS[value])
        elif name == "reason":
            parts.append(name_of(value))
        else:
            parts.append(breakdown.named(name, value))
    return ", ".join(parts)


def behind(chosen: dict) -> str:
    """What the rows are: behind a rate, or a change that the Overview counts, they are not the sum of the mark."""
    if "first_paid" in chosen:
        return "are the claims of the mark"
    if "became" in chosen:
        return "are what was lost, as it stands now"
    if "service_month" in chosen or "statement_month" in chosen:
        return "are the payments behind the rate"
    return "add up to the mark" if chosen.keys() & {"month", "kind"} else "are this period's behind it"


def on_no_account() -> None:
    """What of the cash is not among the rows of payments on accounts, and where it is."""
    found = store.read(cash.on_no_account, filters)
    amount = sum(found.values())
    if not amount:
        return
    parts = [cash.SOURCES[source].lower() + (f" {money(of)}" if len(found) > 1 else "") for source, of in found.items()]
    st.caption(
        plain(
            f"Cash is {money(abs(amount))} {'more' if amount > 0 else 'less'} than these rows: that is on no account "
            f"({'; '.join(parts)})."
        )
    )
    for source in found:
        view = _VIEW_OF[source]
        link.way("reconciliation", f"Reconciliation, {view}", {"view": view}, icon=":material/arrow_forward:")


def main() -> None:
    """Draw the screen."""
    with states.guarded("The collection figures"):
        headline()
    with states.guarded("Cash and write-offs"):
        left, right = st.columns(2, gap="medium")
        with left:
            cash_chart()
        with right:
            write_offs()
    with states.guarded("The rates"):
        left, right = st.columns(2, gap="medium")
        with left:
            cohorts()
            patients()
        with right:
            lag()
    with states.guarded("The payments"):
        chosen, narrowed = selection.current(KNOWN), ""
        if chosen:
            narrowed = selection.chip(describe(chosen), f"the rows below {behind(chosen)}")
        tables.show(collections.table(filters, chosen).narrowed_to(narrowed), filters, "collections", "collections")
        if not chosen:
            on_no_account()


main()
