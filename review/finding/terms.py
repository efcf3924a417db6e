"""Words as the index holds them, whatever the language, and questions put to it.

PostgreSQL's own parser is not used: it knows one language at a time and takes `INV-2024/7` apart
in ways that nobody who types it expects. Text is folded to ASCII letters and digits; a piece with
punctuation inside (`INV-2024/7`, `O'Brien`) is kept in its parts and as a whole (`inv20247`);
amounts are kept by value, so that `1.234,50` finds 1234.5. Facets contain a slash, which no word
does, so that no typed text can ask for one.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from anyascii import anyascii

MAX_WORDS = 5_000  # of one item: what lies beyond is not found
MAX_QUERY_PIECES = 12
MAX_LETTERS = 60
# Written without spaces between words, so each character stands for itself (CJK, kana).
_SINGLE = re.compile("([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_WORD = re.compile(r"[a-z0-9]+")
_AMOUNT = re.compile(r"[+-]?(?:\d{1,3}(?:[.,'’]\d{3})+|\d{1,12})(?:[.,]\d{1,2})?")
_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_AROUND = '$€£¥()[]:;,!?"“”„'


def folded(text: str) -> str:
    """Lower-case ASCII: `Łódź` becomes `lodz`, each CJK character a word of its own."""
    if text.isascii():
        return text.lower()
    spaced = _SINGLE.sub(r" \1 ", unicodedata.normalize("NFKC", text))
    return str(anyascii(spaced)).lower()


def amounts(piece: str) -> set[str]:
    """The values that a piece with separators may mean: `1,234` is 1234 or 1.234."""
    text = piece.strip(_AROUND).replace("’", "'")
    if not _AMOUNT.fullmatch(text):
        return set()
    digits = text.lstrip("+-")
    found = set()
    parts = re.split(r"[.,']", digits)
    if len(parts) == 1:
        return set()
    if all(len(part) == 3 for part in parts[1:]):
        found.add(value_of(Decimal("".join(parts))))
    if digits[-len(parts[-1]) - 1] in ".,":
        whole = "".join(parts[:-1])
        found.add(value_of(Decimal(f"{whole}.{parts[-1]}")))
    return found


def value_of(number: Decimal | int | float) -> str:
    """An amount's lexeme: its value without trailing zeros or sign."""
    text = format(abs(Decimal(str(number))).normalize(), "f")
    return f"#{text}"


class Terms:
    """A tsvector in the making."""

    def __init__(self) -> None:
        self._places: dict[str, set[str]] = {}
        self._facets: set[str] = set()
        self._at = 0

    def text(self, text: str, weight: str) -> None:
        """Add the words of a text; weight is A (ids), B (input) or C (output)."""
        for piece in text.split():
            if self._at >= MAX_WORDS:
                return
            self._piece(piece, weight)
        self._at += 1  # so that no phrase runs from one value into the next

    def number(self, number: int | float, weight: str) -> None:
        self.text(str(number), weight)
        value = value_of(number)
        if len(value) <= MAX_LETTERS:  # nobody looks for one of a thousand digits
            self._add(value, weight)

    def facet(self, kind: str, value: object) -> None:
        self._facets.add(facet(kind, value))

    def _piece(self, piece: str, weight: str) -> None:
        # Cut here as well: a file may be one piece from end to end.
        words = _WORD.findall(folded(piece.strip(_AROUND)))[: MAX_WORDS - self._at]
        if not words:
            return
        first = self._at + 1
        if len(words) > 1:
            whole = "".join(words)
            if len(whole) <= MAX_LETTERS:
                self._add(whole, weight, first)
        for word in words:
            self._at += 1
            self._add(word[:MAX_LETTERS], weight)
        for value in amounts(piece):
            self._add(value, weight, first)

    def _add(self, word: str, weight: str, at: int | None = None) -> None:
        place = min(max(at or self._at, 1), 16_383)  # the largest that a tsvector holds
        places = self._places.setdefault(word, set())
        if len(places) < 8:
            places.add(f"{place}{weight}")

    def as_tsvector(self) -> str:
        words = [f"{_quoted(word)}:{','.join(sorted(at))}" for word, at in self._places.items()]
        return " ".join([*words, *map(_quoted, sorted(self._facets))])


def facet(kind: str, value: object) -> str:
    return f"{kind}/{value}"[:200]


def all_of(facets: Iterable[str]) -> list[str]:
    """Facets that must all hold, as parts of a tsquery."""
    return [_quoted(one) for one in facets]


def any_of(facets: Iterable[str]) -> str:
    return "(" + " | ".join(map(_quoted, facets)) + ")"


def question(text: str, weights: str) -> list[str]:
    """What is typed, as parts of a tsquery: every piece must occur, the end of each may be open.

    weights are those of the values that may be looked at: "ABC", or "AB" without the output.
    """
    parts = []
    for piece in text.split()[:MAX_QUERY_PIECES]:
        part = _asked(piece, weights)
        if part:
            parts.append(part)
    return parts


def _asked(piece: str, weights: str) -> str:
    words = [word[:MAX_LETTERS] for word in _WORD.findall(folded(piece.strip(_AROUND)))]
    if not words:
        return ""
    open_end = f"{_quoted(words[-1])}:*{weights}"
    choices = [" <-> ".join([*(f"{_quoted(word)}:{weights}" for word in words[:-1]), open_end])]
    if len(words) > 1:
        whole = "".join(words)[:MAX_LETTERS]
        choices.append(f"{_quoted(whole)}:*{weights}")
    choices += [f"{_quoted(value)}:{weights}" for value in sorted(amounts(piece))]
    day = _DAY.fullmatch(piece)
    if day:
        choices.append(f"{_quoted(f'{day[3]}{int(day[2]):02}{int(day[1]):02}')}:{weights}")
    return "(" + " | ".join(f"({one})" for one in choices) + ")"


def snippet(text: str, query: str, *, around: int = 60) -> list[tuple[str, bool]]:
    """A piece of the text about the first hit, as (text, is a hit) pairs; [] without a hit."""
    wanted = [word for piece in query.split() for word in _WORD.findall(folded(piece))]
    if not wanted:
        return []
    hits = [
        (one.start(), one.end())
        for one in re.finditer(r"[^\W_]+", text)
        if any(folded(one.group()).strip().startswith(word) for word in wanted)
    ]
    if not hits:
        return []
    start, end = max(0, hits[0][0] - around), hits[0][1] + around
    parts: list[tuple[str, bool]] = []
    at = start
    for left, right in hits:
        if left >= end:
            break
        if left > at:
            parts.append((text[at:left], False))
        parts.append((text[left:right], True))
        at = right
    parts.append((text[at : max(at, end)], False))
    if start:
        parts[0] = ("…" + parts[0][0], parts[0][1])
    if end < len(text):
        parts[-1] = (parts[-1][0] + "…", parts[-1][1])
    return [part for part in parts if part[0]]


def as_query(parts: Iterable[str]) -> str:
    return " & ".join(parts)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
