"""Words with places, in whatever order, into printed lines in reading order."""

from __future__ import annotations

import itertools
import statistics
import unicodedata
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
    is_upright: bool = False  # runs up or down the page

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


Row = list[Found]

_WIDE_GAP = 1.5  # of a letter's height: no blank between words of a sentence is as wide
_COLUMN_ROWS = 5  # fewer lines side by side are a table or two addresses, read across
_COLUMN_WORDS = 4.0  # on average a line of a column of prose


def arrange(found: Iterable[Found], width: float, height: float) -> tuple[str, tuple[Word, ...]]:
    """The page's text, a printed line a line, and its words with boxes in ten-thousandths.

    Lines run across the page, as forms and tables are read; columns of prose are read one after
    the other. A line in a script that runs to the left is put in the order in which it is read.
    """
    level, upright = _by_direction(found)
    rows = in_columns(in_rows(level), width) + _margins(upright)
    pieces: list[str] = []
    words: list[Word] = []
    at = 0
    for number, row in enumerate(rows):
        for place, word in enumerate(_as_read(row)):
            if number or place:
                pieces.append(" " if place else "\n")
                at += 1
            pieces.append(word.text)
            end = at + len(word.text)
            box = _box(word, width, height)
            words.append(Word(word.text, at, end, number, box, word.confidence))
            at = end
    return "".join(pieces), tuple(words)


def _by_direction(found: Iterable[Found]) -> tuple[list[Found], list[Found]]:
    """Words along the page, and those that run up or down its margin."""
    level: list[Found] = []
    upright: list[Found] = []
    for word in found:
        (upright if word.is_upright else level).append(word)
    return level, upright


def _margins(found: list[Found]) -> list[Row]:
    """Lines that run up the page, as nearly all such print does, each from its foot."""
    rows: list[Row] = []
    for word in sorted(found, key=lambda word: (word.left, -word.bottom)):
        if rows and abs(rows[-1][0].left - word.left) < 0.5 * (word.right - word.left):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: -word.bottom) for row in rows]


def in_rows(found: list[Found]) -> list[Row]:
    """Chains from left to right, each word to the row that ends nearest to its height: print that
    bends or falls a little stays in its line."""
    if not found:
        return []
    step = max(1e-6, statistics.median(word.height for word in found))
    rows: list[Row] = []
    ends: dict[int, list[Row]] = {}  # rows by the height at which they end
    for word in sorted(found, key=lambda word: word.left):
        slot = int(word.middle // step)
        near = [row for at in (slot - 1, slot, slot + 1) for row in ends.get(at, ())]
        row = min(near, key=lambda row: abs(row[-1].middle - word.middle), default=None)
        if row is None or not _continues(row[-1], word):
            row = []
            rows.append(row)
        else:
            ends[int(row[-1].middle // step)].remove(row)
        row.append(word)
        ends.setdefault(slot, []).append(row)
    return sorted(rows, key=lambda row: sum(word.middle for word in row) / len(row))


def _continues(last: Found, word: Found) -> bool:
    return abs(last.middle - word.middle) <= 0.5 * min(last.height, word.height)


def in_columns(rows: list[Row], width: float, depth: int = 0) -> list[Row]:
    """The rows, with blocks of prose in columns side by side set one below the other."""
    if depth > 3 or len(rows) < _COLUMN_ROWS:
        return rows
    height = statistics.median(word.height for row in rows for word in row)
    arranged: list[Row] = []
    at = 0
    while at < len(rows):
        end, gutter = _longest_block(rows, at, _WIDE_GAP * height)
        left, right = _parted(rows[at:end], gutter)
        if _is_prose(left, width) and _is_prose(right, width):
            backwards = _runs_left([word for row in rows[at:end] for word in row])
            first, second = (right, left) if backwards else (left, right)
            arranged += in_columns(first, width, depth + 1) + in_columns(second, width, depth + 1)
            at = end
        else:
            arranged.append(rows[at])
            at += 1
    return arranged


def _longest_block(rows: list[Row], start: int, least: float) -> tuple[int, float]:
    """The end of the longest run of rows from start that one gap runs through, and its middle."""
    best = (start + 1, rows[start][0].left)
    for left, right in _gaps(rows[start], least):
        end = start + 1
        while end < len(rows):
            narrowed = _narrowed(rows[end], left, right, least)
            if narrowed is None:
                break
            left, right = narrowed
            end += 1
        if end > best[0]:
            best = (end, (left + right) / 2)
    return best


def _gaps(row: Row, least: float) -> list[tuple[float, float]]:
    pairs = itertools.pairwise(row)
    return [(one.right, other.left) for one, other in pairs if other.left - one.right >= least]


def _narrowed(row: Row, left: float, right: float, least: float) -> tuple[float, float] | None:
    """What a row leaves of a gap; None where it runs across."""
    for word in row:
        if word.right <= left or word.left >= right:
            continue
        if word.left <= left:
            left = word.right
        else:
            right = word.left
    return (left, right) if right - left >= least else None


def _parted(rows: list[Row], gutter: float) -> tuple[list[Row], list[Row]]:
    left = [[word for word in row if word.left < gutter] for row in rows]
    right = [[word for word in row if word.left >= gutter] for row in rows]
    return [row for row in left if row], [row for row in right if row]


def _is_prose(rows: list[Row], width: float) -> bool:
    """Whether these lines are sentences, not figures, labels or an address."""
    if len(rows) < _COLUMN_ROWS:
        return False
    words = [word for row in rows for word in row]
    spread = max(word.right for word in words) - min(word.left for word in words)
    figures = sum(any(letter.isdigit() for letter in word.text) for word in words)
    return (
        len(words) >= _COLUMN_WORDS * len(rows)
        and spread >= 0.15 * width
        and figures <= 0.25 * len(words)
    )


def _as_read(row: Row) -> Row:
    """Words from the left in the order of reading: those of scripts that run to the left are
    turned round, in their line or, where the line is theirs, in all of it but the others."""
    if not any(_direction(word) < 0 for word in row):
        return row
    backwards = _runs_left(row)
    ordered = row[::-1] if backwards else list(row)
    main = -1 if backwards else 1
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and _direction(ordered[end]) not in (main, 0):
            end += 1
        ordered[at:end] = ordered[at:end][::-1]
        at = max(end, at + 1)
    return ordered


def _runs_left(row: Row) -> bool:
    return sum(_direction(word) * len(word.text) for word in row) < 0


def _direction(word: Found) -> int:
    """-1 for a word of a script that runs to the left, 1 to the right, 0 for figures and signs."""
    for letter in word.text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("R", "AL"):
            return -1
        if kind == "L":
            return 1
    return 0


def _box(word: Found, width: float, height: float) -> tuple[int, int, int, int]:
    left, right = _scaled(word.left, width), _scaled(word.right, width)
    top, bottom = _scaled(word.top, height), _scaled(word.bottom, height)
    return (min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def _scaled(value: float, whole: float) -> int:
    return max(0, min(SCALE, round(value / whole * SCALE)))
