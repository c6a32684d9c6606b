"""Worklist: which account next, and why?"""

from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from data_access.queries import accounts, scoring, worklist
from data_access.queries.scoring import Desk
from data_access.queries.table import TablePage
from data_access.work import several as several_accounts
from pages.parts import entry, link, several, states, steps, store, tables, who
from pages.parts.text import plain

filters = entry.filters()
MOST = 200
_TAB = "worklist_view"
FIRST = 50
#: What an empty view means where that is no matter of the period.
EMPTY = {
    "mine": ("No account is yours", "Take some from Unassigned: open one and assign it, or hand out the first."),
    "promises": ("No promise is broken", "A promise comes here when its day and three more are over without payment."),
}


def desk(person_id: int | None) -> Desk:
    """Who looks at the list, with the office's weights."""
    limits = store.read(accounts.silence_limits, filters.as_of)
    return Desk(date.today(), person_id, store.fresh(scoring.weights), limits)


def tabs(view: str, counts: dict[str, int]) -> None:
    """The views with their counts."""
    st.segmented_control(
        "View",
        [name for name in worklist.VIEWS if name not in worklist.BY_LINK or name == view],
        format_func=lambda name: f"{worklist.VIEWS[name]} {counts[name]:,}",
        key=_TAB,
        required=True,
        label_visibility="collapsed",
    )


def hand_out(at: Desk, view: str, person_id: int | None) -> None:
    """Assign the first accounts of the view to one person, or spread them over several."""
    known = store.fresh(who.people.people)
    nobody = who.needed(person_id)
    with st.popover("Hand out", icon=":material/group_add:", disabled=bool(nobody), help=nobody):
        first = st.number_input("The first accounts of this view", 1, MOST, 20)
        to = st.multiselect("To", list(known), format_func=known.get)
        st.caption("Spread so that each gets about as many expected minutes.")
        if st.button("Assign", type="primary", disabled=not to) and person_id is not None:
            minutes = store.fresh(worklist.minutes, filters, at, view, int(first))
            several.written(several_accounts.spread(store.engine(), minutes, to, person_id))
            st.rerun()
    several.way_back(person_id)


def weights(at: Desk) -> None:
    """The weights of the score, and what they are for."""
    with st.popover("Weights", icon=":material/tune:"):
        st.caption("Points at most for each part; together 100. A change applies to everybody at once.")
        with st.form("weights", border=False):
            chosen = {
                part: int(st.number_input(name, 0, 100, at.weights[part], key=f"weight-{part}"))
                for part, name in scoring.PARTS.items()
            }
            look = st.form_submit_button("See the effect first")
            keep = st.form_submit_button("Set the weights", type="primary")
        if look:
            effect(at, chosen)
        if keep:
            try:
                scoring.set_weights(store.engine(), chosen)
            except ValueError as error:
                st.warning(plain(error))
            else:
                st.rerun()


def effect(at: Desk, chosen: dict[str, int]) -> None:
    """How the first accounts of the list would change, before anybody's list does."""
    if sum(chosen.values()) != 100:
        st.warning(f"The weights must add up to 100; these are {sum(chosen.values())}.")
        return
    now, then = (
        list(store.fresh(worklist.minutes, filters, desk, "all", FIRST)) for desk in (at, replace(at, weights=chosen))
    )
    new = len(set(then) - set(now))
    lead = "The first account stays the same." if now[:1] == then[:1] else "Another account would come first."
    st.info(f"{new} of the first {len(then)} accounts would be others. {lead}")


def nothing(view: str) -> None:
    """A view without accounts: what that means there, as some are empty whatever the period."""
    if view in EMPTY:
        states.nothing(*EMPTY[view])
    else:
        states.nothing("No account in this view", "Choose another view, or take a filter away.")


def open_the_first(at: Desk, view: str, sort: tuple[str, bool] | None) -> None:
    """Open the first account of the list, whatever page of it is on the screen; colleagues may have left none."""
    first, _ = store.fresh(worklist.look, filters, at, view, limit=1, sort=sort)
    for account_id in first.frame["account_id"]:
        tables.note_place(steps.table_name(view), int(account_id), 1)
        tables.ask_to_open(int(account_id), "worklist")


def main() -> None:
    """Draw the screen."""
    with states.guarded("The worklist"):
        with st.container(horizontal=True, vertical_alignment="center"):
            person_id = who.choose()
            at = desk(person_id)
            weights(at)
            bar = st.container(horizontal=True, vertical_alignment="center", width="content")
        view = link.tab(_TAB, worklist.VIEWS, "all")
        with bar:
            hand_out(at, view, person_id)
            ticking = several.switched_on(person_id)
        above = st.container()
        ticks = st.container()
        looked: dict[str, Any] = {}

        def read(sort: tuple[str, bool] | None, limit: int, offset: int) -> TablePage:
            look = store.fresh(worklist.look, filters, at, view, limit=limit, offset=offset, sort=sort)
            found, looked["counts"] = look
            looked["sort"] = sort
            return found

        report = worklist.table(filters, at, view).narrowed_to("" if view == "all" else worklist.VIEWS[view])

        def ticked(rows: list[dict]) -> None:
            several.bar(ticks, rows, person_id or 0)

        on_rows = ticked if ticking and person_id is not None else None
        name = steps.table_name(view)
        found = tables.show(report, filters, name, "worklist", read=read, on_rows=on_rows)
        with above:
            tabs(view, looked["counts"])
            if view == "mine" and person_id is None:
                st.info("Say who you are, above, to see your accounts.")
        if not found.total_rows:
            nothing(view)
        elif st.button("Open the first", icon=":material/play_arrow:", shortcut="o", type="primary"):
            open_the_first(at, view, looked["sort"])


main()
