"""Plain text in pages without a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.documents.limits import Limits
from integrations.documents.model import Normalised, Page, ReadDocument, Word
from integrations.documents.refusals import refused
from integrations.documents.sniff import decode

LINES_A_PAGE = 60
_LINE_CHARACTERS = 2_000  # a longer line is broken: a page must stay a page
_DROPPED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def read(content: bytes, media_type: str, limits: Limits) -> Normalised:
    text = decode(content)
    if text is None:
        raise refused("type_not_allowed")
    pages = paged(text, limits)
    return Normalised(ReadDocument(media_type, pages), (None,) * len(pages))


def paged(text: str, limits: Limits) -> tuple[Page, ...]:
    """Pages of LINES_A_PAGE lines; a form feed begins a new one. At least one page."""
    if len(text) > limits.characters:
        raise refused("too_large")
    pages: list[Page] = []
    for part in text.split("\f"):
        lines = [piece for line in part.splitlines() for piece in _broken(line)]
        for at in range(0, max(1, len(lines)), LINES_A_PAGE):
            if len(pages) >= limits.pages:
                raise refused("too_many_pages")
            pages.append(_page(len(pages) + 1, lines[at : at + LINES_A_PAGE]))
    return tuple(pages)


def _broken(line: str) -> Iterator[str]:
    line = _DROPPED.sub("", line).expandtabs(4).rstrip()
    for at in range(0, max(1, len(line)), _LINE_CHARACTERS):
        yield line[at : at + _LINE_CHARACTERS]


def _page(number: int, lines: list[str]) -> Page:
    words: list[Word] = []
    at = printed = 0
    for line in lines:
        found = list(re.finditer(r"\S+", line))
        for match in found:
            start, end = at + match.start(), at + match.end()
            words.append(Word(match[0], start, end, printed))
        printed += bool(found)
        at += len(line) + 1
    return Page(number, 0, 0, "text", "\n".join(lines), tuple(words))
