"""The month-end pack on paper: what managers read and hand round in their meeting. It names no patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import unescape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Paragraph, Spacer, Table, TableStyle

from data_access.documents.drawings import stacked, trend
from data_access.documents.paper import (
    BOLD,
    HEAD,
    NARROW,
    SMALL,
    TEXT,
    WIDTH,
    letterhead,
    lined,
    pdf,
    printable,
)
from data_access.documents.paper import day_in_words as _day
from data_access.export import FrameReport
from data_access.metrics import METRICS
from data_access.month_end import tables
from data_access.palette import BAD, GOOD
from data_access.queries import movers
from data_access.queries.month_end import AGES, TRENDS, Figure, Pack
from data_access.work.office import Office

_CELL = ParagraphStyle("cell", parent=TEXT, fontSize=8.5, leading=10.5)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_TOP = ParagraphStyle("top", parent=SMALL, fontSize=8, leading=9.5)
_TOP_RIGHT = ParagraphStyle("top right", parent=_TOP, alignment=TA_RIGHT)
_STRONG = ParagraphStyle("strong", parent=_CELL, fontName="Helvetica-Bold")
_STRONG_NUMBER = ParagraphStyle("strong number", parent=_STRONG, alignment=TA_RIGHT)
_SMALLER = ParagraphStyle("smaller", parent=SMALL, fontSize=7.4, leading=9.1)
_COLORS = {True: GOOD, False: BAD}
_NUMBERS = ("money", "count", "percent")
Cells = Sequence[Sequence[Any]]


def month_end_pdf(pack: Pack, office: Office, today: date, synthetic: bool = False) -> bytes:
    """The pack as PDF; the same input gives the same bytes."""
    parts: list[Flowable] = [
        *letterhead(office, f"Month end, {pack.month:%B %Y}", today, synthetic, "NOT A REAL OFFICE"),
        *(_line(name, words) for name, words in cover(pack).items()),
        Spacer(0, 8),
        Paragraph(printable(pack.finding), BOLD),
        Paragraph("Is the month ready to report?", HEAD),
        _checklist(pack),
        Paragraph("The figures", HEAD),
        _figures(pack),
        Paragraph("Changes for the worse are red and bold, those for the better green.", _TOP),
        *_ages(pack),
        _months(pack),
    ]
    for report in tables.sections(pack):
        parts += _section(report)
    if len(pack.moved):
        parts += [Paragraph("What moved most", HEAD), _moved(pack)]
    parts += [PageBreak(), Paragraph("What the figures mean", HEAD), *_definitions(pack)]
    return pdf(parts, f"Month end {pack.month:%B %Y}")


def cover(pack: Pack) -> dict[str, str]:
    """What stands on top of the pack, in words."""
    filters, then = pack.filters, pack.filters.comparison()
    loaded = pack.known.last_load
    found = {
        "Month": f"{pack.month:%B %Y}" + ("" if pack.over else ": not over in the data, figures are of a part of it"),
        "As of": _day(filters.as_of),
        "Compared with": f"{_day(then.date_from)} to {_day(then.date_to)}" if pack.compared else "nothing",
        "Filters": "; ".join(f"{name}: {words}" for name, words in pack.names.items()) or "None: the whole office",
        "Data last loaded": f"{loaded:%Y-%m-%d %H:%M} UTC" if loaded else "not known",
    }
    if pack.known.oldest and pack.known.oldest > then.date_from:
        found["Mind"] = f"The data begin on {_day(pack.known.oldest)}: changes are no changes of the office"
    return found


def _line(name: str, words: str) -> Paragraph:
    return Paragraph(f"{printable(name)}: {printable(words)}", SMALL)


def _checklist(pack: Pack) -> Table:
    rows: list[list[Any]] = [[Paragraph(name, _TOP) for name in ("What", "State", "How many, how much")]]
    for one in pack.checks:
        fine = {"fine": True, "open": False}.get(one.state)
        cells = (one.label, _colored(tables.STATES[one.state], fine), tables.counted_said(one))
        rows.append([Paragraph(printable(cells[0]), _CELL), cells[1], Paragraph(printable(cells[2]), _CELL)])
    return _grid(rows, (0.58, 0.12, 0.30))


def _colored(words: str, good: bool | None, number: bool = False) -> Paragraph:
    usual, strong = (_NUMBER, _STRONG_NUMBER) if number else (_CELL, _STRONG)
    if good is None:
        return Paragraph(printable(words), usual)
    return Paragraph(f'<font color="{_COLORS[good]}">{printable(words)}</font>', usual if good else strong)


def _figures(pack: Pack) -> Table:
    names = ("Figure", "This month", "Month before", "Change", "A year before", "Stands on", "Benchmark")
    rows: list[list[Any]] = [
        [Paragraph(name, _TOP if place in (0, 5) else _TOP_RIGHT) for place, name in enumerate(names)]
    ]
    heads, group = [], ""
    for one in pack.figures:
        if one.group != group:
            group = one.group
            heads.append(len(rows))
            rows.append([Paragraph(printable(group), _STRONG), *[""] * 6])
        rows.append(_figure(one))
    spans = [("SPAN", (0, at), (-1, at)) for at in heads]
    return _grid(rows, (0.19, 0.13, 0.13, 0.125, 0.13, 0.18, 0.115), tinted=heads, more=spans)


def _figure(one: Figure) -> list[Any]:
    unit = one.metric.unit
    before = tables.said(one.before.value if one.before else None, unit)
    target = "" if one.metric.target is None else tables.said(one.metric.target, unit)
    return [
        Paragraph(printable(one.name), _CELL),
        Paragraph(tables.said(one.now.value, unit), _STRONG_NUMBER),
        Paragraph(before, _NUMBER),
        _colored(tables.change_said(one.change, unit), one.better, number=True),
        Paragraph(tables.said(one.year, unit), _NUMBER),
        Paragraph(printable(tables.of_what(one)), _TOP),
        Paragraph(target, _NUMBER),
    ]


def _ages(pack: Pack) -> list[Flowable]:
    """What is owed by payer type and age: bars, and the amounts in whole dollars, as there is no room for cents."""
    if pack.aging.empty:
        return []
    report = tables.aging(pack)
    bars = [(_name(row["label"]), [row[name] for name in AGES]) for row in pack.aging.to_dict("records")]
    title, note = Paragraph(report.title, HEAD), Paragraph("Whole dollars; the CSV file has the cents.", _TOP)
    return [KeepTogether([title, stacked(bars, AGES)]), KeepTogether([*_table(report, tables.whole_dollars), note])]


def _months(pack: Pack) -> KeepTogether:
    width = WIDTH / len(TRENDS)
    heads, lines = [], []
    for metric_id in TRENDS:
        metric, frame = METRICS[metric_id], pack.trends[metric_id]
        by = ", by month of service" if metric_id == "net_collection_rate" else ""
        heads.append(Paragraph(f"{printable(metric.name)}{by}", _STRONG))
        lines.append(trend(list(frame["month"]), list(frame["value"]), metric.unit, width - 10))
    both = Table([heads, lines], colWidths=[width] * len(TRENDS))
    both.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]))
    return KeepTogether([Paragraph("Twelve months", HEAD), both])


def _name(name: str) -> str:
    """A name for a drawing, where no markup is read: printable, nothing escaped."""
    return unescape(printable(name))


def _section(report: FrameReport) -> list[Flowable]:
    if report.frame.empty:
        return []
    title = Paragraph(printable(report.title), HEAD)
    return [KeepTogether([title, *_table(report)])]


def _table(report: FrameReport, amount: Callable[[Decimal], str] | None = None) -> list[Flowable]:
    def shown(value: Any, kind: str) -> str:
        return amount(value) if amount and kind == "money" and value is not None else tables.shown(value, kind)

    columns = report.columns
    numbers = [column.kind in _NUMBERS for column in columns]
    rows: list[list[Any]] = [
        [
            Paragraph(printable(column.label), _TOP_RIGHT if number else _TOP)
            for column, number in zip(columns, numbers, strict=True)
        ]
    ]
    for values in report.rows():
        cells = [shown(value, column.kind) for value, column in zip(values, columns, strict=True)]
        rows.append(_cells(cells, numbers, (_CELL, _NUMBER)))
    sums = tables.totals(report)
    if sums:
        last = ["In all", *(shown(sums.get(column.name), column.kind) for column in columns[1:])]
        rows.append(_cells(last, numbers, (_STRONG, _STRONG_NUMBER)))
    first = 0.35 if len(columns) < 6 else 0.22
    each = min(0.2, (1 - first) / (len(columns) - 1))
    return [_grid(rows, (first, *[each] * (len(columns) - 1)), tinted=[len(rows) - 1] if sums else [])]


def _cells(cells: Iterable[str], numbers: Sequence[bool], styles: tuple[ParagraphStyle, ParagraphStyle]) -> list[Any]:
    return [Paragraph(printable(cell), styles[number]) for cell, number in zip(cells, numbers, strict=True)]


def _moved(pack: Pack) -> Table:
    rows: list[list[Any]] = []
    heads, group = [], ""
    for row in pack.moved.to_dict("records"):
        if row["metric_id"] != group:
            group = row["metric_id"]
            heads.append(len(rows))
            rows.append([Paragraph(printable(movers.TITLES[group]), _STRONG), "", ""])
        way = "rise" if row["change"] > 0 else "fall"
        better = (row["change"] > 0) == (METRICS[group].good == "up")
        share = "" if row["share"] is None else f"{row['share'] * 100:.0f} % of the {way}"
        changed = _colored(tables.moved_said(group, row["change"]), better, number=True)
        rows.append([Paragraph(printable(row["label"]), _CELL), changed, Paragraph(share, _NUMBER)])
    return _grid(rows, (0.58, 0.2, 0.22), tinted=heads, head=False)


def _definitions(pack: Pack) -> list[Flowable]:
    found: list[Flowable] = []
    for one in pack.figures:
        metric = one.metric
        said = f"<b>{printable(metric.name)}</b>: {printable(metric.definition)} Formula: {printable(metric.formula)}."
        if metric.benchmark:
            said += f" Benchmark: {printable(metric.benchmark)}; source: {printable(metric.source or '')}."
        if metric.caveats:
            said += f" Mind: {printable(metric.caveats)}"
        found += [Paragraph(said, _SMALLER), Spacer(0, 2.5)]
    return found


def _grid(
    rows: Cells, shares: Sequence[float], tinted: Sequence[int] = (), more: Sequence[tuple] = (), head: bool = True
) -> Table:
    close = [*NARROW, ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5)]
    return lined(rows, shares, tinted, [*close, *more], head, hAlign="LEFT")
