"""What can be recorded about an account: kinds of entries, what each needs, and how each is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from data_access.amounts import LIMIT
from data_access.schema.parties import APPEAL_LEVELS

METHODS = {
    "call": "Call to the patient",
    "letter": "Letter to the patient",
    "portal_message": "Portal message to the patient",
    "payer_call": "Call to the payer",
    "payer_portal": "Payer's portal",
}
OUTREACH = ("call", "letter", "portal_message")
OUTCOMES = {
    "spoke_with_patient": "Spoke with the patient",
    "promised_to_pay": "Promised to pay",
    "refused": "Refused to pay",
    "disputes": "Disputes the bill",
    "left_message": "Left a message",
    "no_answer": "No answer",
    "wrong_number": "Wrong number or address",
    "sent": "Sent",
    "in_process": "Payer: in process",
    "will_pay": "Payer: approved, payment to come",
    "needs_information": "Payer: needs information",
    "not_on_file": "Payer: claim not on file",
    "denial_stands": "Payer: denial stands",
    "other": "Something else (see the note)",
}
#: What only a patient, and what only a payer, answers.
OF_PATIENTS = ("spoke_with_patient", "promised_to_pay", "refused", "disputes")
OF_PAYERS = ("in_process", "will_pay", "needs_information", "not_on_file", "denial_stands")
HOLDS = {
    "dispute": "Dispute",
    "bankruptcy": "Bankruptcy",
    "assistance": "Financial-assistance application",
    "deceased": "Patient has died",
    "other": "Other hold",
}
CAUSES = {
    "registration": "Registration",
    "authorization": "Authorization",
    "coding": "Coding",
    "provider": "Provider",
}
APPEAL_STATES = {
    "submitted": "Submitted",
    "acknowledged": "Acknowledged",
    "information_requested": "Information requested",
    "upheld": "Denial upheld",
    "overturned": "Overturned",
    "partly": "Partly overturned",
    "withdrawn": "Withdrawn",
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "contact": ("method", "spoke_to", "outcome", "next_step", "next_on"),
    "note": ("note",),
    "promise": ("amount", "due_on"),
    "plan": ("amount", "due_on"),
    "statement": ("amount",),
    "document": ("note",),
    "hold": ("topic",),
    "release": ("topic",),
    "assign": (),
    "pend": ("until",),
    "route": ("topic", "note"),
    "appeal": ("claim_id", "level", "state"),
}
_CHOICES = {
    ("contact", "method"): METHODS,
    ("contact", "outcome"): OUTCOMES,
    ("hold", "topic"): HOLDS,
    ("release", "topic"): HOLDS,
    ("route", "topic"): CAUSES,
    ("appeal", "state"): APPEAL_STATES,
}
_WORDS = {
    "spoke_to": "whom you spoke to",
    "next_step": "the next step",
    "next_on": "the day of the next step",
    "due_on": "the day by which it is due",
    "until": "the day until which it rests",
    "topic": "which one",
    "override": "the reason",
}


#: Characters at most. Said when it is recorded: a field with a limit takes nothing of a longer text that is pasted.
LONGEST = {"note": 2_000, "spoke_to": 200, "next_step": 200, "override": 500}
#: Later than this, a year was mistyped: the longest plan is ten years.
_FAR = timedelta(days=20 * 366)


class Incomplete(ValueError):
    """The entry lacks something, or something in it makes no sense; the message says what."""


def check_entry(entry: Mapping[str, Any], day: date) -> None:
    """Refuse an entry that lacks what its kind needs.

    Raises:
        Incomplete: the message says what is missing.
    """
    kind = entry.get("kind")
    if kind not in _NEEDED:
        raise Incomplete("This is no kind of activity that can be recorded.")
    for name in _NEEDED[kind]:
        value = entry.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise Incomplete(f"Please give {_WORDS.get(name, 'the ' + name)}: it does not count without.")
        allowed = _CHOICES.get((kind, name))
        if allowed is not None and value not in allowed:
            raise Incomplete(f"Choose {_WORDS.get(name, 'the ' + name)} from the list.")
    if kind == "contact":
        _check_outcome(entry)
    if kind in ("promise", "plan") and not Decimal(0) < entry["amount"] < LIMIT:
        raise Incomplete(f"A {kind} needs an amount above zero, and below a billion.")
    if kind in ("promise", "plan") and entry["amount"] != round(entry["amount"], 2):
        raise Incomplete("An amount has whole cents.")
    if kind == "appeal" and not 1 <= entry["level"] <= APPEAL_LEVELS:
        raise Incomplete(f"The level of an appeal is a number from 1 to {APPEAL_LEVELS}.")
    _check_lengths(entry)
    if kind != "appeal":  # the day it is recorded of is that of a filing or a decision, not the office's
        check_days(entry, day)


def _check_outcome(entry: Mapping[str, Any]) -> None:
    """A call to a payer does not reach the patient, nor the other way round."""
    if entry["outcome"] in (OF_PAYERS if entry["method"] in OUTREACH else OF_PATIENTS):
        how, what = METHODS[entry["method"]], OUTCOMES[entry["outcome"]]
        raise Incomplete(f"{how} does not go with {what}: choose what came of it, or how, again.")


def _check_lengths(entry: Mapping[str, Any]) -> None:
    for name, most in LONGEST.items():
        length = len((entry.get(name) or "").strip())
        if length > most:
            words = _capital(_WORDS.get(name, "the " + name))
            raise Incomplete(f"{words} has {length:,} characters: {most:,} at most. Nothing was saved yet.")


def check_days(entry: Mapping[str, Any], day: date) -> None:
    """Refuse days of something to come that lie before a day, or further ahead than anybody plans.

    Raises:
        Incomplete: the message says which.
    """
    for name in ("next_on", "due_on", "until"):
        told = entry.get(name)
        if told is None or (name == "due_on" and entry["kind"] == "appeal"):  # an appeal may be filed too late
            continue
        if told < day:
            raise Incomplete(f"{_capital(_WORDS[name])} lies in the past.")
        if told > day + _FAR:
            raise Incomplete(f"{_capital(_WORDS[name])} lies more than 20 years ahead.")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def in_words(
    row: Mapping[str, Any], names: Mapping[int, str] | None = None, done: Iterable[Mapping[str, Any]] = ()
) -> str:
    """An activity in one line.

    Args:
        names: of people by id, to say to whom an account was assigned.
        done: the account's activities, to say what was taken back.
    """
    kind = row["kind"]
    if kind == "contact":
        return f"{METHODS[row['method']]}, {row['spoke_to']}: {OUTCOMES[row['outcome']].lower()}"
    if kind == "promise":
        what = "Promise" if row["plan_id"] is None else "Instalment"
        return f"{what} of ${row['amount']:,.2f} by {row['due_on']:%d %b %Y}"
    if kind == "plan":
        return f"Payment plan to {row['due_on']:%d %b %Y}"
    if kind == "statement":
        return f"Statement for ${row['amount']:,.2f}"
    if kind in ("hold", "release"):
        return f"{HOLDS[row['topic']]}: {'on hold' if kind == 'hold' else 'hold ended'}"
    if kind == "route":
        return f"Routed to {CAUSES[row['topic']].lower()}"
    if kind == "appeal":
        return f"Appeal, level {row['level']}: {APPEAL_STATES[row['state']].lower()}"
    if kind == "pend":
        return f"Rests until {row['until']:%d %b %Y}"
    if kind == "assign":
        to = row["to_person_id"]
        return f"Assigned to {(names or {}).get(to, 'somebody')}" if to else "Taken from everybody"
    if kind == "undo":
        undone = next((one for one in done if one["activity_id"] == row["undoes"]), None)
        return "Taken back" if undone is None else f"Taken back: {in_words(undone, names)}"
    return "Document added" if kind == "document" else "Note"
