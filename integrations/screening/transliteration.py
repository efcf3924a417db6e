"""Names in capital letters A to Z, as travel documents write them.

The ways of ICAO Doc 9303-3, section 6: a letter with a mark is written out (Ä as AE), or without
its mark (A), or, rarely, with XX behind it (Ü as UXX, Ñ as NXX). Scripts that the standard has no
table for here go by their usual sounds (anyascii).
"""

from __future__ import annotations

import unicodedata
from typing import Literal

from anyascii import anyascii

Way = Literal["written_out", "plain", "marked"]
WAYS: tuple[Way, ...] = ("written_out", "plain", "marked")

_WRITTEN_OUT = {
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Ö": "OE", "Ø": "OE", "Œ": "OE", "Ü": "UE", "ß": "SS",
    "ẞ": "SS", "Þ": "TH", "Ð": "D", "Đ": "D", "Ł": "L", "Ħ": "H", "Ŧ": "T", "Ŋ": "N", "ĸ": "Q",
    "Ĳ": "IJ", "ı": "I", "İ": "I",
}  # fmt: skip
_PLAIN = {"Ä": "A", "Å": "A", "Ö": "O", "Ø": "O", "Ü": "U"}
_MARKED = {"Ü": "UXX", "Ñ": "NXX"}
# Section 6 B, with Ukrainian letters; anyascii follows other tables (Й as Y, Ю as YU).
_CYRILLIC = {
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Д": "D", "Е": "E", "Ё": "E", "Ж": "ZH", "З": "Z",
    "И": "I", "І": "I", "Й": "I", "К": "K", "Л": "L", "М": "M", "Н": "N", "О": "O", "П": "P",
    "Р": "R", "С": "S", "Т": "T", "У": "U", "Ф": "F", "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH",
    "Щ": "SHCH", "Ъ": "IE", "Ы": "Y", "Ь": "", "Э": "E", "Ю": "IU", "Я": "IA", "Ї": "I",
    "Є": "IE", "Ґ": "G", "Ў": "U", "Ћ": "C", "Ђ": "D", "Ј": "J", "Љ": "LJ", "Њ": "NJ", "Џ": "DZ",
}  # fmt: skip
_TABLES: dict[Way, dict[str, str]] = {
    "written_out": _WRITTEN_OUT | _CYRILLIC,
    "plain": _WRITTEN_OUT | _PLAIN,
    "marked": _WRITTEN_OUT | _CYRILLIC | _MARKED,
}
# Letters of these stand for themselves in the middle of a name; the marks only part it.
_SILENT = frozenset("'’‘ʼʻ`´.,")


def capitals(name: str, way: Way = "written_out") -> str:
    """The name in A-Z, digits and single blanks: `"O’Brien-Müller"` as `"OBRIEN MUELLER"`.

    Apostrophes, points and commas go; everything else that is no letter or digit parts words.
    """
    table = _TABLES[way]
    found: list[str] = []
    for character in unicodedata.normalize("NFC", name):
        if character in _SILENT:
            found.append(" " if character == "," else "")
            continue
        upper = character if character in {"ß", "ı"} else character.upper()
        if upper in table:
            found.append(table[upper])
            continue
        base = _without_marks(upper)
        # A letter whose mark the table does not know is written without it, in every script.
        found.append(table.get(base) or (base if base.isascii() else anyascii(base).upper()))
    letters = "".join(one if one.isascii() and one.isalnum() else " " for one in "".join(found))
    return " ".join(letters.split())


def _without_marks(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(one for one in parts if not unicodedata.combining(one))
