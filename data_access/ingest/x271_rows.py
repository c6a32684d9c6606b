"""Rows of an eligibility response (271): the answer about a person, and its benefits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from data_access import schema
from data_access.ingest.eligibility import Asked
from data_access.ingest.parties import Entity, normal_name
from data_access.ingest.rows import row_maker
from data_access.ingest.transaction import Context

_answer_row = row_maker(schema.coverage_answer)
_benefit_row = row_maker(schema.coverage_benefit)

ACTIVE, INACTIVE = ("1", "2", "3", "4", "5"), ("6", "7", "8")
COPAY, COINSURANCE, DEDUCTIBLE, OTHER_PAYER = "B", "A", "C", "R"
REMAINING = "29"
#: EB03 30: the plan as a whole; 98: a visit to a physician's office.
_PLAN, _VISIT = "30", "98"
_PAYER_ROLES = ("PRP", "SEP", "TTP", "PR")


@dataclass(frozen=True)
class Reject:
    """An AAA: whose it is, reason (AAA03) and follow-up (AAA04)."""

    level: str
    code: str
    follow_up: str
    segment_no: int


@dataclass
class Benefit:
    """An EB with what follows it."""

    segment_no: int
    information: str
    coverage_level: str | None
    service_types: list[str]
    insurance_type: str | None
    plan: str | None
    period: str | None
    amount: Decimal | None
    percent: Decimal | None
    authorization: bool | None
    in_network: bool | None
    date_from: date | None = None
    date_to: date | None = None
    entity: Entity | None = None

    @property
    def of_plan(self) -> bool:
        """Whether it is about the plan as a whole."""
        return not self.service_types or _PLAN in self.service_types


@dataclass
class Answered(Asked):
    """A person, and what the payer said."""

    group_number: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    benefits: list[Benefit] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def write_answer(context: Context, person: Answered, row: dict[str, Any], payer: Entity | None) -> None:
    """Hand over the answer and its benefits; `row` holds what an inquiry has too."""
    status, of = _status(person)
    answer_id = context.id(person.segment_no)
    first = person.rejects[0] if person.rejects else None
    row |= {
        "coverage_answer_id": answer_id,
        "group_number": person.group_number,
        "plan": next((one.plan for one in (*of, *person.benefits) if one.plan), None),
        "status": status,
        "coverage_from": person.date_from or _first(one.date_from for one in of),
        "coverage_to": person.date_to or _first(one.date_to for one in of),
        **_shares(person.benefits),
        **_other_payer(person.benefits, payer),
        "reject_level": first.level if first else None,
        "reject_codes": " ".join(dict.fromkeys(one.code for one in person.rejects if one.code)) or None,
        "reject_follow_up": first.follow_up or None if first else None,
    }
    context.output.rows["coverage_answer"].append(_answer_row(row))
    for benefit in person.benefits:
        _write_benefit(context, benefit, answer_id)


def _first(values: Any) -> date | None:
    return next((value for value in values if value is not None), None)


def _status(person: Answered) -> tuple[str, list[Benefit]]:
    """Active, inactive, rejected or unknown, and the benefits that say so: those of the whole plan before others."""
    for among in (
        [one for one in person.benefits if one.of_plan],
        person.benefits,
    ):
        for status, information in (("active", ACTIVE), ("inactive", INACTIVE)):
            found = [one for one in among if one.information in information]
            if found:
                return status, found
    return ("rejected" if person.rejects else "unknown"), []


def _shares(benefits: list[Benefit]) -> dict[str, Any]:
    """The patient's shares: in network before out of network, a visit before the plan before other services."""

    def best(information: str, what: str, keep: Callable[[Benefit], bool] = lambda _: True) -> Decimal | None:
        found = [
            one for one in benefits if one.information == information and getattr(one, what) is not None and keep(one)
        ]
        return getattr(min(found, key=_nearness), what) if found else None

    needs = [one.authorization for one in benefits if one.authorization is not None]
    return {
        "copay": best(COPAY, "amount"),
        "coinsurance": best(COINSURANCE, "percent"),
        "deductible": best(DEDUCTIBLE, "amount", lambda one: one.period != REMAINING),
        "deductible_left": best(DEDUCTIBLE, "amount", lambda one: one.period == REMAINING),
        "authorization": any(needs) if needs else None,
    }


def _nearness(one: Benefit) -> tuple[bool, int, bool, int]:
    service = 0 if _VISIT in one.service_types else 1 if one.of_plan else 2
    return one.in_network is False, service, one.coverage_level not in (None, "IND"), one.segment_no


def _other_payer(benefits: list[Benefit], payer: Entity | None) -> dict[str, Any]:
    """Another payer than the one that answers; the primary one first."""
    named = [one for one in benefits if one.information == OTHER_PAYER and not _same(one.entity, payer)]
    named.sort(key=lambda one: (one.entity is None or one.entity.role != "PRP", one.segment_no))
    found = named[0] if named else None
    entity = found.entity if found and found.entity and found.entity.role in _PAYER_ROLES else None
    return {
        "other_payer": (entity.name or entity.identifier or None) if entity else ("not named" if found else None),
        "other_payer_primary": bool(entity and entity.role == "PRP") if found else None,
        "other_payer_from": found.date_from if found else None,
        "other_payer_to": found.date_to if found else None,
    }


def _same(one: Entity | None, other: Entity | None) -> bool:
    if one is None or other is None:
        return False
    if one.identifier and other.identifier:
        return one.identifier.upper() == other.identifier.upper()
    return normal_name(one.name) == normal_name(other.name)


def _write_benefit(context: Context, benefit: Benefit, answer_id: int) -> None:
    entity = benefit.entity
    context.output.rows["coverage_benefit"].append(
        _benefit_row(
            {
                "coverage_benefit_id": context.id(benefit.segment_no),
                "coverage_answer_id": answer_id,
                "load_id": context.load_id,
                "transaction_no": context.transaction_no,
                "segment_no": benefit.segment_no,
                "information": benefit.information or None,
                "coverage_level": benefit.coverage_level,
                "service_types": " ".join(benefit.service_types) or None,
                "insurance_type": benefit.insurance_type,
                "plan": benefit.plan,
                "period": benefit.period,
                "amount": benefit.amount,
                "percent": benefit.percent,
                "authorization": benefit.authorization,
                "in_network": benefit.in_network,
                "date_from": benefit.date_from,
                "date_to": benefit.date_to,
                "entity": entity.role if entity else None,
                "entity_name": entity.name or None if entity else None,
                "entity_identifier": entity.identifier or None if entity else None,
            }
        )
    )
