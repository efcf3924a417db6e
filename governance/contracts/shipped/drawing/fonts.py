"""Type faces that every machine has: the PDF standard's own, and Vera, which reportlab carries.

The standard faces are not embedded (each reader brings them) and hold Latin-1 only; Vera also has
letters such as ł, š and ı. Nothing is taken from the machine, so that a seed gives the same file
everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont


@dataclass(frozen=True)
class Family:
    """Names under which reportlab knows the faces."""

    regular: str
    bold: str
    italic: str


FAMILIES = {
    "helvetica": Family("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "times": Family("Times-Roman", "Times-Bold", "Times-Italic"),
    "courier": Family("Courier", "Courier-Bold", "Courier-Oblique"),
    "vera": Family("Vera", "VeraBd", "VeraIt"),
}


@cache
def register() -> None:
    """Make Vera known to reportlab; once a process."""
    for name in ("Vera", "VeraBd", "VeraIt"):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


def suits(family: str, text: str) -> bool:
    """Whether the family has a sign for every letter of the text."""
    if family == "vera":
        register()
        known = pdfmetrics.getFont("Vera").face.charToGlyph
        return all(ord(letter) in known for letter in text)
    return _is_in(text, "cp1252")


def _is_in(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
