"""What is known of payers and providers beyond their names: payer types and departments."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    String,
    Table,
    and_,
    column,
    func,
    insert,
    or_,
    select,
    values,
)

from data_access.engine import payer_rules_changed
from data_access.posting.acknowledgments import CLOCK_RUNS
from data_access.posting.scope import Scope, set_rows
from data_access.reference import department_for, payer_type_for
from data_access.schema import (
    account,
    claim,
    claim_payment,
    claim_progress,
    department_assignment,
    facility,
    payer,
    payer_rule,
    provider,
    unsettled,
)

UNASSIGNED = "Unassigned"


def refresh(connection: Connection) -> None:
    """Bring payer types up to date; list accounts whose department or payer's limits changed as unsettled."""
    _set_payer_types(connection)
    _list_changed_departments(connection)
    _list_changed_limits(connection)


def _set_payer_types(connection: Connection) -> None:
    """A payer's type: what the office says in payers.csv, else the filing indicator most used for it."""
    known = dict(connection.execute(select(payer.c.payer_id, payer.c.payer_type)).all())
    wanted: dict[int, str] = {}
    for table, owner in ((claim_payment, claim_payment.c.remit_payer_id), (claim, claim.c.payer_id)):
        query = (
            select(owner, table.c.filing_code)
            .where(owner.is_not(None), table.c.filing_code.is_not(None))
            .group_by(owner, table.c.filing_code)
            .order_by(owner, func.count(), table.c.filing_code)
        )
        for payer_id, code in connection.execute(query):
            wanted[payer_id] = payer_type_for(code) or wanted.get(payer_id, "Other")
    rules = select(payer_rule.c.payer_id, payer_rule.c.payer_type).where(payer_rule.c.payer_type.is_not(None))
    order = (payer_rule.c.effective_from.asc().nulls_first(), payer_rule.c.load_id, payer_rule.c.row_no)
    for payer_id, payer_type in connection.execute(rules.order_by(*order)):
        wanted[payer_id] = payer_type
    changed = [
        (payer_id, wanted.get(payer_id, "Other"))
        for payer_id, old in known.items()
        if old != wanted.get(payer_id, "Other")
    ]
    set_rows(connection, payer, "payer_id", ["payer_type"], changed)


def departments(connection: Connection) -> tuple[dict[int, str], dict[int, str]]:
    """Departments by provider and by facility: as the office assigned them, else by the provider's specialty."""
    query = select(department_assignment.c.npi, department_assignment.c.department).order_by(
        department_assignment.c.load_id, department_assignment.c.row_no
    )
    assigned = dict(connection.execute(query).all())
    by_provider = {
        provider_id: department
        for provider_id, npi, taxonomy in connection.execute(
            select(provider.c.provider_id, provider.c.npi, provider.c.taxonomy)
        )
        if (department := assigned.get(npi) or department_for(taxonomy))
    }
    by_facility = {
        facility_id: assigned[npi]
        for facility_id, npi in connection.execute(select(facility.c.facility_id, facility.c.npi))
        if npi in assigned
    }
    return by_provider, by_facility


def department_of(
    provider_id: int | None, facility_id: int | None, known: tuple[dict[int, str], dict[int, str]]
) -> str:
    """The department of a provider, else of a facility, else 'Unassigned'."""
    by_provider, by_facility = known
    return by_provider.get(provider_id or 0) or by_facility.get(facility_id or 0) or UNASSIGNED


def _list_changed_departments(connection: Connection) -> None:
    known = departments(connection)
    for table in (claim, account):
        dimensions = (table.c.provider_id, table.c.facility_id)
        settled = select(*dimensions, table.c.department).where(table.c.department.is_not(None)).distinct()
        changed = [
            (provider_id or 0, facility_id or 0, department)
            for provider_id, facility_id, department in connection.execute(settled)
            if department != department_of(provider_id, facility_id, known)
        ]
        if changed:
            listed = _pairs(changed)
            keys = select(table.c.account_key).where(_same_pair(table, listed)).distinct()
            connection.execute(insert(unsettled).from_select(["account_key"], keys))


def assign_departments(connection: Connection, scope: Scope) -> None:
    """Set `department` of every claim in scope."""
    known = departments(connection)
    pairs = select(claim.c.provider_id, claim.c.facility_id).where(scope.of(claim)).distinct()
    rows = [
        (provider_id or 0, facility_id or 0, department_of(provider_id, facility_id, known))
        for provider_id, facility_id in connection.execute(pairs)
    ]
    if rows:
        listed = _pairs(rows)
        connection.execute(
            claim.update().where(scope.of(claim), _same_pair(claim, listed)).values(department=listed.c.department)
        )


def _pairs(rows: list[tuple[int, int, str]]) -> FromClause:
    """Provider, facility (0 for none) and department as a table."""
    return values(
        column("provider", BigInteger), column("facility", BigInteger), column("department", String), name="pairs"
    ).data(rows)


def _same_pair(table: Table, listed: FromClause) -> ColumnElement[bool]:
    return and_(
        func.coalesce(table.c.provider_id, 0) == listed.c.provider,
        func.coalesce(table.c.facility_id, 0) == listed.c.facility,
    )


def _list_changed_limits(connection: Connection) -> None:
    """When the payers' filing and appeal limits changed, deadlines of open work change with them."""
    rule = payer_rule.c
    state = connection.execute(select(func.count(), func.min(rule.load_id), func.max(rule.load_id))).one()
    if payer_rules_changed(connection, ":".join(str(part) for part in state)):
        not_arrived = select(claim_progress.c.account_id).where(claim_progress.c.state.in_(CLOCK_RUNS))
        keys = select(account.c.account_key).where(
            or_(account.c.responsible == "unbilled", account.c.denied > 0, account.c.account_id.in_(not_arrived))
        )
        connection.execute(insert(unsettled).from_select(["account_key"], keys))
