"""The table of an invoice's lines, over as many pages as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from governance.contracts.shipped.drawing.sheet import GREY, Align
from governance.contracts.shipped.invoice_intake.invoice import Line
from governance.contracts.shipped.invoice_intake.paper import Paper

# Usual width of a column as a share of the page, and the side its values keep to.
_COLUMNS: dict[str, tuple[float, Align]] = {
    "position": (0.05, "left"),
    "article": (0.10, "left"),
    "description": (0.0, "left"),  # takes what is left
    "quantity": (0.08, "right"),
    "unit": (0.08, "left"),
    "price": (0.13, "right"),
    "discount": (0.08, "right"),
    "rate": (0.08, "right"),
    "amount": (0.15, "right"),
}


@dataclass(frozen=True)
class Column:
    name: str
    left: float
    right: float
    align: Align

    @property
    def x(self) -> float:
        return self.left if self.align == "left" else self.right


def items(
    paper: Paper,
    y: float,
    *,
    style: str = "ruled",
    order: Sequence[str] = (),
    size: float = 0,
) -> float:
    """Draw all lines from y on; the y below them. style: ruled, banded, grid, plain or filled."""
    size = size or paper.size
    columns = _columns(paper, order)
    y = _head(paper, columns, y, style, size)
    step = size * 1.35
    carried = Decimal(0)
    described = next(one for one in columns if one.name == "description")
    for number, line in enumerate(paper.invoice.lines, 1):
        text = paper.sheet.wrap(line.description, described.right - described.left - 4, size=size)
        height = step * len(text) + size * 0.75
        if y + height > paper.bottom:
            y = _carry(paper, y, carried, size)
            y = _head(paper, columns, y, style, size)
            y = _carried(paper, y, carried, size)
        if style == "banded" and number % 2 == 0:
            paper.sheet.box(paper.left, y, paper.right - paper.left, height, fill="#eef1f5")
        base = y + size * 1.15
        for column in columns:
            if column.name == "description":
                paper.sheet.block(column.x, base, text, size=size)
            else:
                cell = _cell(paper, column.name, line, number)
                paper.sheet.text(column.x, base, cell, size=size, align=column.align)
        if style == "grid":
            _grid(paper, columns, y, height)
        if style == "ruled":
            paper.rule(y + height, width=0.25, colour="#c5cad3")
        y += height
        carried += line.net_amount
    if style in {"plain", "filled", "banded"}:
        paper.rule(y + 1, width=0.6)
    return y + 16


def _columns(paper: Paper, order: Sequence[str]) -> list[Column]:
    look = paper.look
    names = list(order) or ["description", "quantity", "price", "amount"]
    if not order:
        if look.has_units:
            names.insert(2, "unit")
        if any(line.discount for line in paper.invoice.lines):
            names.insert(-1, "discount")
        if len(paper.invoice.taxes) > 1 or look.has_codes:
            names.insert(-1, "rate")
        if look.has_codes:
            names.insert(0, "article")
        if look.has_positions:
            names.insert(0, "position")
    width = paper.right - paper.left
    taken = sum(_COLUMNS[name][0] for name in names)
    found = []
    x: float = paper.left
    for name in names:
        share, align = _COLUMNS[name]
        end = x + width * (share or 1 - taken)
        inset = 3
        found.append(Column(name, x + inset, end - inset, align))
        x = end
    return found


def _head(paper: Paper, columns: list[Column], y: float, style: str, size: float) -> float:
    height = size * 1.9
    colour = "#1a1a1a"
    if style == "filled":
        paper.sheet.box(paper.left, y, paper.right - paper.left, height, fill=paper.look.dark)
        colour = "#ffffff"
    elif style == "banded":
        paper.sheet.box(paper.left, y, paper.right - paper.left, height, fill=paper.look.light)
    elif style != "grid":
        paper.rule(y + height, width=0.9, colour=paper.look.dark)
    for column in columns:
        text = paper.words[column.name]
        fitted = size - 0.5
        while paper.sheet.length(text, size=fitted, bold=True) > column.right - column.left + 3:
            fitted -= 0.25
        paper.sheet.text(
            column.x,
            y + size * 1.3,
            text,
            size=fitted,
            bold=True,
            colour=colour,
            align=column.align,
        )
    if style == "grid":
        _grid(paper, columns, y, height)
    return y + height + (0 if style == "grid" else 3)


def _grid(paper: Paper, columns: list[Column], y: float, height: float) -> None:
    paper.sheet.box(paper.left, y, paper.right - paper.left, height, stroke="#4b5563")
    for column in columns[1:]:
        paper.sheet.upright(column.left - 3, y, y + height, colour="#4b5563")


def _cell(paper: Paper, name: str, line: Line, number: int) -> str:
    writing = paper.writing
    if name == "position":
        return str(number)
    if name == "article":
        return line.article
    if name == "quantity":
        return writing.quantity(line.quantity)
    if name == "unit":
        return line.unit
    if name == "price":
        return writing.number(line.unit_price)
    if name == "discount":
        return writing.percent(line.discount) if line.discount else ""
    if name == "rate":
        return writing.percent(line.rate)
    return paper.money(line.net_amount) if paper.size < 8 else writing.number(line.net_amount)


def _carry(paper: Paper, y: float, carried: Decimal, size: float) -> float:
    text = f"{paper.words['carry']}  {paper.writing.number(carried)}"
    paper.sheet.text(paper.right - 3, y + size * 1.3, text, size=size, italic=True, align="right")
    return paper.turn()


def _carried(paper: Paper, y: float, carried: Decimal, size: float) -> float:
    text = f"{paper.words['carry']}  {paper.writing.number(carried)}"
    paper.sheet.text(
        paper.right - 3, y + size * 1.2, text, size=size, italic=True, colour=GREY, align="right"
    )
    return y + size * 2
