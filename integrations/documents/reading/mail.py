"""E-mails: who, when and what about, the text, and each attachment as a document of its own."""

from __future__ import annotations

import email
import email.header
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

from integrations.documents.limits import Limits
from integrations.documents.model import Attachment, Normalised, ReadDocument
from integrations.documents.reading.html import to_text
from integrations.documents.reading.plain import paged
from integrations.documents.refusals import refused

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_HEADER_CHARACTERS = 1_000
_SEALS = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_SEALS |= {"application/pgp-signature", "application/pgp-keys"}
_LOGO_BYTES = 30_000  # a smaller picture set into the text is a logo or a smile
_PARTS = 1_000


def read(content: bytes, media_type: str, limits: Limits) -> Normalised:
    """Text pages, with the attachments unread; within each other at most limits.depth deep."""
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    parts = list(_parts(message, limits))
    notes: list[str] = []
    attachments = _attachments(parts, notes)
    if len(attachments) > limits.attachments:
        raise refused("too_large")
    lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    if attachments:
        lines.append("Attachments: " + ", ".join(attachment.name for attachment in attachments))
    pages = paged("\n".join([*lines, "", _body(parts, notes)]), limits)
    document = ReadDocument(media_type, pages, notes=tuple(notes))
    return Normalised(document, (None,) * len(pages), tuple(attachments))


def _parts(message: Message, limits: Limits) -> Iterator[Message]:
    """The parts that hold something; mails within mails are whole parts, and only counted."""
    waiting: list[tuple[Any, int]] = [(message, 0)]
    for _ in range(_PARTS):
        if not waiting:
            return
        part, files = waiting.pop()
        if files > limits.depth:
            raise refused("nested_too_deep")
        if part.get_content_type() == "message/rfc822":
            if files == 0:
                yield part
            inner = part.get_payload()
            waiting += [(one, files + 1) for one in inner if isinstance(inner, list)]
        elif part.is_multipart():
            waiting += [(one, files) for one in reversed(part.get_payload())]
        elif files == 0:
            yield part
    if waiting:
        raise refused("too_large")


def _attachments(parts: list[Message], notes: list[str]) -> list[Attachment]:
    found: list[Attachment] = []
    for part in parts:
        if not _is_attached(part):
            continue
        if part.get_content_type() in _SEALS:
            notes.append("The e-mail's signature was not checked.")
            continue
        content = _content(part)
        if _is_logo(part, content):
            notes.append("Small pictures within the text were left out.")
        elif content:
            found.append(Attachment(_name(part, len(found) + 1), content))
    notes[:] = dict.fromkeys(notes)
    return found


def _is_attached(part: Message) -> bool:
    if part.get_content_maintype() != "text":
        return True
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _is_logo(part: Message, content: bytes) -> bool:
    set_in = part.get("Content-ID") and part.get_content_disposition() != "attachment"
    return bool(set_in) and part.get_content_maintype() == "image" and len(content) < _LOGO_BYTES


def _content(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner: Any = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _body(parts: list[Message], notes: list[str]) -> str:
    texts = [part for part in parts if not _is_attached(part)]
    plain = [_text(part) for part in texts if part.get_content_subtype() == "plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    pages = [_text(part) for part in texts if part.get_content_subtype() == "html"]
    if pages:
        notes.append("The text was taken out of HTML; pictures and links were not fetched.")
    return "\n".join(to_text(page) for page in pages)


def _text(part: Message) -> str:
    content = _content(part)
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "cp1252"):
        try:
            return content.decode(charset)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return content.decode("latin-1")


def _header(message: Message, name: str) -> str:
    return _decoded(str(message.get(name, ""))[:_HEADER_CHARACTERS])


def _name(part: Message, number: int) -> str:
    name = _decoded(str(part.get_filename() or "")[:_HEADER_CHARACTERS])
    if not name and part.get_content_type() == "message/rfc822":
        name = f"message-{number}.eml"
    return re.sub(r"[^\w .,()+-]", "_", name).strip()[-200:] or f"attachment-{number}"


def _decoded(raw: str) -> str:
    try:
        value = str(email.header.make_header(email.header.decode_header(raw)))
    except (ValueError, LookupError, email.errors.MessageError):
        value = raw
    return " ".join(value.encode("utf-8", "replace").decode().split())
