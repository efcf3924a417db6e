"""Fingerprints of texts, cut into quarters that an index can find them by."""

import re

from integrations.documents.layout import fingerprint

BITS, BANDS = 64, 4
BAND_BITS = BITS // BANDS
# Two fingerprints this close share at least one of four quarters, so that the index finds them.
MAX_DISTANCE = BANDS - 1
LEAST_WORDS = 12  # a shorter text is like too many others
_WORD = re.compile(r"\w+")


def mark_of(text: str) -> int | None:
    """The text's fingerprint; None where it is too short to say anything."""
    words = _WORD.finditer(text)
    if sum(1 for _ in zip(range(LEAST_WORDS), words, strict=False)) < LEAST_WORDS:
        return None
    return fingerprint(text)


def bands(mark: int | None) -> list[int] | None:
    """The quarters of a fingerprint, each made distinct from the others by its place."""
    if mark is None:
        return None
    mask = (1 << BAND_BITS) - 1
    return [(place << BAND_BITS) | ((mark >> (place * BAND_BITS)) & mask) for place in range(BANDS)]
