"""Charts: few kinds, one look, each mark a selection that narrows the table below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from decimal import Decimal
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.parts import selection, theme
from pages.parts.text import bold, counted

_CONFIG = {"displayModeBar": False, "scrollZoom": False}
_MONEY_TICKS = {"tickformat": "$~s"}
_PERCENT_TICKS = {"tickformat": ".0%"}
_COUNT_TICKS = {"tickformat": ","}
_LONGEST_LINE = 28
_MOST_MONTHS = 13  # that have room for their names under a chart of half a screen
_LETTER_WIDTH = 6.6  # pixels
Selections = Sequence[Sequence[Mapping[str, Any] | None]]


def floats(values: Any) -> list[float | None]:
    """Exact figures as pixels."""
    return [None if value is None or pd.isna(value) else float(value) for value in values]


def figure(height: int, **layout: Any) -> go.Figure:
    """An empty figure in our look."""
    plot = go.Figure()
    plot.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
        bargap=0.25,
        hoverlabel={"align": "left"},
        clickmode="event+select",
        dragmode=False,
        **layout,
    )
    plot.update_xaxes(automargin=True, title=None)
    plot.update_yaxes(automargin=True, title=None)
    return plot


def part_of(title: str, shown: Sized, among: Sized, most: str = "") -> str:
    """A chart's title, which says so where it has bars for a part of what there is.

    Args:
        most: what those that are shown have most of, where it is not what the bars are as long as.
    """
    if len(shown) >= len(among):
        return title
    if most:
        return f"{title}, the {len(shown):,} of {len(among):,} with {most}"
    return f"{title}, the largest {len(shown):,} of {len(among):,}"


def show(plot: go.Figure, name: str, title: str, alt: str, marks: Selections | None = None) -> None:
    """Draw a figure under its title; `marks[trace][point]` is the selection that a click on a mark makes."""
    st.markdown(bold(title))
    key = f"{name}-{selection.chart_turn()}"

    def clicked() -> None:
        points = st.session_state[key].selection.points
        if not points:
            selection.choose(None)
            return
        point = points[0]
        trace = marks[point["curve_number"]] if marks else []
        index = point.get("point_index", point.get("point_number"))
        if isinstance(index, (list, tuple)):
            index = index[0] * _width(plot) + index[1]
        if index < len(trace):
            selection.choose(trace[index])
            st.toast("The table below shows what is behind this mark.", icon=":material/arrow_downward:")

    if marks is None:
        st.plotly_chart(plot, key=key, config=_CONFIG, alt=alt)
    else:
        st.plotly_chart(plot, key=key, config=_CONFIG, alt=alt, on_select=clicked, selection_mode="points")


def name_rows(plot: go.Figure, names: Sequence[str]) -> None:
    """Name horizontal bars, first at the top; long names take two lines, and are whole in the hover text."""
    plot.update_yaxes(autorange="reversed", type="category", tickvals=list(names), ticktext=[*map(_in_lines, names)])


def _in_lines(name: str) -> str:
    return "<br>".join(wrap(name, _LONGEST_LINE, max_lines=2, placeholder="…"))


def _width(plot: go.Figure) -> int:
    return len(plot.data[0].x)


def stacked_bars(
    frame: pd.DataFrame,
    *,
    group: str,
    stack: str,
    value: str,
    groups: Sequence[str],
    stacks: Sequence[str],
    colors: Mapping[str, str],
    selections: Mapping[tuple[str, str], Mapping[str, Any]],
    horizontal: bool = False,
    height: int = 340,
    labels: Mapping[str, str] | None = None,
) -> tuple[go.Figure, list[list[Mapping[str, Any] | None]]]:
    """Bars of money by group, stacked; returns the figure and its marks."""
    amounts = {(row[group], row[stack]): row[value] for row in frame.to_dict("records")}
    plot, marks = figure(height, barmode="relative"), []
    for name in stacks:
        values = floats(amounts.get((key, name)) for key in groups)
        across = (
            {"x": values, "y": list(groups), "orientation": "h"} if horizontal else {"x": list(groups), "y": values}
        )
        shown = (labels or {}).get(name, name)
        at = "%{y}" if horizontal else "%{x}"
        amount = "%{x:$,.2f}" if horizontal else "%{y:$,.2f}"
        plot.add_bar(
            **across,
            name=shown,
            marker_color=colors.get(name, theme.QUIET),
            hovertemplate=f"{at}<br>{shown}: {amount}<extra></extra>",
        )
        marks.append([selections.get((key, name)) for key in groups])
    if horizontal:
        plot.update_xaxes(**_MONEY_TICKS)
        name_rows(plot, groups)
    else:
        plot.update_yaxes(**_MONEY_TICKS)
        plot.update_xaxes(type="category")
    return plot, marks


def bars(
    names: Sequence[str],
    values: Sequence[Any],
    chosen: Sequence[Mapping[str, Any] | None],
    *,
    percent: bool = False,
    money: bool = False,
    color: str | list[str] = theme.MAIN,
    texts: Sequence[str] | None = None,
) -> tuple[go.Figure, list[list[Mapping[str, Any] | None]]]:
    """Horizontal bars, largest first as given, with the value written at the end of each."""
    row = 34 if any(len(name) > _LONGEST_LINE for name in names) else 26
    plot = figure(max(130, row * len(names) + 50))
    plot.add_bar(
        x=floats(values),
        y=list(names),
        orientation="h",
        marker_color=color,
        text=list(texts) if texts else None,
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>" if texts else "%{y}: %{x}<extra></extra>",
    )
    name_rows(plot, names)
    plot.update_xaxes(
        **(_PERCENT_TICKS if percent else _MONEY_TICKS if money else _COUNT_TICKS), rangemode="tozero", nticks=5
    )
    plot.update_layout(margin_r=12 + _LETTER_WIDTH * max(map(len, texts or [""]), default=0))
    return plot, [list(chosen)]


def lines(
    series: Mapping[str, tuple[Sequence[Any], Sequence[Any]]],
    chosen: Mapping[str, Sequence[Mapping[str, Any] | None]] | None = None,
    *,
    percent: bool = True,
    target: Decimal | None = None,
    height: int = 300,
    colors: Mapping[str, str] | None = None,
) -> tuple[go.Figure, list[list[Mapping[str, Any] | None]]]:
    """Lines over months; a dashed line for the target."""
    plot, marks = figure(height), []
    for number, (name, (months, values)) in enumerate(series.items()):
        plot.add_scatter(
            x=list(months),
            y=floats(values),
            name=name,
            mode="lines+markers",
            marker_size=8,
            line_color=(colors or {}).get(name, (theme.MAIN, theme.SECOND, theme.QUIET)[number % 3]),
            hovertemplate="%{x|%b %Y}: " + ("%{y:.1%}" if percent else "%{y:$,.0f}") + f"<extra>{name}</extra>",
        )
        marks.append(list((chosen or {}).get(name, [])))
    if target is not None:
        plot.add_hline(
            y=float(target),
            line_dash="dash",
            line_color=theme.QUIET,
            annotation_text="benchmark",
            annotation_font_size=11,
        )
    plot.update_yaxes(**(_PERCENT_TICKS if percent else _MONEY_TICKS), rangemode="tozero")
    # of its own accord the axis of a few months has several ticks in each, all of one name
    months = sorted({month for of_months, _ in series.values() for month in of_months})
    plot.update_xaxes(tickformat="%b %y", tickvals=months[:: 1 + len(months) // (_MOST_MONTHS + 1)])
    plot.update_layout(showlegend=len(series) > 1)
    return plot, marks


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], int],
    selections: Mapping[tuple[str, str], Mapping[str, Any]],
) -> tuple[go.Figure, list[list[Mapping[str, Any] | None]]]:
    """Counts by row and column as squares one can click: a scatter of squares, since heat maps give no clicks."""
    plot = figure(30 * len(rows) + 130)
    places = [(row, column) for row in rows for column in columns if cells.get((row, column))]
    counts = [cells[place] for place in places]
    plot.add_scatter(
        x=[column for _, column in places],
        y=[row for row, _ in places],
        mode="markers+text",
        text=[str(count) for count in counts],
        textfont={"size": 11, "color": ["#ffffff" if count > 0.45 * max(counts) else "#1c2733" for count in counts]},
        marker={
            "symbol": "square",
            "size": 27,
            "color": counts,
            "colorscale": [[position / (len(theme.HEAT) - 1), tone] for position, tone in enumerate(theme.HEAT)],
            "cmin": 0,
        },
        customdata=[counted(count, "claim") for count in counts],
        hovertemplate="%{y}<br>%{x}: %{customdata}<extra></extra>",
    )
    name_rows(plot, rows)
    plot.update_yaxes(showgrid=False, categoryarray=list(rows))
    plot.update_xaxes(type="category", showgrid=False, tickangle=-40, categoryarray=list(columns))
    plot.update_layout(showlegend=False)
    return plot, [[selections.get(place) for place in places]]
