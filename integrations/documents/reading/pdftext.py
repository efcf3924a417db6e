"""The words of a PDF page's text layer with their places on its picture."""

from __future__ import annotations

import collections
import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw

from integrations.documents.reading.lines import Found

_GAP = 0.3  # of the letters' height, beyond which two letters are of two words
_LOOKED_AT = 2_000  # letters that tell which way the print runs
_VOWELS = frozenset("aeiouyäöüåæøáàâãéèêëíìîïóòôõúùûœ")


@dataclass(slots=True)
class _Letter:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    is_upright: bool


def quarter_turns(textpage: Any) -> int | None:
    """Which way most print runs on the page as it lies in the file: so many quarter turns against
    the clock. None where there is little print or it runs in several ways."""
    count = min(textpage.count_chars(), _LOOKED_AT)
    ways = collections.Counter(_quarter(textpage, index) for index in range(count))
    if not ways:
        return None
    way, letters = ways.most_common(1)[0]
    return way if letters >= 30 and letters >= 0.8 * count else None


def words(textpage: Any, page: Any, size: tuple[int, int]) -> list[Found]:
    """In pixels of the page's picture of that size; letters outside of it are left out."""
    found: list[Found] = []
    word: list[_Letter] = []
    for letter in _letters(textpage, _Placing(page, size), page.get_rotation() // 90):
        if letter is None or (word and _apart(word[-1], letter)):
            _close(word, found)
            word = []
        if letter is not None:
            word.append(letter)
    _close(word, found)
    return found


def is_sound(textpage: Any, found: list[Found]) -> bool:
    """Whether these words can be what is printed: fonts without a true table of letters give
    signs nobody uses, or letters in an order that no language has."""
    text = "".join(word.text for word in found)
    usual = sum(letter.isalnum() or letter in _MARKS for letter in text)
    if usual < 0.7 * len(text):
        return False
    count = textpage.count_chars()
    unknown = sum(raw.FPDFText_HasUnicodeMapError(textpage, index) == 1 for index in range(count))
    if unknown > 0.2 * count:
        return False
    latin = [word.text.lower() for word in found if _is_plain_latin(word.text)]
    if len(latin) < 10:
        return True
    vowels = sum(letter in _VOWELS for word in latin for letter in word)
    return 0.2 <= vowels / sum(len(word) for word in latin) <= 0.75


_MARKS = frozenset(".,:;-–—/\\()[]|<>€$£%&@'\"+*#_!?§°=’“”„•·")


def _is_plain_latin(word: str) -> bool:
    return len(word) >= 4 and word.isalpha() and all(letter < "\u0180" for letter in word)


class _Placing:
    """From the page's own units to its picture: crop box and rotation are PDFium's business."""

    def __init__(self, page: Any, size: tuple[int, int]) -> None:
        self.width, self.height = size
        self._fine = 64  # PDFium answers in whole numbers: on a finer grid than pixels
        zero, right, up = (self._ask(page, *at) for at in ((0, 0), (1000, 0), (0, 1000)))
        self._origin = zero
        self._right = ((right[0] - zero[0]) / 1000, (right[1] - zero[1]) / 1000)
        self._up = ((up[0] - zero[0]) / 1000, (up[1] - zero[1]) / 1000)

    def _ask(self, page: Any, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        width, height = self.width * self._fine, self.height * self._fine
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
        return across.value / self._fine, down.value / self._fine

    def place(self, x: float, y: float) -> tuple[float, float]:
        return (
            self._origin[0] + x * self._right[0] + y * self._up[0],
            self._origin[1] + x * self._right[1] + y * self._up[1],
        )


def place_box(page: Any, size: tuple[int, int], box: tuple[float, ...]) -> tuple[float, ...]:
    """A box of the page's own units (left, bottom, right, top) on its picture, from the top."""
    placing = _Placing(page, size)
    x1, y1 = placing.place(box[0], box[3])
    x2, y2 = placing.place(box[2], box[1])
    return (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _quarter(textpage: Any, index: int) -> int:
    # PDFium counts with the clock.
    return round(-raw.FPDFText_GetCharAngle(textpage, index) / (math.pi / 2)) % 4


def _letters(textpage: Any, placing: _Placing, turned: int) -> Iterator[_Letter | None]:
    """Letters in the file's order; None where a word ends."""
    rect = raw.FS_RECTF()
    high = 0
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        text = _text(code)
        if not text or raw.FPDFText_IsGenerated(textpage, index) == 1:
            yield None
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, index, rect):
            continue
        x1, y1 = placing.place(rect.left, rect.top)
        x2, y2 = placing.place(rect.right, rect.bottom)
        left, top, right, bottom = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
        if 0 <= left + right <= 2 * placing.width and 0 <= top + bottom <= 2 * placing.height:
            is_upright = (_quarter(textpage, index) - turned) % 2 == 1
            yield _Letter(text, left, top, right, bottom, is_upright)


def _text(code: int) -> str:
    """What stands for it, empty for blanks. Ligatures are taken apart, soft hyphens made plain."""
    if code in (0x02, 0xAD, 0x2010, 0x2011):
        return "-"
    if code > 0x10FFFF:
        return "\ufffd"
    letter = chr(code)
    if letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf", "Cs"):
        return ""
    if 0xFB00 <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC:
        return unicodedata.normalize("NFKC", letter).strip()
    return letter


def _apart(last: _Letter, letter: _Letter) -> bool:
    if last.is_upright != letter.is_upright:
        return True
    one, other = _along(last), _along(letter)
    size = min(one[3] - one[2], other[3] - other[2])
    aside = max(other[0] - one[1], one[0] - other[1])
    beside = abs(sum(other[2:]) - sum(one[2:])) / 2
    return aside > _GAP * size or beside > 0.6 * max(size, 1)


def _along(letter: _Letter) -> tuple[float, float, float, float]:
    """Begin and end in the direction of its line, then across it."""
    if letter.is_upright:
        return (letter.top, letter.bottom, letter.left, letter.right)
    return (letter.left, letter.right, letter.top, letter.bottom)


def _close(word: list[_Letter], found: list[Found]) -> None:
    if word:
        found.append(
            Found(
                "".join(letter.text for letter in word),
                min(letter.left for letter in word),
                min(letter.top for letter in word),
                max(letter.right for letter in word),
                max(letter.bottom for letter in word),
                is_upright=word[0].is_upright,
            )
        )
