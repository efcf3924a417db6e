"""Whether what a text model says stands in the documents that it was shown.

A model quotes the place of each value; the quote is looked up, and the value in the quote. What is
not there is marked ungrounded and becomes a finding: a person looks at it, whatever the model's
confidence. A quote that is there proves that the words exist, not that they are the right ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.documents.model import Page
from integrations.documents.words import find, words_in
from integrations.extraction.values import amount_of, dates_in, letters, plain
from integrations.providers.base import Evidence, Finding, GivenDocument

# Of a quote that stands nowhere this much is kept for the record.
MAX_QUOTE_CHARACTERS = 300
# Rows of a table that are looked up; beyond them nothing is said.
MAX_ROWS = 200
# A number as it is written, with blanks, points or apostrophes between thousands.
_AMOUNT = re.compile(r"[-−]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|[-−]?\d[\d.,'’]*")
_ONE_MARK = re.compile(r"\d+[.,]\d+")


def ground(
    output: Mapping[str, Any],
    quotes: Mapping[str, Any],
    schema: Mapping[str, Any],
    documents: Sequence[GivenDocument],
) -> tuple[dict[str, tuple[Evidence, ...]], tuple[Finding, ...]]:
    """Evidence by dotted path, and a finding for each output field that is not in the documents.

    quotes is the model's {field: {"document": 1, "page": 2, "quote": "..."} or null}, unchecked.
    Fields that choose from a list (enums, booleans) are grounded by a quote alone.
    """
    evidence: dict[str, tuple[Evidence, ...]] = {}
    missing: list[str] = []
    properties = schema.get("properties", {})
    for name, value in output.items():
        if value is None or value == [] or value == "":
            continue
        if isinstance(value, list):
            found = dict(_rows(name, value, documents))
        else:
            chooses = "enum" in properties.get(name, {}) or isinstance(value, bool)
            found = {name: _field(value, quotes.get(name), documents, chooses=chooses)}
        evidence |= {path: (one,) for path, one in found.items()}
        if any(not one.is_grounded for one in found.values()):
            missing.append(name)
    return evidence, tuple(Finding("ungrounded", about=name) for name in missing)


def _field(value: Any, said: Any, documents: Sequence[GivenDocument], *, chooses: bool) -> Evidence:
    quote = said.get("quote") if isinstance(said, Mapping) else None
    text = quote if isinstance(quote, str) else ""
    for document, page in _said_first(said, documents):
        for start, end in find(page, text, at_most=1):
            if chooses or _says(page.text[start:end], value):
                return _at(document, page, start, end)
    if not chooses:
        found = _place_of(value, documents)
        if found is not None:
            return found
    return _nowhere(text)


def _nowhere(text: str) -> Evidence:
    return Evidence(source="none", text=text[:MAX_QUOTE_CHARACTERS], is_grounded=False)


def _rows(
    name: str, rows: Sequence[Any], documents: Sequence[GivenDocument]
) -> Iterator[tuple[str, Evidence]]:
    """A table's cells, each looked up by its value: a quote a cell would be too much to ask."""
    for at, row in enumerate(rows[:MAX_ROWS]):
        for column, value in row.items() if isinstance(row, Mapping) else ():
            if value is None or value == "":
                continue
            found = _place_of(value, documents)
            lost = Evidence(
                source="none", text=str(value)[:MAX_QUOTE_CHARACTERS], is_grounded=False
            )
            yield f"{name}.{at}.{column}", found or lost


def _said_first(
    said: Any, documents: Sequence[GivenDocument]
) -> Iterator[tuple[GivenDocument, Page]]:
    """All pages, the one that the model named before the others: it often miscounts."""
    number = said.get("document") if isinstance(said, Mapping) else None
    wanted = said.get("page") if isinstance(said, Mapping) else None
    pages = [(at, document, page) for at, document, page in _pages(documents)]
    pages.sort(
        key=lambda one: (one[0] != number or one[2].number != wanted, one[2].number != wanted)
    )
    for _, document, page in pages:
        yield document, page


def _pages(documents: Sequence[GivenDocument]) -> Iterator[tuple[int, GivenDocument, Page]]:
    for at, document in enumerate(documents, start=1):
        for page in document.read.pages:
            yield at, document, page


def _place_of(value: Any, documents: Sequence[GivenDocument]) -> Evidence | None:
    """Where a value stands by itself, in whatever way it is written there."""
    for _, document, page in _pages(documents):
        for start, end in _spans_of(page, value):
            return _at(document, page, start, end)
    return None


def _spans_of(page: Page, value: Any) -> Iterator[tuple[int, int]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        for match in _AMOUNT.finditer(page.text):
            if _same_amount(match[0], value):
                yield match.span()
    elif isinstance(value, str) and (day := _day(value)) is not None:
        for start, end, _, found in dates_in(_aligned(page.text)):
            if found == day:
                yield start, end
    elif isinstance(value, str):
        yield from find(page, value, at_most=1)


def _says(quote: str, value: Any) -> bool:
    """Whether a value can be read in a quote."""
    if isinstance(value, int | float):
        return any(_same_amount(match[0], value) for match in _AMOUNT.finditer(quote))
    if (day := _day(value)) is not None:
        return any(found == day for _, _, _, found in dates_in(_aligned(quote)))
    wanted = letters(str(value))
    return bool(wanted) and wanted in letters(quote)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _same_amount(text: str, value: float) -> bool:
    """Whether a number as written is this one; "1.234" may be either of two."""
    wanted = Decimal(str(value))
    bare = re.sub(r"\s", "", text)
    if amount_of(bare) == wanted:
        return True
    return bool(_ONE_MARK.fullmatch(bare)) and Decimal(bare.replace(",", ".")) == wanted


def _aligned(text: str) -> str:
    """plain(), letter by letter, so that places in it are places in the text."""
    return "".join((plain(one) or " ")[0] for one in text)


def _at(document: GivenDocument, page: Page, start: int, end: int) -> Evidence:
    return Evidence(
        source=page.source,
        document=document.id,
        page=page.number,
        box=words_in(page, start, end),
        start=start,
        end=end,
        text=page.text[start:end][:MAX_QUOTE_CHARACTERS],
    )
