"""Learning to read fields from documents whose fields are known.

Imports scikit-learn: for workers and commands only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn.ensemble  # noqa: F401  (loaded before its threads can be limited)
from threadpoolctl import threadpool_limits

from integrations.documents.model import ReadDocument
from integrations.errors import PermanentError
from integrations.extraction import (
    calibration,
    choosing,
    judging,
    labelling,
    linear,
    table_training,
    trees,
)
from integrations.extraction.fields import SPANS, Target, targets_of
from integrations.extraction.folds import groups_of, spread, spread_groups
from integrations.extraction.judging import Case, FieldReport
from integrations.extraction.labelling import Truth
from integrations.extraction.linear import Matrix, Weights
from integrations.extraction.memory import Memory, Neighbour, Recollection, is_familiar
from integrations.extraction.model import Model
from integrations.extraction.prepared import Prepared, prepare
from integrations.extraction.reader import Reader, pick_style, source_of, words_of
from integrations.extraction.shortlist import Shortlist, View, shortlist

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]

FOLDS = 3
FEWEST_EXAMPLES = 3


class CannotTrain(PermanentError):
    """The examples or the schema do not allow a model; the message says why."""


@dataclass(frozen=True)
class Example:
    """An item's documents and what people hold to be right. A field that output lacks is absent
    from the documents if the schema lets it be left out; one of None is absent too."""

    documents: tuple[ReadDocument, ...]
    output: Mapping[str, Any]


@dataclass(frozen=True)
class Trained:
    """A model ready to be saved (files.save) and what was measured while it was made."""

    model: Model
    rows: int
    groups: int
    seconds: float
    seed: int
    fields: tuple[FieldReport, ...]


@dataclass
class _Corpus:
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


VIEWS = ("stranger", "familiar")
# A third view teaches the trees only: a stranger many of whose words mean nothing to the model,
# as a document of another trade or maker. They learn to lean on place, print and sums then.
FOREIGN = "foreign"
_UNKNOWN_SHARE = 0.65


def train(
    examples: Sequence[Example],
    output_schema: Mapping[str, Any],
    seed: int = 0,
    progress: Progress | None = None,
    thresholds: Mapping[str, float] | None = None,
) -> Trained:
    """Learn every field of the schema that documents can give.

    Later examples win over earlier ones of the same issuer where they differ. Same examples and
    seed give the same model. thresholds are the confidences from which the contract lets a field
    pass, for the report. Raises CannotTrain.
    """
    # The trees are small: on a busy machine threads that wait for one another cost ten times
    # what they gain.
    with threadpool_limits(limits=1):
        return _train(examples, output_schema, seed, progress, thresholds)


def _train(
    examples: Sequence[Example],
    output_schema: Mapping[str, Any],
    seed: int,
    progress: Progress | None,
    thresholds: Mapping[str, float] | None,
) -> Trained:
    began = time.monotonic()
    targets, tables = targets_of(output_schema)
    if not targets and not tables:
        raise CannotTrain("The output schema has no field that documents can give.")
    if len(examples) < FEWEST_EXAMPLES:
        raise CannotTrain(f"Documents are learnt from {FEWEST_EXAMPLES} examples on.")
    steps = len(targets) + 2
    tell = progress or (lambda name, step, of: None)
    tell("reading", 0, steps)
    items = [prepare(one.documents) for one in examples]
    if not any(item.sheet.tokens for item in items):
        raise CannotTrain("No document has a word.")
    corpus = _corpus(items, [one.output for one in examples], targets, seed)
    truths = {
        target.name: [labelling.truth_of(target, output) for output in corpus.outputs]
        for target in targets
    }
    targets = [one for one in targets if any(truth.key for truth in truths[one.name])]
    if not targets:
        raise CannotTrain("No example says what a field of the schema is.")
    _remember(corpus, targets, truths)
    sources = {source_of(target) for target in targets}
    vocabularies = {
        source: linear.vocabulary_of([words_of(item, source) for item in items])
        for source in sorted(sources)
    }
    matrices = {source: _stacked(items, source, vocabularies[source]) for source in vocabularies}
    learnt: dict[str, _Learnt] = {}
    for step, target in enumerate(targets, 1):
        tell(target.name, step, steps)
        matrix, offsets = matrices[source_of(target)]
        learnt[target.name] = _learn(corpus, target, truths[target.name], matrix, offsets, seed)
    tell("calibrating", steps - 1, steps)
    sums = choosing.sums_of(targets)
    cases = {name: one.cases for name, one in learnt.items()}
    odds = {
        name: calibration.fit_odds([(case.best, case.right) for case in found])
        for name, found in cases.items()
    }
    bonus = judging.fit_bonus(cases, odds, sums)
    judged = judging.judge(cases, odds, sums, bonus, targets)
    readers, reports = [], []
    for target in targets:
        one = learnt[target.name]
        curves = judging.fit_curves(judged[target.name])
        readers.append(
            Reader(
                target,
                one.weights,
                one.trees,
                calibration.Calibration(odds[target.name], *curves),
                one.style,
            )
        )
        limit = (thresholds or {}).get(target.name)
        reports.append(judging.report(target, truths[target.name], judged[target.name], limit))
    tell("done", steps, steps)
    read_tables = []
    for table in tables:
        source = "amount"
        if source not in matrices:
            vocabularies[source] = linear.vocabulary_of([words_of(item, source) for item in items])
            matrices[source] = _stacked(items, source, vocabularies[source])
        found = table_training.learn(
            items,
            corpus.outputs,
            table,
            *matrices[source],
            corpus.by_group,
            seed,
            (thresholds or {}).get(table.name),
        )
        if found is not None:
            read_tables.append(found[0])
            reports.append(found[1])
    summary = {
        "rows": len(items),
        "groups": int(corpus.groups.max()) + 1,
        "seed": seed,
        "fields": [asdict(one) for one in reports],
    }
    model = Model(
        tuple(readers),
        tuple(read_tables),
        vocabularies,
        corpus.memory,
        tuple(sums),
        bonus,
        _novel(corpus),
        summary,
    )
    return Trained(
        model,
        len(items),
        int(corpus.groups.max()) + 1,
        time.monotonic() - began,
        seed,
        tuple(reports),
    )


def _novel(corpus: _Corpus) -> float:
    """The likeness below which an item is unlike anything learnt: that of the strangest in a
    hundred examples to all those of other issuers."""
    nearest = [
        corpus.memory.nearest(item.marks, view.excluded)
        for item, view in zip(corpus.items, corpus.views["stranger"], strict=True)
    ]
    return float(np.percentile(nearest, 1))


def _corpus(
    items: list[Prepared],
    outputs: list[Mapping[str, Any]],
    targets: Sequence[Target],
    seed: int,
) -> _Corpus:
    memory = Memory([item.marks for item in items], {})
    groups = groups_of(outputs, targets, memory)
    corpus = _Corpus(
        items,
        outputs,
        groups,
        spread_groups(groups, FOLDS, seed),
        spread(len(items), FOLDS, seed),
        memory,
    )
    members = {
        group: frozenset(np.flatnonzero(groups == group).tolist()) for group in set(groups.tolist())
    }
    neighbours: dict[str, list[list[Neighbour]]] = {"stranger": [], "familiar": []}
    for at, item in enumerate(items):
        group = members[int(groups[at])]
        neighbours["stranger"].append(memory.neighbours(item.marks, group))
        neighbours["familiar"].append(memory.neighbours(item.marks, frozenset({at})))
        excluded = {"stranger": group, "familiar": frozenset({at})}
        for view in VIEWS:
            corpus.views.setdefault(view, []).append(
                View(memory, neighbours[view][-1], excluded[view])
            )
        corpus.views.setdefault(FOREIGN, []).append(View(memory, (), group))
    return corpus


def _remember(
    corpus: _Corpus, targets: Sequence[Target], truths: Mapping[str, list[Truth]]
) -> None:
    """Fill the memory with what was right, and where it stood."""
    fields: dict[str, list[Recollection | None]] = {}
    for target in targets:
        fields[target.name] = [
            labelling.recollection(item, target, truth)
            for item, truth in zip(corpus.items, truths[target.name], strict=True)
        ]
    memory = Memory(corpus.memory.marks, fields)
    corpus.memory = memory
    for view in (*VIEWS, FOREIGN):
        corpus.views[view] = [
            View(memory, one.neighbours, one.excluded) for one in corpus.views[view]
        ]


def _stacked(items: Sequence[Prepared], source: str, vocabulary: Array) -> tuple[Matrix, Array]:
    """One matrix over all items, and where each item's rows begin."""
    rows = [words_of(item, source) for item in items]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in rows])])
    return linear.matrix_of([row for one in rows for row in one], vocabulary), offsets


@dataclass
class _Learnt:
    weights: tuple[Weights, ...]
    trees: trees.Trees
    style: Any
    cases: list[Case]


def _learn(
    corpus: _Corpus,
    target: Target,
    truths: Sequence[Truth],
    matrix: Matrix,
    offsets: Array,
    seed: int,
) -> _Learnt:
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
    return _Learnt(final, grown, pick_style(pairs), cases)


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
