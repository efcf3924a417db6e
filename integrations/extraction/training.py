"""Learning to read fields from documents whose fields are known.

Imports scikit-learn: for workers and commands only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
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
)
from integrations.extraction.fields import Target, targets_of
from integrations.extraction.folds import groups_of, spread, spread_groups
from integrations.extraction.judging import FieldReport
from integrations.extraction.labelling import Truth
from integrations.extraction.learning import FOREIGN, VIEWS, Corpus, Learnt, learn
from integrations.extraction.linear import Matrix
from integrations.extraction.memory import Memory, Neighbour, Recollection
from integrations.extraction.model import Model
from integrations.extraction.prepared import Prepared, prepare
from integrations.extraction.reader import Reader, source_of, words_of
from integrations.extraction.shortlist import View

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
    learnt: dict[str, Learnt] = {}
    for step, target in enumerate(targets, 1):
        tell(target.name, step, steps)
        matrix, offsets = matrices[source_of(target)]
        learnt[target.name] = learn(corpus, target, truths[target.name], matrix, offsets, seed)
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


def _novel(corpus: Corpus) -> float:
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
) -> Corpus:
    memory = Memory([item.marks for item in items], {})
    groups = groups_of(outputs, targets, memory)
    corpus = Corpus(
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


def _remember(corpus: Corpus, targets: Sequence[Target], truths: Mapping[str, list[Truth]]) -> None:
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
