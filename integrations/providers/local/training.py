"""Training local models from examples. Imports scikit-learn: for workers and commands only."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from integrations.errors import PermanentError
from integrations.providers.local import features
from integrations.providers.local.calibration import calibration_error, fit_temperature
from integrations.providers.local.fields import (
    OutputField,
    as_json,
    input_fields,
    output_fields,
)
from integrations.providers.local.model import Classifier, Model, softmax

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]

FOLDS = 5
# Inverse regularisation. 10 was as good as any of 1..30 on a 77-class text set (90.6%).
STRENGTH = 10.0


class CannotTrain(PermanentError):
    """The examples or the schemas do not allow a model; the message says why and where."""


@dataclass(frozen=True)
class FieldReport:
    """How one output field did on rows held out from it, each row once (cross-fitting).

    accuracy and majority_share are fractions; calibration_error is the mean gap between stated
    confidence and accuracy after calibration. rare_classes have too few rows to be judged.
    """

    field: str
    rows: int
    classes: int
    accuracy: float
    majority_share: float
    calibration_error: float
    mean_confidence: float
    temperature: float
    rare_classes: tuple[str, ...]


@dataclass(frozen=True)
class TrainedModel:
    """A model ready to be saved (files.save) and what was measured while it was made."""

    model: Model
    rows: int
    columns: int
    seconds: float
    seed: int
    fields: tuple[FieldReport, ...]


def train(
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    input_schema: Mapping[str, Any],
    output_schema: Mapping[str, Any],
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainedModel:
    """Learn every enum, boolean and small integer property of the output from examples.

    rows are (payload, output) pairs; an output may lack fields, and its row then teaches the
    others. Same rows and seed give the same model. progress is called with (field, step, steps).
    77 classes x 10,000 short texts take about half a minute on two cores.
    Raises CannotTrain: no rows, a value outside the schema, a required property that no
    classifier can give (free text, a number), an input schema without readable fields.
    """
    began = time.monotonic()
    targets, beyond = output_fields(output_schema)
    if beyond:
        raise CannotTrain(f"A local model cannot give the required output {', '.join(beyond)}.")
    if not targets:
        raise CannotTrain("The output schema has no enum, boolean or small integer property.")
    readable = input_fields(input_schema)
    if not readable:
        raise CannotTrain("The input schema has no field that a local model can read.")
    if not rows:
        raise CannotTrain("There are no training rows.")
    encoder = features.fit(readable, [payload for payload, _ in rows])
    matrix = _matrix(encoder, [payload for payload, _ in rows])
    classifiers, reports = [], []
    for target in targets:
        labels = _labels(target, rows)
        if labels is None:
            continue
        used = np.array([at for at, label in enumerate(labels) if label is not None])
        chosen = [label for label in labels if label is not None]
        classifier, report = _fit_field(target, matrix[used], chosen, seed, progress)
        classifiers.append(classifier)
        reports.append(report)
    if not classifiers:
        raise CannotTrain("No training row has an output.")
    summary = {
        "rows": len(rows),
        "columns": encoder.width,
        "seed": seed,
        "fields": [asdict(report) for report in reports],
    }
    return TrainedModel(
        model=Model(encoder, tuple(classifiers), summary),
        rows=len(rows),
        columns=encoder.width,
        seconds=time.monotonic() - began,
        seed=seed,
        fields=tuple(reports),
    )


def _labels(
    target: OutputField, rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> list[str | None] | None:
    labels: list[str | None] = []
    for number, (_, output) in enumerate(rows, 1):
        label = as_json(output[target.name]) if target.name in output else None
        if label is not None and label not in target.choices:
            raise CannotTrain(f"Row {number}: {target.name} is not a value the schema allows.")
        labels.append(label)
    if any(label is not None for label in labels):
        return labels
    if target.required:
        raise CannotTrain(f"No training row has the required output {target.name}.")
    return None


def _matrix(encoder: features.Encoder, payloads: Sequence[Mapping[str, Any]]) -> sparse.csr_matrix:
    indices: list[Array] = []
    values: list[Array] = []
    starts = [0]
    for payload in payloads:
        (columns, numbers), _ = encoder.row(payload)
        indices.append(np.asarray(columns, dtype=np.int32))
        values.append(np.asarray(numbers, dtype=np.float32))
        starts.append(starts[-1] + len(columns))
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(indices), np.asarray(starts, dtype=np.int32)),
        shape=(len(payloads), encoder.width),
    )


def _fit_field(
    target: OutputField,
    matrix: sparse.csr_matrix,
    labels: Sequence[str],
    seed: int,
    progress: Progress | None,
) -> tuple[Classifier, FieldReport]:
    classes = sorted(set(labels))
    truth = np.array([classes.index(label) for label in labels])
    counts = Counter(labels)
    rows = len(labels)
    # Rule of succession: rows without a miss allow no more confidence than this.
    ceiling = (rows + 1) / (rows + 2)
    folds = _folds(truth, seed)
    steps = len(set(folds)) + 1 if len(classes) > 1 else 1

    def tell(step: int) -> None:
        if progress is not None:
            progress(target.name, step, steps)

    held_out = np.full((rows, len(classes)), -1e6, dtype=np.float32)
    if len(classes) == 1:
        temperature, confidence, right = 1.0, np.full(rows, ceiling), np.ones(rows, dtype=bool)
        coefficients = np.zeros((matrix.shape[1], 1), dtype=np.float32)
        intercepts = np.zeros(1, dtype=np.float32)
    else:
        for fold in sorted(set(folds)):
            rest, part = folds != fold, folds == fold
            seen, weights, offsets = _fit(matrix[rest], truth[rest])
            held_out[np.ix_(part, seen)] = matrix[part] @ weights + offsets
            tell(int(fold) + 1)
        right = held_out.argmax(axis=1) == truth
        temperature = fit_temperature(held_out, right)
        confidence = _confidence(held_out, right, folds).clip(max=ceiling)
        _, coefficients, intercepts = _fit(matrix, truth)
    tell(steps)
    classifier = Classifier(
        field=target.name,
        classes=tuple(classes),
        coefficients=coefficients,
        intercepts=intercepts,
        temperature=temperature,
        ceiling=ceiling,
    )
    report = FieldReport(
        field=target.name,
        rows=rows,
        classes=len(classes),
        accuracy=float(right.mean()),
        majority_share=max(counts.values()) / rows,
        calibration_error=calibration_error(confidence, right),
        mean_confidence=float(confidence.mean()),
        temperature=temperature,
        rare_classes=tuple(one for one in classes if counts[one] < FOLDS),
    )
    return classifier, report


def _folds(truth: Array, seed: int) -> Array:
    """A fold for each row: every class spread evenly, rows shuffled by the seed.

    Every second class is dealt the other way round, so that classes of one row do not all land
    in the same fold.
    """
    order = np.random.default_rng(seed).permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    folds = np.empty(len(truth), dtype=np.int64)
    folds[order] = np.arange(len(truth)) % min(FOLDS, max(2, len(truth)))
    return folds


def _fit(matrix: sparse.csr_matrix, truth: Array) -> tuple[Array, Array, Array]:
    """Classes seen, coefficients (columns, classes) and intercepts of a logistic regression."""
    seen = np.unique(truth)
    if len(seen) == 1:
        return seen, np.zeros((matrix.shape[1], 1), np.float32), np.zeros(1, np.float32)
    # The objective is a mean over rows, so many rows allow the coarser stop.
    tolerance = 1e-3 if len(truth) > 500 else 1e-4
    fitted = LogisticRegression(C=STRENGTH, tol=tolerance, max_iter=300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(matrix, truth)
    weights = fitted.coef_.T.astype(np.float32)
    offsets = fitted.intercept_.astype(np.float32)
    if len(seen) == 2:
        weights = np.hstack([np.zeros_like(weights), weights])
        offsets = np.concatenate([np.zeros_like(offsets), offsets])
    return seen, np.ascontiguousarray(weights), offsets


def _confidence(logits: Array, right: Array, folds: Array) -> Array:
    """Calibrated top probabilities, each row's temperature from the other folds."""
    confidence = np.empty(len(right), dtype=np.float64)
    for fold in set(folds):
        rest, part = folds != fold, folds == fold
        temperature = fit_temperature(logits[rest], right[rest])
        confidence[part] = softmax(logits[part] / temperature).max(axis=1)
    return confidence
