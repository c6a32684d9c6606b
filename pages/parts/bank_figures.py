"""The figures at the top of the Reconciliation screen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import streamlit as st

from data_access.filters import Filters
from data_access.metrics import METRICS
from data_access.queries import bank_days, credits, posted_payments, posted_twice, reconciliation, unapplied
from pages.parts import store, tiles
from pages.parts.text import counted, money, opening, words

HELP = {
    "deposits": "Bank lines of the period, returned items taken off; the same line in two exports counts once.",
    "remittances": "What the remittances paid in the period say was paid, those sent again included.",
    "missing": "Remittances paid in the period whose money was not found at the bank within the usual "
    f"{reconciliation.USUAL_DAYS[0]} days from payment by EFT, or {reconciliation.USUAL_DAYS[1]} otherwise, or was "
    "taken back by the bank. Those of the last days, whose money may still come, stand below.",
    "posted": "Insurance payments posted without a remittance whose money was not found at the bank. One under the "
    "number of a remittance is in that remittance.",
    "twice": "Payments posted by hand without a check number, of which a remittance has the same amount for the same "
    "account near the same day, as of the day. Both count until a person says whether they are one.",
    "loose": "Deposits of the period that no remittance, posted payment or person explains. What the bank took out "
    "without explanation stands below, and takes nothing off.",
    "differing": "By how much deposits of the period differ from their remittance or posted payment, too much and too "
    "little added up.",
}
WIDE = 200  # six tiles a row; its labels have room for 24 letters


def headline(filters: Filters) -> None:
    """One sentence, then the figures of the period and of the day."""
    found = store.read(reconciliation.position, filters)
    share = reconciliation.matched_share(found, filters.as_of)
    late, missing = found.sum(found.remittances, "open")
    early, awaited = found.sum(found.remittances, "awaited")
    off_by, differing = store.read(bank_days.differing, filters)
    loose, lines = found.sum(found.deposits, "open")
    taken, items = found.sum(found.deposits, "taken_out")
    known = store.read(reconciliation.any_deposits)
    by_hand = store.read(posted_payments.by_state, filters)
    unpaid = by_hand.get("open", (Decimal(0), 0))
    twice = store.read(posted_twice.waiting, filters)
    parts = (
        (missing, f"{money(late)} of {counted(missing, 'remittance')} has not come to the bank in the usual days"),
        (lines, f"{money(loose)} at the bank in {counted(lines, 'deposit')} has no explanation"),
        (items, f"{money(-taken)} taken out by the bank in {counted(items, 'line')} has no explanation"),
        (differing, f"{_differ(differing)} from what was remitted or posted, by {money(off_by)}"),
        (unpaid[1], f"{money(unpaid[0])} posted by hand was not found at the bank"),
        (twice[1], f"{money(twice[0])} posted by hand may be in a remittance as well"),
    )
    wrong = [text for number, text in parts if number]
    if not known:  # without the bank nothing is known of any money, which is not the same as none
        share = replace(share, value=None)
        sentence = "No deposits are loaded, so nobody can say which remittances were paid: load deposits.csv on Import"
    elif not (found.deposits or found.remittances or by_hand or twice[1]):
        sentence = "Nothing was deposited, remitted or posted by hand in this period"
    elif not wrong and share.value is None:
        sentence = "Every deposit is explained, and no remittance of this period brings money"
    else:
        fine = f"Every deposit is explained, and {words(share.value, 'percent')} of remittance money is at the bank"
        may_come = f"{money(early)} of {counted(awaited, 'remittance')} of the last days may still come"
        sentence = "; ".join([*(wrong or [fine]), *([may_come] if awaited else [])])
    opening(f"{sentence}.")
    with st.container(horizontal=True):
        _tile("Deposits", found.sum(found.deposits), "bank line", _again(found.repeated_lines), HELP["deposits"])
        again = found.sum(found.remittances, "repeated")[1]
        _tile("Remittances", found.sum(found.remittances), "remittance", _again(again), HELP["remittances"])
        tiles.measure(share, tiles.parts(share), WIDE)
        nothing = None if known else "n/a"
        soon = f"; {money(early)} of {awaited:,} may still come" if awaited and known else ""
        _tile("Remittance without money", (late, missing), "remittance", soon, HELP["missing"], nothing)
        if by_hand:
            _tile("By hand without money", unpaid, "payment", "", HELP["posted"], nothing)
        if twice[1]:
            _tile("May count twice", twice, "payment", "", HELP["twice"])
        out = f"; {money(-taken)} taken out in {counted(items, 'line')}" if items else ""
        _tile("Money without remittance", (loose, lines), "deposit", out, HELP["loose"], nothing)
        if differing:
            _tile("Another amount", (off_by, differing), "deposit", "", HELP["differing"])
        (lag,) = store.read(reconciliation.days_to_deposit, filters)
        tiles.measure(lag, f"median of {lag.n:,}", WIDE)
        (left,) = store.read(unapplied.in_periods, filters)
        tiles.measure(left, f"{counted(left.n, 'payment')} as of the day", WIDE)
        (owed,) = store.read(credits.credit_days, filters)
        _tile("Credit balances", (owed.numerator, owed.n), "balance", "", METRICS["credits"].help)
        tiles.measure(owed, "of average charges", WIDE)
    _what_filters_do(filters)


def _again(number: int) -> str:
    return f", {number:,} sent again" if number else ""


def _differ(number: int) -> str:
    return f"{counted(number, 'deposit')} {'differs' if number == 1 else 'differ'}"


def _tile(label: str, found: tuple[Decimal, int], of: str, more: str, said: str, instead: str | None = None) -> None:
    """A sum and how many it is of; `instead` of the sum where it is not known."""
    amount, number = found
    tiles.plain_tile(label, instead or amount, note=counted(number, of) + more, width=WIDE, help_text=said)


def _what_filters_do(filters: Filters) -> None:
    if filters.facility_ids or filters.departments or filters.provider_ids:
        st.caption(
            ":material/info: The bank and remittances are of the whole office: facility, department and provider "
            "narrow credit balances alone."
        )
    if filters.payer_ids or filters.payer_types:
        st.caption(
            ":material/info: Payers narrow remittances, payments posted by hand, provider-level entries and "
            "credits; a deposit has no payer."
        )
