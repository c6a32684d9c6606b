"""Claims: what was sent, accepted, rejected, and is about to run out of time?"""

from typing import Any

import pandas as pd
import streamlit as st

from data_access.queries import asked, dimensions, lags, measures, progress, rejections, waiting
from data_access.queries.accounts import silence_limits
from data_access.queries.rejections import Sent
from data_access.queries.table import TableReport
from data_access.queries.waiting import Reason
from data_access.reference import statuses
from pages.parts import breakdown, charts, entry, selection, states, store, tables, theme, tiles
from pages.parts.text import counted, money, opening, plain, words

FUNNEL = "All charges and claims of the period"
SHOWN = {label: which for which, label in waiting.LISTS.items()} | {FUNNEL: "funnel"}
SHORT = {"rejected": "To send again", "unacknowledged": "No word yet", "silent": "Silent", "asked": "Unanswered"}
BY = {dimensions.LABELS[name]: name for name in ("payer", "facility", "department", "provider")}
#: What a mark narrows the rows to; without one of these they are the list asked for.
LISTS = {
    "step": selection.one_of(progress.STEPS),
    "stuck": selection.one_of(progress.STUCK),
    "rate": selection.one_of(rejections.BEHIND),
    "reason": selection.or_none(selection.as_written),
}
KNOWN = selection.DIMENSIONS | LISTS | {"month": selection.month}

filters = entry.filters()


def sendings() -> Sent:
    """What became of the claims sent, by what is chosen under the chart of rejection rates."""
    return store.read(rejections.sent, filters, breakdown.chosen(BY))


def to_work() -> waiting.Waiting:
    """The claims that wait to be worked."""
    return store.read(waiting.waiting, filters, store.read(silence_limits, filters.as_of))


def headline(steps: pd.DataFrame) -> None:
    """One sentence, then the rates and lags."""
    found = to_work().lists
    rejected, amount = found["rejected"]
    charged, sent = int(steps["claims"].iloc[0]), int(steps["claims"].iloc[1])
    were = "was" if sent == 1 else "were"
    text = f"{sent:,} of {counted(charged, 'bill')} of the period {were} sent"
    text = text if charged else "No bill of the period matches"
    if rejected:
        wait = "waits" if rejected == 1 else "wait"
        text += f"; {counted(rejected, 'rejected claim')} ({money(amount)}) {wait} to be sent again"
    opening(f"{text}.")
    clean, rate = (sendings().rate(metric_id) for metric_id in ("clean_claim_rate", "rejection_rate"))
    charge_lag, lag = store.read(lags.charge_lag, filters), store.read(lags.submission_lag, filters)
    with st.container(horizontal=True):
        tiles.measure(clean, tiles.parts(clean), 152)
        tiles.measure(rate, tiles.parts(rate), 146)
        tiles.measure(charge_lag, counted(charge_lag.n, "charge"), 146)
        tiles.measure(lag, counted(lag.n, "bill"), 146)
        asking = store.read(asked.questions, filters)
        work = {"Unbilled": store.read(lags.unbilled, filters)}
        work |= {label: found[which] for which, label in SHORT.items() if which != "asked" or asking.asked}
        for label, (count, charge) in work.items():
            tiles.plain_tile(label, f"{count:,}", note=money(charge), width=114 if asking.asked else 146)
    who_tells()
    if asking.unknown:
        st.caption(
            f"{asking.unknown:,} of {counted(asking.asked, 'status request')} (276) "
            f"{'names' if asking.unknown == 1 else 'name'} no claim that is loaded, as listed below under "
            f"“{asked.UNKNOWN}”."
        )


def who_tells() -> None:
    """Where no word means something, and where it does not."""
    who = store.read(progress.acknowledging, filters)
    if not who.telling:
        st.info(
            "No acknowledgments (277CA) of the last 90 days are loaded: until they are, a claim counts as accepted "
            "once its remittance comes. Your clearinghouse offers them beside the remittances.",
            icon=":material/info:",
        )
        return
    text = f"Payers that claims went to in the last 90 days: {who.sent:,}; those of them that acknowledge claims: "
    text += f"{who.both:,}. No acknowledgment is only listed where that payer's claims are acknowledged. "
    text += "Rejected, unacknowledged and silent claims are listed while insurance owes something on the account."
    if who.unnamed:
        text += f" Acknowledgments of these days that name no claim that is loaded: {who.unnamed:,}."
    st.caption(text)


def funnel(steps: pd.DataFrame) -> None:
    """How many bills came how far."""
    first = int(steps["claims"].iloc[0])
    texts = [
        f"{row['claims']:,} · {words(row['amount'], 'money')}"
        + (f" · {row['claims'] / first * 100:.0f} %" if first else "")
        + (f" · {counted(round(row['days']), 'day')}" if row["days"] is not None and not pd.isna(row["days"]) else "")
        for row in steps.to_dict("records")
    ]
    marks: list[Any] = [{"step": step} for step in steps["step"]]
    plot, drawn = charts.bars(list(steps["label"]), list(steps["claims"]), marks, texts=texts)
    title = "Bills that came so far, and median days (to send: from service; then: from first sending)"
    charts.show(plot, "claims-funnel", title, "Funnel from charge to payment", drawn)


def stuck(steps: pd.DataFrame) -> None:
    """What is stuck at each step."""
    shown = steps[steps["step"].isin(list(progress.STUCK))]
    texts = [
        f"{count:,} · {words(amount, 'money')}"
        for count, amount in zip(shown["stuck"], shown["stuck_amount"], strict=True)
    ]
    plot, marks = charts.bars(
        [progress.STUCK[step] for step in shown["step"]],
        list(shown["stuck"]),
        [{"stuck": step} for step in shown["step"]],
        texts=texts,
        color=theme.SECOND,
    )
    charts.show(plot, "claims-stuck", "Bills that stopped there", "Bills stuck at each step", marks)


def reasons() -> None:
    """Rejected claims by what was said."""
    every = to_work().reasons
    found = every[:12]
    if not found:
        st.markdown("**Rejected and not sent again**: none")
        return
    plot, marks = charts.bars(
        [one.label for one in found],
        [one.claims for one in found],
        [{"reason": one.key} for one in found],
        texts=[_told(one) for one in found],
        color="#c9584b",
    )
    title = charts.part_of("Rejected and not sent again, by reason", found, every)
    charts.show(plot, "claims-reasons", title, "Rejections by reason", marks)
    first = found[0]
    if first.mend:
        st.caption(plain(f"Most frequent: {first.label}. What to do: {first.mend[:1].lower()}{first.mend[1:]}."))


def _told(found: Reason) -> str:
    return " · ".join(filter(None, (f"{found.claims:,}", words(found.amount, "money"), found.limits)))


def by_dimension() -> None:
    """Rejection rate by payer and the like."""
    by = breakdown.choice(BY)
    frame = sendings().breakdown()
    rejected = frame[frame["numerator"] > 0]
    frame = rejected.head(12)
    if frame.empty:
        st.markdown("**Rejection rate**: nothing was rejected in the period")
        return
    texts = [
        f"{words(row['value'], 'percent')} · {row['numerator']:,} of {row['denominator']:,}"
        + f" · {words(row['amount'], 'money')}"
        + (" · small numbers" if row["denominator"] < measures.SMALL else "")
        for row in frame.to_dict("records")
    ]
    marks: list[Any] = [{"rate": "rejection_rate", by: key} for key in frame["key"]]
    plot, drawn = charts.bars(
        list(frame["label"]), list(frame["value"]), marks, percent=True, texts=texts, color=theme.SECOND
    )
    title = charts.part_of("Rejection rate and rejected claims", frame, rejected, "most rejected claims")
    charts.show(plot, f"claims-by-{by}", title, f"Rejection rate by {by}", drawn)


def over_time() -> None:
    """Clean claims and rejections by month of sending."""
    names = {"Clean claim rate": "clean_claim_rate", "Rejection rate": "rejection_rate"}
    frames = {name: sendings().over_time(metric_id) for name, metric_id in names.items()}
    if all(frame.empty for frame in frames.values()):
        st.markdown("**Rates by month**: no acknowledgments in the last twelve months")
        return
    series = {name: (frame["month"], frame["value"]) for name, frame in frames.items()}
    months = {
        name: [{"rate": names[name], "month": month} for month in frame["month"]] for name, frame in frames.items()
    }
    plot, marks = charts.lines(series, months, height=260)
    title = "Clean claims and rejections by month of sending"
    partial = ", the last month not over yet" if filters.in_midst_of_month else ""
    charts.show(plot, "claims-time", title + partial, title, marks)


def describe(chosen: dict) -> str:
    """A selection in words."""
    if "step" in chosen:
        return f"bills of the period that came as far as: {progress.STEPS[chosen['step']].lower()}"
    if "stuck" in chosen:
        return f"bills of the period that stopped at: {progress.STUCK[chosen['stuck']].lower()}"
    if "rate" in chosen:
        return _behind_rate(chosen)
    return statuses.short(chosen.get("reason") or "")


def _behind_rate(chosen: dict) -> str:
    parts = [rejections.BEHIND[chosen["rate"]].lower()]
    parts += [breakdown.named(name, chosen[name]) for name in BY.values() if name in chosen]
    parts.append(f"sent in {chosen['month']:%b %Y}" if chosen.get("month") else "sent in the period")
    return ", ".join(parts)


def report(chosen: dict) -> TableReport:
    """The rows behind a mark, else the list asked for."""
    if "step" in chosen or "stuck" in chosen:
        return progress.table(filters, chosen)
    if "rate" in chosen:
        return rejections.table(filters, chosen)
    if "reason" in chosen:
        return waiting.to_work(filters, "rejected", chosen)
    lists = SHOWN | ({asked.UNKNOWN: "unknown"} if store.read(asked.questions, filters).unknown else {})
    shown = st.segmented_control("Show", list(lists), default=FUNNEL, key="show", bind="query-params", required=True)
    which = lists[shown]
    if which == "funnel":
        return progress.table(filters)
    if which == "unknown":
        return asked.unknown(filters).narrowed_to(shown)
    return waiting.to_work(filters, which, None, store.read(silence_limits, filters.as_of)).narrowed_to(shown)


def main() -> None:
    """Draw the screen."""
    with states.guarded("The claims"):
        steps = store.read(progress.funnel, filters)
        headline(steps)
    with states.guarded("The funnel"):
        if not int(steps["claims"].iloc[0]):
            states.no_match("No charge of the period matches these filters")
        else:
            left, right = st.columns(2, gap="medium")
            with left:
                funnel(steps)
            with right:
                stuck(steps)
    with states.guarded("The rejections"):
        left, right = st.columns(2, gap="medium")
        with left:
            reasons()
        with right:
            by_dimension()
        over_time()
    with states.guarded("The claims listed"):
        chosen = selection.current(KNOWN)
        if not chosen.keys() & LISTS.keys():
            chosen = {}
        narrowed = selection.chip(describe(chosen), "the rows below are those of the mark") if chosen else ""
        tables.show(report(chosen).narrowed_to(narrowed), filters, "claims", "claims")
    st.page_link("pages/imports.py", label="Check claims before they are sent", icon=":material/fact_check:")


main()
