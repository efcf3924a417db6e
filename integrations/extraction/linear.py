"""Linear scores over hashed words: the vocabulary of a kind and a field's weights over it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Rows = Sequence[Array]

# A word counts from so many items on; rarer ones are noise and most of the size.
_FEWEST_ITEMS = 2


def vocabulary_of(rows_by_item: Sequence[Rows]) -> Array:
    """The sorted hashes that occur in at least two items (in one, if there is only one)."""
    if not rows_by_item:
        return np.empty(0, np.uint32)
    uniques = [np.unique(np.concatenate(rows)) for rows in rows_by_item if len(rows)]
    if not uniques:
        return np.empty(0, np.uint32)
    words, counts = np.unique(np.concatenate(uniques), return_counts=True)
    fewest = _FEWEST_ITEMS if len(uniques) > 3 else 1
    return np.asarray(words[counts >= fewest], dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of known words as positions in a vocabulary of width words.

    Row i has columns[starts[i] : starts[i + 1]]; known is which share of its words that is.
    """

    columns: Array
    starts: Array
    width: int
    known: Array

    @property
    def rows(self) -> int:
        return len(self.starts) - 1

    def scores(self, weights: Array, intercept: float) -> Array:
        """The sum of each row's weights."""
        sums = np.concatenate([[0.0], np.cumsum(weights[self.columns], dtype=np.float64)])
        return sums[self.starts[1:]] - sums[self.starts[:-1]] + intercept

    def part(self, first: int, last: int) -> Matrix:
        """Rows first to last (exclusive)."""
        begin, end = self.starts[first], self.starts[last]
        starts = self.starts[first : last + 1] - begin
        return Matrix(self.columns[begin:end], starts, self.width, self.known[first:last])


def matrix_of(rows: Rows, vocabulary: Array) -> Matrix:
    if not len(rows) or not len(vocabulary):
        nothing = np.zeros(len(rows) + 1, np.int64)
        return Matrix(np.empty(0, np.int64), nothing, len(vocabulary), np.zeros(len(rows)))
    lengths = np.array([len(row) for row in rows])
    words = np.concatenate(rows)
    at = np.searchsorted(vocabulary, words).clip(max=len(vocabulary) - 1)
    known = vocabulary[at] == words
    kept = np.add.reduceat(np.append(known, 0), np.concatenate([[0], np.cumsum(lengths)[:-1]]))
    kept = np.where(lengths == 0, 0, kept)
    starts = np.concatenate([[0], np.cumsum(kept)])
    share = kept / np.maximum(lengths, 1)
    return Matrix(at[known], starts.astype(np.int64), len(vocabulary), share)


@dataclass(frozen=True, slots=True)
class Weights:
    coefficients: Array  # float32, one a word of the vocabulary
    intercept: float

    def scores(self, matrix: Matrix) -> Array:
        return matrix.scores(self.coefficients, self.intercept)


def fit(matrix: Matrix, truth: Array, rows: Array, strength: float = 0.3) -> Weights:
    """L2-regularised logistic regression on some rows of a matrix. Imports scikit-learn."""
    from scipy import sparse
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    labels = truth[rows]
    if not len(rows) or labels.min() == labels.max():
        return Weights(np.zeros(matrix.width, np.float32), 0.0)
    whole = sparse.csr_matrix(
        (np.ones(len(matrix.columns), np.float64), matrix.columns, matrix.starts),
        shape=(matrix.rows, matrix.width),
    )
    model = LogisticRegression(
        C=strength, solver="liblinear", tol=0.03, max_iter=60, intercept_scaling=1.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(whole[rows], labels)
    return Weights(model.coef_[0].astype(np.float32), float(model.intercept_[0]))
