"""Codes: numbers of documents, accounts and tax payers, and currencies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.extraction.candidates.base import Candidate, pieces
from integrations.extraction.layout import Sheet
from integrations.extraction.values import (
    CURRENCIES,
    CURRENCY_MARKS,
    amount_of,
    dates_in,
    iban_holds,
    letters,
    plain,
)

_EDGES = " .,;:()[]<>\"'*|"
_GLUED = re.compile(r"^.*?[:#]\s*(?=\S*\d)")
_CODE = re.compile(r"^[\w][\w./\-–]{1,39}$")
# A code of several words is at most this many.
_MOST_WORDS = 4

# Both are read greedily and then cut at blanks: each repetition takes exactly one character, so
# that no text can make them try many ways.
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[ .\-]?[a-z0-9]){8,40}")
_VAT = re.compile(
    r"(?<![a-z0-9])(?:at|be|bg|che?|cy|cz|de|dk|ee|el|es|fi|fr|gb|gr|hr|hu|ie|it|lt|lu|lv|mt|nl|"
    r"no|pl|pt|ro|se|si|sk|xi)(?:[ .\-]?[a-z0-9]){7,17}"
)
# Characters of an IBAN by country, where the registry (ISO 13616) fixes them; the commonest.
_LENGTHS = {
    "at": 20, "be": 16, "bg": 22, "ch": 21, "cz": 24, "de": 22, "dk": 18, "ee": 20, "es": 24,
    "fi": 18, "fr": 27, "gb": 22, "gr": 27, "hr": 21, "hu": 28, "ie": 22, "it": 27, "lt": 20,
    "lu": 20, "lv": 21, "nl": 18, "no": 15, "pl": 28, "pt": 25, "ro": 24, "se": 24, "si": 19,
    "sk": 24,
}  # fmt: skip


def find_codes(sheet: Sheet) -> list[Candidate]:
    """Words with a digit that are no plain amount, alone or with their neighbours."""
    found = []
    for segment in sheet.segments:
        for first in segment.tokens:
            for last in range(first, min(first + _MOST_WORDS, segment.last + 1)):
                if last > first and sheet.tokens[last - 1].text.endswith((",", ":", ";")):
                    break
                found.extend(_code(sheet, first, last))
    return found


def _code(sheet: Sheet, first: int, last: int) -> list[Candidate]:
    raw = sheet.text(first, last)
    if not any(one.isdigit() for one in raw) or len(raw) > 48:
        return []
    texts = {raw.strip(_EDGES)}
    if last == first and (glued := _GLUED.match(raw)):
        texts.add(raw[glued.end() :].strip(_EDGES))
    found = []
    for text in sorted(texts):
        if not _CODE.match(text.replace(" ", "")) or not any(one.isdigit() for one in text):
            continue
        if last > first and not all(_is_piece(part) for part in text.split()):
            continue
        digits = sum(one.isdigit() for one in text)
        shape = "".join("9" if one.isdigit() else "A" if one.isalpha() else one for one in text)
        squeezed = re.sub(r"(.)\1+", r"\1", shape)
        day = dates_in(plain(text))
        found.append(
            Candidate(
                value=text,
                key=letters(text),
                parts=((first, last),),
                traits=(f"sh={squeezed}", f"len={len(text)}", f"pre={letters(text)[:2]}"),
                numbers=(
                    float(len(text)),
                    digits / len(text),
                    float(last - first + 1),
                    float(amount_of(text) is not None and text[-3:-2] in {".", ","}),
                    float(bool(day)),
                    float(any(one.isalpha() for one in text)),
                    float(any(one in "/-" for one in text)),
                    float(text != raw.strip(_EDGES)),
                ),
            )
        )
    return found


def _is_piece(part: str) -> bool:
    """Whether a word may be one piece of a code: it has a digit, or is a short prefix."""
    if any(one.isdigit() for one in part):
        return bool(_CODE.match(part)) or len(part) == 1
    return len(part) <= 4 and part.isupper()


def find_ibans(sheet: Sheet) -> list[Candidate]:
    found = []
    for piece in pieces(sheet):
        for match in _runs(_IBAN, piece.text):
            for text, is_whole in _cuts(piece.text, match.start(), match.end()):
                compact = letters(text)
                if not 15 <= len(compact) <= 34 or sum(one.isdigit() for one in compact) < 10:
                    continue
                numbers = (
                    float(iban_holds(compact)),
                    float(len(compact) == _LENGTHS.get(text[:2], -1)),
                    float(is_whole),
                    float(sum(one.isdigit() for one in compact)),
                )
                parts = (piece.run(match.start(), match.start() + len(text)),)
                found.append(Candidate(compact, compact, parts, (f"c={compact[:2]}",), numbers))
    return found


def _runs(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches from every place on, also those that overlap: a country's code may begin a word
    ("de febrero de 2026 ESB09028663")."""
    at = 0
    while (match := pattern.search(text, at)) is not None:
        yield match
        at = match.start() + 1


def _cuts(text: str, start: int, end: int) -> list[tuple[str, bool]]:
    """Heads of text[start:end] that end with a word, and whether each is the longest.

    What follows a number may look like more of it ("... 00 BIC ...").
    """
    run = text[start:end]
    ends = [match.start() for match in re.finditer(" ", run)]
    if end >= len(text) or not text[end].isalnum():
        ends.append(len(run))
    return [(run[:at], at == ends[-1]) for at in ends if at]


def find_vat_ids(sheet: Sheet) -> list[Candidate]:
    found = []
    for piece in pieces(sheet):
        for match in _runs(_VAT, piece.text):
            for text, is_whole in _cuts(piece.text, match.start(), match.end()):
                compact = letters(text)
                digits = sum(one.isdigit() for one in compact)
                if not 8 <= len(compact) <= 17 or digits < 6:
                    continue
                country = compact[:2]
                numbers = (float(len(compact)), float(digits), float(is_whole), float(" " in text))
                traits = (f"c={country}", f"cl={country}{len(compact)}", f"w={is_whole}")
                parts = (piece.run(match.start(), match.start() + len(text)),)
                found.append(Candidate(compact, compact, parts, traits, numbers))
    return found


# Taken into account although no page names them: a document's language may tell.
_UNNAMED = ("EUR", "USD", "GBP", "CHF")


def find_currencies(sheet: Sheet) -> list[Candidate]:
    """Codes and marks of currencies, and the commonest ones as guesses without a place."""
    found = []
    for number, token in enumerate(sheet.tokens):
        bare = token.text.strip("():.,;*").upper()
        stripped = bare.strip("0123456789.,-' ")
        code = bare if bare in CURRENCIES else CURRENCY_MARKS.get(bare)
        if code is None and stripped != bare:
            code = stripped if stripped in CURRENCIES else CURRENCY_MARKS.get(stripped)
        if code is None and token.text[-1:] in "€£$":
            code = CURRENCY_MARKS[token.text[-1]]
        if code is not None:
            found.append((number, code, stripped))
    total = len(found) or 1
    counts: dict[str, int] = {}
    for _, code, _ in found:
        counts[code] = counts.get(code, 0) + 1
    candidates = [
        Candidate(
            value=code,
            key=code,
            parts=((number, number),),
            traits=(f"mark={mark}", f"code={code}"),
            numbers=(counts[code] / total, float(counts[code]), float(mark in CURRENCIES), 1.0),
        )
        for number, code, mark in found
    ]
    words = dict.fromkeys(
        token.word for token in sheet.tokens[:500] if token.word.isalpha() and len(token.word) > 2
    )
    for code in _UNNAMED:
        if code not in counts:
            traits = (f"no={code}", *(f"no={code} {word}" for word in list(words)[:100]))
            numbers = (0.0, float(len(found)), 0.0, 0.0)
            candidates.append(Candidate(code, code, (), traits, numbers))
    return candidates
