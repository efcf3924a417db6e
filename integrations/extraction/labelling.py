"""Which candidates of an example are the right ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from integrations.extraction.candidates import CHOICE, Candidate
from integrations.extraction.fields import SPANS, Target
from integrations.extraction.memory import Recollection
from integrations.extraction.prepared import Prepared
from integrations.extraction.shortlist import context_of, key_of, place_of, trait_of
from integrations.extraction.values import letters

Array = npt.NDArray[Any]

# From this likeness (percent) on, the nearest words stand for a value the page spells otherwise.
_NEARLY = 85
# Atoms an item that teach what is no part of a value, beside those next to the value itself.
_OTHERS = 30
# Right places of one value that are remembered.
_PLACES = 3


@dataclass(frozen=True, slots=True)
class Truth:
    """What a field should be. key "" : there is none. is_known False: the example does not say."""

    key: str
    value: Any = None
    is_known: bool = True


def truth_of(target: Target, output: Mapping[str, Any]) -> Truth:
    """An example without a required field does not say what it is; without any other, that the
    document has none."""
    value = output.get(target.name)
    if value is None or value == "":
        return Truth("", None, target.name in output or not target.is_required)
    return Truth(canonical(target, value), value)


def canonical(target: Target, value: Any) -> str:
    """The key under which a candidate of the same value goes."""
    if target.kind == "amount":
        try:
            return format(Decimal(str(value)).normalize(), "f")
        except InvalidOperation:
            return ""
    if target.kind == "date":
        return str(value)[:10]
    if target.kind.startswith(CHOICE):
        return letters(json.dumps(value)) or json.dumps(value)
    return letters(str(value))


def right(candidates: Sequence[Candidate], target: Target, truth: Truth) -> Array:
    """Which candidates say the truth; if none does to the letter, the nearest texts."""
    found = np.array([one.key == truth.key for one in candidates], bool)
    if found.any() or not truth.key or target.kind not in SPANS:
        return found
    alike = np.array([fuzz.ratio(one.key, truth.key) for one in candidates])
    return (alike >= _NEARLY) & (alike == alike.max())


def rows(
    items: Sequence[Prepared], target: Target, truths: Sequence[Truth], offsets: Array, seed: int
) -> tuple[list[Array], Array]:
    """Labels over the stacked rows of words, and which rows teach.

    One vector for points; begin, inside and end for spans.
    """
    total = int(offsets[-1])
    used = np.zeros(total, bool)
    if target.kind not in SPANS:
        labels = np.zeros(total, bool)
        for at, item in enumerate(items):
            if truths[at].is_known:
                used[offsets[at] : offsets[at + 1]] = True
                for row, one in enumerate(item.points(target.kind).candidates):
                    labels[offsets[at] + row] = bool(truths[at].key) and one.key == truths[at].key
        return [labels], used
    begin, inside, end = (np.zeros(total, bool) for _ in range(3))
    generator = np.random.default_rng(seed)
    for at, item in enumerate(items):
        if not truths[at].is_known:
            continue
        base, size = int(offsets[at]), int(offsets[at + 1] - offsets[at])
        others = generator.permutation(size)[:_OTHERS]
        used[base + others] = True
        for parts in right_spans(item, target, truths[at]):
            begin[base + parts[0][0]] = True
            end[base + parts[-1][1]] = True
            for first, last in parts:
                inside[base + first : base + last + 1] = True
                used[base + max(0, first - 3) : base + min(size, last + 4)] = True
    return [begin, inside, end], used


def right_spans(item: Prepared, target: Target, truth: Truth) -> list[tuple[tuple[int, int], ...]]:
    """The spans that spell the truth, or the one that nearly does."""
    if not truth.key:
        return []
    spans = item.spans(target.kind)
    exact = spans.index.get(truth.key)
    if exact:
        return [spans.parts[at] for at in exact[:_PLACES]]
    match = process.extractOne(truth.key, spans.keys, scorer=fuzz.ratio, score_cutoff=_NEARLY)
    return [spans.parts[match[2]]] if match else []


def recollection(item: Prepared, target: Target, truth: Truth) -> Recollection | None:
    """What to remember of an example's field."""
    if not truth.is_known:
        return None
    if not truth.key:
        return Recollection(0, None, (), 0.0, 0.0)
    key = key_of(target, truth.key)
    value = None if target.is_private else truth.value
    if target.kind in SPANS:
        found = [
            Candidate("", "", tuple((item.atoms.atoms.first[a], item.atoms.atoms.last[b])
                                    for a, b in parts))
            for parts in right_spans(item, target, truth)
        ]  # fmt: skip
    else:
        found = [one for one in item.points(target.kind).candidates if one.key == truth.key][
            :_PLACES
        ]
    if not found:
        return Recollection(key, value, (), 0.0, 0.0)
    return Recollection(
        key,
        value if target.kind in SPANS else None,
        tuple(context_of(item, target, one) for one in found),
        *place_of(item, found[0]),
        trait_of(found[0]),
    )
