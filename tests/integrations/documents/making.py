"""Files of every kind, made for the tests."""

import io
import zipfile
from email.message import EmailMessage

import docx
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas


def pdf(*lines: str, pages: int = 1, **options: object) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, **options)
    for _ in range(pages):
        page.setFont("Helvetica", 12)
        for number, line in enumerate(lines):
            page.drawString(72, 770 - 20 * number, line)
        page.showPage()
    page.save()
    return out.getvalue()


def drawn_pdf(draw, size=A4) -> bytes:
    """One page that draw(canvas) fills."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=size)
    draw(page)
    page.showPage()
    page.save()
    return out.getvalue()


def raw_pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of hand-written objects, numbered from 1, with a true cross-reference table."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (len(objects) + 1, root)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def print_of(*lines: str, size: int = 36, width: int = 1000) -> Image.Image:
    """A picture of printed lines."""
    picture = Image.new("RGB", (width, 200 + 60 * len(lines)), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((80, 80 + 60 * number), line, fill="black", font=ImageFont.load_default(size))
    return picture


def picture(*lines: str, kind: str = "PNG", **options: object) -> bytes:
    return saved(print_of(*lines), kind, **options)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def mail(text: str = "Please find our invoice.", *, html: str = "", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = headers.get("sender", "Anna Groß <anna@example.org>")
    message["To"] = "invoices@example.com"
    message["Date"] = "Fri, 20 Nov 2026 09:30:00 +0100"
    message["Subject"] = headers.get("subject", "Rechnung für März")
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def letter(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        rows = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(rows.add_row().cells, row, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(package: bytes, **changed: bytes) -> bytes:
    """A ZIP package with members added or replaced; __ in a name stands for a slash, _DOT_ for ."""
    members = {
        name.replace("__", "/").replace("_DOT_", "."): body for name, body in changed.items()
    }
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, members.pop(name, None) or old.read(name))
        for name, body in members.items():
            new.writestr(name, body)
    return out.getvalue()


INVOICE_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:rsm" xmlns:ram="urn:ram">
  <rsm:ExchangedDocument><ram:ID>RE-4711</ram:ID></rsm:ExchangedDocument>
  <ram:Total currencyID="EUR">119.00</ram:Total>
</rsm:CrossIndustryInvoice>
"""
