"""Statements and explanations on paper: letter size, one column, words a patient can understand."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from data_access.queries.explain import Line
from data_access.queries.statements import AGES, Statement
from data_access.work.office import Office
from data_access.work.plans import pay_now

_INK, _QUIET, _RULE, _TINT = (colors.HexColor(code) for code in ("#1c2530", "#5a6673", "#c9d1da", "#eef3f8"))
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=13, textColor=_INK)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=8.5, leading=11.5, textColor=_QUIET)
_BOLD = ParagraphStyle("bold", parent=_TEXT, fontName="Helvetica-Bold")
_HEAD = ParagraphStyle("head", parent=_BOLD, fontSize=11.5, leading=14, spaceBefore=8, spaceAfter=3)
_NAME = ParagraphStyle("name", parent=_BOLD, fontSize=15, leading=18)
_BIG = ParagraphStyle("big", parent=_BOLD, fontSize=18, leading=22, alignment=TA_RIGHT)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=TA_RIGHT)
_RIGHT_BOLD = ParagraphStyle("right bold", parent=_BOLD, alignment=TA_RIGHT)
_MARGIN = 0.8 * inch
_WIDTH = letter[0] - 2 * _MARGIN - 12  # the frame keeps 6 points free on each side
#: Days after a statement by which it asks to be paid.
PAY_WITHIN = 25
#: 26 CFR 1.501(r)-6: no extraordinary collection before day 120 after the first statement; help may be asked for
#: until day 240.
NO_COLLECTION_BEFORE, HELP_UNTIL = 120, 240


def statement_pdf(statement: Statement, office: Office, today: date, synthetic: bool = False) -> bytes:
    """A statement as PDF; the same input gives the same bytes."""
    parts = [
        *_letterhead(office, "Statement", today, synthetic),
        _addresses(statement, today),
        Spacer(0, 10),
        Paragraph(_opening(statement), _TEXT),
        Paragraph("Your bill, step by step", _HEAD),
        _lines(statement.lines),
        Paragraph("How old this balance is", _HEAD),
        _ages(statement),
        Paragraph("How to pay", _HEAD),
        *(Paragraph(text, _TEXT) for text in _ways_to_pay(statement, office, today)),
        Paragraph("If you cannot pay", _HEAD),
        Paragraph(_help(statement, office, today), _TEXT),
        _slip(statement, office, today),
    ]
    return _pdf(parts, f"Statement {statement.account_number}")


def explanation_pdf(statement: Statement, office: Office, today: date, synthetic: bool = False) -> bytes:
    """The explanation of a balance alone, to hand or send to a patient who asks; it is no bill."""
    parts = [
        *_letterhead(office, "How your balance came about", today, synthetic),
        Paragraph(_t(f"Account {statement.account_number}, {_visit(statement)}"), _TEXT),
        Spacer(0, 10),
        _lines(statement.lines),
        Spacer(0, 10),
        Paragraph("This is an explanation, not a bill.", _SMALL),
    ]
    return _pdf(parts, f"Explanation {statement.account_number}")


def _pdf(parts: Sequence[Flowable], title: str) -> bytes:
    target = io.BytesIO()
    paper = SimpleDocTemplate(
        target,
        pagesize=letter,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=0.5 * inch,
        bottomMargin=0.5 * inch,
        title=title,
        lang="en-US",
        invariant=1,
    )
    paper.build(list(parts), onFirstPage=_page_number, onLaterPages=_page_number)
    return target.getvalue()


def _page_number(canvas: Any, paper: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(_QUIET)
    canvas.drawRightString(letter[0] - _MARGIN, 0.35 * inch, f"Page {paper.page}")


def _letterhead(
    office: Office, what: str, today: date, synthetic: bool, marked: str = "NOT A REAL PATIENT, NOT A REAL BILL"
) -> list[Flowable]:
    """The top of a first page. `marked`: what papers of synthetic data say they are not."""
    ours = [Paragraph(_t(office.name or "Letterhead not set"), _NAME)]
    ours += [Paragraph(_t(text), _SMALL) for text in (office.street, office.place, office.phone) if text]
    theirs = [Paragraph(what, _RIGHT_BOLD), Paragraph(_day(today), _RIGHT)]
    head = Table([[ours, theirs]], colWidths=[_WIDTH * 0.62, _WIDTH * 0.38])
    head.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, 0), 1, _INK), *_no_sides()])
    )
    found: list[Flowable] = [head, Spacer(0, 12)]
    if synthetic:
        found[1:1] = [Spacer(0, 6), Paragraph(f"SYNTHETIC DATA: {marked}", _BOLD)]
    return found


def _addresses(statement: Statement, today: date) -> Table:
    to = [Paragraph(_t(text), _TEXT) for text in (statement.patient or "Patient", *statement.address)]
    facts = [
        ("Account", statement.account_number),
        ("Visit", _visit(statement)),
        ("Statement", f"no. {statement.number}{', the last' if statement.is_last else ''}"),
        ("Please pay by", _day(today + timedelta(days=PAY_WITHIN))),
    ]
    rows = [[Paragraph(name, _SMALL), Paragraph(_t(value), _RIGHT)] for name, value in facts]
    rows.append([Paragraph("You owe", _BOLD), Paragraph(_money(statement.amount), _BIG)])
    box = Table(rows, colWidths=[_WIDTH * 0.17, _WIDTH * 0.38])
    box.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), _TINT),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    both = Table([[to, box]], colWidths=[_WIDTH * 0.45, _WIDTH * 0.55])
    both.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_no_sides()]))
    return both


def _opening(statement: Statement) -> str:
    again = "" if statement.number == 1 else " You may have paid since this was printed; if so, thank you."
    last = (
        " This is the last statement we send. Please call us if you cannot pay, so that we can help."
        if statement.is_last
        else ""
    )
    return _t(f"After your insurance and all payments, {_money(statement.amount)} is left for you to pay.{again}{last}")


def _lines(lines: Sequence[Line]) -> Table:
    rows = [
        [
            Paragraph(_t(line.words), _BOLD if line.total else _TEXT),
            Paragraph(_money(line.amount), _RIGHT_BOLD if line.total else _RIGHT),
        ]
        for line in lines
    ]
    totals = [at for at, line in enumerate(lines) if line.total]
    loose = [("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5)]
    return lined(rows, (0.76, 0.24), totals, loose)


def lined(
    rows: Sequence[Sequence[Any]],
    shares: Sequence[float],
    tinted: Sequence[int] = (),
    more: Sequence[tuple] = (),
    head: bool = False,
    **options: Any,
) -> Table:
    """Rows with a line under each.

    Args:
        shares: the width of each column as a share of the page's.
        tinted: numbers of the rows that stand out.
        more: styles beside those, as `TableStyle` takes them.
        head: whether the first row is said again on every page.
    """
    table = Table(rows, colWidths=[_WIDTH * share for share in shares], repeatRows=int(head), **options)
    tints = [("BACKGROUND", (0, at), (-1, at), _TINT) for at in tinted]
    ruled = [("LINEBELOW", (0, 0), (-1, -1), 0.5, _RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    table.setStyle(TableStyle([*ruled, *tints, *more]))
    return table


def _ages(statement: Statement) -> Table:
    place = next(label for label, limit in AGES.items() if limit is None or statement.age_days <= limit)
    amounts = [statement.amount if label == place else Decimal(0) for label in AGES]
    style = ParagraphStyle("age", parent=_SMALL, alignment=1)
    body = ParagraphStyle("age amount", parent=_TEXT, alignment=1)
    table = Table(
        [[Paragraph(label, style) for label in AGES], [Paragraph(_money(amount), body) for amount in amounts]],
        colWidths=[_WIDTH / len(AGES)] * len(AGES),
    )
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, _RULE), ("BACKGROUND", (0, 0), (-1, 0), _TINT)]))
    return table


def _ways_to_pay(statement: Statement, office: Office, today: date) -> list[str]:
    ways, at_once = [], pay_now(statement.amount, office, today)
    if at_once.discount:
        ways.append(
            f"In full by {_day(at_once.due_on)}: you pay {_money(at_once.amount)}, "
            f"a discount of {_money(at_once.discount)}."
        )
    if office.pay_online:
        ways.append(f"Online: {office.pay_online}, with account number {statement.account_number}.")
    if office.phone:
        ways.append(f"By phone: {office.phone}. Call the same number if something on this statement looks wrong.")
    ways.append("By mail: send a check with the slip below.")
    ways.append(
        f"In parts: we offer monthly payments from {_money(office.smallest_instalment)}, "
        f"over up to {office.longest_months} months. Please ask."
    )
    return [_t(way) for way in ways]


def _help(statement: Statement, office: Office, today: date) -> str:
    how = f" {office.assistance}" if office.assistance else " Please ask us how to apply."
    text = f"You may qualify for financial help. Applying is free.{how}"
    if office.nonprofit:
        first = statement.first_statement_on or today
        apply_until, no_steps_before = (first + timedelta(days=days) for days in (HELP_UNTIL, NO_COLLECTION_BEFORE))
        if apply_until >= today:
            text += f" You can apply until {_day(apply_until)}."
        if no_steps_before > today:
            text += f" We take no steps to collect beyond statements and calls before {_day(no_steps_before)}."
    return _t(text)


def _slip(statement: Statement, office: Office, today: date) -> KeepTogether:
    to = [Paragraph("Send your payment to", _SMALL)]
    to += [Paragraph(_t(text), _TEXT) for text in (office.name, office.street, office.place) if text]
    facts = [
        [Paragraph(name, _SMALL), Paragraph(_t(value), _RIGHT)]
        for name, value in (
            ("Account", statement.account_number),
            ("Pay by", _day(today + timedelta(days=PAY_WITHIN))),
            ("You owe", _money(statement.amount)),
            ("Amount enclosed", "$ ____________"),
        )
    ]
    slip = Table(
        [[to, Table(facts, colWidths=[_WIDTH * 0.2, _WIDTH * 0.25])]], colWidths=[_WIDTH * 0.55, _WIDTH * 0.45]
    )
    slip.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_no_sides()]))
    cut = Table([[Paragraph("Please cut here and send this part with your payment", _SMALL)]], colWidths=[_WIDTH])
    cut.setStyle(TableStyle([("LINEABOVE", (0, 0), (-1, 0), 0.8, _QUIET, None, (3, 3)), *_no_sides()]))
    return KeepTogether([Spacer(0, 10), cut, slip])


def _no_sides() -> list[tuple]:
    return [("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]


def _visit(statement: Statement) -> str:
    on = _day(statement.service_from) if statement.service_from else "date not stated"
    return f"{on}, {statement.facility}" if statement.facility else on


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _money(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def _t(text: str) -> str:
    """Text as the built-in fonts can print it: letters they lack lose their accents, others become a question mark."""
    plain = "".join(
        letter if _prints(letter) else unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"
        for letter in text
    )
    return escape(plain)


def _prints(letter: str) -> bool:
    return ord(letter) < 0x7F or 0xA0 <= ord(letter) <= 0xFF


#: What other papers are made of: text styles, colors and the width of a line; and how a date, an amount and any text
#: are printed.
TEXT, SMALL, BOLD, HEAD, RIGHT, RIGHT_BOLD = _TEXT, _SMALL, _BOLD, _HEAD, _RIGHT, _RIGHT_BOLD
INK, QUIET, RULE, WIDTH = _INK, _QUIET, _RULE, _WIDTH
#: For `lined`: columns that stand close.
NARROW = (("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3))
letterhead, pdf, day_in_words, dollars, printable = _letterhead, _pdf, _day, _money, _t
