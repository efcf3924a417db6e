"""What a reading child writes and its parent reads: a mark, then frames, then nothing more.

A frame is a letter, a length in four bytes and so many bytes. D is the document's layout; then for
each page S and Z (its pictures) or N (none); then A and B (an attachment's name and content). Or R
alone: a refusal's code. The parent believes nothing of it that it has not checked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from integrations.documents import layout
from integrations.documents.limits import Limits
from integrations.documents.model import Attachment, DocumentRefused, Normalised, Rendition
from integrations.documents.refusals import REASONS, refused

_MARK = b"CSN1"
_FRAME = struct.Struct(">cI")


def encode(result: Normalised) -> bytes:
    """The child's answer for a file that was read."""
    frames = [(b"D", layout.to_bytes(result.document))]
    for rendition in result.renditions:
        if rendition is None:
            frames.append((b"N", b""))
        else:
            frames += [(b"S", rendition.screen), (b"Z", rendition.zoom)]
    for attachment in result.attachments:
        frames += [(b"A", attachment.name.encode()), (b"B", attachment.content)]
    return _MARK + b"".join(_FRAME.pack(kind, len(body)) + body for kind, body in frames)


def encode_refusal(code: str) -> bytes:
    """The child's answer for a file that is not read."""
    return _MARK + _FRAME.pack(b"R", len(code)) + code.encode()


def decode(answer: bytes, limits: Limits) -> Normalised:
    """The parent's reading. Raises DocumentRefused: the child's own reason, or damaged where the
    answer is not what an honest child writes."""
    try:
        return _decode(list(_frames(answer)), limits)
    except (ValueError, IndexError, struct.error):
        raise refused("damaged") from None


def _frames(answer: bytes) -> Iterator[tuple[bytes, bytes]]:
    _require(answer.startswith(_MARK))
    at = len(_MARK)
    while at < len(answer):
        kind, length = _FRAME.unpack_from(answer, at)
        at += _FRAME.size
        _require(at + length <= len(answer))
        yield kind, answer[at : at + length]
        at += length


def _decode(frames: list[tuple[bytes, bytes]], limits: Limits) -> Normalised:
    kind, body = frames.pop(0)
    if kind == b"R":
        raise _refusal(body, frames)
    _require(kind == b"D")
    document = layout.from_bytes(body)
    _require(0 < len(document.pages) <= limits.pages)
    _require(sum(len(page.text) for page in document.pages) <= limits.characters)
    renditions = tuple(_rendition(frames, page.width > 0) for page in document.pages)
    attachments = []
    while frames:
        name, content = _take(frames, b"A"), _take(frames, b"B")
        _require(len(name) <= 1000)
        attachments.append(Attachment(name.decode(), content))
    _require(len(attachments) <= limits.attachments)
    return Normalised(document, renditions, tuple(attachments))


def _refusal(code: bytes, rest: list[tuple[bytes, bytes]]) -> DocumentRefused:
    known = code.decode("ascii", errors="replace")
    return refused(known if known in REASONS and not rest else "damaged")


def _rendition(frames: list[tuple[bytes, bytes]], pictured: bool) -> Rendition | None:
    if not pictured:
        _take(frames, b"N")
        return None
    rendition = Rendition(_take(frames, b"S"), _take(frames, b"Z"))
    for picture in (rendition.screen, rendition.zoom):
        _require(_is_plain_webp(picture))
    return rendition


def _is_plain_webp(content: bytes) -> bool:
    """Whether it is one lossy or lossless picture and nothing else: no film, no notes, no tail."""
    if len(content) < 20 or content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return False
    length = int.from_bytes(content[4:8], "little")
    chunk = int.from_bytes(content[16:20], "little")
    return (
        content[12:16] in (b"VP8 ", b"VP8L")
        and length + 8 == len(content)
        and 20 + chunk + chunk % 2 == len(content)
    )


def _take(frames: list[tuple[bytes, bytes]], expected: bytes) -> bytes:
    kind, body = frames.pop(0)
    _require(kind == expected)
    return body


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not an honest child's answer")
