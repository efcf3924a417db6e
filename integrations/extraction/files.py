"""A trained extractor as named arrays and one JSON text, and back.

Written and read by the files of the local classifier: plain arrays, no pickle, known by SHA-256.
Words are there as hashes only; values are kept for fields that are not labelled as personal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.extraction import memory
from integrations.extraction.calibration import Calibration, Curve, Odds
from integrations.extraction.choosing import Sum
from integrations.extraction.fields import Target
from integrations.extraction.linear import Weights
from integrations.extraction.model import Model
from integrations.extraction.reader import Reader, Style, source_of
from integrations.extraction.trees import Trees
from integrations.providers.local import files

Array = npt.NDArray[Any]

FORMAT = 1
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
        "vocabularies": sorted(model.vocabularies),
        "memory": remembered["fields"],
        "sums": [asdict(one) for one in model.sums],
        "bonus": model.bonus,
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
    return state


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
        remembered = memory.from_state(
            structure["memory"],
            _checked(state["memory_lengths"], np.int32),
            _checked(state["memory_marks"], np.uint32),
            _checked(state["memory_contexts"], np.uint32),
        )
        sums = tuple(Sum(tuple(one["parts"]), one["total"]) for one in structure["sums"])
        return Model(
            readers,
            vocabularies,
            remembered,
            sums,
            float(structure["bonus"]),
            structure["report"],
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the extractor file is incomplete ({type(error).__name__})") from None


def _reader(
    state: Mapping[str, Any], at: int, raw: Mapping[str, Any], vocabularies: Mapping[str, Array]
) -> Reader:
    target = Target(**{**raw["target"], "choices": tuple(raw["target"]["choices"])})
    coefficients = _checked(state[f"weights_{at}"], np.float32)
    if coefficients.shape != (len(raw["intercepts"]), len(vocabularies[source_of(target)])):
        raise ValueError(f"the weights of {target.name} have the wrong shape")
    weights = tuple(
        Weights(row, float(offset))
        for row, offset in zip(coefficients, raw["intercepts"], strict=True)
    )
    return Reader(target, weights, _trees(state, at, raw), _calibration(raw), Style(**raw["style"]))


def _trees(state: Mapping[str, Any], at: int, raw: Mapping[str, Any]) -> Trees:
    parts = {part: state[f"{part}_{at}"] for part in _TREE_PARTS}
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
    return Trees(baseline=float(raw["baseline"]), **parts)


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
