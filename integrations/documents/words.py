"""Between a page's text and its places: where a span lies, and where a quoted text stands."""

from __future__ import annotations

import functools
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from integrations.documents.model import Box, Page, Word

Span = tuple[int, int]


def words_of(page: Page, start: int, end: int) -> tuple[Word, ...]:
    """The words that text[start:end] touches, in reading order."""
    first = bisect_right(page.words, start, key=lambda word: word.end)
    last = bisect_left(page.words, end, key=lambda word: word.start)
    return page.words[first:last]


def words_in(page: Page, start: int, end: int) -> Box | None:
    """The box around all words that text[start:end] touches; None without words or a picture."""
    return union(word.box for word in words_of(page, start, end))


def boxes_in(page: Page, start: int, end: int) -> tuple[Box, ...]:
    """A box for each printed line that text[start:end] touches, from the top."""
    lines: dict[int, list[Word]] = {}
    for word in words_of(page, start, end):
        lines.setdefault(word.line, []).append(word)
    boxes = (union(word.box for word in words) for words in lines.values())
    return tuple(box for box in boxes if box is not None)


def union(boxes: Iterable[Box | None]) -> Box | None:
    """The smallest box around them; None of none."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def find(page: Page, quoted: str, *, at_most: int = 20) -> tuple[Span, ...]:
    """Spans of the page's text that say the same as quoted, in reading order; they may overlap.

    Case, blanks, line breaks and punctuation do not count, but whole words do ("10" is not in
    "2010"), and so do the points and commas within a number ("100" is not "1.00"). A quoted text
    without any letter or digit stands nowhere.
    """
    wanted, _ = _essence(quoted)
    if not wanted:
        return ()
    essence, places = _essence(page.text)
    spans: list[Span] = []
    at = essence.find(wanted)
    while at != -1 and len(spans) < at_most:
        start, end = places[at], places[at + len(wanted) - 1] + 1
        if _whole(page.text, start, end):
            spans.append((start, end))
        at = essence.find(wanted, at + 1)
    return tuple(spans)


@functools.lru_cache(maxsize=64)
def _essence(text: str) -> tuple[str, tuple[int, ...]]:
    """Its letters and digits alone, caseless, and the place in the text of each."""
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        if letter.isalnum():
            kept = unicodedata.normalize("NFKC", letter).casefold()
        elif letter in ".," and _between_digits(text, at):
            kept = letter
        else:
            continue
        letters.append(kept)
        places += [at] * len(kept)
    return "".join(letters), tuple(places)


def _between_digits(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit()


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit (nor a number's point) joins it on either side."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and _joins(before[-1], text[start]):
        return False
    if after and _joins(text[end - 1], after[0]):
        return False
    return not (
        (len(before) == 2 and before[1] in ".," and before[0].isdigit() and text[start].isdigit())
        or (len(after) == 2 and after[0] in ".," and after[1].isdigit() and text[end - 1].isdigit())
    )


def _joins(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum()
