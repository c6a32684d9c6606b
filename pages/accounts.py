"""Accounts: who owes what, for how long, and who has gone silent?"""

from decimal import Decimal

import streamlit as st

from data_access.queries import accounts, find
from data_access.queries.accounts import RESPONSIBLE, AccountFilters
from pages.parts import entry, states, store, tables
from pages.parts.text import counted, money, opening

filters = entry.filters()
_SEARCH, _FOUND = "account_search", "accounts-found"


def choose() -> AccountFilters:
    """The filters of this screen beside the shared ones."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        responsible = st.pills(
            "Owed by",
            list(RESPONSIBLE),
            selection_mode="multi",
            format_func=RESPONSIBLE.get,
            key="owed",
            bind="query-params",
        )
        low = st.number_input("Balance from", value=None, step=50.0, key="min", bind="query-params", width=158)
        high = st.number_input("Balance to", value=None, step=50.0, key="max", bind="query-params", width=158)
        age = st.number_input("Days old, at least", value=None, min_value=0, key="days", bind="query-params", width=140)
        silent = st.checkbox("Payer silent too long", key="silent", bind="query-params")
        denied = st.checkbox("Denial stands", key="denied", bind="query-params")
    return AccountFilters(
        responsible=tuple(responsible or ()),
        min_balance=None if low is None else Decimal(f"{low:.2f}"),
        max_balance=None if high is None else Decimal(f"{high:.2f}"),
        min_age=None if age is None else int(age),
        silent_only=silent,
        denied_only=denied,
    )


def in_words(chosen: AccountFilters) -> list[str]:
    """What is chosen on this screen beside the shared filters, for what is taken along."""
    owed = ", ".join(RESPONSIBLE[side].lower() for side in chosen.responsible)
    said = {
        f"owed by: {owed}": chosen.responsible,
        f"balance from {money(chosen.min_balance)}": chosen.min_balance is not None,
        f"balance to {money(chosen.max_balance)}": chosen.max_balance is not None,
        f"at least {chosen.min_age} days old": chosen.min_age is not None,
        "payer silent too long": chosen.silent_only,
        "denial stands": chosen.denied_only,
    }
    return [words for words, holds in said.items() if holds]


def asked() -> str:
    """What to find an account by. It may be a name, so it stands in no link: nothing is bound to it."""
    return st.text_input(
        "Find any account",
        key=_SEARCH,
        width=360,
        placeholder="Account, claim or check number, or name",
        help="The beginning of an account number; or exactly: the payer's claim number, a check or trace number, a "
        "patient's last name, or last name, first name. Open and closed accounts, whatever the filters.",
        on_change=tables.from_the_first,
        args=(_FOUND,),
    ).strip()


def found_by(text: str) -> None:
    """The accounts that a text names."""
    st.caption("Among all accounts, open and closed: the filters are passed over while something is to be found.")
    if not tables.show(find.table(text), filters, _FOUND, "accounts").total_rows:
        states.nothing(
            "No account is found by this",
            "All but an account number must be whole: the payer's claim number, a check or trace number, a last name.",
        )


def main() -> None:
    """Draw the screen."""
    with states.guarded("The accounts"):
        text = asked()
        if text:
            found_by(text)
            return
        above = st.container()
        chosen = choose()
        limits = store.read(accounts.silence_limits, filters.as_of)
        report = accounts.table(filters, chosen, None, limits).narrowed_to(*in_words(chosen))
        found = tables.show(report, filters, "accounts", "accounts")
        if not found.total_rows:
            states.nothing("No account matches", "Ask for less above, take a filter away, or choose another day.")
            return
        number = store.fresh(accounts.number_of_accounts, report)
        with above:
            opening(f"{counted(number, 'account')}, {counted(found.total_rows, 'balance')}.")
        st.caption("An account with a balance on both sides, insurance and patient, has a row for each.")


main()
