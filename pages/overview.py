"""Overview: where do we stand, what changed, and what caused it?"""

import streamlit as st

from data_access.queries import accounts, cycle, movers, overview
from pages.parts import entry, link, mover, states, store, tiles
from pages.parts.text import counted, day, opening, plain, words

filters = entry.filters()


def cycle_figures() -> None:
    """From coverage to the bank, each figure with the way to its screen."""
    st.markdown("##### From coverage to the bank")
    with st.container(horizontal=True, gap="small"):
        for step in store.read(cycle.steps, filters):
            with st.container(width=171, height="stretch", gap="xsmall"):
                note = cycle.beyond(step.now.metric_id, filters)
                tiles.measure(step.now, note, width=171, before=step.before, short=True)
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
        mover.show(moved)
    with states.guarded("The rest of the cycle"):
        cycle_figures()
    with states.guarded("Silent payers"):
        count, total = store.read(accounts.silent_total, filters, store.read(accounts.silence_limits, filters.as_of))
        silent = f"{counted(count, 'balance')} ({words(total, 'money')})"
        label = f"{silent}: the payer is silent beyond its own usual time"
        link.way("accounts", plain(label), {"silent": "true"}, icon=":material/notifications_paused:")


main()
