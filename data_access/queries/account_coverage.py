"""Coverage of one account on its date of service: what the payer said, in a sentence and in figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, Table, and_, bindparam, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.frames import read_frame
from data_access.posting.balances import STILL_OPEN
from data_access.queries.coverage import NOT_VERIFIED, answering_none, anything_asked
from data_access.reference import labels
from data_access.schema import (
    account,
    account_coverage,
    coverage_answer,
    coverage_benefit,
    coverage_inquiry,
    load,
    payer,
)


@dataclass(frozen=True)
class Coverage:
    """What is known of an account's coverage.

    `answer` and `inquiry` are rows with the `file_name` they came from, or None; `asked_on` is the day of the inquiry
    that the answer is to, where that was loaded; `rejections` and `follow_up` are in words.
    """

    standing: str
    sentence: str
    answer: dict[str, Any] | None
    inquiry: dict[str, Any] | None
    asked_on: date | None
    rejections: list[str]
    follow_up: str | None
    benefits: pd.DataFrame

    @property
    def member(self) -> str | None:
        """The member id but for all except its last four characters."""
        member = (self.answer or self.inquiry or {}).get("member_id")
        return f"…{member[-4:]}" if member else None


def on_account(engine: Source, account_id: int) -> Coverage | None:
    """The coverage of an account; None where it has no insurer, or where no inquiry or answer is loaded at all."""
    if not anything_asked(engine):
        return None
    with engine.connect() as connection:
        found = connection.execute(_known(), {"account_id": account_id}).mappings().first()
        if found is None or found["payer_id"] is None:
            return None
        answer = _said(connection, coverage_answer, found["coverage_answer_id"])
        inquiry = _said(connection, coverage_inquiry, found["coverage_inquiry_id"])
        benefits = read_frame(connection, _BENEFITS, {"answer_id": found["coverage_answer_id"]})
        asked_on = _asked_on(connection, answer)
    rejections = _rejections(answer)
    follow_up = labels("eligibility_follow_up").get((answer or {}).get("reject_follow_up") or "")
    standing = found["standing"] or NOT_VERIFIED
    text = _sentence(standing, dict(found), answer, inquiry, rejections, follow_up)
    return Coverage(standing, text, answer, inquiry, asked_on, rejections, follow_up, _in_words(benefits))


@built_once
def _known() -> Select:
    known, row = account_coverage.c, account.c
    return (
        select(row.payer_id, row.service_from, payer.c.name.label("payer"), known.standing, known.days_before)
        .add_columns(known.coverage_answer_id, known.coverage_inquiry_id, known.covered)
        .add_columns(row.payer_id.in_(answering_none()).label("answers_none"))
        .outerjoin(account_coverage, and_(known.account_id == row.account_id, known.known_until == STILL_OPEN))
        .outerjoin(payer, payer.c.payer_id == row.payer_id)
        .where(row.account_id == bindparam("account_id"))
    )


def _said(connection: Connection, table: Table, row_id: int | None) -> dict[str, Any] | None:
    if row_id is None:
        return None
    return dict(connection.execute(_row_of(table), {"row_id": row_id}).mappings().one())


@built_once
def _row_of(table: Table) -> Select:
    query = select(table, load.c.file_name).join(load, load.c.load_id == table.c.load_id)
    return query.where(table.c[f"{table.name}_id"] == bindparam("row_id"))


_ASKED_ON = select(func.max(coverage_inquiry.c.asked_on)).where(
    coverage_inquiry.c.patient_id == bindparam("patient_id"),
    coverage_inquiry.c.trace_number == bindparam("trace_number"),
    coverage_inquiry.c.asked_on <= bindparam("answered_on"),
)
_BENEFITS = (
    select(coverage_benefit)
    .where(coverage_benefit.c.coverage_answer_id == bindparam("answer_id"))
    .order_by(coverage_benefit.c.coverage_benefit_id)
)


def _asked_on(connection: Connection, answer: dict[str, Any] | None) -> date | None:
    """The day of the inquiry with the answer's trace number about the same patient."""
    if answer is None or answer["patient_id"] is None or answer["trace_number"] is None:
        return None
    told = {name: answer[name] for name in ("patient_id", "trace_number", "answered_on")}
    return connection.scalar(_ASKED_ON, told)


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Benefits with our own labels for their codes; a code that is not in our tables stands for itself."""
    services, network = labels("service_types"), {True: "In network", False: "Out of network"}

    def named(table: str, column: str) -> list[str]:
        known = labels(table)
        return ["" if pd.isna(code) else known.get(code, code) for code in frame[column]]

    words = {
        "information": named("eligibility_information", "information"),
        "coverage_level": named("coverage_levels", "coverage_level"),
        "period": named("benefit_periods", "period"),
        "service_types": [
            "" if pd.isna(codes) else ", ".join(services.get(code, code) for code in codes.split())
            for codes in frame["service_types"]
        ],
        "network": ["" if pd.isna(value) else network[bool(value)] for value in frame["in_network"]],
        "needs": ["" if pd.isna(value) else "yes" if value else "no" for value in frame["authorization"]],
    }
    return frame.assign(**{name: pd.Series(values, dtype="str") for name, values in words.items()})


def _rejections(answer: dict[str, Any] | None) -> list[str]:
    codes = ((answer or {}).get("reject_codes") or "").split()
    known = labels("eligibility_rejects")
    return [known.get(code, f"reason {code}, not in our table") for code in codes]


def _sentence(
    standing: str,
    found: dict[str, Any],
    answer: dict[str, Any] | None,
    inquiry: dict[str, Any] | None,
    rejections: list[str],
    follow_up: str | None,
) -> str:
    on, who = _day(found["service_from"]), found["payer"] or "The payer"
    if answer is None:
        if inquiry is None:
            why = (
                f": {who} is of a type of payer that answers no eligibility inquiries" if found["answers_none"] else ""
            )
            return f"Coverage on {on} was never checked{why}."
        return f"Coverage was asked about on {_day(inquiry['asked_on'])}; no answer is loaded."
    said, when = _day(answer["answered_on"]), _distance(found["days_before"])
    if standing == "rejected":
        why = "; ".join(rejections) or "it said neither active nor inactive"
        return f"{who} could not say on {said}: {why}." + (f" To do: {follow_up}." if follow_up else "")
    if standing == "inactive":
        return f"Not covered on {on}, by {who}'s answer of {said} ({when}){_because(found, answer)}."
    if standing == "other_payer_primary":
        return f"Covered on {on}, but {answer['other_payer']} pays first, by {who}'s answer of {said} ({when})."
    caveat = {
        "late": "; nobody had asked before",
        "too_early": ", too early to rely on",
    }.get(standing, "")
    return f"Covered on {on}, by {who}'s answer of {said} ({when}{caveat})."


def _because(found: dict[str, Any], answer: dict[str, Any]) -> str:
    if answer["coverage_to"] and answer["coverage_to"] < found["service_from"]:
        return f": coverage ended {_day(answer['coverage_to'])}"
    if answer["coverage_from"] and answer["coverage_from"] > found["service_from"]:
        return f": coverage began {_day(answer['coverage_from'])}"
    return ""


def _distance(days: int) -> str:
    if days == 0:
        return "on the day of service"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count} {'before' if days > 0 else 'after'} the service"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
