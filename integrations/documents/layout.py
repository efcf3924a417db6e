"""A read document as compact bytes for encrypted storage, and its fingerprint."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from integrations.documents.model import SCALE, Embedded, Page, ReadDocument, Word

_VERSION = 1
_NUMBERS = 8  # of a word: start, end, line, left, top, right, bottom, confidence or -1
_UNSAFE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_MAX_PIXELS_A_SIDE = 100_000


def to_bytes(document: ReadDocument) -> bytes:
    """JSON, about 40 bytes a word: texts a page, and eight numbers a word in one flat list."""
    return json.dumps(
        {
            "version": _VERSION,
            "media_type": document.media_type,
            "notes": document.notes,
            "pages": [
                {
                    "width": page.width,
                    "height": page.height,
                    "source": page.source,
                    "text": page.text,
                    "words": [number for word in page.words for number in _numbers(word)],
                }
                for page in document.pages
            ],
            "embedded": [
                {
                    "kind": part.kind,
                    "name": part.name,
                    "content": base64.b64encode(part.content).decode(),
                }
                for part in document.embedded
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def from_bytes(content: bytes) -> ReadDocument:
    """What to_bytes was given. Raises ValueError for anything that to_bytes would not write."""
    try:
        raw = json.loads(content)
        _require(type(raw) is dict and raw.keys() == _KEYS and raw["version"] == _VERSION)
        return ReadDocument(
            media_type=_line(raw["media_type"]),
            notes=tuple(_line(note) for note in _list(raw["notes"])),
            pages=tuple(_page(number, page) for number, page in enumerate(_list(raw["pages"]), 1)),
            embedded=tuple(_embedded(part) for part in _list(raw["embedded"])),
        )
    except (RecursionError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError("These bytes are not a stored document.") from None


def fingerprint(text: str) -> int:
    """A simhash of 64 bits as a signed number for a bigint column; alike for near-identical texts.

    Hashes overlapping triples of words, without case and punctuation, and keeps for each bit what
    most of them say: a few changed words of a page turn few bits. 0 for a text without words.
    Source: Charikar, Similarity estimation techniques from rounding algorithms, 2002.
    """
    counts = [0] * 64
    shingles = set(_shingles(text))
    for shingle in shingles:
        value = int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest(), "big")
        for bit in range(64):
            counts[bit] += 1 if value >> bit & 1 else -1
    unsigned = sum(1 << bit for bit, count in enumerate(counts) if count > 0)
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def distance(one: int, other: int) -> int:
    """The number of bits in which two fingerprints differ, 0 to 64."""
    return ((one ^ other) & ((1 << 64) - 1)).bit_count()


def _shingles(text: str) -> Iterator[str]:
    words = re.findall(r"\w+", text.casefold())
    if not words:
        return
    for at in range(max(1, len(words) - 2)):
        yield " ".join(words[at : at + 3])


_KEYS = {"version", "media_type", "notes", "pages", "embedded"}


def _numbers(word: Word) -> tuple[int, ...]:
    confidence = -1 if word.confidence is None else word.confidence
    return (word.start, word.end, word.line, *(word.box or (0, 0, 0, 0)), confidence)


def _page(number: int, raw: Any) -> Page:
    _require(type(raw) is dict and raw.keys() == {"width", "height", "source", "text", "words"})
    width, height, source, text = raw["width"], raw["height"], raw["source"], _text(raw["text"])
    for side in (width, height):
        _require(type(side) is int and 0 <= side <= _MAX_PIXELS_A_SIDE)
    _require((width == 0) == (height == 0) and source in ("text", "ocr"))
    return Page(
        number=number,
        width=width,
        height=height,
        source=source,
        text=text,
        words=tuple(_words(text, _list(raw["words"]), with_boxes=width > 0)),
    )


def _words(text: str, numbers: list[Any], *, with_boxes: bool) -> Iterator[Word]:
    _require(len(numbers) % _NUMBERS == 0 and all(type(number) is int for number in numbers))
    last_end = last_line = 0
    for at in range(0, len(numbers), _NUMBERS):
        start, end, line, left, top, right, bottom, confidence = numbers[at : at + _NUMBERS]
        _require(last_end <= start < end <= len(text) and last_line <= line <= last_line + 1)
        _require(0 <= left <= right <= SCALE and 0 <= top <= bottom <= SCALE)
        _require(-1 <= confidence <= 100)
        last_end, last_line = end, line
        yield Word(
            text=text[start:end],
            start=start,
            end=end,
            line=line,
            box=(left, top, right, bottom) if with_boxes else None,
            confidence=None if confidence == -1 else confidence,
        )


def _embedded(raw: Any) -> Embedded:
    _require(type(raw) is dict and raw.keys() == {"kind", "name", "content"})
    _require(raw["kind"] == "xml" and type(raw["content"]) is str)
    try:
        content = base64.b64decode(raw["content"], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("An embedded part is not valid base64.") from None
    return Embedded(kind="xml", name=_line(raw["name"]), content=content)


def _list(raw: Any) -> list[Any]:
    _require(type(raw) is list)
    return list(raw)


def _text(raw: Any) -> str:
    _require(type(raw) is str and not _UNSAFE.search(raw))
    return str(raw)


def _line(raw: Any) -> str:
    text = _text(raw)
    _require(len(text) <= 300 and "\n" not in text)
    return text


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("These bytes are not a stored document.")
