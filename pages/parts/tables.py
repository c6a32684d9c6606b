"""Tables: paged by the database, totalled, sortable, exported whole; a click on a row opens its account."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data_access import export
from data_access.filters import Filters
from data_access.queries.dimensions import labels
from data_access.queries.table import WHY, ColumnSpec, TablePage, TableReport
from data_access.queries.table import page as read_page
from data_access.reference import statuses
from pages.parts import link, selection, store
from pages.parts.text import bold, money, name_of, plain

PAGE_ROWS = 50
_PLACES = "places"
#: Pixels of an empty cell, and of letters.
_EDGES, _NARROW, _LETTER, _WIDE = 16, 4, 7, 11
_NARROW_LETTERS = frozenset(" ijl|I',.:;!f()[]{}-tr/")
#: Rows the browser measures; above how few it leaves cells out, and how far above the average those are, with a margin.
_MEASURED, _FEW, _LEFT_OUT = 10, 5, 1.8
Read = Callable[[tuple[str, bool] | None, int, int], TablePage]


def show(
    report: TableReport,
    filters: Filters,
    name: str,
    came_from: str,
    read: Read | None = None,
    on_row: Callable[[dict], None] | None = None,
    on_rows: Callable[[list[dict]], None] | None = None,
) -> TablePage:
    """Draw a table under its totals, with export and paging.

    Args:
        came_from: the page to go back to from an account.
        on_row: what a click on a row does, where it does not open an account.
        on_rows: told which rows of the page are ticked, where a click ticks a row and opens nothing.
        read: reads a page from sort, limit and offset, where the report has a faster way than its own query.
    """
    visible = report.without_phi.shown
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        heading = st.container(width="content")
        with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
            sort = _sort([column for column in visible if column is not WHY], report, name)
            export_button(report, filters, name)
    turn = f"{selection.current_text()}-{filters}-{sort}"
    offset = _offset(name, turn)
    read = read or (lambda sort, limit, offset: _page(report, sort, limit, offset))
    found = read(sort, PAGE_ROWS, offset)
    if 0 < found.total_rows <= offset:  # rows got fewer, as by what a colleague worked: the last page there is
        offset = _turn_to(name, _pages(found.total_rows))
        found = read(sort, PAGE_ROWS, offset)
    if not found.total_rows:
        heading.markdown(f"{bold(report.title)}: none match these filters")
        return found
    last = min(offset + PAGE_ROWS, found.total_rows)
    sums = " · ".join(f"{_label(report, key)} {money(value)}" for key, value in found.totals.items())
    heading.markdown(
        f"{bold(report.title)} · {offset + 1:,} to {last:,} of {found.total_rows:,}"
        + (f" · {plain(sums)}" if sums else "")
    )
    frame = found.frame
    if report.why is not None:
        frame = frame.assign(**{WHY.name: [report.why(row) for row in frame.to_dict("records")]})
    if on_rows is not None:
        on_rows(_ticked(frame, visible, report, name))
    else:
        _rows(frame, visible, report, name, came_from, offset, on_row, f"{hash(turn)}-{offset}")
    _pager(found.total_rows, offset, name)
    return found


def _page(report: TableReport, sort: tuple[str, bool] | None, limit: int, offset: int) -> TablePage:
    return store.fresh(read_page, report.without_phi, limit=limit, offset=offset, sort=sort)


def _label(report: TableReport, name: str) -> str:
    return next(column.label for column in report.columns if column.name == name)


def _sort(visible: list[ColumnSpec], report: TableReport, name: str) -> tuple[str, bool] | None:
    first, descending = report.order_by[0]
    shown = any(column.name == first for column in visible)
    options = ({} if shown else {"Usual order": None}) | _orders(visible)
    usual = next((label for label, key in options.items() if key == (first, descending)), None)
    names = list(options)
    chosen = st.selectbox(
        "Sort by", names, index=names.index(usual) if usual else 0, key=_sort_key(name), width=230, bind="query-params"
    )
    return options[chosen]


def _sort_key(name: str) -> str:
    return f"{name}-sort"


def _orders(columns: Sequence[ColumnSpec]) -> dict[str, tuple[str, bool] | None]:
    """What a table can be sorted by, by what that is called."""
    found: dict[str, tuple[str, bool] | None] = {}
    for column in columns:
        low, high = {"text": ("A to Z", "Z to A"), "date": ("oldest", "newest")}.get(column.kind, ("lowest", "highest"))
        found[f"{column.label}, {low} first"] = (column.name, False)
        found[f"{column.label}, {high} first"] = (column.name, True)
    return found


def sort_of(report: TableReport, name: str) -> tuple[str, bool] | None:
    """How a table was sorted when the account on the screen was opened from it; None for its usual order."""
    (chosen,) = link.of_list().get(_sort_key(name), [""])[:1]
    return _orders(report.columns).get(chosen)


def note_place(name: str, account_id: int, place: int) -> None:
    """Keep at which place of a table an account stood when it was opened: working it may move it."""
    st.session_state.setdefault(_PLACES, {})[name, account_id] = place


def place_of(name: str, account_id: int) -> int | None:
    """The place an account had in a table when it was opened from there."""
    return st.session_state.get(_PLACES, {}).get((name, account_id))


def export_button(report: TableReport | export.FrameReport, filters: Filters, name: str) -> None:
    """Take a whole table along as CSV."""
    with st.popover("Export CSV", icon=":material/download:"):
        st.caption("Every matching row, in a zip with a manifest of filters and control totals.")
        has_phi = any(column.phi for column in report.columns)
        include = has_phi and st.checkbox("Include patient names and dates of birth", key=f"{name}-phi")
        engine = store.opened()
        st.download_button(
            "Download",
            data=lambda: export.zip_bytes(engine, report, filters, include),
            file_name=f"{report.report_id}-{filters.as_of.isoformat()}.zip",
            mime="application/zip",
            on_click="ignore",
            key=f"{name}-download",
            type="primary",
        )


def _offset(name: str, turn: str) -> int:
    key, seen = f"{name}-page", f"{name}-turn"
    if st.session_state.get(seen) != turn:
        st.session_state[seen], st.session_state[key] = turn, 1
    return (st.session_state.get(key, 1) - 1) * PAGE_ROWS


def _turn_to(name: str, page: int) -> int:
    """Show a page from now on; its offset."""
    st.session_state[f"{name}-page"] = page
    return (page - 1) * PAGE_ROWS


def from_the_first(name: str) -> None:
    """Show a table from its first page on: what it shows was asked anew."""
    _turn_to(name, 1)


def _pages(rows: int) -> int:
    return math.ceil(rows / PAGE_ROWS)


def _pager(rows: int, offset: int, name: str) -> None:
    pages, here = _pages(rows), offset // PAGE_ROWS + 1
    if pages < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Previous", disabled=here == 1, on_click=_turn_to, args=(name, here - 1), key=f"{name}-previous")
        st.button("Next", disabled=here == pages, on_click=_turn_to, args=(name, here + 1), key=f"{name}-next")
        st.markdown(f"Page {here:,} of {pages:,}", width="content")


def _rows(
    frame: pd.DataFrame,
    visible: list[ColumnSpec],
    report: TableReport,
    name: str,
    came_from: str,
    offset: int,
    on_row: Callable[[dict], None] | None,
    page: str,
) -> None:
    opens = on_row is None and any(column.name == "account_id" for column in report.columns)
    # by page: the browser keeps the widths it measured on the first one
    key = f"{name}-rows-{st.session_state.get('rows_turn', 0)}-{page}"

    def opened() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            if on_row is not None:
                on_row(frame.iloc[rows[0]].to_dict())
            elif not pd.isna(frame["account_id"].iloc[rows[0]]):
                account_id = int(frame["account_id"].iloc[rows[0]])
                note_place(name, account_id, offset + rows[0] + 1)
                st.session_state["open_account"] = (str(account_id), came_from)
            st.session_state["rows_turn"] = st.session_state.get("rows_turn", 0) + 1

    grid(
        frame,
        visible,
        f"{report.title}; click a row to open its account" if opens else report.title,
        key=key,
        **({"on_select": opened, "selection_mode": "single-row"} if opens or on_row else {}),
    )
    if opens:
        st.caption("Click the box at the start of a row to open its account.")


def _ticked(frame: pd.DataFrame, visible: list[ColumnSpec], report: TableReport, name: str) -> list[dict]:
    """Draw rows to be ticked, and return those that are. A changed page begins anew: its rows have moved."""
    page = hash(tuple(frame["account_id"]))
    event = grid(
        frame,
        visible,
        f"{report.title}; tick rows to record something on all of them",
        key=f"{name}-ticks-{st.session_state.get('rows_turn', 0)}-{page}",
        on_select="rerun",
        selection_mode="multi-row",
    )
    st.caption("Tick the boxes at the start of rows; the one above them ticks the whole page.")
    return [frame.iloc[number].to_dict() for number in event.selection.rows]


def grid(frame: pd.DataFrame, columns: list[ColumnSpec], alt: str, **options: Any) -> Any:
    """Draw rows with our labels and formats; return what the table reports of its selection."""
    options = {"height": "auto" if len(frame) < 12 else 430} | options
    shown = pd.DataFrame({column.name: _cells(frame[column.name], column) for column in columns})
    return st.dataframe(
        shown,
        hide_index=True,
        column_config={column.name: _config(column, width_of(shown[column.name], column)) for column in columns},
        alt=alt,
        placeholder="",
        **options,
    )


def _cells(values: pd.Series, column: ColumnSpec) -> Any:
    if column.kind in ("money", "percent", "number"):
        scale = 100 if column.kind == "percent" else 1
        return pd.Series([None if pd.isna(value) else float(value * scale) for value in values], dtype="float64")
    if column.kind in ("days", "count"):
        return pd.Series([None if pd.isna(value) else int(value) for value in values], dtype="Int64")
    if column.kind == "carc":
        names = store.read(labels, "carc")
        return pd.Series(["" if pd.isna(value) else names.get(value, str(value)) for value in values], dtype="str")
    if column.kind == "claim_status":
        return pd.Series(["" if pd.isna(value) else statuses.in_words(value) for value in values], dtype="str")
    if column.kind == "text":
        return pd.Series(["" if pd.isna(value) else name_of(str(value)) for value in values], dtype="str")
    return values.reset_index(drop=True)


#: A cell of a sentence or two is cut in the table; a click on it shows the whole.
WIDEST = 620


def width_of(cells: pd.Series, column: ColumnSpec) -> int | None:
    """Pixels for a column of which the browser would cut a cell; None: let it be.

    The browser measures the first nine rows and the last, and of more than five leaves out what is twice as wide as
    their average and more.
    """
    widths = [_EDGES + _pixels(_text(cell, column)) for cell in cells]
    seen = widths if len(widths) <= _MEASURED else [*widths[: _MEASURED - 1], widths[-1]]
    if len(seen) > _FEW:
        most = _LEFT_OUT * sum(seen) / len(seen)
        seen = [width for width in seen if width < most]
    widest = max(widths, default=0)
    if widest <= max([_EDGES + _pixels(column.label), *seen]):
        return None
    return min(widest + _EDGES, WIDEST)


def _pixels(text: str) -> int:
    return sum(_NARROW if letter in _NARROW_LETTERS else _WIDE if letter in "mwMW%@" else _LETTER for letter in text)


def _text(cell: Any, column: ColumnSpec) -> str:
    """A cell as long as the browser writes it."""
    if pd.isna(cell):
        return ""
    written = {
        "money": "${:,.2f}",
        "percent": "{:.1f} %",
        "date": "{:%d %b %Y}",
        "number": "{:,}",
        "days": "{} days",
        "count": "{:,}",
    }
    return written.get(column.kind, "{}").format(cell)


def _config(column: ColumnSpec, width: int | None) -> Any:
    kinds = {
        "money": lambda: st.column_config.NumberColumn(column.label, format="dollar", width=width),
        "percent": lambda: st.column_config.NumberColumn(column.label, format="%.1f %%", width=width),
        "date": lambda: st.column_config.DateColumn(column.label, format="DD MMM YYYY", width=width),
        "number": lambda: st.column_config.NumberColumn(column.label, format="localized", width=width),
        "days": lambda: st.column_config.NumberColumn(column.label, format="%d days", width=width),
        "count": lambda: st.column_config.NumberColumn(column.label, format="localized", width=width),
    }
    return kinds.get(column.kind, lambda: st.column_config.TextColumn(column.label, width=width))()


def ask_to_open(account_id: int, came_from: str) -> None:
    """Open an account in the next run."""
    st.session_state["open_account"] = (str(account_id), came_from)
    st.rerun()


def open_if_asked() -> None:
    """Go to the account of a row that was clicked; called once a run, outside callbacks."""
    asked = st.session_state.pop("open_account", None)
    if asked:
        link.to_account(*asked)
