"""A document as it was read: pages, words with their places, and what lay in it for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Left, top, right, bottom in ten-thousandths of the width and height of the upright page, so that
# they hold for every size and zoom of its picture: (0, 0, 10000, 10000) is all of it.
Box = tuple[int, int, int, int]
SCALE = 10_000

# Where a page's words come from: laid in the file itself, or recognised in its picture.
PageSource = Literal["text", "ocr"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word: text[start:end] of its page. box is None on a page without a picture.

    line numbers the printed lines of a page from 0 in reading order. confidence is the
    recogniser's own, 0 to 100; None where the text lay in the file.
    """

    text: str
    start: int
    end: int
    line: int
    box: Box | None = None
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page. number counts from 1; width and height are those of its picture in pixels, 0 and 0
    where it has none (plain text, a mail's body). text holds the words in reading order, one line
    of print a line."""

    number: int
    width: int
    height: int
    source: PageSource
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A structured part of a file that is meant for machines, as found: bytes that nobody checked.

    kind: xml (an invoice embedded in a PDF, or an XML invoice by itself).
    """

    kind: Literal["xml"]
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a model, a check and the review screen know of one file.

    media_type is by content, never by name. notes are sentences for people about what was left
    out on purpose ("JavaScript in the file was ignored.").
    """

    media_type: str
    pages: tuple[Page, ...]
    embedded: tuple[Embedded, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All pages' text, pages parted by form feeds."""
        return "\f".join(page.text for page in self.pages)


@dataclass(frozen=True, slots=True)
class Rendition:
    """A page's picture in WebP: for the screen (small), and for looking closely."""

    screen: bytes
    zoom: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file found within another (an e-mail's attachment); a document of its own."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Normalised:
    """What normalising one file gives. renditions has an entry a page, None where no picture."""

    document: ReadDocument
    renditions: tuple[Rendition | None, ...]
    attachments: tuple[Attachment, ...] = ()


class DocumentRefused(Exception):
    """This file is not read: a person has to deal with it.

    code names the reason for machines (type_not_allowed, too_large, too_many_pages,
    too_many_pixels, nested_too_deep, encrypted, damaged, too_slow, too_much_memory, empty);
    the message is for people and repeats nothing of the file.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
