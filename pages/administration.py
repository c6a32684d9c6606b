"""Administration: what the office has set, its payers' limits, and who works here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import streamlit as st

from data_access.queries import rules
from data_access.queries.table import totals
from data_access.work import people
from data_access.work.office import BadSetting, Office, amount_from, days_from, office, set_office
from pages.parts import entry, payer_limits, prompt_pay, states, store, tables, who
from pages.parts.text import bold, plain


def _kept(make: Callable[[], Office]) -> None:
    try:
        set_office(store.engine(), make())
    except BadSetting as error:
        st.warning(plain(error))
    else:
        st.toast("Set.")
        st.rerun()


def letterhead() -> None:
    """Name and address on statements, and how to pay."""
    now = store.fresh(office)
    if not now.is_named:
        st.info("Statements can be sent once name, street and city are set.")
    with st.form("letterhead"):
        name = st.text_input("Name of the practice", now.name, max_chars=80)
        street = st.text_input("Street", now.street, max_chars=80)
        place = st.text_input("City, state and postal code", now.place, max_chars=80)
        phone = st.text_input("Phone for questions and payments", now.phone, max_chars=40)
        online = st.text_input("Address for paying online", now.pay_online, max_chars=80)
        aid = st.text_input(
            "How to apply for financial help",
            now.assistance,
            max_chars=240,
            help="A sentence or two, in plain words; printed on every statement.",
        )
        if st.form_submit_button("Set", type="primary"):
            _kept(
                lambda: replace(
                    now, name=name, street=street, place=place, phone=phone, pay_online=online, assistance=aid
                )
            )


def statements() -> None:
    """The cycle, what is worth a statement, and the clock of a non-profit hospital."""
    now = store.fresh(office)
    with st.form("statements"):
        days = st.text_input(
            "Days after the first statement on which the next are due", ", ".join(map(str, now.cycle_days))
        )
        smallest = st.text_input("Smallest balance worth a statement", f"{now.smallest_statement:.2f}")
        nonprofit = st.checkbox(
            "A non-profit hospital: show and print the 501(r) clock",
            now.nonprofit,
            help="26 CFR 1.501(r)-6: no extraordinary collection for 120 days from the first statement; financial "
            "help may be asked for until day 240.",
        )
        if st.form_submit_button("Set", type="primary"):
            _kept(
                lambda: replace(
                    now,
                    cycle_days=days_from(days),
                    smallest_statement=amount_from(smallest, "Smallest balance"),
                    nonprofit=nonprofit,
                )
            )


def plans() -> None:
    """The rules of payment plans, and the discount for paying at once."""
    now = store.fresh(office)
    with st.form("plans"):
        smallest = st.text_input("Smallest instalment", f"{now.smallest_instalment:.2f}")
        longest = st.number_input("Longest plan, in months", 2, 120, now.longest_months)
        percent = st.text_input("Discount for paying at once, in percent", f"{now.prompt_pay_percent:.2f}")
        within = st.number_input("Paying at once means within so many days", 1, 365, now.prompt_pay_days)
        if st.form_submit_button("Set", type="primary"):
            _kept(
                lambda: replace(
                    now,
                    smallest_instalment=amount_from(smallest, "Smallest instalment"),
                    longest_months=int(longest),
                    prompt_pay_percent=Decimal(amount_from(percent, "Discount")),
                    prompt_pay_days=int(within),
                )
            )


def payers() -> None:
    """Filing and appeal limits of each payer, with source and effective date."""
    report = rules.table(date.today())
    number_of_payers, _ = store.fresh(totals, report)
    payer_limits.ask_to_state(store.engine())
    if not number_of_payers:
        states.nothing("No payer is in the data yet", "Payers come with claims, transactions.csv and payers.csv.")
        states.to_import()
        return
    tables.show(report, payer_limits.any_day(), "limits", "administration")
    st.caption(
        "A limit applies to denials and services from its effective day to the next; a payer's first limit also covers "
        "the days before. Each change is a load of its own: it stands in the Import history, and can be undone there."
    )


def team() -> None:
    """Who works here. Who has left keeps their work, and is no longer offered."""
    known = store.fresh(people.people)
    if not known:
        st.caption("Nobody yet. Everybody adds their own name here, or wherever else it says Who are you?")
        who.choose()
        return
    for person_id, name in known.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(plain(name), width=260)
            with st.popover("Has left", key=f"left-{person_id}", type="tertiary", icon=":material/person_remove:"):
                st.markdown(f"{bold(name)} will no longer be offered; what they did keeps their name.")
                if st.button("Yes, has left", key=f"retire-{person_id}", type="primary"):
                    people.retire(store.engine(), person_id)
                    st.rerun()


VIEWS = {
    "Letterhead": letterhead,
    "Statements": statements,
    "Payment plans": plans,
    "Payers' limits": payers,
    "Prompt-pay rules": prompt_pay.show,
    "People": team,
}


def main() -> None:
    """Draw the screen."""
    view = st.segmented_control(
        "Show",
        list(VIEWS),
        default="Letterhead",
        key="show",
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    with states.guarded("Administration"):
        VIEWS[view]()


entry.required()
main()
