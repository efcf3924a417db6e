"""Learning to read a table of items. Imports scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from scipy.optimize import minimize

from integrations.extraction import linear, tables, trees
from integrations.extraction.fields import Table
from integrations.extraction.judging import FieldReport, interval
from integrations.extraction.linear import Matrix
from integrations.extraction.prepared import Prepared
from integrations.extraction.tables import Row, TableReader
from integrations.extraction.values import letters
from integrations.providers.local.calibration import calibration_error

Array = npt.NDArray[Any]

_NEARLY = 85


@dataclass
class _Item:
    """One example: its rows with numbers, which of them are items (None: none of the true rows),
    and for each cell of a column whether it is the right one."""

    prepared: Prepared
    rows: list[Row]
    truth: list[Mapping[str, Any]]
    item_of: list[int | None]
    is_told: bool
    offset: int
    size: int


def learn(
    items: Sequence[Prepared],
    outputs: Sequence[Mapping[str, Any]],
    table: Table,
    matrix: Matrix,
    offsets: Array,
    folds: Array,
    seed: int,
    threshold: float | None,
) -> tuple[TableReader, FieldReport] | None:
    """None where no example has rows that can be found on its pages."""
    columns = tables.numeric(table)
    known = [
        _item(prepared, outputs[at], table, int(offsets[at]), int(offsets[at + 1] - offsets[at]))
        for at, prepared in enumerate(items)
    ]
    if not columns or not any(item is not None for one in known for item in one.item_of):
        return None
    labels = [_cell_labels(known, column.name, matrix.rows) for column in columns]
    used = np.zeros(matrix.rows, bool)
    for one in known:
        if one.is_told:
            used[one.offset : one.offset + one.size] = True
    owner = np.repeat(np.arange(len(items)), np.diff(offsets))
    scores = np.zeros((len(columns), matrix.rows))
    for fold in sorted(set(folds.tolist())):
        part = folds[owner] == fold
        for column, truth in enumerate(labels):
            fitted = linear.fit(matrix, truth, np.flatnonzero(used & ~part))
            scores[column, part] = fitted.scores(matrix)[part]
    weights = tuple(linear.fit(matrix, truth, np.flatnonzero(used)) for truth in labels)
    corpus = _Corpus(known, table, scores, labels)
    judged = []
    for fold in sorted(set(folds.tolist())):
        rest = np.flatnonzero(folds != fold).tolist()
        fitted_rest = corpus.fit(rest, weights, seed)
        for at in np.flatnonzero(folds == fold).tolist():
            if known[at].is_told:
                judged.append(corpus.judge(fitted_rest, at))
    final = corpus.fit(list(range(len(known))), weights, seed)
    calibration = _calibrate(judged)
    ceiling = (len(judged) + 1) / (len(judged) + 2)
    reader = TableReader(table, weights, final.cells, final.rows, final.texts, calibration, ceiling)
    return reader, _report(table, known, judged, reader, threshold)


def _item(
    prepared: Prepared, output: Mapping[str, Any], table: Table, offset: int, size: int
) -> _Item:
    rows = tables.rows_of(prepared)
    told = output.get(table.name)
    truth = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    columns = [one.name for one in tables.numeric(table)]
    words = tables.textual(table)
    points = prepared.points("amount").candidates
    item_of: list[int | None] = [None] * len(rows)
    at = 0
    for number, one in enumerate(truth):
        wanted = {
            abs(float(one[name])) for name in columns if isinstance(one.get(name), int | float)
        }
        text = letters(str(one.get(words.name, ""))) if words else ""
        best, most = -1, 1.4
        for place in range(at, len(rows)):
            values = {abs(float(points[cell].value)) for cell in rows[place].cells}
            score = 2.0 * len(wanted & values) / max(1, len(wanted))
            if text:
                sheet = prepared.sheet
                row = [sheet.segments[part] for part in sheet.rows[rows[place].number]]
                said = letters(sheet.text(row[0].first, row[-1].last))
                score += fuzz.partial_ratio(text, said) / 100
            # Earlier rows win unless a later one is clearly better.
            if score > most + 0.05:
                best, most = place, score
        if best >= 0:
            item_of[best] = number
            at = best + 1
    return _Item(prepared, rows, truth, item_of, isinstance(told, list), offset, size)


def _cell_labels(known: Sequence[_Item], column: str, total: int) -> Array:
    labels = np.zeros(total, bool)
    for one in known:
        for cell in _right_cells(one, column):
            labels[one.offset + cell] = True
    return labels


def _right_cells(one: _Item, column: str) -> list[int]:
    """The cell of each item row that says the column's value: the one that fits best."""
    points = one.prepared.points("amount").candidates
    found = []
    for row, number in zip(one.rows, one.item_of, strict=True):
        value = None if number is None else one.truth[number].get(column)
        if not isinstance(value, int | float):
            continue
        cells = [at for at in row.cells if abs(float(points[at].value)) == abs(float(value))]
        # Quantities stand left of prices, amounts right: the last for amounts, else the first.
        if cells:
            found.append(cells[-1] if column.endswith("amount") else cells[0])
    return found


@dataclass(frozen=True)
class _Fitted:
    cells: tuple[trees.Trees, ...]
    rows: trees.Trees
    texts: trees.Trees


@dataclass(frozen=True)
class _Judged:
    item: int
    doubt: float
    rows: int
    is_right: bool


class _Corpus:
    """All examples' cells, rows and texts as numbers, made once."""

    def __init__(
        self, known: Sequence[_Item], table: Table, scores: Array, labels: Sequence[Array]
    ) -> None:
        self._known = known
        self._table = table
        self._tables: list[list[Array]] = []
        self._truth: list[list[Array]] = []
        for one in known:
            part = slice(one.offset, one.offset + one.size)
            own = [column[part] for column in scores]
            self._tables.append(tables.cell_numbers(one.prepared, one.rows, own))
            self._truth.append([label[part] for label in labels])

    def fit(self, used: Sequence[int], weights: Any, seed: int) -> _Fitted:
        told = [at for at in used if self._known[at].is_told and self._tables[at]]
        if not told:
            nothing = trees.constant(-4.0)
            return _Fitted((nothing,) * len(self._truth[0]), nothing, nothing)
        stacked = np.concatenate([table for at in told for table in self._tables[at]])
        cells = []
        for column in range(len(self._truth[0])):
            truth = np.concatenate(
                [self._truth[at][column][row.cells] for at in told for row in self._known[at].rows]
            )
            cells.append(trees.grow(stacked, truth, seed))
        rows: list[Array] = []
        is_item: list[Array] = []
        texts: list[Array] = []
        is_text: list[Array] = []
        for at in told:
            one = self._known[at]
            odds = tables.cell_odds(cells, self._tables[at])
            rows.append(tables.row_numbers(one.prepared, one.rows, odds))
            is_item.append(np.array([number is not None for number in one.item_of]))
            self._texts(one, odds, texts, is_text)
        grown_rows = _grown(rows, is_item, seed)
        return _Fitted(tuple(cells), grown_rows, _grown(texts, is_text, seed))

    def _texts(
        self,
        one: _Item,
        odds: Sequence[Sequence[Array]],
        texts: list[Array],
        is_text: list[Array],
    ) -> None:
        words = tables.textual(self._table)
        if words is None:
            return
        numbers = frozenset(
            row.number for row, item in zip(one.rows, one.item_of, strict=True) if item is not None
        )
        points = one.prepared.points("amount").candidates
        for row, item, scores in zip(one.rows, one.item_of, odds, strict=True):
            wanted = letters(str(one.truth[item].get(words.name, ""))) if item is not None else ""
            if not wanted:
                continue
            taken: set[int] = set()
            for cell in tables.assigned(scores, 99):
                if cell is not None:
                    given = points[row.cells[cell]]
                    taken.update(range(given.first, given.last + 1))
            candidates, table = tables.texts_of(one.prepared, row, frozenset(taken), numbers)
            if not candidates:
                continue
            keys = [letters(str(candidate.value)) for candidate in candidates]
            right = np.array([key == wanted for key in keys])
            if not right.any():
                alike = np.array([fuzz.ratio(key, wanted) for key in keys])
                right = (alike >= _NEARLY) & (alike == alike.max())
            texts.append(table)
            is_text.append(right)

    def judge(self, fitted: _Fitted, at: int) -> _Judged:
        """Read one example by trees that have not seen it, with its held-out word scores."""
        one = self._known[at]
        reader = TableReader(
            self._table, (), fitted.cells, fitted.rows, fitted.texts, (1, 0, 0), 1.0
        )
        found = tables.read_scored(reader, one.prepared, one.rows, self._tables[at])
        return _Judged(at, found.doubt, len(found.rows), same(found.rows, one.truth, self._table))


def _grown(rows: Sequence[Array], truth: Sequence[Array], seed: int) -> trees.Trees:
    if not rows:
        return trees.constant(-4.0)
    return trees.grow(np.concatenate(rows), np.concatenate(truth), seed)


def same(
    rows: Sequence[Mapping[str, Any]], truth: Sequence[Mapping[str, Any]], table: Table
) -> bool:
    """Whether all rows and all their values are right; words by their letters and digits."""
    if len(rows) != len(truth):
        return False
    for one, other in zip(rows, truth, strict=True):
        for column in table.columns:
            value, wanted = one.get(column.name), other.get(column.name)
            if column.kind == "amount":
                if (value is None) != (wanted is None):
                    return False
                if value is not None and abs(float(value) - float(wanted or 0)) > 0.005:
                    return False
            elif letters(str(value or "")) != letters(str(wanted or "")):
                return False
    return True


def _calibrate(judged: Sequence[_Judged]) -> tuple[float, float, float]:
    """Platt's line over the least certain choice and the number of rows."""
    if len(judged) < 8:
        return (0.0, 0.0, 0.0)
    right = np.array([one.is_right for one in judged], float)
    hits = right.sum()
    target = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    doubt = np.array([one.doubt for one in judged])
    size = np.array([one.rows for one in judged]) ** 0.5

    def loss(parameters: Array) -> float:
        odds = parameters[0] * doubt + parameters[1] * size + parameters[2]
        chance = (1 / (1 + np.exp(-odds))).clip(1e-9, 1 - 1e-9)
        return float(
            -np.sum(target * np.log(chance) + (1 - target) * np.log1p(-chance))
            + 0.1 * np.sum(parameters**2)
        )

    found = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 400})
    return (float(max(found.x[0], 0.0)), float(found.x[1]), float(found.x[2]))


def _report(
    table: Table,
    known: Sequence[_Item],
    judged: Sequence[_Judged],
    reader: TableReader,
    threshold: float | None,
) -> FieldReport:
    confidences = np.array(
        [tables.confidence(reader, tables.Read([{}] * one.rows, [], one.doubt)) for one in judged]
    )
    hits = np.array([one.is_right for one in judged], bool)
    passed = confidences >= (threshold if threshold is not None else 2.0)
    above = int(passed.sum())
    return FieldReport(
        field=table.name,
        kind="table",
        rows=len(judged),
        present=sum(bool(one.truth) for one in known),
        familiar_share=0.0,
        accuracy=float(hits.mean()),
        stranger_accuracy=float(hits.mean()),
        calibration_error=calibration_error(confidences, hits),
        mean_confidence=float(confidences.mean()),
        threshold=threshold,
        above_share=None if threshold is None else above / len(judged),
        above_accuracy=float(hits[passed].mean()) if above else None,
        above_interval=interval(int(hits[passed].sum()), above) if above else None,
    )
