"""What is known of a place on a sheet: words around it (as hashes) and measures.

Words are kept as 32-bit hashes only, so that a model file holds no text of the documents it
learnt from.
"""

from __future__ import annotations

import functools
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from integrations.extraction.candidates import Candidate
from integrations.extraction.labels import LEXICON, TERMS
from integrations.extraction.layout import Segment, Sheet

Floats = npt.NDArray[np.float32]

_MOST_ROW_WORDS = 10
# A label within a longer word has at least so many letters.
_FEWEST_LETTERS = 5


@functools.lru_cache(maxsize=200_000)
def hashed(text: str) -> int:
    return zlib.crc32(text.encode())


@dataclass(slots=True)
class Surroundings:
    """Words left, right, above a run of tokens; nearest first."""

    left: list[str]
    right: list[str]
    above: list[str]
    heading: list[str]
    row: list[str]


def surroundings(sheet: Sheet, first: int, last: int) -> Surroundings:
    number = sheet.segment_of[first]
    segment = sheet.segments[number]
    tokens = sheet.tokens
    left = [tokens[at].word for at in range(first - 1, max(segment.first, first - 5) - 1, -1)]
    row = sheet.rows[segment.row]
    at = row.index(number)
    if len(left) < 4:
        for other in reversed(row[:at]):
            near = sheet.segments[other]
            left.extend(tokens[one].word for one in reversed(near.tokens[-5:]))
            if len(left) >= 5:
                break
    right = [tokens[one].word for one in range(last + 1, min(segment.last, last + 3) + 1)]
    if len(right) < 2:
        for other in row[at + 1 : at + 3]:
            right.extend(tokens[one].word for one in sheet.segments[other].tokens[:3])
    above = _words(sheet, segment.above)
    heading = above
    climbed, steps = segment.above, 0
    while climbed >= 0 and steps < 40 and not _has_letters(heading):
        climbed = sheet.segments[climbed].above
        heading = _words(sheet, climbed)
        steps += 1
    words = [
        tokens[one].word
        for other in row
        for one in sheet.segments[other].tokens[:12]
        if not first <= one <= last
    ]
    return Surroundings(left[:6], right[:4], above, heading, words[:_MOST_ROW_WORDS])


def _words(sheet: Sheet, number: int) -> list[str]:
    if number < 0:
        return []
    return [sheet.tokens[at].word for at in sheet.segments[number].tokens[:6]]


def _has_letters(words: Sequence[str]) -> bool:
    return any(one.isalpha() and len(one) > 2 for word in words for one in [word])


def context(sheet: Sheet, first: int, last: int, around: Surroundings) -> list[int]:
    """Hashes of the words around, of where they stand and of where the place is on its page."""
    names: list[str] = []
    for at, word in enumerate(around.left[:3]):
        names.append(f"l{at}={word}")
    names += [f"l={word}" for word in around.left]
    if len(around.left) > 1:
        names.append(f"ll={around.left[1]} {around.left[0]}")
    if len(around.left) > 2:
        names.append(f"lll={around.left[2]} {around.left[1]} {around.left[0]}")
    label = " ".join(reversed(around.left[:2]))
    names += [f"lc={label[at : at + 4]}" for at in range(max(0, min(len(label), 24) - 3))]
    names += [f"r={word}" for word in around.right]
    if around.right:
        names.append(f"r0={around.right[0]}")
    names += [f"a={word}" for word in around.above]
    names.append(f"aa={' '.join(around.above[:3])}")
    names += [f"h={word}" for word in around.heading]
    names += [f"w={word}" for word in around.row]
    segment = sheet.segments[sheet.segment_of[first]]
    row = segment.row
    for mark, beside in (("p", row - 1), ("n", row + 1)):
        if 0 <= beside < len(sheet.rows):
            words = [
                sheet.tokens[at].word
                for number in sheet.rows[beside]
                if sheet.segments[number].page == segment.page
                for at in sheet.segments[number].tokens[:6]
            ]
            names += [f"{mark}={word}" for word in words[:8]]
    if around.left:
        names.append(f"start={first == segment.first}")
    else:
        names.append("alone")
    token = sheet.tokens[first]
    height = sheet.pages[token.page][2]
    names.append(f"y={int(10 * token.top / height)}")
    names.append(f"x={int(6 * token.left)}")
    return [hashed(name) for name in names]


def lexicon(around: Surroundings, term: str) -> list[float]:
    """How far the fixed words for a term stand left of, above, and in the row of a place.

    And whether words of other terms do, which speaks against it.
    """
    mine = term in LEXICON
    found = []
    for words in (around.left[:3], around.above, around.heading, around.row):
        terms = {one for word in words for one in terms_of(word)}
        found.append(float(term in terms))
        found.append(float(bool(terms - {term})) if mine else 0.0)
    return found


@functools.lru_cache(maxsize=50_000)
def terms_of(word: str) -> tuple[str, ...]:
    """The terms that a label's word stands for, also as a part of a longer one
    ("handelsrechnung")."""
    exact = TERMS.get(word)
    if exact is not None:
        return exact
    return tuple(
        dict.fromkeys(
            term
            for known, terms in TERMS.items()
            if len(known) >= _FEWEST_LETTERS and known in word
            for term in terms
        )
    )


LEXICON_NUMBERS = 8
PLACE_NUMBERS = 17


def place(sheet: Sheet, first: int, last: int, counts: Counter[str], key: str) -> list[float]:
    """Measures of where a run of tokens stands and how it is printed."""
    token, end = sheet.tokens[first], sheet.tokens[last]
    segment = sheet.segments[sheet.segment_of[first]]
    height = sheet.pages[token.page][2]
    row = sheet.rows[segment.row]
    return [
        token.left,
        end.right,
        (segment.left + segment.right) / 2,
        token.top / height,
        segment.row / max(1, len(sheet.rows) - 1),
        float(min(segment.row, 60)),
        float(token.page == 0),
        float(token.page == len(sheet.pages) - 1),
        token.height / sheet.typical_height,
        float(counts[key]),
        float(row.index(sheet.segment_of[first])),
        float(len(row)),
        float(first == segment.first),
        float(last == segment.last),
        float(segment.last - segment.first + 1),
        _gap(sheet, segment, segment.above),
        _gap(sheet, segment, segment.below),
    ]


def _gap(sheet: Sheet, segment: Segment, other: int) -> float:
    if other < 0:
        return 9.0
    beside = sheet.segments[other]
    distance = max(segment.top, beside.top) - min(segment.bottom, beside.bottom)
    return min(9.0, distance / max(sheet.typical_height, 1e-4))


def own(sheet: Sheet, candidate: Candidate) -> list[int]:
    """Hashes of a candidate's own traits."""
    return [hashed(f"t:{trait}") for trait in candidate.traits]
