"""Payloads as sparse rows of numbers, by an encoder that is fitted once and then frozen."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.providers.local import text
from integrations.providers.local.fields import (
    InputField,
    as_json,
    as_number,
    as_text,
    value_at,
)

# Vocabulary of all text fields together; 30,000 columns x 77 classes x 4 bytes = 9 MB.
MAX_WORD_NGRAMS = 10_000
MAX_CHARACTER_NGRAMS = 20_000
# N-grams seen once are dropped from this many rows on: they are half the vocabulary.
DROP_SINGLE_FROM_ROWS = 1_000
MAX_COUNTED_NGRAMS = 2_000_000
MAX_BIN_EDGES = 12

Row = tuple[list[int], list[float]]


@dataclass(frozen=True)
class Vocabulary:
    """N-grams of one kind with their inverse document frequency.

    weights[i] belongs to the n-gram at column i of its block; unknown_weight to any other.
    """

    columns: Mapping[str, int]
    weights: Sequence[float]
    unknown_weight: float

    def row(self, ngrams: Iterable[str], offset: int, into: Row) -> bool:
        """Append the block's part of one row: (1 + ln count) x weight, scaled to length 1.

        The length counts unknown n-grams as well. Scaling by the known ones alone would turn a
        text of which the model knows two letter pairs into a confident answer.
        """
        known: list[tuple[int, float]] = []
        square = 0.0
        for ngram, count in Counter(ngrams).items():
            column = self.columns.get(ngram)
            weight = self.unknown_weight if column is None else self.weights[column]
            if count > 1:
                weight *= 1.0 + math.log(count)
            square += weight * weight
            if column is not None:
                known.append((column, weight))
        scale = 1.0 / math.sqrt(square) if square else 0.0
        indices, values = into
        for column, weight in known:
            indices.append(offset + column)
            values.append(weight * scale)
        return bool(known)


@dataclass(frozen=True)
class Scale:
    """Centre and spread of a number and of its signed logarithm, and quantile edges."""

    mean: float
    deviation: float
    log_mean: float
    log_deviation: float
    edges: tuple[float, ...]

    def row(self, number: float | None, offset: int, into: Row) -> bool:
        """Append: missing, value, logarithm, and for each edge whether the value is above it.

        The steps let a linear model learn thresholds, such as "above 10,000".
        """
        indices, values = into
        if number is None:
            indices.append(offset)
            values.append(1.0)
            return False
        indices += (offset + 1, offset + 2)
        values += (
            _clipped((number - self.mean) / self.deviation),
            _clipped((_signed_log(number) - self.log_mean) / self.log_deviation),
        )
        for step in range(bisect_right(self.edges, number)):
            indices.append(offset + 3 + step)
            values.append(1.0)
        return True


@dataclass(frozen=True)
class Block:
    """One input field's columns: text has words and characters, a number its scale."""

    field: InputField
    words: Vocabulary | None = None
    characters: Vocabulary | None = None
    scale: Scale | None = None

    @property
    def width(self) -> int:
        if self.words is not None and self.characters is not None:
            return len(self.words.weights) + len(self.characters.weights)
        if self.scale is not None:
            return 3 + len(self.scale.edges)
        return len(self.field.values) + 1


class Encoder:
    """Turns a payload into (column indices, values) and says whether it knew anything in it."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(blocks)
        self.width = sum(block.width for block in blocks)

    def row(self, payload: Mapping[str, Any]) -> tuple[Row, bool]:
        row: Row = ([], [])
        known = False
        offset = 0
        for block in self.blocks:
            known |= _append(block, value_at(payload, block.field.path), offset, row)
            offset += block.width
        return row, known


def _append(block: Block, value: Any, offset: int, row: Row) -> bool:
    if block.words is not None and block.characters is not None:
        content = text.normalised(as_text(value))
        known = block.words.row(text.word_ngrams(content), offset, row)
        offset += len(block.words.weights)
        return block.characters.row(text.character_ngrams(content), offset, row) or known
    if block.scale is not None:
        return block.scale.row(as_number(value, block.field.kind), offset, row)
    chosen = {as_json(one) for one in (value if isinstance(value, list) else [value])}
    found = [at for at, one in enumerate(block.field.values, 1) if one in chosen]
    row[0].extend(offset + at for at in found or [0])
    row[1].extend([1.0] * (len(found) or 1))
    return bool(found)


def fit(fields: Sequence[InputField], payloads: Sequence[Mapping[str, Any]]) -> Encoder:
    """An encoder whose vocabularies and scales come from these payloads."""
    texts = max(1, sum(field.kind == "text" for field in fields))
    blocks = []
    for field in fields:
        values = [value_at(payload, field.path) for payload in payloads]
        if field.kind == "text":
            contents = [text.normalised(as_text(value)) for value in values]
            blocks.append(
                Block(
                    field,
                    words=_vocabulary(contents, text.word_ngrams, MAX_WORD_NGRAMS // texts),
                    characters=_vocabulary(
                        contents, text.character_ngrams, MAX_CHARACTER_NGRAMS // texts
                    ),
                )
            )
        elif field.kind == "category":
            blocks.append(Block(field))
        else:
            blocks.append(Block(field, scale=_scale(values, field)))
    return Encoder(blocks)


def _vocabulary(
    contents: Sequence[str], analyze: Callable[[str], list[str]], limit: int
) -> Vocabulary:
    rows = len(contents)
    seen: Counter[str] = Counter()
    for content in contents:
        seen.update(set(analyze(content)))
        if len(seen) > MAX_COUNTED_NGRAMS:
            seen = Counter({ngram: count for ngram, count in seen.items() if count > 1})
    least = 2 if rows >= DROP_SINGLE_FROM_ROWS else 1
    kept = [ngram for ngram, count in seen.items() if count >= least]
    kept.sort(key=lambda ngram: (-seen[ngram], ngram))
    kept = sorted(kept[:limit])
    weights = [math.log((1 + rows) / (1 + seen[ngram])) + 1.0 for ngram in kept]
    columns = {ngram: column for column, ngram in enumerate(kept)}
    return Vocabulary(columns, weights, math.log(1 + rows) + 1.0)


def _scale(values: Sequence[Any], field: InputField) -> Scale:
    read = (as_number(value, field.kind) for value in values)
    numbers = sorted(number for number in read if number is not None)
    if not numbers:
        return Scale(0.0, 1.0, 0.0, 1.0, ())
    logs = [_signed_log(number) for number in numbers]
    wanted = min(MAX_BIN_EDGES, len(numbers) // 10)
    quantiles = {numbers[len(numbers) * at // (wanted + 1)] for at in range(1, wanted + 1)}
    edges = tuple(sorted(quantiles - {numbers[0]}))
    return Scale(*_centre(numbers), *_centre(logs), edges)


def _centre(numbers: Sequence[float]) -> tuple[float, float]:
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((one - mean) ** 2 for one in numbers) / len(numbers))
    return mean, deviation or 1.0


def _signed_log(number: float) -> float:
    return math.copysign(math.log1p(abs(number)), number)


def _clipped(number: float) -> float:
    return max(-4.0, min(4.0, number))
