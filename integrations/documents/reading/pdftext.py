"""The words of a PDF page's text layer with their places on its picture."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw
from PIL import Image

from integrations.documents.reading.lines import Found

_GAP = 0.3  # of the letters' height, beyond which two letters are of two words


@dataclass(slots=True)
class _Letter:
    text: str
    left: float
    top: float
    right: float
    bottom: float


def words(page: Any, picture: Image.Image) -> list[Found]:
    """In the picture's pixels; letters outside of it are left out."""
    textpage = page.get_textpage()
    try:
        found: list[Found] = []
        word: list[_Letter] = []
        for letter in _letters(textpage, _Placing(page, picture)):
            if letter is None or (word and _apart(word[-1], letter)):
                _close(word, found)
                word = []
            if letter is not None:
                word.append(letter)
        _close(word, found)
        return found
    finally:
        textpage.close()


def is_useful(found: list[Found]) -> bool:
    """Whether these words can stand for the page: enough of them, and of letters people use."""
    text = "".join(word.text for word in found)
    if len(text) < 8:
        return False
    sound = sum(letter.isalnum() or letter in _MARKS for letter in text)
    return sound >= 0.7 * len(text)


_MARKS = frozenset(".,:;-–—/()€$£%&@'\"+*#_!?§°=’“”„")


class _Placing:
    """From the page's own units to its picture: crop box and rotation are PDFium's business."""

    def __init__(self, page: Any, picture: Image.Image) -> None:
        self.width, self.height = picture.size
        # A fine grid, as PDFium answers in whole numbers.
        self._fine = 64
        size = (self.width * self._fine, self.height * self._fine)
        zero, right, up = (self._ask(page, size, *at) for at in ((0, 0), (1000, 0), (0, 1000)))
        self._origin = zero
        self._right = ((right[0] - zero[0]) / 1000, (right[1] - zero[1]) / 1000)
        self._up = ((up[0] - zero[0]) / 1000, (up[1] - zero[1]) / 1000)

    def _ask(self, page: Any, size: tuple[int, int], x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        return across.value / self._fine, down.value / self._fine

    def place(self, x: float, y: float) -> tuple[float, float]:
        return (
            self._origin[0] + x * self._right[0] + y * self._up[0],
            self._origin[1] + x * self._right[1] + y * self._up[1],
        )


def _letters(textpage: Any, placing: _Placing) -> Iterator[_Letter | None]:
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
        letter = _Letter(text, min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        across, down = (letter.left + letter.right) / 2, (letter.top + letter.bottom) / 2
        if 0 <= across <= placing.width and 0 <= down <= placing.height:
            yield letter


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
    height = min(last.bottom - last.top, letter.bottom - letter.top)
    aside = max(letter.left - last.right, last.left - letter.right)
    below = abs(letter.top + letter.bottom - last.top - last.bottom) / 2
    return aside > _GAP * height or below > 0.6 * max(height, 1)


def _close(word: list[_Letter], found: list[Found]) -> None:
    if word:
        found.append(
            Found(
                "".join(letter.text for letter in word),
                min(letter.left for letter in word),
                min(letter.top for letter in word),
                max(letter.right for letter in word),
                max(letter.bottom for letter in word),
            )
        )
