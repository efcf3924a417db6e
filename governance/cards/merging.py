"""Two states of a card put together, and what differs between them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from governance.cards.schema import AUTHORED, FIELDS

_WORDS = re.compile(r"\s+|[^\s]+")
# Comparing goes with the product of both lengths: beyond this, by lines.
_MOST_WORDS = 1_500

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; is_changed where the other side lacks it."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs, both sides in parts that join to the whole text."""

    key: str
    label: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]


def merge(base: Texts, mine: Texts, theirs: Texts) -> dict[str, str]:
    """Field by field: what only one side changed is theirs or mine; what both did stays mine."""
    merged: dict[str, str] = {}
    for key in AUTHORED:
        was, my, their = base.get(key, ""), mine.get(key, ""), theirs.get(key, "")
        text = their if my == was else my
        if text:
            merged[key] = text
    return merged


def clashes(base: Texts, mine: Texts, theirs: Texts) -> list[str]:
    """Fields that both sides changed, differently."""
    return [
        key
        for key in AUTHORED
        if len({base.get(key, ""), mine.get(key, ""), theirs.get(key, "")}) == 3
    ]


def diff(before: Texts, after: Texts) -> list[Change]:
    """The fields that differ, in the card's order."""
    return [
        _change(key, before.get(key, ""), after.get(key, ""))
        for key in AUTHORED
        if before.get(key, "") != after.get(key, "")
    ]


def _change(key: str, before: str, after: str) -> Change:
    old, new = _pieces(before), _pieces(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    left: list[Part] = []
    right: list[Part] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if b > a:
            left.append(Part("".join(old[a:b]), tag != "equal"))
        if d > c:
            right.append(Part("".join(new[c:d]), tag != "equal"))
    return Change(key, FIELDS[key].label, tuple(left), tuple(right))


def _pieces(text: str) -> list[str]:
    return _WORDS.findall(text)
