"""A trained extractor as named arrays and one JSON text, and back.

Written and read by the files of the local classifier: plain arrays, no pickle, known by SHA-256.
Words are there as hashes only; values are kept for fields that are not labelled as personal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.extraction import memory
from integrations.extraction.calibration import Calibration, Curve, Odds
from integrations.extraction.choosing import Sum
from integrations.extraction.fields import Table, Target
from integrations.extraction.linear import Weights
from integrations.extraction.model import Model
from integrations.extraction.reader import Reader, Style, source_of
from integrations.extraction.tables import TableReader
from integrations.extraction.trees import Trees
from integrations.providers.local import files

Array = npt.NDArray[Any]

# Raise it with every change to what candidates measure or which words are hashed, too: trees go by
# a measure's place in its row.
FORMAT = 3
_TREE_PARTS = ("roots", "feature", "threshold", "left", "right", "value")


def save(model: Model, path: Path) -> str:
    """Write a model file and return its SHA-256; the same model gives the same bytes."""
    return files.save(model, path)


def load(path: Path, sha256: str) -> Model:
    """Raises as integrations.providers.local.files.load_as does."""
    return files.load_as(path, sha256, from_state)


def state_of(model: Model) -> dict[str, Any]:
    remembered = memory.as_state(model.memory)
    structure = {
        "format": FORMAT,
        "readers": [
            {
                "target": asdict(one.target),
                "intercepts": [weights.intercept for weights in one.weights],
                "baseline": one.trees.baseline,
                "calibration": asdict(one.calibration),
                "style": asdict(one.style),
            }
            for one in model.readers
        ],
        "tables": [
            {
                "table": asdict(one.table),
                "intercepts": [weights.intercept for weights in one.weights],
                "baselines": [grown.baseline for grown in _grown(one)],
                "calibration": one.calibration,
                "ceiling": one.ceiling,
            }
            for one in model.tables
        ],
        "vocabularies": sorted(model.vocabularies),
        "memory": remembered["fields"],
        "sums": [asdict(one) for one in model.sums],
        "bonus": model.bonus,
        "novel": model.novel,
        "report": dict(model.report),
    }
    text = json.dumps(structure, ensure_ascii=False, sort_keys=True).encode()
    state: dict[str, Any] = {"structure": np.frombuffer(text, dtype=np.uint8)}
    for name in ("lengths", "marks", "contexts"):
        state[f"memory_{name}"] = remembered[name]
    for at, source in enumerate(sorted(model.vocabularies)):
        state[f"vocabulary_{at}"] = model.vocabularies[source]
    for at, one in enumerate(model.readers):
        state[f"weights_{at}"] = np.stack([weights.coefficients for weights in one.weights])
        for part in _TREE_PARTS:
            state[f"{part}_{at}"] = getattr(one.trees, part)
    for at, table in enumerate(model.tables):
        state[f"table_weights_{at}"] = np.stack([one.coefficients for one in table.weights])
        for number, grown in enumerate(_grown(table)):
            for part in _TREE_PARTS:
                state[f"{part}_table_{at}_{number}"] = getattr(grown, part)
    return state


def _grown(table: TableReader) -> list[Trees]:
    return [*table.cells, table.rows, table.texts]


def from_state(state: Mapping[str, Any]) -> Model:
    """The model of a state. Raises ValueError where the parts do not fit one another."""
    try:
        structure = json.loads(state["structure"].tobytes())
        if structure["format"] != FORMAT:
            raise ValueError(f"extractor format {structure['format']} is not known")
        vocabularies = {
            source: _checked(state[f"vocabulary_{at}"], np.uint32)
            for at, source in enumerate(structure["vocabularies"])
        }
        readers = tuple(
            _reader(state, at, one, vocabularies) for at, one in enumerate(structure["readers"])
        )
        tables = tuple(
            _table(state, at, one, vocabularies) for at, one in enumerate(structure["tables"])
        )
        remembered = memory.from_state(
            structure["memory"],
            _checked(state["memory_lengths"], np.int32),
            _checked(state["memory_marks"], np.uint32),
            _checked(state["memory_contexts"], np.uint32),
        )
        sums = tuple(Sum(tuple(one["parts"]), one["total"]) for one in structure["sums"])
        return Model(
            readers,
            tables,
            vocabularies,
            remembered,
            sums,
            float(structure["bonus"]),
            float(structure["novel"]),
            structure["report"],
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the extractor file is incomplete ({type(error).__name__})") from None


def _reader(
    state: Mapping[str, Any], at: int, raw: Mapping[str, Any], vocabularies: Mapping[str, Array]
) -> Reader:
    target = _target(raw["target"])
    words = len(vocabularies[source_of(target)])
    weights = _weights(state[f"weights_{at}"], raw["intercepts"], words)
    grown = _trees(state, str(at), raw["baseline"])
    return Reader(target, weights, grown, _calibration(raw), Style(**raw["style"]))


def _target(raw: Mapping[str, Any]) -> Target:
    return Target(**{**raw, "choices": tuple(raw["choices"])})


def _weights(value: Any, intercepts: Sequence[float], words: int) -> tuple[Weights, ...]:
    coefficients = _checked(value, np.float32)
    if coefficients.shape != (len(intercepts), words):
        raise ValueError("the weights of a field have the wrong shape")
    return tuple(
        Weights(row, float(offset)) for row, offset in zip(coefficients, intercepts, strict=True)
    )


def _table(
    state: Mapping[str, Any], at: int, raw: Mapping[str, Any], vocabularies: Mapping[str, Array]
) -> TableReader:
    columns = tuple(_target(one) for one in raw["table"]["columns"])
    words = len(vocabularies["amount"])
    weights = _weights(state[f"table_weights_{at}"], raw["intercepts"], words)
    *cells, rows, texts = (
        _trees(state, f"table_{at}_{number}", baseline)
        for number, baseline in enumerate(raw["baselines"])
    )
    slope, by_rows, offset = map(float, raw["calibration"])
    table = Table(**{**raw["table"], "columns": columns})
    return TableReader(
        table, weights, tuple(cells), rows, texts, (slope, by_rows, offset), float(raw["ceiling"])
    )


def _trees(state: Mapping[str, Any], name: str, baseline: float) -> Trees:
    parts = {part: state[f"{part}_{name}"] for part in _TREE_PARTS}
    nodes = len(parts["feature"])
    children = np.concatenate([parts["left"], parts["right"], parts["roots"]])
    if any(len(parts[part]) != nodes for part in _TREE_PARTS[1:]) or (
        len(children) and not (children.min() >= 0 and children.max() < nodes)
    ):
        raise ValueError("the trees do not hang together")
    # Children come after their parents, so that no walk can go round.
    inner = parts["feature"] >= 0
    for side in ("left", "right"):
        if (parts[side][inner] <= np.flatnonzero(inner)).any():
            raise ValueError("the trees do not hang together")
    return Trees(baseline=float(baseline), **parts)


def _calibration(raw: Mapping[str, Any]) -> Calibration:
    one = raw["calibration"]
    curves = {
        name: Curve(**{**one[name], "xs": tuple(one[name]["xs"]), "ys": tuple(one[name]["ys"])})
        for name in ("familiar", "stranger")
    }
    return Calibration(Odds(**one["odds"]), **curves)


def _checked(value: Any, kind: Any) -> Array:
    if not isinstance(value, np.ndarray) or value.dtype != kind:
        raise ValueError("the model file holds an array of another type")
    return np.ascontiguousarray(value)
