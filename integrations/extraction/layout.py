"""Words of documents as a sheet: rows, segments and what stands beside and above what.

Coordinates are in page widths on both axes, so that a gap can be compared with a height. Pages
without boxes (plain text) are laid out as a typewriter would have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from integrations.documents.model import SCALE, Box, Page, ReadDocument, Word

# What is read of an item, first pages first and always something of the last page: a page of
# print has about 500 words, so this is a dozen full pages. It bounds time and memory.
MAX_WORDS = 6_000
LAST_PAGE_WORDS = 1_500
# Longer words are no values; their head still serves as context.
MAX_WORD_CHARACTERS = 64

# A typewriter's cell in page widths.
_CELL, _LINE, _HEIGHT = 0.011, 0.024, 0.018
# In heights: a wider gap parts two segments; a narrower one joins two boxes of a recogniser.
_PARTING, _JOINING = 1.4, 0.8

_BARE = re.compile(r"^\W+|\W+$")
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class Token:
    """A word in its place. document and page are positions in the sheet; line is the reader's."""

    text: str
    document: int
    page: int
    line: int
    start: int
    end: int
    box: Box | None
    left: float
    top: float
    right: float
    bottom: float
    word: str = ""  # case-folded, without outer punctuation, digits as 0

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(slots=True)
class Segment:
    """Words of one row without a wide gap: tokens first to last (inclusive)."""

    first: int
    last: int
    document: int
    page: int
    row: int
    left: float
    top: float
    right: float
    bottom: float
    above: int = -1
    below: int = -1

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def tokens(self) -> range:
        return range(self.first, self.last + 1)


@dataclass(slots=True)
class Sheet:
    """All documents of one item. tokens are ordered by document, page, row and place in it.

    rows hold segments' numbers; segment_of and row_of answer for tokens' numbers. pages has
    (document, page number counted from 1, height in widths).
    """

    tokens: list[Token] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    segment_of: list[int] = field(default_factory=list)
    pages: list[tuple[int, int, float]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    typical_height: float = _HEIGHT

    def text(self, first: int, last: int) -> str:
        return " ".join(token.text for token in self.tokens[first : last + 1])


def lay_out(documents: Sequence[ReadDocument]) -> Sheet:
    """The sheet of an item's documents; words beyond the limits are left out."""
    sheet = Sheet()
    budget = MAX_WORDS
    for number, document in enumerate(documents):
        for page, words in _chosen(document.pages, budget):
            budget -= len(words)
            _add_page(sheet, number, page, words)
    heights = [token.height for token in sheet.tokens]
    if heights:
        sheet.typical_height = max(median(heights), 1e-4)
    _link(sheet)
    return sheet


def _chosen(pages: Sequence[Page], budget: int) -> list[tuple[Page, Sequence[Word]]]:
    chosen: list[tuple[Page, Sequence[Word]]] = []
    if not pages or budget <= 0:
        return chosen
    last = pages[-1].words[:LAST_PAGE_WORDS] if len(pages) > 1 else ()
    left = budget - len(last)
    for page in pages[:-1] if len(pages) > 1 else pages:
        if left <= 0:
            break
        words = page.words[:left]
        left -= len(words)
        chosen.append((page, words))
    if last:
        chosen.append((pages[-1], last[:budget]))
    return chosen


def _add_page(sheet: Sheet, document: int, page: Page, words: Sequence[Word]) -> None:
    number = len(sheet.pages)
    aspect = page.height / page.width if page.width and page.height else 1.414
    if not any(word.box for word in words) and words:
        aspect = (max(word.line for word in words) + 1) * _LINE
    sheet.pages.append((document, page.number, max(aspect, 0.01)))
    sheet.sources.append(page.source)
    tokens = _placed(page, words, document, number, aspect)
    for row in _rows(tokens):
        numbers = []
        for segment in row:
            numbers.append(len(sheet.segments))
            first = len(sheet.tokens)
            sheet.tokens.extend(segment)
            sheet.segment_of.extend([len(sheet.segments)] * len(segment))
            sheet.segments.append(
                Segment(
                    first,
                    len(sheet.tokens) - 1,
                    document,
                    number,
                    len(sheet.rows),
                    min(token.left for token in segment),
                    min(token.top for token in segment),
                    max(token.right for token in segment),
                    max(token.bottom for token in segment),
                )
            )
        sheet.rows.append(numbers)


def _placed(
    page: Page, words: Sequence[Word], document: int, number: int, aspect: float
) -> list[Token]:
    starts: dict[int, int] = {}
    tokens = []
    for word in (part for whole in words for part in _unglued(whole)):
        if word.box is not None:
            left, top, right, bottom = (
                word.box[0] / SCALE,
                word.box[1] / SCALE * aspect,
                word.box[2] / SCALE,
                word.box[3] / SCALE * aspect,
            )
        else:
            begin = starts.setdefault(word.line, page.text.rfind("\n", 0, word.start) + 1)
            left = (word.start - begin) * _CELL
            right = left + max(1, word.end - word.start) * _CELL
            top = word.line * _LINE
            bottom = top + _HEIGHT
        text = word.text[:MAX_WORD_CHARACTERS]
        bare = _DIGIT.sub("0", _BARE.sub("", text.casefold())) or text[:4]
        tokens.append(
            Token(
                text,
                document,
                number,
                word.line,
                word.start,
                word.end,
                word.box,
                left,
                top,
                max(right, left + 1e-4),
                max(bottom, top + 1e-4),
                bare,
            )
        )
    return tokens


def _unglued(word: Word) -> list[Word]:
    """A word cut before a bracket that something else was printed in: "GmbH(HRB" is two."""
    at = max(word.text.find("("), word.text.find("["))
    if not 2 <= at < len(word.text) - 3 or len(word.text) > MAX_WORD_CHARACTERS:
        return [word]
    heads = []
    for start, end in ((0, at), (at, len(word.text))):
        box = word.box
        if box is not None:
            wide = box[2] - box[0]
            left = box[0] + wide * start // len(word.text)
            box = (left, box[1], box[0] + wide * end // len(word.text), box[3])
        heads.append(
            Word(word.text[start:end], word.start + start, word.start + end, word.line, box)
        )
    return heads


def _rows(tokens: Sequence[Token]) -> list[list[list[Token]]]:
    """Rows of segments: the reader's lines cut at wide gaps, then gathered by height."""
    runs: list[list[Token]] = []
    for token in tokens:
        run = runs[-1] if runs else None
        if run is not None and run[-1].line == token.line and _follows(run[-1], token, _PARTING):
            run.append(token)
        else:
            runs.append([token])
    runs.sort(key=lambda run: (run[0].top + run[0].bottom, run[0].left))
    rows: list[list[list[Token]]] = []
    for run in runs:
        # Rows are built downwards; only the last few can still take a run.
        for row in reversed(rows[-4:]):
            if _level(row, run):
                row.append(run)
                break
        else:
            rows.append([run])
    return [_joined(sorted(row, key=lambda run: run[0].left)) for row in rows]


def _follows(before: Token, token: Token, heights: float) -> bool:
    height = min(before.height, token.height)
    gap = token.left - before.right
    return -2 * height <= gap <= heights * height and _overlap(before, token) > 0.3 * height


def _overlap(one: Token, other: Token) -> float:
    return min(one.bottom, other.bottom) - max(one.top, other.top)


def _level(row: list[list[Token]], run: list[Token]) -> bool:
    nearest = min(row, key=lambda other: abs(other[0].left - run[0].left))
    one, other = nearest[-1 if nearest[0].left < run[0].left else 0], run[0]
    if _overlap(one, other) < 0.5 * min(one.height, other.height):
        return False
    return all(
        min(other[-1].right, run[-1].right) - max(other[0].left, run[0].left)
        <= 0.3 * min(other[-1].right - other[0].left, run[-1].right - run[0].left)
        for other in row
    )


def _joined(runs: list[list[Token]]) -> list[list[Token]]:
    joined = [runs[0]]
    for run in runs[1:]:
        if _follows(joined[-1][-1], run[0], _JOINING):
            joined[-1].extend(run)
        else:
            joined.append(run)
    return joined


def _link(sheet: Sheet) -> None:
    """Set each segment's nearest neighbour above and below that shares some of its width."""
    for segment in sheet.segments:
        for row in range(segment.row + 1, min(segment.row + 6, len(sheet.rows))):
            found = _under(sheet, segment, row)
            if found >= 0:
                segment.below = found
                break
        # Above looks farther: headings of columns stand over many rows.
        for row in range(segment.row - 1, max(segment.row - 6, -1), -1):
            found = _under(sheet, segment, row)
            if found >= 0:
                segment.above = found
                break


def _under(sheet: Sheet, segment: Segment, row: int) -> int:
    best, most = -1, 0.0
    for number in sheet.rows[row]:
        other = sheet.segments[number]
        if other.page != segment.page:
            return -1
        shared = min(other.right, segment.right) - max(other.left, segment.left)
        if shared > most and shared > 0.2 * min(
            other.right - other.left, segment.right - segment.left
        ):
            best, most = number, shared
    return best
