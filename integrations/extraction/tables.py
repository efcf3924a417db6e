"""Rows of a table of items: which rows are items, which number is which column, what the item is.

A row of the sheet with numbers is judged by what its numbers could be and by its neighbours; its
numbers are then given to the columns, and the words that are left tell the item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.extraction import features
from integrations.extraction.candidates import Candidate
from integrations.extraction.candidates.amounts import PERCENT
from integrations.extraction.fields import SPANS, Table, Target
from integrations.extraction.linear import Matrix, Weights
from integrations.extraction.prepared import Prepared
from integrations.extraction.trees import Trees

Array = npt.NDArray[Any]

# Rows of one item that are looked at, and numbers of one row.
MAX_ROWS = 400
MAX_CELLS = 14
# Right edges so near (page widths) stand in one column.
_ALIGNED = 0.012
# Rows a description goes on for.
_MORE_LINES = 2
# Texts of one row that are compared, and how many measures each has.
_MOST_TEXTS = 60
TEXT_NUMBERS = 14 + features.LEXICON_NUMBERS
_TOTALS = frozenset({"net_total", "tax_total", "gross_total", "amount_due", "total"})


@dataclass(slots=True)
class Row:
    """A row of the sheet with numbers. cells are positions among the points of kind amount."""

    number: int
    cells: list[int]


@dataclass(frozen=True, slots=True)
class TableReader:
    """One table's model. weights and cells: by column that holds numbers, in their order."""

    table: Table
    weights: tuple[Weights, ...]
    cells: tuple[Trees, ...]
    rows: Trees
    texts: Trees
    # Log-odds that the whole table is right: by the least certain choice, and the number of rows.
    calibration: tuple[float, float, float]
    ceiling: float


@dataclass(slots=True)
class Read:
    """A table as read: rows of values by column and where they stand; doubt is the log-odds of
    the least certain choice."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Candidate]] = field(default_factory=list)
    doubt: float = 9.0


def numeric(table: Table) -> list[Target]:
    return [one for one in table.columns if one.kind == "amount"]


def textual(table: Table) -> Target | None:
    """The column of words that tells the item: the first one."""
    return next((one for one in table.columns if one.kind in SPANS), None)


def rows_of(prepared: Prepared) -> list[Row]:
    sheet = prepared.sheet
    found: dict[int, Row] = {}
    for at, one in enumerate(prepared.points("amount").candidates):
        number = sheet.segments[sheet.segment_of[one.first]].row
        row = found.setdefault(number, Row(number, []))
        if len(row.cells) < MAX_CELLS:
            row.cells.append(at)
    return [found[number] for number in sorted(found)][:MAX_ROWS]


def cell_numbers(prepared: Prepared, rows: Sequence[Row], scores: Sequence[Array]) -> list[Array]:
    """For each row (cells, measures): the columns' word scores, and how numbers make numbers."""
    points = prepared.points("amount")
    tokens = prepared.sheet.tokens
    edges = np.array([tokens[one.last].right for one in points.candidates])
    used = np.array(sorted({cell for row in rows for cell in row.cells}), dtype=int)
    found = []
    for row in rows:
        values = [abs(float(points.candidates[at].value)) for at in row.cells]
        table = []
        for place, at in enumerate(row.cells):
            aligned = int((np.abs(edges[used] - edges[at]) < _ALIGNED).sum()) - 1
            table.append(
                [
                    *(float(one[at]) for one in scores),
                    *points.base[at].tolist(),
                    float(place),
                    float(len(row.cells) - 1 - place),
                    float(len(row.cells)),
                    float(min(aligned, 20)),
                    *_roles(values, place),
                    *features.lexicon(points.around[at], "net_amount"),
                ]
            )
        found.append(np.array(table, np.float32))
    return found


def _roles(values: Sequence[float], at: int) -> list[float]:
    """Whether a number is the product of two others of its row, or a factor of one."""
    own = values[at]
    others = [value for place, value in enumerate(values) if place != at]
    product = smaller = larger = equal = 0.0
    for place, one in enumerate(others):
        equal += float(one == own)
        for other in others[place + 1 :]:
            if one and other and abs(one * other - own) <= 0.006 * max(1.0, own / 100):
                product = 1.0
        if one and own:
            for other in others:
                if other is not one and abs(own * one - other) <= 0.006 * max(1.0, other / 100):
                    smaller += float(own <= one)
                    larger += float(own > one)
    return [product, smaller, larger, min(equal, 3.0), float(own == int(own)), min(own, 1e6)]


def row_numbers(prepared: Prepared, rows: Sequence[Row], cells: Sequence[Sequence[Array]]) -> Array:
    """(rows, measures); cells are each row's cells' log-odds by column."""
    sheet = prepared.sheet
    best = np.array([[float(one.max()) for one in by_column] for by_column in cells])
    table = []
    for at, row in enumerate(rows):
        segments = [sheet.segments[number] for number in sheet.rows[row.number]]
        words = [sheet.tokens[one].word for part in segments for one in part.tokens]
        letters = sum(sum(one.isalpha() for one in word) for word in words)
        terms = {term for word in words for term in features.terms_of(word)}
        before = best[at - 1] if at else np.full(best.shape[1], -9.0)
        after = best[at + 1] if at + 1 < len(rows) else np.full(best.shape[1], -9.0)
        height = sheet.pages[segments[0].page][2]
        table.append(
            [
                *best[at].tolist(),
                *before.tolist(),
                *after.tolist(),
                float(row.number - rows[at - 1].number) if at else 99.0,
                float(rows[at + 1].number - row.number) if at + 1 < len(rows) else 99.0,
                float(len(row.cells)),
                float(len(segments)),
                float(letters),
                float(len(words)),
                float(bool(terms & _TOTALS)),
                segments[0].top / height,
                segments[0].left,
                segments[-1].right,
                at / len(rows),
            ]
        )
    return np.array(table, np.float32)


def texts_of(
    prepared: Prepared, row: Row, taken: frozenset[int], item_rows: frozenset[int]
) -> tuple[list[Candidate], Array]:
    """What an item row could tell: runs of words that are none of its numbers, alone or going on
    below. taken are the tokens given to columns, item_rows the sheet's rows of items."""
    sheet = prepared.sheet
    candidates: list[Candidate] = []
    table: list[list[float]] = []
    numbers = sheet.rows[row.number]
    for place, number in enumerate(numbers):
        segment = sheet.segments[number]
        run = [at for at in segment.tokens if at not in taken]
        if not run or not any(one.isalpha() for at in run for one in sheet.tokens[at].text):
            continue
        for skipped in range(min(3, len(run))):
            for dropped in range(min(2, len(run) - skipped)):
                first, last = run[skipped], run[len(run) - 1 - dropped]
                parts: list[tuple[int, int]] = [(first, last)]
                below = segment.below
                for lines in range(_MORE_LINES + 1):
                    if lines:
                        if below < 0 or dropped or sheet.segments[below].row in item_rows:
                            break
                        further = sheet.segments[below]
                        parts = [*parts, (further.first, further.last)]
                        below = further.below
                    text = "\n".join(sheet.text(*part) for part in parts)
                    head = sheet.tokens[run[0]].text
                    candidates.append(Candidate(text, "", tuple(parts)))
                    around = features.surroundings(sheet, segment.first, segment.first)
                    table.append(
                        [
                            float(place),
                            float(len(numbers)),
                            segment.left,
                            segment.right,
                            float(skipped),
                            float(dropped),
                            float(lines),
                            float(head.strip(".").isdigit()),
                            float(len(head)),
                            float(any(one.isdigit() for one in head)),
                            float(len(text)),
                            sum(one.isalpha() for one in text) / len(text),
                            float(segment.last - segment.first + 1),
                            _below_gap(sheet, segment),
                            *features.lexicon(around, "description"),
                        ]
                    )
    kept = candidates[:_MOST_TEXTS]
    return kept, np.array(table[:_MOST_TEXTS], np.float32).reshape(len(kept), TEXT_NUMBERS)


def _below_gap(sheet: Any, segment: Any) -> float:
    if segment.below < 0:
        return 9.0
    return float(
        min(9.0, (sheet.segments[segment.below].top - segment.bottom) / sheet.typical_height)
    )


def assigned(cells: Sequence[Array], most: int) -> list[int | None]:
    """For each column the cell it gets (None: none), greedily by log-odds; and no cell twice."""
    pairs = sorted(
        (
            (-float(score), column, cell)
            for column, scores in enumerate(cells)
            for cell, score in enumerate(scores)
            if score > 0
        )
    )
    found: list[int | None] = [None] * len(cells)
    taken: set[int] = set()
    for _, column, cell in pairs[:most]:
        if found[column] is None and cell not in taken:
            found[column] = cell
            taken.add(cell)
    return found


def cell_odds(columns: Sequence[Trees], tables: Sequence[Array]) -> list[list[Array]]:
    """For each row, by column, its cells' log-odds: all rows at once, which costs least."""
    stacked = np.concatenate(tables)
    ends = np.cumsum([len(table) for table in tables])[:-1]
    by_column = [np.split(one.log_odds(stacked), ends) for one in columns]
    return [list(row) for row in zip(*by_column, strict=True)]


def read(reader: TableReader, prepared: Prepared, matrix: Matrix) -> Read:
    """The items of a table, in reading order."""
    rows = rows_of(prepared)
    scores = [weights.scores(matrix) for weights in reader.weights]
    return read_scored(reader, prepared, rows, cell_numbers(prepared, rows, scores))


def read_scored(
    reader: TableReader, prepared: Prepared, rows: Sequence[Row], tables: Sequence[Array]
) -> Read:
    """tables are the rows' cells' measures: cell_numbers."""
    found = Read()
    if not rows:
        return found
    cells = cell_odds(reader.cells, tables)
    chances = reader.rows.log_odds(row_numbers(prepared, rows, cells))
    chosen = [at for at in range(len(rows)) if chances[at] > 0][: reader.table.most_rows]
    item_rows = frozenset(rows[at].number for at in chosen)
    found.doubt = float(np.abs(chances).min())
    for at in chosen:
        _add_row(found, reader, prepared, rows[at], cells[at], item_rows)
    _add_rate(found, reader.table, prepared)
    return found


def _add_rate(found: Read, table: Table, prepared: Prepared) -> None:
    """A tax rate that is printed once for all rows, and not in them."""
    column = next((one.name for one in table.columns if one.term == "tax_rate"), None)
    if column is None or any(column in row for row in found.rows):
        return
    rates = [one for one in prepared.points("amount").candidates if one.numbers[PERCENT]]
    if len({one.key for one in rates}) == 1:
        for row, places in zip(found.rows, found.places, strict=True):
            row[column], places[column] = rates[0].value, rates[0]


def _add_row(
    found: Read,
    reader: TableReader,
    prepared: Prepared,
    row: Row,
    cells: Sequence[Array],
    item_rows: frozenset[int],
) -> None:
    points = prepared.points("amount").candidates
    values: dict[str, Any] = {}
    places: dict[str, Candidate] = {}
    taken: set[int] = set()
    for column, cell in enumerate(assigned(cells, MAX_CELLS * len(cells))):
        found.doubt = min(found.doubt, float(np.abs(cells[column]).min()))
        if cell is None:
            continue
        one = points[row.cells[cell]]
        target = numeric(reader.table)[column]
        values[target.name] = int(one.value) if target.is_integer else one.value
        places[target.name] = one
        taken.update(range(one.first, one.last + 1))
    words = textual(reader.table)
    if words is not None:
        candidates, table = texts_of(prepared, row, frozenset(taken), item_rows)
        if candidates:
            odds = reader.texts.log_odds(table)
            best = int(odds.argmax())
            text = str(candidates[best].value).replace("\n", " ").strip()
            values[words.name] = text[: words.most_characters or None]
            places[words.name] = candidates[best]
            found.doubt = min(found.doubt, float(odds[best]))
    required = {one.name for one in reader.table.columns if one.is_required}
    if values and required <= values.keys():
        found.rows.append(values)
        found.places.append(places)


def confidence(reader: TableReader, found: Read) -> float:
    slope, by_rows, offset = reader.calibration
    odds = slope * found.doubt + by_rows * len(found.rows) ** 0.5 + offset
    return float(min(1 / (1 + np.exp(-odds)), reader.ceiling))
