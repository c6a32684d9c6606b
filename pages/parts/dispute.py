"""The packet for a payer: which payer, with patient data or without, and the zip to send."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from data_access.dispute import packet
from data_access.queries import underpayments
from data_access.work.office import office
from pages.parts import states, store
from pages.parts.text import bold, counted, money


def offer() -> None:
    """Choose a payer, say what its packet holds, and download it. It holds all open lines, whatever the period."""
    found = store.read(underpayments.payers_in_dispute)
    if found.empty:
        states.nothing("No payer is short of its contract", "This counts all open lines, whatever the filters.")
        return
    payers = {int(row["payer_id"]): row for row in found.to_dict("records")}
    chosen = st.selectbox(
        "Payer",
        list(payers),
        format_func=lambda one: (
            f"{payers[one]['payer']}: {money(payers[one]['short'])}, {counted(payers[one]['lines'], 'line')}"
        ),
        width=520,
    )
    now = store.fresh(office)
    st.markdown(
        f"A zip with a letter to the payer (PDF), a list of **{counted(payers[chosen]['lines'], 'line')}** short "
        f"of the contract by {bold(money(payers[chosen]['short']))} (CSV), and a manifest of its totals. It holds "
        "every open line of the payer, whatever the period above."
    )
    if not now.is_named:
        st.caption("The letterhead is not set yet: see Administration.")
    phi = st.checkbox("Include member ids and patients' names", key="dispute-phi")
    engine: Any = store.opened()
    st.download_button(
        "Download packet",
        data=lambda: packet(engine, chosen, now, date.today(), phi).body,
        file_name=f"dispute-{date.today().isoformat()}.zip",
        mime="application/zip",
        on_click="ignore",
        type="primary",
        icon=":material/folder_zip:",
    )
