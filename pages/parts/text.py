"""How figures and codes read on a screen, once."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from data_access.counting import counted, listed
from data_access.queries.coverage import CAUSES as LAST_CHECKS
from data_access.queries.coverage import STANDINGS
from data_access.queries.overview import words
from data_access.reference import denial_categories
from data_access.work.entries import APPEAL_STATES, CAUSES, HOLDS, METHODS, OUTCOMES

#: Values stored as ids -> what people say.
NAMES = {
    **STANDINGS,
    "active": "Active",
    "inactive": "Not covered",
    "unknown": "Not stated",
    "office": "Office",
    "payer": "Payer",
    **{cause: label for cause, (label, _) in LAST_CHECKS.items()},
    **METHODS,
    **OUTCOMES,
    **HOLDS,
    **CAUSES,
    **APPEAL_STATES,
    "paid": "Paid",
    "partly_denied": "Partly denied",
    "denied": "Denied",
    "partly_paid": "Partly paid",
    "written_off": "Written off",
    "open": "Open",
    "void": "Void",
    "insurance": "Insurance",
    "patient": "Patient",
    "unbilled": "Not billed yet",
    "credit": "Credit",
    "closed": "Closed",
    "charge": "Charge",
    "insurance_payment": "Insurance payment",
    "patient_payment": "Patient payment",
    "insurance_refund": "Refund to insurer",
    "recoupment": "Taken back by insurer",
    "patient_refund": "Refund to patient",
    "contractual": "Contractual adjustment",
    "other_payer": "Settled by other payer",
    "write_off": "Write-off",
    "denial_write_off": "Denial write-off",
    "bad_debt": "Bad debt",
    "charity": "Charity care",
    "transfer": "Transfer",
    "patient_responsibility": "Patient responsibility",
    "denial": "Denial",
    "other": "Other",
    "confirmed": "Confirmed",
    "probable": "Probable",
    "none": "No claim",
    "set_aside": "Set aside by a person",
    "current": "Current",
    "superseded": "Replaced",
    "timely_filing": "Timely filing",
    "no_authorization": "No authorization",
    "missed_appeal": "Missed appeal",
    "missing_information": "Missing information",
    "small_balance": "Small balance",
    "not stated": "Not stated",
    "loaded": "Loaded",
    "partly_loaded": "Partly loaded",
    "already_loaded": "Already loaded",
    "rejected": "Rejected",
    "undone": "Undone",
    "error": "Error",
    "warning": "Warning",
    "point_of_service": "At the visit",
    "card": "Card",
    "check": "Check",
    "cash": "Cash",
    "portal": "Portal",
    "contact": "Contact",
    "note": "Note",
    "promise": "Promise",
    "plan": "Payment plan",
    "statement": "Statement",
    "document": "Document",
    "hold": "Hold",
    "release": "Hold ended",
    "assign": "Assigned",
    "pend": "Put aside",
    "route": "Routed",
    "appeal": "Appeal",
    "undo": "Taken back",
    "contract": "Contract",
    "usual": "Usual amount",
    "met": "As expected",
    "partly_recovered": "Partly recovered",
    "recovered": "Recovered",
    "matched": "Matched",
    "explained": "Explained by a person",
    "differing": "Another amount",
    "in_remittance": "In a remittance",
    "order": "Amount and order of days",
    "returned": "Returned by the bank",
    "repeated": "Sent again",
    "awaited": "May still come",
    "no_money_due": "Pays nothing",
    "trace": "Trace number",
    "amount": "Amount and days",
    "several": "Several together",
    "day": "Day of patient payments",
    "hand": "A person",
    "bank": "The bank's line",
    "eft": "EFT",
    "lockbox": "Lockbox",
    "balanced": "Balances",
    "changed": "Changed after closing",
    "netted": "Taken back by another entry",
    "on_claim": "On a claim",
    "provider_level": "On the provider as a whole",
    "unallocated": "Unallocated",
    "stands": "Stands",
    "taken back": "Taken back",
    "sent": "Sent, no word yet",
    "file_rejected": "Rejected with its file",
    "accepted_clearinghouse": "At the clearinghouse",
    "accepted_payer": "Accepted by the payer",
    "posted_by_hand": "Paid, posted by hand",
    "adjudicated": "Adjudicated",
    "clearinghouse": "Clearinghouse",
    "file": "File",
}


#: What Markdown, and Streamlit's own additions to it, read as more than a letter.
_MARKS = re.compile(r"[\\`*_\[\]!<>#~$|&]|:(?=[^\W\d]|:)")
#: A list, or the line under a heading.
_AT_THE_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|[-=]+$))")
#: `:material/home:` and `:smile:` become pictures although their colons are escaped; not with this in between.
_NAMED_PICTURE = re.compile(r":(?=[A-Za-z+-][\w+/-]*:)")
_NOTHING = "\N{WORD JOINER}"


def name_of(value: Any) -> Any:
    """A stored id in words, or several joined by commas; other text as it is."""
    if not isinstance(value, str):
        return value
    several = value.split(",")
    if len(several) > 1 and all(one in NAMES for one in several):
        return ", ".join(NAMES[one] for one in several)
    category = denial_categories().get(value)
    return category.label if category and value not in NAMES else NAMES.get(value, value)


def money(amount: Decimal | None) -> str:
    """An amount to the cent."""
    if amount is None or pd.isna(amount):
        return "n/a"
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def plain(text: Any) -> str:
    """Text for a place that reads Markdown, shown there as it is.

    Names and words of files, links and people go through this: a payer may be called what is a picture in Markdown,
    which the browser would fetch from wherever it says.
    """
    words = _NAMED_PICTURE.sub(f":{_NOTHING}", " ".join(str(text).split()))
    return _AT_THE_START.sub(r"\1\\", _MARKS.sub(r"\\\g<0>", words))


def bold(text: Any) -> str:
    """The same in bold."""
    return f"**{plain(text)}**"


def opening(sentence: str) -> None:
    """What a screen says first. "12.2 %" stays on one line."""
    st.markdown(f"#### {plain(sentence)}".replace(" %", "\N{NO-BREAK SPACE}%"))


def day(value: date | None) -> str:
    """A date as people write it."""
    return "n/a" if value is None or pd.isna(value) else f"{value:%d %b %Y}"


__all__ = ["bold", "counted", "day", "listed", "money", "name_of", "opening", "plain", "words"]
