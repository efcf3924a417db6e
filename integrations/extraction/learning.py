"""Learning one field: word scores by folds, shortlists in three views, trees, held-out cases.

Imports scikit-learn: for workers and commands only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.extraction import calibration, labelling, linear, trees
from integrations.extraction.fields import SPANS, Target
from integrations.extraction.judging import Case
from integrations.extraction.labelling import Truth
from integrations.extraction.linear import Matrix, Weights
from integrations.extraction.memory import Memory, is_familiar
from integrations.extraction.prepared import Prepared
from integrations.extraction.reader import pick_style
from integrations.extraction.shortlist import Shortlist, View, shortlist

Array = npt.NDArray[Any]

VIEWS = ("stranger", "familiar")
# A third view teaches the trees only: a stranger many of whose words mean nothing to the model,
# as a document of another trade or maker. They learn to lean on place, print and sums then.
FOREIGN = "foreign"
_UNKNOWN_SHARE = 0.65


@dataclass
class Corpus:
    """All examples made ready. views: how each item may be recalled, as a stranger (nothing of
    its issuer) and as a later one of a known issuer (all but itself)."""

    items: list[Prepared]
    outputs: list[Mapping[str, Any]]
    groups: Array
    by_group: Array
    by_chance: Array
    memory: Memory
    views: dict[str, list[View]] = field(default_factory=dict)

    def folds(self, view: str) -> Array:
        return self.by_group if view == "stranger" else self.by_chance


@dataclass
class Learnt:
    weights: tuple[Weights, ...]
    trees: trees.Trees
    style: Any
    cases: list[Case]


def learn(
    corpus: Corpus,
    target: Target,
    truths: Sequence[Truth],
    matrix: Matrix,
    offsets: Array,
    seed: int,
) -> Learnt:
    labels, used = labelling.rows(corpus.items, target, truths, offsets, seed)
    row_items = np.repeat(np.arange(len(corpus.items)), np.diff(offsets))
    lists: dict[str, list[Shortlist]] = {view: [] for view in (*VIEWS, FOREIGN)}
    draw = np.random.default_rng(seed)
    for view in VIEWS:
        folds = corpus.folds(view)
        fitted: dict[int, list[Weights]] = {
            fold: [
                linear.fit(matrix, truth, np.flatnonzero(used & (folds[row_items] != fold)))
                for truth in labels
            ]
            for fold in sorted(set(folds.tolist()))
        }
        for at, item in enumerate(corpus.items):
            rows = matrix.part(int(offsets[at]), int(offsets[at + 1]))
            own = fitted[int(folds[at])]
            lists[view].append(_listed(item, target, rows, own, corpus.views[view][at]))
            if view == "stranger":
                keeps = draw.random(matrix.width) >= _UNKNOWN_SHARE
                fewer = [Weights(one.coefficients * keeps, one.intercept) for one in own]
                rows = replace(rows, known=rows.known * (1 - _UNKNOWN_SHARE))
                other = corpus.views[FOREIGN][at]
                lists[FOREIGN].append(_listed(item, target, rows, fewer, other))
    final = tuple(linear.fit(matrix, truth, np.flatnonzero(used)) for truth in labels)
    table, right, owner, which = _table(lists, target, truths)
    chances = {view: [np.zeros(0)] * len(corpus.items) for view in lists}
    if len(table):
        for fold in sorted(set(corpus.by_group.tolist())):
            part = corpus.by_group[owner] == fold
            grown = trees.grow(table[~part], right[~part], seed)
            for (view, at), begin, end in which:
                if corpus.by_group[at] == fold:
                    chances[view][at] = grown.log_odds(table[begin:end])
        grown = trees.grow(table, right, seed)
    else:
        grown = trees.constant(-4.0)
    cases = []
    for view in VIEWS:
        for at, listed in enumerate(lists[view]):
            knows = view == "familiar" and is_familiar(corpus.views[view][at].neighbours)
            best = calibration.by_key(listed.candidates, chances[view][at])
            fold = int(corpus.by_group[at])
            wanted = truths[at]
            if wanted.is_known:
                cases.append(Case(at, view, knows, fold, best, wanted.key or None))
    pairs = [
        (one, target, str(truth.value))
        for listed, truth in zip(lists["stranger"], truths, strict=True)
        if target.kind in SPANS and truth.key
        for one in listed.candidates
        if one.key == truth.key and not one.remembered
    ]
    return Learnt(final, grown, pick_style(pairs), cases)


def _listed(
    item: Prepared, target: Target, rows: Matrix, weights: Sequence[Weights], view: View
) -> Shortlist:
    return shortlist(item, target, [one.scores(rows) for one in weights], rows.known, view)


def _table(
    lists: Mapping[str, list[Shortlist]], target: Target, truths: Sequence[Truth]
) -> tuple[Array, Array, Array, list[tuple[tuple[str, int], int, int]]]:
    """All views' shortlists as one table: rows, right or not, item, and who has which."""
    rows, right, owner, which = [], [], [], []
    begin = 0
    for view, listed_by_item in lists.items():
        for at, listed in enumerate(listed_by_item):
            if not listed.candidates or not truths[at].is_known:
                continue
            rows.append(listed.rows)
            right.append(labelling.right(listed.candidates, target, truths[at]))
            owner.append(np.full(len(listed.candidates), at))
            which.append(((view, at), begin, begin + len(listed.candidates)))
            begin += len(listed.candidates)
    if not rows:
        empty = np.empty(0)
        return np.empty((0, 0)), empty, empty, []
    return np.concatenate(rows), np.concatenate(right), np.concatenate(owner), which
