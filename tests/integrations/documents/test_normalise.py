"""What becomes of files of each kind, made here."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from integrations.documents import layout
from integrations.documents.limits import Limits
from integrations.documents.model import DocumentRefused
from integrations.documents.normalise import normalise


def pdf(*lines: str, pages: int = 1) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    for _ in range(pages):
        page.setFont("Helvetica", 12)
        for number, line in enumerate(lines):
            page.drawString(72, 770 - 20 * number, line)
        page.showPage()
    page.save()
    return out.getvalue()


def photo(*lines: str, kind: str = "PNG") -> bytes:
    picture = Image.new("RGB", (1000, 200 + 60 * len(lines)), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((80, 80 + 60 * number), line, fill="black", font=ImageFont.load_default(36))
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def test_a_born_digital_page_gives_its_words_with_places():
    result = normalise(pdf("Invoice number 4711", "Total 119.00 EUR"))
    (page,) = result.document.pages
    assert page.source == "text"
    assert page.text == "Invoice number 4711\nTotal 119.00 EUR"
    assert [page.text[word.start : word.end] for word in page.words] == page.text.split()
    total = page.words[3]
    assert total.line == 1
    left, top, _, bottom = total.box
    assert left == pytest.approx(72 / A4[0] * 10_000, abs=30)
    assert top < (A4[1] - 750) / A4[1] * 10_000 < bottom
    assert result.renditions[0].screen.startswith(b"RIFF")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_read_by_its_print(kind):
    result = normalise(photo("Invoice number 4711", "Total 119.00 EUR", kind=kind))
    (page,) = result.document.pages
    assert page.source == "ocr"
    assert page.text == "Invoice number 4711\nTotal 119.00 EUR"
    assert all(word.confidence > 80 for word in page.words)


def test_plain_text_has_pages_without_pictures():
    result = normalise("Grüße aus Köln\n".encode("cp1252") * 70)
    first, second = result.document.pages
    assert first.text.startswith("Grüße aus Köln")
    assert second.words[0].box is None
    assert result.renditions == (None, None)


def test_what_is_stored_comes_back_the_same():
    document = normalise(pdf("Total 119.00 EUR")).document
    assert layout.from_bytes(layout.to_bytes(document)) == document


def test_a_file_of_many_pages_is_refused():
    with pytest.raises(DocumentRefused) as refusal:
        normalise(pdf("x", pages=4), limits=Limits(pages=3))
    assert refusal.value.code == "too_many_pages"
