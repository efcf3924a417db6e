"""Parting examples, so that what is held back is of issuers that were never seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from integrations.extraction.fields import ISSUERS, Target
from integrations.extraction.memory import Memory
from integrations.extraction.values import letters

Array = npt.NDArray[Any]

# Names so alike (percent) are taken for one issuer; layouts so alike (cosine) for one, too.
_SAME_NAME, _SAME_LAYOUT = 88, 0.6


def groups_of(
    outputs: Sequence[Mapping[str, Any]], targets: Sequence[Target], memory: Memory
) -> Array:
    """A number for each example: those of one issuer have the same.

    By the issuer's name where the examples tell it, else by likeness of the documents.
    """
    by_term = {target.term: target.name for target in targets}
    name = next((by_term[term] for term in ISSUERS if term in by_term), None)
    known: list[tuple[str, int]] = []
    found = np.zeros(len(outputs), np.int64)
    count = 0

    for at, output in enumerate(outputs):
        value = letters(str(output.get(name) or "")) if name else ""
        group = -1
        if value:
            group = next((g for other, g in known if fuzz.ratio(value, other) >= _SAME_NAME), -1)
        else:
            later = frozenset(range(at, len(outputs)))
            near = memory.neighbours(memory.marks[at], later)
            if near and near[0].likeness >= _SAME_LAYOUT:
                group = int(found[near[0].item])
        if group < 0:
            group = count
            count += 1

        if value and (value, group) not in known:
            known.append((value, group))
        found[at] = group
    return found


def spread_groups(groups: Array, folds: int, seed: int) -> Array:
    """A fold for each example, whole groups together, folds about equally large."""
    sizes = Counter(groups.tolist())
    if len(sizes) < 2:
        return spread(len(groups), folds, seed)
    folds = min(folds, len(sizes))
    order = np.random.default_rng(seed).permutation(len(sizes)).tolist()
    filled = [0] * folds
    fold_of: dict[int, int] = {}
    for group in sorted(order, key=lambda one: -sizes[one]):
        fold = filled.index(min(filled))
        fold_of[group] = fold
        filled[fold] += sizes[group]
    return np.array([fold_of[one] for one in groups.tolist()], np.int64)


def spread(rows: int, folds: int, seed: int) -> Array:
    """A fold for each example, by chance."""
    order = np.random.default_rng(seed).permutation(rows)
    found = np.empty(rows, np.int64)
    found[order] = np.arange(rows) % max(2, min(folds, rows))
    return found
