"""Team: who works on what, what did it bring, and what would be lost by doing nothing this week?"""

from datetime import date

import streamlit as st

from data_access.queries import accounts, backlog, recorded, scoring, team, worklist
from data_access.queries.table import TablePage, totals
from pages.parts import entry, states, store, tables, tiles
from pages.parts.text import counted, money, opening

filters = entry.filters()


def headline(held: TablePage) -> None:
    """What waits, and what runs out."""
    limits = store.read(accounts.silence_limits, filters.as_of)
    desk = scoring.Desk(date.today(), None, store.fresh(scoring.weights), limits)
    count, sums = store.fresh(totals, worklist.table(filters, desk, "this_week").without_phi)
    accounts_held, unassigned = (int(held.frame[name].sum()) for name in ("accounts", "unassigned"))
    are = "is" if unassigned == 1 else "are"
    nobodys = f"{unassigned:,} of {counted(accounts_held, 'open account')} {are} nobody's."
    if not accounts_held:
        nobodys = "no open account matches."
    if not count:
        opening(f"No deadline runs out this week; {nobodys}")
        return
    opening(
        f"Doing nothing this week loses the deadlines of {counted(count, 'account')} with "
        f"{money(sums['insurance'])}; {nobodys}"
    )
    st.page_link(
        "pages/worklist.py",
        label="Open the accounts that run out of time",
        icon=":material/timer:",
        query_params={"view": "this_week"},
    )


def open_those_due(held: TablePage) -> None:
    """The way to the accounts that the column of those due counts."""
    due = int(held.frame["due"].sum())
    if due:
        st.page_link(
            "pages/worklist.py",
            label=f"Open {counted(due, 'account')} due today",
            icon=":material/event:",
            query_params={"view": "due"},
        )


def whole_team() -> None:
    """The team as a whole: what it holds, what it did, and what that brought."""
    sums = store.fresh(team.whole, filters, date.today())
    cash, contacts = sums["cash"], sums["touches"]
    each = f"{money(cash / contacts)} a contact" if contacts else "no contact yet"
    with st.container(horizontal=True):
        for name, value, note in (
            ("Accounts held", f"{sums['accounts']:,}", f"{sums['due']:,} due today"),
            ("Untouched 30 days", f"{sums['untouched_30']:,}", f"{sums['untouched_14']:,} for 14 days"),
            ("Contacts", f"{contacts:,}", "in the period"),
            (
                "Promises kept",
                f"{sums['promises_kept']:,} of {sums['promises_due']:,}",
                f"due; {sums['promises']:,} taken",
            ),
            ("Appeals won", f"{sums['appeals_won']:,} of {sums['appeals']:,}", "filed"),
            ("Cash after a contact", cash, each),
        ):
            tiles.plain_tile(name, value, note=note, width=202)


def main() -> None:
    """Draw the screen."""
    with states.guarded("The team"):
        above = st.container()
        held = tables.show(backlog.table(filters, date.today()), filters, "backlog", "team")
        st.caption(
            "By office policy; an account whose sides are of different ages stands where the older one is. Untouched "
            "30 days: open for at least as long, and no contact, appeal or paper since. Due today: by their next step "
            "or a deadline, as on the Worklist."
        )
        open_those_due(held)
        with above:
            headline(held)
        whole_team()
        found = tables.show(team.table(filters, date.today()), filters, "team", "team")
        if not found.total_rows:
            st.info("Nobody works here yet. Everybody adds their own name on the Worklist.")
        if filters.narrows:
            st.caption(
                "Facility, department, payer and provider narrow the sentence above. The figures of people are of all "
                "their accounts: a contact belongs to an account, not to one payer of it."
            )
        st.caption(
            f"What is held is as of today; contacts, promises, appeals and cash are of the period. Cash counts once, "
            f"for the latest contact within the {team.FOLLOWS_DAYS} days before it. There is no single score: the "
            "figures say different things, and a hard account is worth more than an easy one."
        )
        tables.show(recorded.table(filters), filters, "recorded", "team")


main()
