"""Reconciliation: do remittances, postings and bank deposits agree?"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.queries import aging, bank_days, credits, posted_payments, provider_level, reconciliation, unapplied
from data_access.queries.measures import SMALL
from data_access.queries.remittance_claims import claims_of_remittance, remittance_called
from pages.parts import bank, bank_figures, charts, entry, link, selection, states, store, tables, theme, twice
from pages.parts.text import bold, counted, day, money, name_of

_VIEW = "reconciliation_view"
KINDS = {
    "remittance": ("Remittances", theme.MAIN),
    "posted": ("Posted by hand", "#7d6bb0"),
    "patient": ("Patient payments", theme.SECOND),
    "explained": ("Explained by a person", "#2a9d8f"),
    "returned": ("Returned by the bank", theme.QUIET),
    "differing": ("Another amount", "#c99a2e"),
    "taken_out": ("Taken out, unexplained", "#8f5a83"),
    "open": ("Unexplained", theme.BAD),
}
REMITTANCES = {
    "matched": ("Matched", theme.MAIN),
    "explained": ("Explained by a person", "#2a9d8f"),
    "differing": ("Another amount", theme.SECOND),
    "repeated": ("Sent again", theme.QUIET),
    "awaited": ("May still come", "#8cbfe0"),
    "open": ("Late, no money", theme.BAD),
}
POSTED = {state: REMITTANCES[state] for state in ("matched", "explained", "differing")} | {
    "in_remittance": ("In a remittance, which counts", theme.QUIET),
    "open": ("No money yet", theme.BAD),
}
SIDES = {"insurance": "Owed to payers", "patient": "Owed to patients"}
ANY_AGE = "any"
DAYS = {"closed": theme.MAIN, "balanced": "#2a9d8f", "open": theme.SECOND, "changed": theme.BAD}
DAYS_IN_WORDS = {
    "closed": "closed days",
    "balanced": "days that balance and are not closed",
    "open": "days that do not balance",
    "changed": "days changed after closing",
}

filters = entry.filters()


def by_month(frame: pd.DataFrame, by: str, kinds: Mapping[str, tuple[str, str]], name: str, title: str) -> None:
    """Money by month, stacked by what became of it."""
    months = sorted(set(frame["month"]))
    labels = {month: f"{month:%b %Y}" for month in months}
    used = [kind for kind in kinds if kind in set(frame[by])]
    plot, marks = charts.stacked_bars(
        frame.assign(month=[labels[month] for month in frame["month"]]),
        group="month",
        stack=by,
        value="amount",
        groups=list(labels.values()),
        stacks=used,
        colors={kind: kinds[kind][1] for kind in used},
        labels={kind: kinds[kind][0] for kind in used},
        selections={(labels[month], kind): {by: kind, "month": month} for month in months for kind in used},
        height=300,
    )
    charts.show(slim(plot, len(months)), name, title, title, marks)


def slim(plot: Any, bars: int) -> Any:
    """Few bars stay bars: none is wider than the fifth part of its chart."""
    return plot.update_traces(width=min(0.7, bars / 5), selector={"type": "bar"})


def calendar(room: int) -> bool:
    """Days of the period as squares: a column a week, a row a weekday; click one to see it.

    Args:
        room: pixels that all weeks have together on a tablet; squares never touch there.

    Returns:
        Whether there was a day to draw.
    """
    frame = store.read(bank_days.days, filters)
    if frame.empty:
        states.no_match("No deposits in this period")
        return False
    rows = frame.to_dict("records")
    plot = charts.figure(300)
    weeks = sorted({row["day"] - timedelta(days=row["day"].weekday()) for row in rows})
    size = max(5, min(20, room * 3 // 4 // len(weeks)))
    marks = []
    for state, color in DAYS.items():
        mine = [row for row in rows if row["state"] == state]
        if not mine:
            continue
        plot.add_scatter(
            x=[row["day"] - timedelta(days=row["day"].weekday()) for row in mine],
            y=[f"{row['day']:%a}" for row in mine],
            mode="markers",
            name=name_of(state) if state != "open" else "Does not balance",
            marker={"symbol": "square", "size": size, "color": color},
            text=[f"{day(row['day'])}: deposits {money(row['deposits'])}, open {money(row['open'])}" for row in mine],
            hovertemplate="%{text}<extra></extra>",
        )
        marks.append([{"on": row["day"]} for row in mine])
    plot.update_yaxes(
        type="category", categoryorder="array", categoryarray=["Sun", "Sat", "Fri", "Thu", "Wed", "Tue", "Mon"]
    )
    plot.update_xaxes(tickvals=weeks[:: 1 + len(weeks) // 9], tickformat="%d %b", showgrid=False)
    counts = frame["state"].value_counts()
    off, changed = counts.get("open", 0), counts.get("changed", 0)
    balance = "does not balance" if off == 1 else "do not balance"
    title = f"Days of deposits: {off:,} {balance}, {changed:,} changed after closing"
    charts.show(plot, "bank-calendar", title, "Days of deposits by state; click a day", marks)
    return True


def deposits(chosen: dict[str, Any]) -> None:
    """Bank lines by what they are of."""
    frame = store.read(reconciliation.deposits_by_month, filters)
    if frame.empty:
        states.no_match("No deposits in this period")
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            by_month(frame, "kind", KINDS, "deposits-month", "Deposits by month and what they are of")
        with right:
            calendar(room=270)
    bank.by_hand(filters)
    narrowed = chip(chosen, {kind: label for kind, (label, _) in KINDS.items()})
    report = reconciliation.deposits_table(filters, chosen).narrowed_to(narrowed)
    tables.show(report, filters, "deposits", "reconciliation")


def remittances(chosen: dict[str, Any]) -> None:
    """Remittances by what became of their money; a row shows its claim payments."""
    frame = store.read(reconciliation.remittances_by_month, filters)
    if frame.empty:
        states.no_match("No remittance with money matches these filters")
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            by_month(frame, "state", REMITTANCES, "remittances-month", "Remittances by month and what came of them")
        with right:
            lag_by_payer()
    bank.by_hand(filters)
    if "remittance" in chosen:
        one_remittance(chosen["remittance"])
        return
    narrowed = chip(chosen, {state: label for state, (label, _) in REMITTANCES.items()})
    st.caption("Click the box at the start of a row to see its claim payments.")
    report = reconciliation.remittances_table(filters, chosen).narrowed_to(narrowed)
    tables.show(
        report,
        filters,
        "remittances",
        "reconciliation",
        on_row=lambda row: selection.choose({"remittance": int(row["remittance_id"])}),
    )


def posted(chosen: dict[str, Any]) -> None:
    """Insurance payments that somebody posted without a remittance, by what became of their money."""
    frame = store.read(posted_payments.by_month, filters)
    if frame.empty:
        states.no_match("No insurance payment was posted by hand")
    else:
        by_month(frame, "state", POSTED, "posted-month", "Posted by hand by month and what came of it")
    bank.by_hand(filters)
    if "payment" in chosen:
        one_payment(chosen["payment"])
        return
    if "twice" in chosen:
        twice.one(chosen["twice"])
        return
    twice.listed(filters)
    if frame.empty:
        return
    narrowed = chip(chosen, {state: label for state, (label, _) in POSTED.items()})
    st.caption(
        "One row a check; where no number is stated, what one payer paid on one posting day. "
        "Click the box at the start of a row to see its entries."
    )
    tables.show(
        posted_payments.table(filters, chosen).narrowed_to(narrowed),
        filters,
        "posted",
        "reconciliation",
        on_row=lambda row: selection.choose({"payment": row["payment_key"]}),
    )


def one_payment(payment_key: str) -> None:
    """A payment posted by hand: the entries of the billing system that it is made of, each with its account."""
    found = store.read(posted_payments.one, payment_key)
    if found is None:
        states.no_longer("This payment is no longer loaded")
        selection.show_all()
        return
    number = f"check {found['check_number']}" if found["check_number"] else "no check number"
    named = f"{found['payer'] or 'a payer'}, {number}, {day(found['posted_on'])}"
    narrowed = selection.chip(f"the payment of {named}: {money(found['amount'])}", "its entries")
    report = posted_payments.entries(found["entry_ids"]).narrowed_to(narrowed)
    tables.show(report, filters, "posted-entries", "reconciliation")


def lag_by_payer() -> None:
    """Median days to deposit by payer, slowest first."""
    payers = store.read(reconciliation.days_by_payer, filters)
    frame = payers.head(10)
    texts = [
        f"{value:.1f} days · {counted(n, 'remittance')}" + (" · small numbers" if n < SMALL else "")
        for value, n in zip(frame["value"], frame["n"], strict=True)
    ]
    plot, _ = charts.bars(list(frame["payer"]), list(frame["value"]), [], texts=texts, color=theme.SECOND)
    title = charts.part_of("Median days from payment to deposit", frame, payers, "the longest waits")
    charts.show(plot, "days-by-payer", title, "Days to deposit by payer")


def one_remittance(remittance_id: int) -> None:
    """A remittance: its claim payments, then its provider-level entries."""
    found = store.read(remittance_called, remittance_id)
    if found is None:
        states.no_longer("This remittance is no longer loaded")
        selection.show_all()
        return
    named = f"{found['payer_name'] or 'a payer'}, {found['trace_number'] or 'no trace number'}, {day(found['paid_on'])}"
    narrowed = selection.chip(f"the remittance of {named}: {money(found['amount'])}", "its claim payments")
    claims = claims_of_remittance(remittance_id).narrowed_to(narrowed)
    tables.show(claims, filters, "remittance-claims", "reconciliation")
    entries = provider_level.table(filters, {"remittance": remittance_id}).narrowed_to(narrowed)
    tables.show(entries, filters, "remittance-entries", "reconciliation")


def provider(chosen: dict[str, Any]) -> None:
    """Provider-level entries by reason and where they land."""
    frame = store.read(provider_level.by_reason, filters)
    if frame.empty:
        states.no_match("No provider-level entry in this period")
    else:
        rows = _rows(frame)
        texts = [
            f"{row['entries']:,} {'entry' if row['entries'] == 1 else 'entries'} · effect {money(row['amount'])}"
            + (f", {money(row['unallocated'])} of it unallocated" if row["unallocated"] else "")
            for row in rows
        ]
        plot, marks = charts.bars(
            list(frame["label"]), list(frame["entries"]), [{"code": row["code"]} for row in rows], texts=texts
        )
        title = "Provider-level entries by reason, and their effect on payments"
        charts.show(plot, "provider-level", title, title, marks)
    report = provider_level.table(filters, chosen).narrowed_to(chip(chosen, provider_level.STATES))
    tables.show(report, filters, "provider-adjustments", "reconciliation")


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")


def credit_balances(chosen: dict[str, Any]) -> None:
    """Credits by age and who is owed; beside them money on no account by age."""
    late, accounts = store.read(credits.overdue, filters)
    if accounts:
        late_words = f"{money(late)} of credits of Medicare and Medicaid in {counted(accounts, 'account')}"
        st.markdown(bold(f"{late_words} is past its 60 days."))
    loose = store.read(unapplied.by_age, filters)
    if loose.empty:
        credits_by_age()
        st.caption("No money is on no account: every claim payment is posted.")
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            credits_by_age()
        with right:
            unapplied_by_age(loose)
    if "unapplied" in chosen:
        age = None if chosen["unapplied"] == ANY_AGE else chosen["unapplied"]
        words = "payments on no account, " + ("of any age" if age is None else f"{age} days old")
        narrowed = selection.chip(words, "the rows below are those of the mark")
        report = unapplied.table(filters, age).narrowed_to(narrowed)
        tables.show(report, filters, "unapplied", "reconciliation")
        return
    report = credits.table(filters, chosen).narrowed_to(chip(chosen, SIDES))
    if tables.show(report, filters, "credits", "reconciliation").total_rows:
        st.caption(
            "Only credits are listed here, as plain amounts. On Aging, among other balances, they are below zero."
        )


def credits_by_age() -> None:
    """Credit balances by days since they arose and who is owed."""
    frame = store.read(credits.by_age, filters)
    if frame.empty:
        states.no_match_that_day("No account has a credit balance")
        return
    ages = [name for name in aging.SEVEN if name in set(frame["bucket"])]
    plot, marks = charts.stacked_bars(
        frame,
        group="bucket",
        stack="side",
        value="amount",
        groups=ages,
        stacks=list(SIDES),
        colors=theme.SIDES,
        labels=SIDES,
        selections={(age, side): {"bucket": age, "side": side} for age in ages for side in SIDES},
        height=280,
    )
    charts.show(
        slim(plot, len(ages)), "credits-age", "Credit balances by days since they arose", "Credits by age", marks
    )


def unapplied_by_age(frame: pd.DataFrame) -> None:
    """Money on no account by days since its payment."""
    rows = {row["bucket"]: row for row in _rows(frame)}
    ages = [name for name in aging.SEVEN if name in rows]
    texts = [f"{money(rows[age]['amount'])} · {counted(rows[age]['payments'], 'payment')}" for age in ages]
    plot, marks = charts.bars(
        ages, [rows[age]["amount"] for age in ages], [{"unapplied": age} for age in ages], money=True, texts=texts
    )
    charts.show(plot, "unapplied-age", "Money on no account by days since payment", "Unapplied by age", marks)


def daily_close(chosen: dict[str, Any]) -> None:
    """Days: balanced, closed or not, and the one that was clicked."""
    drawn = calendar(room=660)
    bank.by_hand(filters)
    if "on" in chosen:
        with st.container(border=True):
            bank.one_day(chosen["on"])
    report = bank_days.table(filters, chosen).narrowed_to(chip(chosen, DAYS_IN_WORDS))
    if drawn:
        st.caption("Click a day above, or the box at the start of a row, to see and close it.")
    tables.show(report, filters, "days", "reconciliation", on_row=lambda row: selection.choose({"on": row["day"]}))


def chip(chosen: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say what the table is narrowed to; returns it, for its export."""
    if not chosen:
        return ""
    parts = [_named(name, value, names) for name, value in chosen.items()]
    return selection.chip(", ".join(parts), "the rows below are those of the mark")


def _named(name: str, value: Any, names: Mapping[str, str]) -> str:
    if name == "month":
        return f"{value:%b %Y}"
    return day(value) if name == "on" else str(names.get(value, value))


_AGE = selection.one_of(aging.SEVEN)
_AGE_OR_ANY = selection.one_of([*aging.SEVEN, ANY_AGE])
#: What each draws, and what it can narrow its rows by.
VIEWS: dict[str, tuple[Callable[[dict[str, Any]], None], Mapping[str, selection.Part]]] = {
    "Deposits": (
        deposits,
        {"kind": selection.one_of(KINDS), "month": selection.month, "on": selection.day},
    ),
    "Remittances": (
        remittances,
        {"state": selection.one_of(REMITTANCES), "month": selection.month, "remittance": selection.number},
    ),
    "Posted by hand": (
        posted,
        {
            "state": selection.one_of(POSTED),
            "month": selection.month,
            "payment": selection.as_written,
            "twice": selection.number,
        },
    ),
    "Provider-level": (provider, {"code": selection.as_written, "state": selection.one_of(provider_level.STATES)}),
    "Credits": (
        credit_balances,
        {"bucket": _AGE, "side": selection.one_of(SIDES), "unapplied": _AGE_OR_ANY},
    ),
    "Daily close": (daily_close, {"on": selection.day, "state": selection.one_of(DAYS)}),
}


def main() -> None:
    """Draw the screen."""
    bank.outcome()
    with states.guarded("The figures of reconciliation"):
        bank_figures.headline(filters)
    view = link.tab(_VIEW, VIEWS, "Deposits")
    st.segmented_control("Show", list(VIEWS), key=_VIEW, required=True, on_change=selection.clear)
    draw, known = VIEWS[view]
    with states.guarded(view):
        draw(selection.current(known))


main()
