"""Files made to do harm: each is refused with its reason or read as what it is, in its own child.

All are made here; none comes from elsewhere.
"""

import io
import resource
import struct
import zipfile
import zlib

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from integrations.documents import sniff
from integrations.documents.limits import MEBIBYTE, Limits
from integrations.documents.model import DocumentRefused
from integrations.documents.normalise import normalise
from tests.integrations.documents import making
from tests.integrations.documents.making import raw_pdf, stream

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Resources << >> %s >>"
TREE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def outcome(content: bytes, **limits: object) -> str:
    """ "read", or the refusal's code."""
    try:
        normalise(content, limits=Limits(**limits))
    except DocumentRefused as refusal:
        return refusal.code
    return "read"


def spent() -> float:
    """Seconds of CPU that all readers took so far: the clock would count the neighbours too."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def text_or_refusal(content: bytes) -> str:
    try:
        return normalise(content).document.text
    except DocumentRefused as refusal:
        return refusal.code


# --- size, before anything is opened


def test_a_file_beyond_the_limit_costs_no_child(monkeypatch):
    monkeypatch.setattr("integrations.documents.sandbox.run", None)
    assert outcome(b"x" * 101, content_bytes=100) == "too_large"


@pytest.mark.parametrize("content", [b"", b"\0" * 10_000, b" \n\t"])
def test_a_file_of_nothing_is_empty(content):
    assert outcome(content) == "empty"


# --- packed files


def bomb(letter: bytes = b"0", megabytes: int = 300) -> bytes:
    return making.repacked(making.letter("x"), word__media__a_DOT_xml=letter * megabytes * 2**20)


def test_a_zip_bomb_in_an_office_file_is_refused_unopened():
    content = bomb()
    assert len(content) < MEBIBYTE
    started = spent()
    assert outcome(content) == "too_large"
    assert spent() - started < 10
    # Below the sum allowed, the ratio still gives it away.
    assert outcome(bomb(megabytes=50)) == "too_large"


def test_what_an_office_file_unfolds_to_is_limited():
    content = making.letter("x")
    assert outcome(content) == "read"
    assert outcome(content, unpacked_bytes=10_000) == "too_large"


def test_a_bomb_that_lies_about_its_size_does_not_unfold():
    content = bytearray(bomb(megabytes=50))
    name = b"word/media/a.xml"
    for at in (content.find(name) - 30 + 22, content.rfind(name) - 46 + 24):
        content[at : at + 4] = struct.pack("<I", 1000)
    assert outcome(bytes(content), memory_bytes=400 * MEBIBYTE) in {"damaged", "read"}


def test_an_office_file_of_countless_entries_is_refused():
    out = io.BytesIO(making.letter("x"))
    with zipfile.ZipFile(out, "a") as package:
        for number in range(2100):
            package.writestr(f"word/media/{number}", b"")
    assert outcome(out.getvalue()) == "too_large"


def test_an_office_file_with_entities_or_endless_depth_is_refused_or_read_without():
    body = b'<?xml version="1.0"?><!DOCTYPE a [%s]><w:document xmlns:w="%s">%s</w:document>'
    space = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    laughs = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
    )
    text = b"<w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body>"
    outside = b'<!ENTITY j SYSTEM "file:///etc/passwd">'
    for entities in (laughs, outside):
        content = making.repacked(
            making.letter("x"), word__document_DOT_xml=body % (entities, space, text)
        )
        found = text_or_refusal(content)
        assert found == "damaged" or ("root" not in found and len(found) < 1000)
    deep = b"<w:tbl><w:tr><w:tc>" * 200 + b"</w:tc></w:tr></w:tbl>" * 200
    content = making.repacked(
        making.letter("x"),
        word__document_DOT_xml=body % (b"", space, b"<w:body>" + deep + b"</w:body>"),
    )
    assert outcome(content) in {"nested_too_deep", "damaged"}


# --- PDF


def test_a_pdf_of_a_hundred_thousand_pages_is_refused():
    kids = b" ".join(b"3 0 R" for _ in range(100_000))
    tree = b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % kids
    content = raw_pdf(CATALOG, tree, PAGE % b"")
    started = spent()
    assert outcome(content) == "too_many_pages"
    assert spent() - started < 10


def test_a_pdf_that_only_claims_countless_pages_has_those_that_are_there():
    tree = b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>"
    assert outcome(raw_pdf(CATALOG, tree, PAGE % b"")) in {"read", "too_many_pages", "damaged"}


LOOPS = {
    "page tree": (CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "page tree of two": (
        CATALOG,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>",
    ),
    "a form that draws itself": (
        CATALOG,
        TREE,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300]"
        b" /Resources << /XObject << /F 4 0 R >> >> /Contents 5 0 R >>",
        stream(
            b"/F Do /F Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 300 300]"
            b" /Resources << /XObject << /F 4 0 R >> >>",
        ),
        stream(b"/F Do"),
    ),
    "a pattern that paints itself": (
        CATALOG,
        TREE,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300]"
        b" /Resources << /Pattern << /P 4 0 R >> >> /Contents 5 0 R >>",
        stream(
            b"/Pattern cs /P scn 0 0 300 300 re f",
            b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9]"
            b" /XStep 1 /YStep 1 /Resources << /Pattern << /P 4 0 R >> >>",
        ),
        stream(b"/Pattern cs /P scn 0 0 300 300 re f"),
    ),
    "references in a ring": (b"2 0 R", b"3 0 R", b"1 0 R"),
    "a length that is itself": (CATALOG, TREE, PAGE % b"/Contents 4 0 R", b"4 0 R"),
}


@pytest.mark.parametrize("objects", LOOPS.values(), ids=LOOPS.keys())
def test_a_pdf_that_runs_in_a_ring_ends(objects):
    started = spent()
    assert outcome(raw_pdf(*objects)) in {"read", "damaged", "too_slow", "too_much_memory"}
    assert spent() - started < 45


def test_forms_that_multiply_end_by_their_budget():
    # Thirty levels, each drawn twice by the one above: a thousand million drawings.
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300]"
        b" /Resources << /XObject << /F 5 0 R >> >> /Contents 4 0 R >>"
    )
    forms = [
        stream(
            b"/F Do /F Do" if level < 29 else b"0 0 9 9 re f",
            b"/Type /XObject /Subtype /Form /BBox [0 0 300 300]"
            b" /Resources << /XObject << /F %d 0 R >> >>" % (6 + level),
        )
        for level in range(30)
    ]
    started = spent()
    content = raw_pdf(CATALOG, TREE, page, stream(b"/F Do"), *forms)
    assert outcome(content, cpu_seconds=4) in {"too_slow", "too_much_memory", "damaged"}
    assert spent() - started < 40


def test_brackets_and_filters_without_end_do_not_overflow():
    nested = b"[" * 200_000 + b"]" * 200_000
    assert outcome(raw_pdf(CATALOG, TREE, PAGE % (b"/X " + nested))) in {"read", "damaged"}
    filters = b"/Filter [" + b"/FlateDecode " * 5000 + b"]"
    content = raw_pdf(CATALOG, TREE, PAGE % b"/Contents 4 0 R", stream(b"x", filters))
    assert outcome(content) in {"read", "damaged"}


def test_a_stream_that_unfolds_to_gigabytes_stays_within_memory():
    packed = zlib.compress(zlib.compress(b"0 0 m\n" * (200 * 2**20 // 6), 9), 9)
    content = raw_pdf(
        CATALOG,
        TREE,
        PAGE % b"/Contents 4 0 R",
        stream(packed, b"/Filter [/FlateDecode /FlateDecode]"),
    )
    assert len(content) < MEBIBYTE
    found = outcome(content, memory_bytes=512 * MEBIBYTE, cpu_seconds=10)
    assert found in {"read", "damaged", "too_much_memory", "too_slow"}


@pytest.mark.parametrize("box", [b"[0 0 1e9 1e9]", b"[0 0 1 1e7]", b"[0 0 0 0]", b"[0 0 -5 nan]"])
def test_a_page_of_absurd_size_is_drawn_small_or_refused(box):
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Resources << >> >>" % box
    assert outcome(raw_pdf(CATALOG, TREE, page)) in {"read", "damaged"}


def test_a_pdf_picture_of_countless_pixels_stays_within_memory():
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300]"
        b" /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>"
    )
    image = stream(
        zlib.compress(b"\0" * 10**6),
        b"/Type /XObject /Subtype /Image /Width 50000 /Height 50000 /BitsPerComponent 8"
        b" /ColorSpace /DeviceRGB /Filter /FlateDecode",
    )
    content = raw_pdf(CATALOG, TREE, page, image, stream(b"300 0 0 300 0 0 cm /I Do"))
    assert outcome(content) in {"read", "damaged", "too_much_memory"}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_pdf_cut_short_is_read_or_damaged(share):
    content = making.pdf("Total 119.00")
    assert outcome(content[: int(len(content) * share)]) in {"read", "damaged"}


def test_a_locked_pdf_is_named_so():
    assert outcome(making.pdf("x", encrypt=StandardEncryption("secret"))) == "encrypted"


def test_an_office_file_with_a_password_is_named_so():
    content = (
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le")
    )
    assert outcome(content) == "encrypted"


# --- pictures


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + (chunk(b"IEND", b""))
    )


def tiff(width: int, height: int) -> bytes:
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1)]
    entries += [(262, 3, 1, 1), (273, 4, 1, 200), (277, 3, 1, 1), (278, 4, 1, height)]
    entries += [(279, 4, 1, 1000)]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", 0)
    return head.ljust(200, b"\0") + b"\0" * 1000


def test_a_picture_of_2500_million_pixels_is_refused_by_its_header():
    assert outcome(png(50_000, 50_000)) == "too_many_pixels"
    assert outcome(tiff(50_000, 50_000)) == "too_many_pixels"


def test_a_picture_that_really_unfolds_is_refused_before_it_does():
    content = png(8_000, 8_000, b"\0" * (8_001 * 8_000))
    assert len(content) < MEBIBYTE
    assert outcome(content, memory_bytes=300 * MEBIBYTE) == "too_many_pixels"


def test_a_picture_within_the_limit_is_not_refused_for_its_size():
    assert outcome(png(5_000, 4_000, (b"\0" + b"\xff" * 5_000) * 4_000)) == "read"


def test_a_tiff_whose_frames_run_in_a_ring_ends():
    content = bytearray(tiff(10, 10))
    content[8 + 2 + 9 * 12 : 8 + 2 + 9 * 12 + 4] = struct.pack("<I", 8)
    assert outcome(bytes(content)) in {"read", "damaged", "too_many_pages"}


# --- several kinds at once


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("evil.txt", b"x" * 100)
    return out.getvalue()


JPEG = making.saved(Image.new("L", (64, 64), 255), "JPEG")
POLYGLOTS = {
    "a PDF after junk": b"junk\n" * 100 + making.pdf("x"),
    "a PDF in a JPEG's comment": b"\xff\xd8\xff\xfe\x00\x20%PDF-1.7" + b" " * 22 + JPEG[2:],
    "a JPEG that is a ZIP": JPEG + zipped(),
    "a PDF that is a ZIP": making.pdf("x") + zipped(),
    "a PNG that is a ZIP with a comment": png(8, 8, b"\0" * 72) + zipped()[:-2] + b"\x04\x00abcd",
    "a text that is a ZIP": b"just words\n" + zipped(),
    "a ZIP of something else": zipped(),
    "HTML": b"<!DOCTYPE html><script>alert(1)</script>",
    "HTML behind a mark": b"\xef\xbb\xbf  <html><body>",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "RTF": b"{\\rtf1 hello}",
    "PostScript": b"%!PS-Adobe-3.0\nshowpage",
    "GIF": b"GIF89a" + b"\0" * 100,
    "a program": b"\x7fELF" + bytes(range(256)),
    "an old office file": bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
}


@pytest.mark.parametrize("content", POLYGLOTS.values(), ids=POLYGLOTS.keys())
def test_what_other_programs_would_open_as_something_else_is_refused(content):
    with pytest.raises(DocumentRefused) as refusal:
        sniff.media_type(content)
    assert refusal.value.code == "type_not_allowed"
    assert outcome(content) == "type_not_allowed"


def test_markup_within_a_picture_stays_a_picture():
    content = JPEG[:2] + b"\xff\xfe\x00\x1f<script>alert(1)</script>    " + JPEG[2:]
    assert sniff.media_type(content) == sniff.JPEG


def test_the_name_of_a_type_is_never_asked():
    assert sniff.media_type(making.pdf("x")) == sniff.PDF
    assert sniff.media_type(b"report.pdf: words") == sniff.TEXT


def test_a_picture_is_opened_as_nothing_but_its_kind():
    # Pillow would find other formats behind a wrong signature.
    assert outcome(b"\x89PNG\r\n\x1a\n" + JPEG) == "damaged"
    assert outcome(b"\xff\xd8\xff" + png(8, 8, b"\0" * 72)) == "damaged"


# --- e-mail


def test_an_email_nested_a_hundred_deep_is_refused():
    inner = b"From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\ninnermost"
    for level in range(100):
        inner = (
            b"From: a@b\r\nTo: c@d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n"
            b"--b%d\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--b%d--\r\n"
            % (level, level, inner, level)
        )
    assert outcome(inner) == "nested_too_deep"


def test_parts_nested_a_thousand_deep_are_refused():
    head = b"From: a@b\r\nTo: c@d\r\n"
    for level in range(1000):
        head += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    assert outcome(head + b"Content-Type: text/plain\r\n\r\nx") == "nested_too_deep"


def test_an_email_of_countless_parts_is_refused():
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    head = b"From: a@b\r\nTo: c@d\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert outcome(head + part * 20_000 + b"--b--") == "too_large"


def test_markup_without_end_does_not_slow_a_mail():
    body = b"From: a@b\r\nTo: c@d\r\nContent-Type: text/html\r\n\r\n"
    started = spent()
    for flood in (b"<div>" * 200_000, b"<!--" * 100_000, b"<a " * 100_000, b"<![" * 100_000):
        assert outcome(body + flood, cpu_seconds=8) in {"read", "too_many_pages"}
    assert spent() - started < 30
