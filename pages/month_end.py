"""Month end: is the month ready to report, where does it stand, and what goes to the meeting?"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data_access.export import FrameReport
from data_access.metrics import METRICS
from data_access.month_end import pack as packing
from data_access.month_end import tables as of_month
from data_access.queries.month_end import TRENDS, Figure, Pack
from data_access.queries.readiness import Check
from data_access.work.office import office
from pages.parts import charts, definitions, entry, link, mover, selection, states, store, tables
from pages.parts.filter_bar import link_to_month
from pages.parts.text import bold, counted, day, opening, plain

_NO_BREAK = "\N{NO-BREAK SPACE}"
HEADS = ("Figure", "This month", "Month before", "Change", "A year before", "Stands on", "Benchmark")
SIGNS = {"fine": ":green[:material/check_circle:]", "open": ":orange[:material/error:]", "unknown": ":material/help:"}

filters = entry.filters()
to_month = link_to_month(filters)


def headline(pack: Pack) -> None:
    """One sentence, and what it is of."""
    opening(pack.finding)
    then = filters.comparison()
    against = (
        (f", against {day(then.as_of)}", f", against {day(then.date_from)} to {day(then.date_to)}")
        if pack.compared
        else ("", "")
    )
    st.caption(
        f"{pack.month:%B %Y}: balances as of {day(filters.as_of)}{against[0]}; rates and cash from "
        f"{day(filters.date_from)} to {day(filters.date_to)}{against[1]}."
    )


def downloads() -> None:
    """The PDF, and everything in a zip: made when they are clicked, of the moment of the click."""
    engine: Any = store.opened()
    name = packing.file_name(filters)
    with st.container(horizontal=True, vertical_alignment="center"):
        _download(
            "PDF for the meeting",
            f"{name}.pdf",
            "application/pdf",
            "picture_as_pdf",
            lambda: packing.pdf_bytes(engine, filters, date.today()),
        )
        _download(
            "Whole pack (zip)",
            f"{name}.zip",
            "application/zip",
            "folder_zip",
            lambda: packing.zipped(engine, filters, date.today()).body,
        )
        st.caption("The zip holds the PDF, every table below as CSV, and a manifest of totals. No patient is named.")
    if not store.fresh(office).is_named:
        st.caption("The letterhead is not set yet: see Administration.")


def _download(label: str, name: str, mime: str, icon: str, made: Callable[[], bytes]) -> None:
    kind: Any = "primary" if mime.endswith("pdf") else "secondary"
    icon = f":material/{icon}:"
    st.download_button(label, data=made, file_name=name, mime=mime, on_click="ignore", type=kind, icon=icon)


def checklist(pack: Pack) -> None:
    """What is not settled, each line the way to its rows."""
    st.markdown("##### Is the month ready to report?")
    fine = [check for check in pack.checks if check.state == "fine"]
    left = [check for check in pack.checks if check.state != "fine"]
    titles = (
        f"{counted(len(left), 'line')} to look at" if left else "Nothing to look at",
        "Fine" if fine else "None fine",
    )
    for title, checks, column in zip(titles, (left, fine), st.columns(2), strict=True):
        with column, st.container(border=True, gap="xsmall"):
            st.markdown(bold(title))
            for check in checks:
                _line(check)


def _line(check: Check) -> None:
    number = of_month.counted_said(check)
    label = f"{SIGNS[check.state]} {plain(check.label)}" + (f": {plain(number)}" if number else "")
    if check.state == "fine":
        st.markdown(f":small[{label}]")
        return
    place = {"show" if check.screen == "imports" else "view": check.view} if check.view else {}
    chosen = {selection.PARAMETER: selection.encode(check.selection)} if check.selection else {}
    link.way(check.screen, label, {**to_month, **place, **chosen})


def figures(pack: Pack) -> None:
    """The figures by group, beside how three of them came about."""
    st.markdown("##### The figures")
    left, right = st.columns([7, 2], gap="medium")
    with left:
        _figures(pack)
    with right:
        for metric_id in TRENDS:
            _trend(metric_id, pack.trends[metric_id])


def _trend(metric_id: str, frame: pd.DataFrame) -> None:
    metric = METRICS[metric_id]
    title = f"{metric.name}, by month of service" if metric_id == "net_collection_rate" else metric.name
    if frame["value"].notna().sum() < 2:
        return
    series = {metric.name: (list(frame["month"]), list(frame["value"]))}
    plot, _ = charts.lines(series, percent=metric.unit == "percent", height=260)
    plot.update_xaxes(tickvals=list(frame["month"])[::6])
    charts.show(plot, f"month-end-{metric_id}", title, f"{title}, twelve months")


def _figures(pack: Pack) -> None:
    lines, group = [_row(HEADS), _row(["---", "---:", "---:", "---:", "---:", "---", "---:"])], ""
    for one in pack.figures:
        if one.group != group:
            group = one.group
            lines.append(_row([bold(group), *[""] * 6]))
        lines.append(_row(_cells(one)))
    st.markdown("\n".join(lines))
    definitions.open_in_guide("Figures", "", "What the figures mean")


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(one: Figure) -> list[str]:
    unit = one.metric.unit
    values = (one.now.value, one.before.value if one.before else None, one.year)
    now, before, year = (plain(of_month.said(value, unit)) for value in values)
    change = plain(of_month.change_said(one.change, unit))
    if one.change and change[0] in "+-":  # an arrow for the sign, which a narrow column would part from its number
        arrow = "↑" if one.change > 0 else "↓"
        change = f"{arrow} {change[1:]}".replace(" ", _NO_BREAK)
        color = {True: "green", False: "red", None: "gray"}[one.better]
        change = f":{color}[{change}]"
    target = "" if one.metric.target is None else of_month.said(one.metric.target, unit)
    return [plain(one.name), f"**{now}**", before, change, year, plain(of_month.of_what(one)), plain(target)]


def table(report: FrameReport) -> None:
    """A table of amounts under its name, with its sums as the last row."""
    if report.frame.empty:
        return
    st.markdown(bold(report.title))
    frame, sums = report.frame, of_month.totals(report)
    if sums:
        last = {report.columns[0].name: "In all", **sums}
        frame = pd.DataFrame([*frame.to_dict("records"), last], columns=list(frame.columns), dtype=object)
    tables.grid(frame, list(report.columns), report.title, height="content")


def amounts(pack: Pack) -> None:
    """Where the balance came from, how old it is, why claims were denied, and who paid."""
    st.markdown("##### Behind the figures")
    table(of_month.aging(pack))
    left, right = st.columns(2, gap="medium")
    with left:
        table(of_month.roll_forward(pack))
    with right:
        table(of_month.cash(pack))
        table(of_month.payments(pack))
    table(of_month.denials(pack))


def main() -> None:
    """Draw the screen."""
    with states.guarded("The month"):
        pack = store.read(packing.collect, filters, date.today())
        headline(pack)
        if not pack.matches:
            states.nothing("Nothing matches these filters", "Choose another month, or take a filter away.")
            return
        downloads()
        checklist(pack)
        figures(pack)
        amounts(pack)
        st.markdown("##### What moved most, and where")
        mover.show(pack.moved, to_month)


main()
