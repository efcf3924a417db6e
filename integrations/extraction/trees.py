"""Boosted trees as plain arrays: grown by scikit-learn, walked by numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ROUNDS, LEAVES, RATE, FEWEST_ROWS = 60, 12, 0.11, 12


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees' nodes in one table. roots has each tree's first node.

    A row with value <= threshold at feature goes left. A leaf has feature -1 and a value; the
    sum of a row's leaves and the baseline are its log-odds.
    """

    roots: Array
    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array
    baseline: float

    def log_odds(self, rows: Array) -> Array:
        """rows: (rows, features) float32. All trees are walked at once, level by level."""
        total = np.full(len(rows), self.baseline)
        if not len(self.roots) or not len(rows):
            return total
        at = np.tile(self.roots, (len(rows), 1))
        which = np.arange(len(rows))[:, None]
        while True:
            feature = self.feature[at]
            inner = feature >= 0
            if not inner.any():
                break
            goes_left = rows[which, feature] <= self.threshold[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)
        return total + self.value[at].sum(axis=1)


def constant(log_odds: float) -> Trees:
    empty = np.empty(0, np.int32)
    floats = np.empty(0, np.float64)
    return Trees(empty, empty, floats, empty, empty, floats, log_odds)


def grow(rows: Array, truth: Array, seed: int) -> Trees:
    """Fit boosted trees; the same rows and seed give the same trees. Imports scikit-learn."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    if not len(truth) or truth.min() == truth.max():
        return constant(-4.0 if not len(truth) or not truth[0] else 4.0)
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        min_samples_leaf=FEWEST_ROWS,
        l2_regularization=2.0,
        max_bins=63,
        max_features=0.5,
        early_stopping=False,
        random_state=seed,
    )
    model.fit(rows, truth)
    return exported(model)


def exported(model: Any) -> Trees:
    """The arrays of a fitted HistGradientBoostingClassifier of two classes.

    scikit-learn offers no public way to its nodes; a test holds the walk equal to the model's own
    decision function, so that a version that changes them is noticed.
    """
    roots: list[int] = []
    feature: list[Array] = []
    threshold: list[Array] = []
    left: list[Array] = []
    right: list[Array] = []
    value: list[Array] = []
    base = 0
    for (tree,) in model._predictors:
        nodes = tree.nodes
        roots.append(base)
        is_leaf = nodes["is_leaf"].astype(bool)
        feature.append(np.where(is_leaf, -1, nodes["feature_idx"]).astype(np.int32))
        threshold.append(nodes["num_threshold"].astype(np.float64))
        left.append((nodes["left"].astype(np.int64) + base).astype(np.int32))
        right.append((nodes["right"].astype(np.int64) + base).astype(np.int32))
        value.append(np.where(is_leaf, nodes["value"], 0.0).astype(np.float64))
        base += len(nodes)
    return Trees(
        np.array(roots, np.int32),
        np.concatenate(feature),
        np.concatenate(threshold),
        np.concatenate(left),
        np.concatenate(right),
        np.concatenate(value),
        float(model._baseline_prediction[0, 0]),
    )
