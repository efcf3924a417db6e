"""How alike are two names, from 0 to 1? For lists: spelt wrongly, turned round, in another script.

Words are paired one to one, each pair by its letters and by its sound. A word that only one side
has is a middle name left out; words that both sides have and that pair with nothing are what tells
two persons apart, and count several times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from integrations.screening.transliteration import capitals
from integrations.screening.wording import PARTICLES, telling

# Chosen on pairs of names that were judged by people; see docs/contracts.md for the curve.
CONFLICT = 1.7  # what a word counts that both sides have and that pairs with nothing
EXTRA = 0.05  # what a word counts that only one side has
LEAST = 0.72  # pairs less alike than this are none
INITIAL = 0.88  # how alike a letter is to a word that it begins
RUN_TOGETHER = 0.97  # what a name is worth that is alike only without its blanks
MAX_CHARACTERS = 300
MAX_WORDS = 24


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared: its telling words in capitals, and all of them run together."""

    words: tuple[str, ...]
    joined: str

    @property
    def sorted(self) -> str:
        return " ".join(sorted(self.words))


def prepared(name: str) -> Name:
    """The name in words of A-Z and digits; without any where it has no letter or digit."""
    written = name[:MAX_CHARACTERS]
    words = telling(capitals(_split(written), "plain"))[:MAX_WORDS]
    kept = [word for word in words if word not in PARTICLES] or words
    return Name(tuple(kept), "".join(kept))


def _split(name: str) -> str:
    """`SergeiLavrov` as two words, `L.X.C` as one; `A/S` and `&` as words."""
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z][a-z])", " ", name)
    return parted.replace("&", " and ").replace("%", " percent ")


def score(left: Name, right: Name) -> float:
    """From 0 (nothing alike) to 1 (the same words). Symmetric."""
    if not left.joined or not right.joined:
        return 0.0
    if left.joined == right.joined:
        return 1.0
    # Numbers tell funds and ships apart, however long the rest is.
    is_same_number = _digits(left.joined) == _digits(right.joined)
    together = _alike(left.joined, right.joined) if is_same_number else 0.0
    return max(_paired(left.words, right.words), RUN_TOGETHER * together if together > 0.8 else 0.0)


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


def _paired(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    pairs = sorted(
        (
            (_alike(a, b), -abs(at_a - at_b), at_a, at_b)
            for at_a, a in enumerate(left)
            for at_b, b in enumerate(right)
        ),
        reverse=True,
    )
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    good = total = 0.0
    for alike, _, at_a, at_b in pairs:
        if alike < LEAST or at_a not in free_left or at_b not in free_right:
            continue
        free_left.discard(at_a)
        free_right.discard(at_b)
        weight = _weight(left[at_a]) + _weight(right[at_b])
        good += weight * alike
        total += weight
    if not total:
        return 0.0
    alone_left = sum(_weight(left[at]) for at in free_left)
    alone_right = sum(_weight(right[at]) for at in free_right)
    both = min(alone_left, alone_right)
    extra = max(alone_left, alone_right) - both
    if len(left) - len(free_left) == 1 and max(len(left), len(right)) > 1:
        extra *= 3  # one word in common is a family, not a person
    return good / (total + CONFLICT * 2 * both + EXTRA * 2 * extra)


def _weight(word: str) -> float:
    """Longer words tell more, up to a point; an initial tells little."""
    return min(len(word), 8) ** 0.7


@lru_cache(maxsize=65_536)
def _alike(left: str, right: str) -> float:
    if left == right:
        return 1.0
    if len(left) == 1 or len(right) == 1:
        return INITIAL if left[0] == right[0] and not left[0].isdigit() else 0.0
    if left.isdigit() or right.isdigit():
        return 0.0
    by_letters = _close(left, right)
    by_sound = 0.97 * _close(_sound(left), _sound(right))
    return max(by_letters, by_sound)


def _close(left: str, right: str) -> float:
    """By the letters to change, with beginnings that agree counting a little more."""
    if not left or not right:
        return 0.0
    changed = OSA.normalized_similarity(left, right)
    return 0.6 * changed + 0.4 * JaroWinkler.similarity(left, right)


_SOUNDS = (
    (re.compile(r"SCH|SH|TSCH|TCH|CH|ZH|DJ|DZH"), "S"),
    (re.compile(r"PH"), "F"),
    (re.compile(r"CK|Q|KH|GH|K|C(?=[AOUKLRTH])|C$"), "K"),
    (re.compile(r"W|V"), "V"),
    (re.compile(r"TH|DH|T|D"), "T"),
    (re.compile(r"OU|OO|U|O"), "O"),
    (re.compile(r"EE|IE|EY|AY|EI|AI|Y|J|I|E"), "I"),
    (re.compile(r"(?<=.)H"), ""),
    (re.compile(r"X|TS|Z|C|S"), "S"),
    (re.compile(r"(.)\1+"), r"\1"),
)


@lru_cache(maxsize=65_536)
def _sound(word: str) -> str:
    """The word with letters that spellings exchange made one."""
    for pattern, letter in _SOUNDS:
        word = pattern.sub(letter, word)
    return word
