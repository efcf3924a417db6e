"""A card as PDF. Imports reportlab: loaded when somebody asks for one."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from anyascii import anyascii
from markdown_it.token import Token
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as Grid

from governance.cards.prose import blocks
from governance.cards.queries import Card
from governance.cards.schema import SECTIONS
from governance.cards.table import Table

_FACES = ("Vera", "VeraBd", "VeraIt", "VeraBI")  # reportlab carries them
_TEXT = ParagraphStyle("text", fontName="Vera", fontSize=9, leading=13, spaceAfter=4)
_ITEM = ParagraphStyle("item", _TEXT, leftIndent=12, bulletIndent=0)
_MUTED = ParagraphStyle(
    "muted", _TEXT, textColor=colors.HexColor("#565d6a"), fontSize=8, leading=11
)
_TITLE = ParagraphStyle("title", _TEXT, fontName="VeraBd", fontSize=16, leading=20, spaceAfter=8)
_SECTION = ParagraphStyle(
    "section", _TEXT, fontName="VeraBd", fontSize=12, leading=16, spaceBefore=12, keepWithNext=1
)
_FIELD = ParagraphStyle("field", _TEXT, fontName="VeraBd", spaceBefore=6, keepWithNext=1)
_CELL = ParagraphStyle("cell", _TEXT, fontSize=7.5, leading=10, spaceAfter=0)
_HEAD = ParagraphStyle("head", _CELL, fontName="VeraBd")
_WIDTH = A4[0] - 40 * mm
_GRID = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#c4c8d0")),
        ("LINEBELOW", (0, 0), (-1, 0), 0.75, colors.HexColor("#565d6a")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)


def pdf(card: Card) -> bytes:
    """The whole card on A4; the same card gives the same bytes."""
    _register()
    story: list[Flowable] = [Paragraph(_plain(f"Model card: {card.title}"), _TITLE), *_head(card)]
    for section in SECTIONS:
        story.append(Paragraph(_plain(section.title), _SECTION))
        for field in section.fields:
            asked = f" (Annex IV, {field.annex_iv})" if field.annex_iv else ""
            story.append(Paragraph(_plain(field.label + asked), _FIELD))
            if field.is_measured:
                story += _tables(card.measured.get(field.key, ()))
            else:
                story += _prose(card.texts.get(field.key, ""))
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        margin=20 * mm,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        title=f"Model card: {card.title}",
        author="Countersign",
        invariant=1,
    )
    foot = f"{card.title} · {card.revision or 'no revision kept'} · {card.version.digest[:16]}"
    document.build(
        story,
        onFirstPage=lambda canvas, _: _foot(canvas, foot),
        onLaterPages=lambda canvas, _: _foot(canvas, foot),
    )
    return file.getvalue()


def _head(card: Card) -> list[Flowable]:
    found = card.completeness
    lines = [f"Process {card.version.model.process_id}, version digest {card.version.digest}"]
    if card.revision:
        at = f"{card.revision.at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Revision {card.revision.number} of {at}, digest {card.revision.digest}")
    if card.facts and card.facts.measured_at:
        at = f"{card.facts.measured_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Measured in use {at}, digest {card.facts.digest}")
    lines.append(f"{found.filled} of {found.required} required fields are there")
    if found.missing:
        lines.append(f"Missing: {', '.join(one.label for one in found.missing)}")
    return [Paragraph(_plain(line), _MUTED) for line in lines]


def _prose(text: str) -> list[Flowable]:
    if not text:
        return [Paragraph("Not written yet.", _MUTED)]
    return [
        Paragraph(_inline(token), _ITEM if mark else _TEXT, bulletText=_plain(mark) or None)
        for mark, token in blocks(text)
    ]


_TAGS = {
    "strong_open": "<b>",
    "strong_close": "</b>",
    "em_open": "<i>",
    "em_close": "</i>",
    "softbreak": " ",
    "hardbreak": "<br/>",
}


def _inline(token: Token) -> str:
    """A paragraph's parts as reportlab's markup; a link is followed by its address."""
    if token.children is None:
        return "<br/>".join(_plain(line) for line in token.content.splitlines())
    parts, address = [], ""
    for child in token.children:
        if child.type == "link_open":
            address = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            parts.append(f" ({_plain(address)})")
        else:
            parts.append(_TAGS.get(child.type) or _plain(child.content))
    return "".join(parts)


def _tables(tables: tuple[Table, ...]) -> list[Flowable]:
    if not tables:
        return [Paragraph("Not measured yet.", _MUTED)]
    found: list[Flowable] = []
    for table in tables:
        found.append(
            Paragraph(_plain(table.caption), ParagraphStyle("caption", _MUTED, keepWithNext=1))
        )
        cells = [[Paragraph(_plain(one), _HEAD) for one in table.columns]]
        cells += [[Paragraph(_plain(one), _CELL) for one in row] for row in table.rows]
        widths = [_WIDTH / len(table.columns)] * len(table.columns)
        if len(widths) == 2:
            widths = [_WIDTH * 0.3, _WIDTH * 0.7]
        found.append(Grid(cells, colWidths=widths, repeatRows=1, style=_GRID))
        if table.note:
            found.append(Paragraph(_plain(table.note), _MUTED))
        found.append(Spacer(0, 4))
    return found


def _foot(canvas: Any, text: str) -> None:
    canvas.saveState()
    canvas.setFont("Vera", 7)
    canvas.drawString(20 * mm, 10 * mm, _fit(text))
    canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def _plain(text: str) -> str:
    return escape(_fit(text))


def _fit(text: str) -> str:
    """The text in signs that the type face has; others are written out in Latin letters."""
    known = pdfmetrics.getFont("Vera").face.charToGlyph
    return "".join(
        letter if ord(letter) in known or letter.isspace() else anyascii(letter) or "?"
        for letter in text
    )


def _register() -> None:
    if "VeraBI" not in pdfmetrics.getRegisteredFontNames():
        for name in _FACES:
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
        pdfmetrics.registerFontFamily("Vera", "Vera", "VeraBd", "VeraIt", "VeraBI")
