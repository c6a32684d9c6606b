"""Coverage of an account on its date of service: a sentence on top of the account, and the answer in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from data_access.queries import account_coverage
from data_access.queries.account_coverage import Coverage
from data_access.queries.table import ColumnSpec
from pages.parts import store, tables
from pages.parts.text import bold, day, money, plain, words

_ICONS = {"active": ":green[:material/verified_user:]", "inactive": ":red[:material/gpp_bad:]"}
_DOUBT = ":orange[:material/gpp_maybe:]"
_BENEFITS = [
    ColumnSpec("information", "Says"),
    ColumnSpec("service_types", "Services"),
    ColumnSpec("coverage_level", "For"),
    ColumnSpec("amount", "Amount", "money"),
    ColumnSpec("percent", "Share", "percent"),
    ColumnSpec("period", "Period"),
    ColumnSpec("network", "Network"),
    ColumnSpec("needs", "Authorization"),
    ColumnSpec("plan", "Plan"),
    ColumnSpec("entity_name", "Names"),
]
Source = Callable[[int, int, int, str, str], None]


def read(head: Mapping[str, Any]) -> Coverage | None:
    """The coverage of an account: member ids, not to be kept for everybody."""
    return store.fresh(account_coverage.on_account, head)


def sentence(found: Coverage | None) -> None:
    """One line on the coverage of the date of service; nothing for accounts without an insurer."""
    if found is not None:
        st.markdown(f"{_ICONS.get(found.standing, _DOUBT)} {plain(found.sentence)}")


def show(found: Coverage | None, source: Source) -> None:
    """The answer in force with its figures, benefits and source; `source` shows segments of a load."""
    if found is None:
        st.caption("Nothing is known of coverage: no insurer, or no eligibility answer (271) is loaded.")
        return
    said = found.answer or found.inquiry
    if said is None:
        st.caption("No inquiry or answer names this patient.")
        return
    if found.answer is not None:
        _figures(found.answer, found)
    more = store.fresh(account_coverage.in_full, found)
    asked = more.asked_on or said.get("asked_on")
    when = [f"asked {day(asked)}" if asked else "", f"answered {day(said['answered_on'])}" if found.answer else ""]
    st.caption(
        plain(
            f"{said['payer_name'] or 'Payer not named'} · "
            + ", ".join(part for part in when if part)
            + (f" · trace {said['trace_number']}" if said["trace_number"] else "")
        )
    )
    if len(more.benefits):
        said_of = [column for column in _BENEFITS if more.benefits[column.name].notna().any()]
        said_of = [column for column in said_of if (more.benefits[column.name].astype("str") != "").any()]
        tables.grid(more.benefits, said_of, "Benefits as the payer states them")
    source(said["load_id"], said["segment_no"], said["last_segment"], said["file_name"], "coverage-source")


def _figures(answer: dict[str, Any], found: Coverage) -> None:
    parts = {
        "Plan": answer["plan"],
        "Group": answer["group_number"],
        "Member id": found.member,
        "Covered from": answer["coverage_from"] and day(answer["coverage_from"]),
        "to": answer["coverage_to"] and day(answer["coverage_to"]),
        "Other insurance": answer["other_payer"],
        "Rejected": "; ".join(found.rejections),
        "To do": found.follow_up,
    }
    st.markdown(" · ".join(f"{name} {bold(value)}" for name, value in parts.items() if value))
    if answer["status"] in ("rejected", "unknown"):
        return
    needs = {True: "Required", False: "Not required", None: "Not stated"}
    share = answer["coinsurance"]
    with st.container(horizontal=True):
        for name, value in (
            ("Copay", _amount(answer["copay"])),
            ("Coinsurance", "Not stated" if share is None else words(share, "percent")),
            ("Deductible", _amount(answer["deductible"])),
            ("Deductible left", _amount(answer["deductible_left"])),
            ("Authorization", needs[answer["authorization"]]),
        ):
            st.metric(name, value, border=True, width=180)


def _amount(value: Any) -> str:
    return "Not stated" if value is None else money(value)
