"""Words with places, in whatever order, into printed lines in reading order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.documents.model import SCALE, Word


@dataclass(slots=True)
class Found:
    """A word on the upright page: left, top, right, bottom in one unit for both directions."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: int | None = None

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def arrange(found: Iterable[Found], width: float, height: float) -> tuple[str, tuple[Word, ...]]:
    """The page's text, a printed line a line, and its words with boxes in ten-thousandths."""
    lines = _rows(list(found))
    pieces: list[str] = []
    words: list[Word] = []
    at = 0
    for number, line in enumerate(lines):
        for place, word in enumerate(line):
            if number or place:
                pieces.append(" " if place else "\n")
                at += 1
            pieces.append(word.text)
            end = at + len(word.text)
            box = _box(word, width, height)
            words.append(Word(word.text, at, end, number, box, word.confidence))
            at = end
    return "".join(pieces), tuple(words)


def _rows(found: list[Found]) -> list[list[Found]]:
    rows: list[list[Found]] = []
    for word in sorted(found, key=lambda word: word.middle):
        row = _fitting(rows, word)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    for row in rows:
        row.sort(key=lambda word: word.left)
    return sorted(rows, key=lambda row: sum(word.middle for word in row) / len(row))


def _fitting(rows: list[list[Found]], word: Found) -> list[Found] | None:
    """The row on whose height the word stands; only the last few can be it."""
    for row in reversed(rows[-4:]):
        last = row[-1]
        if abs(last.middle - word.middle) <= 0.5 * min(last.height, word.height):
            return row
    return None


def _box(word: Found, width: float, height: float) -> tuple[int, int, int, int]:
    left, right = _scaled(word.left, width), _scaled(word.right, width)
    top, bottom = _scaled(word.top, height), _scaled(word.bottom, height)
    return (min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def _scaled(value: float, whole: float) -> int:
    return max(0, min(SCALE, round(value / whole * SCALE)))
