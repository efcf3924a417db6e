"""Parts that layouts are put together from: addresses, facts, totals, payment, feet."""

from __future__ import annotations

from decimal import Decimal

from governance.contracts.shipped.drawing import logos
from governance.contracts.shipped.drawing.sheet import GREY, Align
from governance.contracts.shipped.invoice_intake.paper import Fact, Paper


def logo(paper: Paper, x: float, y: float, size: float) -> None:
    look = paper.look
    logos.draw(paper.sheet, paper.chance, x, y, size, look.dark, look.light)


def seller_lines(paper: Paper, *, has_tax_id: bool | None = None) -> list[str]:
    """The seller's address, ways to reach it and, where it stands up here, the VAT id."""
    invoice = paper.invoice
    seller = invoice.seller
    lines = seller.address(invoice.language, has_country=seller.country != invoice.buyer.country)
    lines.append(f"{paper.words['phone']} {seller.phone}")
    lines.append(f"info@{seller.domain}")
    if has_tax_id is None:
        has_tax_id = paper.look.shows_tax_id_in == "head"
    if has_tax_id and paper.tax_label:
        lines.append(paper.tax_label)
    return lines


def buyer_lines(paper: Paper) -> list[str]:
    invoice = paper.invoice
    is_abroad = invoice.seller.country != invoice.buyer.country
    return [invoice.buyer.name, *invoice.buyer.address(invoice.language, has_country=is_abroad)]


def window(paper: Paper, y: float) -> float:
    """The buyer's address where an envelope's window is, the seller's in small type above it."""
    seller = paper.invoice.seller
    small = f"{seller.name} · {seller.street} · {seller.place}"
    paper.sheet.text(paper.left, y, small, size=6, colour=GREY)
    paper.sheet.rule(paper.left, paper.left + 200, y + 3, width=0.3, colour=GREY)
    return paper.sheet.block(paper.left, y + 20, buyer_lines(paper), size=paper.size + 0.5)


def facts_beside(
    paper: Paper, facts: list[Fact], x: float, y: float, gap: float, *, bold: str = "value"
) -> float:
    """Labels at x, values at x + gap, a line each."""
    for label, value in facts:
        text = f"{label}{paper.look.colon}"
        paper.sheet.text(x, y, text, size=paper.size, bold=bold == "label")
        paper.sheet.text(x + gap, y, value, size=paper.size, bold=bold == "value")
        y += paper.row
    return y


def facts_flush(paper: Paper, facts: list[Fact], x: float, right: float, y: float) -> float:
    """Labels flush left at x, values flush right at right."""
    for label, value in facts:
        paper.sheet.text(x, y, f"{label}{paper.look.colon}", size=paper.size, colour=GREY)
        paper.sheet.text(right, y, value, size=paper.size, align="right")
        y += paper.row
    return y


def facts_inline(paper: Paper, facts: list[Fact], x: float, y: float) -> float:
    """`Label: value`, one after the other below one another, in the run of the text."""
    lines = [f"{label}{paper.look.colon or ':'} {value}" for label, value in facts]
    return paper.sheet.block(x, y, lines, size=paper.size, leading=1.45)


def facts_above(
    paper: Paper, facts: list[Fact], y: float, *, columns: int = 4, has_boxes: bool = False
) -> float:
    """Small labels above their values, in columns over the page's width."""
    width = (paper.right - paper.left) / columns
    height = 30
    for number, (label, value) in enumerate(facts):
        x = paper.left + number % columns * width
        top = y + number // columns * height
        if has_boxes:
            paper.sheet.box(x, top, width, height, stroke="#9ca3af")
        inset = 4 if has_boxes else 0
        small = paper.size - 1.5
        paper.sheet.text(x + inset, top + 10, label, size=small, colour=GREY)
        size = paper.size
        while paper.sheet.length(value, size=size, bold=True) > width - 6 and size > 5:
            size -= 0.5
        paper.sheet.text(x + inset, top + 22, value, size=size, bold=True)
    return y + (len(facts) + columns - 1) // columns * height


def totals(paper: Paper) -> list[tuple[str, Decimal, bool]]:
    """Label, amount and whether it is the sum to pay."""
    invoice = paper.invoice
    rows: list[tuple[str, Decimal, bool]] = [(paper.words["net"], invoice.net_total, False)]
    for tax in invoice.taxes:
        label = paper.words["tax"].format(rate=paper.writing.percent(tax.rate))
        rows.append((label, tax.amount, False))
    if len(invoice.taxes) > 1:
        rows.append((paper.words["tax_total"], invoice.tax_total, False))
    rows.append((paper.words["gross"], invoice.gross_total, True))
    return rows


def totals_beside(paper: Paper, y: float, x: float, right: float, *, style: str = "rule") -> float:
    """Labels at x, amounts flush right; style rule, band, box or plain marks the sum to pay."""
    rows = totals(paper)
    y = room_for(paper, y, (len(rows) + 1) * paper.row + 10)
    step = paper.row + 2
    if style == "box":
        paper.sheet.box(x - 6, y - step + 2, right - x + 12, step * len(rows) + 8, stroke="#6b7280")
    for label, amount, is_sum in rows:
        size = paper.size + (1 if is_sum else 0)
        colour = "#1a1a1a"
        if is_sum and style == "rule":
            paper.sheet.rule(x, right, y - step + 5, width=0.8)
        if is_sum and style == "band":
            paper.sheet.box(x - 6, y - step + 5, right - x + 12, step + 1, fill=paper.look.dark)
            colour = "#ffffff"
        paper.sheet.text(x, y, label, size=size, bold=is_sum, colour=colour)
        paper.sheet.text(
            right, y, paper.money(amount), size=size, bold=is_sum, colour=colour, align="right"
        )
        y += step
    if style == "rule":
        paper.sheet.rule(x, right, y - step + 4, width=0.8)
        paper.sheet.rule(x, right, y - step + 6, width=0.8)
    return y + 4


def totals_across(paper: Paper, y: float, *, fill: str = "") -> float:
    """A table of one row: the labels as its head, the amounts below."""
    rows = totals(paper)
    y = room_for(paper, y, 60)
    width = (paper.right - paper.left) / len(rows)
    paper.sheet.box(paper.left, y, paper.right - paper.left, 15, fill=fill or paper.look.light)
    paper.sheet.box(paper.left, y, paper.right - paper.left, 34, stroke="#6b7280")
    for number, (label, amount, is_sum) in enumerate(rows):
        right = paper.left + (number + 1) * width - 5
        paper.sheet.text(right, y + 10.5, label, size=paper.size - 1, bold=True, align="right")
        paper.sheet.text(
            right, y + 27, paper.money(amount), size=paper.size, bold=is_sum, align="right"
        )
        if number:
            paper.sheet.upright(paper.left + number * width, y, y + 34, colour="#9ca3af")
    return y + 50


def tax_table(paper: Paper, y: float, x: float) -> float:
    """Rate, base and tax by rate, as many invoices show beside the totals."""
    heads = (paper.words["rate"], paper.words["base"], paper.words["tax_total"])
    ends = (x + 42, x + 110, x + 175)
    for head, end in zip(heads, ends, strict=True):
        paper.sheet.text(end, y, head, size=paper.size - 1.5, bold=True, align="right")
    paper.sheet.rule(x, ends[-1], y + 3, width=0.4)
    for tax in paper.invoice.taxes:
        y += paper.row
        number = paper.writing.number
        cells = (paper.writing.percent(tax.rate), number(tax.base), number(tax.amount))
        for cell, end in zip(cells, ends, strict=True):
            paper.sheet.text(end, y + 2, cell, size=paper.size - 1, align="right")
    return y + paper.row


def bank_lines(paper: Paper) -> list[str]:
    invoice = paper.invoice
    lines = []
    if invoice.iban:
        label = paper.chance.choice(("IBAN", "IBAN", "IBAN:", f"{paper.words['bank']} IBAN"))
        lines.append(f"{label} {paper.iban}")
        lines.append(f"BIC {invoice.seller.bic}")
    elif invoice.seller.country in {"US", "GB"}:
        account = "".join(str(paper.chance.randrange(10)) for _ in range(8))
        lines.append(f"Account 00{account}")
    return lines


def payment(paper: Paper, y: float, *, has_bank: bool = True, width: float = 0) -> float:
    """Terms, bank account, what the law asks for, and a friendly word."""
    y = room_for(paper, y, 90)
    x, width = paper.left, width or paper.right - paper.left
    y = paper.sheet.paragraph(x, y, paper.terms, width, size=paper.size) + 3
    if paper.invoice.note:
        y = paper.sheet.paragraph(x, y, paper.invoice.note, width, size=paper.size) + 3
    if has_bank and (lines := bank_lines(paper)):
        paper.sheet.text(x, y, paper.words["bank"], size=paper.size, bold=True)
        y = paper.sheet.block(x, y + paper.row, lines, size=paper.size)
    return paper.sheet.block(x, y + 6, [paper.words["thanks"]], size=paper.size, colour=GREY)


def foot_columns(paper: Paper, *, has_bank: bool, colour: str = GREY) -> None:
    """Small columns at the bottom of every page: address, register and VAT id, bank."""
    seller = paper.invoice.seller
    register = f"{paper.words['register']} {10_000 + len(seller.name) * 731}"
    second = [register, f"{paper.words['manager']}: {seller.town[0]}. {seller.name.split()[0]}"]
    if paper.look.shows_tax_id_in in {"foot", "head"} and paper.tax_label:
        second.append(paper.tax_label)
    columns = [
        [seller.name, seller.street, seller.place],
        [f"{paper.words['phone']} {seller.phone}", f"info@{seller.domain}", f"www.{seller.domain}"],
        second,
    ]
    if has_bank and paper.invoice.iban:
        columns.append(["IBAN", paper.iban, f"BIC {seller.bic}"])
    top = paper.sheet.height - 70

    def draw() -> None:
        paper.rule(top - 10, width=0.4)
        width = (paper.right - paper.left) / len(columns)
        size = 6.6
        longest = max(paper.sheet.length(line, size=size) for lines in columns for line in lines)
        size *= min(1.0, (width - 4) / longest)
        for number, lines in enumerate(columns):
            x = paper.left + number * width
            paper.sheet.block(x, top, lines, size=size, leading=1.35, colour=colour)

    paper.foot = draw


def foot_line(paper: Paper, *, align: Align = "centre") -> None:
    """All of the seller in one or two small lines at the bottom."""
    seller = paper.invoice.seller
    lines = [
        f"{seller.name} · {seller.street} · {seller.place} · {seller.phone}",
        " · ".join(filter(None, [f"www.{seller.domain}", paper.tax_label])),
    ]
    x = {"left": paper.left, "right": paper.right, "centre": paper.sheet.width / 2}[align]

    def draw() -> None:
        paper.sheet.block(x, paper.sheet.height - 46, lines, size=6.8, colour=GREY, align=align)

    paper.foot = draw


def room_for(paper: Paper, y: float, height: float) -> float:
    """y, or the top of a new page where that much height is not left."""
    return paper.turn() if y + height > paper.bottom + 25 else y
