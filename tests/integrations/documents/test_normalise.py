"""What becomes of files of each kind, made here."""

import pytest
from reportlab.lib.pagesizes import A4

from integrations.documents import layout
from integrations.documents.limits import Limits
from integrations.documents.model import DocumentRefused
from integrations.documents.normalise import normalise
from tests.integrations.documents.making import pdf, picture


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
    result = normalise(picture("Invoice number 4711", "Total 119.00 EUR", kind=kind))
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
