"""Aging: what is owed, by whom, how old, and is it getting older?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from data_access.queries import aging, dimensions, movement
from pages.parts import breakdown, charts, entry, selection, states, store, tables, theme, tiles
from pages.parts.text import counted, money, opening, words

BY = {dimensions.LABELS[name]: name for name in dimensions.DIMENSIONS}
VIEWS = {"Seven buckets": "seven", "Five buckets": "five"}
KNOWN = selection.DIMENSIONS | {"side": selection.one_of(aging.SIDE_LABELS), "on": selection.day}

filters = entry.filters()


def by_group(frame: pd.DataFrame, by: str, view: str, side: str) -> None:
    """Bars of one side by group, stacked by age."""
    part = frame[frame["side"] == side]
    if part.empty:
        return
    order = part.groupby("label")["balance"].apply(lambda values: abs(sum(values))).sort_values(ascending=False)
    groups = list(order.index[:14])
    keys = dict(zip(part["label"], part["key"], strict=True))
    buckets = list(aging.VIEWS[view])
    summed = part.groupby(["label", "bucket"], as_index=False)["balance"].sum()
    chosen = {
        (group, bucket): {"side": side, by: keys[group], "bucket": bucket} for group in groups for bucket in buckets
    }
    plot, marks = charts.stacked_bars(
        summed,
        group="label",
        stack="bucket",
        value="balance",
        groups=groups,
        stacks=buckets,
        colors=dict(zip(buckets, theme.age_colors(len(buckets)), strict=True)),
        selections=chosen,
        horizontal=True,
        height=max(150, 34 * len(groups) + 90),
        labels={bucket: f"{bucket} days" for bucket in buckets},
    )
    title = charts.part_of(f"{aging.SIDE_LABELS[side]}: {money(sum(part['balance']))}", groups, order)
    charts.show(plot, f"aging-{side}-{by}-{view}", title, f"{title}, by {by} and age", marks)


def trend() -> None:
    """Month ends by side."""
    frame = store.read(aging.trend, filters)
    days = list(dict.fromkeys(frame["day"]))
    summed = frame.groupby(["day", "side"], as_index=False)["balance"].sum()
    names = {day: (f"{day:%b %y}" if day != filters.as_of else f"{day:%d %b}") for day in days}
    summed = summed.assign(day=[names[day] for day in summed["day"]])
    on_day = {(names[day], side): {"side": side, "on": day} for day in days for side in aging.SIDES}
    plot, marks = charts.stacked_bars(
        summed,
        group="day",
        stack="side",
        value="balance",
        groups=[names[day] for day in days],
        stacks=aging.SIDES,
        colors=theme.SIDES,
        selections=on_day,
        labels=aging.SIDE_LABELS,
        height=300,
    )
    charts.show(plot, "aging-trend", "Month ends, and today", "Open balances at month ends by side", marks)


def roll_forward() -> None:
    """The proof that the balance is the sum of what was posted."""
    found = store.read(movement.roll_forward, filters)
    st.markdown(f"**Roll-forward, {filters.date_from:%d %b} to {filters.date_to:%d %b %Y}**")
    rows = [("Opening balance, net of credits", found.opening)]
    rows += [(label, amount) for label, _, amount in found.lines if amount]
    rows += [("Closing balance, net of credits", found.closing), ("Difference from open balances", found.difference)]
    frame = pd.DataFrame({"line": [name for name, _ in rows], "amount": [float(amount) for _, amount in rows]})
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={"line": "Line", "amount": st.column_config.NumberColumn("Amount", format="dollar")},
        alt="Roll-forward of the balance over the period",
    )
    if found.difference:
        st.error(f"The roll-forward does not close: {money(found.difference)}. Run the check and tell support.")


def headline() -> None:
    """One sentence and the position."""
    now, before = store.read(aging.positions, filters, [filters.as_of, filters.comparison().as_of])
    older = "n/a" if not now.billed else words(now.over_90 / now.billed, "percent")
    was = "n/a" if not before.billed else words(before.over_90 / before.billed, "percent")
    text = f"{words(now.ar, 'money')} is owed"
    if now.billed:
        text += f"; {older} of billed A/R is over 90 days old (was {was})"
    opening(f"{text if now.ar or now.billed else 'Nothing is owed under these filters'}.")
    with st.container(horizontal=True):
        for name, amount, then, note in (
            ("A/R", now.ar, before.ar, counted(now.accounts, "balance")),
            ("Insurance, billed", now.insurance, before.insurance, ""),
            ("Insurance, unbilled", now.unbilled, before.unbilled, ""),
            ("Patient", now.patient, before.patient, ""),
            ("Credit balances", now.credit, before.credit, counted(now.credit_accounts, "balance")),
        ):
            good = "up" if name == "Credit balances" else "down"  # credits are below zero: nearer to it is better
            tiles.plain_tile(name, amount, tiles.since(amount, then, "money"), good, note, 215)
    below = " Credit balances are below zero and not in A/R: they reduce the sum of the open balances listed below."
    st.caption(f"Changes against {before.as_of:%d %b %Y}.{below if now.credit else ''}")


def main() -> None:
    """Draw the screen."""
    with states.guarded("The position"):
        headline()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = breakdown.choice(BY, "Payer type")
        view = VIEWS[
            st.segmented_control(
                "Ages", list(VIEWS), default="Seven buckets", key="buckets", bind="query-params", required=True
            )
        ]
    with states.guarded("Aging"):
        frame = store.read(aging.buckets, filters, by, view)
        if frame.empty:
            states.no_match_that_day("No open balance matches these filters")
            return
        left, right = st.columns(2, gap="medium")
        with left:
            by_group(frame, by, view, "insurance")
            by_group(frame, by, view, "unbilled")
        with right:
            by_group(frame, by, view, "patient")
            by_group(frame, by, view, "credit")
    with states.guarded("The trend"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            trend()
        with right:
            roll_forward()
    with states.guarded("The open balances"):
        chosen = selection.current(KNOWN | {"bucket": selection.one_of(aging.VIEWS[view])})
        # the Overview counts a change between two days, which rows of one day do not add up to
        of_one_day = chosen.get("side") == "owed"
        what = "the rows below are what is owed on the day" if of_one_day else "the rows below add up to the mark"
        narrowed = selection.chip(describe(chosen), what) if chosen else ""
        then = replace(filters, as_of=chosen["on"]) if "on" in chosen else filters
        report = aging.table(then, {name: value for name, value in chosen.items() if name != "on"}, view)
        tables.show(report.narrowed_to(narrowed), then, "aging", "aging")


def describe(chosen: dict) -> str:
    """A selection in words."""
    parts = []
    for name, value in chosen.items():
        if name == "side":
            parts.append(aging.SIDE_LABELS[value])
        elif name == "on":
            parts.append(f"on {value:%d %b %Y}")
        elif name == "bucket":
            parts.append(f"{value} days")
        else:
            parts.append(breakdown.named(name, value))
    return ", ".join(parts)


main()
