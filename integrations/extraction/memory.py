"""What earlier items said: items that look alike come from the same issuer.

Errors come in clusters by vendor, and so do their cures. Each learnt item is remembered by the
words that mark it, and for each field by the value people accepted, its surroundings and its
place. A new item is compared with the most alike ones; what was right there counts here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.extraction.features import hashed
from integrations.extraction.layout import Sheet

Array = npt.NDArray[Any]

# The last so many items are remembered; older ones make room.
MAX_ITEMS = 4_000
NEIGHBOURS = 4
# Likeness (cosine) from which an item says something, and from which the issuer is known.
LIKE, FAMILIAR = 0.25, 0.45
_HEADER_ROWS = 9
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Recollection:
    """One field of one item: key and value of what was right (value None where it is private, or
    the field was absent: then key is ""), and hashes of the surroundings of each right place."""

    key: int
    value: Any
    contexts: tuple[frozenset[int], ...]
    top: float
    left: float
    trait: int = 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A remembered item and how alike it is, from 0 to 1. age 0 is the latest."""

    item: int
    likeness: float


def marks_of(sheet: Sheet) -> Array:
    """Hashes of the words by which an item's issuer and layout can be known again, sorted."""
    words: set[int] = set()
    for token in sheet.tokens[:2_000]:
        if len(words) >= _MOST_WORDS:
            break
        if len(token.word) > 2 and token.word.isalpha():
            words.add(hashed(f"m:{token.word}"))
    if sheet.tokens:
        document = sheet.tokens[0].document
        for row in sheet.rows[:_HEADER_ROWS]:
            for number in row:
                segment = sheet.segments[number]
                if segment.document != document:
                    continue
                for token in sheet.tokens[segment.first : segment.last + 1][:12]:
                    bare = "".join(one for one in token.text.casefold() if one.isalnum())
                    if len(bare) > 2:
                        words.add(hashed(f"mh:{bare}"))
    return np.array(sorted(words), dtype=np.uint32)


@dataclass
class Memory:
    """marks: sorted hashes by item. fields: by name, an entry an item (None: nothing known)."""

    marks: list[Array] = field(default_factory=list)
    fields: dict[str, list[Recollection | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counts: Counter[int] = Counter()
        for marks in self.marks:
            counts.update(marks.tolist())
        total = len(self.marks) + 1
        self._weight = {mark: float(np.log(total / n)) + 0.1 for mark, n in counts.items()}
        self._unknown = float(np.log(total)) + 0.1
        self._norms = np.array(
            [sum(self._weight[one] ** 2 for one in marks.tolist()) ** 0.5 for marks in self.marks]
        )
        self._items: dict[int, list[int]] = {}
        for item, marks in enumerate(self.marks):
            for mark in marks.tolist():
                self._items.setdefault(mark, []).append(item)
        self._known: dict[str, dict[int, list[int]]] = {}
        for name, entries in self.fields.items():
            known = self._known[name] = {}
            for item, entry in enumerate(entries):
                if entry is not None and entry.key:
                    known.setdefault(entry.key, []).append(item)

    def nearest(self, marks: Array, excluded: frozenset[int] = frozenset()) -> float:
        """How alike the most alike remembered item is, however little."""
        scores = self._likenesses(marks, excluded)
        return float(scores.max()) if len(scores) else 0.0

    def neighbours(self, marks: Array, excluded: frozenset[int] = frozenset()) -> list[Neighbour]:
        """The most alike remembered items, best first; excluded ones are passed over."""
        scores = self._likenesses(marks, excluded)
        # Later items first among equals: the last correction is the one that holds.
        order = np.lexsort((-np.arange(len(scores)), -np.round(scores, 3)))[:NEIGHBOURS]
        return [Neighbour(int(at), float(scores[at])) for at in order if scores[at] >= LIKE]

    def _likenesses(self, marks: Array, excluded: frozenset[int]) -> Array:
        scores = np.zeros(len(self.marks))
        squares = 0.0
        for mark in marks.tolist():
            weight = self._weight.get(mark, self._unknown)
            squares += weight * weight
            found = self._items.get(mark)
            if found is not None:
                scores[found] += weight * weight
        norm = squares**0.5
        scores /= np.maximum(self._norms * norm, 1e-9)
        if excluded:
            scores[list(excluded)] = 0.0
        return scores

    def recalled(
        self, name: str, neighbours: Sequence[Neighbour]
    ) -> list[tuple[Neighbour, Recollection]]:
        entries = self.fields.get(name, [])
        found = []
        for one in neighbours:
            entry = entries[one.item] if one.item < len(entries) else None
            if entry is not None:
                found.append((one, entry))
        return found

    def times_known(self, name: str, key: int, excluded: frozenset[int] = frozenset()) -> int:
        """In how many remembered items this value was the right one."""
        items = self._known.get(name, {}).get(key, ())
        return sum(item not in excluded for item in items) if excluded else len(items)


def is_familiar(neighbours: Sequence[Neighbour]) -> bool:
    return bool(neighbours) and neighbours[0].likeness >= FAMILIAR


POINT_NUMBERS = 8


def point_numbers(
    memory: Memory,
    name: str,
    neighbours: Sequence[Neighbour],
    excluded: frozenset[int],
    context: frozenset[int],
    key: int,
    trait: int,
    top: float,
    left: float,
) -> list[float]:
    """How much a place resembles the right places of like items."""
    likeness = neighbours[0].likeness if neighbours else 0.0
    best = weighted = share = total = same_trait = 0.0
    nearest = 9.0
    latest = 0.0
    for at, (one, entry) in enumerate(memory.recalled(name, neighbours)):
        total += one.likeness
        share += one.likeness * (entry.key == key)
        same_trait += one.likeness * (entry.trait == trait)
        for other in entry.contexts:
            common = len(context & other)
            alike = common / (len(context) + len(other) - common) if common else 0.0
            best = max(best, alike)
            weighted = max(weighted, alike * one.likeness)
            if at == 0:
                latest = max(latest, alike)
        if entry.contexts:
            nearest = min(nearest, abs(entry.top - top) + abs(entry.left - left))
    known = memory.times_known(name, key, excluded)
    return [
        likeness,
        best,
        weighted,
        latest,
        share / total if total else -1.0,
        same_trait / total if total else -1.0,
        nearest,
        float(min(known, 5)),
    ]


def as_state(memory: Memory) -> dict[str, Any]:
    """Plain arrays and JSON: see files."""
    lengths = np.array([len(one) for one in memory.marks], np.int32)
    marks = np.concatenate(memory.marks) if memory.marks else np.empty(0, np.uint32)
    state: dict[str, Any] = {"lengths": lengths, "marks": marks.astype(np.uint32), "fields": {}}
    contexts: list[int] = []
    for name, entries in memory.fields.items():
        rows: list[Any] = []
        for entry in entries:
            if entry is None:
                rows.append(None)
                continue
            sizes = []
            for one in entry.contexts:
                contexts.extend(sorted(one))
                sizes.append(len(one))
            rows.append(
                [entry.key, entry.value, sizes, round(entry.top, 4), round(entry.left, 4),
                 entry.trait]
            )  # fmt: skip
        state["fields"][name] = rows
    state["contexts"] = np.array(contexts, np.uint32)
    return state


def from_state(fields: Mapping[str, Any], lengths: Array, marks: Array, contexts: Array) -> Memory:
    ends = np.cumsum(lengths)
    whole = [marks[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    at = 0
    found: dict[str, list[Recollection | None]] = {}
    for name, rows in fields.items():
        entries: list[Recollection | None] = []
        for row in rows:
            if row is None:
                entries.append(None)
                continue
            key, value, sizes, top, left, trait = row
            sets = []
            for size in sizes:
                sets.append(frozenset(contexts[at : at + size].tolist()))
                at += size
            entries.append(Recollection(key, value, tuple(sets), top, left, trait))
        found[name] = entries
    return Memory(whole, found)
