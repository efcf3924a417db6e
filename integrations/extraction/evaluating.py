"""How well fields are read from documents that took no part in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from integrations.extraction import judging, table_training
from integrations.extraction.fields import SPANS, Table, Target, targets_of
from integrations.extraction.folds import groups_of, spread, spread_groups
from integrations.extraction.labelling import canonical, truth_of
from integrations.extraction.memory import Memory
from integrations.extraction.model import Answer
from integrations.extraction.prepared import prepare
from integrations.extraction.training import Example, Progress, train

Array = npt.NDArray[Any]

# Texts so alike (percent of letters and digits) are close.
_CLOSE = 90


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field of one held-back item. exact: letter by letter; relaxed: case, blanks and
    punctuation do not count, amounts and dates by value; close: or texts 90% alike."""

    item: int
    field: str
    confidence: float
    exact: bool
    relaxed: bool
    close: bool
    is_present: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class FieldScore:
    """Shares over the rows of one field, and what passes a threshold (with 95% intervals)."""

    field: str
    rows: int
    exact: float
    relaxed: float
    close: float
    above_share: float
    above_accuracy: float | None
    above_interval: tuple[float, float] | None


def splits_by_issuer(
    examples: Sequence[Example], schema: Mapping[str, Any], folds: int, seed: int
) -> Iterator[tuple[Array, Array]]:
    """(training, held-back) positions; no issuer is on both sides."""
    targets, _ = targets_of(schema)
    marks = [prepare(one.documents).marks for one in examples]
    groups = groups_of([one.output for one in examples], targets, Memory(marks, {}))
    yield from _parted(spread_groups(groups, folds, seed))


def splits_by_chance(rows: int, folds: int, seed: int) -> Iterator[tuple[Array, Array]]:
    yield from _parted(spread(rows, folds, seed))


def held_out(rows: int, size: int, seed: int) -> tuple[Array, Array]:
    """size random positions held back."""
    order = np.random.default_rng(seed).permutation(rows)
    return np.sort(order[size:]), np.sort(order[:size])


def _parted(folds: Array) -> Iterator[tuple[Array, Array]]:
    for fold in sorted(set(folds.tolist())):
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)


def evaluate(
    examples: Sequence[Example],
    schema: Mapping[str, Any],
    training: Sequence[int],
    held_back: Sequence[int],
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Train on some examples and judge others, by the very model that would serve."""
    trained = train([examples[at] for at in training], schema, seed=seed, progress=progress)
    targets = {one.target.name: one.target for one in trained.model.readers}
    tables = {one.table.name: one.table for one in trained.model.tables}
    found: list[Outcome] = []
    for at in held_back:
        _, answers = trained.model.answer(examples[at].documents)
        for answer in answers:
            if answer.field in tables:
                found += _table_outcome(at, tables[answer.field], answer, examples[at].output)
                continue
            outcome = _outcome(
                at, targets[answer.field], answer.value, answer.confidence, examples[at].output
            )
            if outcome is not None:
                found.append(outcome)
    return found


def _table_outcome(
    item: int, table: Table, answer: Answer, output: Mapping[str, Any]
) -> list[Outcome]:
    """A table is right if all its rows are; there is no nearly."""
    told = output.get(table.name)
    if not isinstance(told, list):
        return []
    rows = answer.value or []
    right = table_training.same(rows, told, table)
    return [
        Outcome(item, table.name, answer.confidence, right, right, right, bool(told), bool(rows))
    ]


def _outcome(
    item: int, target: Target, value: Any, confidence: float, output: Mapping[str, Any]
) -> Outcome | None:
    truth = truth_of(target, output)
    if not truth.is_known:
        return None
    key = "" if value is None else canonical(target, value)
    relaxed = key == truth.key
    close = relaxed or (
        target.kind in SPANS and bool(key and truth.key) and fuzz.ratio(key, truth.key) >= _CLOSE
    )
    exact = value == truth.value if target.kind in SPANS else relaxed
    return Outcome(item, target.name, confidence, exact, relaxed, close, bool(truth.key), bool(key))


def scores(
    outcomes: Sequence[Outcome], thresholds: Mapping[str, float], by: str = "relaxed"
) -> list[FieldScore]:
    """A score a field; by says which measure counts above the threshold (relaxed or close)."""
    fields = dict.fromkeys(one.field for one in outcomes)
    return [
        _score(name, [one for one in outcomes if one.field == name], thresholds.get(name), by)
        for name in fields
    ]


def _score(name: str, rows: Sequence[Outcome], threshold: float | None, by: str) -> FieldScore:
    passed = [one for one in rows if one.confidence >= (threshold if threshold else 0.0)]
    hits = sum(bool(getattr(one, by)) for one in passed)
    return FieldScore(
        name,
        len(rows),
        _share(one.exact for one in rows),
        _share(one.relaxed for one in rows),
        _share(one.close for one in rows),
        len(passed) / max(1, len(rows)),
        hits / len(passed) if passed else None,
        judging.interval(hits, len(passed)) if passed else None,
    )


def all_right(outcomes: Sequence[Outcome], by: str) -> float:
    """Share of items of which every field is right."""
    items: dict[int, bool] = {}
    for one in outcomes:
        items[one.item] = items.get(one.item, True) and bool(getattr(one, by))
    return _share(items.values())


def _share(hits: Any) -> float:
    rows = [bool(one) for one in hits]
    return sum(rows) / len(rows) if rows else 0.0
