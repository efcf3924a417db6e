"""What a trained model knows of one field, and how it scores an item's candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from integrations.extraction.calibration import Calibration, by_key
from integrations.extraction.candidates import Candidate
from integrations.extraction.fields import SPANS, Target
from integrations.extraction.linear import Matrix, Weights, matrix_of
from integrations.extraction.prepared import Prepared
from integrations.extraction.shortlist import Shortlist, View, shortlist
from integrations.extraction.trees import Trees

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Style:
    """How the examples write a value of several lines: what joins them, and whether a mark at
    the end is kept."""

    joiner: str = " "
    keeps_end: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """One field's model. weights: one for points; begin, inside and end for spans."""

    target: Target
    weights: tuple[Weights, ...]
    trees: Trees
    calibration: Calibration
    style: Style

    def shortlist(self, prepared: Prepared, matrix: Matrix, view: View) -> Shortlist:
        scores = [one.scores(matrix) for one in self.weights]
        return shortlist(prepared, self.target, scores, matrix.known, view)

    def best(self, listed: Shortlist) -> dict[str, float]:
        """Log-odds of each value by key."""
        if not listed.candidates:
            return {}
        return by_key(listed.candidates, self.trees.log_odds(listed.rows))


def source_of(target: Target) -> str:
    """Which rows of words a field is read from: fields of one source share a vocabulary."""
    return "atoms" if target.kind in SPANS else target.kind


def words_of(prepared: Prepared, source: str) -> list[Array]:
    return prepared.atoms.words if source == "atoms" else prepared.points(source).words


def matrices(prepared: Prepared, vocabularies: Mapping[str, Array]) -> dict[str, Matrix]:
    return {
        source: matrix_of(words_of(prepared, source), vocabulary)
        for source, vocabulary in vocabularies.items()
    }


def best_of(listed: Shortlist, log_odds: Array, key: str) -> Candidate:
    """The likeliest place of a value; what is remembered better than the page spells it wins."""
    found = [
        (one, score)
        for one, score in zip(listed.candidates, log_odds.tolist(), strict=True)
        if one.key == key
    ]
    return max(found, key=lambda pair: pair[1])[0]


_ENDS = " ,;:-–|•·*"


def written(candidate: Candidate, target: Target, style: Style) -> Any:
    """A candidate's value as the schema wants it."""
    if candidate.remembered or target.kind not in SPANS:
        value = candidate.value
        if target.is_integer and isinstance(value, float):
            return int(value) if value.is_integer() else value
        return value
    lines = [line.strip(" ") for line in str(candidate.value).split("\n")]
    joined = [line.rstrip(_ENDS) if style.joiner.strip() else line for line in lines[:-1]]
    text = style.joiner.join([*joined, lines[-1]])
    text = text.strip(" ") if style.keeps_end else text.strip(_ENDS).removesuffix(".")
    if target.kind != "address":
        text = text.strip(_ENDS)
    if target.most_characters:
        text = text[: target.most_characters]
    return text


def pick_style(pairs: Sequence[tuple[Candidate, Target, str]]) -> Style:
    """The style under which the most right candidates are written letter by letter as wanted."""
    best, most = Style(), -1
    for joiner in (" ", ", ", "\n"):
        for keeps_end in (False, True):
            style = Style(joiner, keeps_end)
            hits = sum(written(one, target, style) == text for one, target, text in pairs)
            if hits > most:
                best, most = style, hits
    return best


__all__ = [
    "Reader", "Style", "best_of", "matrices", "pick_style", "source_of", "words_of", "written",
]  # fmt: skip
