"""Overview: where do we stand, what changed, and what caused it?"""

import streamlit as st

from data_access.queries import accounts, cycle, movers, overview
from pages.parts import entry, link, mover, selection, states, store, tiles
from pages.parts.text import counted, day, opening, plain, words

TITLES = {
    "ar": "A/R by payer and age",
    "initial_denial_rate": "Denied claims by payer and reason",
    "net_collection_rate": "Net collection rate by department and what became of the rest",
    "cash": "Cash by payer type and source",
}

filters = entry.filters()


def movers_list(metric_id: str, rows: list[dict]) -> None:
    """The cells that moved most, each a link to the screen that shows it."""
    st.markdown(f"**{TITLES[metric_id]}**")
    for row in rows:
        told = mover.told(metric_id, row["change"])
        arrow = "arrow_upward" if told.up else "arrow_downward"
        share = f"{row['share'] * 100:.0f} % of {told.of}" if row["share"] else None
        said = plain(f"{row['label']}: {told.words}")
        label = f":{'red' if told.worse else 'green'}[:material/{arrow}:] {said}"
        link.way(row["page"], label, {"sel": selection.encode(row["selection"])}, note=share)


def cycle_figures() -> None:
    """From coverage to the bank, each figure with the way to its screen."""
    st.markdown("##### From coverage to the bank")
    with st.container(horizontal=True, gap="small"):
        for step in store.read(cycle.steps, filters):
            with st.container(width=171, height="stretch", gap="xsmall"):
                tiles.measure(step.now, width=171, before=step.before, short=True)
                title = next(screen.title for screen in entry.SCREENS if screen.file == step.screen)
                st.page_link(entry.PAGES[step.screen], label=title, icon=":material/arrow_forward:")


def main() -> None:
    """Draw the screen."""
    with states.guarded("The headline figures"):
        found = store.read(overview.tiles, filters)
        moved = store.read(movers.what_moved, filters)
        opening(overview.finding(found, moved))
        then = filters.comparison()
        st.caption(
            f"Balances as of {day(filters.as_of)}, against {day(then.as_of)}; rates and cash from "
            f"{day(filters.date_from)} to {day(filters.date_to)}, against {day(then.date_from)} to "
            f"{day(then.date_to)}. "
            "Trends over twelve months, of rates and cash over whole ones."
        )
        with st.container(horizontal=True, gap="small"):
            for tile in found:
                tiles.show(tile)
    with states.guarded("What moved most"):
        st.markdown("##### What moved most, and where")
        groups = [group for group in TITLES if len(moved) and (moved["metric_id"] == group).any()]
        if not groups:
            states.no_match("Nothing moved between the two periods")
        else:
            with st.container(horizontal=True):
                for group in groups:
                    with st.container(border=True, width=636, gap="xsmall"):
                        movers_list(group, moved[moved["metric_id"] == group].to_dict("records"))
    with states.guarded("The rest of the cycle"):
        cycle_figures()
    with states.guarded("Silent payers"):
        count, total = store.read(accounts.silent_total, filters, store.read(accounts.silence_limits, filters.as_of))
        silent = f"{counted(count, 'balance')} ({words(total, 'money')})"
        label = f"{silent}: the payer is silent beyond its own usual time"
        link.way("accounts", plain(label), {"silent": "true"}, icon=":material/notifications_paused:")


main()
