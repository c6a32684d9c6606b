"""Claims denied for coverage, beside what was known of it by then: whose failure was it?"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Insert, and_, case, func, insert, select

from data_access.built_once import built_once
from data_access.posting.scope import Scope
from data_access.schema import account_coverage, claim, eligibility_denial


def build(connection: Connection, scope: Scope) -> None:
    """Write `eligibility_denial` for the claims in scope, once outcomes and coverage are known.

    What a payer said only after the claim was sent came too late to hold it back.
    """
    connection.execute(_denials(scope))


@built_once
def _denials(scope: Scope) -> Insert:
    row, known = claim.c, account_coverage.c
    known_before = known.answered_on <= row.first_submitted_on
    cause = case(
        (func.coalesce(known.standing, "not_verified") == "not_verified", "never_asked"),
        (known.standing.in_(["asked_unanswered", "rejected"]), "no_answer"),
        (and_(known.standing == "inactive", known_before), "billed_anyway"),
        (and_(known.standing == "other_payer_primary", known_before), "other_payer_known"),
        (known.days_before < 0, "asked_late"),
        (known.standing == "too_early", "too_early"),
        (known.standing == "active", "payer_reversed"),
        else_="asked_late",
    )
    said = case(
        (known.covered.is_(True), "active"),
        (known.covered.is_(False), "inactive"),
        else_=func.coalesce(known.standing, "not_verified"),
    )
    columns: dict[str, ColumnElement] = {
        **{name: row[name] for name in ("claim_id", "account_id", "facility_id", "department", "provider_id")},
        **{name: row[name] for name in ("payer_id", "patient_id", "service_from")},
        "denied_on": row.first_remit_on,
        "denied_month": row.first_remit_month,
        "carc": row.initial_carc,
        "amount": row.initial_denied,
        "cause": cause,
        "checked_on": func.coalesce(known.answered_on, known.asked_on),
        "days_before": known.days_before,
        "said": said,
    }
    by_then = and_(
        known.account_id == row.account_id,
        known.known_from <= row.first_remit_on,
        known.known_until > row.first_remit_on,
    )
    query = (
        select(*columns.values())
        .select_from(claim.outerjoin(account_coverage, by_then))
        .where(
            scope.of(claim),
            row.counts,
            row.initial_outcome.in_(["denied", "partly_denied"]),
            row.initial_category == "eligibility",
        )
    )
    return insert(eligibility_denial).from_select(list(columns), query)
