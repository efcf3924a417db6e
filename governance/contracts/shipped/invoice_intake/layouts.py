"""Twelve ways to lay out an invoice. Each takes a paper and draws all of it."""

from __future__ import annotations

from collections.abc import Callable

from governance.contracts.shipped.drawing.sheet import GREY
from governance.contracts.shipped.invoice_intake import parts
from governance.contracts.shipped.invoice_intake.paper import Paper
from governance.contracts.shipped.invoice_intake.table import items

WHITE = "#ffffff"


def letter(paper: Paper) -> None:
    """The German business letter: window, facts to the right, totals right, feet in columns."""
    sheet, seller = paper.sheet, paper.invoice.seller
    parts.logo(paper, paper.right - 40, 40, 40)
    sheet.text(paper.right - 48, 58, seller.name, size=13, bold=True, align="right")
    sheet.text(paper.right - 48, 72, f"www.{seller.domain}", size=8, colour=GREY, align="right")
    parts.window(paper, 126)
    parts.facts_beside(paper, paper.facts(), paper.right - 190, 140, 95)
    y = 260.0
    sheet.text(paper.left, y, f"{paper.title} {paper.invoice.number}", size=14, bold=True)
    y = sheet.paragraph(
        paper.left, y + 22, paper.words["greeting"], paper.right - paper.left, size=paper.size
    )
    parts.foot_columns(paper, has_bank=True)
    y = items(paper, y + 8, style="ruled")
    y = parts.totals_beside(paper, y + 6, paper.right - 200, paper.right - 3)
    parts.payment(paper, y + 14, has_bank=False)


def banner(paper: Paper) -> None:
    """A coloured bar over the whole width; facts in columns above their values."""
    sheet, seller = paper.sheet, paper.invoice.seller
    sheet.box(0, 0, sheet.width, 86, fill=paper.look.dark)
    sheet.text(paper.left, 50, paper.title.upper(), size=24, bold=True, colour=WHITE)
    sheet.text(paper.right, 40, seller.name, size=11, bold=True, colour=WHITE, align="right")
    place = f"{seller.street}, {seller.place}"
    sheet.text(paper.right, 54, place, size=8, colour=WHITE, align="right")
    line = f"{seller.phone} · info@{seller.domain}"
    sheet.text(paper.right, 66, line, size=8, colour=WHITE, align="right")
    sheet.text(paper.left, 116, paper.label("bill_to"), size=8, colour=GREY)
    sheet.block(paper.left, 130, parts.buyer_lines(paper), size=paper.size + 0.5, first_bold=True)
    y = parts.facts_above(paper, paper.facts(), 200)
    parts.foot_line(paper)
    y = items(paper, y + 16, style="banded")
    y = parts.totals_beside(paper, y + 8, paper.right - 210, paper.right - 6, style="band")
    parts.payment(paper, y + 10)


def boxed(paper: Paper) -> None:
    """Everything in boxes, as older accounting programs print it."""
    sheet, seller = paper.sheet, paper.invoice.seller
    middle = (paper.left + paper.right) / 2
    sheet.text(paper.left, 56, seller.name, size=15, bold=True)
    sheet.box(paper.left, 68, middle - paper.left - 6, 96, stroke="#374151")
    sheet.text(paper.left + 5, 79, paper.words["from"], size=6.5, colour=GREY)
    sheet.block(paper.left + 8, 93, parts.seller_lines(paper), size=paper.size)
    sheet.box(middle, 68, paper.right - middle, 96, stroke="#374151")
    sheet.text(middle + 5, 79, paper.words["bill_to"], size=6.5, colour=GREY)
    sheet.block(middle + 8, 96, parts.buyer_lines(paper), size=paper.size)
    sheet.text(paper.left, 192, paper.title.upper(), size=16, bold=True)
    y = parts.facts_above(paper, paper.facts(), 202, has_boxes=True)
    parts.foot_columns(paper, has_bank=False)
    y = items(paper, y + 12, style="grid")
    y = parts.totals_across(paper, y)
    parts.payment(paper, y + 8)


def ledger_left(paper: Paper) -> None:
    """Totals under the table's left edge, with taxes in a table of their own at the right."""
    sheet, seller = paper.sheet, paper.invoice.seller
    parts.logo(paper, paper.left, 40, 46)
    sheet.text(paper.left + 58, 56, seller.name, size=12, bold=True, colour=paper.look.dark)
    sheet.block(paper.left + 58, 69, parts.seller_lines(paper), size=7.5, colour=GREY)
    sheet.text(paper.right, 60, paper.title, size=20, align="right", colour=paper.look.dark)
    parts.facts_flush(paper, paper.facts(), paper.right - 180, paper.right, 84)
    sheet.text(paper.left, 166, paper.label("bill_to"), size=paper.size, bold=True)
    y = sheet.block(paper.left, 166 + paper.row, parts.buyer_lines(paper), size=paper.size)
    parts.foot_line(paper, align="left")
    y = items(paper, y + 22, style="filled")
    if len(paper.invoice.taxes) > 1:
        y = parts.room_for(paper, y, 120)
        parts.tax_table(paper, y + 2, paper.right - 178)
    y = parts.totals_beside(paper, y + 6, paper.left, paper.left + 200, style="box")
    parts.payment(paper, y + 16)


def side_column(paper: Paper) -> None:
    """A narrow coloured column at the left with the seller, the invoice to its right."""
    sheet, seller = paper.sheet, paper.invoice.seller
    width = 132.0
    lines = parts.seller_lines(paper, has_tax_id=True)

    def column() -> None:
        sheet.box(0, 0, width, sheet.height, fill="#f1f3f6")
        parts.logo(paper, 32, 44, 44)
        name = sheet.wrap(seller.name, width - 44, size=10, bold=True)
        y = sheet.block(32, 116.0, name, size=10, colour=paper.look.dark)
        for line in lines:
            y = sheet.block(32, y + 2, sheet.wrap(line, width - 36, size=7), size=7)

    column()
    paper.left = width + 28
    paper.right = sheet.width - 40
    sheet.text(paper.left, 66, paper.title, size=22, colour=paper.look.dark)
    parts.facts_beside(paper, paper.facts(), paper.left, 92, 110)
    sheet.text(paper.left, 196, paper.label("bill_to"), size=8, colour=GREY)
    y = sheet.block(paper.left, 209, parts.buyer_lines(paper), size=paper.size, first_bold=True)

    def further() -> float:
        column()
        sheet.text(paper.left, 60, f"{paper.title} {paper.invoice.number}", size=9, colour=GREY)
        return 80

    paper.head_further = further
    y = items(paper, y + 20, style="ruled", size=min(paper.size, 8))
    y = parts.totals_beside(paper, y + 6, paper.right - 190, paper.right - 3)
    parts.payment(paper, y + 14)


def sentence(paper: Paper) -> None:
    """Number and date in a sentence, as craftsmen write; few lines around the table."""
    sheet, seller = paper.sheet, paper.invoice.seller
    sheet.text(paper.left, 64, seller.name, size=17, bold=True)
    contact = f"{seller.street} · {seller.place} · {seller.phone}"
    sheet.text(paper.left, 79, contact, size=8)
    paper.rule(88, width=1.2, colour=paper.look.dark)
    sheet.block(paper.left, 128, parts.buyer_lines(paper), size=paper.size + 1)
    day = paper.date(paper.invoice.issue_date)
    town = seller.town.split(",")[0]
    sheet.text(paper.right, 216, f"{town}, {day}", size=paper.size + 1, align="right")
    title = f"{paper.title} {paper.words['number'].split(' ')[-1]} {paper.invoice.number}"
    if paper.invoice.language == "de":
        title = f"{paper.title} Nr. {paper.invoice.number} vom {day}"
    sheet.text(paper.left, 248, title, size=13, bold=True)
    rest = paper.facts(has_number=False, has_date=False)
    y = parts.facts_inline(paper, rest, paper.left, 268)
    y = sheet.block(paper.left, y + 8, [paper.words["greeting"]], size=paper.size + 0.5)
    y = items(paper, y + 8, style="plain", size=paper.size + 0.5)
    y = parts.totals_beside(paper, y + 4, paper.right - 220, paper.right - 3, style="rule")
    y = parts.payment(paper, y + 18)
    if paper.look.shows_tax_id_in != "facts":
        sheet.text(paper.left, y + 8, paper.tax_label, size=paper.size)


def centred(paper: Paper) -> None:
    """Head in the middle, two columns of parties, facts in one ruled line."""
    sheet, seller = paper.sheet, paper.invoice.seller
    centre = sheet.width / 2
    parts.logo(paper, centre - 18, 32, 36)
    sheet.text(centre, 86, seller.name, size=14, bold=True, align="centre")
    place = f"{seller.street}, {seller.place} — {seller.phone}"
    sheet.text(centre, 99, place, size=7.5, colour=GREY, align="centre")
    if paper.look.shows_tax_id_in != "facts":
        sheet.text(centre, 110, paper.tax_label, size=7.5, colour=GREY, align="centre")
    sheet.text(centre, 140, paper.title.upper(), size=15, align="centre", colour=paper.look.dark)
    paper.rule(152, width=1, colour=paper.look.dark)
    y = parts.facts_above(paper, paper.facts(), 156, columns=5)
    paper.rule(y + 2, width=1, colour=paper.look.dark)
    sheet.text(paper.left, y + 20, paper.words["bill_to"], size=8, bold=True)
    y = sheet.block(paper.left, y + 33, parts.buyer_lines(paper), size=paper.size)
    y = items(paper, y + 14, style="banded")
    y = parts.totals_beside(paper, y + 6, centre + 20, paper.right - 4, style="plain")
    parts.payment(paper, y + 14)


def payment_slip(paper: Paper) -> None:
    """A slip at the bottom repeats what to pay and where, as Swiss and Nordic invoices have."""
    sheet, seller, invoice = paper.sheet, paper.invoice.seller, paper.invoice
    paper.bottom = sheet.height - 235
    sheet.text(paper.left, 60, seller.name, size=12, bold=True)
    sheet.block(paper.left, 74, parts.seller_lines(paper, has_tax_id=True), size=8)
    sheet.block(paper.right - 180, 130, parts.buyer_lines(paper), size=paper.size + 0.5)
    sheet.text(paper.left, 216, paper.title, size=16, bold=True)
    y = parts.facts_beside(paper, paper.facts(), paper.left, 236, 120, bold="label")
    y = items(paper, y + 10, style="plain")
    y = parts.totals_beside(paper, y + 2, paper.right - 200, paper.right - 3, style="rule")
    if invoice.note:
        sheet.text(paper.left, y + 6, invoice.note, size=paper.size)
    top = sheet.height - 190
    if y > top - 10:
        paper.turn()
    sheet.canvas.setDash(3, 3)
    sheet.rule(0, sheet.width, top, width=0.6)
    sheet.upright(200, top, sheet.height, width=0.6)
    sheet.canvas.setDash()
    gross = paper.money(invoice.gross_total)
    for x in (24.0, 224.0):
        sheet.text(x, top + 22, paper.words["bank"], size=10, bold=True)
        lines = [seller.name, seller.street, seller.place]
        if invoice.iban:
            lines = [paper.iban, *lines]
        y = sheet.block(x, top + 42, lines, size=8)
        sheet.text(x, top + 130, paper.words["gross"], size=7, bold=True)
        sheet.text(x, top + 144, gross, size=10)
    if invoice.due_date:
        sheet.text(400, top + 130, paper.words["due"], size=7, bold=True)
        sheet.text(400, top + 144, paper.date(invoice.due_date), size=10)
    if invoice.number:
        sheet.text(400, top + 42, paper.words["number"], size=7, bold=True)
        sheet.text(400, top + 55, invoice.number, size=9)


def typewriter(paper: Paper) -> None:
    """Fixed pitch, as line printers and old business systems still send it."""
    sheet, seller = paper.sheet, paper.invoice.seller
    width = paper.right - paper.left
    sheet.text(paper.left, 54, seller.name, size=11, bold=True)
    sheet.block(paper.left, 68, parts.seller_lines(paper, has_tax_id=True), size=8)
    sheet.text(paper.right, 54, paper.title.upper(), size=14, bold=True, align="right")
    sheet.block(paper.left + width / 2, 84, parts.buyer_lines(paper), size=8.5)
    paper.rule(158, width=0.8, colour="#1a1a1a")
    y = parts.facts_inline(paper, paper.facts(), paper.left, 174)
    paper.rule(y - 4, width=0.8, colour="#1a1a1a")
    y = items(paper, y + 4, style="plain", size=7.5)
    y = parts.totals_beside(paper, y + 6, paper.right - 230, paper.right - 3, style="plain")
    parts.payment(paper, y + 14)


def wholesaler(paper: Paper) -> None:
    """Dense table with codes, facts in a box top right, taxes in a table beside the totals."""
    sheet, seller = paper.sheet, paper.invoice.seller
    sheet.box(paper.left, 40, 6, 62, fill=paper.look.dark)
    sheet.text(paper.left + 14, 56, seller.name, size=13, bold=True)
    sheet.block(paper.left + 14, 69, parts.seller_lines(paper, has_tax_id=True), size=7)
    facts = paper.facts()
    left = paper.right - 205
    sheet.box(left, 40, 205, 26 + len(facts) * paper.row, fill="#f3f4f6", radius=5)
    sheet.text(left + 10, 57, paper.title, size=13, bold=True)
    parts.facts_flush(paper, facts, left + 10, paper.right - 10, 74)
    y = 120.0 + paper.row * 3
    sheet.text(paper.left, y, paper.label("bill_to"), size=7, colour=GREY)
    y = sheet.block(paper.left, y + 13, parts.buyer_lines(paper), size=paper.size, first_bold=True)
    parts.foot_columns(paper, has_bank=True)
    order = ["position", "article", "description", "quantity", "unit", "price"]
    if any(line.discount for line in paper.invoice.lines):
        order.append("discount")
    y = items(paper, y + 16, style="ruled", size=7.5, order=(*order, "rate", "amount"))
    y = parts.room_for(paper, y, 110)
    parts.tax_table(paper, y + 6, paper.left)
    y = parts.totals_beside(paper, y + 6, paper.right - 195, paper.right - 3, style="band")
    parts.payment(paper, y + 14, has_bank=False)


def airy(paper: Paper) -> None:
    """Much white, light type, the sum to pay large at the top: what start-ups send."""
    sheet, seller, invoice = paper.sheet, paper.invoice.seller, paper.invoice
    parts.logo(paper, paper.left, 46, 30)
    sheet.text(paper.left + 40, 66, seller.short_name, size=15, colour=paper.look.dark)
    sheet.text(paper.left, 122, paper.title, size=26)
    sheet.text(paper.right, 110, paper.words["gross"], size=8, colour=GREY, align="right")
    gross = paper.money(invoice.gross_total)
    sheet.text(paper.right, 132, gross, size=20, bold=True, align="right", colour=paper.look.dark)
    facts = paper.facts()
    parts.facts_beside(paper, facts, paper.left, 152, 100)
    y = 162.0 + max(4, len(facts)) * paper.row
    middle = (paper.left + paper.right) / 2
    for x, label, lines in (
        (paper.left, "from", [seller.name, *parts.seller_lines(paper)]),
        (middle, "bill_to", parts.buyer_lines(paper)),
    ):
        sheet.text(x, y, paper.words[label], size=8, colour=GREY)
        sheet.block(x, y + 13, lines, size=paper.size)
    parts.foot_line(paper, align="left")
    y = items(paper, y + 104, style="ruled")
    y = parts.totals_beside(paper, y + 6, middle + 10, paper.right - 3, style="plain")
    parts.payment(paper, y + 16)


def mirrored(paper: Paper) -> None:
    """Seller at the right, buyer at the left, quantity first in the table, totals full width."""
    sheet, seller = paper.sheet, paper.invoice.seller
    parts.logo(paper, paper.right - 52, 36, 52)
    sheet.text(paper.right, 106, seller.name, size=10, bold=True, align="right")
    lines = parts.seller_lines(paper, has_tax_id=True)
    sheet.block(paper.right, 119, lines, size=7.5, colour=GREY, align="right")
    sheet.block(paper.left, 80, parts.buyer_lines(paper), size=paper.size + 0.5)
    y = 210.0
    sheet.text(paper.left, y, f"{paper.title}", size=18, bold=True, colour=paper.look.dark)
    y = parts.facts_inline(paper, paper.facts(), paper.left, y + 20)
    order = ["quantity", "description", "price"]
    if any(line.discount for line in paper.invoice.lines):
        order.append("discount")
    y = items(paper, y + 8, style="filled", order=(*order, "rate", "amount"))
    y = parts.totals_across(paper, y + 2)
    parts.payment(paper, y + 4)


Layout = Callable[[Paper], None]
LAYOUTS: dict[str, Layout] = {
    one.__name__: one
    for one in (
        letter,
        banner,
        boxed,
        ledger_left,
        side_column,
        sentence,
        centred,
        payment_slip,
        typewriter,
        wholesaler,
        airy,
        mirrored,
    )
}
# Layouts whose type face is part of the look.
FAMILIES = {"typewriter": "courier", "sentence": "times", "airy": "helvetica"}
# Where such an invoice is at home; layouts not named occur anywhere.
AT_HOME = {"payment_slip": ("CH", "SE", "DE", "NL", "AT"), "letter": ("DE", "AT", "CH", "NL")}
