"""Team: who works on what, what did it bring, and what would be lost by doing nothing this week?"""

from datetime import date

import streamlit as st

from data_access.queries import accounts, backlog, recorded, scoring, team, worklist
from pages.parts import entry, states, store, tables
from pages.parts.text import money

filters = entry.filters()


def headline() -> None:
    """What waits, and what runs out."""
    limits = store.read(accounts.silence_limits, filters)
    desk = scoring.Desk(date.today(), None, scoring.weights(store.engine()), limits)
    lost, counts = worklist.look(store.engine(), filters, desk, "this_week", limit=1)
    nobodys = f"{counts['unassigned']:,} of {counts['all']:,} open accounts are nobody's."
    if not lost.total_rows:
        st.markdown(f"#### No deadline runs out this week; {nobodys}")
        return
    losing = "1 account" if lost.total_rows == 1 else f"{lost.total_rows:,} accounts"
    st.markdown(
        f"#### Doing nothing this week loses the deadlines of {losing} with "
        f"{money(lost.totals['insurance'])}; {nobodys}"
    )
    st.page_link(
        "pages/worklist.py",
        label="Open the accounts that run out of time",
        icon=":material/timer:",
        query_params={"view": "this_week"},
    )


def main() -> None:
    """Draw the screen."""
    with states.guarded("The team"):
        headline()
        if tables.show(backlog.table(filters, date.today()), filters, "backlog", "team") is not None:
            st.caption("By office policy; an account whose sides are of different ages stands where the older one is.")
        found = tables.show(team.table(filters, date.today()), filters, "team", "team")
        if found is not None and not found.total_rows:
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
