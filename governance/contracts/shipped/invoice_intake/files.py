"""The files that an invoice arrives as."""

from __future__ import annotations

import datetime
import random
from dataclasses import replace
from decimal import Decimal

from reportlab.lib import pdfencrypt

from governance.contracts.shipped.drawing import identifiers, scanning
from governance.contracts.shipped.drawing.attaching import attach
from governance.contracts.shipped.drawing.mail import mail
from governance.contracts.shipped.drawing.stamps import received
from governance.contracts.shipped.invoice_intake import cii
from governance.contracts.shipped.invoice_intake.drawing import draw
from governance.contracts.shipped.invoice_intake.invoice import Invoice
from governance.contracts.shipped.invoice_intake.oddities import instruct
from governance.contracts.shipped.invoice_intake.paper import Paper
from governance.contracts.shipped.sample import SampleFile

MEDIA = ("pdf", "scan", "photo", "mail", "hybrid")
_EURO_ZONE = frozenset({"DE", "AT", "FR", "NL", "BE", "ES", "IT"})
_GREETINGS = {
    "de": "Guten Tag,\n\nanbei erhalten Sie unsere Rechnung {number}.\n\nFreundliche Grüße\n{name}",
    "en": "Hello,\n\nplease find our invoice {number} attached.\n\nKind regards\n{name}",
    "fr": "Bonjour,\n\nveuillez trouver ci-joint notre facture {number}.\n\nCordialement\n{name}",
    "nl": "Goedemiddag,\n\nbijgaand onze factuur {number}.\n\nMet vriendelijke groet\n{name}",
    "es": "Buenos días:\n\nadjuntamos nuestra factura {number}.\n\nUn saludo\n{name}",
    "it": "Buongiorno,\n\nin allegato la nostra fattura {number}.\n\nCordiali saluti\n{name}",
}


def can_be_hybrid(invoice: Invoice) -> bool:
    return (
        invoice.kind == "invoice"
        and invoice.currency == "EUR"
        and invoice.seller.country in _EURO_ZONE
    )


def files(
    invoice: Invoice, chance: random.Random, *, medium: str, oddity: str = "", layout: str = ""
) -> tuple[SampleFile, ...]:
    """What is handed in. oddity is one of those that lie in the file and not in the invoice."""
    paper = draw(invoice, chance, layout)
    if oddity.endswith("instruction"):
        _instruct(paper, oddity)
    name = _name(invoice, chance)
    if medium == "hybrid":
        told = _told_otherwise(invoice, chance) if oddity == "hybrid_disagrees" else invoice
        attach(paper.sheet.canvas, cii.NAME, cii.cii(told))
    if oddity == "encrypted":
        paper.sheet.canvas._doc.encrypt = _password()
    if medium == "scan" and chance.random() < 0.4:
        came = invoice.issue_date + datetime.timedelta(days=chance.randint(1, 6))
        received(paper.sheet, chance, came)
    content = paper.finish()
    if oddity == "damaged":
        content = content[: len(content) // 2]
    if medium == "scan":
        return (_scan(content, chance),)
    if medium == "photo":
        picture = scanning.photograph(content, chance)
        return (SampleFile(f"IMG_{chance.randint(1000, 9999)}.jpg", scanning.jpeg(picture)),)
    file = SampleFile(f"{name}.pdf", content)
    return (_mail(file, invoice, chance),) if medium == "mail" else (file,)


def _password() -> pdfencrypt.StandardEncryption:
    encryption = pdfencrypt.StandardEncryption("only-for-the-buyer", strength=128)
    encryption.setAllPermissions(0)
    return encryption


def _name(invoice: Invoice, chance: random.Random) -> str:
    number = invoice.number.replace("/", "-") or "ohne-nummer"
    title = {"de": "Rechnung", "fr": "Facture", "nl": "Factuur", "es": "Factura",
             "it": "Fattura", "pl": "Faktura"}.get(invoice.language, "Invoice")  # fmt: skip
    return chance.choice((f"{title}_{number}", f"{title.lower()}-{number}", number))


def _instruct(paper: Paper, oddity: str) -> None:
    text = instruct(paper.invoice)
    y = paper.sheet.height - 92
    if oddity == "white_instruction":
        paper.sheet.text(paper.left, y, text, size=7, colour="#ffffff")
    elif oddity == "tiny_instruction":
        paper.sheet.text(paper.left, y, text, size=1.5, colour="#9ca3af")
    else:
        width = paper.right - paper.left
        paper.sheet.block(paper.left, y - 8, paper.sheet.wrap(text, width, size=7.5), size=7.5)


def _told_otherwise(invoice: Invoice, chance: random.Random) -> Invoice:
    """The invoice as a fraud's XML tells it: another account, or another amount."""
    if invoice.iban and chance.random() < 0.5:
        return replace(invoice, iban=identifiers.iban(chance, invoice.seller.country))
    more = Decimal(chance.choice(("100.00", "250.00", "1000.00")))
    return replace(
        invoice, net_total=invoice.net_total + more, gross_total=invoice.gross_total + more
    )


def _scan(content: bytes, chance: random.Random) -> SampleFile:
    how = scanning.scanner(chance)
    pictures = scanning.scan(content, chance, how)
    number = chance.randint(1, 9999)
    if chance.random() < 0.3 and how.turn == 0:
        scanning.scribble(pictures[0], chance, (chance.uniform(0.6, 0.75), 0.9))
    form = chance.choice(("pdf", "pdf", "jpg", "png", "tif"))
    if form in {"jpg", "png"} and len(pictures) > 1:
        form = "tif"
    if form == "pdf":
        quality = chance.choice((30, 45, 60))
        return SampleFile(
            f"scan{number:04}.pdf", scanning.pdf_of(pictures, quality=quality, dpi=how.dpi)
        )
    if form == "tif":
        return SampleFile(f"fax{number:04}.tif", scanning.tiff(pictures, dpi=how.dpi))
    if form == "png":
        return SampleFile(f"scan{number:04}.png", scanning.png(pictures[0], dpi=how.dpi))
    quality = chance.choice((25, 40, 60))
    content = scanning.jpeg(pictures[0], quality=quality, dpi=how.dpi)
    return SampleFile(f"scan{number:04}.jpg", content)


def _mail(file: SampleFile, invoice: Invoice, chance: random.Random) -> SampleFile:
    text = _GREETINGS.get(invoice.language, _GREETINGS["en"])
    content = mail(
        sender=f"{invoice.seller.short_name} <billing@{invoice.seller.domain}>".replace("&", "and"),
        to="invoices@aurelia.example",
        subject=f"{file.name.removesuffix('.pdf').replace('_', ' ')}",
        day=invoice.issue_date,
        text=text.format(number=invoice.number, name=invoice.seller.short_name) + "\n",
        files=(file,),
        number=chance.getrandbits(32),
    )
    return SampleFile(f"{file.name.removesuffix('.pdf')}.eml", content)
