"""A trained model: the encoder and, per output field, a calibrated linear classifier."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.providers.local.features import Block, Encoder, Row, Scale, Vocabulary
from integrations.providers.local.fields import InputField

Floats = npt.NDArray[np.float32]

FORMAT = 1


@dataclass(frozen=True)
class Classifier:
    """Multinomial logistic regression over JSON-text classes.

    coefficients are (columns, classes). Logits are divided by temperature before softmax. ceiling
    bounds the confidence by what the number of examples can support.
    """

    field: str
    classes: tuple[str, ...]
    coefficients: Floats
    intercepts: Floats
    temperature: float
    ceiling: float

    def probabilities(self, row: Row) -> Floats:
        indices, values = row
        weights = np.asarray(values, dtype=np.float32)
        logits = weights @ self.coefficients[indices] + self.intercepts
        return softmax(logits / self.temperature)


@dataclass(frozen=True)
class Answer:
    """One field's prediction: the value, its confidence, and the best classes for the record."""

    field: str
    value: Any
    confidence: float
    best: tuple[tuple[Any, float], ...]


@dataclass(frozen=True)
class Model:
    """Predicts every output field of one process. report is what training measured, as JSON."""

    encoder: Encoder
    classifiers: tuple[Classifier, ...]
    report: Mapping[str, Any]

    def answer(self, payload: Mapping[str, Any]) -> list[Answer]:
        row, known = self.encoder.row(payload)
        answers = []
        for classifier in self.classifiers:
            chances = classifier.probabilities(row)
            order = np.argsort(-chances, kind="stable")[:5]
            best = tuple((json.loads(classifier.classes[at]), float(chances[at])) for at in order)
            confidence = min(best[0][1], classifier.ceiling)
            if not known:
                # Nothing in the item means anything to the model: its answer is a guess, however
                # often that guess was right in the training rows.
                confidence = min(confidence, 1.0 / max(2, len(classifier.classes)))
            answers.append(Answer(classifier.field, best[0][0], confidence, best))
        return answers

    def state(self) -> dict[str, Any]:
        """The model as named arrays; all that is not coefficients is one JSON text of bytes."""
        structure = {
            "format": FORMAT,
            "blocks": [_block_state(block) for block in self.encoder.blocks],
            "classifiers": [
                {
                    "field": one.field,
                    "classes": one.classes,
                    "temperature": one.temperature,
                    "ceiling": one.ceiling,
                }
                for one in self.classifiers
            ],
            "report": dict(self.report),
        }
        text = json.dumps(structure, ensure_ascii=False).encode()
        state: dict[str, Any] = {"structure": np.frombuffer(text, dtype=np.uint8)}
        for at, one in enumerate(self.classifiers):
            state[f"coefficients_{at}"] = one.coefficients
            state[f"intercepts_{at}"] = one.intercepts
        return state


def from_state(state: Mapping[str, Any]) -> Model:
    """The model of a state. Raises ValueError where the parts do not fit one another."""
    try:
        structure = json.loads(state["structure"].tobytes())
        if structure["format"] != FORMAT:
            raise ValueError(f"model format {structure['format']} is not known")
        encoder = Encoder([_block(one) for one in structure["blocks"]])
        classifiers = tuple(
            Classifier(
                field=one["field"],
                classes=tuple(one["classes"]),
                coefficients=_array(state[f"coefficients_{at}"]),
                intercepts=_array(state[f"intercepts_{at}"]),
                temperature=float(one["temperature"]),
                ceiling=float(one["ceiling"]),
            )
            for at, one in enumerate(structure["classifiers"])
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the model file is incomplete ({type(error).__name__})") from None
    for one in classifiers:
        if one.coefficients.shape != (encoder.width, len(one.classes)):
            raise ValueError(f"the coefficients of {one.field} have the wrong shape")
        if one.intercepts.shape != (len(one.classes),):
            raise ValueError(f"the intercepts of {one.field} have the wrong shape")
    return Model(encoder, classifiers, structure["report"])


def softmax(logits: npt.NDArray[Any]) -> Floats:
    """Probabilities over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    chances: Floats = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return chances


def _array(value: Any) -> Floats:
    if not isinstance(value, np.ndarray) or value.dtype != np.float32:
        raise ValueError("the model file holds an array of another type")
    return np.ascontiguousarray(value)


def _block_state(block: Block) -> dict[str, Any]:
    state: dict[str, Any] = {
        "path": block.field.path,
        "kind": block.field.kind,
        "values": block.field.values,
    }
    for name, vocabulary in (("words", block.words), ("characters", block.characters)):
        if vocabulary is not None:
            state[name] = {
                "ngrams": list(vocabulary.columns),
                "weights": [round(weight, 6) for weight in vocabulary.weights],
                "unknown_weight": vocabulary.unknown_weight,
            }
    if block.scale is not None:
        scale = block.scale
        state["scale"] = [
            scale.mean,
            scale.deviation,
            scale.log_mean,
            scale.log_deviation,
            scale.edges,
        ]
    return state


def _block(state: Mapping[str, Any]) -> Block:
    scale = state.get("scale")
    return Block(
        field=InputField(tuple(state["path"]), state["kind"], tuple(state["values"])),
        words=_vocabulary(state.get("words")),
        characters=_vocabulary(state.get("characters")),
        scale=_scale(scale) if scale else None,
    )


def _scale(state: Sequence[Any]) -> Scale:
    mean, deviation, log_mean, log_deviation, edges = state
    return Scale(mean, deviation, log_mean, log_deviation, tuple(edges))


def _vocabulary(state: Mapping[str, Any] | None) -> Vocabulary | None:
    if state is None:
        return None
    columns = {ngram: column for column, ngram in enumerate(state["ngrams"])}
    if len(columns) != len(state["weights"]):
        raise ValueError("a vocabulary and its weights differ in length")
    return Vocabulary(columns, state["weights"], state["unknown_weight"])
