"""rapidocr on one thread with the models that its wheel carries: find print, read lines."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import cv2
from rapidocr import RapidOCR

_SIDE = 1536  # pixels of the longer side of what is searched: A4 at 130 dpi

Pixels = Any  # height x width x 3, blue first, as OpenCV has it
Quad = Any  # 4 x 2: top left, top right, bottom right, bottom left of a printed line


@dataclass(slots=True)
class Line:
    """A line as read. columns says for each letter (without blanks) how far along the line it was
    seen, of `total`; certain is the recogniser's confidence for each character, blanks too."""

    text: str
    score: float
    columns: list[int]
    total: float
    certain: list[float]


def detect(pixels: Pixels) -> list[Quad]:
    """The lines of print, each level or upright; none on an empty page.

    They are looked for on a smaller picture, as memory and time grow with its area, and read on
    the whole one.
    """
    factor = min(1.0, _SIDE / max(pixels.shape[:2]))
    small = pixels
    if factor < 1:
        small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    found = _engine()._load_det_model()(small)
    return [] if found.boxes is None else [quad / factor for quad in found.boxes]


def cut(pixels: Pixels, quads: list[Quad]) -> list[Pixels]:
    """Each line by itself, level; one that stands upright is laid down."""
    crops: list[Pixels] = _engine().crop_text_regions(pixels, quads)
    return crops


def recognise(crops: list[Pixels]) -> list[Line]:
    engine = _engine()
    engine.return_word_box = True
    result = engine.recognize_txt(crops)
    return [
        Line(
            text,
            float(score),
            [column for word in spots.word_cols or [] for column in word],
            float(spots.line_txt_len),
            list(spots.confs or []),
        )
        for text, score, spots in zip(result.txts, result.scores, result.word_results, strict=True)
    ]


def upside_down(crops: list[Pixels]) -> float:
    """Of these lines the share that stand on their heads, weighed by how sure that is."""
    told = _engine()._load_cls_model()([crop.copy() for crop in crops]).cls_res
    weights = {"0": 0.0, "180": 0.0}
    for label, score in told:
        weights[label] += float(score)
    return weights["180"] / max(1e-9, sum(weights.values()))


@functools.cache
def _engine() -> Any:
    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
