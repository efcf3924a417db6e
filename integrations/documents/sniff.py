"""What a file is, by its content alone; a file that several readers would each take is refused."""

from __future__ import annotations

import codecs
import re
from typing import Final

from integrations.documents.refusals import refused

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
TIFF: Final = "image/tiff"
WEBP: Final = "image/webp"
EMAIL: Final = "message/rfc822"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT: Final = "text/plain"
XML: Final = "application/xml"

# The short words that contracts use. A WebP picture counts as a photo like JPEG.
KINDS: Final = {
    PDF: "pdf",
    PNG: "png",
    JPEG: "jpeg",
    WEBP: "jpeg",
    TIFF: "tiff",
    EMAIL: "email",
    DOCX: "docx",
    TEXT: "text",
    XML: "xml",
}
PICTURES: Final = frozenset({PNG, JPEG, TIFF, WEBP})

_HEAD = 1024  # PDF readers look for their header within so many bytes (ISO 32000-1, annex H.3.4.1)
_END_OF_ZIP = b"PK\x05\x06"
_ZIP_TAIL = 22 + 65_535  # the end record and the longest comment after it
_HEADER = re.compile(rb"([!-9;-~]{1,76}):[ \t]?")
_MAIL_HEADERS = frozenset(
    b"from to cc date subject received return-path message-id mime-version content-type"
    b" delivered-to reply-to sender x-mailer dkim-signature".split()
)
# What an office file with a password is: an older container, an entry of which tells so.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Text by its bytes, yet made for a reader that acts on it.
_ACTIVE = re.compile(rb"\s*(<!doctype\s+html|<html|<svg|<script|\{\\rtf|%!ps|#!/)", re.IGNORECASE)
_XML = re.compile(r"\s*<(\?xml\s|[A-Za-z_][\w.-]*(:[\w.-]+)?[\s>/])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def media_type(content: bytes) -> str:
    """One of the constants above. Raises DocumentRefused (empty, type_not_allowed,
    encrypted).

    A signature counts at the very first byte only. What carries a PDF's header further in or ends
    as a ZIP archive does would be opened as that by other programs, so it is refused.
    """
    if not content.strip(b"\0\t\n\r "):
        raise refused("empty")
    if content.startswith(_COMPOUND) and _ENCRYPTED in content:
        raise refused("encrypted")
    found = _by_signature(content) or _by_text(content)
    if found is None or _claims_more(content, found):
        raise refused("type_not_allowed")
    return found


def decode(content: bytes) -> str | None:
    """The text of bytes that are text: UTF-8, UTF-16 or Windows-1252; None for anything else."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _text(content, encoding)
    if b"\0" in content[:_HEAD]:
        return _unmarked_utf16(content)
    text = _text(content, "utf-8")
    return text if text is not None else _text(content, "cp1252")


def _by_signature(content: bytes) -> str | None:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith((b"II*\0", b"MM\0*")):
        return TIFF
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"PK\x03\x04") and b"word/document.xml" in content:
        return DOCX
    return None


def _by_text(content: bytes) -> str | None:
    if _ACTIVE.match(content.removeprefix(codecs.BOM_UTF8)[:_HEAD]):
        return None
    if _is_mail(content):
        return EMAIL
    text = decode(content)
    if text is None:
        return None
    return XML if _XML.match(text) and text.rstrip().endswith(">") else TEXT


def _is_mail(content: bytes) -> bool:
    """Whether it begins with header lines, two of them such as mails have."""
    known = set()
    for number, line in enumerate(content[: 64 * 1024].splitlines()):
        if not line:
            break
        if line[:1] in (b" ", b"\t") and number:
            continue
        header = _HEADER.match(line)
        if header is None:
            return False
        name = header[1].lower()
        if name in _MAIL_HEADERS:
            known.add(name)
    return len(known) >= 2 and bool(known & {b"from", b"received", b"message-id", b"return-path"})


def _claims_more(content: bytes, found: str) -> bool:
    # A mail's or a text's own words may name a PDF's header; in the first lines it is no accident.
    if found != PDF and b"%PDF-" in content[:_HEAD]:
        return True
    return found != DOCX and _ends_as_zip(content)


def _ends_as_zip(content: bytes) -> bool:
    start = max(0, len(content) - _ZIP_TAIL)
    at = content.rfind(_END_OF_ZIP, start)
    while at != -1:
        directory_bytes = int.from_bytes(content[at + 12 : at + 16], "little")
        if content[at - directory_bytes : at].startswith(b"PK\x01\x02"):
            return True
        at = content.rfind(_END_OF_ZIP, start, at)
    return False


def _text(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _unmarked_utf16(content: bytes) -> str | None:
    sample = content[:_HEAD]
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if max(odd, even) * 5 < len(sample) * 2:  # four fifths of one half: mostly Western text
        return None
    return _text(content, "utf-16-le" if odd > even else "utf-16-be")
