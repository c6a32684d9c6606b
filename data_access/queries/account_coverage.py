"""Coverage of one account on its date of service: what the payer said, in a sentence and in figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, Connection, Select, Table, bindparam, func, select

from data_access.built_once import built_once
from data_access.engine import Source
from data_access.frames import read_frame, read_rows
from data_access.posting.balances import STILL_OPEN
from data_access.queries.coverage import NOT_VERIFIED, answering_none, anything_asked
from data_access.reference import labels
from data_access.schema import (
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

    `answer` and `inquiry` are rows with the `file_name` they came from, or None; `rejections` and `follow_up` are in
    words.
    """

    standing: str
    sentence: str
    answer: dict[str, Any] | None
    inquiry: dict[str, Any] | None
    rejections: list[str]
    follow_up: str | None

    @property
    def member(self) -> str | None:
        """The member id but for all except its last four characters."""
        member = (self.answer or self.inquiry or {}).get("member_id")
        return f"…{member[-4:]}" if member else None


@dataclass(frozen=True)
class InFull:
    """What is shown beside an answer: its benefits, and the day of the inquiry it is to, where that was loaded."""

    asked_on: date | None
    benefits: pd.DataFrame


def on_account(engine: Source, head: Mapping[str, Any]) -> Coverage | None:
    """The coverage of an account; None where it has no insurer, or where no inquiry or answer is loaded at all.

    Args:
        head: the account's row with its payer's name, as `Account360` has it.
    """
    if head["payer_id"] is None:
        return None
    with engine.connect() as connection:
        row = connection.execute(_KNOWN, {"account_id": head["account_id"]}).mappings().first()
        found: Mapping[Any, Any] = row or {}
        answer = _said(connection, coverage_answer, found.get("coverage_answer_id"))
        inquiry = _said(connection, coverage_inquiry, found.get("coverage_inquiry_id"))
    if answer is None and inquiry is None and not anything_asked(engine):
        return None
    rejections = _rejections(answer)
    follow_up = labels("eligibility_follow_up").get((answer or {}).get("reject_follow_up") or "")
    standing = found.get("standing") or NOT_VERIFIED
    if answer is not None:
        text = _sentence(standing, head, found["days_before"], answer, rejections, follow_up)
    elif inquiry is not None:
        text = f"Coverage was asked about on {_day(inquiry['asked_on'])}; no answer is loaded."
    else:
        text = _never_checked(engine, head)
    return Coverage(standing, text, answer, inquiry, rejections, follow_up)


def in_full(engine: Source, found: Coverage) -> InFull:
    """What the answer in force says beyond its own row; nothing where there is none."""
    answer = found.answer
    with engine.connect() as connection:
        benefits = read_frame(connection, _BENEFITS, {"answer_id": answer and answer["coverage_answer_id"]})
        return InFull(_asked_on(connection, answer), _in_words(benefits))


_KNOWN = select(
    account_coverage.c.standing,
    account_coverage.c.days_before,
    account_coverage.c.coverage_answer_id,
    account_coverage.c.coverage_inquiry_id,
).where(
    account_coverage.c.account_id == bindparam("account_id", type_=BigInteger()),
    account_coverage.c.known_until == STILL_OPEN,
)
#: Of an answer and of an inquiry what is used: to fetch a row's every column takes a database twice as long.
_USED = (
    *("load_id", "segment_no", "last_segment", "patient_id", "trace_number", "payer_name", "member_id", "asked_on"),
    *("coverage_answer_id", "answered_on", "plan", "group_number", "status", "coverage_from", "coverage_to"),
    *("copay", "coinsurance", "deductible", "deductible_left", "authorization", "other_payer"),
    *("reject_codes", "reject_follow_up"),
)
_ANSWERS_NONE = answering_none().where(payer.c.payer_id == bindparam("payer_id", type_=BigInteger()))


def _said(connection: Connection, table: Table, row_id: int | None) -> dict[str, Any] | None:
    if row_id is None:
        return None
    return dict(connection.execute(_row_of(table), {"row_id": row_id}).mappings().one())


@built_once
def _row_of(table: Table) -> Select:
    used = [column for column in table.columns if column.name in _USED]
    query = select(*used, load.c.file_name).join(load, load.c.load_id == table.c.load_id)
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


def _never_checked(engine: Source, head: Mapping[str, Any]) -> str:
    none = bool(read_rows(engine, _ANSWERS_NONE, {"payer_id": head["payer_id"]}))
    who = head["payer"] or "The payer"
    why = f": {who} is of a type of payer that answers no eligibility inquiries" if none else ""
    return f"Coverage on {_day(head['service_from'])} was never checked{why}."


def _sentence(
    standing: str,
    head: Mapping[str, Any],
    days_before: int,
    answer: dict[str, Any],
    rejections: list[str],
    follow_up: str | None,
) -> str:
    served, who = head["service_from"], head["payer"] or "The payer"
    on = _day(served)
    said, when = _day(answer["answered_on"]), _distance(days_before)
    if standing == "rejected":
        why = "; ".join(rejections) or "it said neither active nor inactive"
        return f"{who} could not say on {said}: {why}." + (f" To do: {follow_up}." if follow_up else "")
    if standing == "inactive":
        return f"Not covered on {on}, by {who}'s answer of {said} ({when}){_because(served, answer)}."
    if standing == "other_payer_primary":
        return f"Covered on {on}, but {answer['other_payer']} pays first, by {who}'s answer of {said} ({when})."
    caveat = {
        "late": "; nobody had asked before",
        "too_early": ", too early to rely on",
    }.get(standing, "")
    return f"Covered on {on}, by {who}'s answer of {said} ({when}{caveat})."


def _because(service_from: date, answer: dict[str, Any]) -> str:
    if answer["coverage_to"] and answer["coverage_to"] < service_from:
        return f": coverage ended {_day(answer['coverage_to'])}"
    if answer["coverage_from"] and answer["coverage_from"] > service_from:
        return f": coverage began {_day(answer['coverage_from'])}"
    return ""


def _distance(days: int) -> str:
    if days == 0:
        return "on the day of service"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count} {'before' if days > 0 else 'after'} the service"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
