"""Claims behind the rates: adjudicated, settled at first answer, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_access.built_once import built_once
from data_access.filters import Filters
from data_access.queries import dimensions
from data_access.queries.denials import adjudicated_in_period, claims_report
from data_access.queries.table import TableReport
from data_access.schema import claim


@built_once
def table(filters: Filters, selection: Mapping[str, Any] | None = None) -> TableReport:
    """Claims first adjudicated in the period.

    Args:
        selection: any of a dimension, `initial_outcome`, `first_pass`, `month` (instead of the period).
    """
    selection = selection or {}
    conditions = [
        *adjudicated_in_period(filters, selection.get("month")),
        *dimensions.narrow(claim, selection),
    ]
    if "initial_outcome" in selection:
        conditions.append(claim.c.initial_outcome == selection["initial_outcome"])
    if "first_pass" in selection:
        conditions.append(claim.c.first_pass.is_(bool(selection["first_pass"])))
    return claims_report("claims", "Claims adjudicated", conditions, ("first_pass_yield", "initial_denial_rate"))
