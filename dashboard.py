"""Start here: streamlit run dashboard.py. Navigation, the shared filter bar, then the page."""

from datetime import UTC, date, datetime

import streamlit as st
from streamlit.navigation.page import Page

from data_access.engine import DatabaseInUse, DatabaseUnreachable, SchemaMismatch
from data_access.queries import imports
from pages.parts import about, entry, filter_bar, keys, link, saved_views, selection, states, store, tables, theme, who
from pages.parts.text import day, plain

POLL_SECONDS = 10


@st.fragment(run_every=POLL_SECONDS)
def freshness_badge(seen: int, live: bool) -> None:
    """How fresh the data are. When something was loaded meanwhile, the screen is redrawn, or not `live`, on a click."""
    if store.version() != seen and (live or st.button("Show new data", icon=":material/refresh:", type="tertiary")):
        st.rerun()
    found = store.freshness()
    if found.newest is None or found.last_load is None:
        return
    age = (date.today() - found.newest).days
    loaded = found.last_load.replace(tzinfo=UTC).astimezone()
    hours = (datetime.now(UTC) - found.last_load.replace(tzinfo=UTC)).total_seconds() / 3600
    when = f"{loaded:%H:%M}" if hours < 12 else f"{loaded:%d %b %Y}"
    color = "green" if age <= 3 else "orange" if age <= 14 else "red"
    old = "today" if age == 0 else "yesterday" if age == 1 else f"{age} days old"
    st.badge(f"Data to {day(found.newest)} ({old}), loaded {when}", icon=":material/schedule:", color=color)


def main() -> None:
    """Draw one run of the dashboard."""
    entry.configure()
    st.html(theme.STYLES)
    page = entry.navigate()
    try:
        with store.one_moment() as seen:
            draw_page(page, seen)
    except DatabaseInUse:
        st.error("The database is open in another program, most likely a second dashboard. Close that one and reload.")
    except (DatabaseUnreachable, SchemaMismatch) as error:
        st.error(f"The database cannot be used: {plain(error)}.")


def days_of_data(title: str) -> tuple[date, date]:
    """The newest and the first day that a screen can describe; where there is none, say why and end there."""
    found = store.freshness()
    if found.newest is not None and found.oldest is not None:
        return found.newest, found.oldest
    loaded = store.read(imports.unposted, date.today())
    if not loaded.kinds:
        states.empty_database()
        st.stop()
    here = title in entry.UNPOSTED
    states.nothing_posted(loaded.kinds, store.read(imports.unapplied), loaded.newest is not None and not here)
    if not here or loaded.newest is None or loaded.oldest is None:
        st.stop()
    return loaded.newest, loaded.oldest


def draw_page(page: Page, seen: int) -> None:
    """The page with what stands above it; `seen`: the data version."""
    entry.enter()
    tables.open_if_asked()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            st.subheader(page.title, anchor=False, width="content")
            about.why_here(page.url_path or link.FIRST)
            saved_views.menu(page.url_path or link.FIRST, page.title in entry.FILTERED)
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if store.synthetic():
                st.badge("Synthetic data", icon=":material/science:", color="violet")
            freshness_badge(seen, live=page.title not in entry.WRITTEN_ON)
    if unposted := store.unposted():
        st.error(unposted)
    if page.title in entry.FILTERED:
        newest, oldest = days_of_data(page.title)
        bar = filter_bar.draw_month if page.title in entry.MONTHLY else filter_bar.draw
        filters = bar(newest, oldest)
        entry.enter(filters)
        selection.keep_under(page.url_path, filters, opened=link.by_address())
    page.run()
    who.remember()
    keys.rest_under_dialogs()


main()
