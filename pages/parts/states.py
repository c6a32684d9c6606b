"""What a screen shows when it has nothing to show: no data, no match, or a failed query."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException

from data_access.posting import PostingFailed
from data_access.queries.imports import Unapplied
from data_access.trouble import kind_and_place
from pages.parts import link
from pages.parts.text import bold, counted, listed, money, plain

_CHARGES = ("claims", "entries of the billing system")
#: Kind of a file -> what it brings.
_BROUGHT = {
    "835": "remittances",
    **dict.fromkeys(("deposits", "BAI2"), "bank deposits"),
    **dict.fromkeys(("837", "837P", "837I", "837D"), _CHARGES[0]),
    "transactions": _CHARGES[1],
    **dict.fromkeys(("999", "997", "277CA"), "acknowledgments"),
    **dict.fromkeys(("276", "277"), "claim status inquiries and answers"),
    **dict.fromkeys(("270", "271"), "eligibility inquiries and answers"),
    "payers": "payers",
    "departments": "departments",
    **dict.fromkeys(("contracts", "fee_schedules"), "contracts"),
    "prompt_pay": "prompt-pay rules",
}
_log = logging.getLogger("dashboard")


def empty_database() -> None:
    """Nothing was loaded yet: say how to begin."""
    st.subheader("Nothing is loaded yet", anchor=False)
    st.markdown(
        "Load 837 claims, 835 remittances or CSV files of the billing system on the **Import** page, or from a shell:"
    )
    st.code("python -m data_access load FOLDER", language="shell")
    st.markdown("To look around first, make the synthetic practice, which lives in a database of its own:")
    st.code("make demo", language="shell")
    to_import()


def to_import() -> None:
    """The way to where files are loaded."""
    st.page_link("pages/imports.py", label="Open Import", icon=":material/upload_file:")


def nothing_posted(kinds: Collection[str], waiting: Unapplied, money_elsewhere: bool) -> None:
    """Something was loaded, and nothing of it is posted: say what there is, what is missing, and where to look.

    Args:
        kinds: of the files that are loaded.
        waiting: payments on no account.
        money_elsewhere: Reconciliation, which is another screen, has something to tell.
    """
    brought = list(dict.fromkeys(_BROUGHT.get(kind, "other files") for kind in sorted(kinds, key=_place)))
    missing = "Missing are the claims (837 files), or the charges of the billing system (transactions.csv): load them."
    if not set(_CHARGES).isdisjoint(brought):
        missing = "None of it is a charge of a day up to today: look at the problems of the loads, under Import."
    st.info(
        f"**Nothing is posted to accounts yet.** Loaded are {listed(brought)}. {missing}",
        icon=":material/hourglass_empty:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        to_import()
        if waiting.payments:
            amount = plain(f"{money(waiting.amount)} in {counted(waiting.payments, 'payment')} on no account")
            link.way("imports", amount, {"show": "Waiting"}, icon=":material/pending_actions:")
        if money_elsewhere:
            st.page_link("pages/reconciliation.py", label="Open Reconciliation", icon=":material/account_balance:")


def _place(kind: str) -> int:
    return [*_BROUGHT].index(kind) if kind in _BROUGHT else len(_BROUGHT)


def no_match(what: str = "Nothing matches these filters") -> None:
    """An empty result of filters: say what to do."""
    nothing(what, "Widen the period, or take a filter away.")


def no_match_that_day(what: str) -> None:
    """An empty result of filters where the period does not matter: say what to do."""
    nothing(what, "Take a filter away, or choose another day.")


def no_longer(what: str) -> None:
    """What a link or a click opened is no longer there; the way back to the list stands below."""
    nothing(what, "It was decided, or its file was taken back. Show all leads back to the list.")


def nothing(what: str, hint: str) -> None:
    """An empty result: what there is none of, and a sentence on what to do."""
    with st.container(border=True):
        st.markdown(f"{bold(f'{what}.')} {plain(hint)}")


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Draw a part of a screen; when that fails, say so without a word of data, with a number to quote.

    Every failure is caught here, of whatever kind: an error's message may hold a name or an
    amount (a value that could not be read, parameters of a query), and Streamlit would write it to the log with its
    traceback. What is told and logged is the kind of error and its place; the other parts of the screen stand.
    """
    try:
        yield
    except (RerunException, StopException):
        raise
    except PostingFailed as error:
        _log.error("%s: %s", what, error)
        st.error(str(error))
    except Exception as error:  # noqa: BLE001 - of whatever kind, or Streamlit logs its message: see above
        number = uuid.uuid4().hex[:8]
        _log.error("%s failed (%s): %s", what, number, kind_and_place(error))
        st.error(f"{plain(what)} could not be read. Reload the page; if it stays, quote number {number}.")
