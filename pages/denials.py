"""Denials: what is refused, why, by whom, what comes back, what could have been prevented?"""

from decimal import Decimal

import pandas as pd
import streamlit as st

from data_access.metrics import METRICS
from data_access.queries import denials, dimensions
from data_access.queries.measures import SMALL
from data_access.reference import denial_categories
from pages.parts import breakdown, charts, entry, selection, states, store, tables, theme, tiles
from pages.parts.text import counted, opening, words

BY = {dimensions.LABELS[name]: name for name in ("payer", "payer_type", "facility", "department", "provider")}
OUTCOMES = {"overturned": "#2a9d8f", "upheld": "#c9584b", "pending": theme.QUIET}
KNOWN = selection.DIMENSIONS | {
    "month": selection.month,
    "category": selection.or_none(selection.one_of(denial_categories())),
    "carc": selection.or_none(selection.as_written),
    "outcome": selection.one_of(OUTCOMES),
}
REASONS = {"Category": "category", "Reason code": "carc"}

filters = entry.filters()


def headline(found: denials.Answered) -> None:
    """One sentence, then the rate under its rival definitions and what became of the denials."""
    variants, outcome, reasons = denials.variants(found), denials.outcome(found), denials.reasons(found)
    first = variants[0]
    text = f"{words(first.value, 'percent')} of claims were denied at first answer"
    if not first.denominator:
        text = "No claim was answered for the first time in this period"
    if len(reasons):
        name, share = reasons["label"].iloc[0].lower(), words(reasons["share"].iloc[0], "percent")
        text += f"; the largest reason is {name} ({share} of them)"
    opening(f"{text}.")
    earlier = store.read(denials.answered, filters.comparison())
    then = denials.outcome(earlier)
    with st.container(horizontal=True):
        for now, before in zip(variants, denials.variants(earlier), strict=True):
            tiles.measure(now, tiles.parts(now), 178, before)
        pending = f"{tiles.parts(outcome.overturn)}; {outcome.pending:,} still pending"
        tiles.measure(outcome.overturn, pending, 150, then.overturn)
        tiles.measure(outcome.preventable, tiles.parts(outcome.preventable), 162, then.preventable)
        tiles.measure(outcome.final_denial, tiles.parts(outcome.final_denial), 155, then.final_denial)
        rework(outcome, then)
    tiles.against(filters)


def rework(outcome: denials.Outcome, then: denials.Outcome) -> None:
    """How long it takes until a denied claim is sent again."""
    metric, quartiles, before = METRICS["days_to_rework"], outcome.rework_quartiles, then.rework_quartiles
    change = tiles.since(Decimal(quartiles[1]), Decimal(before[1]), "days") if quartiles and before else None
    tiles.plain_tile(
        metric.name,
        f"{quartiles[1]:.0f} days" if quartiles else "n/a",
        change,
        metric.good,
        f"{outcome.reworked:,} sent again; half within {quartiles[0]:.0f} to {quartiles[2]:.0f}" if quartiles else "",
        230,
        metric.help,
    )


def over_time() -> None:
    """The rate by month under three definitions."""
    found = store.read(denials.rates_over_time, filters)
    frames = {METRICS[key].name: frame for key, frame in found.items()}
    series = {name: (frame["month"], frame["value"]) for name, frame in frames.items()}
    months = {name: [{"month": month} for month in frame["month"]] for name, frame in frames.items()}
    plot, marks = charts.lines(series, months, target=METRICS["initial_denial_rate"].target, height=320)
    partial = any(frame["partial"].any() for frame in frames.values())
    title = "Denial rate by month of first answer" + (", the last month not over yet" if partial else "")
    charts.show(plot, "denials-time", title, title, marks)


def pareto(frame: pd.DataFrame, by: str) -> None:
    """Reasons, most frequent first."""
    shown = frame.head(12)
    texts = [
        f"{claims:,} ({words(running, 'percent')} running)"
        for claims, running in zip(shown["claims"], shown["running"], strict=True)
    ]
    plot, marks = charts.bars(
        list(shown["label"]), list(shown["claims"]), [{by: key} for key in shown["key"]], texts=texts
    )
    title = charts.part_of("Denied claims by main reason", shown, frame)
    charts.show(plot, f"denials-pareto-{by}", title, "Pareto of denial reasons", marks)


def by_dimension() -> None:
    """The rate by payer and the like."""
    by = breakdown.choice(BY)
    frame = store.read(denials.breakdown, filters, by)
    denied = frame[frame["numerator"] > 0]
    frame = denied.head(14)
    texts = [
        f"{words(value, 'percent')} · {top:,} of {n:,}" + (" · small numbers" if n < SMALL else "")
        for value, top, n in zip(frame["value"], frame["numerator"], frame["n"], strict=True)
    ]
    plot, marks = charts.bars(
        list(frame["label"]),
        list(frame["value"]),
        [{by: key} for key in frame["key"]],
        percent=True,
        texts=texts,
        color=theme.SECOND,
    )
    title = charts.part_of("Denial rate and denied claims", frame, denied, "most denied claims")
    charts.show(plot, f"denials-by-{by}", title, f"Denial rate by {by}", marks)


def heat_map(found: denials.Answered) -> None:
    """Payer by category."""
    frame = denials.heat_map(found)
    if frame.empty:
        return
    payers = list(frame.groupby("payer")["claims"].sum().sort_values(ascending=False).index)
    categories = list(frame.groupby("category_label")["claims"].sum().sort_values(ascending=False).index)
    rows = frame.to_dict("records")
    cells = {(row["payer"], row["category_label"]): int(row["claims"]) for row in rows}
    chosen = {(row["payer"], row["category_label"]): {"payer": row["key"], "category": row["category"]} for row in rows}
    plot, marks = charts.heat(payers, categories, cells, chosen)
    said = "Denied claims by payer and category"
    title = charts.part_of(said, payers, denials.outcomes_by_payer(found), "most of them")
    charts.show(plot, "denials-heat", title, said, marks)


def what_came_back(found: denials.Answered) -> None:
    """Overturned, upheld and pending by payer."""
    payers = denials.outcomes_by_payer(found)
    frame = payers.head(12)
    plot = charts.figure(26 * len(frame) + 68, barmode="stack")
    marks = []
    for name, color in OUTCOMES.items():
        plot.add_bar(
            y=list(frame["label"]),
            x=[int(value) for value in frame[name]],
            orientation="h",
            name=name.capitalize(),
            marker_color=color,
            customdata=[counted(int(value), "claim") for value in frame[name]],
            hovertemplate="%{y}<br>" + name + ": %{customdata}<extra></extra>",
        )
        marks.append([{"payer": key, "outcome": name} for key in frame["key"]])
    charts.name_rows(plot, list(frame["label"]))
    title = charts.part_of("What became of them, by payer", frame, payers)
    charts.show(plot, "denials-outcome", title, "Overturned, upheld and pending by payer", marks)


def describe(chosen: dict) -> str:
    """A selection in words."""
    parts = []
    for name, value in chosen.items():
        if name == "month":
            parts.append(f"first answered in {value:%b %Y}")
        elif name == "outcome":
            parts.append(value)
        else:
            parts.append(breakdown.named(name, value))
    return ", ".join(parts)


def main() -> None:
    """Draw the screen."""
    reason_by = breakdown.chosen(REASONS, "Category", "reasons")
    with states.guarded("The denial rates"):
        found = store.read(denials.answered, filters)
        headline(found)
    with states.guarded("The denial charts"):
        frame = denials.reasons(found, reason_by)
        if frame.empty:
            states.no_match("No denied claim matches these filters")
            return
        left, right = st.columns(2, gap="medium")
        with left:
            st.segmented_control(
                "Reasons by", list(REASONS), default="Category", key="reasons", bind="query-params", required=True
            )
            pareto(frame, reason_by)
        with right:
            by_dimension()
    with states.guarded("The denial trends"):
        left, right = st.columns(2, gap="medium")
        with left:
            over_time()
        with right:
            what_came_back(found)
        heat_map(found)
    with states.guarded("The denied claims"):
        chosen = selection.current(KNOWN)
        narrowed = selection.chip(describe(chosen), "the rows below are this period's claims of it") if chosen else ""
        tables.show(denials.table(filters, chosen).narrowed_to(narrowed), filters, "denials", "denials")


main()
