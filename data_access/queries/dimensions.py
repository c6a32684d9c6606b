"""What screens break figures down by, and how a clicked mark narrows rows to itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, Table, func, literal, select

from data_access.engine import Source
from data_access.filters import SELF_PAY, of_payer_types
from data_access.frames import read_rows
from data_access.reference import adjustment_reasons, denial_categories, payer_types
from data_access.schema import account, facility, ledger_month, patient, payer, provider

#: Dimension -> its column on every table a screen reads.
COLUMNS = {"payer": "payer_id", "facility": "facility_id", "department": "department", "provider": "provider_id"}
DIMENSIONS = ("payer_type", "payer", "facility", "department", "provider")
LABELS = {
    "payer_type": "Payer type",
    "payer": "Payer",
    "facility": "Facility",
    "department": "Department",
    "provider": "Provider",
    "category": "Category",
    "carc": "Reason code",
}


@dataclass(frozen=True)
class FilterOptions:
    """What can be chosen in the filter bar: id (or text) to label, in order of label."""

    facilities: dict[int, str]
    departments: tuple[str, ...]
    payer_types: tuple[str, ...]
    payers: dict[int, str]
    providers: dict[int, str]


_USED = {name: select(account.c[column]).distinct() for name, column in COLUMNS.items()}
#: The entries added up; those taken out again leave sums of none until they are folded.
_POSTED = select(ledger_month.c.payer_id).group_by(ledger_month.c.payer_id).having(func.sum(ledger_month.c.entries) > 0)
_TYPES_POSTED = select(payer.c.payer_type).where(payer.c.payer_id.in_(_POSTED))


def options(engine: Source) -> FilterOptions:
    """The facilities, departments, payer types, payers and providers that accounts in the data have."""
    with engine.connect() as connection:
        used = {name: set(connection.scalars(query)) for name, query in _USED.items()}
        types = set(connection.scalars(_TYPES_POSTED))
    order = [name for name in payer_types() if name in types or (name == SELF_PAY and None in used["payer"])]
    return FilterOptions(
        facilities=_used(labels(engine, "facility"), used["facility"]),
        departments=tuple(sorted(name for name in used["department"] if name)),
        payer_types=tuple(order),
        payers=_used(labels(engine, "payer"), used["payer"]),
        providers=_used(labels(engine, "provider"), used["provider"]),
    )


def _used(names: dict[Any, str], used: set) -> dict[int, str]:
    return dict(sorted(((key, name) for key, name in names.items() if key in used), key=lambda item: item[1]))


def key(table: Table, by: str) -> ColumnElement:
    """The column to group `table` by; for payer types join the payers with `joined` first."""
    if by == "payer_type":
        return func.coalesce(payer.c.payer_type, SELF_PAY)
    return table.c[COLUMNS[by]]


def joined(table: Table, by: str) -> FromClause:
    """The table, with what `key` needs."""
    return table.outerjoin(payer, payer.c.payer_id == table.c.payer_id) if by == "payer_type" else table


_NAMES = {
    "payer": select(payer.c.payer_id, payer.c.name),
    "facility": select(facility.c.facility_id, facility.c.name),
    "provider": select(provider.c.provider_id, provider.c.name),
}


def labels(engine: Source, by: str) -> dict[Any, str]:
    """Labels by key of a dimension, category or reason code; a key not in it labels itself."""
    if by in ("category", "carc"):
        return dict(labels_of_codes(by))
    if by not in _NAMES:
        return {}
    return {row[0]: row[1] for row in read_rows(engine, _NAMES[by])}


@cache
def labels_of_codes(by: str) -> Mapping[str, str]:
    """Labels by key of `category` or `carc`: they are ours, whatever is loaded."""
    if by == "category":
        return {name: entry.label for name, entry in denial_categories().items()}
    return {code: f"{code} {reason.label}" for code, reason in adjustment_reasons().items()}


def label(by: str, names: Mapping[Any, str], value: Any) -> str:
    """What a value of a dimension is called, given its `labels`."""
    if pd.isna(value):
        return SELF_PAY if by == "payer" else "Not stated"
    return names.get(value, str(value))


def with_labels(engine: Source, frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Add `label` to a frame that has `key`."""
    names = labels(engine, by)
    found = [label(by, names, value) for value in frame["key"]]
    return frame.assign(label=pd.Series(found, dtype="str", index=frame.index))


def narrow(table: Table, selection: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Conditions for the dimensions in a selection; a value of None means rows without one."""
    conditions: list[ColumnElement[bool]] = []
    for by, column in COLUMNS.items():
        if by in selection:
            value = selection[by]
            missing = value is None or pd.isna(value)
            conditions.append(table.c[column].is_(None) if missing else table.c[column] == value)
    if "payer_type" in selection:
        conditions.append(of_payer_types(table, (selection["payer_type"],)))
    return conditions


def named(rows: FromClause, *of_account: str) -> Select:
    """Rows with what their payer, facility and provider are called.

    Args:
        rows: with the columns of COLUMNS.
        of_account: columns of their account to add; without any it is not read.
    """
    names = (payer_name().label("payer"), facility.c.name.label("facility"), provider.c.name.label("provider"))
    query = select(*rows.c, *(account.c[name] for name in of_account), *names).select_from(rows)
    if of_account:
        query = query.join(account, account.c.account_id == rows.c.account_id)
    return (
        query.outerjoin(facility, facility.c.facility_id == rows.c.facility_id)
        .outerjoin(provider, provider.c.provider_id == rows.c.provider_id)
        .outerjoin(payer, payer.c.payer_id == rows.c.payer_id)
    )


def with_patient(rows: Select) -> Select:
    """Rows that have a `patient_id`, with the patient's name and date of birth."""
    whose = rows.selected_columns.patient_id
    return rows.add_columns(patient_name().label("patient"), patient.c.birth_date).outerjoin(
        patient, patient.c.patient_id == whose
    )


def numbered(rows: FromClause) -> Select:
    """Rows `named`, with the number of their account."""
    return named(rows, "account_number")


def patient_name() -> ColumnElement:
    """The patient's last and first name, or an empty text."""
    return func.coalesce(patient.c.last_name + literal(", ") + func.coalesce(patient.c.first_name, ""), "")


def payer_name() -> ColumnElement:
    """The payer's name, or Self-pay."""
    return func.coalesce(payer.c.name, SELF_PAY)
