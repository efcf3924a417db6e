"""Texts as counted n-grams: words 1-2, and characters 2-5 within words.

The same n-grams as scikit-learn's "word" and "char_wb" analyzers give on NFKC-normalised,
case-folded text (a test holds them equal); written out because scoring one item through a
vectorizer costs more than the model itself.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

# Longer texts are read up to here; classification rarely gains from more, and it bounds memory.
MAX_TEXT_CHARACTERS = 8_000

_WORD = re.compile(r"\b\w\w+\b")


def normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:MAX_TEXT_CHARACTERS]).casefold()


def word_ngrams(text: str) -> list[str]:
    """Words of two or more characters, and pairs of neighbours, of a normalised text."""
    words = _WORD.findall(text)
    return words + [f"{first} {second}" for first, second in itertools.pairwise(words)]


def character_ngrams(text: str) -> list[str]:
    """Runs of 2 to 5 characters within each word, padded by one space on both sides."""
    ngrams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        length = len(padded)
        for size in range(2, 6):
            if length <= size:
                ngrams.append(padded)
                break
            ngrams.extend([padded[at : at + size] for at in range(length - size + 1)])
    return ngrams
