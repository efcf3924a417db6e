"""One item made ready for scoring: everything that does not depend on a model, made once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.documents.model import ReadDocument
from integrations.extraction import features
from integrations.extraction.candidates import Candidate, find, numbers_of, spans
from integrations.extraction.features import Surroundings, hashed
from integrations.extraction.layout import Sheet, lay_out
from integrations.extraction.memory import marks_of

Array = npt.NDArray[Any]


@dataclass(slots=True)
class Points:
    """The candidates of one kind. words: hashes of context and own traits; base: measures."""

    candidates: list[Candidate]
    around: list[Surroundings]
    contexts: list[Array]
    words: list[Array]
    base: Array


@dataclass(slots=True)
class Atoms:
    """Atoms of the sheet with their hashes and the measures spans are judged by."""

    atoms: spans.Atoms
    around: list[Surroundings]
    words: list[Array]


@dataclass
class Prepared:
    """documents as one sheet; marks tell its issuer."""

    documents: Sequence[ReadDocument]
    sheet: Sheet
    marks: Array
    _points: dict[str, Points] = field(default_factory=dict)
    _spans: dict[str, spans.Spans] = field(default_factory=dict)

    def points(self, kind: str) -> Points:
        found = self._points.get(kind)
        if found is None:
            found = self._points[kind] = _points_of(self.sheet, kind)
        return found

    @cached_property
    def atoms(self) -> Atoms:
        return _atoms_of(self.sheet)

    def spans(self, kind: str) -> spans.Spans:
        found = self._spans.get(kind)
        if found is None:
            found = self._spans[kind] = spans.spans_of(self.sheet, self.atoms.atoms, kind)
        return found


def prepare(documents: Sequence[ReadDocument]) -> Prepared:
    sheet = lay_out(documents)
    return Prepared(documents, sheet, marks_of(sheet))


def _points_of(sheet: Sheet, kind: str) -> Points:
    """The candidates of a kind with all that is known of them."""
    candidates = find(kind, sheet)
    counts = Counter(one.key for one in candidates)
    around, contexts, words, base = [], [], [], []
    seen: dict[tuple[int, int] | None, tuple[Surroundings, Array]] = {}
    for at, one in enumerate(candidates):
        place = (one.first, one.last) if one.parts else None
        if place not in seen:
            seen[place] = _around(sheet, place)
        near, hashes = seen[place]
        around.append(near)
        contexts.append(hashes)
        own = np.array(features.own(sheet, one), np.uint32)
        words.append(np.union1d(hashes, own))
        base.append(
            [
                *_place(sheet, place, counts, one.key),
                *one.numbers,
                at / len(candidates),
                float(len(candidates)),
            ]
        )
    width = features.PLACE_NUMBERS + numbers_of(kind) + 2
    table = np.array(base, np.float32).reshape(len(candidates), width)
    return Points(candidates, around, contexts, words, table)


def _around(sheet: Sheet, place: tuple[int, int] | None) -> tuple[Surroundings, Array]:
    if place is None:
        return Surroundings([], [], [], [], []), np.empty(0, np.uint32)
    near = features.surroundings(sheet, *place)
    return near, np.unique(np.array(features.context(sheet, *place, near), np.uint32))


def _place(
    sheet: Sheet, place: tuple[int, int] | None, counts: Counter[str], key: str
) -> list[float]:
    if place is None:
        return [-1.0] * features.PLACE_NUMBERS
    return features.place(sheet, *place, counts, key)


def _atoms_of(sheet: Sheet) -> Atoms:
    atoms = spans.atoms_of(sheet)
    around, words = [], []
    for at, first in enumerate(atoms.first):
        last = atoms.last[at]
        near = features.surroundings(sheet, first, last)
        names = features.context(sheet, first, last, near)
        names += _atom_words(sheet, atoms, at)
        around.append(near)
        words.append(np.unique(np.array(names, np.uint32)))
    return Atoms(atoms, around, words)


def _atom_words(sheet: Sheet, atoms: spans.Atoms, at: int) -> list[int]:
    first, last = atoms.first[at], atoms.last[at]
    tokens = sheet.tokens[first : min(last, first + 15) + 1]
    names = [f"o={token.word}" for token in tokens]
    names += [f"of={tokens[0].word}", f"ol={tokens[-1].word}"]
    names += [f"oo={one.word} {two.word}" for one, two in itertools.pairwise(tokens)]
    text = " ".join(token.word for token in tokens)[:60]
    names += [f"oc={text[start : start + 4]}" for start in range(max(0, len(text) - 3))]
    raw = tokens[0].text
    shape = "".join("9" if one.isdigit() else "A" if one.isalpha() else one for one in raw[:8])
    names += [f"os={shape}", f"on={min(len(tokens), 8)}", f"oe={sheet.tokens[last].text[-1:]}"]
    if first > 0 and sheet.segment_of[first - 1] == sheet.segment_of[first]:
        names.append(f"ob={sheet.tokens[first - 1].text[-1:]}")
    segment = sheet.segments[sheet.segment_of[first]]
    names.append(f"row={min(segment.row, 25)}")
    names.append(f"size={int(4 * sheet.tokens[first].height / sheet.typical_height)}")
    if segment.below >= 0:
        below = sheet.segments[segment.below]
        names += [f"b={sheet.tokens[one].word}" for one in below.tokens[:6]]
    return [hashed(name) for name in names]
