"""A document's pages, asked where a value stands on them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from integrations.documents.model import Page, ReadDocument
from integrations.documents.words import words_in
from integrations.providers.base import Evidence
from integrations.structured.pagenumbers import (
    PrintedDate,
    PrintedNumber,
    dates_in,
    numbers_in,
)

MAX_PAGES = 200
_LONGEST_CODE = 80


@dataclass(frozen=True, slots=True)
class Place:
    """text[start:end] of a page."""

    page: Page
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.page.text[self.start : self.end]

    @property
    def line(self) -> str:
        """The whole printed line that it begins in."""
        start = self.page.text.rfind("\n", 0, self.start) + 1
        end = self.page.text.find("\n", self.start)
        return self.page.text[start : end if end >= 0 else len(self.page.text)]


class PageText:
    """Where values stand on the pages of one document, in any usual way to print them."""

    def __init__(self, document: str, read: ReadDocument) -> None:
        self._document = document
        self.pages = read.pages[:MAX_PAGES]

    @cached_property
    def word_count(self) -> int:
        return sum(len(page.words) for page in self.pages)

    @cached_property
    def numbers(self) -> list[tuple[Page, PrintedNumber]]:
        return [(page, one) for page in self.pages for one in numbers_in(page.text)]

    @cached_property
    def dates(self) -> list[tuple[Page, PrintedDate]]:
        """Dates; whether days or months come first is one question for the whole document."""
        whole = dates_in("\f".join(page.text for page in self.pages))
        found: list[tuple[Page, PrintedDate]] = []
        start = 0
        for page in self.pages:
            end = start + len(page.text)
            for one in whole:
                if start <= one.start and one.end <= end:
                    moved = PrintedDate(one.days, one.start - start, one.end - start)
                    found.append((page, moved))
            start = end + 1
        return found

    @cached_property
    def has_amounts_with_decimals(self) -> bool:
        return sum(one.has_decimals for _, one in self.numbers) >= 2

    def amount(self, value: Decimal) -> Place | None:
        """Where an amount stands. Where the page prints decimals, a bare `9` is not 9.00."""
        wanted = abs(value)
        for page, one in self.numbers:
            if wanted in one.values and (one.has_decimals or not self.has_amounts_with_decimals):
                return Place(page, one.start, one.end)
        return None

    def number(self, value: Decimal) -> Place | None:
        """Where a number stands, with decimals or without."""
        wanted = abs(value)
        for page, one in self.numbers:
            if wanted in one.values:
                return Place(page, one.start, one.end)
        return None

    def day(self, value: date) -> Place | None:
        for page, one in self.dates:
            if value in one.days:
                return Place(page, one.start, one.end)
        return None

    def code(self, value: str) -> Place | None:
        """Where a number or code stands: the same letters and digits in any case, whatever marks
        and blanks are between them, and not as a part of a longer code."""
        letters = _letters(value)[:_LONGEST_CODE]
        if not letters:
            return None
        between = r"[\s\-./_:]{0,3}"
        pattern = re.compile(
            r"(?<![^\W_])(?<![^\W_][\-/_.])"
            + between.join(re.escape(one) for one in letters)
            + r"(?![^\W_])(?![\-/_][^\W_])",
            re.IGNORECASE,
        )
        return self._search(pattern)

    def name(self, value: str) -> Place | None:
        """Where a name stands: its letters and digits in any case, whatever is between them, with
        or without accents; over lines as well."""
        letters = _letters(_plain(value))[:_LONGEST_CODE]
        if not letters:
            return None
        pattern = re.compile(
            r"(?<![^\W_])" + r"[\W_]{0,4}".join(re.escape(one) for one in letters) + r"(?![^\W_])"
        )
        for page, plain in zip(self.pages, self._plain_texts, strict=True):
            found = pattern.search(plain)
            if found:
                return Place(page, *found.span())
        return None

    def has_words_nearby(self, value: str, *, lines: int = 4) -> bool:
        """Whether all words of a name stand within a few lines: columns may tear it apart."""
        wanted = {_letters(word) for word in _plain(value).split()} - {""}
        for plain in self._plain_texts:
            rows = [set(re.findall(r"[^\W_]+", row)) for row in plain.split("\n")]
            for at in range(len(rows)):
                if wanted <= set().union(*rows[at : at + lines]):
                    return True
        return False

    def lines(self) -> Iterator[Place]:
        """The printed lines."""
        for page in self.pages:
            start = 0
            for row in page.text.split("\n"):
                if row.strip():
                    yield Place(page, start, start + len(row))
                start += len(row) + 1

    def finditer(self, pattern: re.Pattern[str]) -> Iterator[Place]:
        for page in self.pages:
            for found in pattern.finditer(page.text):
                yield Place(page, *found.span())

    def evidence(self, place: Place) -> Evidence:
        return Evidence(
            source=place.page.source,
            document=self._document,
            page=place.page.number,
            box=words_in(place.page, place.start, place.end),
            start=place.start,
            end=place.end,
            text=place.text,
        )

    def _search(self, pattern: re.Pattern[str]) -> Place | None:
        return next(self.finditer(pattern), None)

    @cached_property
    def _plain_texts(self) -> list[str]:
        return [_plain(page.text) for page in self.pages]


def _plain(text: str) -> str:
    """Lower case without accents, character by character, so that places stay what they are."""
    return "".join(_PLAIN.get(one) or _base(one) for one in text)


_PLAIN = {"ß": "s", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "æ": "a", "Æ": "a"}


def _base(character: str) -> str:
    return unicodedata.normalize("NFD", character)[0].lower()[:1] or character


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isalnum())
