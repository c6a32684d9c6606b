"""The rep's desk on an account: where it stands, record what was done, move on to the next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

import streamlit as st

from data_access.filters import Filters
from data_access.posting.standing import DECIDED_AGAINST
from data_access.queries import rules, scoring, worklist
from data_access.queries.account import Account360
from data_access.reference import denial_categories
from data_access.schema.parties import APPEAL_LEVELS
from data_access.work import activities, entries, presence
from data_access.work.activities import Done
from data_access.work.replay import State
from pages.parts import filter_bar, pay, recording, steps, store, who
from pages.parts.text import bold, counted, day, money, name_of, plain

_BEAT_SECONDS = 15
Color = Literal["red", "orange", "blue", "gray"]
Names = dict[int, str]
#: How like an account the balances were that its likelihood was observed on.
LIKENESS = {
    "payer and denial": "of the same age, payer and denial",
    "payer": "of the same age and payer",
    "denial": "of the same age and denial",
    "age": "of the same age",
    "office": "of the whole office",
}


def bar(account_id: int) -> int | None:
    """Who one is, and the way to the accounts before and after; returns the person's id."""
    person_id = who.choose()
    steps.show(account_id)
    return person_id


def show(found: Account360, done: Done, names: Names, person_id: int | None) -> None:
    """Everything a rep does about the account, in one bar, under where it stands."""
    account_id, state = int(found.head["account_id"]), done.state
    place = _place(found)
    with st.container(horizontal=True, vertical_alignment="center"):
        if place is not None and place.row["deadline"] is not None:
            words, color = deadline(place.row, found.head["appeal_level"])
            st.badge(words, icon=":material/event:", color=color)
        standing(done, names, found)
    held(state)
    until = appeal_until(state, found, _appeal_sent_on(place))
    if until:
        st.caption(plain(until))
    clock = pay.clock(found)
    if clock:
        st.caption(clock)
    if place is not None:
        score(place)
    if person_id is None:
        st.caption("Say who you are to record what you do.")
        return
    others(account_id, person_id)
    actions(account_id, person_id, state, found)


def actions(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """What can be recorded, each behind a button."""
    owes_nothing = "" if pay.owed(found) > 0 else "The patient owes nothing."
    on_hold = "The account is on hold: nothing is sent to the patient." if state.standing_holds else ""
    was_denied = found.claims["initial_outcome"].isin(["denied", "partly_denied"]).any()
    no_denial = "" if was_denied else "No claim of this account was denied."
    with st.container(horizontal=True):
        for label, icon, ask, impossible, key in (
            ("Contact", "call", contact, "", "e"),
            ("Promise", "handshake", pay.promise, owes_nothing, None),
            ("Ways to pay", "calendar_month", pay.plan, owes_nothing, None),
            ("Statement", "receipt_long", pay.statement, owes_nothing or on_hold, None),
            ("Rest", "bedtime", rest, "", None),
            ("Hold", "front_hand", hold, "", None),
            ("Assign", "person_add", give, "", None),
            ("Appeal", "gavel", appeal, no_denial, None),
            ("Note", "edit_note", note, "", None),
        ):
            options = {"disabled": bool(impossible), "help": impossible or None, "shortcut": key}
            if st.button(label, icon=f":material/{icon}:", **options):
                ask(account_id, person_id, state, found)


class Place(NamedTuple):
    """An account's row in the worklist under these filters, and by whose weights."""

    row: dict
    filters: Filters
    at: scoring.Desk


def _place(found: Account360) -> Place | None:
    """Its place under the filters, else among all accounts, as its link may be opened first; None where it has none."""
    everything = Filters.of_ninety_days(store.freshness().newest or date.today())
    for filters in dict.fromkeys((filter_bar.of_list(), everything)):
        if found.stood(filters.as_of):  # without a balance there is no score to work out
            at = steps.desk(filters)
            row = store.fresh(worklist.one, filters, at, int(found.head["account_id"]))
            if row is not None:
                return Place(row, filters, at)
    return None


def _appeal_sent_on(place: Place | None) -> date | None:
    """When the appeal that is next was sent, by its last day; an account that is in no worklist has none to send."""
    return place.row["appeal_sent_on"] if place is not None else None


def deadline(row: dict, level: int | None) -> tuple[str, Color]:
    """The deadline that matters, and its color: to appeal while no appeal is filed, to file while nothing was sent."""
    left, last, to = int(row["days_left"]), day(row["deadline"]), row["deadline_kind"]
    if to == "appeal" and (level or 1) > 1:
        to = f"appeal at level {level}"
    if left < 0:
        return f"The time to {to} ended {last}", "gray"
    said = "Today is the last day" if left == 0 else f"{counted(left, 'day')} left"
    color: Color = "red" if left <= scoring.WEEK else "orange" if left <= scoring.SOON else "blue"
    return f"{said} to {to} (by {last})", color


def standing(done: Done, names: Names, found: Account360) -> None:
    """Whose it is and what is next."""
    state = done.state
    parts = [f"**{names.get(state.assigned_to, 'Nobody')}**'s" if state.assigned_to else "Unassigned"]
    if state.next_step:
        parts.append(f"next: {state.next_step}, {day(state.follow_up_on)}")
    if state.pend_until:
        parts.append(f"rests until {day(state.pend_until)}")
    if state.routed_to:
        parts.append(f"routed to {entries.CAUSES[state.routed_to].lower()}")
    if state.promise_id:
        parts.append(pay.standing(state, found, done.history))
    if state.appeal_state:
        parts.append(f"appeal level {state.appeal_level} {appeal_now(state, found)}")
    touched = f"last touched {day(state.last_touch_on)}" if state.last_touch_on else "never touched"
    st.markdown(plain(" · ".join([*parts, touched])), width="content")


def appeal_until(state: State, found: Account360, sent: date | None) -> str | None:
    """By when the denial that stands can be appealed and how that was counted, or that nobody stated a limit.

    Args:
        sent: the day the appeal was sent, where that was in time: then nothing is due until it is decided.
    """
    how, level, last = rules.counted(found.head), found.head["appeal_level"], day(found.head["appeal_deadline"])
    if sent:
        return f"Level {level} appeal sent {day(sent)}, in time (last day {last})."
    if how:
        return f"Level {level} appeal by {last}: {how}."
    return no_limit(found) if found.head["denied"] > 0 and state.appeal_state in DECIDED_AGAINST else None


def no_limit(found: Account360) -> str:
    """That nobody stated how long the next level of appeal may take: no date is better than an invented one."""
    level, payer = found.head["appeal_level"] or 1, found.head["appeal_payer"] or "this payer"
    if level > APPEAL_LEVELS:
        return "Every level of appeal was decided against us."
    return (
        f"No limit is stated for an appeal at level {level} to {payer}: see its manual, and state it in Administration."
    )


def held(state: State) -> None:
    """What holds it."""
    if state.standing_holds:
        names = ", ".join(entries.HOLDS[name] for name in sorted(state.standing_holds))
        st.warning(f"On hold: {names}. No outreach to the patient.", icon=":material/front_hand:")


def appeal_now(state: State, found: Account360) -> str:
    """Where an appeal stands: as recorded, or recovered by a payment that came since."""
    appealed = found.claims[found.claims["claim_id"] == state.appeal_claim_id]
    recovered = bool(len(appealed)) and bool(appealed["overturned"].fillna(False).iloc[0])
    if state.appeal_state in activities.APPEAL_OPEN and recovered:
        return "recovered: the payer paid"
    return entries.APPEAL_STATES[state.appeal_state or "submitted"].lower()


def score(place: Place) -> None:
    """The account's place in the worklist, as a sum."""
    row, filters, at = place
    reasons = scoring.why(row)
    with st.expander(plain(f"Score {row['score']}" + (f": {reasons}" if reasons else ""))):
        for part, name in scoring.PARTS.items():
            st.markdown(f"{name}: **{row[f'{part}_points']}** of {at.weights[part]}")
        for seen in store.fresh(scoring.observed, filters, row["account_id"]):
            st.caption(
                f"Of {plain(money(seen.balance))} {name_of(seen.side).lower()} owes, {seen.rate * 100:.0f} % is usual: "
                f"what came within 91 days on {seen.cases:,} balances {LIKENESS[seen.level]}."
            )


@st.fragment(run_every=_BEAT_SECONDS)
def others(account_id: int, person_id: int) -> None:
    """Say that one is here, and who else is."""
    here = presence.seen(store.engine(), account_id, person_id)
    if here:
        names = who.names()
        people = ", ".join(names.get(one, "somebody") for one in here)
        st.warning(f"{plain(people)} has this account open too.", icon=":material/group:")


def contact_limits(account_id: int, state: State) -> str:
    """How near the account is to the limits of outreach."""
    tried = activities.attempts(store.fresh(activities.history, account_id), date.today())
    talked = f"; last spoke with the patient {day(state.last_talk_on)}" if state.last_talk_on else ""
    return (
        f"Patient tried {tried} of {activities.MOST_ATTEMPTS} times in {activities.WITHIN_DAYS} days{talked}. No call "
        f"within {activities.WITHIN_DAYS} days after a conversation, unless there is a reason."
    )


@st.dialog("Record a contact")
def contact(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """A call, letter, message or payer contact; a touch counts only with all of it."""
    st.caption(contact_limits(account_id, state) + " A patient who disputes the bill puts the account on hold.")
    methods, outcomes = list(entries.METHODS), list(entries.OUTCOMES)
    usual = ("payer_call", "in_process") if found.head["insurance_balance"] > 0 else ("call", "spoke_with_patient")
    with st.form(f"contact-{account_id}", border=False):
        method = st.selectbox("How", methods, methods.index(usual[0]), format_func=entries.METHODS.get)
        spoke_to = st.text_input("With whom")
        outcome = st.selectbox("What came of it", outcomes, outcomes.index(usual[1]), format_func=entries.OUTCOMES.get)
        words = st.text_area("Note", height=70)
        next_step = st.text_input("Next step")
        next_on = recording.day_input("On", date.today() + timedelta(days=7))
        override = st.text_input("Reason to pass over a contact limit or hold, if there is one")
        if st.form_submit_button("Record", type="primary"):
            entry = {
                "kind": "contact",
                "method": method,
                "spoke_to": spoke_to,
                "outcome": outcome,
                "note": words,
                "next_step": next_step,
                "next_on": next_on,
                "override": override,
            }
            disputed = " The account is on hold for the dispute." if outcome == "disputes" else ""
            recording.save(account_id, person_id, state, [entry], f"The contact was recorded.{disputed}")


@st.dialog("Put the account aside")
def rest(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """Put the account aside until a day; it comes back to the same person."""
    with st.form(f"pend-{account_id}", border=False):
        until = recording.day_input("Show it again on", date.today() + timedelta(days=3))
        next_step = st.text_input("To do then")
        if st.form_submit_button("Record", type="primary"):
            entry = {"kind": "pend", "until": until, "next_step": next_step}
            recording.save(account_id, person_id, state, [entry], f"The account rests until {until:%d %b %Y}.")


@st.dialog("Hold the account, or end a hold")
def hold(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """Take the account off outreach, or end that."""
    topics = list(entries.HOLDS)
    first = next((at for at, topic in enumerate(topics) if topic in state.standing_holds), 0)
    topic = st.selectbox("Hold", topics, first, format_func=lambda one: _hold_now(one, state))  # it names the button
    kind, label, done = "hold", "Put on hold", "The account is on hold."
    if topic in state.standing_holds:
        kind, label, done = "release", "End the hold", "The hold was ended."
    with st.form(f"hold-{account_id}", border=False):
        words = st.text_area("Why", height=70)
        if st.form_submit_button(label, type="primary"):
            recording.save(account_id, person_id, state, [{"kind": kind, "topic": topic, "note": words}], done)


def _hold_now(topic: str, state: State) -> str:
    return entries.HOLDS[topic] + (" (on hold now)" if topic in state.standing_holds else "")


@st.dialog("Assign or route")
def give(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """Assign to a person, or route to the cause."""
    with st.form(f"assign-{account_id}", border=False):
        to = st.selectbox("To", **who.to_whom())
        if st.form_submit_button("Assign", type="primary"):
            recording.save(account_id, person_id, state, [{"kind": "assign", "to_person_id": to}], "Assigned.")
    with st.form(f"route-{account_id}", border=False):
        cause = st.selectbox("Or route to", list(entries.CAUSES), format_func=entries.CAUSES.get)
        words = st.text_input("What they should do")
        if st.form_submit_button("Route"):
            entry = {"kind": "route", "topic": cause, "note": words}
            recording.save(account_id, person_id, state, [entry], "Routed.")


@st.dialog("Appeal a denial")
def appeal(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """File an appeal of a denied claim, or record what became of it."""
    denied = found.claims[found.claims["initial_outcome"].isin(["denied", "partly_denied"])]
    category = denial_categories().get(found.head["denial_category"] or "")
    with st.form(f"appeal-{account_id}", border=False):
        if category:
            st.caption(plain(f"Usual for {category.label.lower()}: {category.first_action}"))
        following, due = found.head["appeal_level"] or 1, found.head["appeal_deadline"]
        sent = _appeal_sent_on(_place(found))
        if found.head["unprocessable"]:
            st.markdown("**Not processed as it was sent (MA130): correct the claim and send it again, no appeal.**")
        elif sent:
            st.markdown(f"Level {following} was sent **{day(sent)}**: record what became of it.")
        elif due:
            st.markdown(f"File level {following} by **{day(due)}** ({plain(rules.counted(found.head))}).")
        else:
            st.caption(plain(no_limit(found)))
        claims = {int(row["claim_id"]): row for row in denied.to_dict("records")}
        claim_id = st.selectbox(
            "Claim",
            list(claims),
            format_func=lambda one: f"{claims[one]['payer']}, {money(claims[one]['charge'])}",
        )
        level = st.number_input("Level", 1, APPEAL_LEVELS, min(max(following, state.appeal_level or 1), APPEAL_LEVELS))
        became = st.selectbox("State", list(entries.APPEAL_STATES), format_func=entries.APPEAL_STATES.get)
        on = recording.day_input(
            "Filed on, or date of the payer's decision",
            date.today(),
            help="A decision against us opens the next level: its deadline is counted from this date.",
        )
        words = st.text_area("Note", height=70)
        next_on = recording.day_input("Look again on", date.today() + timedelta(days=30))
        if st.form_submit_button("Record", type="primary"):
            entry = {
                "kind": "appeal",
                "claim_id": claim_id,
                "level": int(level),
                "state": became,
                "note": words,
                "due_on": due if level == following else None,
                "next_step": "Appeal at the next level, or say why not"
                if became in DECIDED_AGAINST
                else "Look for the payer's answer to the appeal",
                "next_on": next_on,
            }
            recording.save(account_id, person_id, state, [entry], "The appeal was recorded.", on)


@st.dialog("Write a note")
def note(account_id: int, person_id: int, state: State, found: Account360) -> None:
    """A note; it is no touch."""
    with st.form(f"note-{account_id}", border=False):
        words = st.text_area("Note")
        if st.form_submit_button("Record", type="primary"):
            recording.save(account_id, person_id, state, [{"kind": "note", "note": words}], "The note was recorded.")


def history(rows: list[dict], names: Names) -> None:
    """What was recorded, newest first; each can be taken back."""
    person_id = who.me()
    if not rows:
        st.caption("Nothing was recorded on this account yet.")
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            struck = entries.in_words(row, names, rows)
            struck = f"~~{plain(struck)}~~ (taken back)" if row["undone"] else bold(struck)
            more = " · ".join(part for part in (row["note"], row["next_step"], row["override"]) if part)
            st.markdown(
                f"{struck} · {plain(names.get(row['person_id'], 'Somebody'))}, {day(row['day'])}"
                + (f"  \n{plain(more)}" if more else "")
            )
            whole = row["kind"] != "undo" and not row["undone"] and row["plan_id"] is None
            can = person_id is not None and whole
            if can and st.button(
                "Take back", icon=":material/undo:", type="tertiary", key=f"undo-{row['activity_id']}"
            ):
                recording.take_back(row["activity_id"], int(person_id or 0))
