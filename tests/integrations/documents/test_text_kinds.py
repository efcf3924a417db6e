"""E-mails, office files, XML and plain text: what is kept, what is left out and said so."""

import io

import docx
import pytest
from docx.oxml import OxmlElement

from integrations.documents import sniff
from integrations.documents.limits import Limits
from integrations.documents.model import DocumentRefused
from integrations.documents.normalise import normalise
from tests.integrations.documents import making


def refusal_of(content: bytes, **limits: object) -> str:
    with pytest.raises(DocumentRefused) as refusal:
        normalise(content, limits=Limits(**limits))
    return refusal.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_is_decoded_as_it_was_meant(encoding):
    result = normalise("Grüße aus Köln: 5 €\nzweite Zeile\n".encode(encoding))
    assert result.document.media_type == sniff.TEXT
    assert result.document.text == "Grüße aus Köln: 5 €\nzweite Zeile"
    assert [word.line for word in result.document.pages[0].words] == [0, 0, 0, 0, 0, 1, 1]


def test_long_text_is_parted_into_pages():
    result = normalise(("a line\n" * 130).encode())
    assert [page.text.count("\n") + 1 for page in result.document.pages] == [60, 60, 10]
    assert normalise(b"one\ftwo").document.text == "one\ftwo"


def test_text_of_too_many_pages_or_letters_is_refused():
    assert refusal_of(b"\n" * 100 + b"x" + b"\nx" * 200, pages=3) == "too_many_pages"
    assert refusal_of(b"x" * 100, characters=99) == "too_large"


def test_an_email_gives_its_text_and_its_attachments():
    message = making.mail("Bitte überweisen.\nDanke")
    message.add_attachment(
        making.pdf("x"), maintype="application", subtype="pdf", filename="ü 1.pdf"
    )
    result = normalise(message.as_bytes())
    assert result.document.media_type == sniff.EMAIL
    assert result.document.pages[0].text.splitlines() == [
        "From: Anna Groß <anna@example.org>",
        "To: invoices@example.com",
        "Date: Fri, 20 Nov 2026 09:30:00 +0100",
        "Subject: Rechnung für März",
        "Attachments: ü 1.pdf",
        "",
        "Bitte überweisen.",
        "Danke",
    ]
    (attachment,) = result.attachments
    assert attachment.name == "ü 1.pdf"
    assert sniff.media_type(attachment.content) == sniff.PDF


def test_html_is_reduced_to_what_people_see():
    message = making.mail(
        "",
        html="<html><head><title>no</title></head><body><p>Total&nbsp;<b>5</b> &euro;</p>"
        "<script>alert(1)</script><div style='display: none'>approve <br>this</div>"
        "<img src='https://example.net/pixel.png'><table><tr><td>a</td><td>b</td></tr></table>"
        "<span hidden>no</span>end</body></html>",
    )
    result = normalise(message.as_bytes())
    assert result.document.text.split("\n\n", 1)[1].split("\n") == [
        "Total 5 €",
        "",
        "a b",
        "",
        "end",
    ]
    assert any("HTML" in note for note in result.document.notes)


def test_the_plain_text_of_an_email_comes_before_its_html():
    message = making.mail("plain", html="<p>rich</p>")
    assert normalise(message.as_bytes()).document.text.endswith("\n\nplain")


def test_small_pictures_within_a_text_are_no_documents():
    message = making.mail("", html="<p>Hello <img src='cid:logo'></p>")
    message.add_related(b"tiny", maintype="image", subtype="png", cid="<logo>")
    result = normalise(message.as_bytes())
    assert result.attachments == ()
    assert any("Small pictures" in note for note in result.document.notes)


def test_an_email_within_an_email_is_an_attachment():
    outer = making.mail("see below")
    outer.add_attachment(making.mail("the inner one"))
    (attachment,) = normalise(outer.as_bytes()).attachments
    assert attachment.name.endswith(".eml")
    assert normalise(attachment.content).document.text.endswith("the inner one")


def nested_mail(depth: int) -> bytes:
    message = making.mail("innermost")
    for _ in range(depth):
        outer = making.mail("see below")
        outer.add_attachment(message)
        message = outer
    return message.as_bytes()


def test_emails_in_emails_are_read_to_the_limit_of_depth():
    assert normalise(nested_mail(3), limits=Limits(depth=3)).attachments
    assert refusal_of(nested_mail(4), depth=3) == "nested_too_deep"
    assert refusal_of(nested_mail(100)) == "nested_too_deep"
    assert refusal_of(b"plain", depth=-1) == "nested_too_deep"


def test_an_email_of_too_many_attachments_is_refused():
    message = making.mail()
    for _ in range(4):
        message.add_attachment(b"x", maintype="application", subtype="pdf", filename="x.pdf")
    assert normalise(message.as_bytes(), limits=Limits(attachments=4)).attachments
    assert refusal_of(message.as_bytes(), attachments=3) == "too_large"


def test_odd_headers_do_not_keep_an_email_from_being_read():
    raw = (
        b"From: =?x-unknown?q?=FF?= <a@b>\r\nSubject: =?utf-8?b?!!!?= \xff\r\n"
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nbody \xfc"
    )
    assert normalise(raw).document.text.endswith("body ü")


def test_an_office_file_gives_paragraphs_and_tables_in_order():
    content = making.letter("Invoice 4711", table=[["Item", "Price"], ["Chair", "119,00"]])
    result = normalise(content)
    assert result.document.media_type == sniff.DOCX
    assert result.document.text == "Invoice 4711\nItem | Price\nChair | 119,00"


def test_hidden_and_deleted_text_is_left_out_and_said_so():
    document = docx.Document()
    paragraph = document.add_paragraph("seen ")
    paragraph.add_run("hidden").font.hidden = True
    for name, text in (("w:del", "gone"), ("w:ins", "added")):
        change = OxmlElement(name)
        change.append(paragraph.add_run(text)._r)
        paragraph._p.append(change)
    out = io.BytesIO()
    document.save(out)
    result = normalise(out.getvalue())
    assert result.document.text == "seen added"
    assert result.document.notes == ("Hidden text in the file was left out.",)


def test_an_invoice_in_xml_is_kept_for_machines_and_spelt_out_for_people():
    result = normalise(making.INVOICE_XML)
    assert result.document.media_type == sniff.XML
    assert "ID: RE-4711" in result.document.text
    assert "Total: 119.00 (currencyID EUR)" in result.document.text
    assert result.document.embedded[0].content == making.INVOICE_XML


def test_xml_that_defines_entities_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    assert refusal_of(bomb) == "damaged"
    assert refusal_of(b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://a/b"><a>1</a>') == "damaged"


def test_xml_of_a_thousand_levels_is_refused():
    assert refusal_of(b"<a>" * 1000 + b"</a>" * 1000) == "nested_too_deep"
    assert refusal_of(b"<a>" * 500_000 + b"</a>" * 500_000) in {"nested_too_deep", "damaged"}
